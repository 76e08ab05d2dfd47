/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of a query: the other road to the mappings of a page whose reverse map
 * breaks off, since a part of it was left out of the dump or makes no sense.
 * The page tables of all processes tell what it did not lead to.
 */
#include <stdlib.h>
#include <string.h>

#include "api/query.h"

/* Where something is mapped already. */
struct place {
	uint64_t mm, address;
};

struct merge {
	struct query *query;
	struct place *places;	/* in order */
	size_t n;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->mm != y->mm)
		return x->mm < y->mm ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static enum status list_places(struct merge *merge)
{
	const struct mapping_vec *list = &merge->query->answer.mappings;

	merge->places = calloc(list->n ? list->n : 1, sizeof(*merge->places));
	if (!merge->places)
		return diag_no_memory(&merge->query->kernel->diag);
	merge->n = list->n;
	for (size_t i = 0; i < list->n; i++)
		merge->places[i] = (struct place) { list->items[i].mm,
						    list->items[i].address };
	qsort(merge->places, merge->n, sizeof(*merge->places), compare_places);
	return ST_OK;
}

static enum status keep_new(const struct rmap_hit *hit, void *arg)
{
	const struct merge *merge = arg;
	const struct place place = { hit->vma.mm.v, hit->address.v };

	return bsearch(&place, merge->places, merge->n,
		       sizeof(*merge->places), compare_places) ?
	       ST_OK : keep_hit(hit, merge->query);
}

/*
 * A count that is met has everything but what is not counted: who has lost the
 * page to swap.
 */
static bool falls_short(const struct query *query,
			const struct subject *subject)
{
	const struct page *page = subject->page;
	bool broken = gaps_count(&query->answer.gaps);

	if (!page || !page_keeps_rmap(subject->kind, page))
		return false;
	if (!has_count(query, page, subject->kind))
		return broken;
	return !count_is_met(query, page) ||
	       (broken && page_in_swap_cache(query->kernel, page));
}

/* The page tables of a running machine change while they are read. */
enum status answer_rest(struct query *query, const struct subject *subject)
{
	struct merge merge = { .query = query };
	enum status st;

	if (query->kernel->image->live || !falls_short(query, subject))
		return ST_OK;
	log_step(&query->session->log, "%s: the reverse map breaks off, so all "
		 "page tables are looked at", subject->where);
	st = scan_with_rmap(query, subject->pfn);
	if (!st)
		st = list_places(&merge);
	if (!st)
		st = for_each_scanned(query, &query->rest, subject, keep_new,
				      &merge);
	free(merge.places);
	query->found_rest = true;
	query->answer.page.found_by = "both";
	return st;
}
