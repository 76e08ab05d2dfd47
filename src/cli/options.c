/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows the options, what each is called and what may stand together. From
 * one table come the parser, --help and the suggestions. Does not know what
 * is in the files, nor what anything looks like when printed.
 */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "memory_limit.h"
#include "number.h"
#include "options.h"
#include "suggest.h"

#define N_ITEMS(array)	(sizeof(array) / sizeof((array)[0]))

/* getopt's value of an option is its row, past all letters. */
#define ROW_BASE	256

struct option_row {
	const char *name;	/* NULL: help is a heading */
	char letter;		/* or 0 */
	const char *help;	/* lines */
	const char *arg;	/* what --help calls the argument, or NULL */
	bool may_lack_arg;	/* only '=' gives one; NULL without */
	/* Or a word of its own that can be nothing but one. */
	bool detached;

	/* One of these three: */
	enum exit_code (*apply)(struct options *opts, const char *arg);
	enum action action;
	size_t flag;		/* offset of the bool that becomes true */
};

/* ---- values that have names ---- */

struct choice {
	const char *name;
	union {
		rmi_method method;
		const struct format *format;
		enum color_when color;
	};
};

static const struct choice methods[] = {
	{ "rmap", .method = RMI_METHOD_RMAP },
	{ "scan", .method = RMI_METHOD_SCAN },
	{ "both", .method = RMI_METHOD_BOTH },
};

static const struct choice formats[] = {
	{ "text", .format = &format_text },
	{ "brief", .format = &format_brief },
	{ "json", .format = &format_json },
	{ "jsonl", .format = &format_jsonl },
	{ "csv", .format = &format_csv },
	{ "dot", .format = &format_dot },
};

static const struct choice colors[] = {
	{ "auto", .color = COLOR_AUTO },
	{ "always", .color = COLOR_ALWAYS },
	{ "never", .color = COLOR_NEVER },
};

/* NULL after explaining that there is no such value. */
static const struct choice *choose(const char *option, const char *value,
				   const struct choice *choices, size_t n)
{
	struct suggestion suggestion = { .typed = value };

	for (size_t i = 0; i < n; i++) {
		if (strcmp(choices[i].name, value) == 0)
			return &choices[i];
		suggestion_offer(&suggestion, choices[i].name);
	}
	if (suggestion.best)
		log_error("%s '%s': no such value; did you mean %s?", option,
			  value, suggestion.best);
	else
		log_error("%s '%s': no such value; see --help", option,
			  value);
	return NULL;
}

/* ---- what to ask for ---- */

/* Those that need a dump, and no pages. */
static const char *const action_names[] = {
	[ACTION_INFO] = "--info",
	[ACTION_FAMILY] = "--anon-vma",
	[ACTION_KSM] = "--ksm",
	[ACTION_SUMMARY] = "--summary",
	[ACTION_ALL] = "--all",
	[ACTION_AUDIT] = "--audit",
	[ACTION_EXPORT] = "--export",
	[ACTION_REPORT] = "--report",
	[ACTION_DUMP_LAYOUT] = "--dump-layout",
};

static bool needs_dump(enum action action)
{
	return action <= ACTION_DUMP_LAYOUT;
}

static enum exit_code choose_action(struct options *opts, enum action action)
{
	enum action other = opts->action;

	if (needs_dump(action) && other != ACTION_INSPECT && other != action) {
		log_error("%s and %s: leave out one of the two",
			  action_names[other < action ? other : action],
			  action_names[other < action ? action : other]);
		return EXIT_USAGE;
	}
	opts->action = action;
	return EXIT_COMPLETE;
}

/* One object at a time: an answer about two would need a name for each. */
static enum exit_code choose_object(struct options *opts, enum action action,
				    const char *arg)
{
	const char *name = action_names[action];

	if (opts->action == action) {
		log_error("%s: given twice; ask in two runs", name);
		return EXIT_USAGE;
	}
	if (!number_hex(arg, &opts->object)) {
		log_error("%s '%s': is not an address of at most 64 bits; "
			  "write it in hexadecimal", name, arg);
		return EXIT_USAGE;
	}
	return choose_action(opts, action);
}

/* ---- what each option does ---- */

static enum exit_code apply_pfn(struct options *opts, const char *arg)
{
	char *origin = format_new("--pfn '%s'", arg);
	bool good = pfn_list_add(&opts->pfns, arg, origin);

