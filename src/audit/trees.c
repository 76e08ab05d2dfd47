/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trees of anon_vmas and files against the VMAs that say that they stand
 * there, and the anon_vmas' own words against both.
 */
#include <stdlib.h>

#include "audit/tree.h"
#include "audit/world.h"
#include "base/search.h"
#include "mm/page.h"

/* What an anon_vma counts; known as far as its layout is. */
struct anon_vma_counts {
	int64_t refcount, degree, n_children, n_active_vmas;
};

/* One tree, and all links that lead to it. */
struct group {
	enum interval_tree_type type;
	kaddr_t owner;
	struct link *links;	/* sorted by node */
	size_t n_links;
	bool visited;
	/* Of an anon_vma: */
	bool seen;
	kaddr_t root, parent;
	struct anon_vma_counts counts;
	uint64_t children, members, active_vmas;	/* as they are */
	struct lead_vec leads;	/* of the tree, to what no list has */
	struct findings findings;
	struct gaps gaps;
};

DEFINE_VEC(group_vec, struct group)

struct forest {
	struct world *world;
	struct group_vec groups;
	size_t n_anon;		/* the first ones */
	struct map place_of;	/* anon_vma → place in groups */
};

static const char *owner_name(const struct group *group)
{
	return group->type == TREE_ANON ? "anon_vma" : "address_space";
}

/* ---- a tree against the links to it ---- */

struct comparison {
	struct kernel *kernel;
	const struct forest *forest;
	struct group *group;
	struct lock_holder holder;
};

static struct link *find_link(const struct group *group, kaddr_t node)
{
	size_t n = partition_point(i, group->n_links,
				   group->links[i].node.v < node.v);

	return n < group->n_links &&
	       kaddr_equal(group->links[n].node, node) ?
	       &group->links[n] : NULL;
}

/* Freed memory does not always look like what it was, and is not read then. */
static enum status keep_leads(struct comparison *comparison,
			      const struct tree_item *item)
{
	struct group *group = comparison->group;
	const struct lead avc = { item->node, group->owner, LEAD_AVC };
	const struct lead vma = { item->vma, KADDR(0), LEAD_VMA };

	if ((group->type == TREE_ANON && lead_vec_push(&group->leads, avc)) ||
	    (item->vma.v && lead_vec_push(&group->leads, vma)))
		return diag_no_memory(&comparison->kernel->diag);
	return ST_OK;
}

/* Nobody that was seen has this node: its address space may be nobody's. */
static void judge_unknown(struct comparison *comparison,
			  const struct tree_item *item)
{
	struct kernel *kernel = comparison->kernel;
	struct group *group = comparison->group;
	bool anon = group->type == TREE_ANON;
	struct vma vma;
	enum status st;

	/* It may be in a list that could not be read, which is a gap. */
	if (!comparison->forest->world->lists_whole || !item->vma.v)
		return;
	st = vma_find(kernel, item->vma, &vma);
	if (st == ST_EXCLUDED || st == ST_IO || st == ST_NO_MEMORY)
		return;		/* nor could the tree's walk read it */
	if (!st && !tasks_of_mm(comparison->forest->world->tasks, vma.mm)) {
		gaps_addf(&group->gaps, "address space", "no process of the "
			  "task list has it, so its page tables were not read",
			  "mm %#llx", (unsigned long long)vma.mm.v);
		return;
	}
	findings_add(&group->findings,
		     anon ? RULE_AVC_LIST : RULE_I_MMAP_FOREIGN,
		     &comparison->holder,
		     OBJECTS({ owner_name(group), group->owner.v },
			     { anon ? "AVC" : "VMA", item->node.v },
			     { anon ? "VMA" : NULL, item->vma.v }),
		     "%s", st ? kernel->diag.text : anon ?
		     "the list of its VMA does not have it" :
		     "the VMA does not map this file");
}

static enum status compare_item(const struct tree_item *item, void *arg)
{
	struct comparison *comparison = arg;
	struct group *group = comparison->group;
	struct link *link = find_link(group, item->node);

