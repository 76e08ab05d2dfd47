/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table for each list, the largest first, with bars where one looks for the
 * large ones. What was left out is summed up in the line below.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"
#include "size.h"
#include "table.h"
#include "terminal.h"
#include "text_parts.h"
#include "text_summary.h"

/* Processes have no list of the largest: all are given, and these are shown. */
#define SOME_PROCESSES	20u
#define SOME_NAMES	3u
#define SOME_GAPS	20u
#define MAX_BAR		30u
#define MIN_BAR		5u	/* shorter ones tell nothing */
#define INDENT		"  "

struct heading {
	const char *name;
	int flags;		/* SCOLS_FL_… */
};

static struct libscols_table *begin_table(const struct heading *headings,
					  size_t n)
{
	struct libscols_table *table = table_new();

	for (size_t i = 0; i < n; i++)
		if (!scols_table_new_column(table, headings[i].name, 0,
					    headings[i].flags))
			no_memory();
	return table;
}

static void end_table(struct libscols_table *table)
{
	table_print(table, INDENT);
	scols_unref_table(table);
}

static struct libscols_line *new_line(struct libscols_table *table)
{
	return need(scols_table_new_line(table, NULL));
}

#define N_HEADINGS(headings)	(sizeof(headings) / sizeof((headings)[0]))
#define BEGIN_TABLE(headings)	begin_table(headings, N_HEADINGS(headings))
#define BEGIN_BARS(headings) \
	begin_table(headings, N_HEADINGS(headings) - !has_bars())

/* ---- cells: new strings, or NULL for what is not known ---- */

static char *number(uint64_t n)
{
	return n == RMI_UNKNOWN ? NULL : format_new("%" PRIu64, n);
}

static char *bytes(uint64_t n)
{
	return n == RMI_UNKNOWN ? NULL : bytes_words(n);
}

static char *pages(const struct rmi_summary *summary, uint64_t n)
{
	return n == RMI_UNKNOWN ? NULL : bytes_words(n * summary->page_size);
}

static char *percent(uint64_t part, uint64_t whole)
{
	return format_new("%.1f %%", whole ? 100.0 * (double)part /
					     (double)whole : 0.0);
}

/* In the last column, and on a terminal alone: nobody can sort by bars. */
static bool has_bars(void)
{
	return terminal_width() > 0;
}

/* All other cells have been set: what they leave of a line is for bars. */
static size_t bar_length(struct libscols_table *table)
{
	size_t used = table_width(table) + strlen(INDENT);
	size_t width = terminal_width();
	size_t left = width > used ? width - used : 0;

	if (left < MIN_BAR)
		return 0;
	return left < MAX_BAR ? left : MAX_BAR;
}

static void set_bar(struct libscols_line *line, size_t column, uint64_t part,
		    uint64_t whole, size_t length)
{
	size_t n = whole ? (size_t)((double)part / (double)whole *
				    (double)length + 0.5) : 0;
	char *text = need(calloc(length + 1, 1));

	memset(text, '#', n < length ? n : length);
	table_set(line, column, text);
}

static char *safe(const char *s)
{
	return s ? escape_for_terminal(s) : NULL;
}

/* "123 name", and how many more use the same address space. */
static char *tasks_words(const struct rmi_task *tasks, size_t n)
{
	char *comm, *words;

	if (!n)
		return need(strdup(NO_PROCESS));
	comm = escape_for_terminal(tasks->comm ? tasks->comm : "-");
	words = n > 1 ? format_new("%s +%zu", comm, n - 1) :
			format_new("%s", comm);
	free(comm);
	return words;
}

/* ---- memory ---- */

static const struct heading kind_headings[] = {
	{ "KIND", 0 }, { "FRAMES", SCOLS_FL_RIGHT }, { "SIZE", SCOLS_FL_RIGHT },
	{ "OF ALL", SCOLS_FL_RIGHT }, { "MAPPED", SCOLS_FL_RIGHT },
	{ "MAPPINGS", SCOLS_FL_RIGHT }, { "DIRTY", SCOLS_FL_RIGHT }, { "", 0 },
};

static void set_kind_bars(const struct rmi_summary *summary,
			  struct libscols_table *table)
{
	size_t length = bar_length(table);

	for (size_t i = 0; i < summary->n_kinds; i++)
		set_bar(scols_table_get_line(table, i), 7,
			summary->kinds[i].sum.frames, summary->all.frames,
			length);
}

