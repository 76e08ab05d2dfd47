/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The types that the word of _mapcount holds for pages that are never mapped.
 *
 * Mirrors enum pagetype (6.12) and the PG_… bits of page_type before it
 * (include/linux/page-flags.h).
 */
#ifndef RMAP_INSPECT_KIND_PAGE_TYPE_H
#define RMAP_INSPECT_KIND_PAGE_TYPE_H

#include "mm/page.h"

enum page_type {
	TYPE_NONE,		/* not typed, or none of those below */
	TYPE_OFFLINE,		/* given to a hypervisor, balloons among it */
	TYPE_TABLE,
	TYPE_GUARD,
	TYPE_SLAB,
	TYPE_ZSMALLOC,
	TYPE_UNACCEPTED,
	TYPE_LARGE_KMALLOC,
	N_TYPES,
};

enum page_type page_type(const struct kernel *kernel, const struct page *page);

/*
 * Whether the word holds a type at all, be it one that has no name here. That
 * a page is charged to a cgroup (PG_kmemcg, until 5.10) is no type.
 */
bool page_is_typed(const struct kernel *kernel, const struct page *page);

#endif
