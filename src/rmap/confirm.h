/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a candidate is a mapping: the page table of its mm decides.
 *
 * Does what page_vma_mapped_walk() does, read only. Knows nothing of how the
 * candidate was found.
 */
#ifndef RMAP_INSPECT_RMAP_CONFIRM_H
#define RMAP_INSPECT_RMAP_CONFIRM_H

#include "base/map.h"
#include "mm/pgtable.h"
#include "mm/vma.h"
#include "rmap/state.h"

/* Top tables by mm_struct, since a walk comes back to the same few. */
struct confirmer {
	struct kernel *kernel;
	struct map pgds;
};

void confirmer_fini(struct confirmer *confirmer);

/*
 * Look up address in the VMA's mm. *ret_state is what the entry there,
 * *ret_entry, says of the target: STATE_NONE when it is about another frame, or
 * about none. Failure: the tables cannot be read, so that nobody knows.
 */
enum status confirm(struct confirmer *confirmer, const struct vma *vma,
		    uaddr_t address, const struct map_target *target,
		    enum map_state *ret_state,
		    struct pgtable_entry *ret_entry) must_check;

#endif
