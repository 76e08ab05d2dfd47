/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers for people.
 *
 * Knows the layout: what the page is, the chain that was followed, what could
 * not be seen, the table of mappings. Does not know where any of it comes
 * from. An answer with gaps is never worded as if it were a whole one.
 */
#include <inttypes.h>
#include <limits.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "color.h"
#include "escape.h"
#include "explain.h"
#include "heading.h"
#include "mapping_count.h"
#include "output.h"
#include "size.h"
#include "table.h"
#include "text_about.h"
#include "text_all.h"
#include "text_audit.h"
#include "text_family.h"
#include "text_ksm.h"
#include "text_parts.h"
#include "text_summary.h"

#define SECOND_FIELD	36	/* where it begins, behind the label */

/* ---- pieces ---- */

static void start_line(const char *label)
{
	printf("  %-6s  ", label);
}

/* used: bytes of the first field. */
static void start_second_field(int used)
{
	int pad = SECOND_FIELD - used;

	printf("%*s", pad > 2 ? pad : 2, "");
}

static const char *arrow(void)
{
	return locale_is_utf8() ? "→" : "->";
}

/* ---- what the page is ---- */

static const char *kind_words(const char *kind)
{
	static const char *const words[][2] = {
		{ "anon", "anonymous" },
		{ "file", "file" },
		{ "shmem", "shared memory" },
		{ "ksm", "merged by KSM" },
		{ "swap-cache", "shared memory in the swap cache" },
		{ "page-table", "page table" },
		{ "stack", "kernel stack" },
		{ "percpu", "per-CPU memory" },
		{ "memmap", "struct pages" },
		{ "kernel-image", "kernel image" },
		{ "zero", "zero page" },
		{ "huge-zero", "huge zero page" },
		{ "owned", "held by a part of the kernel" },
		{ "kernel", "in use by the kernel or a driver" },
		{ "uninitialized", "never initialized" },
		{ "no-page", "not memory" },
		{ "unreadable", "what it is cannot be seen" },
	};

	if (!kind)
		return "kind not known";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], kind) == 0)
			return words[i][1];
	return kind;
}

static void print_folio(const struct answer *answer,
			const struct rmi_page *page)
{
	char *size = folio_size_words(answer->source, page);

	if (size)
		printf(", %s", size);
	free(size);
	if (page->has_page && page->head_pfn != page->pfn)
		printf(", its head is PFN 0x%" PRIx64, page->head_pfn);
}

static void print_header(const struct answer *answer,
			 const struct rmi_page *page)
{
	printf("%sPFN 0x%" PRIx64 "%s  phys 0x%" PRIx64 "  ",
	       color_begin(COLOR_HEADING), page->pfn, color_end(), page->phys);
	if (page->page)
		printf("page 0x%" PRIx64 "  ", page->page);
	else
		printf("no struct page  ");
	put(kind_words(page->kind));
	print_folio(answer, page);
	putchar('\n');
}

/* ---- what the log says of it ---- */

/* A page that is told of again and again is not told of better. */
#define LOG_LINES	8

static void print_log_line(const struct log_line *line, bool first)
{
	start_line(first ? "log" : "");
	if (line->has_time)
		printf("[%5" PRIu64 ".%06" PRIu64 "] ",
		       line->ns / 1000000000, line->ns / 1000 % 1000000);
	put(line->text);
	putchar('\n');
}

static void print_log(const struct mentions *mentions, uint64_t pfn)
{
	size_t n;
	const struct mention *mention = mentions_of(mentions, pfn, &n);

	for (size_t i = 0; i < n && i < LOG_LINES; i++)
		print_log_line(&mentions->lines[mention[i].line], i == 0);
	if (n > LOG_LINES) {
		start_line("");
		printf("and %zu more lines\n", n - LOG_LINES);
	}
}

/* ---- its flags and counts ---- */

static int print_flag_names(const struct rmi_page *page)
{
	int used = 0;

	for (size_t i = 0; i < page->n_flags; i++) {
		used += printf("%s", i ? " " : "");
		used += put(page->flags[i]);
	}
	return used ? used : printf("-");
}

static void print_place(const struct rmi_page *page)
{
	if (page->node >= 0)
		printf("node %d%s", page->node, page->zone ? ", " : "");
	if (page->zone) {
		printf("zone ");
		put(page->zone);
	}
}

static void print_flags(const struct rmi_page *page)
{
	int used;

	start_line("flags");
	used = print_flag_names(page);
	if (page->node >= 0 || page->zone) {
		start_second_field(used);
		print_place(page);
	}
	putchar('\n');
}

