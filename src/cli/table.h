/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What our tables have in common, on top of libsmartcols. */
#ifndef RMAP_INSPECT_CLI_TABLE_H
#define RMAP_INSPECT_CLI_TABLE_H

#include <libsmartcols.h>
#include <stddef.h>

/* Without columns. Release with scols_unref_table(). */
struct libscols_table *table_new(void);

/* Takes the cell over, which must be safe for a terminal; NULL: not known. */
void table_set(struct libscols_line *line, size_t column, char *cell);

/* Of a line, in bytes, with what separates an empty last column. */
size_t table_width(struct libscols_table *table);

/* To stdout, each line behind the indent. */
void table_print(struct libscols_table *table, const char *indent);

#endif