	if (link && (group->type == TREE_FILE ||
		     kaddr_equal(link->vma, item->vma))) {
		link->in_tree = true;
		return ST_OK;
	}
	if (group->type == TREE_ANON && item->owner.v &&
		 !kaddr_equal(item->owner, group->owner))
		findings_add(&group->findings, RULE_AVC_LIST,
			     &comparison->holder,
			     OBJECTS({ "anon_vma", group->owner.v },
				     { "AVC", item->node.v }),
			     "it belongs to anon_vma %#llx",
			     (unsigned long long)item->owner.v);
	else
		judge_unknown(comparison, item);
	return keep_leads(comparison, item);
}

static void check_links(struct comparison *comparison, bool whole)
{
	struct group *group = comparison->group;
	bool anon = group->type == TREE_ANON;

	for (size_t i = 0; i < group->n_links; i++) {
		const struct link *link = &group->links[i];

		if (whole && !link->in_tree)
			findings_add(&group->findings,
				     anon ? RULE_AVC_TREE : RULE_I_MMAP_MISSING,
				     &comparison->holder,
				     OBJECTS({ owner_name(group),
					       group->owner.v },
					     { "VMA", link->vma.v },
					     { anon ? "AVC" : NULL,
					       link->node.v }),
				     "it is not in the tree");
	}
}

/* ---- opening ---- */

static int64_t counter(const struct object *object, enum member_id member)
{
	return layout_has(object->layout, member) ?
	       object_signed(object, member) : 0;
}

static void take_anon_vma(struct kernel *kernel, const struct object *object,
			  struct group *group, struct tree_to_check *tree)
{
	group->root = object_pointer(object, M_anon_vma_root);
	group->parent = layout_has(object->layout, M_anon_vma_parent) ?
			object_pointer(object, M_anon_vma_parent) :
			KADDR(0);
	group->counts = (struct anon_vma_counts) {
		.refcount = counter(object, M_anon_vma_refcount),
		.degree = counter(object, M_anon_vma_degree),
		.n_children = counter(object, M_anon_vma_num_children),
		.n_active_vmas = counter(object, M_anon_vma_num_active_vmas),
	};
	tree->root = object_pointer(object, M_anon_vma_rb_root);
	tree->has_leftmost = layout_has(object->layout, M_anon_vma_leftmost);
	if (tree->has_leftmost)
		tree->leftmost = object_pointer(object, M_anon_vma_leftmost);
	tree->holder = holder_of_anon_vma(kernel, group->root);
}

static void take_mapping(struct kernel *kernel, const struct object *object,
			 struct tree_to_check *tree)
{
	tree->root = object_pointer(object, M_address_space_i_mmap);
	tree->has_leftmost = layout_has(object->layout,
					M_address_space_leftmost);
	if (tree->has_leftmost)
		tree->leftmost = object_pointer(object,
						M_address_space_leftmost);
	tree->holder = holder_of_mapping(kernel, object->address);
}

static enum status open_owner(struct kernel *kernel, struct group *group,
			      struct tree_to_check *tree)
{
	bool anon = group->type == TREE_ANON;
	struct object object;
	enum status st = object_read(kernel, anon ? S_anon_vma :
				     S_address_space, group->owner, &object);

	if (st)
		return st;
	if (anon)
		take_anon_vma(kernel, &object, group, tree);
	else
		take_mapping(kernel, &object, tree);
	group->seen = true;
	return ST_OK;
}

static enum status look_at_group(struct kernel *kernel, size_t i, void *arg)
{
	struct forest *forest = arg;
	struct group *group = &forest->groups.items[i];
	struct comparison comparison = { kernel, forest, group, no_holder };
	struct tree_to_check tree = {
		.type = group->type,
		.owner = group->owner,
		.fn = compare_item,
		.arg = &comparison,
	};
	bool whole;
	enum status st;

