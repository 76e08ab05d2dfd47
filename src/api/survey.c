/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/survey.h"

void survey_fini(struct survey *survey)
{
	wanted_swap_vec_fini(&survey->swaps);
}

/* An entry that cannot be read becomes a gap when its page is answered. */
static enum status note_swap(struct kernel *kernel, const struct page *page,
			     struct survey *survey)
{
	struct wanted_swap wanted = { .pfn = page->pfn };

	if (!page_in_swap_cache(kernel, page) ||
	    page_swap_entry(kernel, page, &wanted.entry))
		return ST_OK;
	if (wanted_swap_vec_push(&survey->swaps, wanted))
		return diag_no_memory(&kernel->diag);
	return ST_OK;
}

static enum status look_at(struct kernel *kernel, pfn_t pfn,
			   struct survey *survey)
{
	struct page page;

	if (page_read(kernel, pfn, &page))
		return ST_OK;
	return note_swap(kernel, &page, survey);
}

enum status survey_pages(struct rmi_session *session,
			 const struct rmi_pfn_range *ranges, size_t n,
			 struct survey *survey)
{
	for (size_t i = 0; i < n; i++) {
		const struct rmi_pfn_range *range = &ranges[i];

		for (uint64_t k = 0; k <= range->last - range->first; k++) {
			enum status st = look_at(session->kernel,
						 PFN(range->first + k), survey);

			if (st)
				return st;
		}
	}
	return ST_OK;
}
