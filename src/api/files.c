/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/files.h"

#include <string.h>

#include "api/redact.h"
#include "mm/interval_tree.h"

static struct file *file_new(void)
{
	return calloc(1, sizeof(struct file));
}

static void file_free(struct file *file)
{
	if (!file)
		return;
	free(file->why);
	free(file->path);
	free(file->path_why);
	free(file);
}

void files_fini(struct files *files)
{
	for (size_t i = 0; i < files->list.n; i++)
		file_free(files->list.items[i]);
	file_vec_fini(&files->list);
	map_fini(&files->by_mapping);
}

/* Keep the reason of a failure, so that it is met once. */
static enum status keep(struct kernel *kernel, const char *text, char **ret)
{
	*ret = strdup(text);
	return *ret ? ST_OK : diag_no_memory(&kernel->diag);
}

/* ---- who has it mapped ---- */

struct count {
	struct kernel *kernel;
	const struct tasks *tasks;
	struct file *file;
	struct map mms;
};

static enum status count_vma(const struct tree_hit *hit, void *arg)
{
	struct count *count = arg;
	const struct user_mm *mm;
	bool added;

	count->file->n_vmas++;
	if (map_add(&count->mms, hit->vma.mm.v, 0, &added))
		return diag_no_memory(&count->kernel->diag);
	mm = added ? tasks_of_mm(count->tasks, hit->vma.mm) : NULL;
	if (mm)
		count->file->n_processes += mm->n_processes;
	return ST_OK;
}

static enum status count_tree(struct count *count,
			      const struct object *mapping)
{
	struct tree_query query = {
		.type = TREE_FILE,
		.owner = mapping->address,
		.root = object_pointer(mapping, M_address_space_i_mmap),
		.last = UINT64_MAX,
		.exhaustive = true,
	};
	struct gaps gaps = { .n_unlisted = 0 };
	enum status st = interval_tree_for_each(count->kernel, &query,
						count_vma, count, &gaps);

	count->file->counted = !st && !gaps_count(&gaps);
	gaps_fini(&gaps);
	return st;
}

static enum status count_users(struct file *file, struct kernel *kernel,
			       const struct tasks *tasks, kaddr_t address)
{
	struct count count = { kernel, tasks, file, { NULL, 0, 0 } };
	struct object mapping;
	enum status st;

	if (object_read(kernel, S_address_space, address, &mapping))
		return ST_OK;
	st = count_tree(&count, &mapping);
	map_fini(&count.mms);
	return st;
}

/* ---- the file ---- */

static enum status read_file(struct file *file, struct kernel *kernel,
			     const struct tasks *tasks, kaddr_t mapping)
{
	enum status st = inode_of_mapping(kernel, mapping, &file->inode);

	file->known = !st;
	if (st == ST_ABSENT)
		return ST_OK;
	if (st)
		return keep(kernel, kernel->diag.text, &file->why);
	return count_users(file, kernel, tasks, mapping);
}

static enum status add_file(struct files *files, struct kernel *kernel,
			    const struct tasks *tasks, kaddr_t mapping,
			    struct file **ret_file)
{
	struct file *file = file_new();
	bool added;

	if (!file)
		return diag_no_memory(&kernel->diag);
	if (read_file(file, kernel, tasks, mapping) ||
	    file_vec_push(&files->list, file)) {
		file_free(file);
		return diag_no_memory(&kernel->diag);
	}
	if (map_add(&files->by_mapping, mapping.v, files->list.n - 1, &added))
		return diag_no_memory(&kernel->diag);
	*ret_file = file;
	return ST_OK;
}

enum status files_find(struct files *files, struct kernel *kernel,
		       const struct tasks *tasks, kaddr_t mapping,
		       struct file **ret_file)
{
	const uint64_t *place = map_find(&files->by_mapping, mapping.v);
	struct file *file = place ? files->list.items[*place] : NULL;
	enum status st;

	if (!file) {
		st = add_file(files, kernel, tasks, mapping, &file);
		if (st)
			return st;
	}
	*ret_file = file->known || file->why ? file : NULL;
	return ST_OK;
}

enum status file_name(struct file *file, struct kernel *kernel)
{
	char path[PATH_SIZE];
	enum status st;

	if (file->named)
		return ST_OK;
	file->named = true;
	st = path_of_inode(kernel, &file->inode, path);
	if (st == ST_ABSENT)
		return ST_OK;
	if (st)
		return keep(kernel, kernel->diag.text, &file->path_why);
	file->path = shown_path(kernel, path);
	return file->path ? ST_OK : diag_no_memory(&kernel->diag);
}

enum status files_describe(struct files *files, struct kernel *kernel,
			   const struct tasks *tasks, kaddr_t mapping,
			   struct gaps *gaps, struct file **ret_file)
{
	struct file *file;
	enum status st = files_find(files, kernel, tasks, mapping, &file);

	*ret_file = NULL;
	if (st || !file)
		return st;
	if (file->why)
		gaps_addf(gaps, "file", file->why, "address_space %#llx",
			  (unsigned long long)mapping.v);
	if (!file->known)
		return ST_OK;
	st = file_name(file, kernel);
	if (st)
		return st;
	if (file->path_why)
		gaps_addf(gaps, "path", file->path_why, "address_space %#llx",
			  (unsigned long long)mapping.v);
	*ret_file = file;
	return ST_OK;
}
