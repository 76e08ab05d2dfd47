/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/summary_lists.h"

#include <string.h>

#include "census/lineage.h"
#include "rmap/walk.h"

static size_t at_most(size_t n, size_t max)
{
	return n < max ? n : max;
}

static struct rmi_sum sum_of(const struct tally_row *row)
{
	return (struct rmi_sum) {
		row->n_frames, row->n_mapped, row->n_mappings, row->n_dirty,
	};
}

static enum status no_memory(struct summary *summary)
{
	return diag_no_memory(&summary->session->kernel->diag);
}

/* ---- kinds ---- */

static bool kind_key(const struct frame_use *use,
		     const struct frame_words *words, uint64_t *ret_key)
{
	(void)words;
	*ret_key = use->kind;
	return true;
}

static void add_to_all(struct rmi_sum *all, const struct tally_row *row)
{
	all->frames += row->n_frames;
	all->mapped += row->n_mapped;
	all->mappings += row->n_mappings;
	all->dirty += row->n_dirty;
}

/* Each mapping of a page of KSM but one stands for a page that was saved. */
static void count_saved(struct summary *summary, const struct tally_row *row)
{
	if (row->key == KIND_KSM)
		summary->view.ksm_saved = row->n_mappings - row->n_mapped;
}

enum status summary_list_kinds(struct summary *summary)
{
	struct tally tally = { 0 };
	enum status st = tally_frames(&tally, summary->whole.frames, kind_key);

	tally_sort(&tally);
	for (size_t i = 0; i < tally.rows.n && !st; i++) {
		const struct tally_row *row = &tally.rows.items[i];

		add_to_all(&summary->view.all, row);
		count_saved(summary, row);
		st = kind_sum_vec_push(&summary->kinds, (struct rmi_kind_sum) {
				page_kind_name(row->key), sum_of(row) });
	}
	tally_fini(&tally);
	summary->view.n_kinds = summary->kinds.n;
	summary->view.kinds = summary->kinds.items;
	return st ? no_memory(summary) : ST_OK;
}

/* ---- processes ---- */

static struct rmi_process_sum process_of(const struct summary *summary,
					 const struct space *space)
{
	struct rmi_process_sum process = {
		.mm = space->mm->mm.v,
		.n_vmas = space->n_vmas,
		.covered = space->covered,
		.resident = space_resident(space),
		.anon = space->classes[CLASS_ANON],
		.file = space->classes[CLASS_FILE],
		.shmem = space->classes[CLASS_SHMEM],
		.unique = space->unique,
		.proportional = space->proportional >> PSS_SHIFT,
		.hugetlb = space->classes[CLASS_HUGETLB],
		.raw = space->raw,
		.swapped = space->swapped,
		.swapped_shmem = space->swapped_shmem,
		.has_swap_proportional = !space->n_unweighed,
		.swap_proportional = space->swap_proportional >> PSS_SHIFT,
		.poisoned = space->poisoned,
		.not_present = space->not_present,
	};

	process.tasks = session_tasks_of(summary->session, space->mm->mm,
					 &process.n_tasks);
	return process;
}

enum status summary_list_processes(struct summary *summary)
{
	const struct spaces *spaces = summary->whole.spaces;

	for (size_t i = 0; i < spaces->n; i++)
		if (spaces->list[i].counted &&
		    process_sum_vec_push(&summary->processes, process_of(
				summary, &spaces->list[i])))
			return no_memory(summary);
	summary->view.n_processes = summary->processes.n;
	summary->view.processes = summary->processes.items;
	return ST_OK;
}

/* ---- who shares with whom ---- */

static bool sharers_key(const struct frame_use *use,
			const struct frame_words *words, uint64_t *ret_key)
{
	(void)words;
	*ret_key = use->sharers;
	return use->n_mappings > 1;
}

/* One of the frames, and who maps it: so do they all of them. */
struct sharers {
	struct summary *summary;
	struct map mms;
};

static enum status note_mm(const struct rmap_hit *hit, void *arg)
{
	struct sharers *sharers = arg;
	bool added;

	if (!map_state_is_counted(hit->state))
		return ST_OK;
	return map_add(&sharers->mms, hit->vma.mm.v, 0, &added) ?
	       no_memory(sharers->summary) : ST_OK;
}

static enum status walk_frame(struct sharers *sharers, uint64_t pfn)
{
	struct kernel *kernel = sharers->summary->session->kernel;
	const struct rmap_walk_control control = {
		.arg = sharers, .rmap_one = note_mm,
	};
	struct gaps *gaps = &sharers->summary->whole.gaps;
	struct page page;

	if (page_read(kernel, PFN(pfn), &page)) {
		page_tell_gap(kernel, PFN(pfn), gaps);
		return ST_OK;
	}
	return rmap_walk(kernel, &page, page_kind(kernel, &page), &control,
			 gaps, NULL);
}

