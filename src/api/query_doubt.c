/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of a query: what makes an answer incomplete. */
#include <string.h>

#include "api/query.h"

/* One line for gaps that concern every page, and are listed by the session. */
static void doubt_about(struct gaps *gaps, const char *what,
			const struct gaps *found)
{
	const char *first = found->list.n ? found->list.items[0].why :
					    "out of memory";

	if (gaps_count(found))
		gaps_addf(gaps, what, first, "%zu places, this is the first",
			  gaps_count(found));
}

/* Found by a scan that nobody asked for: what it did not see concerns these. */
static void doubt_scanned(struct query *query, const struct scanned *scanned,
			  const struct subject *subject)
{
	struct gaps *gaps = &query->answer.gaps;

	doubt_about(gaps, "scan", &scanned->gaps);
	if (scanned->left_out)
		gaps_add(gaps, "scan", subject->where, "more places were found "
			 "than are kept: ask for fewer pages at once");
}

/*
 * Some drivers insert pages that are counted like those of files. A count that
 * is met proves little, but one that is not says that somebody was missed.
 */
static void doubt_count_without_rmap(struct query *query,
				     const struct subject *subject)
{
	const struct page *page = subject->page;

	if (!query->folio && page && page_has_mapcount(page) &&
	    page_mapcount(query->kernel, page) > query->n_counted)
		check_count(query, page);
}

/* The scan did not look for it; the reverse walk says so by itself. */
static void doubt_swap_entry(struct query *query,
			     const struct subject *subject)
{
	struct kernel *kernel = query->kernel;
	struct swap_entry entry;

	if (subject->page && page_in_swap_cache(kernel, subject->page) &&
	    page_swap_entry(kernel, subject->page, &entry))
		gaps_add(&query->answer.gaps, "swap entry", subject->where,
			 kernel->diag.text);
}

static size_t count_swap_entries(const struct query *query,
				 const struct subject *subject)
{
	const struct mapping_vec *list = &query->answer.mappings;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->items[i].pfn == subject->pfn.v &&
		     !strcmp(list->items[i].state,
			     map_state_name(STATE_SWAPPED));
	return n;
}

/* The kernel counts who refers to its place in swap. */
static void doubt_in_swap_alone(struct query *query,
				const struct subject *subject)
{
	struct swap_entry entry;
	struct swap_slot slot;

	if (is_in_swap_alone(query, subject, &entry))
		swap_places_check(&query->swap_places, query->kernel, entry,
				  count_swap_entries(query, subject),
				  &query->answer.gaps, &slot);
}

static void doubt_count(struct query *query, const struct subject *subject)
{
	if (has_count(query, subject->page, subject->kind))
		check_count(query, subject->page);
	else
		gaps_add(&query->answer.gaps, "mappings", subject->where,
			 "the kernel does not count how often this page of a "
			 "large folio is mapped (NO_PAGE_MAPCOUNT), or was "
			 "about to change it, so that nothing confirms the "
			 "number");
}

void doubt(struct query *query, const struct subject *subject)
{
	struct rmi_session *session = query->session;
	struct gaps *gaps = &query->answer.gaps;

	doubt_about(gaps, "task list", &session->tasks->gaps);
	if (subject->kind == KIND_UNREADABLE)
		gaps_add(gaps, "struct page", subject->where, subject->why);
	if (query->method != RMI_METHOD_RMAP)
		doubt_about(gaps, "scan", &session->scan_gaps);
	else if (!has_rmap(subject))
		doubt_scanned(query, &query->scanned, subject);
	else if (query->found_rest)
		doubt_scanned(query, &query->rest, subject);
	if (query->method == RMI_METHOD_SCAN || !has_rmap(subject))
		doubt_swap_entry(query, subject);
	doubt_in_swap_alone(query, subject);
	if (!has_rmap(subject))
		doubt_count_without_rmap(query, subject);
	if (subject->page && page_keeps_rmap(subject->kind, subject->page))
		doubt_count(query, subject);
}
