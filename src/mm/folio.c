/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of a folio of several pages: its order, whether it is hugetlb's, and the
 * counts of its mappings and pins, in the three shapes that kernels have had:
 * in the second struct page, in struct folio without a sum, and with one.
 */
#include "mm/folio.h"

#include <string.h>

#define MAX_ORDER_SEEN	30

/* Of a gigantic folio nobody wants all struct pages read for one answer. */
#define MAX_SUMMED_ORDER	13u

static uint64_t optional_value(const struct object *object,
			       enum member_id member)
{
	return layout_has(object->layout, member) ?
	       object_value(object, member) : 0;
}

/* The constants of enum compound_dtor_id (until 6.5), with HUGETLB_PAGE on. */
#define HUGETLB_PAGE_DTOR	2

/*
 * hugetlb is told by the folio's destructor until 6.5, by a flag of its second
 * page from 6.6 to 6.8, and by the page type since.
 */
static bool is_hugetlb(const struct kernel *kernel, const struct page *page,
		       uint64_t dtor, uint64_t flags_1)
{
	const struct told_number *flag = &kernel->hugetlb_flag;
	const struct told_number *type = &kernel->hugetlb_type;

	if (dtor == HUGETLB_PAGE_DTOR ||
	    page_is_type(kernel, page, E_PGTY_hugetlb))
		return true;
	if (flag->known && flags_1 >> (flag->value & 63) & 1)
		return true;
	return type->known &&
	       !kernel->facts.layout.has_enumerator[E_PGTY_buddy] &&
	       page->type_word == (uint32_t)type->value;
}

/* A member of one of the struct pages that hold what is said of the folio. */
static enum status read_page_value(struct kernel *kernel,
				   const struct page *page, uint64_t i,
				   enum member_id member, int64_t *ret_value)
{
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	struct object object;
	enum status st = object_read(kernel, S_page,
				     kaddr_add(page->head, i * size), &object);

	if (!st)
		*ret_value = object_signed(&object, member);
	return st;
}

/* Struct pages that are read at once; of types that lie, none. */
#define CHUNK_BYTES	4096u

/*
 * Adds the counts of n struct pages from the i-th on, and 1 for each. false:
 * nothing was added, since they cannot be read in this way.
 */
static bool sum_at_once(struct kernel *kernel, const struct page *page,
			uint64_t i, uint64_t n, int64_t *sum)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct member_layout *member = &layout->members[M_page_mapcount];
	const uint64_t size = layout->structs[S_page].size;
	uint8_t bytes[CHUNK_BYTES];
	int32_t count;

	if (n * size > sizeof(bytes) || member->size != sizeof(count) ||
	    member->offset + sizeof(count) > size ||
	    kernel_read(kernel, kaddr_add(page->head, i * size), bytes,
			n * size))
		return false;
	for (uint64_t at = member->offset; n--; at += size) {
		memcpy(&count, bytes + at, sizeof(count));
		*sum += (int64_t)count + 1;
	}
	return true;
}

/* One after the other: what cannot be read is named. */
static enum status sum_one_by_one(struct kernel *kernel,
				  const struct page *page, uint64_t i,
				  uint64_t n, int64_t *sum)
{
	for (; n--; i++) {
		int64_t count = 0;
		enum status st = read_page_value(kernel, page, i,
						 M_page_mapcount, &count);

		if (st)
			return st;
		*sum += count + 1;
	}
	return ST_OK;
}

static enum status add_up_mapcounts(struct kernel *kernel,
				    const struct page *page, int64_t *ret_sum)
{
	const uint64_t all = 1ULL << page->order;
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	const uint64_t room = size < CHUNK_BYTES ? CHUNK_BYTES / size : 1;
	enum status st = ST_OK;

	*ret_sum = 0;
	for (uint64_t i = 0, n; !st && i < all; i += n) {
		n = all - i < room ? all - i : room;
		if (!sum_at_once(kernel, page, i, n, ret_sum))
			st = sum_one_by_one(kernel, page, i, n, ret_sum);
	}
	return st;
}

/*
 * What the pages of a folio count by themselves. Each page of a large folio
 * that is asked about needs all of them.
 */
static enum status sum_page_mapcounts(struct kernel *kernel,
				      const struct page *page, int64_t *ret_sum)
{
	struct folio_sum *last = &kernel->folio_sum;
	enum status st;

	if (last->head.v == page->head.v && last->order == page->order &&
	    !kernel->image->live) {
		*ret_sum = last->sum;
		return ST_OK;
	}
	st = add_up_mapcounts(kernel, page, ret_sum);
	if (!st)
		*last = (struct folio_sum) {
			page->head, page->order, *ret_sum
		};
	return st;
}

/*
 * The second page counts the pins since 5.18 (5232c63f46fd), the third did from
 * 5.7 on (47e29d32afba). What has no third page was pinned as a small page is
 * (hpage_pincount_available()).
 */
static enum status read_old_pins(struct kernel *kernel, struct page *page)
{
	const struct layout *layout = &kernel->facts.layout;
	bool in_second = layout_has(layout, M_page_compound_pincount);

	page->counts_pins = in_second || (page->order > 1 &&
		layout_has(layout, M_page_hpage_pinned_refcount));
	if (!page->counts_pins)
		return ST_OK;
	return read_page_value(kernel, page, in_second ? 1 : 2,
			       in_second ? M_page_compound_pincount :
					   M_page_hpage_pinned_refcount,
			       &page->pincount);
}