static void print_kinds(const struct rmi_summary *summary)
{
	struct libscols_table *table = BEGIN_BARS(kind_headings);

	for (size_t i = 0; i < summary->n_kinds; i++) {
		const struct rmi_kind_sum *kind = &summary->kinds[i];
		struct libscols_line *line = new_line(table);

		table_set(line, 0, safe(kind->kind));
		table_set(line, 1, number(kind->sum.frames));
		table_set(line, 2, pages(summary, kind->sum.frames));
		table_set(line, 3, percent(kind->sum.frames,
					   summary->all.frames));
		table_set(line, 4, number(kind->sum.mapped));
		table_set(line, 5, number(kind->sum.mappings));
		table_set(line, 6, number(kind->sum.dirty));
	}
	if (has_bars())
		set_kind_bars(summary, table);
	printf("memory: %" PRIu64 " frames with a struct page",
	       summary->all.frames);
	if (!summary->partial)
		printf(", %" PRIu64 " of them mapped, %" PRIu64 " mappings",
		       summary->all.mapped, summary->all.mappings);
	putchar('\n');
	end_table(table);
}

/* ---- processes ---- */

static const struct heading process_headings[] = {
	{ "PID", SCOLS_FL_RIGHT }, { "COMMAND", 0 }, { "RSS", SCOLS_FL_RIGHT },
	{ "PSS", SCOLS_FL_RIGHT }, { "USS", SCOLS_FL_RIGHT },
	{ "ANON", SCOLS_FL_RIGHT }, { "FILE", SCOLS_FL_RIGHT },
	{ "SHMEM", SCOLS_FL_RIGHT }, { "HUGETLB", SCOLS_FL_RIGHT },
	{ "SWAP", SCOLS_FL_RIGHT }, { "", 0 },
};

/* By what they are sorted. */
static uint64_t share_of(const struct rmi_process_sum *process)
{
	return process->proportional == RMI_UNKNOWN ? process->resident :
	       process->proportional;
}

static int by_share(const void *a, const void *b)
{
	const struct rmi_process_sum *x = *(void *const *)a;
	const struct rmi_process_sum *y = *(void *const *)b;

	if (share_of(x) != share_of(y))
		return share_of(x) < share_of(y) ? 1 : -1;
	return (x > y) - (x < y);
}

static const struct rmi_process_sum **sorted(const struct rmi_summary *summary)
{
	const struct rmi_process_sum **list =
		need(calloc(summary->n_processes + 1, sizeof(*list)));

	for (size_t i = 0; i < summary->n_processes; i++)
		list[i] = &summary->processes[i];
	qsort(list, summary->n_processes, sizeof(*list), by_share);
	return list;
}

static void print_process(const struct rmi_summary *summary,
			  struct libscols_line *line,
			  const struct rmi_process_sum *process)
{
	table_set(line, 0, process->n_tasks ? number(process->tasks[0].pid) :
					      NULL);
	table_set(line, 1, tasks_words(process->tasks, process->n_tasks));
	table_set(line, 2, pages(summary, process->resident));
	table_set(line, 3, bytes(process->proportional));
	table_set(line, 4, pages(summary, process->unique));
	table_set(line, 5, pages(summary, process->anon));
	table_set(line, 6, pages(summary, process->file));
	table_set(line, 7, pages(summary, process->shmem));
	table_set(line, 8, pages(summary, process->hugetlb));
	table_set(line, 9, process->swapped_shmem == RMI_UNKNOWN ? NULL :
		  pages(summary, process->swapped + process->swapped_shmem));
}

static void set_process_bars(const struct rmi_process_sum **list,
			     struct libscols_table *table)
{
	size_t length = bar_length(table);

	for (size_t i = 0; i < scols_table_get_nlines(table); i++)
		set_bar(scols_table_get_line(table, i), 10, share_of(list[i]),
			share_of(list[0]), length);
}

static void print_rest(const struct rmi_summary *summary,
		       const struct rmi_process_sum **list)
{
	uint64_t share = 0;
	char *words;

	if (summary->n_processes <= SOME_PROCESSES)
		return;
	if (summary->partial) {
		printf("  and %zu more\n",
		       summary->n_processes - SOME_PROCESSES);
		return;
	}
	for (size_t i = SOME_PROCESSES; i < summary->n_processes; i++)
		share += list[i]->proportional;
	words = bytes_words(share);
	printf("  and %zu more, with a PSS of %s together\n",
	       summary->n_processes - SOME_PROCESSES, words);
	free(words);
}

