/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decoding nodes: xas_load() and its relatives, without the locks. */
#include "mm/xarray.h"

#include "mm/guard.h"

/*
 * include/linux/xarray.h: 10 is an internal entry, a number below 4096 in it
 * no node (xa_is_node()); 1 a value.
 * include/linux/radix-tree.h until 4.19: 01 is a node, 10 an exceptional entry.
 */
struct coding {
	unsigned int internal;		/* the two low bits of a node */
	unsigned int value_mask, value;	/* those of a value */
	unsigned int value_shift;
};

static const struct coding xarray_coding = { 2, 1, 1, 1 };
static const struct coding radix_tree_coding = { 1, 3, 2, 2 };

#define LOW_BITS	3ULL
#define RESERVED_END	4096

struct walk {
	struct kernel *kernel;
	const struct coding *coding;
	size_t n_slots;			/* of a node, a power of two */
	unsigned int slot_bits;
	kaddr_t owner;
	xarray_fn *fn;
	void *arg;
	struct gaps *gaps;
	struct guard guard;
};

/* A node and where it stands. */
struct position {
	kaddr_t node;
	unsigned int shift;		/* index bits below a slot */
	uint64_t base;			/* the first index */
	struct object object;
};

static void record(const struct walk *walk, uint64_t word)
{
	gaps_addf(walk->gaps, "xarray", walk->kernel->diag.text,
		  "entry %#llx of %#llx", (unsigned long long)word,
		  (unsigned long long)walk->owner.v);
}

static bool is_internal(const struct walk *walk, uint64_t word)
{
	return (word & LOW_BITS) == walk->coding->internal;
}

/* Also what says "try again" while the tree changes: no entry either. */
static bool is_reserved(const struct walk *walk, uint64_t word)
{
	return is_internal(walk, word) && word < RESERVED_END;
}

/*
 * The slots behind an entry that fills several name the first: by its number,
 * or in the radix tree by its address (is_sibling_entry()).
 */
static bool is_sibling(const struct walk *walk, const struct position *at,
		       uint64_t word)
{
	uint64_t slots = at->node.v + walk->kernel->facts.layout.members[
						M_xa_node_slots].offset;
	uint64_t target = word & ~LOW_BITS;

	if (!is_internal(walk, word))
		return false;
	if (walk->coding == &xarray_coding)
		return word >> 2 < walk->n_slots - 1;
	return target >= slots && target < slots + 8 * walk->n_slots;
}

static enum status bad_shift(struct walk *walk, kaddr_t node,
			     unsigned int shift)
{
	return diag_fail(&walk->kernel->diag, ST_CORRUPT,
			 "xa_node %#llx: shift %u makes no sense there",
			 (unsigned long long)node.v, shift);
}

/* parent: NULL for the topmost node, whose shift tells how high the tree is. */
static enum status open_node(struct walk *walk, uint64_t word,
			     const struct position *parent,
			     struct position *at)
{
	struct kernel *kernel = walk->kernel;
	enum status st;

	at->node = KADDR(word & ~LOW_BITS);
	st = guard_visit(&walk->guard, at->node, &kernel->diag);
	if (!st)
		st = object_read(kernel, S_xa_node, at->node, &at->object);
	if (st)
		return st;
	at->shift = object_value(&at->object, M_xa_node_shift);
	if (parent ? at->shift + walk->slot_bits != parent->shift :
		     at->shift >= 64 || at->shift % walk->slot_bits)
		return bad_shift(walk, at->node, at->shift);
	return ST_OK;
}

static enum status hand_out(struct walk *walk, uint64_t word, uint64_t index,
			    uint64_t n)
{
	const struct coding *coding = walk->coding;
	struct xarray_entry entry = { .index = index, .n = n };

	if (!word || is_reserved(walk, word))
		return ST_OK;
	entry.is_value = (word & coding->value_mask) == coding->value;
	if (entry.is_value)
		entry.value = word >> coding->value_shift;
	else
		entry.pointer = KADDR(word);
	return walk->fn(&entry, walk->arg);
}