/* "2 mappings", "1 mapping": only such words have a plural. */
static int print_share(int64_t count, const char *holder)
{
	size_t len = strlen(holder);

	if (count == 1 && len && holder[len - 1] == 's')
		len--;
	return printf("%" PRId64 " %.*s", count, (int)len, holder);
}

/* Who holds the references, and how many nobody is known to hold. */
static int print_holders(const struct rmi_page *page)
{
	int used = 0;

	if (!page->has_references)
		return 0;
	for (size_t i = 0; i < page->n_references; i++) {
		used += printf(i ? " + " : " = ");
		used += print_share(page->references[i].count,
				    page->references[i].holder);
	}
	if (page->unexplained)
		used += printf("%s%" PRId64 " unexplained",
			       page->n_references ? " + " : " = ",
			       page->unexplained);
	return used;
}

static void print_counts(const struct rmi_page *page)
{
	int used;

	start_line("counts");
	used = printf("refcount %" PRId64, page->refcount);
	used += print_holders(page);
	if (page->has_mapcount) {
		start_second_field(used);
		printf("mapcount %" PRId64, page->mapcount);
	}
	putchar('\n');
}

static void print_detail(const struct rmi_detail *detail)
{
	printf("%s ", detail->name);
	if (detail->type == RMI_DETAIL_TEXT)
		put(detail->text);
	else
		printf(detail->type == RMI_DETAIL_ADDRESS ? "0x%" PRIx64 :
		       "%" PRIu64, detail->number);
}

/* What only pages of this kind have. */
static void print_details(const struct rmi_page *page)
{
	if (!page->n_details)
		return;
	start_line("detail");
	for (size_t i = 0; i < page->n_details; i++) {
		if (i)
			printf(", ");
		print_detail(&page->details[i]);
	}
	putchar('\n');
}

static const char *verdict_words(const char *answer)
{
	return strcmp(answer, "unknown") ? answer : "cannot be told";
}

static void print_one_verdict(const char *of, const struct rmi_verdict *verdict)
{
	printf("%s: %s", of, verdict_words(verdict->answer));
	for (size_t i = 0; i < verdict->n_reasons; i++) {
		printf(", ");
		put(verdict->reasons[i]);
	}
}

/* What reclaim and migration can do with it, and why not. */
static void print_verdict(const struct rmi_page *page)
{
	if (!page->reclaim.answer || !page->migrate.answer)
		return;
	printf("  verdict ");
	print_one_verdict("reclaim", &page->reclaim);
	printf("; ");
	print_one_verdict("migration", &page->migrate);
	putchar('\n');
}

static void print_file_name(const struct rmi_file *file)
{
	start_line("file");
	if (file->path) {
		put(file->path);
		printf(" (%02" PRIx32 ":%02" PRIx32 " inode %" PRIu64 ")",
		       file->device_major, file->device_minor, file->inode);
	} else {
		printf("inode %" PRIu64 " of ", file->inode);
		put(file->filesystem);
		printf(" on %02" PRIx32 ":%02" PRIx32 " (no name in memory)",
		       file->device_major, file->device_minor);
	}
	printf(", offset 0x%" PRIx64 "%s%s\n", file->offset,
	       file->dirty ? ", dirty" : "",
	       file->writeback ? ", writeback" : "");
}

/* Who has the file, where that is not told by who has the page. */
static void print_users(const struct rmi_page *page)
{
	const struct rmi_file *file = page->file;

	if (!file->has_mapped_by || (page->n_mappings && !file->n_candidates))
		return;
	start_line("");
	if (!file->n_vmas) {
		puts("mapped by no process");
		return;
	}
	printf("mapped in %" PRIu64 " VMA%s of %" PRIu64 " process%s",
	       file->n_vmas, plural(file->n_vmas), file->n_processes,
	       file->n_processes == 1 ? "" : "es");
	if (page->n_mappings)
		printf(", %zu of them without this page\n",
		       file->n_candidates);
	else
		puts(", this page by none");
}

static void print_file(const struct rmi_page *page)
{
	if (page->file) {
		print_file_name(page->file);
		print_users(page);
		return;
	}
	start_line("file");
	put(page->path);
	putchar('\n');
}

/* Of a container's id, 12 digits are what its engine shows, too. */
static void print_container(const char *container)
{
	char *safe = escape_for_terminal(container);

	printf(", container %.*s", strlen(safe) == 64 ? 12 : INT_MAX, safe);
	free(safe);
}