	free(origin);
	return good ? EXIT_COMPLETE : EXIT_USAGE;
}

static enum exit_code apply_pfn_file(struct options *opts, const char *arg)
{
	if (strcmp(arg, "-") != 0)
		return pfn_list_add_file(&opts->pfns, arg);
	opts->pfns_from_stdin = true;
	return EXIT_COMPLETE;
}

static enum exit_code apply_phys(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_PHYS, "--phys", arg);
}

static enum exit_code apply_page(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_PAGE, "--page", arg);
}

static enum exit_code apply_virt(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_VIRT, "--virt", arg);
}

static enum exit_code apply_vma(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_VMA, "--vma", arg);
}

static enum exit_code apply_mm(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_MM, "--mm", arg);
}

static enum exit_code apply_pid(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_PID, "--pid", arg);
}

static enum exit_code apply_file(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_FILE, "--file", arg);
}

static enum exit_code apply_hwpoison(struct options *opts, const char *arg)
{
	return place_list_add(&opts->places, RMI_DOOR_HWPOISON, "--hwpoison",
			      arg);
}

static enum exit_code apply_context(struct options *opts, const char *arg)
{
	if (!parse_count(arg, &opts->context)) {
		log_error("--context '%s': is not a number of page frames; "
			  "write 16 or 0x10", arg);
		return EXIT_USAGE;
	}
	opts->with_context = true;
	return EXIT_COMPLETE;
}

static enum exit_code apply_swap(struct options *opts, const char *arg)
{
	return swap_list_add(&opts->swaps, "--swap", arg);
}

static enum exit_code apply_from_dmesg(struct options *opts, const char *arg)
{
	opts->from_dmesg = true;
	opts->dmesg_file = arg;
	return EXIT_COMPLETE;
}

static enum exit_code apply_anon_vma(struct options *opts, const char *arg)
{
	return choose_object(opts, ACTION_FAMILY, arg);
}

#define MAX_TIMEOUT	(24u * 60 * 60)

static enum exit_code apply_number(const char *name, const char *arg,
				   uint64_t *ret_number)
{
	uint64_t number;

	if (!parse_count(arg, &number) || !number) {
		log_error("%s '%s': is not a number from 1 up", name, arg);
		return EXIT_USAGE;
	}
	*ret_number = number;
	return EXIT_COMPLETE;
}

static enum exit_code apply_top(struct options *opts, const char *arg)
{
	return apply_number("--top", arg, &opts->top);
}

static enum exit_code apply_min_sharers(struct options *opts, const char *arg)
{
	return apply_number("--min-sharers", arg, &opts->min_sharers);
}

static enum exit_code apply_kind(struct options *opts, const char *arg)
{
	opts->kinds = need(reallocarray(opts->kinds, opts->n_kinds + 2,
					sizeof(*opts->kinds)));
	opts->kinds[opts->n_kinds++] = arg;
	opts->kinds[opts->n_kinds] = NULL;
	return EXIT_COMPLETE;
}

static enum exit_code apply_jobs(struct options *opts, const char *arg)
{
	return apply_number("--jobs", arg, &opts->jobs);
}

static enum exit_code apply_timeout(struct options *opts, const char *arg)
{
	enum exit_code code = apply_number("--timeout", arg, &opts->timeout);

	if (code == EXIT_COMPLETE && opts->timeout > MAX_TIMEOUT) {
		log_error("--timeout '%s': is longer than a day", arg);
		return EXIT_USAGE;
	}
	return code;
}

static enum exit_code apply_max_memory(struct options *opts, const char *arg)
{
	if (memory_limit_parse(arg, &opts->max_memory))
		return EXIT_COMPLETE;
	log_error("--max-memory '%s': is no size; write 512M or 4G", arg);
	return EXIT_USAGE;
}

static enum exit_code apply_export(struct options *opts, const char *arg)
{
	if (opts->export_to) {
		log_error("--export: given twice; write one in each run");
		return EXIT_USAGE;
	}
	if (!*arg) {
		log_error("--export '': no file; give one, or - for the "
			  "standard output");
		return EXIT_USAGE;
	}
	opts->export_to = arg;
	return choose_action(opts, ACTION_EXPORT);
}

