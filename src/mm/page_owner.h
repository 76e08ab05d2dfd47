/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has allocated a page, on a kernel that keeps it (page_owner=on).
 *
 * Mirrors lookup_page_ext() under SPARSEMEM (mm/page_ext.c) and the checks of
 * read_page_owner() (mm/page_owner.c). Does not look into the stack depot.
 */
#ifndef RMAP_INSPECT_MM_PAGE_OWNER_H
#define RMAP_INSPECT_MM_PAGE_OWNER_H

#include "mm/comm.h"

struct page_owner {
	unsigned int order;	/* of the allocation */
	uint32_t gfp_mask;
	int32_t pid;
	char comm[COMM_SIZE];	/* of the thread */
	uint64_t ts_nsec;	/* since boot */
};

/*
 * ST_ABSENT: nothing is kept of this page, or it is free. Any other failure:
 * something is, and cannot be seen.
 */
enum status page_owner_read(struct kernel *kernel, pfn_t pfn,
			    struct page_owner *ret_owner) must_check;

#endif
