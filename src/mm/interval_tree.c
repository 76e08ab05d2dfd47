/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walking the trees, pruned as the kernel prunes them or not at all. */
#include "mm/interval_tree.h"

#include "base/vec.h"
#include "mm/guard.h"

DEFINE_VEC(node_vec, kaddr_t)

/* What the walk needs of a node, of either tree. */
struct tree_node {
	kaddr_t left, right;	/* embedded rb_nodes */
	uint64_t subtree_last;	/* the largest end below */
	struct tree_hit hit;
	bool has_vma;
};

struct tree_ops {
	const char *name;
	enum struct_id type;
	enum member_id rb;
	enum member_id subtree_last;
	/* Fill in hit.vma and the start of its interval. */
	enum status (*load)(struct kernel *kernel, const struct object *object,
			    const struct tree_query *query,
			    struct tree_hit *hit);
};

static enum status load_avc(struct kernel *kernel, const struct object *avc,
			    const struct tree_query *query,
			    struct tree_hit *hit)
{
	kaddr_t owner = object_pointer(avc, M_anon_vma_chain_anon_vma);
	enum status st;

	if (!kaddr_equal(owner, query->owner))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "belongs to anon_vma %#llx",
				 (unsigned long long)owner.v);
	st = vma_read(kernel, object_pointer(avc, M_anon_vma_chain_vma),
		      &hit->vma);
	if (!st)
		hit->first = hit->vma.anon_pgoff;
	return st;
}

static enum status load_vma(struct kernel *kernel, const struct object *vma,
			    const struct tree_query *query,
			    struct tree_hit *hit)
{
	enum status st = vma_read(kernel, vma->address, &hit->vma);

	(void)query;
	if (!st)
		hit->first = hit->vma.pgoff;
	return st;
}

static const struct tree_ops trees[] = {
	[TREE_ANON] = {
		.name = "anon_vma tree",
		.type = S_anon_vma_chain,
		.rb = M_anon_vma_chain_rb,
		.subtree_last = M_anon_vma_chain_rb_subtree_last,
		.load = load_avc,
	},
	[TREE_FILE] = {
		.name = "i_mmap tree",
		.type = S_vm_area_struct,
		.rb = M_vm_area_struct_rb,
		.subtree_last = M_vm_area_struct_rb_subtree_last,
		.load = load_vma,
	},
};

struct walk {
	struct kernel *kernel;
	const struct tree_query *query;
	const struct tree_ops *ops;
	struct gaps *gaps;
	struct guard guard;
	struct node_vec pending;
};

static void record(const struct walk *walk, kaddr_t rb)
{
	gaps_addf(walk->gaps, walk->ops->name, walk->kernel->diag.text,
		  "node %#llx of %#llx",
		  (unsigned long long)container_of_member(walk->kernel,
							  walk->ops->rb, rb).v,
		  (unsigned long long)walk->query->owner.v);
}

/* The embedded rb_node. */
static enum status read_links(struct walk *walk, kaddr_t rb,
			      struct tree_node *node)
{
	struct object links;
	enum status st = object_read(walk->kernel, S_rb_node, rb, &links);

	if (st)
		return st;
	node->left = object_pointer(&links, M_rb_node_left);
	node->right = object_pointer(&links, M_rb_node_right);
	return ST_OK;
}

static enum status read_node(struct walk *walk, kaddr_t rb,
			     struct tree_node *node)
{
	struct kernel *kernel = walk->kernel;
	struct object object;
	enum status st;

	st = read_links(walk, rb, node);
	if (!st)
		st = object_read(kernel, walk->ops->type,
				 container_of_member(kernel, walk->ops->rb, rb),
				 &object);
	if (st)
		return st;
	node->subtree_last = object_value(&object, walk->ops->subtree_last);
	node->hit.node = object.address;
	if (walk->ops->load(kernel, &object, walk->query, &node->hit)) {
		/* Its children can still be right. */
		record(walk, rb);
		return ST_OK;
	}
	node->hit.last = node->hit.first +
			 ((node->hit.vma.end - node->hit.vma.start) >>
			  kernel->arch->page_shift) - 1;
	if (node->hit.last < node->hit.first) {
		diag_set(&kernel->diag, "page offset %#llx wraps around",
			 (unsigned long long)node->hit.first);
		record(walk, rb);
		return ST_OK;
	}
	node->has_vma = true;
	return ST_OK;
}

static bool overlaps(const struct tree_query *query, const struct tree_hit *hit)
{
	return hit->first <= query->last && query->first <= hit->last;
}

static enum status push_child(struct walk *walk, kaddr_t rb)
{
	if (!rb.v)
		return ST_OK;
	return node_vec_push(&walk->pending, rb);
}

/*
 * As the kernel prunes: the whole subtree when it ends before the query
 * begins; the right one, whose intervals start later, when this node already
 * starts behind the query's end.
 */
static enum status push_children(struct walk *walk,
				 const struct tree_node *node)
{
	const struct tree_query *query = walk->query;
	bool all = query->exhaustive || !node->has_vma;
	enum status st = ST_OK;

	if (!all && node->subtree_last < query->first)
		return ST_OK;
	if (all || node->hit.first <= query->last)
		st = push_child(walk, node->right);
	if (!st)
		st = push_child(walk, node->left);
	return st ? diag_no_memory(&walk->kernel->diag) : ST_OK;
}

static enum status visit_node(struct walk *walk, kaddr_t rb, tree_fn *fn,
			      void *arg)
{
	struct tree_node node = { .has_vma = false };
	enum status st = guard_visit(&walk->guard, rb, &walk->kernel->diag);

	if (!st)
		st = read_node(walk, rb, &node);
	if (st == ST_NO_MEMORY)
		return st;
	if (st) {
		record(walk, rb);
		return ST_OK;
	}
	st = push_children(walk, &node);
	if (!st && node.has_vma && overlaps(walk->query, &node.hit))
		st = fn(&node.hit, arg);
	return st;
}

enum status interval_tree_for_each(struct kernel *kernel,
				   const struct tree_query *query, tree_fn *fn,
				   void *arg, struct gaps *gaps)
{
	struct walk walk = {
		.kernel = kernel,
		.query = query,
		.ops = &trees[query->type],
		.gaps = gaps,
	};
	enum status st = push_child(&walk, query->root);

	if (st)
		st = diag_no_memory(&kernel->diag);
	while (!st && walk.pending.n)
		st = visit_node(&walk, walk.pending.items[--walk.pending.n],
				fn, arg);
	guard_fini(&walk.guard);
	node_vec_fini(&walk.pending);
	return st;
}
