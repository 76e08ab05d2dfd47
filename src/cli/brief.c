/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line a page, to look over many.
 *
 * Knows the columns, whose widths are fixed: lines are printed as the answers
 * come. Does not know why the pages were asked for. What did not fit is asked
 * of another format; that something was not seen is said on the line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "color.h"
#include "escape.h"
#include "heading.h"
#include "mapping_count.h"
#include "output.h"
#include "pfn_list.h"
#include "sheet.h"
#include "size.h"
#include "text_about.h"
#include "text_parts.h"

/* ---- the cells: new strings, or NULL when not known ---- */

static char *new_hex(uint64_t number)
{
	char *text = need(malloc(MAX_HEX + 1));

	*put_hex(text, number) = '\0';
	return text;
}

static char *new_integer(int64_t number)
{
	char *text = need(malloc(MAX_DECIMAL + 1));

	*put_integer(text, number) = '\0';
	return text;
}

static char *get_pfn(const struct answer *answer, const struct rmi_page *page)
{
	(void)answer;
	return new_hex(page->pfn);
}

static char *get_kind(const struct answer *answer, const struct rmi_page *page)
{
	(void)answer;
	return page->kind ? escape_for_terminal(page->kind) : NULL;
}

static char *get_size(const struct answer *answer, const struct rmi_page *page)
{
	return folio_size_words(answer->source, page);
}

static char *get_refs(const struct answer *answer, const struct rmi_page *page)
{
	(void)answer;
	return page->has_page ? new_integer(page->refcount) : NULL;
}

static char *get_maps(const struct answer *answer, const struct rmi_page *page)
{
	(void)answer;
	return new_integer((int64_t)count_mappings(page));
}

/* Of the first entry that has a process: who lost the page counts, too. */
static const struct rmi_task *first_task(const struct rmi_page *page)
{
	for (size_t i = 0; i < page->n_mappings; i++)
		if (page->mappings[i].n_tasks)
			return page->mappings[i].tasks;
	return NULL;
}

/* Processes after the first, each once: mappings come in order of pid. */
static size_t count_others(const struct rmi_page *page, uint32_t first)
{
	uint32_t last = first;
	size_t n = 0;

	for (size_t i = 0; i < page->n_mappings; i++) {
		const struct rmi_mapping *mapping = &page->mappings[i];

		for (size_t j = 0; j < mapping->n_tasks; j++) {
			if (mapping->tasks[j].pid <= last)
				continue;
			last = mapping->tasks[j].pid;
			n++;
		}
	}
	return n;
}

/* "97 tree +14" */
static char *get_who(const struct answer *answer, const struct rmi_page *page)
{
	const struct rmi_task *task = first_task(page);
	char *comm, *who;
	size_t others;

	(void)answer;
	if (!task)
		return page->n_mappings ? need(strdup(NO_PROCESS)) : NULL;
	comm = escape_for_terminal(task->comm ? task->comm : "");
	others = count_others(page, task->pid);
	who = others ? format_new("%" PRIu32 " %s +%zu", task->pid, comm,
				  others) :
		       format_new("%" PRIu32 " %s", task->pid, comm);
	free(comm);
	return who;
}

static char *get_seen(const struct answer *answer, const struct rmi_page *page)
{
	(void)answer;
	if (page->n_differences)
		return need(strdup("differ"));
	return need(strdup(page->complete ? "complete" : "gaps"));
}

static const char *cgroup_of(const struct rmi_page *page)
{
	for (size_t i = 0; i < page->n_details; i++)
		if (!strcmp(page->details[i].name, "cgroup"))
			return page->details[i].text;
	return NULL;
}

static char *get_where(const struct answer *answer,
		       const struct rmi_page *page)
{
	const char *where = page->path ? page->path : cgroup_of(page);

	(void)answer;
	return where ? escape_for_terminal(where) : NULL;
}

