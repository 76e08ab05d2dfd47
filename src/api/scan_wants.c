/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/scan_wants.h"

void scan_wants_fini(struct scan_wants *wants)
{
	range_vec_fini(&wants->ranges);
	wanted_swap_vec_fini(&wants->swaps);
}

/* Ranges come in order mostly, and one that continues the last makes it longer. */
static enum status want(struct scan_wants *wants, uint64_t first, uint64_t last)
{
	struct range_vec *ranges = &wants->ranges;
	struct pfn_range *previous = ranges->n ?
				     &ranges->items[ranges->n - 1] : NULL;

	if (previous && previous->first <= first && first &&
	    first - 1 <= previous->last) {
		if (last > previous->last)
			previous->last = last;
		return ST_OK;
	}
	return range_vec_push(ranges, (struct pfn_range) { first, last });
}

/* Already wanted: as a page of the same folio. */
static bool is_wanted(const struct scan_wants *wants, pfn_t pfn)
{
	const struct range_vec *ranges = &wants->ranges;
	const struct pfn_range *last = ranges->n ?
				       &ranges->items[ranges->n - 1] : NULL;

	return last && last->first <= pfn.v && pfn.v <= last->last;
}

/* An entry that cannot be read becomes a gap when its page is answered. */
static enum status want_swaps(struct scan_wants *wants, struct kernel *kernel,
			      const struct page *page, uint64_t first,
			      uint64_t last)
{
	struct swap_entry entry;

	if (!page_in_swap_cache(kernel, page) ||
	    page_swap_entry(kernel, page, &entry))
		return ST_OK;
	for (uint64_t pfn = first; pfn <= last; pfn++) {
		struct wanted_swap wanted = { entry, true, PFN(pfn) };

		wanted.entry.offset += pfn - page->pfn.v;
		if (wanted_swap_vec_push(&wants->swaps, wanted))
			return ST_NO_MEMORY;
	}
	return ST_OK;
}

static bool is_of_interest(const struct scan_wants *wants,
			   const struct kernel *kernel,
			   const struct page *page)
{
	enum page_kind kind = page_kind(kernel, page);

	switch (wants->interest) {
	case SCAN_WITHOUT_RMAP:
		return page_rmap_type(kind, page) == RMAP_NOT_KEPT;
	case SCAN_WITH_RMAP:
		return page_keeps_rmap(kind, page);
	default:
		return true;
	}
}

static enum status look_at(struct scan_wants *wants, struct kernel *kernel,
			   pfn_t pfn)
{
	struct page page;
	uint64_t first = pfn.v, last = pfn.v;
	enum status st;

	if (wants->folio && is_wanted(wants, pfn))
		return ST_OK;
	if (page_read(kernel, pfn, &page))
		return want(wants, first, last);
	if (!is_of_interest(wants, kernel, &page))
		return ST_OK;
	if (wants->folio) {
		first = page.head_pfn.v;
		last = first + (1ULL << page.order) - 1;
	}
	st = want(wants, first, last);
	return st ? st : want_swaps(wants, kernel, &page, first, last);
}

enum status scan_wants_find(struct rmi_session *session,
			    const struct rmi_pfn_range *ranges, size_t n,
			    struct scan_wants *wants)
{
	for (size_t i = 0; i < n; i++) {
		const struct rmi_pfn_range *range = &ranges[i];

		for (uint64_t k = 0; k <= range->last - range->first; k++)
			if (look_at(wants, session->kernel,
				    PFN(range->first + k)))
				return diag_no_memory(&session->kernel->diag);
	}
	return ST_OK;
}
