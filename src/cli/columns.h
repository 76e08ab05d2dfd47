/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The columns of the table of mappings. One row of one table each: -o,
 * --list-columns and the text output all come from it.
 *
 * JSON does not: its keys are a published contract, of which every reader may
 * expect all, while columns are for people and free to improve.
 */
#ifndef RMAP_INSPECT_CLI_COLUMNS_H
#define RMAP_INSPECT_CLI_COLUMNS_H

#include <rmap-inspect/rmap-inspect.h>

/* What one line of the table is about: a mapping, seen by one process. */
struct row {
	const struct rmi_page *page;
	const struct rmi_mapping *mapping;
	const struct rmi_task *task;	/* NULL: no process has the mm */
	const char *only_in;		/* of a difference, or NULL */
};

struct column {
	const char *name;
	double width;			/* libsmartcols' hint */
	int flags;			/* SCOLS_FL_… */
	/* Safe for the terminal; a new string, or NULL when not known. */
	char *(*get)(const struct row *row);
	const char *help;
};

#define MAX_COLUMNS	16

struct column_list {
	const struct column *items[MAX_COLUMNS];
	size_t n;
};

/* PID COMMAND ADDRESS PERM VMA STATE. */
struct column_list columns_default(void);

/* PFN and PAGES, which tell the mappings of a folio apart. */
void columns_add_folio(struct column_list *list);

/* ONLY-IN and then the others: the table of differences. */
struct column_list columns_after_only_in(const struct column_list *others);

/*
 * The columns named by a list with commas; after "+", added to *list instead
 * of in its place. A column is in the list once. Explains on stderr, beginning
 * with origin, what is wrong with names, and then leaves *list alone.
 */
bool columns_parse(struct column_list *list, const char *names,
		   const char *origin);

/* To stdout. */
void columns_print_help(void);

#endif
