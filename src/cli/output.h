/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A way to print answers. A new format is a new file and a row in options.c.
 *
 * Formats do not look at whether writing succeeds: inspection.c does after each
 * page, and main.c at the end. Pages are printed as they come and then
 * forgotten, so that memory does not grow with their number.
 */
#ifndef RMAP_INSPECT_CLI_OUTPUT_H
#define RMAP_INSPECT_CLI_OUTPUT_H

#include <stdio.h>

#include <rmap-inspect/rmap-inspect.h>

#include "columns.h"
#include "pfn_list.h"
#include "places.h"
#include "mentions.h"

/* What formats are told beside the pages. */
struct answer {
	FILE *out;			/* for pages; see struct format */
	struct rmi_session *session;	/* for what is behind a page */
	const struct rmi_source *source;
	rmi_method method;
	const struct column_list *columns;	/* of the table in text */
	/* With --context: those that were asked for, sorted; or NULL. */
	const struct pfn_list *asked;
	const struct finds *finds;	/* of places */
	/* Of the page that is printed: where it was found in its place. */
	bool has_at;
	uint64_t at;
	const struct mentions *mentions;	/* NULL: no log was read */
	bool explain;		/* how each answer came about; text only */
	size_t n_pages;		/* printed before this one */
	size_t n_incomplete;	/* of these */
	size_t n_swaps;		/* likewise, swap entries: they follow the pages */

	/* Only known at the end: */
	bool complete;
	size_t n_gaps;		/* those that concern every page */
	const struct rmi_gap *gaps;
	const char *failure;	/* the query broke off; or NULL */
};

/* What is told of the dump itself. */
struct about {
	const struct rmi_source *source;
	struct rmi_info info;
	bool with_host;		/* its name may not be for everybody's eyes */
	const char *problem;	/* why no page can be asked about; or NULL */
};

/* What is told of an anon_vma. */
struct family_answer {
	const struct rmi_source *source;
	const struct rmi_family *family;
	bool complete;
	size_t n_gaps;		/* those that concern every answer */
	const struct rmi_gap *gaps;
};

/* What is told of KSM behind the nodes. */
struct ksm_answer {
	const struct rmi_ksm_summary *summary;	/* NULL: it broke off */
	const char *failure;			/* then */
	bool alone;		/* one node was asked for by its address */
	bool complete;
	size_t n_gaps;		/* those that concern every answer */
	const struct rmi_gap *gaps;
};

/* Nodes are printed as they come. */
struct ksm_format {
	void (*begin)(const struct rmi_source *source);
	/* alone: as above. */
	void (*node)(const struct rmi_ksm_node *node, size_t n_before,
		     bool alone);
	void (*end)(const struct ksm_answer *answer);
};

/* Pages are printed by several threads, stretch by stretch. */
struct all_format {
	void (*begin)(void);
	void (*stretch)(const struct rmi_stretch *stretch,
			struct rmi_sheet *sheet);
	/* Behind the last page, if there would be more. */
	void (*partial_end)(const struct rmi_all *all);
};

struct layout_list {
	struct rmi_layout_entry *items;
	size_t n, room;
};

struct format {
	const char *name;
	/*
	 * Pages go to answer->out alone, so that several threads can print
	 * some each. All else, and pages otherwise, to stdout.
	 */
	bool pages_to_out;
	void (*begin)(const struct answer *answer);
	void (*page)(const struct answer *answer, const struct rmi_page *page);
	void (*swap)(const struct answer *answer, const struct rmi_swap *swap);
	void (*end)(const struct answer *answer);
	/* NULL, from here on: this format has no way to show such things. */
	void (*info)(const struct about *about);
	void (*layout)(const struct rmi_source *source,
		       const struct layout_list *list);
	void (*family)(const struct family_answer *answer);
	const struct ksm_format *ksm;
	void (*summary)(const struct rmi_source *source,
			const struct rmi_summary *summary);
	const struct all_format *all;
	void (*audit)(const struct rmi_source *source,
		      const struct rmi_audit *audit);
};

extern const struct format format_text;
extern const struct format format_brief;
extern const struct format format_json;
extern const struct format format_jsonl;
extern const struct format format_csv;
extern const struct format format_dot;

#endif
