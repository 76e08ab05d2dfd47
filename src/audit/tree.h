/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One interval tree, looked at as what it is: a red-black tree in order of
 * starts, each node with the largest end below.
 *
 * Mirrors lib/rbtree.c and include/linux/interval_tree_generic.h. Visits every
 * node, whatever the augmented values say.
 */
#ifndef RMAP_INSPECT_AUDIT_TREE_H
#define RMAP_INSPECT_AUDIT_TREE_H

#include "audit/rules.h"
#include "base/gaps.h"
#include "mm/interval_tree.h"

/* What stands in a node. */
struct tree_item {
	kaddr_t node;		/* AVC or VMA */
	kaddr_t owner;		/* anon_vma, as an AVC names it */
	kaddr_t vma;		/* 0: the node could not be read */
};

/* Anything but ST_OK ends the walk. */
typedef enum status tree_item_fn(const struct tree_item *item, void *arg);

struct tree_to_check {
	enum interval_tree_type type;
	kaddr_t owner;		/* anon_vma or address_space */
	kaddr_t root;		/* topmost rb_node, or 0 */
	bool has_leftmost;
	kaddr_t leftmost;	/* rb_node that is said to be the first */
	struct lock_holder holder;
	tree_item_fn *fn;
	void *arg;
};

/* What cannot be read is recorded in gaps; *ret_whole: nothing was. */
enum status tree_check(struct kernel *kernel, const struct tree_to_check *tree,
		       struct findings *findings, struct gaps *gaps,
		       bool *ret_whole) must_check;

#endif
