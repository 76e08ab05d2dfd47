/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Named values: what can be told of a page beyond what every page has.
 *
 * Each kind of page has details of its own (the cache of a slab, the level of
 * a page table); whoever prints them need not know which. Names are literals
 * and stand once in a list.
 */
#ifndef RMAP_INSPECT_BASE_DETAILS_H
#define RMAP_INSPECT_BASE_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"

enum detail_type {
	DETAIL_TEXT,
	DETAIL_NUMBER,
	DETAIL_ADDRESS,		/* of the kernel's memory */
};

struct detail {
	const char *name;	/* "cache" */
	enum detail_type type;
	const char *text;	/* in the arena; bytes are those of the dump */
	uint64_t number;	/* the number, or the address */
};

DEFINE_VEC(detail_vec, struct detail)

struct details {
	struct arena *arena;	/* for texts; not ours */
	struct detail_vec list;
	bool out_of_memory;	/* something could not be stored */
};

/* Cannot fail: look at out_of_memory at the end. */
void details_text(struct details *details, const char *name, const char *fmt,
		  ...) printf_like(3, 4);
void details_number(struct details *details, const char *name,
		    uint64_t number);
void details_address(struct details *details, const char *name,
		     uint64_t address);

void details_clear(struct details *details);
void details_fini(struct details *details);

#endif
