/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/swap.h"

/* SWP_TYPE_SHIFT: an entry has to fit into an xarray's value. */
#define TYPE_SHIFT	58

/*
 * One bit has several meanings (PG_owner_priv_1); for pages that can go to
 * swap it is this. hugetlb has yet others.
 */
bool page_in_swap_cache(const struct kernel *kernel, const struct page *page)
{
	return !page->hugetlb &&
	       page_flag(kernel, page, E_PG_swapbacked) &&
	       page_flag(kernel, page, E_PG_swapcache);
}

static struct swap_entry from_generic(uint64_t value)
{
	return (struct swap_entry) {
		.type = value >> TYPE_SHIFT,
		.offset = value & ((1ULL << TYPE_SHIFT) - 1),
	};
}

/* Since 6.6 the folio has the entry of its first page. */
static enum status entry_of_folio(struct kernel *kernel,
				  const struct page *page,
				  struct swap_entry *ret_entry)
{
	struct object folio;
	enum status st = object_read(kernel, S_folio, page->head, &folio);

	if (st)
		return st;
	*ret_entry = from_generic(object_value(&folio, M_folio_swap));
	ret_entry->offset += page->pfn.v - page->head_pfn.v;
	return ST_OK;
}

/* Before, each page has its own. */
static enum status entry_of_page(struct kernel *kernel,
				 const struct page *page,
				 struct swap_entry *ret_entry)
{
	struct object object;
	enum status st = object_read(kernel, S_page, page->address, &object);

	if (st)
		return st;
	*ret_entry = from_generic(object_value(&object, M_page_private));
	return ST_OK;
}

enum status page_swap_entry(struct kernel *kernel, const struct page *page,
			    struct swap_entry *ret_entry)
{
	if (layout_has(&kernel->facts.layout, M_folio_swap))
		return entry_of_folio(kernel, page, ret_entry);
	return entry_of_page(kernel, page, ret_entry);
}
