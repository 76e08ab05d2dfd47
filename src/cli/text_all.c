/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All pages as a table with fixed widths, for pages come by the million. Whom
 * it does not name, --format=jsonl does.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"
#include "text_all.h"
#include "text_parts.h"

static const char head[] =
	"PFN           KIND            MAPS  OBJECT              INDEX"
	"       WHO\n";

static void begin(void)
{
	fputs(head, stdout);
}

/* "94 worker" */
static char *first_sharer(const struct rmi_stretch *stretch,
			  const struct rmi_stretch_page *page)
{
	const struct rmi_stretch_vma *vma;
	char *comm, *words;

	if (!page->listed)
		return need(strdup("? (no reverse map)"));
	if (!page->n_mappings)
		return need(strdup(""));
	vma = &stretch->vmas[page->mappings[0].vma];
	if (!vma->n_tasks)
		return need(strdup(NO_PROCESS));
	comm = escape_for_terminal(vma->tasks[0].comm ?
				   vma->tasks[0].comm : "-");
	words = format_new("%" PRIu32 " %s", vma->tasks[0].pid, comm);
	free(comm);
	return words;
}

static char *who(const struct rmi_stretch *stretch,
		 const struct rmi_stretch_page *page)
{
	char *first = first_sharer(stretch, page);
	char *words;

	if (!page->listed || page->n_mappings < 2)
		return first;
	words = format_new("%s and %" PRIu64 " more", first,
			   page->n_mappings - 1);
	free(first);
	return words;
}

static void put_line(struct rmi_sheet *sheet, char *line)
{
	size_t n = strlen(line);
	char *room = rmi_sheet_room(sheet, n);

	if (room) {
		memcpy(room, line, n);
		rmi_sheet_filled(sheet, n);
	}
	free(line);
}

static char *object_words(const struct rmi_stretch_page *page)
{
	return page->object ?
	       format_new("0x%-16" PRIx64 "  0x%-8" PRIx64, page->object,
			  page->index) :
	       format_new("%-18s  %-10s", "-", "-");
}

static void put_page(const struct rmi_stretch *stretch,
		     const struct rmi_stretch_page *page,
		     struct rmi_sheet *sheet)
{
	char *object = object_words(page);
	char *words = who(stretch, page);
	char *path = escape_for_terminal(page->path ? page->path : "");

	put_line(sheet, format_new("0x%-10" PRIx64 "  %-12s  %6" PRIu64
				   "  %s  %s%s%s%s%s\n", page->pfn, page->kind,
				   page->n_mappings, object, words,
				   page->path ? "  " : "", path,
				   page->gap ? "  gap: " : "",
				   page->gap ? page->gap : ""));
	free(object);
	free(words);
	free(path);
}

static void put_stretch(const struct rmi_stretch *stretch,
			struct rmi_sheet *sheet)
{
	for (size_t i = 0; i < stretch->n_pages; i++)
		put_page(stretch, &stretch->pages[i], sheet);
}

static void print_partial_end(const struct rmi_all *all)
{
	if (all->n_wanted)
		printf("partial: %" PRIu64 " of %" PRIu64 " pages\n",
		       all->n_pages, all->n_wanted);
	else
		puts("partial: no page");
}

const struct all_format all_text = { begin, put_stretch, print_partial_end };
