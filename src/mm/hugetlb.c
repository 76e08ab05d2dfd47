/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/hugetlb.h"

#include "mm/list.h"

struct search {
	struct kernel *kernel;
	const struct page *page;	/* any of the folio */
	struct frame_vec *frames;
	struct gaps *gaps;
};

static void doubt(const struct search *search, const char *why)
{
	gaps_addf(search->gaps, "poisoned pages", why, "PFN %#llx",
		  (unsigned long long)search->page->head_pfn.v);
}

/* Not page_to_pfn(): what is on the list can only be of this folio. */
static bool find_in_folio(const struct search *search, kaddr_t address,
			  uint64_t *ret_pfn)
{
	const uint64_t size =
		search->kernel->facts.layout.structs[S_page].size;
	uint64_t distance = address.v - search->page->head.v;

	*ret_pfn = search->page->head_pfn.v + distance / size;
	return !(distance % size) &&
	       distance / size < 1ULL << search->page->order;
}

static enum status keep_page(kaddr_t address, void *arg)
{
	const struct search *search = arg;
	struct object raw;
	uint64_t pfn;
	enum status st = object_read(search->kernel, S_raw_hwp_page, address,
				     &raw);

	if (st == ST_NO_MEMORY)
		return st;
	if (st)
		doubt(search, search->kernel->diag.text);
	else if (!find_in_folio(search,
				object_pointer(&raw, M_raw_hwp_page_page),
				&pfn))
		doubt(search, "one in the folio's list is not of the folio");
	else if (frame_vec_push(search->frames, pfn))
		return diag_no_memory(&search->kernel->diag);
	return ST_OK;
}

static int by_pfn(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static enum status read_list(struct search *search)
{
	struct list list = {
		.link = M_raw_hwp_page_node,
		.what = "poisoned pages",
		.entry = "raw_hwp_page",
	};
	struct frame_vec *frames = search->frames;
	const size_t n_gaps = gaps_count(search->gaps);
	struct object folio;
	enum status st = object_read(search->kernel, S_folio,
				     search->page->head, &folio);

	if (st)
		return st;
	/* An llist_node begins as an hlist_node does. */
	list.head = object_pointer(&folio, M_folio_hugetlb_hwpoison);
	st = hlist_for_each(search->kernel, &list, keep_page, search,
			    search->gaps);
	if (st)
		return st;
	if (frames->n)
		qsort(frames->items, frames->n, sizeof(frames->items[0]),
		      by_pfn);
	else if (gaps_count(search->gaps) == n_gaps)
		doubt(search, "none is in the folio's list");
	return ST_OK;
}

/* Kernels of 6.0 and 6.1 have the list in a struct page of the folio. */
static bool has_list(const struct layout *layout)
{
	return layout_has(layout, M_folio_hugetlb_hwpoison) &&
	       layout_has(layout, M_raw_hwp_page_page) &&
	       layout->has_enumerator[E_HPG_raw_hwp_unreliable];
}

/* Out of memory, the kernel gave up the list for good. */
static bool is_unreliable(const struct layout *layout,
			  const struct page *page)
{
	return page->private >>
	       (layout->enumerators[E_HPG_raw_hwp_unreliable] & 63) & 1;
}

enum status hugetlb_find_poisoned(struct kernel *kernel,
				  const struct page *page,
				  struct frame_vec *frames, struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	struct search search = { kernel, page, frames, gaps };
	enum status st;

	if (!has_list(layout)) {
		doubt(&search, "which ones of a hugetlb folio are poisoned is "
			       "not known of this kernel");
		return ST_OK;
	}
	if (is_unreliable(layout, page)) {
		doubt(&search, "the kernel has lost track of which ones of "
			       "the folio are poisoned "
			       "(HPG_raw_hwp_unreliable)");
		return ST_OK;
	}
	st = read_list(&search);
	if (st && st != ST_NO_MEMORY) {
		doubt(&search, kernel->diag.text);
		st = ST_OK;
	}
	return st;
}