static enum exit_code apply_report(struct options *opts, const char *arg)
{
	if (opts->report_to) {
		log_error("--report: given twice; write one in each run");
		return EXIT_USAGE;
	}
	if (!*arg || strcmp(arg, "-") == 0) {
		log_error("--report '%s': no file; give one", arg);
		return EXIT_USAGE;
	}
	opts->report_to = arg;
	return choose_action(opts, ACTION_REPORT);
}

/* arg NULL: all there is of KSM. */
static enum exit_code apply_ksm(struct options *opts, const char *arg)
{
	return arg ? choose_object(opts, ACTION_KSM, arg) :
		     choose_action(opts, ACTION_KSM);
}

static enum exit_code apply_method(struct options *opts, const char *arg)
{
	const struct choice *choice = choose("--method", arg, methods,
					     N_ITEMS(methods));

	if (!choice)
		return EXIT_USAGE;
	opts->method = choice->method;
	return EXIT_COMPLETE;
}

static enum exit_code apply_format(struct options *opts, const char *arg)
{
	const struct choice *choice = choose("--format", arg, formats,
					     N_ITEMS(formats));

	if (!choice)
		return EXIT_USAGE;
	opts->format = choice->format;
	return EXIT_COMPLETE;
}

/* Without a value it is meant to be seen, as with ls and grep. */
static enum exit_code apply_color(struct options *opts, const char *arg)
{
	const struct choice *choice = choose("--color", arg ? arg : "always",
					     colors, N_ITEMS(colors));

	if (!choice)
		return EXIT_USAGE;
	opts->color = choice->color;
	return EXIT_COMPLETE;
}

static enum exit_code apply_vmlinux(struct options *opts, const char *arg)
{
	opts->vmlinux = arg;
	return EXIT_COMPLETE;
}

static enum exit_code apply_btf(struct options *opts, const char *arg)
{
	opts->btf = arg;
	return EXIT_COMPLETE;
}

static enum exit_code apply_system_map(struct options *opts, const char *arg)
{
	opts->system_map = arg;
	return EXIT_COMPLETE;
}

static enum exit_code apply_debug_dir(struct options *opts, const char *arg)
{
	opts->debug_dirs = need(reallocarray(opts->debug_dirs,
					     opts->n_debug_dirs + 2,
					     sizeof(*opts->debug_dirs)));
	opts->debug_dirs[opts->n_debug_dirs++] = arg;
	opts->debug_dirs[opts->n_debug_dirs] = NULL;
	return EXIT_COMPLETE;
}

static enum exit_code apply_cache_dir(struct options *opts, const char *arg)
{
	opts->cache_dir = arg;
	return EXIT_COMPLETE;
}

static enum exit_code apply_tmpdir(struct options *opts, const char *arg)
{
	if (!*arg) {
		log_error("--tmpdir '': no directory; give one with room for "
			  "the dump");
		return EXIT_USAGE;
	}
	opts->tmpdir = arg;
	return EXIT_COMPLETE;
}

static enum exit_code apply_output(struct options *opts, const char *arg)
{
	char *origin = format_new("--output '%s'", arg);
	bool good = columns_parse(&opts->columns, arg, origin);

	free(origin);
	opts->columns_chosen = true;
	return good ? EXIT_COMPLETE : EXIT_USAGE;
}

/* ---- the table ---- */

#define SETS(member)	.flag = offsetof(struct options, member)