/*
 * Until 6.1 mapping all of a file's folio counts for each page as well; so does
 * mapping an anonymous one both whole and in pieces, but just once, and the
 * second page says so (PG_double_map, 9091af55ba5a until 4b51634cd16a).
 */
static enum status read_old_mapcounts(struct kernel *kernel,
				      const struct object *second,
				      struct page *page)
{
	const struct layout *layout = &kernel->facts.layout;
	int64_t pages = 1LL << page->order, sum = 0, too_many;
	enum status st;

	if (!layout_has(layout, M_page_compound_mapcount))
		return ST_OK;
	page->has_entire_mapcount = true;
	page->entire_mapcount =
		object_signed(second, M_page_compound_mapcount) + 1;
	page->has_page_mapcounts = true;
	page->double_map = layout->has_enumerator[E_PG_double_map] &&
		(object_value(second, M_page_flags) >>
		 (layout->enumerators[E_PG_double_map] & 63) & 1);
	page->has_folio_mapcount = page->hugetlb ||
				   page->order <= MAX_SUMMED_ORDER;
	page->folio_mapcount = page->entire_mapcount;
	if (page->hugetlb || !page->has_folio_mapcount)
		return ST_OK;
	st = sum_page_mapcounts(kernel, page, &sum);
	too_many = page_is_anonymous(page) ? page->double_map :
					     page->entire_mapcount;
	page->folio_mapcount += sum - too_many * pages;
	return st;
}

static enum status read_second_page(struct kernel *kernel,
				    const struct object *head,
				    struct page *page)
{
	struct object second;
	enum status st;

	st = object_read(kernel, S_page,
			 kaddr_add(head->address,
				   kernel->facts.layout.structs[S_page].size),
			 &second);
	if (st)
		return st;
	page->order = object_value(&second, M_page_compound_order);
	page->hugetlb = is_hugetlb(kernel, page,
				   optional_value(&second,
						  M_page_compound_dtor), 0);
	if (page->order > MAX_ORDER_SEEN)
		return ST_OK;	/* seen later */
	st = read_old_pins(kernel, page);
	return st ? st : read_old_mapcounts(kernel, &second, page);
}

/*
 * Since 6.2 both counts stand for themselves. Since 6.10 the folio has the
 * sum, too: if the pages do not come to it, the kernel does not keep their
 * counts (NO_PAGE_MAPCOUNT), or was about to change one. hugetlb pages are
 * never mapped one by one, and most of their struct pages may be gone.
 */
static enum status read_mapcounts(struct kernel *kernel,
				  const struct object *folio,
				  struct page *page)
{
	const struct layout *layout = &kernel->facts.layout;
	bool has_sum = layout_has(layout, M_folio_large_mapcount);
	int64_t sum = 0;
	enum status st;

	page->counts_pins = layout_has(layout, M_folio_pincount);
	page->pincount = optional_value(folio, M_folio_pincount);
	if (!layout_has(layout, M_folio_entire_mapcount))
		return ST_OK;
	page->has_entire_mapcount = true;
	page->entire_mapcount =
		object_signed(folio, M_folio_entire_mapcount) + 1;
	page->has_page_mapcounts = page->order <= MAX_SUMMED_ORDER;
	page->has_folio_mapcount = page->hugetlb || page->has_page_mapcounts;
	page->folio_mapcount = page->entire_mapcount;
	if (page->hugetlb || !page->has_page_mapcounts)
		return ST_OK;
	st = sum_page_mapcounts(kernel, page, &sum);
	page->folio_mapcount += sum;
	if (has_sum) {
		int64_t large = object_signed(folio, M_folio_large_mapcount);

		page->has_page_mapcounts = page->folio_mapcount == large + 1;
		page->folio_mapcount = large + 1;
	}
	return st;
}

static enum status read_folio(struct kernel *kernel, const struct object *head,
			      struct page *page)
{
	struct object folio;
	uint64_t flags_1;
	enum status st = object_read(kernel, S_folio, head->address, &folio);

	if (st)
		return st;
	flags_1 = object_value(&folio, M_folio_flags_1);
	page->order = layout_has(&kernel->facts.layout, M_folio_folio_order) ?
		      object_value(&folio, M_folio_folio_order) :
		      flags_1 & 0xff;
	page->hugetlb = is_hugetlb(kernel, page,
				   optional_value(&folio, M_folio_folio_dtor),
				   flags_1);
	return page->order > MAX_ORDER_SEEN ? ST_OK :	/* seen later */
	       read_mapcounts(kernel, &folio, page);
}

/* The size of a folio, by the shape that this kernel has. */
static enum status read_folio_words(struct kernel *kernel,
				    const struct object *head,
				    struct page *page)
{
	if (layout_has(&kernel->facts.layout, M_page_compound_order))
		return read_second_page(kernel, head, page);
	return read_folio(kernel, head, page);
}

enum status folio_read(struct kernel *kernel, const struct object *head,
		       struct page *page)
{
	enum status st;

	page->order = 0;
	if (!page_flag(kernel, page, E_PG_head))
		return ST_OK;
	st = read_folio_words(kernel, head, page);
	if (st)
		return st;
	if (page->order > MAX_ORDER_SEEN)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "page %#llx: folio of order %u",
				 (unsigned long long)head->address.v,
				 page->order);
	return ST_OK;
}