static enum status walk_word(struct walk *walk, uint64_t word,
			     const struct position *parent, uint64_t base);

static enum status walk_slot(struct walk *walk, const struct position *at,
			     size_t i)
{
	uint64_t word = object_element(&at->object, M_xa_node_slots, i);
	uint64_t index = at->base + ((uint64_t)i << at->shift);
	size_t siblings = 0;

	if (is_sibling(walk, at, word))
		return ST_OK;
	if (is_internal(walk, word) && !is_reserved(walk, word)) {
		if (at->shift)
			return walk_word(walk, word, at, index);
		diag_set(&walk->kernel->diag, "a node below the lowest");
		record(walk, word);
		return ST_OK;
	}
	while (i + siblings + 1 < walk->n_slots &&
	       is_sibling(walk, at, object_element(&at->object,
						   M_xa_node_slots,
						   i + siblings + 1)))
		siblings++;
	return hand_out(walk, word, index, (1 + siblings) << at->shift);
}

/* As deep as shifts go down to 0. */
static enum status walk_word(struct walk *walk, uint64_t word,
			     const struct position *parent, uint64_t base)
{
	struct position at = { .base = base };
	enum status st = open_node(walk, word, parent, &at);

	if (st == ST_NO_MEMORY)
		return st;
	if (st) {
		record(walk, word);
		return ST_OK;
	}
	for (size_t i = 0; i < walk->n_slots; i++) {
		/* Slots beyond the last index there is. */
		if (at.shift && i >> (64 - at.shift))
			return ST_OK;
		st = walk_slot(walk, &at, i);
		if (st)
			return st;
	}
	return ST_OK;
}

static const struct coding *coding_of(const struct layout *layout)
{
	/* "xa_node" is the first of the names that it has had. */
	return layout->structs[S_xa_node].name ? &radix_tree_coding :
						 &xarray_coding;
}

unsigned int xarray_value_bits(const struct kernel *kernel)
{
	return 64 - coding_of(&kernel->facts.layout)->value_shift;
}

enum status xarray_for_each(struct kernel *kernel, const struct object *owner,
			    enum member_id root, xarray_fn *fn, void *arg,
			    struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	struct walk walk = {
		.kernel = kernel,
		.coding = coding_of(layout),
		.n_slots = layout->members[M_xa_node_slots].count,
		.owner = owner->address,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	uint64_t word = object_value(owner, root);
	enum status st;

	if (!layout_has(layout, M_xa_node_slots) || walk.n_slots < 2 ||
	    walk.n_slots & (walk.n_slots - 1)) {
		diag_set(&kernel->diag, "the layout of its nodes is not known");
		record(&walk, word);
		return ST_OK;
	}
	walk.slot_bits = __builtin_ctzll(walk.n_slots);
	if (!is_internal(&walk, word) || is_reserved(&walk, word))
		return hand_out(&walk, word, 0, 1);
	st = walk_word(&walk, word, NULL, 0);
	guard_fini(&walk.guard);
	return st;
}

enum status xarray_is_at(struct kernel *kernel, kaddr_t address, bool *ret_is)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct walk walk = { .coding = coding_of(layout) };
	struct object node;
	uint64_t word;
	enum status st;

	*ret_is = false;
	if (!layout_has(layout, M_xarray_xa_head) ||
	    !layout_has(layout, M_xa_node_array))
		return ST_OK;
	st = kernel_read_word(kernel, kaddr_add(address, layout->members[
						M_xarray_xa_head].offset),
			      &word);
	if (st || !is_internal(&walk, word) || is_reserved(&walk, word))
		return st;
	st = object_read(kernel, S_xa_node, KADDR(word & ~LOW_BITS), &node);
	/* Any other word can look like this one, and leads nowhere. */
	if (st == ST_NO_ADDRESS)
		return ST_OK;
	*ret_is = !st && object_pointer(&node, M_xa_node_array).v == address.v;
	return st;
}
