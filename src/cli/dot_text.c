/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what has a meaning inside of a quoted string: the quote, the backslash
 * (\n, \N, …), the ampersand of an entity, and for the formats that dot writes
 * every control character. All else is UTF-8.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dot_text.h"
#include "escape.h"
#include "gap.h"
#include "text_parts.h"

#define SOME_GAPS	3
#define SOME_TASKS	3

static void put_byte(unsigned char byte)
{
	if (byte == '"' || byte == '\\')
		printf("\\%c", byte);
	else if (byte == '&')
		fputs("&amp;", stdout);
	else
		putchar(byte);
}

/* Bytes of a control character, those behind U+0080 among them; or 0. */
static size_t is_control(const unsigned char *s)
{
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	return s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

void dot_put(const char *s)
{
	char *safe = escape_for_json(s);
	const unsigned char *at = (const unsigned char *)safe;

	while (*at) {
		size_t n = is_control(at);

		if (!n)
			put_byte(*at++);
		for (; n; n--)
			printf("\\\\x%02x", *at++);
	}
	free(safe);
}

void dot_put_tasks(const struct rmi_task *tasks, size_t n)
{
	if (!n)
		fputs(NO_PROCESS, stdout);
	for (size_t i = 0; i < n && i < SOME_TASKS; i++) {
		printf("%s%" PRIu32 " ", i ? ", " : "", tasks[i].pid);
		dot_put(tasks[i].comm ? tasks[i].comm : "-");
	}
	if (n > SOME_TASKS)
		printf(" and %zu more", n - SOME_TASKS);
}

void dot_put_address(uint64_t address)
{
	printf("…%08" PRIx64, address & 0xffffffff);
}

void dot_end_with_tooltip(const char *type, uint64_t address)
{
	printf(" tooltip=\"%s 0x%" PRIx64 "\"];\n", type, address);
}

void dot_put_gaps(const struct rmi_gap *gaps, size_t n)
{
	for (size_t i = 0; i < n && i < SOME_GAPS; i++) {
		char *words = gap_words(&gaps[i]);

		fputs("gap: ", stdout);
		dot_put(words);
		fputs("\\l", stdout);
		free(words);
	}
	if (n > SOME_GAPS)
		printf("and %zu more\\l", n - SOME_GAPS);
}