static void print_memcg(const struct rmi_memcg *memcg)
{
	start_line("memcg");
	put(memcg->path);
	if (strcmp(memcg->state, "online") != 0) {
		printf(" (");
		put(memcg->state);
		putchar(')');
	}
	if (memcg->container)
		print_container(memcg->container);
	putchar('\n');
}

/* ---- the chain ---- */

static void print_step(const struct rmi_step *step)
{
	if (step->from) {
		put(step->from);
		printf(" %s ", arrow());
	}
	if (step->object)
		put(step->object);
	if (step->address)
		printf(" 0x%" PRIx64, step->address);
	if (step->detail) {
		printf(" (");
		put(step->detail);
		putchar(')');
	}
}

/* The index belongs to page.mapping, with which the chain begins. */
static void print_chain(const struct rmi_page *page)
{
	for (size_t i = 0; i < page->n_steps; i++) {
		start_line(i ? "" : "chain");
		print_step(&page->steps[i]);
		if (i == 0 && page->has_index)
			printf(", index 0x%" PRIx64, page->index);
		putchar('\n');
	}
}

/* ---- what could not be seen ---- */

static void print_gaps(const struct rmi_page *page)
{
	for (size_t i = 0; i < page->n_gaps; i++)
		put_gap("  gap     ", &page->gaps[i]);
}

/* ---- the table ---- */

static void add_column(struct libscols_table *table,
		       const struct column *column)
{
	need(scols_table_new_column(table, column->name, column->width,
				    column->flags));
}

static struct libscols_table *new_table(const struct column_list *columns)
{
	struct libscols_table *table = table_new();

	for (size_t i = 0; i < columns->n; i++)
		add_column(table, columns->items[i]);
	return table;
}

static void add_row(struct libscols_table *table,
		    const struct column_list *columns, const struct row *row)
{
	struct libscols_line *line = need(scols_table_new_line(table, NULL));

	for (size_t i = 0; i < columns->n; i++) {
		char *cell = columns->items[i]->get(row);

		table_set(line, i, cell);
	}
}

/* A row for each process, so that looking for a PID finds the address. */
static void add_rows(struct libscols_table *table,
		     const struct column_list *columns, struct row row)
{
	const struct rmi_mapping *mapping = row.mapping;

	if (!mapping->n_tasks)
		add_row(table, columns, &row);
	for (size_t i = 0; i < mapping->n_tasks; i++) {
		row.task = &mapping->tasks[i];
		add_row(table, columns, &row);
	}
}

static void print_mapping_table(const struct answer *answer,
				const struct rmi_page *page)
{
	struct libscols_table *table = new_table(answer->columns);

	for (size_t i = 0; i < page->n_mappings; i++)
		add_rows(table, answer->columns, (struct row) {
			.page = page,
			.mapping = &page->mappings[i],
		});
	table_print(table, "  ");
	scols_unref_table(table);
}

static void print_difference_table(const struct answer *answer,
				   const struct rmi_page *page)
{
	struct column_list columns = columns_after_only_in(answer->columns);
	struct libscols_table *table = new_table(&columns);

	for (size_t i = 0; i < page->n_differences; i++)
		add_rows(table, &columns, (struct row) {
			.page = page,
			.mapping = &page->differences[i].mapping,
			.only_in = page->differences[i].only_in,
		});
	table_print(table, "  ");
	scols_unref_table(table);
}

/* ---- how many there are ---- */

/* Nobody asked for it: it has to be said why. */
static bool is_scanned_for_want(const struct answer *answer,
				const struct rmi_page *page)
{
	return answer->method != RMI_METHOD_SCAN && page->found_by &&
	       !strcmp(page->found_by, "scan");
}

static bool is_found_by_both(const struct rmi_page *page)
{
	return page->found_by && !strcmp(page->found_by, "both");
}

#define BREAKS_OFF	"; where the reverse map breaks off, all page tables " \
			"were looked through"
#define NO_REVERSE_MAP	"(the kernel keeps no reverse map for such a page)"

static void print_none(const struct answer *answer,
		       const struct rmi_page *page)
{
	printf("  no user mapping%s%s", page->folio ?
	       " of any page of its folio" : "", page->complete ? "" :
	       " found, but not everything was seen");
	if (is_scanned_for_want(answer, page))
		fputs("; looked for in the page tables " NO_REVERSE_MAP,
		      stdout);
	else if (is_found_by_both(page))
		fputs(BREAKS_OFF, stdout);
	putchar('\n');
}

