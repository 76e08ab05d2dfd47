/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every page and every mapping of it. How they are found is in
 * src/census/invert.c; here is which pages are wanted, and what makes the
 * answer for one complete.
 */
#include <stdio.h>
#include <string.h>

#include "api/whole.h"
#include "base/bits.h"
#include "census/invert.h"
#include "mm/resident.h"
#include "rmap/state.h"

struct all {
	const struct rmi_all_request *request;
	struct whole whole;
	struct map memcgs;	/* page.memcg_data → struct rmi_memcg */
	struct map paths;	/* address_space → its file's path */
	uint64_t *wanted;	/* NULL: all */
	uint64_t n_wanted;
	bool refused;		/* the caller would not print any more */
	/* By several threads. */
	uint64_t n_pages, n_mappings, n_incomplete;
};

/* ---- memory cgroups ---- */

/* Before there are several threads, each once. */
static enum status keep_memcg(const struct tally_row *row,
			      const struct rmi_memcg *memcg, void *arg)
{
	struct all *all = arg;
	bool added;

	if (memcg && map_add(&all->memcgs, row->key,
			     (uint64_t)(uintptr_t)memcg, &added))
		return diag_no_memory(&all->whole.session->kernel->diag);
	return ST_OK;
}

static const struct rmi_memcg *memcg_of(const struct all *all,
					const struct inverted_page *page)
{
	const uint64_t *found = map_find(&all->memcgs,
					 page->words->memcg_data);

	return found ? (const struct rmi_memcg *)(uintptr_t)*found : NULL;
}

/* ---- files ---- */

static enum status keep_path(struct all *all, kaddr_t mapping)
{
	struct rmi_session *session = all->whole.session;
	struct file *file;
	bool added;
	enum status st = files_describe(&session->files, session->kernel,
					session->tasks, mapping,
					&all->whole.gaps, &file);

	if (!st && file && file->path &&
	    map_add(&all->paths, mapping.v, (uint64_t)(uintptr_t)file->path,
		    &added))
		st = diag_no_memory(&session->kernel->diag);
	return st;
}

static enum status keep_paths_of(struct all *all, const struct tally *tally)
{
	struct kernel *kernel = all->whole.session->kernel;
	enum status st = ST_OK;

	for (size_t i = 0; i < tally->rows.n && !st; i++) {
		log_progress(kernel->log, "files", i, tally->rows.n);
		if (log_is_cancelled(kernel->log))
			return diag_fail(&kernel->diag, ST_STOPPED, "stopped "
					 "at %zu of %zu files", i,
					 tally->rows.n);
		st = keep_path(all, KADDR(tally->rows.items[i].key));
	}
	return st;
}

/* Before there are several threads, which could not share the session's. */
static enum status keep_paths(struct all *all)
{
	struct tally tally = { 0 };
	enum status st = tally_frames(&tally, all->whole.frames,
				      whole_file_key);

	st = st ? diag_no_memory(&all->whole.session->kernel->diag) :
	     keep_paths_of(all, &tally);
	tally_fini(&tally);
	return st;
}

static const char *path_of(const struct all *all,
			   const struct inverted_page *page)
{
	uint64_t mapping;
	const uint64_t *found =
		whole_file_key(page->use, page->words, &mapping) ?
		map_find(&all->paths, mapping) : NULL;

	return found ? (const char *)(uintptr_t)*found : NULL;
}

/* ---- which pages ---- */

/* What a page has to be by itself. */
struct choice {
	bool kinds[N_KINDS];
	uint64_t min_mappings;
};

static bool choose_kind(struct choice *choice, const char *name)
{
	bool known = false;

	for (enum page_kind kind = 0; kind < N_KINDS; kind++) {
		if (strcmp(page_kind_name(kind), name) != 0)
			continue;
		choice->kinds[kind] = true;
		known = true;
	}
	return known;
}

/* Who has mistyped one sees it among them. */
static enum status refuse_kind(struct diag *diag, const char *name)
{
	char all[400] = "";
	size_t len = 0;

	for (enum page_kind kind = 0; kind < N_KINDS && len < sizeof(all);
	     kind++)
		len += snprintf(all + len, sizeof(all) - len, "%s%s",
				kind ? ", " : "", page_kind_name(kind));
	return diag_fail(diag, ST_ABSENT, "there is no kind of page called "
			 "'%s'; there are %s", name, all);
}

static enum status choose_kinds(struct all *all, struct choice *choice)
{
	const char *const *names = all->request->filter.kinds;

