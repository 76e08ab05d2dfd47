/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/answer.h"

#include <string.h>

#include "rmap/generator.h"
#include "rmap/ledger.h"

void answer_init(struct answer *answer, struct rmi_session *session)
{
	memset(answer, 0, sizeof(*answer));
	answer->session = session;
	answer->details.arena = &answer->arena;
}

void answer_fini(struct answer *answer)
{
	arena_fini(&answer->arena);
	gaps_fini(&answer->gaps);
	gap_view_vec_fini(&answer->gap_views);
	mapping_vec_fini(&answer->mappings);
	map_fini(&answer->slots);
	candidate_vec_fini(&answer->candidates);
	difference_vec_fini(&answer->differences);
	details_fini(&answer->details);
	detail_view_vec_fini(&answer->detail_views);
}

void answer_reset(struct answer *answer)
{
	arena_reset(&answer->arena);
	gaps_clear(&answer->gaps);
	answer->gap_views.n = 0;
	answer_forget_mappings(answer);
	answer->differences.n = 0;
	details_clear(&answer->details);
	answer->detail_views.n = 0;
	memset(&answer->page, 0, sizeof(answer->page));
}

static enum status no_memory(struct answer *answer)
{
	return diag_no_memory(&answer->session->kernel->diag);
}

/* ---- mappings ---- */

/* Why a page is read-only where its VMA is not. */
static const char *read_only_note(const struct vma *vma, const struct pte *pte)
{
	if (pte->uffd && (vma->flags & VMA_UFFD_WP))
		return "read-only (write-protected by userfaultfd)";
	return vma->flags & VMA_MAYSHARE ? "read-only (write-tracked)" :
					   "read-only (copy on write)";
}

static const char *note_for(const struct rmap_hit *hit)
{
	const struct pte *pte = &hit->entry.pte;

	if (map_state_note(hit->state) || pte->kind != PTE_PAGE)
		return map_state_note(hit->state);
	/* 7.3 has userfaultfd track any access so (VM_UFFD_RWP). */
	if (!pte->accessible)
		return pte->uffd ? "no access (PROT_NONE, NUMA hint or "
				   "userfaultfd)" :
				   "no access (PROT_NONE or NUMA hint)";
	if (pte->special)
		return "without a reverse map (special entry)";
	if ((hit->vma.flags & VMA_WRITE) && !pte->writable)
		return read_only_note(&hit->vma, pte);
	return NULL;
}

enum status answer_view_hit(struct answer *answer, const struct rmap_hit *hit,
			    struct rmi_mapping *ret_mapping)
{
	struct rmi_mapping mapping = {
		.mm = hit->vma.mm.v,
		.vma = hit->vma.address.v,
		.vma_start = hit->vma.start,
		.vma_end = hit->vma.end,
		.vma_flags = hit->vma.flags,
		.vma_perm = vma_perm(&hit->vma),
		.address = hit->address.v,
		.level = pt_level_name(hit->entry.level),
		.pte = hit->entry.pte.raw,
		.state = map_state_name(hit->state),
		.note = note_for(hit),
		.pfn = hit->pfn.v,
		.n_pages = hit->n_pages,
	};

	mapping.tasks = session_tasks_of(answer->session, hit->vma.mm,
					 &mapping.n_tasks);
	*ret_mapping = mapping;
	return session_path(answer->session, hit->vma.file, &answer->gaps,
			    &ret_mapping->path);
}

enum status answer_add_mapping(struct answer *answer, struct mapping_vec *list,
			       const struct rmap_hit *hit)
{
	struct rmi_mapping mapping;
	enum status st = answer_view_hit(answer, hit, &mapping);

	if (!st && mapping_vec_push(list, mapping))
		st = no_memory(answer);
	return st;
}

/*
 * hugetlb lets address spaces share a table (huge_pmd_share()): each finds the
 * page there, and the kernel counts its one entry once.
 */
