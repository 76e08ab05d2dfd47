/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Down both sides of each node, and up with what is below. */
#include "audit/tree.h"

#include "mm/guard.h"

/* A red-black tree of 2^48 nodes is not deeper. */
#define MAX_DEPTH	100u

/* lib/rbtree.c, include/linux/rbtree_augmented.h. */
#define RB_BLACK	1ULL
#define RB_FLAGS	3ULL

struct shape {
	const char *owner_name, *node_name;
	const char *tree;
	enum struct_id type;
	enum member_id rb, subtree_last;
};

static const struct shape shapes[] = {
	[TREE_ANON] = { "anon_vma", "AVC", "anon_vma tree", S_anon_vma_chain,
			M_anon_vma_chain_rb, M_anon_vma_chain_rb_subtree_last },
	[TREE_FILE] = { "address_space", "VMA", "i_mmap tree",
			S_vm_area_struct, M_vm_area_struct_rb,
			M_vm_area_struct_rb_subtree_last },
};

struct check {
	struct kernel *kernel;
	const struct tree_to_check *tree;
	const struct shape *shape;
	struct findings *findings;
	struct gaps *gaps;
	struct guard guard;
	bool whole;
	bool has_before;
	uint64_t before;	/* start of the node before, in order */
	kaddr_t first;		/* the leftmost rb_node */
};

/* One node without what is below. */
struct node {
	kaddr_t rb;
	kaddr_t left, right, parent;
	bool black;
	uint64_t subtree_last;
	struct tree_item item;
	bool has_interval;
	uint64_t start, last;
};

struct below {
	bool known;		/* all of it was seen */
	uint64_t last;		/* the largest end */
	unsigned int blacks;	/* on each way down */
	bool even;		/* blacks is the same for all of them */
};

static void record(struct check *check, kaddr_t rb)
{
	check->whole = false;
	gaps_addf(check->gaps, check->shape->tree, check->kernel->diag.text,
		  "node %#llx of %#llx",
		  (unsigned long long)container_of_member(check->kernel,
				check->shape->rb, rb).v,
		  (unsigned long long)check->tree->owner.v);
}

static void accuse(struct check *check, enum audit_rule rule,
		   const struct node *node, const char *what, uint64_t is,
		   uint64_t should)
{
	findings_add(check->findings, rule, &check->tree->holder,
		     OBJECTS({ check->shape->owner_name,
			       check->tree->owner.v },
			     { check->shape->node_name, node->item.node.v }),
		     "%s: %#llx instead of %#llx", what,
		     (unsigned long long)is, (unsigned long long)should);
}

/* ---- reading ---- */

static void take_interval(struct node *node, uint64_t start,
			  const struct vma *vma, unsigned int page_shift)
{
	node->start = start;
	node->last = start + ((vma->end - vma->start) >> page_shift) - 1;
	node->has_interval = true;
}

static enum status read_item(struct check *check, struct node *node)
{
	struct kernel *kernel = check->kernel;
	const unsigned int page_shift = kernel->mmu.page_shift;
	struct object object;
	struct vma vma;
	enum status st;

	node->item.node = container_of_member(kernel, check->shape->rb,
					      node->rb);
	st = object_read(kernel, check->shape->type, node->item.node, &object);
	if (st)
		return st;
	node->subtree_last = object_value(&object, check->shape->subtree_last);
	node->item.vma = node->item.node;
	if (check->tree->type == TREE_ANON) {
		node->item.vma = object_pointer(&object, M_anon_vma_chain_vma);
		node->item.owner = object_pointer(&object,
						  M_anon_vma_chain_anon_vma);
	}
	st = vma_read(kernel, node->item.vma, &vma);
	if (st)
		return st;
	take_interval(node, check->tree->type == TREE_ANON ? vma.anon_pgoff :
			    vma.pgoff, &vma, page_shift);
	return ST_OK;
}

static enum status read_links(struct check *check, struct node *node)
{
	struct object object;
	enum status st = guard_visit(&check->guard, node->rb,
				     &check->kernel->diag);
	uint64_t word;

	if (!st)
		st = object_read(check->kernel, S_rb_node, node->rb, &object);
	if (st)
		return st;
	node->left = object_pointer(&object, M_rb_node_left);
	node->right = object_pointer(&object, M_rb_node_right);
	if (!layout_has(object.layout, M_rb_node_parent_color))
		return ST_OK;
	word = object_value(&object, M_rb_node_parent_color);
	node->parent = KADDR(word & ~RB_FLAGS);
	node->black = word & RB_BLACK;
	return ST_OK;
}

/* ---- one node ---- */