static void print_processes(const struct rmi_summary *summary)
{
	const struct rmi_process_sum **list = sorted(summary);
	struct libscols_table *table = BEGIN_BARS(process_headings);

	for (size_t i = 0; i < summary->n_processes && i < SOME_PROCESSES; i++)
		print_process(summary, new_line(table), list[i]);
	if (has_bars())
		set_process_bars(list, table);
	printf("\naddress spaces: %zu%s\n", summary->n_processes,
	       summary->partial ? " were read, by RSS" : ", by PSS");
	end_table(table);
	print_rest(summary, list);
	free(list);
}

/* ---- who shares with whom ---- */

static const struct heading sharing_headings[] = {
	{ "FRAMES", SCOLS_FL_RIGHT }, { "SIZE", SCOLS_FL_RIGHT },
	{ "MAPPINGS", SCOLS_FL_RIGHT }, { "PROCESSES", SCOLS_FL_RIGHT },
	{ "WHO", 0 },
};

static char *add_words(char *words, char *more)
{
	char *both = words ? format_new("%s, %s", words, more) :
			     format_new("%s", more);

	free(words);
	free(more);
	return both;
}

static char *who_shares(const struct rmi_sharing *sharing)
{
	char *words = NULL;

	for (size_t i = 0; i < sharing->n_processes && i < SOME_NAMES; i++) {
		const struct rmi_process_sum *process = sharing->processes[i];
		char *name = tasks_words(process->tasks, process->n_tasks);

		words = add_words(words, process->n_tasks ?
				  format_new("%" PRIu32 " %s",
					     process->tasks[0].pid, name) :
				  format_new("%s", name));
		free(name);
	}
	if (sharing->n_processes > SOME_NAMES)
		words = add_words(words, format_new("and %zu more",
				  sharing->n_processes - SOME_NAMES));
	return words;
}

static void print_sharings(const struct rmi_summary *summary)
{
	struct libscols_table *table;

	if (!summary->n_sharings)
		return;
	table = BEGIN_TABLE(sharing_headings);
	for (size_t i = 0; i < summary->n_sharings; i++) {
		const struct rmi_sharing *sharing = &summary->sharings[i];
		struct libscols_line *line = new_line(table);

		table_set(line, 0, number(sharing->frames));
		table_set(line, 1, pages(summary, sharing->frames));
		table_set(line, 2, number(sharing->mappings));
		table_set(line, 3, number(sharing->n_processes));
		table_set(line, 4, who_shares(sharing));
	}
	printf("\nshared: the largest of %zu groups of frames that the same "
	       "processes map\n", summary->n_all_sharings);
	end_table(table);
}

/* ---- files ---- */

static const struct heading file_headings[] = {
	{ "FRAMES", SCOLS_FL_RIGHT }, { "SIZE", SCOLS_FL_RIGHT },
	{ "MAPPED", SCOLS_FL_RIGHT }, { "MAPPINGS", SCOLS_FL_RIGHT },
	{ "DIRTY", SCOLS_FL_RIGHT }, { "FILE", 0 },
};

static char *file_words(const struct rmi_file_sum *file)
{
	char *fs, *words;

	if (file->path)
		return escape_for_terminal(file->path);
	if (!file->known)
		return format_new("address_space 0x%" PRIx64, file->mapping);
	fs = escape_for_terminal(file->filesystem);
	words = format_new("%s inode %" PRIu64 " of %02" PRIx32 ":%02" PRIx32,
			   fs, file->inode, file->major, file->minor);
	free(fs);
	return words;
}

static void print_files(const struct rmi_summary *summary)
{
	struct libscols_table *table;

	if (!summary->n_files)
		return;
	table = BEGIN_TABLE(file_headings);
	for (size_t i = 0; i < summary->n_files; i++) {
		const struct rmi_file_sum *file = &summary->files[i];
		struct libscols_line *line = new_line(table);

		table_set(line, 0, number(file->sum.frames));
		table_set(line, 1, pages(summary, file->sum.frames));
		table_set(line, 2, number(file->sum.mapped));
		table_set(line, 3, number(file->sum.mappings));
		table_set(line, 4, number(file->sum.dirty));
		table_set(line, 5, file_words(file));
	}
	printf("\nfiles: the largest of %zu in the page cache\n",
	       summary->n_all_files);
	end_table(table);
}

/* ---- memory cgroups ---- */

static const struct heading memcg_headings[] = {
	{ "FRAMES", SCOLS_FL_RIGHT }, { "SIZE", SCOLS_FL_RIGHT },
	{ "MAPPED", SCOLS_FL_RIGHT }, { "STATE", 0 }, { "CGROUP", 0 },
};

