/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows how tables look. Does not know what is in them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "color.h"
#include "table.h"

struct libscols_table *table_new(void)
{
	struct libscols_table *table = need(scols_new_table());

	/* Strings are safe already, and would be escaped a second time. */
	scols_table_enable_noencoding(table, 1);
	if (scols_table_set_column_separator(table, "  ") < 0)
		no_memory();
	return table;
}

void table_set(struct libscols_line *line, size_t column, char *cell)
{
	if (!cell)
		cell = need(strdup("-"));
	if (scols_line_refer_data(line, column, cell) < 0)
		no_memory();
}

/* Headings are ASCII, so that in the first line a byte is a column. */
size_t table_width(struct libscols_table *table)
{
	char *text = NULL;
	size_t width;

	if (scols_print_table_to_string(table, &text) < 0)
		no_memory();
	width = text ? strcspn(text, "\n") : 0;
	free(text);
	return width;
}

/* Not cut to the terminal: half an address is none. */
void table_print(struct libscols_table *table, const char *indent)
{
	char *text = NULL;
	char *rest, *line;
	bool heading = true;

	if (scols_print_table_to_string(table, &text) < 0)
		no_memory();
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (*line)
			printf("%s%s%s%s\n", indent,
			       heading ? color_begin(COLOR_HEADING) : "", line,
			       heading ? color_end() : "");
		heading = false;
	}
	free(text);
}
