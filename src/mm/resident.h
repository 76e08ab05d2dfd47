/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of an address space is in memory, by its page tables: the pages that
 * are present, and how much is not.
 *
 * Does not know what the pages are, nor who else has them.
 */
#ifndef RMAP_INSPECT_MM_RESIDENT_H
#define RMAP_INSPECT_MM_RESIDENT_H

#include "base/gaps.h"
#include "kernel/kernel.h"
#include "mm/vma.h"

/* In pages of the smallest size. */
struct resident {
	uint64_t n_vmas;
	uint64_t covered;	/* by VMAs */
	uint64_t present;
	uint64_t swapped;
	/* Neither: being migrated, poisoned, lent to a device, or a marker. */
	uint64_t unmapped;
};

/*
 * n frames from first on are at address and behind it: all that one entry
 * maps. Anything but ST_OK ends the walk and is its result.
 */
typedef enum status resident_fn(pfn_t first, uint64_t n, uaddr_t address,
				void *arg);

/*
 * All pages of an address space, or of one VMA in it, in order of address.
 * What cannot be seen is recorded in gaps. Failure: there is no page table.
 */
enum status resident_of_mm(struct kernel *kernel, kaddr_t mm, resident_fn *fn,
			   void *arg, struct resident *ret_resident,
			   struct gaps *gaps) must_check;
enum status resident_of_vma(struct kernel *kernel, const struct vma *vma,
			    resident_fn *fn, void *arg,
			    struct resident *ret_resident,
			    struct gaps *gaps) must_check;

#endif
