/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/gaps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_LISTED	1000

static void gap_fini(struct gap *gap)
{
	free(gap->what);
	free(gap->where);
	free(gap->why);
}

void gaps_add(struct gaps *gaps, const char *what, const char *where,
	      const char *why)
{
	struct gap gap = { NULL, NULL, NULL };

	if (gaps->list.n >= MAX_LISTED) {
		gaps->n_unlisted++;
		return;
	}
	gap.what = strdup(what);
	gap.where = strdup(where);
	gap.why = strdup(why);
	if (!gap.what || !gap.where || !gap.why ||
	    gap_vec_push(&gaps->list, gap)) {
		gap_fini(&gap);
		gaps->n_unlisted++;
	}
}

void gaps_addf(struct gaps *gaps, const char *what, const char *why,
	       const char *where_fmt, ...)
{
	char where[DIAG_SIZE];
	va_list args;

	va_start(args, where_fmt);
	vsnprintf(where, sizeof(where), where_fmt, args);
	va_end(args);
	gaps_add(gaps, what, where, why);
}

void gaps_move(struct gaps *from, struct gaps *to)
{
	for (size_t i = 0; i < from->list.n; i++) {
		struct gap *gap = &from->list.items[i];

		if (to->list.n < MAX_LISTED &&
		    !gap_vec_push(&to->list, *gap))
			continue;
		gap_fini(gap);
		to->n_unlisted++;
	}
	to->n_unlisted += from->n_unlisted;
	from->list.n = 0;
	from->n_unlisted = 0;
}

void gaps_keep_first(struct gaps *from, struct gaps *to)
{
	if (!gaps_count(to))
		gaps_move(from, to);
	gaps_clear(from);
}

size_t gaps_count(const struct gaps *gaps)
{
	return gaps->list.n + gaps->n_unlisted;
}

void gaps_clear(struct gaps *gaps)
{
	for (size_t i = 0; i < gaps->list.n; i++)
		gap_fini(&gaps->list.items[i]);
	gaps->list.n = 0;
	gaps->n_unlisted = 0;
}

void gaps_fini(struct gaps *gaps)
{
	gaps_clear(gaps);
	gap_vec_fini(&gaps->list);
}
