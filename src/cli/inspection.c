/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspection.h"

#include <stdio.h>

#include "progress.h"

/* Where the page was found, and on to the next. */
static void locate_page(struct inspection *inspection)
{
	struct answer *answer = &inspection->answer;
	const struct finds *finds = inspection->finds;
	const struct rmi_pfn_range *range =
		&inspection->pfns->ranges[inspection->range];
	const struct rmi_found *found = NULL;

	if (finds && inspection->range >= finds->first_range &&
	    inspection->range - finds->first_range < finds->n)
		found = &finds->items[inspection->range - finds->first_range];
	answer->has_at = found && found->has_at;
	if (answer->has_at)
		answer->at = found->at +
			     inspection->inside * answer->source->page_size;
	if (inspection->inside++ < range->last - range->first)
		return;
	inspection->range++;
	inspection->inside = 0;
}

static bool got_page(const struct rmi_page *page, void *arg)
{
	struct inspection *inspection = arg;
	struct answer *answer = &inspection->answer;

	if (answer->out == stdout)
		progress_clear();
	locate_page(inspection);
	inspection->format->page(answer, page);
	answer->n_pages++;
	answer->n_incomplete += !page->complete;
	answer->complete &= page->complete;
	inspection->differs |= page->n_differences > 0;
	/* With nobody to read them, more answers need not be found. */
	return inspection->may_go_on ? inspection->may_go_on(inspection->arg) :
				       !ferror(stdout);
}

rmi_status inspection_query(struct rmi_session *session,
			    struct inspection *inspection)
{
	const struct pfn_list *pfns = inspection->pfns;
	const struct rmi_query query = {
		.size = sizeof(query),
		.method = inspection->answer.method,
		.n_ranges = pfns->n,
		.ranges = pfns->ranges,
		.folio = inspection->folio,
	};

	inspection->range = 0;
	inspection->inside = 0;
	return rmi_session_query(session, &query, got_page, inspection);
}

static bool got_swap(const struct rmi_swap *swap, void *arg)
{
	struct inspection *inspection = arg;
	struct answer *answer = &inspection->answer;

	progress_clear();
	inspection->format->swap(answer, swap);
	answer->n_swaps++;
	answer->complete &= swap->complete;
	return !ferror(stdout);
}

rmi_status inspection_query_swap(struct rmi_session *session,
				 struct inspection *inspection,
				 const struct swap_list *swaps)
{
	const struct rmi_swap_query query = {
		.size = sizeof(query),
		.n_entries = swaps->n,
		.entries = swaps->items,
	};

	return rmi_session_swap(session, &query, got_swap, inspection);
}