static char *get_at(const struct answer *answer, const struct rmi_page *page)
{
	(void)page;
	return answer->has_at ? new_hex(answer->at) : NULL;
}

/* ---- the table ---- */

struct cell {
	const char *name;
	int width;		/* negative: to the right */
	char *(*get)(const struct answer *answer, const struct rmi_page *page);
	bool of_places;		/* only where pages were found at places */
};

static const struct cell cells[] = {
	{ "AT", 14, get_at, true },
	{ "PFN", 10, get_pfn, false },
	{ "KIND", 10, get_kind, false },
	{ "SIZE", 7, get_size, false },
	{ "REFS", -5, get_refs, false },
	{ "MAPS", -5, get_maps, false },
	{ "WHO", 22, get_who, false },
	{ "SEEN", 8, get_seen, false },
	{ "FILE OR CGROUP", 0, get_where, false },
};

#define N_CELLS		(sizeof(cells) / sizeof(cells[0]))

static void put_spaces(size_t n, FILE *out)
{
	static const char spaces[] = "                        ";

	fwrite(spaces, 1, n < sizeof(spaces) ? n : sizeof(spaces) - 1, out);
}

/* Characters; text is safe for the terminal. */
static size_t count_characters(const char *text)
{
	size_t n = mbstowcs(NULL, text, 0);

	return n == (size_t)-1 ? strlen(text) : n;
}

/* What does not fit pushes the rest aside: half an answer is none. */
static void put_cell(size_t i, const char *text, FILE *out)
{
	const size_t width = (size_t)abs(cells[i].width);
	const size_t len = count_characters(text);
	const size_t pad = len < width && i < N_CELLS - 1 ? width - len : 0;

	if (cells[i].width < 0)
		put_spaces(pad, out);
	fputs(text, out);
	if (cells[i].width >= 0)
		put_spaces(pad, out);
	if (i != N_CELLS - 1)
		fputs("  ", out);
}

/* What was asked for, among its neighbours. */
static void put_mark(const struct answer *answer, bool marked)
{
	if (answer->asked)
		fputs(marked ? "> " : "  ", answer->out);
}

static bool is_shown(const struct answer *answer, const struct cell *cell)
{
	return !cell->of_places || answer->finds->have_at;
}

static void begin(const struct answer *answer)
{
	print_headings(answer->finds);
}

static void put_names(const struct answer *answer)
{
	fputs(color_begin(COLOR_HEADING), answer->out);
	put_mark(answer, false);
	for (size_t i = 0; i < N_CELLS; i++)
		if (is_shown(answer, &cells[i]))
			put_cell(i, cells[i].name, answer->out);
	fputs(color_end(), answer->out);
	putc('\n', answer->out);
}

static void print_page(const struct answer *answer,
		       const struct rmi_page *page)
{
	if (!answer->n_pages)
		put_names(answer);
	put_mark(answer, answer->asked &&
		 pfn_list_has(answer->asked, page->pfn));
	for (size_t i = 0; i < N_CELLS; i++) {
		char *text;

		if (!is_shown(answer, &cells[i]))
			continue;
		text = cells[i].get(answer, page);
		put_cell(i, text ? text : "-", answer->out);
		free(text);
	}
	putc('\n', answer->out);
}

/* What refers to a swap entry does not fit into a line. */
static void print_swap(const struct answer *answer, const struct rmi_swap *swap)
{
	format_text.swap(answer, swap);
}

static void end(const struct answer *answer)
{
	for (size_t i = 0; i < answer->n_gaps; i++)
		put_gap("gap in every answer: ", &answer->gaps[i]);
	if (answer->n_incomplete)
		printf("%zu of %zu answers have gaps; --format=text says "
		       "which\n", answer->n_incomplete, answer->n_pages);
}

const struct format format_brief = {
	"brief", true, begin, print_page, print_swap, end, print_info_text,
	print_layout_text, NULL, NULL, NULL, NULL, NULL
};
