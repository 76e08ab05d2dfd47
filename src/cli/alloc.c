/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one place where the tool gives up on the spot.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "exit_code.h"
#include "memory_limit.h"

void no_memory(void)
{
	static const char words[] = "out of memory";
	static bool ending;

	/* Several threads can come here, and only one may exit(). */
	while (__atomic_test_and_set(&ending, __ATOMIC_RELAXED))
		pause();
	/* Not log_error(): it allocates. */
	fprintf(stderr, "rmap-inspect: %s%s\n", words,
		memory_limit_advice(words));
	exit(EXIT_FAILED);
}

void *need(void *p)
{
	if (!p)
		no_memory();
	return p;
}

void *need_room(void *items, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return items;
	*room = *room ? *room * 2 : 16;
	return need(reallocarray(items, *room, size));
}

char *format_new(const char *fmt, ...)
{
	char *text;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	return need(len < 0 ? NULL : text);
}
