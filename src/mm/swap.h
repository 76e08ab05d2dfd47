/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Swap entries: which place in which swap file.
 *
 * Mirrors swp_entry_t in its generic form (include/linux/swapops.h), as pages
 * in the swap cache have it. Page tables store the same two numbers in the
 * architecture's own way (src/arch).
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

#endif
