/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Candidates without a tree: the other road for many pages, where the trees of
 * their objects break off.
 *
 * Wherever a page of a file or an anonymous page is mapped, it is at the place
 * in its VMA that its index says. So all VMAs that have such a place are
 * candidates, whatever leads to them; the page tables tell the rest. Pages of
 * KSM have no index.
 */
#ifndef RMAP_INSPECT_RMAP_EVERY_VMA_H
#define RMAP_INSPECT_RMAP_EVERY_VMA_H

#include "base/cleanup.h"
#include "mm/task.h"
#include "rmap/generator.h"

struct every_vma;

/*
 * The VMAs of all address spaces that are known. What could not be read of them
 * they have told whoever asked for their page tables. Release with
 * every_vma_free().
 */
enum status every_vma_read(struct kernel *kernel, const struct tasks *tasks,
			   struct every_vma **ret_every) must_check;
void every_vma_free(struct every_vma *every);	/* accepts NULL */
DEFINE_CLEANUP(struct every_vma, every_vma_free)

/* Of one kind of page or the other. For several threads at the same time. */
enum status every_vma_candidates(const struct every_vma *every,
				 struct kernel *kernel, bool anonymous,
				 const struct candidate_query *query,
				 candidate_fn *fn, void *arg) must_check;

#endif
