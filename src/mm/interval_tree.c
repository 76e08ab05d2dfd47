/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walking the trees, pruned as the kernel prunes them or not at all. */
#include "mm/interval_tree.h"

#include "mm/rb_tree.h"

/* What the walk needs of a node, of either tree. */
struct tree_node {
	struct rb_children children;
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
	struct rb_walk rb;
};

static void record(const struct walk *walk, kaddr_t rb)
{
	gaps_addf(walk->gaps, walk->ops->name, walk->kernel->diag.text,
		  "node %#llx of %#llx",
		  (unsigned long long)container_of_member(walk->kernel,
							  walk->ops->rb, rb).v,
		  (unsigned long long)walk->query->owner.v);
}

static enum status read_node(struct walk *walk, kaddr_t rb,
			     struct tree_node *node)
{
	struct kernel *kernel = walk->kernel;
	struct object object;
	enum status st = rb_walk_read(&walk->rb, rb, &node->children);

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
			  kernel->mmu.page_shift) - 1;
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
		st = rb_walk_push(&walk->rb, node->children.right);
	return st ? st : rb_walk_push(&walk->rb, node->children.left);
}

static enum status visit_node(struct walk *walk, kaddr_t rb, tree_fn *fn,
			      void *arg)
{
	struct tree_node node = { .has_vma = false };
	enum status st = read_node(walk, rb, &node);

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
		.rb = { .kernel = kernel },
	};
	enum status st = rb_walk_push(&walk.rb, query->root);
	kaddr_t rb;

	while (!st && rb_walk_pop(&walk.rb, &rb))
		st = visit_node(&walk, rb, fn, arg);
	rb_walk_fini(&walk.rb);
	return st;
}