static const struct option_row rows[] = {
	{ .help = "Instead of VMCORE" },
	{ "live", 0,
	  "the running machine, by /proc/kcore, as root:\n"
	  "--pfn, --info and --dump-layout alone; what has\n"
	  "changed when it is read again is marked so",
	  SETS(live) },

	{ .help = "Pages" },
	{ "pfn", 0,
	  "page frames: N, A-B, or a list with commas;\n"
	  "decimal, 0x1a2b, or pfn:1a2b as the kernel's\n"
	  "log prints it; may be repeated",
	  .arg = "LIST", .apply = apply_pfn },
	{ "pfn-file", 0,
	  "one LIST a line, '#' begins a comment;\n"
	  "- is the standard input, of which each line\n"
	  "is answered as it comes, behind all others",
	  .arg = "FILE", .apply = apply_pfn_file },
	{ "phys", 0, "the page at a physical address",
	  .arg = "ADDR", .apply = apply_phys },
	{ "page", 0, "the page of this struct page",
	  .arg = "ADDR", .apply = apply_page },
	{ "virt", 0,
	  "the page that a process has at this address;\n"
	  "addresses are hexadecimal, and each of these\n"
	  "three may be repeated",
	  .arg = "PID:ADDR", .apply = apply_virt },
	{ "folio", 0,
	  "the mappings of any page of its folio, one for\n"
	  "each page-table entry", SETS(folio) },
	{ "context", 0,
	  "the K frames on each side of every page, too,\n"
	  "in order of PFN; in brief the pages themselves\n"
	  "are marked with >",
	  .arg = "K", .apply = apply_context },
	{ "from-dmesg", 0,
	  "every page that the kernel's log names: that in\n"
	  "the dump, or in FILE; - is the standard input",
	  .arg = "FILE", .may_lack_arg = true, .apply = apply_from_dmesg },

	{ .help = "All pages in (each may be repeated)" },
	{ "pid", 0, "the address space of a process, in order of\n"
	  "address",
	  .arg = "PID", .apply = apply_pid },
	{ "mm", 0, "the address space of this mm_struct",
	  .arg = "ADDR", .apply = apply_mm },
	{ "vma", 0, "this vm_area_struct",
	  .arg = "ADDR", .apply = apply_vma },
	{ "file", 0,
	  "the page cache of a file: PATH as a process that\n"
	  "maps it sees it, or else as init does; or device\n"
	  "and inode, MAJ:MIN:INO, as in /proc/PID/maps",
	  .arg = "FILE", .apply = apply_file },
	{ "hwpoison", 0,
	  "all of memory that the kernel has marked as\n"
	  "failed, and who has it",
	  .apply = apply_hwpoison },

	{ .help = "Instead of pages" },
	{ "swap", 0,
	  "who refers to this swap entry; TYPE is decimal,\n"
	  "OFFSET hexadecimal; may be repeated, and stand\n"
	  "beside pages",
	  .arg = "TYPE:OFFSET", .apply = apply_swap },
	{ "info", 0,
	  "what the dump is, and what can tell of its\n"
	  "kernel; with --verbose, of which host it is",
	  .action = ACTION_INFO },
	{ "anon-vma", 0,
	  "the family of the struct anon_vma at this\n"
	  "address: its root, all members and their VMAs,\n"
	  "and what the next fork would reuse",
	  .arg = "ADDR", .apply = apply_anon_vma },
	{ "ksm", 0,
	  "the pages merged by KSM, who shares each, and\n"
	  "what it saves; or one stable node or chain",
	  .arg = "ADDR", .may_lack_arg = true, .detached = true,
	  .apply = apply_ksm },
	{ "summary", 0,
	  "all of memory in sums: by kind, process, group of\n"
	  "sharers, file, memory cgroup, family of anon_vmas",
	  .action = ACTION_SUMMARY },
	{ "all", 0,
	  "every page and all its mappings, those of one\n"
	  "object together; text or jsonl",
	  .action = ACTION_ALL },
	{ "kind", 0,
	  "with --all: pages of this kind, as --summary\n"
	  "lists them; may be repeated. --pid chooses those\n"
	  "of a process",
	  .arg = "KIND", .apply = apply_kind },
	{ "min-sharers", 0,
	  "with --all: pages with at least N mappings",
	  .arg = "N", .apply = apply_min_sharers },
	{ "audit", 0,
	  "the reverse map and all page tables against each\n"
	  "other and what the kernel promises",
	  .action = ACTION_AUDIT },
	{ "export", 0,
	  "all of that as tables of a SQLite database, or\n"
	  "with - as JSON Lines, for queries of your own:\n"
	  "rmap-inspect-export(5)",
	  .arg = "FILE", .apply = apply_export },
	{ "report", 0,
	  "--summary, --ksm, --audit, --hwpoison and who\n"
	  "holds references, as one HTML page with tables\n"
	  "and drawings that needs nothing else",
	  .arg = "FILE", .apply = apply_report },
	{ "top", 0,
	  "how many of the largest --summary lists (10);\n"
	  "with --all: the N pages that are mapped most",
	  .arg = "N", .apply = apply_top },
	{ "jobs", 'j',
	  "threads that work on all of memory, or answer many\n"
	  "lines of --pfn-file - (one for each CPU)",
	  .arg = "N", .apply = apply_jobs },
	{ "timeout", 0,
	  "end --summary, --all, --audit, --report or\n"
	  "--export after so long, as Ctrl-C does: with what\n"
	  "is known by then, and marked as partial; the FILE\n"
	  "of --export is not written",
	  .arg = "SECONDS", .apply = apply_timeout },
	{ "max-memory", 0,
	  "end with \"out of memory\" rather than take more\n"
	  "than so much: 512M, 4G",
	  .arg = "SIZE", .apply = apply_max_memory },
	{ "dump-layout", 0,
	  "each structure, member and symbol looked for,\n"
	  "where it lies, and who told",
	  .action = ACTION_DUMP_LAYOUT },

	{ .help = "Method" },
	{ "method", 0,
	  "rmap: the kernel's reverse map, each hit\n"
	  "confirmed in the page tables (default); where\n"
	  "it keeps none, the page tables alone;\n"
	  "scan: all page tables of all processes;\n"
	  "both: rmap, and where scan differs",
	  .arg = "METHOD", .apply = apply_method },

	{ .help = "Layouts and symbols, if not those of an earlier run or of "
		  "the dump itself" },
	{ "vmlinux", 0, "the kernel with debug information",
	  .arg = "FILE", .apply = apply_vmlinux },
	{ "force", 0, "use a vmlinux of another build", SETS(force) },
	{ "btf", 0, "layouts from BTF, bare or in an ELF file",
	  .arg = "FILE", .apply = apply_btf },
	{ "system-map", 0,
	  "symbols from a System.map; the BTF in the dump\n"
	  "can be found with it, before Linux 6.0 too",
	  .arg = "FILE", .apply = apply_system_map },
	{ "debug-dir", 0,
	  "look for a vmlinux here before /usr/lib/debug\n"
	  "and /boot; may be repeated",
	  .arg = "DIR", .apply = apply_debug_dir },
	{ "debuginfod", 0,
	  "last of all, download it from the servers in\n"
	  "DEBUGINFOD_URLS (so if that is set)",
	  SETS(debuginfod) },
	{ "no-debuginfod", 0, "never download", SETS(no_debuginfod) },
	{ "cache-dir", 0,
	  "where the layout of each kernel is kept for the\n"
	  "next run (~/.cache/rmap-inspect)",
	  .arg = "DIR", .apply = apply_cache_dir },
	{ "no-cache", 0, "neither use nor keep a layout", SETS(no_cache) },

	{ .help = "Flattened dumps (makedumpfile -F, virsh dump --format)" },
	{ "tmpdir", 0,
	  "where to put the plain form of such a dump, as\n"
	  "large as itself, until the end of the run\n"
	  "(TMPDIR, or /var/tmp)",
	  .arg = "DIR", .apply = apply_tmpdir },

	{ .help = "Output" },
	{ "format", 0,
	  "text (default); brief: a table, one line a page\n"
	  "(default with --context and for all pages in\n"
	  "something, unless -o is given);\n"
	  "json: one document; jsonl: one page a line;\n"
	  "csv: one line for each mapping and process;\n"
	  "dot: a graph of each page and its mappings, for\n"
	  "graphviz",
	  .arg = "FORMAT", .apply = apply_format },
	{ "output", 'o',
	  "columns of the table in text; +COL,... adds\n"
	  "to the default",
	  .arg = "COL,...", .apply = apply_output },
	{ "explain", 0,
	  "behind each answer, the way to it in words, and\n"
	  "how crash and drgn show the same",
	  SETS(explain) },
	{ "redact", 0,
	  "hashes in place of all names that people gave:\n"
	  "commands, paths, cgroups, containers, the host;\n"
	  "and no lines of the log",
	  SETS(redact) },
	{ "color", 0,
	  "auto (default: on a terminal, unless NO_COLOR is\n"
	  "set), always or never, in text and brief",
	  .arg = "WHEN", .may_lack_arg = true, .apply = apply_color },
	{ "list-columns", 0, "list the columns and exit",
	  .action = ACTION_LIST_COLUMNS },
	{ "quiet", 'q', "no warnings", SETS(quiet) },
	{ "verbose", 'v', "tell each step, with addresses, on stderr",
	  SETS(verbose) },

	{ .help = "Other" },
	{ "help", 'h', "show this help and exit", .action = ACTION_HELP },
	{ "version", 'V', "show the version and exit",
	  .action = ACTION_VERSION },
};

