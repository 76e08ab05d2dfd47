/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages of a file in the page cache, whether somebody maps it or not.
 *
 * A path is looked for among the files that processes have mapped: there it is
 * as they see it; then among the names that are in memory, as init sees them.
 * Any other file is named by its device and inode.
 */
#include <stdio.h>
#include <string.h>

#include "api/finding.h"
#include "api/redact.h"
#include "mm/inode_list.h"
#include "mm/page_cache.h"
#include "mm/path_lookup.h"
#include "mm/vma.h"

struct file_search {
	struct finding *finding;
	const struct rmi_place *wanted;
	struct map seen;	/* address_spaces */
	size_t n_found;
	struct gaps gaps;	/* of the search itself */
};

static struct kernel *kernel_of(const struct file_search *search)
{
	return search->finding->session->kernel;
}

/* ---- one file ---- */

static enum status keep(pfn_t first, uint64_t n, uint64_t index, void *arg)
{
	struct finding *finding = arg;
	unsigned int shift = finding->session->kernel->mmu.page_shift;

	return finding_hand_out(finding, &(struct rmi_found) {
		.range = { first.v, first.v + n - 1 },
		.has_at = true,
		.at = index << shift,
	});
}

static void describe_swapped(struct details *details,
			     const struct page_cache *cache)
{
	size_t n = cache->n_values < SWAP_SHOWN ? cache->n_values : SWAP_SHOWN;
	char text[SWAP_SHOWN * 32] = "";
	size_t len = 0;

	if (!n)
		return;
	for (size_t i = 0; i < n; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%u:0x%llx",
				i ? " " : "", cache->swapped[i].type,
				(unsigned long long)cache->swapped[i].offset);
	details_number(details, "swapped", cache->n_values);
	details_text(details, "to", "%s%s", text,
		     cache->n_values > SWAP_SHOWN ? " and more" : "");
}

static void describe(struct details *details, const struct page_cache *cache)
{
	details_number(details, "pages present", cache->present);
	if (cache->is_shmem)
		describe_swapped(details, cache);
	else
		add_count(details, cache->is_told ? "evicted" :
			  "swapped or evicted", cache->n_values);
}

/* What the search itself did not see may be another file of that name. */
static void doubt_search(struct place_object *object, const struct gaps *gaps)
{
	if (gaps_count(gaps))
		gaps_addf(&object->gaps, "files", gaps->list.n ?
			  gaps->list.items[0].why : "out of memory",
			  "%zu places where they are looked for, this is the "
			  "first", gaps_count(gaps));
}

static void describe_inode(struct place_object *object,
			   const struct inode *inode)
{
	object->view.has_inode = true;
	object->view.dev_major = inode->major;
	object->view.dev_minor = inode->minor;
	object->view.inode = inode->number;
	if (inode->dax)
		gaps_addf(&object->gaps, "page cache", "its pages are those "
			  "of a device (DAX), which are not looked for",
			  "inode %#llx", (unsigned long long)inode->address.v);
}

/* path: NULL if it was not asked for by one. */
static enum status keep_path(const struct file_search *search,
			     struct place_object *object, const char *path)
{
	struct kernel *kernel = kernel_of(search);
	cleanup_free char *shown = path ? shown_path(kernel, path) : NULL;

	if (shown)
		object->view.path = arena_strdup(&object->arena, shown);
	return path && !object->view.path ? diag_no_memory(&kernel->diag) :
					    ST_OK;
}

static enum status search_file(struct file_search *search,
			       const struct inode *inode, kaddr_t mapping,
			       const char *path)
{
	struct finding *finding = search->finding;
	struct place_object *object;
	struct page_cache cache;
	enum status st = finding_begin_object(finding, "file", inode->address,
					      &object);

	if (!st)
		st = keep_path(search, object, path);
	if (st)
		return st;
	search->n_found++;
	describe_inode(object, inode);
	st = page_cache_for_each(kernel_of(search), mapping, keep, finding,
				 &cache, &object->gaps);
	if (st)
		return st;
	describe(&object->details, &cache);
	doubt_search(object, &search->gaps);
	return finding_end_object(finding, object);
}

/* ---- among those that processes have mapped ---- */

static enum status read_file(struct kernel *kernel, kaddr_t file,
			     kaddr_t *ret_mapping, struct inode *ret_inode)
{
	struct object object;
	kaddr_t mapping;
	enum status st = mapping_of_file(kernel, file, &mapping);

	if (!st)
		st = object_read(kernel, S_address_space, mapping, &object);
	if (!st)
		st = inode_read(kernel,
				object_pointer(&object, M_address_space_host),
				ret_inode);
	if (!st)
		*ret_mapping = mapping;
	return st;
}

/* Of a path that is wanted has been made sure before. */
static bool is_wanted(const struct rmi_place *wanted,
		      const struct inode *inode)
{
	return wanted->path || (inode->major == wanted->dev_major &&
				inode->minor == wanted->dev_minor &&
				inode->number == wanted->inode);
}

