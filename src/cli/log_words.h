/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What in a line of the kernel's log names a page.
 *
 * Knows the kernel's words: a table of what stands before the number, and what
 * kind of number it is. Does not know whether there is such a page.
 */
#ifndef RMAP_INSPECT_CLI_LOG_WORDS_H
#define RMAP_INSPECT_CLI_LOG_WORDS_H

#include <stdint.h>

enum names {
	NAMES_NOTHING,
	NAMES_PFN,
	NAMES_PHYS,	/* a physical address, bytes */
	NAMES_PAGE,	/* the address of a struct page */
	/* Not to be looked into, and said so: */
	NAMES_HASH,	/* a pointer as %p prints it */
	NAMES_OTHER,	/* may be an address of another kind */
};

/* What was found; the word with its number is len bytes at at. */
struct named {
	enum names names;
	uint64_t value;
	const char *at;
	int len;
};

/* Called for each, in the order in which they stand. */
void log_words_find(const char *line,
		    void (*fn)(const struct named *named, void *arg),
		    void *arg);

#endif