#define N_ROWS		N_ITEMS(rows)

static const struct {
	enum exit_code code;
	const char *help;
} exit_codes[] = {
	{ EXIT_COMPLETE, "the answer is complete" },
	{ EXIT_FAILED, "failure, methods of --method=both that differ, or "
	  "findings of --audit" },
	{ EXIT_USAGE, "the command line makes no sense" },
	{ EXIT_GAPS, "there is an answer, but something could not be seen" },
	{ EXIT_MISMATCH, "dump and vmlinux are of different kernels" },
};

/* ---- help ---- */

#define HELP_COLUMN	26

static void print_option(const struct option_row *row)
{
	const char *line = row->help;
	int used;

	used = row->letter ? printf("  -%c, ", row->letter) : printf("      ");
	used += printf("--%s", row->name);
	if (row->arg)
		used += printf(!row->may_lack_arg ? " %s" :
			       row->detached ? " [%s]" : "[=%s]",
			       row->arg);
	for (;;) {
		int len = (int)strcspn(line, "\n");

		printf("%*s%.*s\n", HELP_COLUMN - used, "", len, line);
		if (!line[len])
			return;
		line += len + 1;
		used = 0;
	}
}

void options_print_help(void)
{
	puts("Usage: rmap-inspect [OPTIONS] VMCORE [VMLINUX] --pfn LIST\n"
	     "       rmap-inspect [OPTIONS] --live --pfn LIST\n"
	     "       rmap-inspect [OPTIONS] VMCORE [VMLINUX] --info\n"
	     "\n"
	     "Say what a page frame of a crashed Linux kernel is, and every "
	     "process, VMA and\n"
	     "user address that maps it. VMCORE and VMLINUX may come in "
	     "either order;\nof a dump that was split (makedumpfile --split), "
	     "give all files.");
	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].name)
			print_option(&rows[i]);
		else
			printf("\n%s:\n", rows[i].help);
	}
	puts("\nExit status:");
	for (size_t i = 0; i < N_ITEMS(exit_codes); i++)
		printf("  %d  %s\n", exit_codes[i].code, exit_codes[i].help);
}

