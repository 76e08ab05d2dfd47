/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows resource limits.
 *
 * RLIMIT_DATA counts what is private and can be written: the heap, and the
 * stacks of threads. RLIMIT_AS would count the files that are mapped, and what
 * malloc() keeps free for each thread.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "memory_limit.h"

static bool is_set;

bool memory_limit_parse(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMGT";
	unsigned int shift = 0;
	const char *unit;
	char *end;
	uint64_t n;

	/* strtoull() would take blanks and signs, too. */
	if (*text < '1' || *text > '9')
		return false;
	n = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return false;
	if (unit)
		shift = 10 * (unsigned int)(unit - units + 1);
	if (n > UINT64_MAX >> shift)
		return false;
	*ret_bytes = n << shift;
	return true;
}

void memory_limit_set(uint64_t bytes)
{
	struct rlimit limit;

	/* A lower one that there is already stays. */
	if (getrlimit(RLIMIT_DATA, &limit) || bytes >= limit.rlim_cur)
		return;
	limit.rlim_cur = bytes;
	is_set = !setrlimit(RLIMIT_DATA, &limit);
}

const char *memory_limit_advice(const char *message)
{
	return is_set && strstr(message, "out of memory") ?
	       "; allow more with --max-memory, or ask for less" : "";
}
