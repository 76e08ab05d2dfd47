/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a tail to its head, and the fields. */
#include "mm/page.h"

#include "mm/folio.h"
#include "mm/memmap.h"

/* ---- tail to head ---- */

/*
 * Since 7.1 a tail may hold a mask instead of a pointer: all ones above the
 * bits of the folio's own memmap. No struct page lies that close to the end
 * of the address space.
 */
static bool is_head_mask(uint64_t word)
{
	uint64_t ones = ~word;

	return (ones & (ones + 1)) == 0 && ones && ones < (1ULL << 41);
}

static kaddr_t head_from_word(kaddr_t page, uint64_t word)
{
	uint64_t value = word & ~1ULL;

	if (!(word & 1))
		return page;
	return is_head_mask(value) ? KADDR(page.v & value) : KADDR(value);
}

/*
 * Until 7.0 the memmap pages of an optimised hugetlb folio are all mapped to
 * the first one, so a tail at a page boundary reads as a copy of the head; the
 * struct page after it holds the true head.
 */
static enum status fake_head(struct kernel *kernel, const struct object *page,
			     kaddr_t *ret_head)
{
	const uint64_t page_size = 1ULL << kernel->mmu.page_shift;
	const struct layout *layout = &kernel->facts.layout;
	struct object next;
	enum status st;

	*ret_head = page->address;
	if (page->address.v & (page_size - 1) ||
	    !layout_has(layout, M_page_flags) ||
	    !layout->has_enumerator[E_PG_head] ||
	    !(object_value(page, M_page_flags) >>
	      (layout->enumerators[E_PG_head] & 63) & 1))
		return ST_OK;
	st = object_read(kernel, S_page,
			 kaddr_add(page->address, layout->structs[S_page].size),
			 &next);
	if (st)
		return st;
	*ret_head = head_from_word(next.address,
				   object_value(&next, M_page_compound_info));
	if (!(object_value(&next, M_page_compound_info) & 1))
		*ret_head = page->address;
	return ST_OK;
}

static enum status find_head(struct kernel *kernel, const struct object *page,
			     kaddr_t *ret_head)
{
	kaddr_t head = head_from_word(page->address,
				      object_value(page, M_page_compound_info));

	if (!kaddr_equal(head, page->address)) {
		*ret_head = head;
		return ST_OK;
	}
	return fake_head(kernel, page, ret_head);
}

/* ---- reading ---- */

static enum status check_head(struct kernel *kernel, const struct page *page,
			      uint64_t distance)
{
	const uint64_t size = kernel->facts.layout.structs[S_page].size;

	/* Seen while a folio is split or freed: it is no tail any more. */
	if (distance % size || distance / size >= 1ULL << page->order)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "page %#llx: says that it is a tail of "
				 "%#llx, which has order %u",
				 (unsigned long long)page->address.v,
				 (unsigned long long)page->head.v,
				 page->order);
	return ST_OK;
}

static void take_head_words(struct page *page, const struct object *head)
{
	page->flags = object_value(head, M_page_flags);
	page->mapping = object_value(head, M_page_mapping);
	page->index = object_value(head, M_page_index);
	page->private = object_value(head, M_page_private);
	page->refcount = object_signed(head, M_page_refcount);
	page->type_word = object_value(head, M_page_mapcount);
	if (layout_has(head->layout, M_page_memcg_data))
		page->memcg_data = object_value(head, M_page_memcg_data);
}

/*
 * The index of a hugetlb page counted huge pages until 6.6 (a08c7193e4f1,
 * "mm/filemap: remove hugetlb special casing in filemap.c"); the function that
 * converted went away with that.
 */
bool page_counts_huge_pages(const struct kernel *kernel,
			    const struct page *page)
{
	return page->hugetlb &&
	       kernel->facts.variables[KSYM_HUGETLB_BASEPAGE_INDEX].present;
}

static enum status decode(struct kernel *kernel, const struct object *self,
			  struct page *page)
{
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	struct object head;
	uint64_t distance;
	enum status st;

	page->own_flags = object_value(self, M_page_flags);
	page->mapcount_word = object_value(self, M_page_mapcount);
	st = find_head(kernel, self, &page->head);
	if (!st)
		st = object_read(kernel, S_page, page->head, &head);
	if (st)
		return st;
	take_head_words(page, &head);
	st = folio_read(kernel, &head, page);
	if (st)
		return st;
	if (!page->order) {
		page->has_folio_mapcount = true;
		page->folio_mapcount = page_mapcount(kernel, page);
	}
	distance = page->address.v - page->head.v;
	st = check_head(kernel, page, distance);
	if (st)
		return st;
	page->head_pfn = PFN(page->pfn.v - distance / size);
	if (page_counts_huge_pages(kernel, page))
		page->index <<= page->order;
	page->index += distance / size;
	return ST_OK;
}

