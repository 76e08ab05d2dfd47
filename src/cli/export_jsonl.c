/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows as JSON Lines on stdout, each with the name of its table. Numbers are
 * numbers here, for the engines that read these keep 64 bits; addresses of the
 * kernel are strings, as everywhere. Written by hand: rows come by the million.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "export.h"
#include "json_value.h"
#include "progress.h"
#include "sheet.h"

/* What stands before each value of a table's rows. */
struct keys {
	char **texts;
	size_t *sizes;
	size_t n;
};

struct writer {
	const struct rmi_table *tables;
	size_t n_tables;
	struct keys *keys;		/* of each table */
	char *line;
	size_t room;
};

/* "{"table":"mapping","pfn":", then ","vma":", … */
static struct keys keys_of(const struct rmi_table *table)
{
	struct keys keys = {
		need(calloc(table->n_columns, sizeof(*keys.texts))),
		need(calloc(table->n_columns, sizeof(*keys.sizes))),
		table->n_columns,
	};

	for (size_t i = 0; i < keys.n; i++) {
		const char *name = table->columns[i].name;

		keys.texts[i] = i ? format_new(",\"%s\":", name) :
			format_new("{\"table\":\"%s\",\"%s\":", table->name,
				   name);
		keys.sizes[i] = strlen(keys.texts[i]);
	}
	return keys;
}

static void keys_fini(struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		free(keys->texts[i]);
	free(keys->texts);
	free(keys->sizes);
}

static void *open_stdout(const char *path)
{
	struct writer *writer = need(calloc(1, sizeof(*writer)));

	(void)path;
	writer->tables = rmi_export_tables(&writer->n_tables);
	writer->keys = need(calloc(writer->n_tables, sizeof(*writer->keys)));
	for (size_t i = 0; i < writer->n_tables; i++)
		writer->keys[i] = keys_of(&writer->tables[i]);
	return writer;
}

static void close_stdout(void *arg)
{
	struct writer *writer = arg;

	for (size_t i = 0; i < writer->n_tables; i++)
		keys_fini(&writer->keys[i]);
	free(writer->keys);
	free(writer->line);
	free(writer);
	fflush(stdout);		/* a signal may end all; main() tells of errors */
}

/* ---- a row ---- */

static void make_room(struct writer *writer, size_t used, size_t more)
{
	if (writer->room - used >= more)
		return;
	writer->room = writer->room * 2 + more;
	writer->line = need(realloc(writer->line, writer->room));
}

static char *put_address(char *at, int64_t address)
{
	at = put_literal(at, "\"");
	at = put_hex(at, (uint64_t)address);
	return put_literal(at, "\"");
}

static size_t put_text(struct writer *writer, size_t used, const char *text)
{
	json value = new_written(new_string(text));
	size_t n;
	const char *words = json_words(value, &n);

	make_room(writer, used, n);
	put_bytes(writer->line + used, words, n);
	free_json(value);
	return used + n;
}

#define MAX_PLAIN	(MAX_HEX + MAX_DECIMAL)

static size_t put_value(struct writer *writer, size_t used,
			const struct rmi_value *value)
{
	char *at;

	if (value->type == RMI_VALUE_TEXT)
		return put_text(writer, used, value->text);
	make_room(writer, used, MAX_PLAIN);
	at = writer->line + used;
	if (value->type == RMI_VALUE_INTEGER)
		at = put_integer(at, value->number);
	else if (value->type == RMI_VALUE_ADDRESS)
		at = put_address(at, value->number);
	else
		at = put_literal(at, "null");
	return (size_t)(at - writer->line);
}

static bool put_row(const struct rmi_table *table,
		    const struct rmi_value *values, void *arg)
{
	struct writer *writer = arg;
	const struct keys *keys = &writer->keys[table - writer->tables];
	size_t n = 0;

	for (size_t i = 0; i < keys->n; i++) {
		make_room(writer, n, keys->sizes[i]);
		put_bytes(writer->line + n, keys->texts[i], keys->sizes[i]);
		n = put_value(writer, n + keys->sizes[i], &values[i]);
	}
	make_room(writer, n, 2);
	put_literal(writer->line + n, "}\n");
	progress_give_way();
	return fwrite(writer->line, 1, n + 2, stdout) == n + 2;
}

static bool finish(void *arg)
{
	(void)arg;
	return true;
}

const struct export_sink export_jsonl = {
	open_stdout, put_row, finish, close_stdout,
};