static void print_confirmation(const struct answer *answer,
			       const struct rmi_page *page)
{
	if (is_scanned_for_want(answer, page))
		fputs(", found in the page tables " NO_REVERSE_MAP, stdout);
	else
		printf("%s,%s confirmed in the page tables",
		       page->complete ? "" : " found",
		       page->n_mappings > 1 ? " each" : "");
	fputs(page->complete ? "" : "; there may be more", stdout);
	puts(is_found_by_both(page) ? BREAKS_OFF : "");
}

static void print_number(const struct answer *answer,
			 const struct rmi_page *page)
{
	size_t n = count_mappings(page), others = page->n_mappings - n;

	fputs("  ", stdout);
	if (n)
		printf("%zu mapping%s", n, plural(n));
	else
		fputs("no user mapping", stdout);
	if (page->folio)
		fputs(" of any page of its folio", stdout);
	if (others)
		printf("%s%zu %s that map%s nothing now", n ? " and " : ", but ",
		       others, others == 1 ? "entry" : "entries",
		       others == 1 ? "s" : "");
	print_confirmation(answer, page);
}

static void print_mappings(const struct answer *answer,
			   const struct rmi_page *page)
{
	if (page->n_mappings) {
		print_number(answer, page);
		print_mapping_table(answer, page);
	} else {
		print_none(answer, page);
	}
}

static void print_differences(const struct answer *answer,
			      const struct rmi_page *page)
{
	size_t n = page->n_differences;

	if (n) {
		printf("  %zu difference%s between rmap and scan\n", n,
		       plural(n));
		print_difference_table(answer, page);
	} else {
		puts("  rmap and scan agree");
	}
}

/* ---- the format ---- */

static void begin(const struct answer *answer)
{
	print_headings(answer->finds);
}

static void print_page(const struct answer *answer,
		       const struct rmi_page *page)
{
	if (answer->n_pages)
		putchar('\n');
	print_header(answer, page);
	if (answer->mentions)
		print_log(answer->mentions, page->pfn);
	if (page->page)
		print_flags(page);
	if (page->has_page)
		print_counts(page);
	print_details(page);
	print_verdict(page);
	if (page->file || page->path)
		print_file(page);
	if (page->memcg)
		print_memcg(page->memcg);
	print_chain(page);
	print_gaps(page);
	print_mappings(answer, page);
	if (answer->method == RMI_METHOD_BOTH)
		print_differences(answer, page);
	if (answer->explain)
		explain_page(page, answer->source->page_size);
}

/* ---- swap entries ---- */

static void print_swap_header(const struct rmi_swap *swap)
{
	printf("swap %" PRIu64 ":0x%" PRIx64, swap->entry.type,
	       swap->entry.offset);
	if (swap->has_count)
		printf("  count %" PRId64, swap->count);
	if (swap->has_cached && swap->cached)
		fputs("  its page is in the swap cache, and may be mapped",
		      stdout);
	if (swap->has_pfn)
		printf(": PFN 0x%" PRIx64, swap->pfn);
	putchar('\n');
}

static void print_swap_number(const struct rmi_swap *swap)
{
	size_t n = swap->n_mappings;

	if (n)
		printf("  %zu page-table entr%s hold%s it%s\n", n,
		       n == 1 ? "y" : "ies", n == 1 ? "s" : "",
		       swap->complete ? "" : "; there may be more");
	else if (swap->file)
		puts("  the file holds it, and no page table");
	else if (swap->complete)
		puts("  nobody refers to it");
	else
		puts("  nobody was found to refer to it, but not everything was "
		     "seen");
}

static void print_swap(const struct answer *answer, const struct rmi_swap *swap)
{
	/* The columns of the page stay empty. */
	const struct rmi_page page = {
		.n_mappings = swap->n_mappings, .mappings = swap->mappings,
		.n_gaps = swap->n_gaps, .gaps = swap->gaps,
		.file = swap->file,
	};

	if (answer->n_pages || answer->n_swaps)
		putchar('\n');
	print_swap_header(swap);
	if (swap->file)
		print_file(&page);
	print_gaps(&page);
	print_swap_number(swap);
	if (swap->n_mappings)
		print_mapping_table(answer, &page);
}

static void end(const struct answer *answer)
{
	if (!answer->n_gaps)
		return;
	puts("\nin every answer");
	for (size_t i = 0; i < answer->n_gaps; i++)
		put_gap("  gap     ", &answer->gaps[i]);
}

const struct format format_text = {
	"text", false, begin, print_page, print_swap, end, print_info_text,
	print_layout_text, print_family_text, &ksm_text, print_summary_text,
	&all_text, print_audit_text
};
