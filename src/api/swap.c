/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who refers to a swap entry: the page tables tell, and the kernel's own count
 * says whether that is all.
 */
#include <stdio.h>
#include <string.h>

#include "api/answer.h"
#include "rmap/scan.h"

DEFINE_VEC(hit_vec, struct rmap_hit)

struct swap_query {
	struct rmi_session *session;
	struct kernel *kernel;
	const struct rmi_swap_query *request;
	struct answer answer;
	struct rmi_swap swap;
	struct hit_vec hits;	/* of all entries, in order of entry */
};

/* ---- finding ---- */

static enum status keep_hit(pfn_t pfn, const struct rmap_hit *hit, void *arg)
{
	(void)pfn;
	return hit_vec_push(arg, *hit);
}

static int compare_entries(struct swap_entry a, struct swap_entry b)
{
	if (a.type != b.type)
		return a.type < b.type ? -1 : 1;
	return (a.offset > b.offset) - (a.offset < b.offset);
}

static struct swap_entry entry_of(const struct rmap_hit *hit)
{
	return pte_swap_entry(&hit->entry.pte);
}

static int by_entry(const void *a, const void *b)
{
	return compare_entries(entry_of(a), entry_of(b));
}

/* An entry that no architecture can store is nobody's. */
static struct swap_entry asked_entry(const struct rmi_swap_entry *asked)
{
	return (struct swap_entry) {
		.type = asked->type < UINT32_MAX ? asked->type : UINT32_MAX,
		.offset = asked->offset,
	};
}

static enum status scan_for_all(struct swap_query *query)
{
	const struct rmi_swap_query *request = query->request;
	struct hit_vec *hits = &query->hits;
	struct scan_request wanted = { .n_swaps = request->n_entries };
	struct wanted_swap *swaps = calloc(request->n_entries, sizeof(*swaps));
	enum status st;

	if (!swaps)
		return diag_no_memory(&query->kernel->diag);
	for (size_t i = 0; i < request->n_entries; i++)
		swaps[i].entry = asked_entry(&request->entries[i]);
	wanted.swaps = swaps;
	gaps_clear(&query->session->scan_gaps);
	st = scan(query->kernel, query->session->tasks, &wanted, keep_hit,
		  hits, &query->session->scan_gaps);
	free(swaps);
	if (!st && hits->n)
		qsort(hits->items, hits->n, sizeof(hits->items[0]), by_entry);
	return st;
}