static enum status look_at_file(struct file_search *search, kaddr_t file,
				const char *path)
{
	struct kernel *kernel = kernel_of(search);
	struct inode inode;
	kaddr_t mapping;
	bool added;

	if (read_file(kernel, file, &mapping, &inode)) {
		gaps_addf(&search->gaps, "file", kernel->diag.text,
			  "file %#llx", (unsigned long long)file.v);
		return ST_OK;
	}
	if (!is_wanted(search->wanted, &inode))
		return ST_OK;
	if (map_add(&search->seen, mapping.v, 0, &added))
		return diag_no_memory(&kernel->diag);
	return added ? search_file(search, &inode, mapping, path) : ST_OK;
}

static enum status look_at_path(const struct vma *vma, void *arg)
{
	struct file_search *search = arg;
	const char *path;
	enum status st = session_true_path(search->finding->session, vma->file,
					   &search->gaps, &path);

	if (st || !path || strcmp(path, search->wanted->path))
		return st;
	return look_at_file(search, vma->file, path);
}

static enum status look_at_inode(const struct vma *vma, void *arg)
{
	return vma->file.v ? look_at_file(arg, vma->file, NULL) : ST_OK;
}

static enum status find_mapped(struct file_search *search, vma_fn *look)
{
	const struct tasks *tasks = search->finding->session->tasks;
	enum status st = ST_OK;

	for (size_t i = 0; i < tasks->n_mms && !st; i++) {
		log_progress(kernel_of(search)->log, "address spaces", i,
			     tasks->n_mms);
		st = vma_for_each(kernel_of(search), tasks->mms[i].mm, look,
				  search, &search->gaps);
	}
	return st;
}

/* ---- by device and inode ---- */

static enum status found_inode(const struct inode *inode, void *arg)
{
	return search_file(arg, inode, inode->mapping, NULL);
}

/*
 * Inodes of pseudo files are in no list (new_inode_pseudo()): to a file of
 * memfd_secret() nothing leads but those who have it mapped.
 */
static enum status find_by_inode(struct file_search *search)
{
	const struct rmi_place *wanted = search->wanted;
	struct device device = { wanted->dev_major, wanted->dev_minor };
	enum status st = inode_find(kernel_of(search), device, wanted->inode,
				    found_inode, search, &search->gaps);

	return st || search->n_found ? st : find_mapped(search, look_at_inode);
}

/* ---- by path ---- */

/*
 * Its pages are those of the file below; where that is, overlayfs alone knows,
 * or a VMA that maps it.
 */
static enum status refuse_overlay(struct kernel *kernel)
{
	return diag_fail(&kernel->diag, ST_NO_ADDRESS, "a file of an overlay "
			 "that no process has mapped: ask for the one below, "
			 "in upperdir or lowerdir, that has the pages");
}

static enum status find_by_name(struct file_search *search)
{
	struct kernel *kernel = kernel_of(search);
	struct inode inode;
	kaddr_t address;
	enum status st = path_lookup(kernel, search->wanted->path, &address,
				     &search->gaps);

	if (!st)
		st = inode_read(kernel, address, &inode);
	if (st)
		return st;
	if (!strcmp(inode.fs, "overlay"))
		return refuse_overlay(kernel);
	return search_file(search, &inode, inode.mapping,
			   search->wanted->path);
}

/* diag says why its name was not found. */
static enum status not_mapped(const struct file_search *search)
{
	struct kernel *kernel = kernel_of(search);
	const struct diag why = kernel->diag;

	return diag_fail(&kernel->diag, ST_NO_ADDRESS, "no process has such a "
			 "file mapped, and it is not found by its names, which "
			 "are as init sees them, without symbolic links (%s)%s; "
			 "it may be as MAJ:MIN:INO", why.text,
			 gaps_count(&search->gaps) ? ", as far as could be seen"
			 : "");
}

static enum status find_by_path(struct file_search *search)
{
	enum status st = find_mapped(search, look_at_path);

	if (st || search->n_found)
		return st;
	st = find_by_name(search);
	return st == ST_ABSENT || st == ST_UNKNOWN ? not_mapped(search) : st;
}

static enum status not_found(const struct file_search *search)
{
	return diag_fail(&kernel_of(search)->diag, ST_NO_ADDRESS,
			 "no such file is in memory%s",
			 gaps_count(&search->gaps) ?
			 ", as far as could be seen" : "");
}

enum status find_in_file(struct finding *finding,
			 const struct rmi_place *place)
{
	struct file_search search = { .finding = finding, .wanted = place };
	enum status st = place->path ? find_by_path(&search) :
				       find_by_inode(&search);

	if (!st && !search.n_found)
		st = not_found(&search);
	map_fini(&search.seen);
	gaps_fini(&search.gaps);
	return st;
}
