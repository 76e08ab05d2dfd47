/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the struct page of a frame is.
 *
 * Mirrors pfn_to_page() and page_to_pfn() under SPARSEMEM, with or without a
 * virtual memmap (include/asm-generic/memory_model.h). Does not look into the
 * pages.
 */
#ifndef RMAP_INSPECT_MM_MEMMAP_H
#define RMAP_INSPECT_MM_MEMMAP_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/* ST_NO_ADDRESS: there is none, since the frame is no memory. */
enum status pfn_to_page(struct kernel *kernel, pfn_t pfn,
			kaddr_t *ret_page) must_check;

/* The memory section of a frame; likewise ST_NO_ADDRESS. */
enum status memmap_section(struct kernel *kernel, pfn_t pfn,
			   struct object *ret_section) must_check;

/*
 * The frame whose struct page is at this address. ST_NO_ADDRESS: there is no
 * struct page just there; ST_UNSUPPORTED: the memmap is not virtually
 * contiguous.
 */
enum status page_find(struct kernel *kernel, kaddr_t page,
		      pfn_t *ret_pfn) must_check;

/* Frames that follow one another, and the struct page of the first. */
struct memmap_run {
	pfn_t first;
	uint64_t n;
	kaddr_t page;
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status memmap_fn(const struct memmap_run *run, void *arg);

/*
 * All frames that have a struct page, in order, at most a section at once.
 * Sections that cannot be seen are recorded in gaps.
 */
enum status memmap_for_each(struct kernel *kernel, memmap_fn *fn, void *arg,
			    struct gaps *gaps) must_check;

#endif
