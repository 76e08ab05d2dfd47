/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/rb_tree.h"

void rb_walk_fini(struct rb_walk *walk)
{
	guard_fini(&walk->guard);
	rb_node_vec_fini(&walk->pending);
}

enum status rb_walk_push(struct rb_walk *walk, kaddr_t rb)
{
	if (!rb.v)
		return ST_OK;
	if (rb_node_vec_push(&walk->pending, rb))
		return diag_no_memory(&walk->kernel->diag);
	return ST_OK;
}

bool rb_walk_pop(struct rb_walk *walk, kaddr_t *ret_rb)
{
	if (!walk->pending.n)
		return false;
	*ret_rb = walk->pending.items[--walk->pending.n];
	return true;
}

enum status rb_walk_read(struct rb_walk *walk, kaddr_t rb,
			 struct rb_children *ret_children)
{
	struct object node;
	enum status st = guard_visit(&walk->guard, rb, &walk->kernel->diag);

	if (!st)
		st = object_read(walk->kernel, S_rb_node, rb, &node);
	if (st)
		return st;
	ret_children->left = object_pointer(&node, M_rb_node_left);
	ret_children->right = object_pointer(&node, M_rb_node_right);
	return ST_OK;
}
