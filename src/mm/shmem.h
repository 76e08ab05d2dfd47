/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages of shared memory that are in swap: their files alone know of them.
 *
 * Mirrors the list shmem_swaplist of struct shmem_inode_info (mm/shmem.c), on
 * which each file stands before its first page goes out. Does not know who has
 * the files mapped.
 */
#ifndef RMAP_INSPECT_MM_SHMEM_H
#define RMAP_INSPECT_MM_SHMEM_H

#include "base/gaps.h"
#include "mm/swap.h"

/* Pages that follow one another in a file and in swap. */
struct shmem_swap {
	kaddr_t mapping;		/* the file's address_space */
	uint64_t index;			/* of the first, in pages */
	struct swap_entry entry;	/* of the first */
	uint64_t n;
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status shmem_swap_fn(const struct shmem_swap *swap, void *arg);

/*
 * All pages in swap of all files, file by file. What cannot be seen, or lacks
 * against the kernel's own count of a file, is recorded in gaps.
 * ST_UNSUPPORTED: which files have such pages is not known.
 */
enum status shmem_swap_for_each(struct kernel *kernel, shmem_swap_fn *fn,
				void *arg, struct gaps *gaps) must_check;

#endif
