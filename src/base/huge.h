/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for many pages that are about to be filled.
 *
 * A fault for each small page would take as long as reading what goes there,
 * so huge ones are asked for; where the system has none to give, nothing is
 * lost.
 */
#ifndef RMAP_INSPECT_BASE_HUGE_H
#define RMAP_INSPECT_BASE_HUGE_H

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE	((size_t)2 << 20)

/* At least size bytes, to be released with free(); NULL: out of memory. */
static inline void *huge_alloc(size_t size)
{
	size_t room = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	void *memory = room >= size ? aligned_alloc(HUGE_PAGE, room) : NULL;

	if (memory)
		(void)madvise(memory, room, MADV_HUGEPAGE);
	return memory;
}

#endif
