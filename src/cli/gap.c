/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows the order in which a gap is told. Does not know where it is printed.
 */
#include "alloc.h"
#include "gap.h"

char *gap_words(const struct rmi_gap *gap)
{
	return format_new("%s%s%s: %s", gap->what ? gap->what : "something",
			  gap->where ? ": " : "",
			  gap->where ? gap->where : "",
			  gap->why ? gap->why : "not known why");
}
