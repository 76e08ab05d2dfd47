/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Families of anon_vmas, as far as they have pages: by root, with the longest
 * way to it. Does not look at VMAs; that is rmap/family.h.
 */
#ifndef RMAP_INSPECT_CENSUS_LINEAGE_H
#define RMAP_INSPECT_CENSUS_LINEAGE_H

#include "census/tally.h"

struct lineage {
	kaddr_t root;
	uint64_t n_anon_vmas;	/* that have pages */
	uint64_t depth;		/* parents between the deepest and the root */
	struct tally_row sum;	/* its key is the root */
};

DEFINE_VEC(lineage_vec, struct lineage)

/*
 * by_anon_vma: the key of each row is an anon_vma. Those that cannot be read
 * are recorded in gaps. The family with the most frames comes first.
 */
enum status lineages_find(struct kernel *kernel,
			  const struct tally *by_anon_vma,
			  struct lineage_vec *families,
			  struct gaps *gaps) must_check;

#endif
