/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second unit of the object that test_debuginfo.c reads. */
#include "layouts.h"

struct mm_slot MM_SLOT_SECOND;
struct only_second ONLY_SECOND;

enum only_second_enum { SECOND_A = 10, SECOND_B };

static __attribute__((noinline)) int twice(int n)
{
	return 3 * n;
}

int layouts_second(struct mm_slot *slot, struct only_second *second,
		   struct rb_node *node)
{
	slot->mm = node->rb_left;
	return twice(second->nid) + SECOND_B;
}
