/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the dump is and what is known of its kernel's structures, for people.
 * Does not know pages.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "escape.h"
#include "table.h"
#include "text_about.h"
#include "text_parts.h"

/* ---- --info ---- */

static void start_line(const char *label)
{
	printf("%-9s ", label);
}

/* A string that is not ours; "not known" when there is none. */
static void put_known(const char *s)
{
	put(s ? s : "not known");
}

static void print_line(const char *label, const char *text)
{
	start_line(label);
	put_known(text);
	putchar('\n');
}

static void print_dump(const struct about *about)
{
	start_line("dump");
	put_known(about->source->core);
	printf(": ");
	put_known(about->source->format);
	printf(", compression ");
	put_known(about->info.compression);
	puts(about->source->incomplete ? ", marked incomplete" : "");
}

static void print_pages(const struct about *about)
{
	const struct rmi_info *info = &about->info;

	start_line("pages");
	if (info->has_pages_present)
		printf("%" PRIu64 " present, ", info->pages_present);
	if (info->has_pages_excluded)
		printf("%" PRIu64 " excluded, ", info->pages_excluded);
	if (about->source->page_size)
		printf("%" PRIu64 " KiB each\n",
		       about->source->page_size / 1024);
	else
		puts("counted as 4 KiB each, since nothing tells their size");
}

static void print_kernel(const struct rmi_source *source)
{
	start_line("kernel");
	put_known(source->release);
	printf(", ");
	put_known(source->architecture);
	putchar('\n');
	print_line("build-id", source->build_id);
	if (source->vmlinux)
		print_line("vmlinux", source->vmlinux);
	start_line("KASLR");
	if (source->has_kaslr_offset)
		printf("0x%" PRIx64 "\n", source->kaslr_offset);
	else
		puts("not known");
}

struct way {
	const char *from;
	const char *words;
};

static const struct way ways[] = {
	{ "dump", "by VMCOREINFO in the dump" },
	{ "cpu", "by VMCOREINFO found in memory from a CPU's registers" },
	{ "search", "by VMCOREINFO found in memory by a search" },
};

static void print_location(const struct rmi_source *source)
{
	const char *words = source->vmcoreinfo_from;

	for (size_t i = 0; words && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(source->vmcoreinfo_from, ways[i].from))
			words = ways[i].words;
	start_line("located");
	put_known(words);
	if (source->has_vmcoreinfo_address)
		printf(", at 0x%" PRIx64, source->vmcoreinfo_address);
	putchar('\n');
}

static void print_crash_time(const struct rmi_info *info)
{
	time_t seconds = info->crash_time;
	struct tm tm;
	char text[64];

	/* The dump may hold any number. */
	if (!info->has_crash_time || !gmtime_r(&seconds, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		print_line("crashed", NULL);
	else
		print_line("crashed", text);
}

static void print_served(const struct rmi_source *source)
{
	printf("serves (layouts from ");
	put_known(source->layouts);
	printf(", symbols from ");
	put_known(source->symbols);
	putchar(')');
}

static void print_sources(const struct rmi_source *source)
{
	for (size_t i = 0; i < source->n_sources; i++) {
		const struct rmi_layout_source *row = &source->sources[i];

		start_line(i ? "" : "sources");
		put(row->name);
		printf(": ");
		if (row->served)
			print_served(source);
		else
			put(row->declined);
		putchar('\n');
	}
}

void print_info_text(const struct about *about)
{
	print_dump(about);
	print_pages(about);
	print_kernel(about->source);
	print_location(about->source);
	print_crash_time(&about->info);
	if (about->with_host)
		print_line("host", about->info.host);
	print_sources(about->source);
	if (about->problem)
		print_line("problem", about->problem);
}

/* ---- --dump-layout ---- */

static char *number_new(uint64_t number)
{
	return format_new("%" PRIu64, number);
}

static bool is(const struct rmi_layout_entry *entry, const char *kind)
{
	return strcmp(entry->kind, kind) == 0;
}

static char *get_kind(const struct rmi_layout_entry *entry)
{
	return need(strdup(entry->kind));
}

static char *get_name(const struct rmi_layout_entry *entry)
{
	return need(strdup(entry->name));
}

static char *get_path(const struct rmi_layout_entry *entry)
{
	return need(strdup(entry->path ? entry->path :
			   entry->required ? "(missing)" : "(has none)"));
}

static char *get_offset(const struct rmi_layout_entry *entry)
{
	return entry->path && is(entry, "member") ?
	       number_new(entry->offset) : NULL;
}

static char *get_size(const struct rmi_layout_entry *entry)
{
	return entry->bytes ? number_new(entry->bytes) : NULL;
}

static char *get_count(const struct rmi_layout_entry *entry)
{
	return entry->count > 1 ? number_new(entry->count) : NULL;
}

static char *get_value(const struct rmi_layout_entry *entry)
{
	if (!entry->path)
		return NULL;
	if (is(entry, "enumerator"))
		return format_new("%" PRId64, entry->value);
	return entry->address ? format_new("0x%" PRIx64, entry->address) :
				NULL;
}

static char *get_source(const struct rmi_layout_entry *entry)
{
	return entry->source ? escape_for_terminal(entry->source) : NULL;
}

static const struct {
	const char *name;
	int flags;
	char *(*get)(const struct rmi_layout_entry *entry);
} columns[] = {
	{ "KIND", 0, get_kind },
	{ "NAME", 0, get_name },
	{ "OFFSET", SCOLS_FL_RIGHT, get_offset },
	{ "SIZE", SCOLS_FL_RIGHT, get_size },
	{ "COUNT", SCOLS_FL_RIGHT, get_count },
	{ "VALUE", SCOLS_FL_RIGHT, get_value },
	{ "PATH", 0, get_path },
	{ "SOURCE", 0, get_source },
};

#define N_COLUMNS	(sizeof(columns) / sizeof(columns[0]))

static void add_entry(struct libscols_table *table,
		      const struct rmi_layout_entry *entry)
{
	struct libscols_line *line = need(scols_table_new_line(table, NULL));

	for (size_t i = 0; i < N_COLUMNS; i++)
		table_set(line, i, columns[i].get(entry));
}

void print_layout_text(const struct rmi_source *source,
		       const struct layout_list *list)
{
	struct libscols_table *table = table_new();

	(void)source;
	for (size_t i = 0; i < N_COLUMNS; i++)
		need(scols_table_new_column(table, columns[i].name, 0,
					    columns[i].flags));
	for (size_t i = 0; i < list->n; i++)
		add_entry(table, &list->items[i]);
	table_print(table, "");
	scols_unref_table(table);
}
