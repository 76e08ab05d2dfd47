/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is released all at once: the parts of one answer.
 */
#ifndef RMAP_INSPECT_BASE_ARENA_H
#define RMAP_INSPECT_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

/* Zero-initialised is empty. */
struct arena {
	struct arena_block *blocks;
};

/* Aligned for any type, not zeroed. NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *s);
char *arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Release what was allocated, keep one block for the next answer. */
void arena_reset(struct arena *arena);
void arena_fini(struct arena *arena);

#endif
