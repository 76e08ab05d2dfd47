/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES	(64u << 10)

struct arena_block {
	struct arena_block *next;
	size_t used, room;
	alignas(max_align_t) char bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	struct arena_block *block = malloc(sizeof(*block) + room);

	if (!block)
		return NULL;
	*block = (struct arena_block) { .next = arena->blocks, .room = room };
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *result;

	size = (size + alignof(max_align_t) - 1) & -alignof(max_align_t);
	if (!block || block->room - block->used < size) {
		block = add_block(arena, size);
		if (!block)
			return NULL;
	}
	result = block->bytes + block->used;
	block->used += size;
	return result;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = arena_alloc(arena, size);

	return copy ? memcpy(copy, s, size) : NULL;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return arena_strdup(arena, text);
}

static void free_after(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_reset(struct arena *arena)
{
	if (!arena->blocks)
		return;
	free_after(arena->blocks->next);
	arena->blocks->next = NULL;
	arena->blocks->used = 0;
}

void arena_fini(struct arena *arena)
{
	free_after(arena->blocks);
	arena->blocks = NULL;
}
