/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table for spreadsheets: a line for each mapping and process, with its page
 * in front; a page without mappings has a line of its own. As RFC 4180 has
 * it, but for lines that end as those of Unix do.
 *
 * Knows the columns, which are a promise as the keys of JSON are: more may come
 * behind, none is renamed. What was not seen is a warning, since there is no
 * place for it in a table; the column complete and the exit status tell, too.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "gap.h"
#include "log.h"
#include "output.h"
#include "sheet.h"

/* A page, or one of its mappings, or that of one process. */
struct csv_row {
	FILE *out;
	const struct rmi_page *page;
	const struct rmi_mapping *mapping;	/* NULL: the page has none */
	const struct rmi_task *task;		/* NULL: no process was found */
};

/* ---- values ---- */

/* ASCII that means nothing else, as most is. */
static bool is_plain(const char *text)
{
	while (*text >= ' ' && *text < 0x7f && *text != ',' && *text != '"')
		text++;
	return !*text;
}

static void put_quoted(const char *text, FILE *out)
{
	putc('"', out);
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			putc('"', out);
		putc(*c, out);
	}
	putc('"', out);
}

/* Quoted where a comma or a quote would be taken for more. */
static void put_text(const char *text, FILE *out)
{
	char *clean;

	if (!text)
		return;
	if (is_plain(text)) {
		fputs(text, out);
		return;
	}
	clean = escape_for_terminal(text);
	if (clean[strcspn(clean, ",\"")])
		put_quoted(clean, out);
	else
		fputs(clean, out);
	free(clean);
}

static void write_hex(uint64_t number, FILE *out)
{
	char text[MAX_HEX];
	const char *end = put_hex(text, number);

	fwrite(text, 1, (size_t)(end - text), out);
}

static void write_integer(int64_t number, FILE *out)
{
	char text[MAX_DECIMAL];
	const char *end = put_integer(text, number);

	fwrite(text, 1, (size_t)(end - text), out);
}

static void put_address(uint64_t address, FILE *out)
{
	if (address)
		write_hex(address, out);
}

/* ---- of the page ---- */

static void put_pfn(const struct csv_row *row)
{
	write_hex(row->page->pfn, row->out);
}

static void put_kind(const struct csv_row *row)
{
	put_text(row->page->kind, row->out);
}

static void put_order(const struct csv_row *row)
{
	if (row->page->has_page)
		write_integer(row->page->order, row->out);
}

static void put_refcount(const struct csv_row *row)
{
	if (row->page->has_page)
		write_integer(row->page->refcount, row->out);
}

static void put_mapcount(const struct csv_row *row)
{
	if (row->page->has_mapcount)
		write_integer(row->page->mapcount, row->out);
}

static void put_file(const struct csv_row *row)
{
	put_text(row->page->path, row->out);
}

static void put_memcg(const struct csv_row *row)
{
	if (row->page->memcg)
		put_text(row->page->memcg->path, row->out);
}

static void put_complete(const struct csv_row *row)
{
	fputs(row->page->complete ? "true" : "false", row->out);
}

/* ---- of the mapping, if there is one ---- */

static void put_pid(const struct csv_row *row)
{
	if (row->task)
		write_integer(row->task->pid, row->out);
}

static void put_command(const struct csv_row *row)
{
	if (row->task)
		put_text(row->task->comm, row->out);
}

static void put_user_address(const struct csv_row *row)
{
	write_hex(row->mapping->address, row->out);
}

static void put_mm(const struct csv_row *row)
{
	put_address(row->mapping->mm, row->out);
}

static void put_vma(const struct csv_row *row)
{
	put_address(row->mapping->vma, row->out);
}

static void put_vma_start(const struct csv_row *row)
{
	if (row->mapping->vma)
		write_hex(row->mapping->vma_start, row->out);
}

static void put_vma_end(const struct csv_row *row)
{
	if (row->mapping->vma)
		write_hex(row->mapping->vma_end, row->out);
}

static void put_perm(const struct csv_row *row)
{
	put_text(row->mapping->vma_perm, row->out);
}

static void put_level(const struct csv_row *row)
{
	put_text(row->mapping->level, row->out);
}

static void put_pte(const struct csv_row *row)
{
	write_hex(row->mapping->pte, row->out);
}

static void put_state(const struct csv_row *row)
{
	put_text(row->mapping->state, row->out);
}

static void put_note(const struct csv_row *row)
{
	put_text(row->mapping->note, row->out);
}

/* ---- the table ---- */

static const struct csv_column {
	const char *name;
	void (*put)(const struct csv_row *row);
	bool of_mapping;
} csv_columns[] = {
	{ "pfn", put_pfn, false },
	{ "kind", put_kind, false },
	{ "order", put_order, false },
	{ "refcount", put_refcount, false },
	{ "mapcount", put_mapcount, false },
	{ "file", put_file, false },
	{ "memcg", put_memcg, false },
	{ "complete", put_complete, false },
	{ "pid", put_pid, true },
	{ "command", put_command, true },
	{ "address", put_user_address, true },
	{ "mm", put_mm, true },
	{ "vma", put_vma, true },
	{ "vma_start", put_vma_start, true },
	{ "vma_end", put_vma_end, true },
	{ "perm", put_perm, true },
	{ "level", put_level, true },
	{ "pte", put_pte, true },
	{ "state", put_state, true },
	{ "note", put_note, true },
};

#define N_COLUMNS	(sizeof(csv_columns) / sizeof(csv_columns[0]))

static void put_row(const struct csv_row *row)
{
	for (size_t i = 0; i < N_COLUMNS; i++) {
		if (i)
			putc(',', row->out);
		if (row->mapping || !csv_columns[i].of_mapping)
			csv_columns[i].put(row);
	}
	putc('\n', row->out);
}

static void put_mapping(struct csv_row row, const struct rmi_mapping *mapping)
{
	row.mapping = mapping;
	if (!mapping->n_tasks)
		put_row(&row);
	for (size_t i = 0; i < mapping->n_tasks; i++) {
		row.task = &mapping->tasks[i];
		put_row(&row);
	}
}

static void warn_of_gap(const struct rmi_gap *gap)
{
	char *words = gap_words(gap);

	log_warning("%s", words);
	free(words);
}

static void begin(const struct answer *answer)
{
	(void)answer;
	for (size_t i = 0; i < N_COLUMNS; i++)
		printf("%s%s", i ? "," : "", csv_columns[i].name);
	putchar('\n');
}

static void print_page(const struct answer *answer,
		       const struct rmi_page *page)
{
	const struct csv_row row = { .out = answer->out, .page = page };

	if (!page->n_mappings)
		put_row(&row);
	for (size_t i = 0; i < page->n_mappings; i++)
		put_mapping(row, &page->mappings[i]);
	for (size_t i = 0; i < page->n_gaps; i++)
		warn_of_gap(&page->gaps[i]);
}

static void end(const struct answer *answer)
{
	for (size_t i = 0; i < answer->n_gaps; i++)
		warn_of_gap(&answer->gaps[i]);
}

const struct format format_csv = {
	.name = "csv", .pages_to_out = true,
	.begin = begin, .page = print_page, .end = end,
};
