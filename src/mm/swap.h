/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Swap entries: which place in which swap file.
 *
 * Mirrors swp_entry_t in its generic form (include/linux/swapops.h), as pages
 * in the swap cache have it. Page tables store the same two numbers in the
 * architecture's own way (src/arch). And the count that the kernel keeps of
 * each place: in swap_map of struct swap_info_struct until 7.1, in the swap
 * table of its cluster since (mm/swap_table.h).
 */
#ifndef RMAP_INSPECT_MM_SWAP_H
#define RMAP_INSPECT_MM_SWAP_H

#include "mm/page.h"

struct swap_entry {
	unsigned int type;	/* which swap file */
	uint64_t offset;	/* in it, in pages */
};

static inline bool swap_entry_equal(struct swap_entry a, struct swap_entry b)
{
	return a.type == b.type && a.offset == b.offset;
}

/* By type, then by offset: below 0, 0, above 0. */
static inline int swap_entry_compare(struct swap_entry a, struct swap_entry b)
{
	if (a.type != b.type)
		return a.type < b.type ? -1 : 1;
	return (a.offset > b.offset) - (a.offset < b.offset);
}

/* From swp_entry_t.val. */
struct swap_entry swap_entry_of(const struct kernel *kernel, uint64_t value);

/* What a PTE_SWAP entry holds. */
static inline struct swap_entry pte_swap_entry(const struct pte *pte)
{
	return (struct swap_entry) { pte->swap_type, pte->swap_offset };
}

/* Anonymous pages and those of shared memory can be. */
bool page_in_swap_cache(const struct kernel *kernel, const struct page *page);

/* The entry of a page in the swap cache: of itself, not of its folio. */
enum status page_swap_entry(struct kernel *kernel, const struct page *page,
			    struct swap_entry *ret_entry) must_check;

/* ---- the kernel's own count ---- */

enum swap_use {
	SWAP_UNUSED,
	SWAP_BAD,		/* never to be used */
	SWAP_SHMEM,		/* of a shared-memory file, which one is not said */
	SWAP_COUNTED,
	SWAP_CONTINUED,		/* by more than the count can tell */
};

struct swap_slot {
	enum swap_use use;
	unsigned int count;	/* of SWAP_COUNTED: who refers to it */
	bool cached;		/* a page in the swap cache has it */
	bool has_pfn;		/* which page is told, too */
	pfn_t pfn;
};

/*
 * ST_ABSENT: there is no such swap file, or not such a place in it.
 * ST_UNKNOWN: this kernel has no such count, or where it is cannot be told.
 */
enum status swap_slot_read(struct kernel *kernel, struct swap_entry entry,
			   struct swap_slot *ret_slot) must_check;

#endif
