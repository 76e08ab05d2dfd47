/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which files of shared memory hold swap entries, and whether all that refer
 * to an entry have been found.
 */
#ifndef RMAP_INSPECT_API_SWAP_PLACES_H
#define RMAP_INSPECT_API_SWAP_PLACES_H

#include "api/answer.h"
#include "rmap/scan.h"

/* A page of a file that is in swap. */
struct swap_place {
	struct swap_entry entry;
	kaddr_t mapping;
	uint64_t index;
};

DEFINE_VEC(swap_entry_vec, struct swap_entry)
DEFINE_VEC(swap_place_vec, struct swap_place)

/* Zero-initialised is empty. */
struct swap_places {
	struct swap_entry_vec wanted;	/* in order, each once */
	struct swap_place_vec list;	/* in order of entry */
	struct gaps gaps;
};

void swap_places_fini(struct swap_places *places);

/*
 * Search all files of shared memory that have pages in swap. What cannot be
 * seen is recorded in places->gaps.
 */
enum status swap_places_find(struct kernel *kernel,
			     const struct wanted_swap *wanted, size_t n,
			     struct swap_places *places) must_check;

/* Those of one entry; more than one makes no sense. */
const struct swap_place *swap_places_of(const struct swap_places *places,
					struct swap_entry entry, size_t *ret_n);

/*
 * Whether n_entries in page tables and the files are all that refer to the
 * entry: a gap for each reason to doubt it. False: the kernel's own count, with
 * what else it says, is not known.
 */
bool swap_places_check(const struct swap_places *places, struct kernel *kernel,
		       struct swap_entry entry, size_t n_entries,
		       struct gaps *gaps, struct swap_slot *ret_slot);

#endif
