/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * On which list of the buddy allocator a free block stands: of which order,
 * and of which migratetype.
 *
 * Mirrors zone.free_area[order].free_list[migratetype]. That of a pageblock
 * can be another one until 6.10, when blocks came to move with it. Each list
 * is followed once, from the first of its blocks that somebody asks for.
 */
#ifndef RMAP_INSPECT_MM_FREE_LIST_H
#define RMAP_INSPECT_MM_FREE_LIST_H

#include "base/gaps.h"
#include "base/map.h"
#include "base/vec.h"
#include "kernel/kernel.h"

struct free_list {
	unsigned int order;
	unsigned int migratetype;
};

DEFINE_VEC(address_vec, kaddr_t)

/* Zero-initialised but for the kernel is ready. */
struct free_lists {
	struct kernel *kernel;
	bool is_read;
	struct address_vec areas;	/* free_area[] of each zone */
	struct gaps gaps;		/* zones that could not be read */
	struct map list_of;		/* link of a block → its list, packed */
};

void free_lists_fini(struct free_lists *lists);

/*
 * The list of the block whose first struct page this is. ST_CORRUPT or the
 * failure of a read: the list cannot be followed to its head. ST_UNKNOWN: the
 * layout is not known.
 */
enum status free_list_find(struct free_lists *lists, kaddr_t page,
			   struct free_list *ret_list) must_check;

/* "MIGRATE_MOVABLE"; "": has no name here. */
const char *migratetype_name(const struct kernel *kernel,
			     unsigned int migratetype);

#endif