	group->visited = true;
	if (open_owner(kernel, group, &tree)) {
		gaps_addf(&group->gaps, owner_name(group), kernel->diag.text,
			  "%#llx", (unsigned long long)group->owner.v);
		return ST_OK;
	}
	comparison.holder = tree.holder;
	st = tree_check(kernel, &tree, &group->findings, &group->gaps, &whole);
	if (st)
		return st;
	check_links(&comparison, whole);
	return ST_OK;
}

/* ---- anon_vmas among each other ---- */

static struct group *find_anon_vma(const struct forest *forest,
				   kaddr_t anon_vma)
{
	const uint64_t *place = map_find(&forest->place_of, anon_vma.v);

	return place ? &forest->groups.items[*place] : NULL;
}

static void count_relatives(struct forest *forest)
{
	for (size_t i = 0; i < forest->n_anon; i++) {
		const struct group *group = &forest->groups.items[i];
		struct group *parent, *root;

		if (!group->seen)
			continue;
		parent = find_anon_vma(forest, group->parent);
		root = find_anon_vma(forest, group->root);
		if (parent)
			parent->children++;
		if (root)
			root->members++;
	}
}

static void count_active(struct forest *forest)
{
	const struct world *world = forest->world;

	for (size_t i = 0; i < world->n_spaces; i++) {
		const struct audit_vma_vec *vmas = &world->spaces[i].vmas;

		for (size_t j = 0; j < vmas->n; j++) {
			kaddr_t anon_vma = vmas->items[j].vma.anon_vma;
			struct group *own = anon_vma.v ?
				find_anon_vma(forest, anon_vma) : NULL;

			if (own)
				own->active_vmas++;
		}
	}
}

static void accuse(struct kernel *kernel, struct group *group,
		   enum audit_rule rule, const char *what, int64_t is,
		   uint64_t should)
{
	struct lock_holder holder = holder_of_anon_vma(kernel, group->root);

	findings_add(&group->findings, rule, &holder,
		     OBJECTS({ "anon_vma", group->owner.v }),
		     "%s: %lld, and %llu were found", what, (long long)is,
		     (unsigned long long)should);
}

static bool has_other_root(struct kernel *kernel, struct group *group,
			   kaddr_t anon_vma)
{
	struct object object;

	if (object_read(kernel, S_anon_vma, anon_vma, &object)) {
		gaps_addf(&group->gaps, "anon_vma", kernel->diag.text,
			  "relative of %#llx",
			  (unsigned long long)group->owner.v);
		return false;
	}
	return !kaddr_equal(object_pointer(&object, M_anon_vma_root),
			    group->root);
}

static void check_root(struct kernel *kernel, struct group *group)
{
	const char *why = NULL;

	if (has_other_root(kernel, group, group->root))
		why = "its root is not its own root";
	else if (group->parent.v &&
		 has_other_root(kernel, group, group->parent))
		why = "its parent has another root";
	else if (group->parent.v &&
		 kaddr_equal(group->parent, group->owner) &&
		 !kaddr_equal(group->root, group->owner))
		why = "it is its own parent, and not its own root";
	if (why)
		findings_add(&group->findings, RULE_ANON_VMA_ROOT, &no_holder,
			     OBJECTS({ "anon_vma", group->owner.v },
				     { "root", group->root.v },
				     { "parent", group->parent.v }),
			     "%s", why);
}

static void check_number(struct kernel *kernel, struct group *group,
			 enum member_id member, enum audit_rule rule,
			 const char *what, int64_t is, uint64_t should)
{
	if (layout_has(&kernel->facts.layout, member) &&
	    (uint64_t)is != should)
		accuse(kernel, group, rule, what, is, should);
}