/* ---- parsing ---- */

/* getopt's view of the table; both end with zeros. */
struct getopt_tables {
	char letters[2 * N_ROWS + 2];
	struct option names[N_ROWS + 1];
};

static int argument_of(const struct option_row *row)
{
	if (!row->arg)
		return no_argument;
	return row->may_lack_arg ? optional_argument : required_argument;
}

static void fill_tables(struct getopt_tables *tables)
{
	char *letters = tables->letters;
	struct option *name = tables->names;

	/* So that a missing argument is told from no such option. */
	*letters++ = ':';
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!rows[i].name)
			continue;
		*name++ = (struct option) {
			rows[i].name, argument_of(&rows[i]), NULL,
			(int)(ROW_BASE + i)
		};
		if (!rows[i].letter)
			continue;
		*letters++ = rows[i].letter;
		if (rows[i].arg)
			*letters++ = ':';
	}
}

/* value: what getopt_long() returned, or left in optopt. */
static const struct option_row *find_row(int value)
{
	if (value >= ROW_BASE)
		return &rows[value - ROW_BASE];
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].letter && rows[i].letter == value)
			return &rows[i];
	return NULL;
}

static enum exit_code missing_argument(const struct option_row *row)
{
	log_error("--%s: no argument; give %s", row->name, row->arg);
	return EXIT_USAGE;
}

static enum exit_code unwanted_argument(const struct option_row *row)
{
	log_error("--%s: takes no argument; see --help", row->name);
	return EXIT_USAGE;
}

static enum exit_code unknown_letter(char letter)
{
	log_error("-%c: no such option; see --help", letter);
	return EXIT_USAGE;
}

static enum exit_code unknown_name(const char *typed)
{
	size_t len = strcspn(typed, "=");
	char *word = need(strndup(typed + 2, len - 2));
	struct suggestion suggestion = { .typed = word };

	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].name)
			suggestion_offer(&suggestion, rows[i].name);
	if (suggestion.best)
		log_error("--%s: no such option; did you mean --%s?", word,
			  suggestion.best);
	else
		log_error("--%s: no such option, or short for several; "
			  "see --help", word);
	free(word);
	return EXIT_USAGE;
}

