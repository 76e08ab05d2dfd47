/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library reads of a dump: the program is linked with
 * --wrap=image_read and --wrap=image_page.
 */
#ifndef RMAP_INSPECT_FUZZ_READS_H
#define RMAP_INSPECT_FUZZ_READS_H

#include <stddef.h>
#include <stdint.h>

struct read {
	uint64_t addr;		/* physical */
	size_t len;
};

struct reads {
	struct read *items;
	size_t n, room;
};

/* From now on until reads_stop(), into reads, whatever is in it. */
void reads_start(struct reads *reads);
void reads_stop(void);

/* In order of address, each once. */
void reads_sort(struct reads *reads);

#endif
