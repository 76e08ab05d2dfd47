/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the type of a swap entry means.
 *
 * Mirrors include/linux/swap.h: of the 32 types the lower ones are swap files,
 * and from MAX_SWAPFILES on they mean hwpoison, migration, device memory and
 * markers, in this order, each group there only if it was configured. All of
 * that are macros, so it is told from what comes with each group, and from the
 * length of swap_info, which is MAX_SWAPFILES. Decided once, at open.
 */
#ifndef RMAP_INSPECT_KERNEL_SWAP_TYPES_H
#define RMAP_INSPECT_KERNEL_SWAP_TYPES_H

#include <stdbool.h>

#include "kernel/facts.h"

#define N_SWAP_TYPES	32u	/* 1 << MAX_SWAPFILES_SHIFT */

enum swap_meaning {
	SWAP_UNKNOWN,		/* cannot be told: it may name a frame */
	SWAP_FILE,		/* a place in a swap file or partition */
	SWAP_HWPOISON,
	SWAP_MIGRATION,
	SWAP_DEVICE_PRIVATE,
	SWAP_DEVICE_EXCLUSIVE,
	SWAP_MARKER,		/* a PTE marker or a swap-in error: no frame */
};

/* "a place in a swap file", … */
const char *swap_meaning_words(enum swap_meaning meaning);

struct swap_types {
	enum swap_meaning meanings[N_SWAP_TYPES];
};

/* What the kernel has that comes with a group of types. */
struct swap_probes {
	unsigned int max_swapfiles;	/* 0: not known */
	unsigned int at_most;		/* it is no more than this */
	bool hwpoison;			/* PG_hwpoison */
	bool migration;			/* migration_entry_wait() */
	bool anon_exclusive;		/* PG_anon_exclusive, 5.19 */
	bool raw_vm_flags;		/* a VMA's flags as of 6.3 */
	bool device_exclusive;		/* make_device_exclusive(), 6.15 */
	bool device_exclusive_range;	/* …_range(), 5.14 to 6.14 */
	bool migrate_vma;		/* migrate_vma(), …_setup() since 5.4 */
};

struct swap_probes swap_probes_of(const struct facts *facts);

/*
 * A type that means different things in kernels that would all answer the
 * probes so is SWAP_UNKNOWN; so is every special one if no kernel would.
 */
void swap_types_decide(const struct swap_probes *probes,
		       struct swap_types *ret_types);

#endif