/* typed: the argument that getopt_long() stopped at. */
static enum exit_code bad_option(const char *typed)
{
	if (optopt >= ROW_BASE)
		return unwanted_argument(find_row(optopt));
	if (optopt)
		return unknown_letter((char)optopt);
	return unknown_name(typed);
}

static enum exit_code take(const struct option_row *row, struct options *opts,
			   const char *arg)
{
	if (row->apply)
		return row->apply(opts, arg);
	if (row->action != ACTION_INSPECT)
		return choose_action(opts, row->action);
	*(bool *)((char *)opts + row->flag) = true;
	return EXIT_COMPLETE;
}

/*
 * getopt takes an optional argument only behind "=". A word of its own is one
 * if it can be nothing else: an address of the kernel, whose first digit is f.
 */
static const char *detached_argument(int argc, char **argv)
{
	const char *word = optind < argc ? argv[optind] : "";
	uint64_t address;
	bool is_address = number_hex(word, &address) && address >> 60 == 15;

	return is_address ? argv[optind++] : NULL;
}

static enum exit_code parse_options(struct options *opts, int argc,
				    char **argv)
{
	struct getopt_tables tables = { .letters = "" };
	enum exit_code code = EXIT_COMPLETE;

	fill_tables(&tables);
	opterr = 0;
	while (code == EXIT_COMPLETE && needs_dump(opts->action)) {
		int value = getopt_long(argc, argv, tables.letters,
					tables.names, NULL);

		if (value == -1)
			break;
		if (value == '?')
			code = bad_option(argv[optind - 1]);
		else if (value == ':')
			code = missing_argument(find_row(optopt));
		else
			code = take(find_row(value), opts,
				    !optarg && find_row(value)->detached ?
				    detached_argument(argc, argv) : optarg);
	}
	return code;
}

static bool asks_for_pages(const struct options *opts)
{
	return opts->pfns.n || opts->pfns_from_stdin || opts->places.n ||
	       opts->swaps.n || opts->from_dmesg;
}

/* Of thousands of pages nobody reads each in full. */
static const struct format *default_format(const struct options *opts)
{
	bool many = opts->with_context || place_list_has_many(&opts->places);

	return many && !opts->columns_chosen ? &format_brief : &format_text;
}

static bool can_show(const struct format *format, enum action action)
{
	const bool can[] = {
		[ACTION_INSPECT] = true,
		[ACTION_INFO] = format->info,
		[ACTION_FAMILY] = format->family,
		[ACTION_KSM] = format->ksm,
		[ACTION_SUMMARY] = format->summary,
		[ACTION_ALL] = format->all,
		[ACTION_AUDIT] = format->audit,
		[ACTION_EXPORT] = true,
		[ACTION_REPORT] = true,
		[ACTION_DUMP_LAYOUT] = format->layout,
	};

	return can[action];
}

static bool has_filter(const struct options *opts)
{
	return opts->n_kinds || opts->min_sharers;
}

static bool is_of_whole_dump(enum action action)
{
	return action == ACTION_SUMMARY || action == ACTION_ALL ||
	       action == ACTION_AUDIT || action == ACTION_EXPORT ||
	       action == ACTION_REPORT;
}

/* The running machine answers few questions, and is no file. */
static enum exit_code check_live(const struct options *opts)
{
	if (opts->n_files) {
		log_error("%s: --live is about the running machine; leave out "
			  "one of the two", opts->files[0]);
		return EXIT_USAGE;
	}
	if ((opts->action != ACTION_INSPECT && opts->action != ACTION_INFO &&
	     opts->action != ACTION_DUMP_LAYOUT) ||
	    opts->places.n || opts->swaps.n ||
	    (opts->from_dmesg && !opts->dmesg_file)) {
		log_error("--live: answers --pfn, --info and --dump-layout "
			  "alone; for more take a dump");
		return EXIT_USAGE;
	}
	if (opts->method != RMI_METHOD_RMAP) {
		log_error("--method: page tables of a running machine are not "
			  "scanned, since they change meanwhile; leave it out");
		return EXIT_USAGE;
	}
	return EXIT_COMPLETE;
}

