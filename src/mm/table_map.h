/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which frames are page tables, of which level and whose: the struct page of a
 * table says at best that it is one.
 *
 * Walks all address spaces, but reads no table of the lowest level.
 */
#ifndef RMAP_INSPECT_MM_TABLE_MAP_H
#define RMAP_INSPECT_MM_TABLE_MAP_H

#include "base/cleanup.h"
#include "base/gaps.h"
#include "mm/pgtable.h"
#include "mm/task.h"

struct table_map;

/* A table that cannot be read is recorded in gaps: those below are not found. */
enum status table_map_read(struct kernel *kernel, const struct tasks *tasks,
			   struct gaps *gaps,
			   struct table_map **ret_map) must_check;
void table_map_free(struct table_map *map);	/* accepts NULL */
DEFINE_CLEANUP(struct table_map, table_map_free)

struct table_owner {
	enum pt_level level;
	const struct user_mm *mm;	/* the first that has it; NULL: the kernel's */
	bool is_shared;			/* other address spaces have it, too */
};

/* False: not a table of any address space seen. Lives as long as tasks. */
bool table_map_find(const struct table_map *map, pfn_t pfn,
		    struct table_owner *ret_owner);

#endif