static size_t first_hit(const struct hit_vec *hits, struct swap_entry entry)
{
	size_t low = 0, high = hits->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_entries(entry_of(&hits->items[middle]), entry) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum status add_mappings(struct swap_query *query,
				struct swap_entry entry)
{
	const struct hit_vec *hits = &query->hits;
	enum status st = ST_OK;

	for (size_t i = first_hit(hits, entry);
	     i < hits->n && !st &&
	     swap_entry_equal(entry_of(&hits->items[i]), entry); i++)
		st = answer_add_mapping(&query->answer,
					&query->answer.mappings,
					&hits->items[i]);
	return st;
}

/* ---- doubts ---- */

static void doubt(struct swap_query *query, const char *why)
{
	gaps_addf(&query->answer.gaps, "swap entry", why, "%llu:%#llx",
		  (unsigned long long)query->swap.entry.type,
		  (unsigned long long)query->swap.entry.offset);
}

static void doubt_count(struct swap_query *query, const struct swap_slot *slot)
{
	char why[160];

	if (slot->count == query->answer.mappings.n)
		return;
	snprintf(why, sizeof(why), "the kernel counts %u, %zu were found%s",
		 slot->count, query->answer.mappings.n,
		 query->answer.mappings.n ? "" : ": no page table holds it; a "
		 "shared-memory file may, and these were not searched");
	doubt(query, why);
}

/* Nothing says whether what was found is all. */
static void doubt_without_count(struct swap_query *query)
{
	if (!query->answer.mappings.n)
		doubt(query, "no page table holds it; a shared-memory file "
		      "may, and these were not searched");
}

static void check_slot(struct swap_query *query, const struct swap_slot *slot)
{
	query->swap.has_cached = true;
	query->swap.cached = slot->cached;
	query->swap.has_pfn = slot->has_pfn;
	query->swap.pfn = slot->pfn.v;
	query->swap.has_count = slot->use == SWAP_COUNTED ||
				slot->use == SWAP_UNUSED;
	query->swap.count = slot->count;
	if (slot->use == SWAP_SHMEM)
		doubt(query, "it is of a shared-memory file, and these were "
		      "not searched");
	else if (slot->use == SWAP_CONTINUED)
		doubt(query, "more refer to it than the kernel's count can "
		      "tell, so that nothing confirms the number");
	else
		doubt_count(query, slot);
}

static void check(struct swap_query *query, struct swap_entry entry)
{
	struct kernel *kernel = query->kernel;
	const struct gaps *scan_gaps = &query->session->scan_gaps;
	const struct gaps *task_gaps = &query->session->tasks->gaps;
	struct swap_slot slot;
	enum status st = swap_slot_read(kernel, entry, &slot);

	if (gaps_count(task_gaps))
		doubt(query, "part of the task list was not seen");
	if (gaps_count(scan_gaps))
		doubt(query, "part of the page tables was not seen");
	if (!st) {
		check_slot(query, &slot);
	} else if (st == ST_UNKNOWN) {
		doubt_without_count(query);
	} else {
		doubt(query, kernel->diag.text);
	}
}

/* ---- one answer, and all ---- */

static enum status finish(struct swap_query *query)
{
	struct answer *answer = &query->answer;
	struct rmi_swap *swap = &query->swap;

	if (append_gap_views(&answer->gap_views, &answer->gaps))
		return diag_no_memory(&query->kernel->diag);
	answer_sort_mappings(&answer->mappings);
	swap->n_mappings = answer->mappings.n;
	swap->mappings = answer->mappings.items;
	swap->n_gaps = answer->gap_views.n;
	swap->gaps = answer->gap_views.items;
	swap->complete = !gaps_count(&answer->gaps);
	return ST_OK;
}

static enum status answer_entry(struct swap_query *query,
				const struct rmi_swap_entry *asked)
{
	struct swap_entry entry = asked_entry(asked);
	enum status st;

	answer_reset(&query->answer);
	query->swap = (struct rmi_swap) { .entry = *asked };
	st = add_mappings(query, entry);
	if (st)
		return st;
	check(query, entry);
	return finish(query);
}

static enum status run(struct swap_query *query, rmi_swap_fn *fn, void *arg)
{
	enum status st = session_need_tasks(query->session);

	if (!st && query->request->n_entries)
		st = scan_for_all(query);
	for (size_t i = 0; i < query->request->n_entries && !st; i++) {
		st = answer_entry(query, &query->request->entries[i]);
		if (!st && !fn(&query->swap, arg))
			st = ST_STOPPED;
	}
	return st;
}

rmi_status rmi_session_swap(struct rmi_session *session,
			    const struct rmi_swap_query *caller_request,
			    rmi_swap_fn *fn, void *arg)
{
	struct rmi_swap_query request;
	struct swap_query query = {
		.session = session,
		.kernel = session->kernel,
		.request = &request,
	};
	enum status st;

	if (!session->bound)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened");
	if (!copy_sized(&request, sizeof(request), caller_request) || !fn)
		return session_fail(session, ST_INVALID,
				    "a query that this library does not know");
	answer_init(&query.answer, session);
	st = run(&query, fn, arg);
	answer_fini(&query.answer);
	hit_vec_fini(&query.hits);
	if (st == ST_OK || st == ST_STOPPED)
		return RMI_OK;
	return session_fail(session, st, session->kernel->diag.text);
}