/* What is missing, or contradicts something else. */
static enum exit_code check(const struct options *opts)
{
	if (opts->live && check_live(opts) != EXIT_COMPLETE)
		return EXIT_USAGE;
	if (!opts->live && opts->n_files == 0) {
		log_error("no dump given; see --help");
		return EXIT_USAGE;
	}
	if (opts->action == ACTION_INSPECT && !asks_for_pages(opts)) {
		log_error("no page given; say which with --pfn LIST, or ask "
			  "for --info");
		return EXIT_USAGE;
	}
	if (opts->action != ACTION_INSPECT && asks_for_pages(opts)) {
		log_error("%s: is no question about pages; leave it out, or "
			  "--pfn", action_names[opts->action]);
		return EXIT_USAGE;
	}
	if (opts->action != ACTION_ALL && has_filter(opts)) {
		log_error("--kind and --min-sharers: choose pages of --all; "
			  "leave them out, or ask for that");
		return EXIT_USAGE;
	}
	if (!can_show(opts->format, opts->action)) {
		log_error("%s: cannot be shown with --format=%s",
			  action_names[opts->action], opts->format->name);
		return EXIT_USAGE;
	}
	if (opts->timeout && !is_of_whole_dump(opts->action)) {
		log_error("--timeout: is for --summary, --all, --audit, "
			  "--export and --report; leave it out");
		return EXIT_USAGE;
	}
	if (opts->swaps.n && !opts->format->swap) {
		log_error("--swap: cannot be shown with --format=%s",
			  opts->format->name);
		return EXIT_USAGE;
	}
	if (opts->with_context && place_list_has_many(&opts->places)) {
		log_error("--context: is of single pages, and the pages of "
			  "--pid and the like lie anywhere; leave out one of "
			  "the two");
		return EXIT_USAGE;
	}
	if (opts->debuginfod && opts->no_debuginfod) {
		log_error("--debuginfod and --no-debuginfod: leave out one of "
			  "the two");
		return EXIT_USAGE;
	}
	if (opts->cache_dir && !*opts->cache_dir) {
		log_error("--cache-dir '': no directory; give one, or "
			  "--no-cache");
		return EXIT_USAGE;
	}
	if (opts->cache_dir && opts->no_cache) {
		log_error("--cache-dir and --no-cache: leave out one of the "
			  "two");
		return EXIT_USAGE;
	}
	if (opts->columns_chosen && opts->format != &format_text) {
		log_error("--output: chooses columns of text, and "
			  "--format=%s always has the same; leave out one "
			  "of the two", opts->format->name);
		return EXIT_USAGE;
	}
	if (opts->explain && opts->format != &format_text) {
		log_error("--explain: is for people, and --format=%s for "
			  "programs; leave out one of the two",
			  opts->format->name);
		return EXIT_USAGE;
	}
	return EXIT_COMPLETE;
}

/* Beside --all a process is no place to look in, but says which pages. */
static void take_pid_filter(struct options *opts)
{
	const struct named_place *only = opts->places.items;

	if (opts->action != ACTION_ALL || opts->places.n != 1 ||
	    only->place.door != RMI_DOOR_PID)
		return;
	opts->has_pid = true;
	opts->pid = only->place.pid;
	opts->places.n = 0;
}

/* Frames and those around them are put in order: all have to be known. */
static enum exit_code take_context_of_stdin(struct options *opts)
{
	if (!opts->pfns_from_stdin || !opts->with_context)
		return EXIT_COMPLETE;
	opts->pfns_from_stdin = false;
	return pfn_list_add_file(&opts->pfns, "-");
}

void options_init(struct options *opts)
{
	*opts = (struct options) {
		.method = RMI_METHOD_RMAP,
		.columns = columns_default(),
	};
}

void options_fini(struct options *opts)
{
	pfn_list_fini(&opts->pfns);
	place_list_fini(&opts->places);
	swap_list_fini(&opts->swaps);
	free(opts->debug_dirs);
	free(opts->kinds);
}

enum exit_code options_parse(struct options *opts, int argc, char **argv)
{
	enum exit_code code = parse_options(opts, argc, argv);

	if (code != EXIT_COMPLETE || !needs_dump(opts->action))
		return code;
	if (opts->folio && !opts->columns_chosen)
		columns_add_folio(&opts->columns);
	take_pid_filter(opts);
	if (!opts->format)
		opts->format = default_format(opts);
	opts->files = argv + optind;
	opts->n_files = (size_t)(argc - optind);
	code = check(opts);
	return code != EXIT_COMPLETE ? code : take_context_of_stdin(opts);
}
