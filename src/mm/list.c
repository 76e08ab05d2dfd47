/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two shapes of a list differ in where they end. A circle has two ends to
 * begin from.
 */
#include "mm/list.h"

#include "mm/guard.h"

struct walk {
	struct kernel *kernel;
	const struct list *list;
	struct guard guard;
	struct gaps *gaps;
};

static kaddr_t entry_of(const struct walk *walk, kaddr_t node)
{
	return container_of_member(walk->kernel, walk->list->link, node);
}

/* The end of the list as far as it can be seen. */
static enum status give_up(const struct walk *walk, kaddr_t node,
			   enum status st)
{
	gaps_addf(walk->gaps, walk->list->what, walk->kernel->diag.text,
		  "%s %#llx", walk->list->entry,
		  (unsigned long long)entry_of(walk, node).v);
	return st == ST_NO_MEMORY ? st : ST_OK;
}

/* Both kinds of link begin with the way to the next one. */
static enum status read_next(const struct walk *walk, kaddr_t node,
			     enum member_id next, kaddr_t *ret_next)
{
	const struct layout *layout = &walk->kernel->facts.layout;

	return kernel_read_word(walk->kernel,
				kaddr_add(node, layout->members[next].offset),
				&ret_next->v);
}

/* Silently: that the list is broken has been recorded. */
static enum status walk_back(struct walk *walk, list_fn *fn, void *arg)
{
	struct kernel *kernel = walk->kernel;
	kaddr_t node = walk->list->head;

	if (!layout_has(&kernel->facts.layout, M_list_head_prev))
		return ST_OK;
	for (;;) {
		enum status st = read_next(walk, node, M_list_head_prev, &node);

		if (st || kaddr_equal(node, walk->list->head) ||
		    map_find(&walk->guard.seen, node.v))
			return ST_OK;
		st = guard_visit(&walk->guard, node, &kernel->diag);
		if (st)
			return st == ST_NO_MEMORY ? st : ST_OK;
		st = fn(entry_of(walk, node), arg);
		if (st)
			return st;
	}
}

static enum status walk_circle(struct walk *walk, list_fn *fn, void *arg)
{
	struct kernel *kernel = walk->kernel;
	kaddr_t node = walk->list->head;

	for (;;) {
		enum status st = read_next(walk, node, M_list_head_next,
					   &node);

		if (!st && kaddr_equal(node, walk->list->head))
			return ST_OK;
		if (!st)
			st = guard_visit(&walk->guard, node, &kernel->diag);
		if (st) {
			st = give_up(walk, node, st);
			return st ? st : walk_back(walk, fn, arg);
		}
		st = fn(entry_of(walk, node), arg);
		if (st)
			return st;
	}
}

enum status list_for_each(struct kernel *kernel, const struct list *list,
			  list_fn *fn, void *arg, struct gaps *gaps)
{
	struct walk walk = { kernel, list, { { 0 } }, gaps };
	enum status st = walk_circle(&walk, fn, arg);

	guard_fini(&walk.guard);
	return st;
}

/* An entry whose link cannot be read is not handed out: nor could the rest be. */
static enum status walk_hlist(struct walk *walk, list_fn *fn, void *arg)
{
	struct kernel *kernel = walk->kernel;
	kaddr_t node = walk->list->head;

	while (node.v) {
		kaddr_t next;
		enum status st = guard_visit(&walk->guard, node,
					     &kernel->diag);

		if (!st)
			st = read_next(walk, node, M_hlist_node_next, &next);
		if (st)
			return give_up(walk, node, st);
		st = fn(entry_of(walk, node), arg);
		if (st)
			return st;
		node = next;
	}
	return ST_OK;
}

enum status hlist_for_each(struct kernel *kernel, const struct list *list,
			   list_fn *fn, void *arg, struct gaps *gaps)
{
	struct walk walk = { kernel, list, { { 0 } }, gaps };
	enum status st = walk_hlist(&walk, fn, arg);

	guard_fini(&walk.guard);
	return st;
}