enum status answer_note_slot(struct answer *answer, const struct rmap_hit *hit,
			     struct rmi_mapping *mapping)
{
	bool added;

	if (!map_state_is_counted(hit->state))
		return ST_OK;
	if (map_add(&answer->slots, hit->entry.slot.v, 0, &added))
		return no_memory(answer);
	if (!added) {
		answer->n_shared++;
		mapping->note = "by an entry that another has, too (shared "
				"page table)";
	}
	return ST_OK;
}

void answer_forget_mappings(struct answer *answer)
{
	answer->mappings.n = 0;
	answer->candidates.n = 0;
	map_clear(&answer->slots);
	answer->n_shared = 0;
}

enum status answer_add_candidate(struct answer *answer, const struct vma *vma,
				 uaddr_t address)
{
	struct rmi_candidate candidate = {
		.mm = vma->mm.v,
		.vma = vma->address.v,
		.vma_start = vma->start,
		.vma_end = vma->end,
		.address = address.v,
	};

	candidate.tasks = session_tasks_of(answer->session, vma->mm,
					   &candidate.n_tasks);
	return candidate_vec_push(&answer->candidates, candidate) ?
	       no_memory(answer) : ST_OK;
}

/* Those without a task come last. */
static uint64_t first_pid(const struct rmi_mapping *mapping)
{
	return mapping->n_tasks ? mapping->tasks[0].pid : UINT64_MAX;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_mappings(const void *a, const void *b)
{
	const struct rmi_mapping *x = a, *y = b;
	int order = compare(first_pid(x), first_pid(y));

	if (!order)
		order = compare(x->address, y->address);
	return order ? order : compare(x->mm, y->mm);
}

void answer_sort_mappings(struct mapping_vec *list)
{
	if (list->n)
		qsort(list->items, list->n, sizeof(list->items[0]),
		      compare_mappings);
}

/* ---- the page ---- */

static const char *skip_prefix(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? text : text + len;
}

static const char *flag_name(struct answer *answer, unsigned int bit)
{
	const struct facts *facts = &answer->session->kernel->facts;
	const char *name = facts->names.page_flags[bit].text;

	return name[0] ? skip_prefix(name, "PG_") : NULL;
}

/* Bits above the flags proper hold the node, the zone and more: no names. */
static enum status list_flags(struct answer *answer, uint64_t flags)
{
	const char **names = arena_alloc(&answer->arena,
					 MAX_PAGE_FLAGS * sizeof(*names));
	size_t n = 0;

	if (!names)
		return no_memory(answer);
	for (unsigned int bit = 0; bit < MAX_PAGE_FLAGS; bit++) {
		const char *name = flags >> bit & 1 ?
				   flag_name(answer, bit) : NULL;

		if (name)
			names[n++] = name;
	}
	answer->page.flags = names;
	answer->page.n_flags = n;
	return ST_OK;
}

static const char *zone_name(const struct kernel *kernel,
			     const struct page *page)
{
	int zone = page_zone(kernel, page);
	const char *name = zone >= 0 && zone < MAX_ZONES ?
			   kernel->facts.names.zones[zone].text : "";

	return name[0] ? skip_prefix(name, "ZONE_") : NULL;
}

/* The index word means something else where there is no mapping. */
static bool has_index(enum page_kind kind)
{
	return kind == KIND_ANON || kind == KIND_FILE || kind == KIND_SHMEM;
}

static enum status list_references(struct answer *answer, enum page_kind kind,
				   const struct page *page)
{
	struct ledger ledger = ledger_of(answer->session->kernel, kind, page);
	struct rmi_reference *list;
	size_t n = 0;

	if (!ledger.known)
		return ST_OK;
	list = arena_alloc(&answer->arena, N_HOLDERS * sizeof(*list));
	if (!list)
		return no_memory(answer);
	for (size_t i = 0; i < N_HOLDERS; i++)
		if (ledger.held[i])
			list[n++] = (struct rmi_reference) {
				holder_name(i), ledger.held[i]
			};
	answer->page.has_references = true;
	answer->page.n_references = n;
	answer->page.references = list;
	answer->page.unexplained = ledger.unexplained;
	return ST_OK;
}

enum status answer_find_memcg(struct answer *answer, const struct page *page)
{
	const char *why;
	enum status st = memcgs_find(&answer->session->memcgs,
				     answer->session->kernel, page,
				     &answer->page.memcg, &why);

	if (why)
		gaps_addf(&answer->gaps, "memcg", why, "page %#llx",
			  (unsigned long long)page->address.v);
	return st;
}

enum status answer_describe_page(struct answer *answer, pfn_t pfn,
				 enum page_kind kind, const struct page *page)
{
	const struct kernel *kernel = answer->session->kernel;
	struct rmi_page *out = &answer->page;
	enum status st;

	out->pfn = pfn.v;
	if (!(pfn.v >> (64 - kernel->mmu.page_shift)))
		out->phys = pfn.v << kernel->mmu.page_shift;
	out->kind = page_kind_name(kind);
	out->node = -1;
	if (!page)
		return ST_OK;
	out->has_page = true;
	out->page = page->address.v;
	out->node = page_node(kernel, page);
	out->zone = zone_name(kernel, page);
	out->refcount = page->refcount;
	out->has_mapcount = page_has_mapcount(page);
	out->mapcount = page_mapcount(kernel, page);
	out->order = page->order;
	out->head_pfn = page->head_pfn.v;
	out->has_index = has_index(kind);
	out->index = page->index;
	out->mapping = page->mapping;
	st = list_references(answer, kind, page);
	return st ? st : list_flags(answer, page->flags);
}

enum status answer_add_step(struct answer *answer,
			    const struct rmap_object *object)
{
	struct rmi_step *step;

	if (!object->type)
		return ST_OK;
	step = arena_alloc(&answer->arena, sizeof(*step));
	if (!step)
		return no_memory(answer);
	*step = (struct rmi_step) {
		.from = "page.mapping",
		.object = object->type,
		.address = object->address.v,
		.detail = arena_printf(&answer->arena, "%s%llu VMA%s looked into",
				       object->is_root ? "root, " : "",
				       (unsigned long long)object->n_candidates,
				       object->n_candidates == 1 ? "" : "s"),
	};
	answer->page.steps = step;
	answer->page.n_steps = 1;
	return ST_OK;
}

/* ---- the file ---- */

/* Where no process that maps the page has a name for it: any other. */
static enum status name_file(struct answer *answer, struct file *file)
{
	enum status st = file_name(file, answer->session->kernel);

	if (st)
		return st;
	if (file->path_why)
		gaps_addf(&answer->gaps, "path", file->path_why, "inode %#llx",
			  (unsigned long long)file->inode.address.v);
	answer->page.path = file->path;
	return ST_OK;
}

/* An index that no file can have is that of a page in damaged memory. */
static void locate(struct answer *answer, uint64_t index)
{
	const unsigned int shift = answer->session->kernel->mmu.page_shift;

	if (index >> (64 - shift))
		gaps_addf(&answer->gaps, "file", "no file is that long",
			  "index %#llx", (unsigned long long)index);
	else
		answer->file.offset = index << shift;
}

static void describe_state(struct answer *answer, const struct page *page)
{
	const struct kernel *kernel = answer->session->kernel;

	answer->file.dirty = page_flag(kernel, page, E_PG_dirty);
	answer->file.writeback = page_flag(kernel, page, E_PG_writeback);
}

static enum status describe_file(struct answer *answer, struct file *file,
				 uint64_t index)
{
	enum status st = answer->mappings.n ? ST_OK :
					      name_file(answer, file);

	if (st)
		return st;
	answer->file = (struct rmi_file) {
		.path = answer->page.path,
		.filesystem = file->inode.fs,
		.device_major = file->inode.major,
		.device_minor = file->inode.minor,
		.inode = file->inode.number,
		.size = file->inode.size,
		.deleted = file->inode.deleted,
		.has_mapped_by = file->counted,
		.n_vmas = file->counted ? file->n_vmas : 0,
		.n_processes = file->counted ? file->n_processes : 0,
		.n_candidates = answer->candidates.n,
		.candidates = answer->candidates.items,
	};
	answer->page.file = &answer->file;
	locate(answer, index);
	return ST_OK;
}

/* *ret_file NULL: there is none, or it could not be seen. */
static enum status find_file(struct answer *answer, kaddr_t mapping,
			     struct file **ret_file)
{
	struct rmi_session *session = answer->session;
	struct file *file;
	enum status st = files_find(&session->files, session->kernel,
				    session->tasks, mapping, &file);

	if (st)
		return st;
	if (file && file->why)
		gaps_addf(&answer->gaps, "file", file->why,
			  "address_space %#llx", (unsigned long long)mapping.v);
	*ret_file = file && !file->why ? file : NULL;
	return ST_OK;
}

enum status answer_find_file(struct answer *answer, enum page_kind kind,
			     const struct page *page)
{
	struct file *file;
	enum status st;

	if (page_rmap_type(kind, page) != RMAP_FILE)
		return ST_OK;
	st = find_file(answer, page_mapping_pointer(page), &file);
	if (st || !file)
		return st;
	answer_sort_mappings(&answer->mappings);
	if (answer->mappings.n)
		answer->page.path = answer->mappings.items[0].path;
	st = describe_file(answer, file, page->index);
	if (!st)
		describe_state(answer, page);
	return st;
}

static enum status keep_place(const struct vma *vma, uaddr_t address,
			      uint64_t nth, uint64_t n, void *arg)
{
	(void)nth;
	(void)n;
	return answer_add_candidate(arg, vma, address);
}

enum status answer_find_swapped_file(struct answer *answer, kaddr_t mapping,
				     uint64_t index)
{
	struct file *file;
	enum status st = find_file(answer, mapping, &file);

	if (st || !file)
		return st;
	st = file_places(answer->session->kernel, mapping, index, keep_place,
			 answer, &answer->gaps);
	return st ? st : describe_file(answer, file, index);
}

static const rmi_detail_type detail_types[] = {
	[DETAIL_TEXT] = RMI_DETAIL_TEXT,
	[DETAIL_NUMBER] = RMI_DETAIL_NUMBER,
	[DETAIL_ADDRESS] = RMI_DETAIL_ADDRESS,
};

enum status append_detail_views(struct detail_view_vec *views,
				const struct details *details)
{
	enum status st = details->out_of_memory ? ST_NO_MEMORY : ST_OK;

	for (size_t i = 0; i < details->list.n && !st; i++) {
		const struct detail *detail = &details->list.items[i];

		st = detail_view_vec_push(views, (struct rmi_detail) {
					.name = detail->name,
					.type = detail_types[detail->type],
					.text = detail->text,
					.number = detail->number,
					});
	}
	return st;
}

static enum status list_details(struct answer *answer)
{
	if (append_detail_views(&answer->detail_views, &answer->details))
		return no_memory(answer);
	answer->page.details = answer->detail_views.items;
	answer->page.n_details = answer->detail_views.n;
	return ST_OK;
}

enum status answer_finish(struct answer *answer)
{
	struct rmi_page *page = &answer->page;

	if (append_gap_views(&answer->gap_views, &answer->gaps))
		return no_memory(answer);
	answer_sort_mappings(&answer->mappings);
	page->mappings = answer->mappings.items;
	page->n_mappings = answer->mappings.n;
	page->differences = answer->differences.items;
	page->n_differences = answer->differences.n;
	page->gaps = answer->gap_views.items;
	page->n_gaps = answer->gap_views.n;
	page->complete = !gaps_count(&answer->gaps);
	return list_details(answer);
}
