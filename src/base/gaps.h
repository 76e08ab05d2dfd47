/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What could not be seen, so that an answer can say so.
 *
 * A walk that meets something unreadable records it here and goes on: one bad
 * page costs one gap, never the run.
 */
#ifndef RMAP_INSPECT_BASE_GAPS_H
#define RMAP_INSPECT_BASE_GAPS_H

#include "base/status.h"
#include "base/vec.h"

struct gap {
	char *what;	/* "anon_vma tree" */
	char *where;	/* "avc 0xffff88810a3e9c40" */
	char *why;	/* "page excluded from the dump" */
};

DEFINE_VEC(gap_vec, struct gap)

struct gaps {
	struct gap_vec list;
	/* More than fit in the list, or memory ran out: still not complete. */
	size_t n_unlisted;
};

/*
 * Record a gap. Cannot fail: what cannot be stored is counted. After a
 * thousand, only counted: damage on that scale is not read line by line.
 */
void gaps_add(struct gaps *gaps, const char *what, const char *where,
	      const char *why);

/* The same, with where made from a format. */
void gaps_addf(struct gaps *gaps, const char *what, const char *why,
	       const char *where_fmt, ...) printf_like(4, 5);

/* All of from to the end of to, so that from is empty. */
void gaps_move(struct gaps *from, struct gaps *to);

/*
 * Of a look at what was looked at before: its gaps to that look's, if that had
 * none, since otherwise they say the same again. from is empty then.
 */
void gaps_keep_first(struct gaps *from, struct gaps *to);

size_t gaps_count(const struct gaps *gaps);
void gaps_clear(struct gaps *gaps);
void gaps_fini(struct gaps *gaps);

#endif
