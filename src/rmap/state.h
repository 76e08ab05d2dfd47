/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a page-table entry says of a frame: that it is mapped, or why it is
 * not although the address is its.
 *
 * Judges one entry; reads nothing. Mirrors include/linux/swapops.h (leafops.h
 * since 6.19).
 */
#ifndef RMAP_INSPECT_RMAP_STATE_H
#define RMAP_INSPECT_RMAP_STATE_H

#include "mm/pgtable.h"
#include "mm/swap.h"

enum map_state {
	STATE_NONE,		/* nothing of any frame */
	STATE_UNKNOWN,		/* an entry of a type that cannot be told */
	STATE_MAPPED,
	STATE_SPECIAL,		/* mapped raw (pte_special) */
	STATE_SWAPPED,		/* out, and the page is in the swap cache */
	STATE_MIGRATING,	/* from this frame to another */
	STATE_POISONED,		/* hwpoison: an access is answered by SIGBUS */
	STATE_DEVICE_PRIVATE,	/* in a device's memory, which no CPU reaches */
	STATE_DEVICE_EXCLUSIVE,	/* lent to a device */
	N_STATES,
};

/* "mapped", "migrating", … */
const char *map_state_name(enum map_state state);

/* What it means for the process, in a few words; NULL: the name says all. */
const char *map_state_note(enum map_state state);

/* Whether _mapcount counts such an entry, and a reference is held for it. */
bool map_state_is_counted(enum map_state state);

/* A frame, as far as a page-table entry can refer to it. */
struct map_target {
	pfn_t pfn;
	bool has_swap;
	struct swap_entry swap;	/* of the page in it, in the swap cache */
};

/*
 * What the entry says, and the frame it says it of at address, which the entry
 * covers. *ret_pfn is left alone for STATE_NONE, and for STATE_SWAPPED: which
 * page that is, if any, pte_swap_entry() and the swap cache say.
 */
enum map_state map_state_at(const struct kernel *kernel,
			    const struct pgtable_entry *entry, uaddr_t address,
			    pfn_t *ret_pfn);

/* What it says of the target, there; STATE_NONE: it is of others, or none. */
enum map_state map_state_of(const struct kernel *kernel,
			    const struct pgtable_entry *entry, uaddr_t address,
			    const struct map_target *target);

#endif
