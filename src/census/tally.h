/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames summed up by something that they have in common: the file, the
 * memory cgroup, the set of those who share them. Bounded by the number of
 * frames, and mostly far smaller.
 */
#ifndef RMAP_INSPECT_CENSUS_TALLY_H
#define RMAP_INSPECT_CENSUS_TALLY_H

#include "base/map.h"
#include "census/frames.h"

struct tally_row {
	uint64_t key;
	uint64_t first;		/* PFN of the first of them */
	uint64_t n_frames;
	uint64_t n_mapped;	/* of them, by anybody */
	uint64_t n_mappings;
	uint64_t n_dirty;
};

DEFINE_VEC(tally_row_vec, struct tally_row)

/* Zero-initialised is empty. Rows are in the order of their first frames. */
struct tally {
	struct map places;	/* key → place in rows */
	struct tally_row_vec rows;
	size_t last;		/* place of the row added to last */
};

/* What a frame has in common with others; false: it does not count. */
typedef bool tally_key_fn(const struct frame_use *use,
			  const struct frame_words *words, uint64_t *ret_key);

/* ST_NO_MEMORY. */
enum status tally_frames(struct tally *tally, const struct frames *frames,
			 tally_key_fn *key_of) must_check;
void tally_fini(struct tally *tally);

/* The rows with the most frames first. find() of places is of no use after. */
void tally_sort(struct tally *tally);

#endif
