/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of a query: where reverse map and page tables differ. */
#include <string.h>

#include "api/query.h"

static bool is_same_place(const struct rmi_mapping *a,
			  const struct rmi_mapping *b)
{
	return a->mm == b->mm && a->address == b->address;
}

static bool contains(const struct mapping_vec *list,
		     const struct rmi_mapping *mapping)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_same_place(&list->items[i], mapping))
			return true;
	return false;
}

/* The kernel keeps no reverse map for a raw mapping: scan alone sees it. */
static bool is_raw(const struct rmi_mapping *mapping)
{
	return !strcmp(mapping->state, map_state_name(STATE_SPECIAL));
}

static enum status list_missing(struct query *query, const char *only_in,
				const struct mapping_vec *in,
				const struct mapping_vec *not_in)
{
	for (size_t i = 0; i < in->n; i++) {
		struct rmi_difference difference = { only_in, in->items[i] };

		if (is_raw(&in->items[i]) ||
		    contains(not_in, &in->items[i]))
			continue;
		if (difference_vec_push(&query->answer.differences,
					difference))
			return diag_no_memory(&query->kernel->diag);
	}
	return ST_OK;
}

/* What scan alone has found, the answer lacks. */
static void doubt_differences(struct query *query)
{
	const struct difference_vec *list = &query->answer.differences;

	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].only_in, "scan"))
			gaps_addf(&query->answer.gaps, "mappings",
				  "found by scan only",
				  "mm %#llx, user address %#llx",
				  (unsigned long long)
				  list->items[i].mapping.mm,
				  (unsigned long long)
				  list->items[i].mapping.address);
}

/* What scan found of a page that the walk has answered. */
struct by_scan {
	struct answer *answer;
	struct mapping_vec mappings;
};

static enum status keep_for_comparison(const struct rmap_hit *hit, void *arg)
{
	struct by_scan *by_scan = arg;

	return answer_add_mapping(by_scan->answer, &by_scan->mappings, hit);
}

enum status compare_methods(struct query *query,
			    const struct subject *subject)
{
	struct by_scan by_scan = { &query->answer, { NULL, 0, 0 } };
	enum status st = for_each_scanned(query, &query->scanned, subject,
					  keep_for_comparison, &by_scan);

	if (!st)
		st = list_missing(query, "rmap", &query->answer.mappings,
				  &by_scan.mappings);
	if (!st)
		st = list_missing(query, "scan", &by_scan.mappings,
				  &query->answer.mappings);
	mapping_vec_fini(&by_scan.mappings);
	doubt_differences(query);
	return st;
}