	for (enum page_kind kind = 0; kind < N_KINDS; kind++)
		choice->kinds[kind] = !names || !*names;
	for (; names && *names; names++)
		if (!choose_kind(choice, *names))
			return refuse_kind(&all->whole.session->kernel->diag,
					   *names);
	return ST_OK;
}

static bool is_chosen(const struct choice *choice, const struct frame_use *use)
{
	return choice->kinds[use->kind] &&
	       use->n_mappings >= choice->min_mappings;
}

typedef void place_fn(struct all *all, size_t place, void *arg);

static void for_each_place(struct all *all, place_fn *fn, void *arg)
{
	struct frame_cursor at = { .frames = all->whole.frames };

	while (frame_next(&at))
		fn(all, at.place, arg);
}

/* Takes out what is not chosen. */
static void sift(struct all *all, size_t place, void *arg)
{
	if (!is_chosen(arg, &all->whole.frames->uses[place]))
		bits_clear(all->wanted, place);
}

static enum status mark_resident(pfn_t first, uint64_t n, uaddr_t address,
				 void *arg)
{
	struct all *all = arg;

	(void)address;
	for (uint64_t i = 0; i < n; i++) {
		size_t place = frames_place(all->whole.frames, first.v + i);

		if (place != NO_PLACE)
			bits_set(all->wanted, place);
	}
	return ST_OK;
}

/* What the process maps, or all there is. */
static enum status mark_candidates(struct all *all, size_t n_words)
{
	struct rmi_session *session = all->whole.session;
	const struct rmi_filter *filter = &all->request->filter;
	struct resident resident;
	struct gaps gaps = { 0 };	/* the count has met the same */
	kaddr_t mm;
	enum status st;

	if (!filter->has_pid) {
		memset(all->wanted, 0xff, n_words * sizeof(*all->wanted));
		return ST_OK;
	}
	st = session_find_mm(session, filter->pid, &mm);
	if (!st)
		st = resident_of_mm(session->kernel, mm, mark_resident, all,
				    &resident, &gaps);
	gaps_fini(&gaps);
	return st;
}

/* ---- the most mapped ---- */

/* How many pages have how many mappings, by a bound on the number. */
struct top {
	uint64_t wanted;
	struct map counts;	/* mappings → pages */
	enum status st;
};

static void count_place(struct all *all, size_t place, void *arg)
{
	uint64_t n = all->whole.frames->uses[place].n_mappings;
	struct top *top = arg;
	bool added;

	if (!bits_has(all->wanted, place) || !n || top->st)
		return;
	top->st = map_add(&top->counts, n, 0, &added);
	if (!top->st)
		++*map_find(&top->counts, n);
}

static int descending(const void *a, const void *b)
{
	const struct map_slot *x = a, *y = b;

	return (x->key < y->key) - (x->key > y->key);
}

struct cut {
	uint64_t least;		/* mappings of the last that are in */
	uint64_t left;		/* of those that have just so many */
};

static struct cut find_cut(struct map *counts, uint64_t wanted)
{
	struct cut cut = { UINT64_MAX, 0 };
	size_t n = 0;

	for (size_t i = 0; i < counts->room; i++)
		if (counts->slots[i].used)
			counts->slots[n++] = counts->slots[i];
	if (n)
		qsort(counts->slots, n, sizeof(counts->slots[0]), descending);
	for (size_t i = 0; i < n && wanted; i++) {
		uint64_t pages = counts->slots[i].value;

		cut.least = counts->slots[i].key;
		cut.left = pages < wanted ? pages : wanted;
		wanted -= cut.left;
	}
	return cut;
}

static void cut_place(struct all *all, size_t place, void *arg)
{
	uint64_t n = all->whole.frames->uses[place].n_mappings;
	struct cut *cut = arg;

	if (!bits_has(all->wanted, place) || n > cut->least)
		return;
	if (n == cut->least && cut->left)
		cut->left--;
	else
		bits_clear(all->wanted, place);
}

static enum status keep_top(struct all *all)
{
	struct top top = { .wanted = all->request->filter.top };
	struct cut cut;

	if (!top.wanted)
		return ST_OK;
	for_each_place(all, count_place, &top);
	if (!top.st) {
		cut = find_cut(&top.counts, top.wanted);
		for_each_place(all, cut_place, &cut);
	}
	map_fini(&top.counts);
	return top.st ? diag_no_memory(&all->whole.session->kernel->diag) :
			ST_OK;
}

static bool asks_for_all(const struct rmi_filter *filter)
{
	return (!filter->kinds || !*filter->kinds) && !filter->min_mappings &&
	       !filter->top && !filter->has_pid;
}