/* What nobody was seen to use may still be counted: see judge_unknown(). */
static void check_anon_vma(struct kernel *kernel, struct group *group,
			   bool whole)
{
	const struct anon_vma_counts *counts = &group->counts;

	check_root(kernel, group);
	if (whole) {
		check_number(kernel, group, M_anon_vma_num_children,
			     RULE_ANON_VMA_CHILDREN, "num_children",
			     counts->n_children, group->children);
		check_number(kernel, group, M_anon_vma_num_active_vmas,
			     RULE_ANON_VMA_ACTIVE, "num_active_vmas",
			     counts->n_active_vmas, group->active_vmas);
		check_number(kernel, group, M_anon_vma_degree,
			     RULE_ANON_VMA_DEGREE, "degree", counts->degree,
			     group->children + group->active_vmas);
	}
	if (layout_has(&kernel->facts.layout, M_anon_vma_refcount) &&
	    (counts->refcount < 1 ||
	     (uint64_t)counts->refcount < group->members))
		accuse(kernel, group, RULE_ANON_VMA_REFCOUNT, "refcount",
		       counts->refcount, group->members);
}

static void check_anon_vmas(struct forest *forest)
{
	struct world *world = forest->world;
	bool whole = !gaps_count(&world->result->gaps) &&
		     !gaps_count(&world->tasks->gaps);

	for (size_t i = 0; i < forest->groups.n; i++)
		whole &= !gaps_count(&forest->groups.items[i].gaps);
	count_relatives(forest);
	count_active(forest);
	for (size_t i = 0; i < forest->n_anon; i++)
		if (forest->groups.items[i].seen)
			check_anon_vma(world->crew->kernels[0],
				       &forest->groups.items[i], whole);
}

/* ---- all of them ---- */

static enum status add_groups(struct forest *forest, struct link_vec *links,
			      enum interval_tree_type type)
{
	for (size_t i = 0, end; i < links->n; i = end) {
		struct group group = {
			.type = type,
			.owner = links->items[i].owner,
			.links = &links->items[i],
		};
		bool added;

		for (end = i; end < links->n &&
		     kaddr_equal(links->items[end].owner, group.owner); end++)
			group.n_links++;
		if ((type == TREE_ANON &&
		     map_add(&forest->place_of, group.owner.v,
			     forest->groups.n, &added)) ||
		    group_vec_push(&forest->groups, group))
			return ST_NO_MEMORY;
	}
	return ST_OK;
}

static enum status make_groups(struct forest *forest)
{
	struct world *world = forest->world;
	enum status st = add_groups(forest, &world->anon_links, TREE_ANON);

	forest->n_anon = forest->groups.n;
	if (!st)
		st = add_groups(forest, &world->file_links, TREE_FILE);
	return st ? diag_no_memory(&world->crew->kernels[0]->diag) : ST_OK;
}

static enum status move_leads(struct group *group, struct world *world)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < group->leads.n && !st; i++)
		st = lead_vec_push(&world->leads, group->leads.items[i]);
	lead_vec_fini(&group->leads);
	return st;
}

static enum status collect(struct forest *forest)
{
	struct audit_result *result = forest->world->result;
	enum status st = ST_OK;

	for (size_t i = 0; i < forest->groups.n; i++) {
		struct group *group = &forest->groups.items[i];

		if (group->type == TREE_ANON)
			result->extent.n_anon_vmas += group->visited;
		else
			result->extent.n_files += group->visited;
		if (move_leads(group, forest->world))
			st = diag_no_memory(
				&forest->world->crew->kernels[0]->diag);
		findings_move(&group->findings, &result->findings);
		gaps_move(&group->gaps, &result->gaps);
		findings_fini(&group->findings);
		gaps_fini(&group->gaps);
	}
	group_vec_fini(&forest->groups);
	map_fini(&forest->place_of);
	return st;
}

enum status audit_trees(struct world *world)
{
	struct forest forest = { .world = world };
	enum status st = make_groups(&forest), end;

	if (!st)
		st = crew_work(world->crew, "interval trees",
			       forest.groups.n, look_at_group, &forest);
	if (!st)
		check_anon_vmas(&forest);
	end = collect(&forest);
	return st ? st : end;
}