static void print_memcgs(const struct rmi_summary *summary)
{
	struct libscols_table *table;

	if (!summary->n_memcgs)
		return;
	table = BEGIN_TABLE(memcg_headings);
	for (size_t i = 0; i < summary->n_memcgs; i++) {
		const struct rmi_memcg_sum *sum = &summary->memcgs[i];
		struct libscols_line *line = new_line(table);

		table_set(line, 0, number(sum->sum.frames));
		table_set(line, 1, pages(summary, sum->sum.frames));
		table_set(line, 2, number(sum->sum.mapped));
		table_set(line, 3, sum->memcg ? safe(sum->memcg->state) : NULL);
		table_set(line, 4, sum->memcg ? safe(sum->memcg->path) : NULL);
	}
	printf("\nmemory cgroups: what is charged to them, slabs aside\n");
	end_table(table);
}

/* ---- families and pages ---- */

static const struct heading family_headings[] = {
	{ "ROOT ANON_VMA", 0 }, { "ANON_VMAS", SCOLS_FL_RIGHT },
	{ "DEPTH", SCOLS_FL_RIGHT }, { "FRAMES", SCOLS_FL_RIGHT },
	{ "SIZE", SCOLS_FL_RIGHT }, { "MAPPINGS", SCOLS_FL_RIGHT },
};

static void print_families(const struct rmi_summary *summary)
{
	struct libscols_table *table;

	if (!summary->n_families)
		return;
	table = BEGIN_TABLE(family_headings);
	for (size_t i = 0; i < summary->n_families; i++) {
		const struct rmi_family_sum *family = &summary->families[i];
		struct libscols_line *line = new_line(table);

		table_set(line, 0, format_new("0x%" PRIx64, family->root));
		table_set(line, 1, number(family->n_anon_vmas));
		table_set(line, 2, number(family->depth));
		table_set(line, 3, number(family->sum.frames));
		table_set(line, 4, pages(summary, family->sum.frames));
		table_set(line, 5, number(family->sum.mappings));
	}
	printf("\nanonymous memory: the largest of %zu families of anon_vmas\n",
	       summary->n_all_families);
	end_table(table);
}

static const struct heading page_headings[] = {
	{ "PFN", SCOLS_FL_RIGHT }, { "KIND", 0 },
	{ "MAPPINGS", SCOLS_FL_RIGHT },
};

static void print_pages(const struct rmi_summary *summary)
{
	struct libscols_table *table;

	if (!summary->n_pages)
		return;
	table = BEGIN_TABLE(page_headings);
	for (size_t i = 0; i < summary->n_pages; i++) {
		const struct rmi_page_sum *page = &summary->pages[i];
		struct libscols_line *line = new_line(table);

		table_set(line, 0, format_new("0x%" PRIx64, page->pfn));
		table_set(line, 1, safe(page->kind));
		table_set(line, 2, number(page->mappings));
	}
	printf("\npages: the most mapped of %zu that are mapped more than "
	       "once\n", summary->n_all_pages);
	end_table(table);
}

static void print_ksm(const struct rmi_summary *summary)
{
	char *words;

	if (!summary->ksm_saved || summary->ksm_saved == RMI_UNKNOWN)
		return;
	words = pages(summary, summary->ksm_saved);
	printf("\nKSM saves %" PRIu64 " frames, %s: see --ksm\n",
	       summary->ksm_saved, words);
	free(words);
}

/* ---- gaps ---- */

static void print_gaps(const struct rmi_summary *summary)
{
	if (summary->n_gaps)
		printf("\nincomplete: %zu gap%s\n", summary->n_gaps,
		       plural(summary->n_gaps));
	for (size_t i = 0; i < summary->n_gaps && i < SOME_GAPS; i++)
		put_gap("  gap  ", &summary->gaps[i]);
	if (summary->n_gaps > SOME_GAPS)
		printf("  and %zu more: --format=json has all\n",
		       summary->n_gaps - SOME_GAPS);
}

void print_summary_text(const struct rmi_source *source,
			const struct rmi_summary *summary)
{
	(void)source;
	if (summary->partial)
		puts("partial: what was known by then");
	print_kinds(summary);
	print_processes(summary);
	print_sharings(summary);
	print_files(summary);
	print_memcgs(summary);
	print_families(summary);
	print_pages(summary);
	print_ksm(summary);
	print_gaps(summary);
}