static enum status choose(struct all *all)
{
	const struct rmi_filter *filter = &all->request->filter;
	struct choice choice = { .min_mappings = filter->min_mappings };
	size_t n_words = bits_words(all->whole.frames->n);
	enum status st;

	if (asks_for_all(filter))
		return ST_OK;
	all->wanted = calloc(n_words, sizeof(*all->wanted));
	if (!all->wanted)
		return diag_no_memory(&all->whole.session->kernel->diag);
	st = choose_kinds(all, &choice);
	if (!st)
		st = mark_candidates(all, n_words);
	if (st)
		return st;
	for_each_place(all, sift, &choice);
	return keep_top(all);
}

/* ---- stretches ---- */

static struct rmi_stretch_vma view_vma(const struct all *all,
				       const struct inverted_vma *vma)
{
	struct rmi_stretch_vma view = {
		.mm = vma->vma.mm.v,
		.vma = vma->vma.address.v,
		.start = vma->vma.start,
		.end = vma->vma.end,
		.perm = vma_perm(&vma->vma),
	};

	view.tasks = session_tasks_of(all->whole.session, vma->vma.mm,
				      &view.n_tasks);
	return view;
}

static struct rmi_stretch_page view_page(const struct all *all,
					 const struct stretch *stretch,
					 const struct inverted_page *page)
{
	struct rmi_stretch_page view = {
		.pfn = page->pfn,
		.kind = page_kind_name(page->use->kind),
		.object = page->words->mapping & ~MAPPING_FLAGS,
		.index = page->words->index,
		.memcg = memcg_of(all, page),
		.path = path_of(all, page),
		.order = page->use->order,
		.dirty = page->use->dirty,
		.has_count = page->use->has_count,
		.count = page->words->counted,
		.n_mappings = inverted_page_n_mapped(page),
		.listed = inverted_page_is_listed(page),
		/* The same: see the assertions. */
		.mappings = (const struct rmi_stretch_mapping *)
			    (const void *)page->mappings,
		.gap = inverted_page_gap(stretch, page),
	};

	return view;
}

/* Millions are handed through as they are. */
_Static_assert(sizeof(struct rmi_stretch_mapping) ==
	       sizeof(struct inverted_mapping), "the size of a mapping");
_Static_assert(offsetof(struct rmi_stretch_mapping, vma) ==
	       offsetof(struct inverted_mapping, vma), "its VMA");
_Static_assert(offsetof(struct rmi_stretch_mapping, level) ==
	       offsetof(struct inverted_mapping, level), "its level");
_Static_assert(offsetof(struct rmi_stretch_mapping, state) ==
	       offsetof(struct inverted_mapping, state), "its state");
_Static_assert(offsetof(struct rmi_stretch_mapping, plain) ==
	       offsetof(struct inverted_mapping, plain), "whether it is plain");
_Static_assert(offsetof(struct rmi_stretch_mapping, address) ==
	       offsetof(struct inverted_mapping, address), "its address");

struct view {
	struct rmi_stretch_vma *vmas;
	struct rmi_stretch_page *pages;
};

static void view_fini(struct view *view)
{
	free(view->vmas);
	free(view->pages);
}

static enum status view_init(struct view *view, const struct all *all,
			     const struct stretch *stretch)
{
	*view = (struct view) {
		calloc(stretch->n_vmas + 1, sizeof(*view->vmas)),
		calloc(stretch->n_pages + 1, sizeof(*view->pages)),
	};
	if (!view->vmas || !view->pages)
		return ST_NO_MEMORY;
	for (size_t i = 0; i < stretch->n_vmas; i++)
		view->vmas[i] = view_vma(all, &stretch->vmas[i]);
	for (size_t i = 0; i < stretch->n_pages; i++)
		view->pages[i] = view_page(all, stretch, &stretch->pages[i]);
	return ST_OK;
}

static void count_stretch(struct all *all, const struct rmi_stretch *stretch)
{
	uint64_t n_mappings = 0, n_incomplete = 0;

	for (size_t i = 0; i < stretch->n_pages; i++) {
		n_mappings += stretch->pages[i].n_mappings;
		n_incomplete += stretch->pages[i].gap != NULL;
	}
	__atomic_fetch_add(&all->n_pages, stretch->n_pages, __ATOMIC_RELAXED);
	__atomic_fetch_add(&all->n_mappings, n_mappings, __ATOMIC_RELAXED);
	__atomic_fetch_add(&all->n_incomplete, n_incomplete, __ATOMIC_RELAXED);
}

