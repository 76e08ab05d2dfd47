/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocations that end the tool when they fail: there is nothing a command
 * line tool could do better, and half an answer must not look like a whole.
 */
#ifndef RMAP_INSPECT_CLI_ALLOC_H
#define RMAP_INSPECT_CLI_ALLOC_H

#include <stddef.h>

void no_memory(void) __attribute__((noreturn));

/* p itself; does not return when p is NULL. */
void *need(void *p);

/* sprintf() into a new string, to be released with free(). */
char *format_new(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* An array with room for one more than n items; it may have moved. */
void *need_room(void *items, size_t n, size_t *room, size_t size);

#endif
