/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pieces of answers for people.
 *
 * Knows what is safe to print and how a gap is told. Does not know in which
 * answer.
 */
#include <stdio.h>
#include <stdlib.h>

#include "color.h"
#include "escape.h"
#include "gap.h"
#include "text_parts.h"

int put(const char *s)
{
	char *safe = escape_for_terminal(s);
	int len = printf("%s", safe);

	free(safe);
	return len;
}

const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void put_gap(const char *label, const struct rmi_gap *gap)
{
	char *words = gap_words(gap);

	fputs(color_begin(COLOR_GAP), stdout);
	fputs(label, stdout);
	put(words);
	puts(color_end());
	free(words);
}
