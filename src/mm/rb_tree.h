/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The nodes of a red-black tree, as they lie in the objects that it holds.
 *
 * Mirrors struct rb_node (include/linux/rbtree.h). The caller decides which
 * children to visit; this keeps those that are still to come, and sees to it
 * that none comes twice. Does not know keys, nor what the nodes are part of.
 */
#ifndef RMAP_INSPECT_MM_RB_TREE_H
#define RMAP_INSPECT_MM_RB_TREE_H

#include <stdbool.h>

#include "base/vec.h"
#include "kernel/kernel.h"
#include "mm/guard.h"

DEFINE_VEC(rb_node_vec, kaddr_t)

/* Zero-initialised but for the kernel is ready. */
struct rb_walk {
	struct kernel *kernel;
	struct guard guard;
	struct rb_node_vec pending;
};

void rb_walk_fini(struct rb_walk *walk);

/* Visit this rb_node and, later, what the caller pushes of it; 0: nothing. */
enum status rb_walk_push(struct rb_walk *walk, kaddr_t rb) must_check;

/* The node to visit next. False: there is none left. */
bool rb_walk_pop(struct rb_walk *walk, kaddr_t *ret_rb);

struct rb_children {
	kaddr_t left, right;	/* embedded rb_nodes, or 0 */
};

/* ST_BUDGET: the node was visited before. */
enum status rb_walk_read(struct rb_walk *walk, kaddr_t rb,
			 struct rb_children *ret_children) must_check;

#endif
