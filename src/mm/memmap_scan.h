/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every struct page there is, to look for a flag or a word in all of them.
 *
 * Mirrors what goes over all memory sections (for_each_present_section_nr()).
 * Reads the memmap page by page, and of each struct page two words at most.
 */
#ifndef RMAP_INSPECT_MM_MEMMAP_SCAN_H
#define RMAP_INSPECT_MM_MEMMAP_SCAN_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status flagged_fn(pfn_t pfn, void *arg);

/*
 * Each frame whose own struct page has the flag, in order. What of the memmap
 * cannot be read is recorded in gaps.
 */
enum status memmap_find_flagged(struct kernel *kernel,
				enum enumerator_id flag, flagged_fn *fn,
				void *arg, struct gaps *gaps) must_check;

/*
 * Each frame whose own struct page has this pointer in this member, of struct
 * page or of what is laid over it. Kind and order are for the caller to see.
 */
enum status memmap_find_pointer(struct kernel *kernel, enum member_id member,
				kaddr_t pointer, flagged_fn *fn, void *arg,
				struct gaps *gaps) must_check;

#endif
