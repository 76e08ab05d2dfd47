/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is set aside: for DMA that must not sleep, and for I/O that must
 * not fail.
 *
 * Mirrors struct gen_pool (lib/genalloc.c) and struct mempool (mm/mempool.c)
 * of pages. Does not know what of a gen_pool is taken.
 */
#ifndef RMAP_INSPECT_MM_POOL_H
#define RMAP_INSPECT_MM_POOL_H

#include "base/gaps.h"
#include "kernel/kernel.h"

struct pool_part {
	kaddr_t address;	/* of a chunk: its first byte */
	uint64_t size;		/* likewise, bytes */
	kaddr_t page;		/* of an element: its first struct page */
	unsigned int order;	/* likewise */
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status pool_fn(const struct pool_part *part, void *arg);

/*
 * Each chunk of the gen_pool that a variable of kernel/dma/pool.c names; each
 * element that waits in the mempool of pages that a variable is. What cannot
 * be seen is recorded in gaps; without symbol or layout there is nothing.
 */
enum status gen_pool_chunk_for_each(struct kernel *kernel,
				    enum kernel_symbol variable, pool_fn *fn,
				    void *arg, struct gaps *gaps) must_check;
enum status mempool_page_for_each(struct kernel *kernel,
				  enum kernel_symbol variable, pool_fn *fn,
				  void *arg, struct gaps *gaps) must_check;

#endif
