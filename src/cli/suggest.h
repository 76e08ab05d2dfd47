/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "Did you mean …?" for a word that is none of those known.
 *
 *	struct suggestion s = { .typed = word };
 *
 *	for each known name:
 *		suggestion_offer(&s, name);
 *	if (s.best) …
 */
#ifndef RMAP_INSPECT_CLI_SUGGEST_H
#define RMAP_INSPECT_CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *typed;
	const char *best;	/* the nearest so far; NULL: none is near */
	size_t distance;	/* of best */
};

/* Case does not count. name must live as long as the suggestion. */
void suggestion_offer(struct suggestion *s, const char *name);

#endif
