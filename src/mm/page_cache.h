/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages of a file that are in memory (address_space.i_pages).
 *
 * Knows what the entries mean, also those that are no pages, and the units in
 * which large pages stand there. Each page has to say itself that it belongs
 * there.
 */
#ifndef RMAP_INSPECT_MM_PAGE_CACHE_H
#define RMAP_INSPECT_MM_PAGE_CACHE_H

#include <stdbool.h>

#include "base/gaps.h"
#include "mm/swap.h"

/* So many are worth reading in a line. */
#define SWAP_SHOWN	8u

struct page_cache {
	bool is_shmem;
	bool is_told;		/* is_shmem could be made out */
	uint64_t present;	/* pages of the smallest size */
	/* Of shmem: entries of swap. Of others: traces of pages evicted. */
	uint64_t n_values;
	struct swap_entry swapped[SWAP_SHOWN];	/* the first of them */
};

/*
 * n frames from first on hold the file from page index on. Anything but ST_OK
 * ends the walk and is its result.
 */
typedef enum status page_cache_fn(pfn_t first, uint64_t n, uint64_t index,
				  void *arg);

/*
 * All pages of an address_space, in order of index. What cannot be seen, does
 * not belong there, or lacks against the kernel's own count is recorded in
 * gaps. Failure: the address_space cannot be read.
 */
enum status page_cache_for_each(struct kernel *kernel, kaddr_t mapping,
				page_cache_fn *fn, void *arg,
				struct page_cache *ret_cache,
				struct gaps *gaps) must_check;

#endif
