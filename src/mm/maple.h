/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The maple tree (lib/maple_tree.c, 6.1 and later), read only.
 *
 * Knows nodes, pivots and slots; what the entries are is the caller's.
 */
#ifndef RMAP_INSPECT_MM_MAPLE_H
#define RMAP_INSPECT_MM_MAPLE_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status maple_fn(kaddr_t entry, void *arg);

/*
 * Each pointer entry of the tree with this root word (maple_tree.ma_root), in
 * order of index. A node that cannot be read is recorded in gaps, and the
 * walk goes on beside it.
 */
enum status maple_for_each(struct kernel *kernel, uint64_t root, maple_fn *fn,
			   void *arg, struct gaps *gaps) must_check;

#endif