static enum status tell(const struct stretch *stretch, struct sheet *sheet,
			void *arg)
{
	struct all *all = arg;
	struct view view;
	enum status st = view_init(&view, all, stretch);
	struct rmi_stretch told = {
		stretch->n_vmas, view.vmas, stretch->n_pages, view.pages,
	};

	if (!st) {
		count_stretch(all, &told);
		all->request->stretch(&told, (struct rmi_sheet *)sheet,
				      all->request->arg);
	}
	view_fini(&view);
	return st;
}

const char *rmi_level_name(uint8_t level)
{
	return level < PT_LEVELS ? pt_level_name(level) : NULL;
}

const char *rmi_state_name(uint8_t state)
{
	return state < N_STATES ? map_state_name(state) : NULL;
}

char *rmi_sheet_room(struct rmi_sheet *sheet, size_t n)
{
	return sheet_room((struct sheet *)sheet, n);
}

void rmi_sheet_filled(struct rmi_sheet *sheet, size_t n)
{
	sheet_filled((struct sheet *)sheet, n);
}

/* ---- all of it ---- */

static bool print(const char *bytes, size_t n, void *arg)
{
	struct all *all = arg;

	all->refused = !all->request->print(bytes, n, all->request->arg);
	return !all->refused;
}

static enum status run_inversion(struct all *all)
{
	struct inversion inversion = {
		.crew = all->whole.crew,
		.tasks = all->whole.session->tasks,
		.frames = all->whole.frames,
		.wanted = all->wanted,
		.fn = tell,
		.arg = all,
		.press = press_new(print, all),
	};
	enum status st = inversion.press ?
			 invert(&inversion, &all->n_wanted) :
			 diag_no_memory(&all->whole.session->kernel->diag);

	press_free(inversion.press);
	return st;
}

static enum status run(struct all *all, struct rmi_session *session)
{
	enum status st = whole_count(&all->whole, session,
				     all->request->jobs);

	if (!st)
		st = whole_for_each_memcg(&all->whole, keep_memcg, all);
	if (!st)
		st = keep_paths(all);
	if (!st)
		st = choose(all);
	if (!st)
		st = run_inversion(all);
	return st;
}

/* Whoever had had enough, what was told of stands. */
static void note_stop(struct all *all)
{
	const char *why = all->whole.session->kernel->diag.text;

	if (all->n_wanted)
		gaps_addf(&all->whole.gaps, "pages", why, "%llu of %llu",
			  (unsigned long long)all->n_pages,
			  (unsigned long long)all->n_wanted);
	else
		gaps_add(&all->whole.gaps, "pages", "all", why);
}

/* The words of the gaps go with the count, so the session keeps them. */
static enum status keep_gaps(struct all *all)
{
	struct rmi_session *session = all->whole.session;

	whole_take_gaps(&all->whole);
	gaps_clear(&session->whole_gaps);
	gaps_move(&all->whole.gaps, &session->whole_gaps);
	session->gap_views.n = 0;
	if (append_gap_views(&session->gap_views, &session->tasks->gaps) ||
	    append_gap_views(&session->gap_views, &session->whole_gaps))
		return diag_no_memory(&session->kernel->diag);
	return ST_OK;
}

static enum status answer(struct all *all, enum status st,
			  struct rmi_all *ret_all)
{
	const struct rmi_session *session = all->whole.session;
	bool partial = st == ST_STOPPED && !all->refused;

	if (st && !partial)
		return st;
	if (partial)
		note_stop(all);
	st = keep_gaps(all);
	if (st)
		return st;
	*ret_all = (struct rmi_all) {
		.n_pages = all->n_pages,
		.n_mappings = all->n_mappings,
		.n_incomplete = all->n_incomplete,
		.partial = partial,
		.n_wanted = all->n_wanted,
		.n_gaps = session->gap_views.n,
		.gaps = session->gap_views.items,
	};
	return ST_OK;
}

rmi_status rmi_session_all(struct rmi_session *session,
			   const struct rmi_all_request *caller_request,
			   struct rmi_all *ret_all)
{
	struct rmi_all_request request;
	struct all all = { .request = &request };
	enum status st;

	if (!session_has_dump(session) ||
	    !copy_sized(&request, sizeof(request), caller_request) ||
	    !request.stretch || !request.print)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or a request "
				    "that this library does not know");
	st = answer(&all, run(&all, session), ret_all);
	whole_fini(&all.whole);
	map_fini(&all.memcgs);
	map_fini(&all.paths);
	free(all.wanted);
	return st ? session_fail(session, st, session->kernel->diag.text) :
		    RMI_OK;
}
