/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a page is, as far as its own struct page tells, and which reverse map
 * it therefore has.
 *
 * Judges by the fields of struct page alone (kernel-facts sections 2.3, 2.5
 * and 10); reads nothing.
 */
#ifndef RMAP_INSPECT_KIND_KIND_H
#define RMAP_INSPECT_KIND_KIND_H

#include "base/details.h"
#include "mm/page.h"

enum page_kind {
	KIND_NO_PAGE,		/* no struct page: not memory */
	KIND_UNREADABLE,	/* its struct page cannot be seen */
	KIND_UNINITIALIZED,	/* its struct page was never filled in */
	KIND_ANON,
	KIND_KSM,
	KIND_FILE,
	KIND_SHMEM,
	KIND_SWAP_CACHE,	/* shmem that the swap cache alone still has */
	KIND_HUGETLB,
	KIND_HWPOISON,		/* poisoned, and taken from whoever had it */
	KIND_DEVICE,		/* ZONE_DEVICE, and in no file */
	KIND_FREE,		/* in the buddy allocator, or on its way there */
	KIND_SLAB,
	KIND_KMALLOC,		/* kmalloc() of more than a slab gives (6.15) */
	KIND_PAGE_TABLE,
	KIND_GUARD,		/* kept unmapped by DEBUG_PAGEALLOC */
	KIND_OFFLINE,		/* given to the hypervisor, or taken offline */
	KIND_ZSMALLOC,
	KIND_UNACCEPTED,	/* of a confidential guest, not taken yet */
	KIND_MOVABLE,		/* a driver's, that it can move */
	KIND_TYPED,		/* some other page type */
	/* Told by more than struct page: see survey.h. */
	KIND_ZERO,		/* the page of zeros */
	KIND_HUGE_ZERO,
	KIND_PERCPU,
	KIND_STACK,		/* of a thread, in the kernel */
	KIND_VMALLOC,		/* mapped by vmalloc(), vmap() or ioremap() */
	KIND_MODULE,		/* text or data of a module, text of BPF */
	KIND_MEMMAP,		/* holds struct pages */
	KIND_CPU_ENTRY,		/* the part of a CPU's data that users run with */
	KIND_IMAGE,		/* of the kernel itself */
	KIND_OWNED,		/* a part of the kernel is known to hold it */
	KIND_RESERVED,
	KIND_KERNEL,		/* allocated, and nothing says by whom */
	N_KINDS,
};

/* Which reverse map the kernel keeps for it. */
enum rmap_type {
	RMAP_NONE_POSSIBLE,	/* such pages are never mapped to users */
	RMAP_NOT_KEPT,		/* may be mapped, and the kernel has no way back */
	RMAP_ANON,
	RMAP_FILE,
	RMAP_KSM,
};

enum page_kind page_kind(const struct kernel *kernel, const struct page *page);
const char *page_kind_name(enum page_kind kind);

/* What its struct page tells beyond that. */
void page_details(const struct kernel *kernel, enum page_kind kind,
		  const struct page *page, struct details *details);

/* page may be NULL for KIND_NO_PAGE and KIND_UNREADABLE. */
enum rmap_type page_rmap_type(enum page_kind kind, const struct page *page);

/* Whether page_mapcount() is the number of its mappings. */
bool page_has_count(const struct page *page, enum page_kind kind);

/* Whether there is a reverse map to walk. */
bool page_keeps_rmap(enum page_kind kind, const struct page *page);

#endif
