/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line.
 */
#ifndef RMAP_INSPECT_CLI_OPTIONS_H
#define RMAP_INSPECT_CLI_OPTIONS_H

#include <rmap-inspect/rmap-inspect.h>

#include "color.h"
#include "columns.h"
#include "exit_code.h"
#include "output.h"
#include "pfn_list.h"
#include "places.h"
#include "swap_list.h"

enum action {
	ACTION_INSPECT,
	ACTION_INFO,
	ACTION_FAMILY,
	ACTION_KSM,
	ACTION_SUMMARY,
	ACTION_ALL,
	ACTION_AUDIT,
	ACTION_EXPORT,
	ACTION_REPORT,
	ACTION_DUMP_LAYOUT,
	/* These end the matter: the rest of the line is left unread. */
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_LIST_COLUMNS,
};

/* Strings are those of argv. */
struct options {
	enum action action;
	char **files;			/* in the order given */
	size_t n_files;
	const char *vmlinux;		/* of --vmlinux, or NULL */
	const char *btf;		/* of --btf, or NULL */
	const char *system_map;		/* of --system-map, or NULL */
	const char **debug_dirs;	/* of each --debug-dir; then NULL */
	size_t n_debug_dirs;
	bool debuginfod;
	bool no_debuginfod;
	const char *cache_dir;		/* of --cache-dir, or NULL */
	bool no_cache;
	const char *tmpdir;		/* of --tmpdir, or NULL */
	bool live;
	bool folio;
	bool force;
	bool explain;
	bool redact;
	bool quiet;
	bool verbose;
	rmi_method method;
	const struct format *format;	/* never NULL after parsing */
	enum color_when color;
	bool columns_chosen;
	struct column_list columns;
	struct pfn_list pfns;
	bool pfns_from_stdin;	/* more come there */
	struct place_list places;	/* pages named otherwise */
	bool with_context;
	uint64_t context;		/* frames on each side of a page */
	struct swap_list swaps;
	bool from_dmesg;
	const char *dmesg_file;		/* NULL: the log in the dump */
	uint64_t object;		/* of --anon-vma; of --ksm, or 0 */
	const char **kinds;		/* of each --kind; then NULL */
	size_t n_kinds;
	uint64_t min_sharers;
	bool has_pid;			/* with --all: a filter */
	uint32_t pid;
	uint64_t jobs;			/* threads; 0: one for each CPU */
	uint64_t timeout;		/* seconds; 0: none */
	uint64_t max_memory;		/* bytes; 0: no limit */
	const char *export_to;		/* of --export */
	const char *report_to;		/* of --report */
	uint64_t top;			/* 0: as many as the library likes */
};

void options_init(struct options *opts);
void options_fini(struct options *opts);

/*
 * Mistakes are explained on stderr.
 */
enum exit_code options_parse(struct options *opts, int argc, char **argv);

/* To stdout. */
void options_print_help(void);

#endif
