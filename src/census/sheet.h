/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of a work write, in the order of the parts, whatever order
 * they are done in. Knows nothing of what is written.
 */
#ifndef RMAP_INSPECT_CENSUS_SHEET_H
#define RMAP_INSPECT_CENSUS_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/status.h"

/* Called by one thread at a time. False: it is of no use to go on. */
typedef bool print_fn(const char *bytes, size_t n, void *arg);

struct press;

/* Release with press_free(), when no sheet is open. NULL: out of memory. */
struct press *press_new(print_fn *print, void *arg);
void press_free(struct press *press);	/* accepts NULL */
DEFINE_CLEANUP(struct press, press_free)

/* No more is printed, and nobody waits any longer. */
void press_stop(struct press *press);

/* What one part writes. */
struct sheet {
	struct press *press;
	size_t part;
	char *bytes;
	size_t n, room;
	enum status st;		/* ST_NO_MEMORY, ST_STOPPED: the rest is lost */
};

/*
 * Each part from 0 on has one, opened in the order of the parts. A part that
 * is far ahead of those before it waits in sheet_close().
 */
void sheet_open(struct sheet *sheet, struct press *press, size_t part);
enum status sheet_close(struct sheet *sheet) must_check;

/* Room for n more bytes; NULL: there is none, and st says why. */
char *sheet_room(struct sheet *sheet, size_t n);

/* So many of them have been filled. */
static inline void sheet_filled(struct sheet *sheet, size_t n)
{
	sheet->n += n;
}

#endif
