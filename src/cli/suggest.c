/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows how far two words are apart. Does not know what the words mean.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "suggest.h"

#define MAX_WORD	24	/* longer words are not compared */
#define MAX_DISTANCE	2	/* slips; beyond it is another word */

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Characters inserted, left out, replaced, or swapped with their neighbour
 * (optimal string alignment). d[i][j]: from the first i of a to the first j
 * of b.
 */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t d[MAX_WORD + 1][MAX_WORD + 1];

	for (size_t i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			bool equal = same(a[i - 1], b[j - 1]);
			bool swapped = i > 1 && j > 1 &&
				same(a[i - 1], b[j - 2]) &&
				same(a[i - 2], b[j - 1]);

			d[i][j] = min(d[i - 1][j - 1] + !equal,
				      min(d[i - 1][j], d[i][j - 1]) + 1);
			if (swapped)
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

void suggestion_offer(struct suggestion *s, const char *name)
{
	size_t typed_len = strlen(s->typed);
	size_t name_len = strlen(name);
	size_t d;

	if (typed_len > MAX_WORD || name_len > MAX_WORD)
		return;
	d = distance(s->typed, typed_len, name, name_len);
	/* A word of which nothing is left is not a slip of the finger. */
	if (d > MAX_DISTANCE || d >= min(typed_len, name_len))
		return;
	if (s->best && d >= s->distance)
		return;
	s->best = name;
	s->distance = d;
}