enum status page_read_at(struct kernel *kernel, pfn_t pfn, kaddr_t address,
			 struct page *ret_page)
{
	struct page page = { .pfn = pfn, .address = address };
	struct object self;
	enum status st = object_read(kernel, S_page, address, &self);

	if (!st)
		st = decode(kernel, &self, &page);
	if (st == ST_NO_ADDRESS)
		st = ST_CORRUPT;	/* the section said that it is there */
	if (st)
		return st;
	*ret_page = page;
	return ST_OK;
}

enum status page_read(struct kernel *kernel, pfn_t pfn, struct page *ret_page)
{
	kaddr_t address;
	enum status st = pfn_to_page(kernel, pfn, &address);

	return st ? st : page_read_at(kernel, pfn, address, ret_page);
}

void page_tell_gap(const struct kernel *kernel, pfn_t pfn, struct gaps *gaps)
{
	gaps_addf(gaps, "struct page", kernel->diag.text, "PFN %#llx",
		  (unsigned long long)pfn.v);
}

enum status page_read_next(struct kernel *kernel, const struct page *page,
			   struct page *ret_page)
{
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	struct page next = *page;
	struct object self;
	enum status st;

	next.pfn = PFN(page->pfn.v + 1);
	next.address = kaddr_add(page->address, size);
	next.index++;
	st = object_read(kernel, S_page, next.address, &self);
	if (st)
		return st == ST_NO_ADDRESS ? ST_CORRUPT : st;
	next.own_flags = object_value(&self, M_page_flags);
	next.mapcount_word = object_value(&self, M_page_mapcount);
	*ret_page = next;
	return ST_OK;
}

/* ---- fields ---- */

bool page_flag(const struct kernel *kernel, const struct page *page,
	       enum enumerator_id flag)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout->has_enumerator[flag] &&
	       (page->flags >> (layout->enumerators[flag] & 63) & 1);
}

/* 6.12 and later give types in the top byte, from 0xf0 up; before, small negatives are counts. */
bool page_has_type(const struct kernel *kernel, const struct page *page)
{
	int32_t word = (int32_t)page->type_word;

	if (kernel->facts.layout.has_enumerator[E_PGTY_buddy])
		return word < (int32_t)0xff000000;
	return word < -128;	/* PAGE_MAPCOUNT_RESERVE */
}

bool page_is_type(const struct kernel *kernel, const struct page *page,
		  enum enumerator_id type)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout->has_enumerator[type] &&
	       page->type_word >> 24 == (uint32_t)layout->enumerators[type];
}

/* The value has been another one in 4.14, 4.18, 6.11 and 6.12. */
bool page_is_buddy(const struct kernel *kernel, const struct page *page)
{
	if (kernel->facts.layout.has_enumerator[E_PGTY_buddy])
		return page_is_type(kernel, page, E_PGTY_buddy);
	return kernel->buddy_type.known &&
	       page->type_word == (uint32_t)kernel->buddy_type.value;
}

bool page_has_mapcount(const struct page *page)
{
	return !page->order ||
	       (page->has_entire_mapcount &&
		(page->hugetlb || page->has_page_mapcounts));
}

int64_t page_mapcount(const struct kernel *kernel, const struct page *page)
{
	int64_t own = page_has_type(kernel, page) ? 0 :
		      (int64_t)(int32_t)page->mapcount_word + 1;

	if (!page->order)
		return own;
	if (page->hugetlb)
		return page->entire_mapcount;
	/* Until 6.1 mapping a file's folio whole counts for each page. */
	if (layout_has(&kernel->facts.layout, M_page_compound_mapcount) &&
	    !page_is_anonymous(page))
		return own;
	return own + page->entire_mapcount - page->double_map;
}

static uint64_t top_bits(uint64_t word, unsigned int skip, unsigned int width)
{
	return width ? word << skip >> (64 - width) : 0;
}

int page_node(const struct kernel *kernel, const struct page *page)
{
	if (!kernel->zone_bits)
		return -1;
	return top_bits(page->flags, 0, kernel->node_bits);
}

int page_zone(const struct kernel *kernel, const struct page *page)
{
	if (!kernel->zone_bits)
		return -1;
	return top_bits(page->flags, kernel->node_bits, kernel->zone_bits);
}