static void check_place(struct check *check, const struct node *node,
			const struct node *parent)
{
	if (!layout_has(&check->kernel->facts.layout, M_rb_node_parent_color))
		return;
	if (!kaddr_equal(node->parent, parent ? parent->rb : KADDR(0)))
		accuse(check, RULE_TREE_PARENT, node, "parent",
		       node->parent.v, parent ? parent->rb.v : 0);
	if (!node->black && (!parent || !parent->black))
		findings_add(check->findings, RULE_TREE_COLOUR,
			     &check->tree->holder,
			     OBJECTS({ check->shape->owner_name,
				       check->tree->owner.v },
				     { check->shape->node_name,
				       node->item.node.v }),
			     "%s", parent ? "red, as its parent is" :
			     "the root, and red");
}

static enum status tell_in_order(struct check *check, const struct node *node)
{
	if (!check->first.v)
		check->first = node->rb;
	if (node->has_interval) {
		if (check->has_before && node->start < check->before)
			accuse(check, RULE_TREE_ORDER, node,
			       "start before that of the node before",
			       node->start, check->before);
		check->before = node->start;
		check->has_before = true;
	}
	return check->tree->fn(&node->item, check->tree->arg);
}

static void check_augmented(struct check *check, const struct node *node,
			    const struct below *left,
			    const struct below *right, struct below *ret_below)
{
	uint64_t last = node->last;

	ret_below->known = left->known && right->known && node->has_interval;
	if (!ret_below->known)
		return;
	if (left->last > last)
		last = left->last;
	if (right->last > last)
		last = right->last;
	if (node->subtree_last != last)
		accuse(check, RULE_TREE_AUGMENTED, node, "rb_subtree_last",
		       node->subtree_last, last);
	ret_below->last = last;
}

static void check_balance(struct check *check, const struct node *node,
			  const struct below *left, const struct below *right,
			  struct below *ret_below)
{
	ret_below->even = left->even && right->even &&
			  layout_has(&check->kernel->facts.layout,
				     M_rb_node_parent_color);
	if (ret_below->even && left->blacks != right->blacks) {
		accuse(check, RULE_TREE_BALANCE, node,
		       "black nodes on the right", right->blacks,
		       left->blacks);
		ret_below->even = false;
	}
	ret_below->blacks = left->blacks + node->black;
}

/* ---- all nodes ---- */

static enum status check_below(struct check *check, kaddr_t rb,
			       const struct node *parent, unsigned int depth,
			       struct below *ret_below);

/* Fails for want of memory alone. *ret_seen: the node is one. */
static enum status open_node(struct check *check, struct node *node,
			     unsigned int depth, bool *ret_seen)
{
	enum status st = depth > MAX_DEPTH ?
		diag_fail(&check->kernel->diag, ST_BUDGET,
			  "deeper than a red-black tree can be") :
		read_links(check, node);

	*ret_seen = !st;
	if (!st)
		st = read_item(check, node);
	if (st)
		record(check, node->rb);
	return st == ST_NO_MEMORY ? st : ST_OK;
}

static enum status check_node(struct check *check, const struct node *node,
			      unsigned int depth, struct below *ret_below)
{
	struct below left, right;
	enum status st = check_below(check, node->left, node, depth + 1, &left);

	if (!st)
		st = tell_in_order(check, node);
	if (!st)
		st = check_below(check, node->right, node, depth + 1, &right);
	if (st)
		return st;
	check_augmented(check, node, &left, &right, ret_below);
	check_balance(check, node, &left, &right, ret_below);
	return ST_OK;
}

static enum status check_below(struct check *check, kaddr_t rb,
			       const struct node *parent, unsigned int depth,
			       struct below *ret_below)
{
	struct node node = { .rb = rb };
	bool seen;
	enum status st;

	*ret_below = (struct below) { .known = true, .even = true };
	if (!rb.v)
		return ST_OK;
	*ret_below = (struct below) { .known = false };
	st = open_node(check, &node, depth, &seen);
	if (st || !seen)
		return st;
	check_place(check, &node, parent);
	return check_node(check, &node, depth, ret_below);
}

static void check_leftmost(struct check *check)
{
	const struct tree_to_check *tree = check->tree;

	if (!tree->has_leftmost || !check->whole ||
	    kaddr_equal(tree->leftmost, check->first))
		return;
	findings_add(check->findings, RULE_TREE_LEFTMOST, &tree->holder,
		     OBJECTS({ check->shape->owner_name, tree->owner.v }),
		     "rb_leftmost: %#llx instead of %#llx",
		     (unsigned long long)tree->leftmost.v,
		     (unsigned long long)check->first.v);
}

enum status tree_check(struct kernel *kernel, const struct tree_to_check *tree,
		       struct findings *findings, struct gaps *gaps,
		       bool *ret_whole)
{
	struct check check = {
		.kernel = kernel,
		.tree = tree,
		.shape = &shapes[tree->type],
		.findings = findings,
		.gaps = gaps,
		.whole = true,
	};
	struct below below;
	enum status st = check_below(&check, tree->root, NULL, 0, &below);

	guard_fini(&check.guard);
	if (st)
		return st;
	check_leftmost(&check);
	*ret_whole = check.whole;
	return ST_OK;
}
