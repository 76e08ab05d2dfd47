/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows how tables look. Does not know what is in them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "alloc.h"
#include "color.h"
#include "table.h"
#include "terminal.h"

/* A column that is narrower than this is not worth reading. */
#define LEAST_FOLDED	16u

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

/* ---- terminals that are too narrow ---- */

/* How many bytes of a printable text come to no more columns than room. */
static size_t fitting(const char *text, size_t room)
{
	mbstate_t state = { 0 };
	size_t at = 0, used = 0, n;
	wchar_t c;

	while ((n = mbrtowc(&c, text + at, MB_CUR_MAX, &state)) &&
	       n <= MB_CUR_MAX) {
		used += (size_t)wcwidth(c);
		if (used > room)
			break;
		at += n;
	}
	return at;
}

static bool is_end_of_word(char c)
{
	return !c || c == ' ' || c == '/';
}

/*
 * Where a line of it ends: before a word or a part of a path, so that one that
 * does not fit is not cut. A line that begins without '/' had a space before.
 */
static size_t end_of_line(const char *text, size_t room)
{
	const size_t most = fitting(text, room);
	size_t at = most;

	while (at && !is_end_of_word(text[at]))
		at--;
	for (at = at ? at : most; !is_end_of_word(text[at]); at++)
		;
	return at;
}

/* NULL: it is one line. */
static char *folded(const char *text, size_t room)
{
	size_t size = 0, end = end_of_line(text, room);
	char *lines = NULL;
	FILE *out;

	if (!text[end])
		return NULL;
	out = need(open_memstream(&lines, &size));
	while (end) {
		fprintf(out, "%.*s%s", (int)end, text, text[end] ? "\n" : "");
		text += end;
		text += *text == ' ';
		end = end_of_line(text, room);
	}
	if (fclose(out))
		no_memory();
	return lines;
}

static void fold_cell(struct libscols_line *line, size_t column, size_t room)
{
	const char *text =
		scols_cell_get_data(scols_line_get_cell(line, column));
	char *lines = text ? folded(text, room) : NULL;

	if (lines)
		table_set(line, column, lines);
}

/* Up to where the last column begins, unless it is aligned to the right. */
static size_t width_of_others(struct libscols_table *table,
			      struct libscols_column *last)
{
	const char *name =
		scols_cell_get_data(scols_column_get_header(last));

	return table_width(table) - strlen(name);
}

/*
 * The last column, where paths stand, goes on below itself. The others are
 * never cut: half an address is none.
 */
static void fold(struct libscols_table *table, size_t indent)
{
	const size_t width = terminal_width();
	const size_t n = scols_table_get_ncols(table) - 1;
	struct libscols_column *last = scols_table_get_column(table, n);
	size_t used;

	if (!width || scols_table_is_empty(table))
		return;
	used = indent + width_of_others(table, last);
	if (used + LEAST_FOLDED > width)
		return;
	for (size_t i = 0; i < scols_table_get_nlines(table); i++)
		fold_cell(scols_table_get_line(table, i), n, width - used);
	if (scols_column_set_flags(last, scols_column_get_flags(last) |
					 SCOLS_FL_WRAP) < 0 ||
	    scols_column_set_wrapfunc(last, scols_wrapnl_chunksize,
				      scols_wrapnl_nextchunk, NULL) < 0)
		no_memory();
}

/* ---- printing ---- */

void table_print(struct libscols_table *table, const char *indent)
{
	char *text = NULL;
	char *rest, *line;
	bool heading = true;

	fold(table, strlen(indent));
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
