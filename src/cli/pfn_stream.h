/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of page frames that arrive on the standard input, line by line, for a
 * script that asks while it reads the answers.
 */
#ifndef RMAP_INSPECT_CLI_PFN_STREAM_H
#define RMAP_INSPECT_CLI_PFN_STREAM_H

#include "exit_code.h"
#include "pfn_list.h"

/* Nothing has been read when all but the function is zero. */
struct pfn_stream {
	/*
	 * Called before a line is waited for that is not there yet. False: it
	 * is not wanted any more.
	 */
	bool (*may_wait)(void *arg);
	void *arg;
	char *text;		/* what has been read */
	size_t start, len, room; /* of it, start … len is still to be used */
	size_t n_lines;		/* before start */
	bool at_end;
	bool has_pages;
	enum exit_code code;	/* what the lines read come to */
};

/*
 * Waits until there is a line, and takes all lines that have arrived, in place
 * of what is in the list. False: there are no more, or one that is no LIST:
 * what is wrong is on stderr, and in code. The lines before that one are taken.
 */
bool pfn_stream_next(struct pfn_stream *stream, struct pfn_list *list);
void pfn_stream_fini(struct pfn_stream *stream);

#endif
