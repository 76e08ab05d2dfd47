/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libFuzzer target: a System.map of any bytes at all. What is found must be
 * what a reader finds who takes the text apart in another way: from the back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/system_map.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Lines that end in " NAME\n"; a good file has no other place for that. */
static unsigned int count_lines(const uint8_t *text, size_t size,
				const char *name)
{
	const size_t len = strlen(name);
	unsigned int n = 0;

	for (size_t end = size; end > len + 1; end--)
		n += text[end - 1] == '\n' && text[end - len - 2] == ' ' &&
		     !memcmp(text + end - len - 1, name, len);
	return n;
}

static void check_untouched(const struct symbol_want *want)
{
	must(want->found && want->n_found == 77 && want->address == 77 &&
	     want->size == 77);
}

static void check_found(const struct symbol_want *want, const uint8_t *text,
			size_t size)
{
	must(want->found == (want->n_found > 0));
	must(want->size == 0);
	must(want->found || want->address == 0);
	if (*want->name)
		must(want->n_found == count_lines(text, size, want->name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"init_task", "a", "_stext", "bb", "a", "",
	};
	struct symbol_want wants[COUNT(names)];
	struct diag diag = { 0 };
	enum status st;

	for (size_t i = 0; i < COUNT(names); i++)
		wants[i] = (struct symbol_want) { names[i], true, 77, 77, 77 };
	st = system_map_parse((const char *)data, size, wants, COUNT(wants),
			      &diag);
	must(st == ST_OK || st == ST_CORRUPT || st == ST_UNSUPPORTED);
	must(!st == !diag.text[0]);
	for (size_t i = 0; i < COUNT(names); i++) {
		if (st)
			check_untouched(&wants[i]);
		else
			check_found(&wants[i], data, size);
	}
	return 0;
}
