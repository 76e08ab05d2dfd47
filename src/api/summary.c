/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All of the dump in sums: the steps of the count, and what makes it complete.
 */
#include <stdio.h>

#include "api/summary_lists.h"

#define DEFAULT_TOP	10

/* ---- whether all was found ---- */

struct count_check {
	struct gaps *gaps;
	uint64_t n_uncounted;
};

static void check_frame(struct count_check *check, uint64_t pfn,
			const struct frame_use *use,
			const struct frame_words *words)
{
	char why[128];

	check->n_uncounted += use->n_mappings && !use->has_count &&
			      (use->kind == KIND_ANON ||
			       use->kind == KIND_FILE ||
			       use->kind == KIND_SHMEM);
	if (frame_count_is_met(use, words, use->n_mappings))
		return;
	snprintf(why, sizeof(why), "the kernel counts %lld, %lu were found",
		 (long long)words->counted, (unsigned long)use->n_mappings);
	gaps_addf(check->gaps, "mappings", why, "PFN %#llx",
		  (unsigned long long)pfn);
}

static void check_counts(struct summary *summary)
{
	const struct frames *frames = summary->whole.frames;
	struct count_check check = { &summary->whole.gaps, 0 };
	struct frame_cursor at = { .frames = frames };

	while (frame_next(&at))
		check_frame(&check, at.pfn, &frames->uses[at.place],
			    &frames->words[at.place]);
	if (check.n_uncounted)
		gaps_addf(&summary->whole.gaps, "mappings", "the kernel does not "
			  "count how often a page of a large folio is mapped",
			  "%llu frames",
			  (unsigned long long)check.n_uncounted);
}

static enum status list_gaps(struct summary *summary)
{
	struct gap_view_vec *views = &summary->gap_views;

	if (!summary->view.partial)
		check_counts(summary);
	whole_take_gaps(&summary->whole);
	if (append_gap_views(views, &summary->session->tasks->gaps) ||
	    append_gap_views(views, &summary->whole.gaps))
		return diag_no_memory(&summary->session->kernel->diag);
	summary->view.n_gaps = views->n;
	summary->view.gaps = views->items;
	summary->view.complete = !views->n;
	return ST_OK;
}

/* ---- all of it ---- */

static const struct {
	summary_list_fn *fn;
	bool of_mappings;	/* of nothing else: needs all page tables */
} lists[] = {
	{ summary_list_kinds, false },
	{ summary_list_processes, false },
	{ summary_list_sharings, true },
	{ summary_list_files, false },
	{ summary_list_memcgs, false },
	{ summary_list_families, false },
	{ summary_list_pages, true },
	{ list_gaps, false },
};

static enum status count(struct summary *summary, size_t jobs)
{
	struct whole *whole = &summary->whole;
	enum status st = whole_count(whole, summary->session, jobs);

	return st ? st : whole_weigh(whole);
}

/* Frames are told of whoever maps them, and an address space by itself. */
static void note_stop(struct summary *summary)
{
	const struct spaces *spaces = summary->whole.spaces;
	size_t n = 0;

	for (size_t i = 0; i < spaces->n; i++)
		n += spaces->list[i].counted;
	gaps_addf(&summary->whole.gaps, "address spaces",
		  summary->session->kernel->diag.text, "%zu of %zu", n,
		  spaces->n);
	summary->view.partial = true;
}

static enum status summarize(struct summary *summary, size_t jobs)
{
	enum status st = count(summary, jobs);

	if (st == ST_STOPPED && summary->whole.spaces) {
		note_stop(summary);
		st = ST_OK;
	}
	summary->view.page_size = 1u << summary->session->kernel->mmu.page_shift;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !st; i++)
		if (!summary->view.partial || !lists[i].of_mappings)
			st = lists[i].fn(summary);
	if (summary->view.partial)
		summary_forget_mappings(summary);
	return st;
}

static void summary_fini(struct summary *summary)
{
	summary_lists_fini(summary);
	gap_view_vec_fini(&summary->gap_views);
	whole_fini(&summary->whole);
}

rmi_status rmi_session_summary(struct rmi_session *session,
			       const struct rmi_summary_request *caller_request)
{
	struct summary summary = { .session = session };
	struct rmi_summary_request request;
	enum status st;

	if (!session_has_dump(session) ||
	    !copy_sized(&request, sizeof(request), caller_request) ||
	    !request.fn)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or a request "
				    "that this library does not know");
	summary.top = request.top ? request.top : DEFAULT_TOP;
	st = summarize(&summary, request.jobs);
	if (!st)
		request.fn(&summary.view, request.arg);
	summary_fini(&summary);
	return st ? session_fail(session, st, session->kernel->diag.text) :
		    RMI_OK;
}