/* In the order of the list of processes. */
static const struct rmi_process_sum **pick(const struct sharers *sharers,
					   size_t *ret_n)
{
	const struct process_sum_vec *all = &sharers->summary->processes;
	const struct rmi_process_sum **picked =
		calloc(sharers->mms.n + 1, sizeof(*picked));

	*ret_n = 0;
	for (size_t i = 0; picked && i < all->n; i++)
		if (map_find(&sharers->mms, all->items[i].mm))
			picked[(*ret_n)++] = &all->items[i];
	return picked;
}

static enum status list_sharing(struct summary *summary,
				const struct tally_row *row)
{
	struct sharers sharers = { .summary = summary };
	struct rmi_sharing sharing = {
		row->n_frames, row->n_mappings, row->first, 0, NULL,
	};
	enum status st = walk_frame(&sharers, row->first);

	if (!st) {
		sharing.processes = pick(&sharers, &sharing.n_processes);
		if (!sharing.processes ||
		    sharing_vec_push(&summary->sharings, sharing)) {
			free((void *)sharing.processes);
			st = no_memory(summary);
		}
	}
	map_fini(&sharers.mms);
	return st;
}

enum status summary_list_sharings(struct summary *summary)
{
	struct tally tally = { 0 };
	enum status st = tally_frames(&tally, summary->whole.frames, sharers_key);

	if (st)
		st = no_memory(summary);
	tally_sort(&tally);
	for (size_t i = 0; i < at_most(tally.rows.n, summary->top) && !st; i++)
		st = list_sharing(summary, &tally.rows.items[i]);
	summary->view.n_all_sharings = tally.rows.n;
	summary->view.n_sharings = summary->sharings.n;
	summary->view.sharings = summary->sharings.items;
	tally_fini(&tally);
	return st;
}

/* ---- files ---- */

static enum status describe_file(struct summary *summary,
				 struct rmi_file_sum *sum)
{
	struct rmi_session *session = summary->session;
	struct file *file;
	enum status st = files_describe(&session->files, session->kernel,
					session->tasks, KADDR(sum->mapping),
					&summary->whole.gaps, &file);

	if (st || !file)
		return st;
	sum->known = true;
	sum->path = file->path;
	sum->filesystem = file->inode.fs;
	sum->inode = file->inode.number;
	sum->major = file->inode.major;
	sum->minor = file->inode.minor;
	return st;
}

enum status summary_list_files(struct summary *summary)
{
	struct tally tally = { 0 };
	enum status st = tally_frames(&tally, summary->whole.frames,
				      whole_file_key);

	if (st)
		st = no_memory(summary);
	tally_sort(&tally);
	for (size_t i = 0; i < at_most(tally.rows.n, summary->top) && !st;
	     i++) {
		struct rmi_file_sum sum = {
			.mapping = tally.rows.items[i].key,
			.sum = sum_of(&tally.rows.items[i]),
		};

		st = describe_file(summary, &sum);
		if (!st && file_sum_vec_push(&summary->files, sum))
			st = no_memory(summary);
	}
	summary->view.n_all_files = tally.rows.n;
	summary->view.n_files = summary->files.n;
	summary->view.files = summary->files.items;
	tally_fini(&tally);
	return st;
}

/* ---- memory cgroups ---- */

static void add_sum(struct rmi_sum *to, const struct rmi_sum *sum)
{
	to->frames += sum->frames;
	to->mapped += sum->mapped;
	to->mappings += sum->mappings;
	to->dirty += sum->dirty;
}

/* Several words lead to one cgroup: its own address, and its obj_cgroups. */
static enum status add_memcg(const struct tally_row *row,
			     const struct rmi_memcg *memcg, void *arg)
{
	struct summary *summary = arg;
	struct memcg_sum_vec *list = &summary->memcgs;
	struct rmi_sum sum = sum_of(row);

	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].memcg == memcg ||
		    (memcg && list->items[i].memcg &&
		     list->items[i].memcg->address == memcg->address)) {
			add_sum(&list->items[i].sum, &sum);
			return ST_OK;
		}
	return memcg_sum_vec_push(list, (struct rmi_memcg_sum) { memcg, sum }) ?
	       no_memory(summary) : ST_OK;
}

static int by_memcg_frames(const void *a, const void *b)
{
	const struct rmi_memcg_sum *x = a, *y = b;

	return (x->sum.frames < y->sum.frames) -
	       (x->sum.frames > y->sum.frames);
}

enum status summary_list_memcgs(struct summary *summary)
{
	struct memcg_sum_vec *list = &summary->memcgs;
	enum status st = whole_for_each_memcg(&summary->whole, add_memcg,
					      summary);

