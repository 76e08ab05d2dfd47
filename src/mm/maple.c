/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decoding maple nodes: mas_walk() and its relatives, without the locks. */
#include "mm/maple.h"

#include "mm/guard.h"

/* lib/maple_tree.c: mte_to_node(), mte_node_type(), xa_is_node(). */
#define NODE_MASK	0xffULL
#define TYPE_SHIFT	3
#define TYPE_MASK	0xfULL
#define RESERVED_END	4096

/* A tree of 2^64 entries is not deeper (MAPLE_HEIGHT_MAX). */
#define MAX_HEIGHT	31

/* enum maple_type */
enum node_type {
	LEAF_64 = 1,
	RANGE_64 = 2,
	ARANGE_64 = 3,
	N_NODE_TYPES,
};

struct node_shape {
	bool known;
	bool leaf;
	enum member_id pivots;
	enum member_id slots;
};

static const struct node_shape shapes[N_NODE_TYPES] = {
	[LEAF_64] = { true, true, M_maple_node_range_pivot,
		      M_maple_node_range_slot },
	[RANGE_64] = { true, false, M_maple_node_range_pivot,
		       M_maple_node_range_slot },
	[ARANGE_64] = { true, false, M_maple_node_arange_pivot,
			M_maple_node_arange_slot },
};

struct walk {
	struct kernel *kernel;
	maple_fn *fn;
	void *arg;
	struct gaps *gaps;
	struct guard guard;
};

static bool is_node(uint64_t word)
{
	return (word & 3) == 2 && word > RESERVED_END;
}

/* Entries for the tree's own use, XA_ZERO_ENTRY among them (a failed fork). */
static bool is_reserved(uint64_t word)
{
	return (word & 3) == 2 && word < RESERVED_END;
}

static void record(const struct walk *walk, uint64_t word)
{
	gaps_addf(walk->gaps, "maple tree", walk->kernel->diag.text,
		  "node %#llx", (unsigned long long)(word & ~NODE_MASK));
}

static enum status open_node(struct walk *walk, uint64_t word,
			     struct object *ret_node,
			     const struct node_shape **ret_shape)
{
	struct kernel *kernel = walk->kernel;
	kaddr_t address = KADDR(word & ~NODE_MASK);
	unsigned int type = word >> TYPE_SHIFT & TYPE_MASK;
	enum status st;

	if (type >= N_NODE_TYPES || !shapes[type].known)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "maple node %#llx: type %u",
				 (unsigned long long)address.v, type);
	st = guard_visit(&walk->guard, address, &kernel->diag);
	if (!st)
		st = object_read(kernel, S_maple_node, address, ret_node);
	if (st)
		return st;
	/* A node freed under RCU is its own parent (ma_dead_node()). */
	if ((object_value(ret_node, M_maple_node_parent) & ~NODE_MASK) ==
	    address.v)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "maple node %#llx: freed",
				 (unsigned long long)address.v);
	*ret_shape = &shapes[type];
	return ST_OK;
}

static enum status walk_node(struct walk *walk, uint64_t word, uint64_t max,
			     unsigned int depth);

static enum status walk_slot(struct walk *walk, const struct node_shape *shape,
			     uint64_t word, uint64_t max, unsigned int depth)
{
	if (!shape->leaf)
		return walk_node(walk, word, max, depth + 1);
	if (!word || is_reserved(word))
		return ST_OK;
	if (is_node(word)) {
		diag_set(&walk->kernel->diag, "a node in the place of an entry");
		record(walk, word);
		return ST_OK;
	}
	return walk->fn(KADDR(word), walk->arg);
}

/*
 * The last slot in use is the one whose upper bound reaches the node's own.
 * Past the end pivots are zero, and slots hold what was there before.
 */
static enum status walk_slots(struct walk *walk, const struct object *node,
			      const struct node_shape *shape, uint64_t max,
			      unsigned int depth)
{
	const struct layout *layout = &walk->kernel->facts.layout;
	const size_t n_pivots = layout->members[shape->pivots].count;
	const size_t n_slots = layout->members[shape->slots].count;

	for (size_t i = 0; i < n_slots; i++) {
		uint64_t high = i < n_pivots ?
				object_element(node, shape->pivots, i) : max;
		enum status st;

		if (i && !high)
			high = max;
		st = walk_slot(walk, shape,
			       object_element(node, shape->slots, i),
			       high < max ? high : max, depth);
		if (st || high >= max)
			return st;
	}
	return ST_OK;
}

static enum status walk_node(struct walk *walk, uint64_t word, uint64_t max,
			     unsigned int depth)
{
	const struct node_shape *shape = NULL;
	struct object node;
	enum status st;

	if (depth > MAX_HEIGHT)
		st = diag_fail(&walk->kernel->diag, ST_BUDGET,
			       "deeper than a maple tree can be");
	else
		st = open_node(walk, word, &node, &shape);
	if (st == ST_NO_MEMORY)
		return st;
	if (st) {
		record(walk, word);
		return ST_OK;
	}
	return walk_slots(walk, &node, shape, max, depth);
}

enum status maple_for_each(struct kernel *kernel, uint64_t root, maple_fn *fn,
			   void *arg, struct gaps *gaps)
{
	struct walk walk = { kernel, fn, arg, gaps, { { 0 } } };
	enum status st;

	if (!is_node(root)) {
		/* One entry, for index 0 alone: never a VMA. */
		if (root)
			gaps_addf(gaps, "maple tree", "not a node",
				  "root %#llx", (unsigned long long)root);
		return ST_OK;
	}
	st = walk_node(&walk, root, UINT64_MAX, 0);
	guard_fini(&walk.guard);
	return st;
}
