/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two interval trees of the reverse map: anon_vma.rb_root, whose nodes
 * are anon_vma_chain, and address_space.i_mmap, whose nodes are VMAs.
 *
 * Mirrors include/linux/interval_tree_generic.h as mm/interval_tree.c expands
 * it. Both map an interval of page offsets to a VMA; neither says that the VMA
 * has any page there.
 */
#ifndef RMAP_INSPECT_MM_INTERVAL_TREE_H
#define RMAP_INSPECT_MM_INTERVAL_TREE_H

#include <stdbool.h>

#include "base/gaps.h"
#include "kernel/kernel.h"
#include "mm/vma.h"

enum interval_tree_type {
	TREE_ANON,	/* anon_vma_chain by the VMA's anonymous offset */
	TREE_FILE,	/* vm_area_struct by vm_pgoff */
};

struct tree_hit {
	kaddr_t node;		/* the anon_vma_chain or vm_area_struct */
	struct vma vma;
	uint64_t first, last;	/* the interval, page offsets, both included */
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status tree_fn(const struct tree_hit *hit, void *arg);

struct tree_query {
	enum interval_tree_type type;
	kaddr_t owner;		/* anon_vma or address_space, for checks and messages */
	kaddr_t root;		/* the topmost rb_node, or 0 */
	uint64_t first, last;	/* page offsets wanted, both included */
	/* Visit every node: do not trust the augmented values to leave any out. */
	bool exhaustive;
};

/*
 * Each VMA whose interval overlaps the query. A node that cannot be read, or
 * belongs to another tree, is recorded in gaps; the rest is still visited.
 */
enum status interval_tree_for_each(struct kernel *kernel,
				   const struct tree_query *query, tree_fn *fn,
				   void *arg, struct gaps *gaps) must_check;

#endif
