/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All of the dump in sums: the steps of the count, and what makes it complete.
 */
#include <stdio.h>
#include <unistd.h>

#include "api/summary_lists.h"

#define DEFAULT_TOP	10

/* ---- what struct page leaves open ---- */

/*
 * A line for each frame would say the same again and again, so those of the
 * first frame that has any stand for all.
 */
static void keep_first_gaps(struct summary *summary, struct gaps *gaps)
{
	if (gaps_count(gaps) && !gaps_count(&summary->gaps))
		gaps_move(gaps, &summary->gaps);
	gaps_clear(gaps);
}

struct closer_look {
	struct summary *summary;
	struct arena arena;
	struct details details;
	struct gaps gaps;
};

static enum status look_at(struct closer_look *look, pfn_t pfn, kaddr_t page_at,
			   struct frame_use *use)
{
	struct rmi_session *session = look->summary->session;
	struct survey found = { use->kind, &look->details, &look->gaps };
	struct page page;
	enum status st;

	if (page_read_at(session->kernel, pfn, page_at, &page))
		return ST_OK;
	st = survey(session->surveyor, pfn, &page, &found);
	use->kind = found.kind;
	details_clear(&look->details);
	arena_reset(&look->arena);
	keep_first_gaps(look->summary, &look->gaps);
	return st;
}

static enum status look_at_run(struct closer_look *look,
			       const struct memmap_run *run)
{
	const struct kernel *kernel = look->summary->session->kernel;
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	struct frames *frames = look->summary->frames;
	size_t place = frames_place(frames, run->first.v);
	enum status st = ST_OK;

	for (uint64_t i = 0; i < run->n && !st; i++)
		if (page_kind_is_open(frames->uses[place + i].kind))
			st = look_at(look, PFN(run->first.v + i),
				     kaddr_add(run->page, i * size),
				     &frames->uses[place + i]);
	return st;
}

/* Before anything is counted: zeros are not. */
static enum status look_closer(struct summary *summary)
{
	struct closer_look look = { .summary = summary };
	enum status st = ST_OK;

	look.details.arena = &look.arena;
	for (size_t i = 0; i < summary->frames->runs.n && !st; i++)
		st = look_at_run(&look, &summary->frames->runs.items[i]);
	details_fini(&look.details);
	arena_fini(&look.arena);
	gaps_fini(&look.gaps);
	return st;
}

/* ---- whether all was found ---- */

struct count_check {
	struct gaps *gaps;
	uint64_t n_uncounted;
};

/*
 * By a page table that several share, hugetlb counts one mapping: more may be
 * found than it counts.
 */
static bool is_met(const struct frame_use *use,
		   const struct frame_words *words)
{
	int64_t found = use->n_mappings;

	return found == words->counted ||
	       (use->kind == KIND_HUGETLB && found > words->counted);
}

static void check_frame(struct count_check *check, uint64_t pfn,
			const struct frame_use *use,
			const struct frame_words *words)
{
	char why[128];

	check->n_uncounted += use->n_mappings && !use->has_count &&
			      (use->kind == KIND_ANON ||
			       use->kind == KIND_FILE ||
			       use->kind == KIND_SHMEM);
	if (!use->has_count || is_met(use, words))
		return;
	snprintf(why, sizeof(why), "the kernel counts %lld, %lu were found",
		 (long long)words->counted, (unsigned long)use->n_mappings);
	gaps_addf(check->gaps, "mappings", why, "PFN %#llx",
		  (unsigned long long)pfn);
}

static void check_counts(struct summary *summary)
{
	const struct frames *frames = summary->frames;
	struct count_check check = { &summary->gaps, 0 };

	for (size_t r = 0; r < frames->runs.n; r++) {
		const struct memmap_run *run = &frames->runs.items[r];
		size_t place = frames_place(frames, run->first.v);

		for (uint64_t i = 0; i < run->n; i++)
			check_frame(&check, run->first.v + i,
				    &frames->uses[place + i],
				    &frames->words[place + i]);
	}
	if (check.n_uncounted)
		gaps_addf(&summary->gaps, "mappings", "the kernel does not "
			  "count how often a page of a large folio is mapped",
			  "%llu frames",
			  (unsigned long long)check.n_uncounted);
}

static enum status list_gaps(struct summary *summary)
{
	struct gaps *gaps = &summary->gaps;

	gaps_move(&summary->frames->gaps, gaps);
	for (size_t i = 0; i < summary->spaces->n; i++)
		gaps_move(&summary->spaces->list[i].gaps, gaps);
	check_counts(summary);
	if (append_gap_views(&summary->gap_views, &summary->session->tasks->gaps) ||
	    append_gap_views(&summary->gap_views, gaps))
		return diag_no_memory(&summary->session->kernel->diag);
	summary->view.n_gaps = summary->gap_views.n;
	summary->view.gaps = summary->gap_views.items;
	summary->view.complete = !summary->gap_views.n;
	return ST_OK;
}

/* ---- all of it ---- */

static size_t count_jobs(size_t wanted)
{
	long n = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n < (long)MAX_CREW ? (size_t)n : MAX_CREW;
}

static summary_list_fn *const lists[] = {
	summary_list_kinds,
	summary_list_processes,
	summary_list_sharings,
	summary_list_files,
	summary_list_memcgs,
	summary_list_families,
	summary_list_pages,
	list_gaps,
};

static enum status count(struct summary *summary, size_t jobs)
{
	struct rmi_session *session = summary->session;
	enum status st = session_need_tasks(session);

	if (!st)
		st = crew_new(session->kernel, jobs, &summary->crew);
	if (!st)
		st = frames_read(summary->crew, &summary->frames);
	if (!st)
		st = look_closer(summary);
	if (!st)
		st = spaces_count(summary->crew, session->tasks,
				  summary->frames, &summary->spaces);
	if (!st)
		st = spaces_weigh(summary->crew, summary->spaces,
				  summary->frames);
	return st;
}

static enum status summarize(struct summary *summary, size_t jobs)
{
	enum status st = count(summary, jobs);

	summary->view.page_size = 1u << summary->session->kernel->arch->page_shift;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !st; i++)
		st = lists[i](summary);
	return st;
}

static void summary_fini(struct summary *summary)
{
	summary_lists_fini(summary);
	gap_view_vec_fini(&summary->gap_views);
	gaps_fini(&summary->gaps);
	spaces_free(summary->spaces);
	frames_free(summary->frames);
	crew_free(summary->crew);
}

rmi_status rmi_session_summary(struct rmi_session *session,
			       const struct rmi_summary_request *caller_request)
{
	struct summary summary = { .session = session };
	struct rmi_summary_request request;
	enum status st;

	if (!session->bound ||
	    !copy_sized(&request, sizeof(request), caller_request) ||
	    !request.fn)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or a request "
				    "that this library does not know");
	summary.top = request.top ? request.top : DEFAULT_TOP;
	st = summarize(&summary, count_jobs(request.jobs));
	if (!st)
		request.fn(&summary.view, request.arg);
	summary_fini(&summary);
	return st ? session_fail(session, st, session->kernel->diag.text) :
		    RMI_OK;
}
