/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first unit of the object that test_debuginfo.c reads. It is linked, but
 * not run: it exists for its debug information and its symbols.
 */
#include "layouts.h"

struct mm_slot MM_SLOT_FIRST;

struct everything {
	struct page page;
	struct folio folio;
	struct vm_area_struct vma;
	struct flagged flagged;
	struct arrays *arrays;
	union both both;
	struct circle circle;
	struct rb_root_cached tree;
	struct mm_slot slot;
	struct only_second *only_second;
	enum pageflags pageflags;
	enum zone_type zone;
	enum wide wide;
};

const char layouts_magic[] = LAYOUTS_MAGIC;
unsigned long layouts_zeroes[64];

/* layouts2.c has a local one. */
int twice(int n)
{
	return 2 * n;
}

int layouts_first(struct everything *all, struct arrays *arrays)
{
	all->arrays = arrays;
	return twice(all->flagged.wide + SECTION_MAP_LAST_BIT + ERROR_LOW);
}
