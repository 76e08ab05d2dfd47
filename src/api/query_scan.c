/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of a query: what the page tables of all processes say. */
#include <string.h>

#include "api/query.h"
#include "api/scan_wants.h"
#include "base/search.h"

static int by_pfn(const void *a, const void *b)
{
	const struct scan_result *x = a, *y = b;

	return (x->pfn.v > y->pfn.v) - (x->pfn.v < y->pfn.v);
}

static size_t first_result(const struct scan_vec *list, pfn_t pfn)
{
	return partition_point(i, list->n, list->items[i].pfn.v < pfn.v);
}

struct keeper {
	struct kernel *kernel;
	struct scanned *into;
	size_t limit;
};

static enum status keep(pfn_t pfn, const struct rmap_hit *hit, void *arg)
{
	struct keeper *keeper = arg;
	struct scanned *into = keeper->into;

	into->left_out = into->list.n >= keeper->limit;
	if (into->left_out)
		return ST_STOPPED;
	if (scan_vec_push(&into->list, (struct scan_result) { pfn, *hit }))
		return diag_no_memory(&keeper->kernel->diag);
	return ST_OK;
}

/* For the pages of these ranges, or those of them that wants says. */
static enum status scan_for(struct query *query, struct scan_wants *wants,
			    const struct rmi_pfn_range *ranges, size_t n,
			    struct keeper *keeper, struct gaps *gaps)
{
	struct scan_vec *list = &keeper->into->list;
	struct scan_request wanted;
	enum status st = scan_wants_find(query->session, ranges, n, wants);

	if (!st)
		st = swap_places_find(query->kernel, wants->swaps.items,
				      wants->swaps.n, &query->swap_places);
	if (st)
		return st;
	wanted = (struct scan_request) {
		wants->ranges.items, wants->ranges.n,
		wants->swaps.items, wants->swaps.n,
	};
	gaps_clear(gaps);
	st = scan(query->kernel, query->session->tasks, &wanted, keep, keeper,
		  gaps);
	if (list->n)
		qsort(list->items, list->n, sizeof(list->items[0]), by_pfn);
	return st == ST_STOPPED ? ST_OK : st;
}

enum status run_scan(struct query *query)
{
	const struct rmi_query *request = query->request;
	struct scan_wants wants = { .folio = query->folio };
	struct keeper keeper = { query->kernel, &query->scanned, SIZE_MAX };
	enum status st;

	if (query->method == RMI_METHOD_RMAP)
		return ST_OK;
	st = scan_for(query, &wants, request->ranges, request->n_ranges,
		      &keeper, &query->session->scan_gaps);
	scan_wants_fini(&wants);
	return st;
}

/*
 * A page of zeros can stand in a million places of each of a thousand
 * processes; 100 MiB of them are enough.
 */
#define MAX_KEPT	(1u << 19)

/* The ranges of the request from pfn on, which is in the one in work. */
static struct rmi_pfn_range *rest_of_request(const struct query *query,
					     pfn_t pfn, size_t *ret_n)
{
	const struct rmi_query *request = query->request;
	size_t n = request->n_ranges - query->at_range;
	struct rmi_pfn_range *rest = calloc(n, sizeof(*rest));

	if (!rest)
		return NULL;
	memcpy(rest, request->ranges + query->at_range, n * sizeof(*rest));
	rest[0].first = pfn.v;
	*ret_n = n;
	return rest;
}

/* Once, for the page and all of that kind that are still to come. */
static enum status scan_some(struct query *query, pfn_t pfn,
			     struct scan_wants *wants, struct scanned *into)
{
	struct keeper keeper = { query->kernel, into, MAX_KEPT };
	cleanup_free struct rmi_pfn_range *rest = NULL;
	size_t n = 0;
	enum status st;

	if (into->done)
		return ST_OK;
	into->done = true;
	rest = rest_of_request(query, pfn, &n);
	if (!rest)
		return diag_no_memory(&query->kernel->diag);
	st = scan_for(query, wants, rest, n, &keeper, &into->gaps);
	scan_wants_fini(wants);
	return st;
}

enum status scan_without_rmap(struct query *query, pfn_t pfn)
{
	struct scan_wants wants = {
		.folio = query->folio, .interest = SCAN_WITHOUT_RMAP
	};

	if (query->method != RMI_METHOD_RMAP)
		return ST_OK;
	return scan_some(query, pfn, &wants, &query->scanned);
}

enum status scan_with_rmap(struct query *query, pfn_t pfn)
{
	struct scan_wants wants = {
		.folio = query->folio, .interest = SCAN_WITH_RMAP
	};

	return scan_some(query, pfn, &wants, &query->rest);
}

void scanned_fini(struct scanned *scanned)
{
	scan_vec_fini(&scanned->list);
	gaps_fini(&scanned->gaps);
}

struct pfn_range frames_of(const struct query *query,
				  const struct subject *subject)
{
	const struct page *page = subject->page;

	if (!query->folio || !page)
		return (struct pfn_range) { subject->pfn.v, subject->pfn.v };
	return (struct pfn_range) {
		page->head_pfn.v, page->head_pfn.v + (1ULL << page->order) - 1
	};
}

/*
 * The scan tells of each frame. An entry for many frames is one mapping of a
 * folio: told with the first of them, like the reverse walk does.
 */
static bool is_first_of_entry(const struct query *query,
			      const struct rmap_hit *hit,
			      const struct pfn_range *frames)
{
	uint64_t inside = (hit->address.v - hit->entry.address.v) >>
			  query->kernel->mmu.page_shift;

	return !inside || hit->pfn.v == frames->first;
}

static uint64_t pages_of_entry(const struct query *query,
			       const struct rmap_hit *hit,
			       const struct pfn_range *frames)
{
	const unsigned int shift = query->kernel->mmu.page_shift;
	uint64_t inside = (hit->address.v - hit->entry.address.v) >> shift;
	uint64_t covered = mmu_pages(&query->kernel->mmu, hit->entry.level) -
			   inside;
	uint64_t left = frames->last - hit->pfn.v + 1;

	return covered < left ? covered : left;
}

enum status for_each_scanned(struct query *query,
			     const struct scanned *scanned,
			     const struct subject *subject,
			     hit_fn *fn, void *arg)
{
	const struct scan_vec *found = &scanned->list;
	struct pfn_range frames = frames_of(query, subject);
	enum status st = ST_OK;

	for (size_t i = first_result(found, PFN(frames.first));
	     i < found->n && found->items[i].pfn.v <= frames.last && !st; i++) {
		struct rmap_hit hit = found->items[i].hit;

		if (query->folio) {
			if (!is_first_of_entry(query, &hit, &frames))
				continue;
			hit.n_pages = pages_of_entry(query, &hit, &frames);
		}
		st = fn(&hit, arg);
	}
	return st;
}
