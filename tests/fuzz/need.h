/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For programs that test: what has to hold for the test to be one. */
#ifndef RMAP_INSPECT_FUZZ_NEED_H
#define RMAP_INSPECT_FUZZ_NEED_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n0 passed, 1 failed\n", what);
	exit(1);
}

#endif
