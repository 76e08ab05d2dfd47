/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who refers to a swap entry: the page tables and the files of shared memory
 * tell, and the kernel's own count says whether that is all.
 */
#include "api/swap_places.h"

#include "base/search.h"

DEFINE_VEC(hit_vec, struct rmap_hit)

struct swap_query {
	struct rmi_session *session;
	struct kernel *kernel;
	const struct rmi_swap_query *request;
	struct answer answer;
	struct rmi_swap swap;
	struct hit_vec hits;	/* of all entries, in order of entry */
	struct swap_places places;	/* likewise, in files */
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

static enum status search_for_all(struct swap_query *query)
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
	if (!st)
		st = swap_places_find(query->kernel, swaps, request->n_entries,
				      &query->places);
	free(swaps);
	if (!st && hits->n)
		qsort(hits->items, hits->n, sizeof(hits->items[0]), by_entry);
	return st;
}

static size_t first_hit(const struct hit_vec *hits, struct swap_entry entry)
{
	return partition_point(i, hits->n,
			       compare_entries(entry_of(&hits->items[i]),
					       entry) < 0);
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

static enum status add_file(struct swap_query *query, struct swap_entry entry)
{
	struct answer *answer = &query->answer;
	size_t n;
	const struct swap_place *place = swap_places_of(&query->places, entry,
							&n);
	enum status st;

	if (!place)
		return ST_OK;
	st = answer_find_swapped_file(answer, place->mapping, place->index);
	if (!st)
		query->swap.file = answer->page.file;
	return st;
}

/* ---- doubts ---- */

static void doubt(struct swap_query *query, const char *why)
{
	gaps_addf(&query->answer.gaps, "swap entry", why, "%llu:%#llx",
		  (unsigned long long)query->swap.entry.type,
		  (unsigned long long)query->swap.entry.offset);
}

static void describe_slot(struct rmi_swap *swap, const struct swap_slot *slot)
{
	swap->has_cached = true;
	swap->cached = slot->cached;
	swap->has_pfn = slot->has_pfn;
	swap->pfn = slot->pfn.v;
	swap->has_count = slot->use == SWAP_COUNTED ||
			  slot->use == SWAP_UNUSED;
	swap->count = slot->count;
}

static void check(struct swap_query *query, struct swap_entry entry)
{
	struct answer *answer = &query->answer;
	struct swap_slot slot;

	if (gaps_count(&query->session->tasks->gaps))
		doubt(query, "part of the task list was not seen");
	if (gaps_count(&query->session->scan_gaps))
		doubt(query, "part of the page tables was not seen");
	if (swap_places_check(&query->places, query->kernel, entry,
			      answer->mappings.n, &answer->gaps, &slot))
		describe_slot(&query->swap, &slot);
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
	if (!st)
		st = add_file(query, entry);
	if (st)
		return st;
	check(query, entry);
	return finish(query);
}

static enum status run(struct swap_query *query, rmi_swap_fn *fn, void *arg)
{
	enum status st = session_need_tasks(query->session);

	if (!st && query->request->n_entries)
		st = search_for_all(query);
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

	if (!session_has_dump(session))
		return session_fail(session, ST_INVALID,
				    "no dump has been opened");
	if (!copy_sized(&request, sizeof(request), caller_request) || !fn)
		return session_fail(session, ST_INVALID,
				    "a query that this library does not know");
	answer_init(&query.answer, session);
	st = run(&query, fn, arg);
	answer_fini(&query.answer);
	hit_vec_fini(&query.hits);
	swap_places_fini(&query.places);
	if (st == ST_OK || st == ST_STOPPED)
		return RMI_OK;
	return session_fail(session, st, session->kernel->diag.text);
}
