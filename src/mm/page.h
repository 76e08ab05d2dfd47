/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct page: from a tail to its head, and its fields.
 *
 * Mirrors struct page and struct folio (include/linux/mm_types.h) and
 * compound_head(). Does not judge what the page is used for.
 */
#ifndef RMAP_INSPECT_MM_PAGE_H
#define RMAP_INSPECT_MM_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/gaps.h"
#include "kernel/kernel.h"

/* One frame. The words that only a head has are the head's. */
struct page {
	pfn_t pfn;
	kaddr_t address;	/* struct page of the frame itself */
	pfn_t head_pfn;
	kaddr_t head;		/* equal to address when not a tail */
	unsigned int order;	/* of the folio; 0: a single page */
	uint64_t flags;		/* of the head */
	uint64_t own_flags;	/* of the frame itself: hwpoison is its own */
	uint64_t mapping;	/* of the head, low bits included */
	uint64_t index;		/* of the frame itself, in pages */
	uint64_t private;	/* of the head: means another thing for each kind */
	uint32_t mapcount_word;	/* _mapcount of the frame, unless typed */
	uint32_t type_word;	/* the same word of the head: its page_type */
	int32_t refcount;	/* of the head */
	uint64_t memcg_data;	/* of the head; 0 without CONFIG_MEMCG */
	bool hugetlb;
	/* Of a large folio: how often all of it is mapped by one entry. */
	bool has_entire_mapcount;
	int64_t entire_mapcount;
	bool double_map;	/* its pages count one mapping too many each */
	bool has_page_mapcounts;	/* _mapcount counts entries for one page */
	bool has_folio_mapcount;
	int64_t folio_mapcount;	/* entries that map any part of it */
	bool counts_pins;	/* apart, and not as 1024 references each */
	int64_t pincount;	/* pin_user_pages() of a folio that does */
};

/*
 * ST_NO_ADDRESS: there is no struct page for this PFN, since it is no memory.
 * Any other failure: there may be one, but it cannot be seen.
 */
enum status page_read(struct kernel *kernel, pfn_t pfn,
		      struct page *ret_page) must_check;

/* Of a failure to read it: a gap that says so. */
void page_tell_gap(const struct kernel *kernel, pfn_t pfn, struct gaps *gaps);

/* The same where it is known already that pfn's struct page is at address. */
enum status page_read_at(struct kernel *kernel, pfn_t pfn, kaddr_t address,
			 struct page *ret_page) must_check;

/* The next page of the same folio, after page; its own words are read anew. */
enum status page_read_next(struct kernel *kernel, const struct page *page,
			   struct page *ret_page) must_check;

bool page_flag(const struct kernel *kernel, const struct page *page,
	       enum enumerator_id flag);

/*
 * Whether the head's word holds a type (slab, page table, …) and not a count.
 * The kernel's own rules, by the scheme it has.
 */
bool page_has_type(const struct kernel *kernel, const struct page *page);

/* PGTY_… of 6.12 and later. */
bool page_is_type(const struct kernel *kernel, const struct page *page,
		  enum enumerator_id type);

/* Free, and the first frame of its block in the buddy allocator. */
bool page_is_buddy(const struct kernel *kernel, const struct page *page);

/*
 * How many entries map this page, itself or with all of its folio, as far as
 * the kernel counts; 0 if it has a type instead. Of pages of large folios the
 * count may not be known: kernels built with NO_PAGE_MAPCOUNT (6.15) do not
 * keep it.
 */
bool page_has_mapcount(const struct page *page);
int64_t page_mapcount(const struct kernel *kernel, const struct page *page);

/* Whether the page cache counts this page in pages of its own size (hugetlb). */
bool page_counts_huge_pages(const struct kernel *kernel,
			    const struct page *page);

/* NUMA node, -1 when the layout of the flags word is not known. */
int page_node(const struct kernel *kernel, const struct page *page);

/* Zone number (enum zone_type), likewise. */
int page_zone(const struct kernel *kernel, const struct page *page);

/* ---- page.mapping's low bits (PAGE_MAPPING_…, FOLIO_MAPPING_… in 7.x) ---- */

#define MAPPING_FLAGS	3ULL
#define MAPPING_ANON	1ULL
#define MAPPING_MOVABLE	2ULL	/* until 6.16 */
#define MAPPING_KSM	3ULL

/* Of a folio's head; KSM pages are anonymous, too. */
static inline bool page_is_anonymous(const struct page *page)
{
	return page->mapping & MAPPING_ANON;
}

/* The pointer without its low bits. */
static inline kaddr_t page_mapping_pointer(const struct page *page)
{
	return KADDR(page->mapping & ~MAPPING_FLAGS);
}

#endif
