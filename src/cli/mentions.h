/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which line of a log named which page.
 *
 * Knows lines and frames. Does not know how a log is written (dmesg.h), nor
 * how a line is printed.
 */
#ifndef RMAP_INSPECT_CLI_MENTIONS_H
#define RMAP_INSPECT_CLI_MENTIONS_H

#include <rmap-inspect/rmap-inspect.h>

#include "pfn_list.h"

struct log_line {
	uint64_t seq;		/* of the record; in a file: of the line */
	bool has_time;
	uint64_t ns;		/* since boot */
	char *text;		/* without the time; owned */
};

struct mention {
	uint64_t pfn;
	size_t line;		/* its place in mentions.lines */
	size_t order;		/* how many came before it */
};

/* Zero-initialised is empty. */
struct mentions {
	struct log_line *lines;
	size_t n_lines, lines_room;
	struct mention *items;	/* in order of frames, once sorted */
	size_t n, room;
	struct rmi_gap *gaps;	/* without a page; strings owned, but what */
	size_t n_gaps, gaps_room;
	struct rmi_gap *joined;
};

void mentions_fini(struct mentions *mentions);

/* Returns the place of the line. Its text is taken over. */
size_t mentions_add_line(struct mentions *mentions, struct log_line line);

void mentions_add(struct mentions *mentions, uint64_t pfn, size_t line);

/* The line named something that cannot be looked into. Takes where over. */
void mentions_add_gap(struct mentions *mentions, char *where, const char *why);

/*
 * The gaps given, *n of them, and ours behind them; *n becomes the number of
 * all. Lives as long as both.
 */
const struct rmi_gap *mentions_join_gaps(struct mentions *mentions,
					 const struct rmi_gap *gaps,
					 size_t *n);

/*
 * Nothing is added afterwards: from here on mentions_of() answers. Each frame
 * named goes to the end of pfns once, in the order of first mention.
 */
void mentions_sort(struct mentions *mentions, struct pfn_list *pfns);

/* Afterwards only their times tell of the lines. */
void mentions_withhold_lines(struct mentions *mentions);

/* Those of a page, in order; *ret_n of them. NULL: there are none. */
const struct mention *mentions_of(const struct mentions *mentions,
				  uint64_t pfn, size_t *ret_n);

#endif