	if (list->n)
		qsort(list->items, list->n, sizeof(list->items[0]),
		      by_memcg_frames);
	summary->view.n_memcgs = list->n;
	summary->view.memcgs = list->items;
	return st;
}

/* ---- families ---- */

static bool anon_key(const struct frame_use *use,
		     const struct frame_words *words, uint64_t *ret_key)
{
	*ret_key = words->mapping & ~MAPPING_FLAGS;
	return use->kind == KIND_ANON;
}

enum status summary_list_families(struct summary *summary)
{
	struct lineage_vec families = { 0 };
	struct tally tally = { 0 };
	enum status st = tally_frames(&tally, summary->whole.frames, anon_key);

	st = st ? no_memory(summary) :
	     lineages_find(summary->session->kernel, &tally, &families,
			   &summary->whole.gaps);
	tally_fini(&tally);
	for (size_t i = 0; i < at_most(families.n, summary->top) && !st; i++) {
		const struct lineage *family = &families.items[i];

		if (family_sum_vec_push(&summary->families,
					(struct rmi_family_sum) {
					family->root.v, family->n_anon_vmas,
					family->depth, sum_of(&family->sum) }))
			st = no_memory(summary);
	}
	summary->view.n_all_families = families.n;
	summary->view.n_families = summary->families.n;
	summary->view.families = summary->families.items;
	lineage_vec_fini(&families);
	return st;
}

/* ---- pages ---- */

/* Keeps the list sorted, and as long as it may get. */
static void offer_page(struct summary *summary, const struct rmi_page_sum *page)
{
	struct page_sum_vec *list = &summary->pages;
	size_t i = list->n;

	while (i > 0 && list->items[i - 1].mappings < page->mappings)
		i--;
	if (i >= summary->top)
		return;
	if (list->n < summary->top)
		list->n++;
	memmove(&list->items[i + 1], &list->items[i],
		(list->n - 1 - i) * sizeof(list->items[0]));
	list->items[i] = *page;
}

static void offer_shared_pages(struct summary *summary)
{
	const struct frames *frames = summary->whole.frames;
	struct frame_cursor at = { .frames = frames };

	while (frame_next(&at)) {
		const struct frame_use *use = &frames->uses[at.place];
		struct rmi_page_sum page = {
			at.pfn, page_kind_name(use->kind), use->n_mappings,
		};

		if (use->n_mappings < 2)
			continue;
		summary->view.n_all_pages++;
		offer_page(summary, &page);
	}
}

enum status summary_list_pages(struct summary *summary)
{
	struct page_sum_vec *list = &summary->pages;

	list->items = calloc(at_most(summary->whole.frames->n, summary->top) + 1,
			     sizeof(list->items[0]));
	if (!list->items)
		return no_memory(summary);
	offer_shared_pages(summary);
	summary->view.n_pages = list->n;
	summary->view.pages = list->items;
	return ST_OK;
}

/* ---- what is not known ---- */

static void forget_in(struct rmi_sum *sum)
{
	sum->mapped = RMI_UNKNOWN;
	sum->mappings = RMI_UNKNOWN;
}

static void forget_shares(struct rmi_process_sum *process)
{
	process->unique = RMI_UNKNOWN;
	process->proportional = RMI_UNKNOWN;
	process->swapped_shmem = RMI_UNKNOWN;
	process->has_swap_proportional = false;
}

void summary_forget_mappings(struct summary *summary)
{
	struct rmi_summary *view = &summary->view;

	for (size_t i = 0; i < summary->kinds.n; i++)
		forget_in(&summary->kinds.items[i].sum);
	for (size_t i = 0; i < summary->processes.n; i++)
		forget_shares(&summary->processes.items[i]);
	for (size_t i = 0; i < summary->files.n; i++)
		forget_in(&summary->files.items[i].sum);
	for (size_t i = 0; i < summary->memcgs.n; i++)
		forget_in(&summary->memcgs.items[i].sum);
	for (size_t i = 0; i < summary->families.n; i++)
		forget_in(&summary->families.items[i].sum);
	forget_in(&view->all);
	view->n_all_sharings = RMI_UNKNOWN;
	view->n_all_pages = RMI_UNKNOWN;
	view->ksm_saved = RMI_UNKNOWN;
}

void summary_lists_fini(struct summary *summary)
{
	for (size_t i = 0; i < summary->sharings.n; i++)
		free((void *)summary->sharings.items[i].processes);
	kind_sum_vec_fini(&summary->kinds);
	process_sum_vec_fini(&summary->processes);
	sharing_vec_fini(&summary->sharings);
	file_sum_vec_fini(&summary->files);
	memcg_sum_vec_fini(&summary->memcgs);
	family_sum_vec_fini(&summary->families);
	page_sum_vec_fini(&summary->pages);
}
