/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the root's tree to the VMAs, from their lists to the other members, and
 * from the trees of these back again: what is not found both ways is a gap.
 *
 * Each AVC is read in its list and in its tree, so that time and memory grow
 * with the number of AVCs alone.
 */
#include "rmap/family.h"

#include "base/map.h"
#include "mm/interval_tree.h"
#include "rmap/generator.h"

/* include/linux/mm.h: such VMAs are not copied, or without their pages. */
#define VMA_DONTCOPY	0x00020000ULL
#define VMA_WIPEONFORK	0x02000000ULL

struct reader {
	struct kernel *kernel;
	struct family *family;
	struct gaps *gaps;
	kaddr_t root;
	/* Addresses → numbers in the family's lists. */
	struct map members, vmas, avcs;
};

static enum status no_memory(struct reader *reader)
{
	return diag_no_memory(&reader->kernel->diag);
}

static void record(struct reader *reader, const char *what,
		   const char *object, kaddr_t address, const char *why)
{
	gaps_addf(reader->gaps, what, why, "%s %#llx", object,
		  (unsigned long long)address.v);
}

static void record_unseen(struct reader *reader, const char *object,
			  kaddr_t address)
{
	record(reader, object, object, address, reader->kernel->diag.text);
}

/* ---- members ---- */

static enum status add_member(struct reader *reader, kaddr_t address,
			      size_t *ret_number)
{
	struct family_member_vec *list = &reader->family->members;
	bool added;

	if (map_add(&reader->members, address.v, list->n, &added))
		return no_memory(reader);
	*ret_number = *map_find(&reader->members, address.v);
	if (added && family_member_vec_push(list, (struct family_member) {
					    .address = address,
					    .parent = FAMILY_NONE }))
		return no_memory(reader);
	return ST_OK;
}

static int64_t counter(const struct object *object, enum member_id member)
{
	return layout_has(object->layout, member) ?
	       object_signed(object, member) : -1;
}

/* The root is its own parent. */
static void find_parent(struct reader *reader, const struct object *object,
			struct family_member *member)
{
	const uint64_t *number;
	kaddr_t parent;

	if (!layout_has(object->layout, M_anon_vma_parent))
		return;
	parent = object_pointer(object, M_anon_vma_parent);
	if (kaddr_equal(parent, member->address))
		return;
	number = map_find(&reader->members, parent.v);
	if (number)
		member->parent = *number;
	else if (member->n_avcs)	/* or both may be gone */
		gaps_addf(reader->gaps, "anon_vma parent",
			  "no VMA of the family leads to it",
			  "anon_vma %#llx, parent of %#llx",
			  (unsigned long long)parent.v,
			  (unsigned long long)member->address.v);
}

static void read_member(struct reader *reader, struct family_member *member)
{
	struct object object;

	if (object_read(reader->kernel, S_anon_vma, member->address,
			&object)) {
		record_unseen(reader, "anon_vma", member->address);
		return;
	}
	member->seen = true;
	member->refcount = counter(&object, M_anon_vma_refcount);
	member->degree = counter(&object, M_anon_vma_degree);
	member->n_children = counter(&object, M_anon_vma_num_children);
	member->n_active_vmas = counter(&object, M_anon_vma_num_active_vmas);
	find_parent(reader, &object, member);
	if (!kaddr_equal(object_pointer(&object, M_anon_vma_root),
			 reader->root))
		record(reader, "anon_vma root", "anon_vma", member->address,
		       "has another root than the family");
}

/* ---- parents in a circle ---- */

enum colour { NEW, ON_THE_WAY, DONE };

/* From one member upwards, until somebody's ancestors are known already. */
static void cut_circle_above(struct reader *reader, uint8_t *colours,
			     size_t from)
{
	struct family_member *members = reader->family->members.items;
	size_t i = from, last = FAMILY_NONE;

	for (; i != FAMILY_NONE && colours[i] == NEW; i = members[i].parent) {
		colours[i] = ON_THE_WAY;
		last = i;
	}
	if (i != FAMILY_NONE && colours[i] == ON_THE_WAY) {
		members[last].parent = FAMILY_NONE;
		record(reader, "anon_vma parent", "anon_vma",
		       members[last].address,
		       "its parents go round in a circle");
	}
	for (i = from; i != FAMILY_NONE && colours[i] == ON_THE_WAY;
	     i = members[i].parent)
		colours[i] = DONE;
}

static enum status cut_circles(struct reader *reader)
{
	size_t n = reader->family->members.n;
	uint8_t *colours = calloc(n, sizeof(*colours));

	if (!colours)
		return no_memory(reader);
	for (size_t i = 0; i < n; i++)
		cut_circle_above(reader, colours, i);
	free(colours);
	return ST_OK;
}

static enum status read_members(struct reader *reader)
{
	struct family_member_vec *list = &reader->family->members;

	for (size_t i = 0; i < list->n; i++)
		read_member(reader, &list->items[i]);
	return cut_circles(reader);
}

/* ---- VMAs and their AVCs ---- */

/* One VMA whose list is gone through. */
struct chain {
	struct reader *reader;
	size_t vma;
	kaddr_t vma_address;
};

static enum status add_avc(struct reader *reader, kaddr_t address,
			   size_t vma, kaddr_t anon_vma)
{
	struct family *family = reader->family;
	struct family_avc avc = { .address = address, .vma = vma };
	enum status st = add_member(reader, anon_vma, &avc.member);
	bool added;

	if (st)
		return st;
	if (map_add(&reader->avcs, address.v, family->avcs.n, &added))
		return no_memory(reader);
	if (!added) {
		record(reader, "AVC list", "AVC", address,
		       "is in the lists of two VMAs");
		return ST_OK;
	}
	if (family_avc_vec_push(&family->avcs, avc))
		return no_memory(reader);
	family->vmas.items[vma].n_avcs++;
	family->members.items[avc.member].n_avcs++;
	return ST_OK;
}

static enum status look_at_avc(const struct avc *avc, void *arg)
{
	const struct chain *chain = arg;
	struct reader *reader = chain->reader;

	if (!kaddr_equal(avc->vma, chain->vma_address)) {
		record(reader, "AVC list", "AVC", avc->address,
		       "does not point back to the VMA whose list it is in");
		return ST_OK;
	}
	return add_avc(reader, avc->address, chain->vma, avc->anon_vma);
}

static enum status read_chain(struct reader *reader, size_t number)
{
	struct chain chain = {
		.reader = reader,
		.vma = number,
		.vma_address = reader->family->vmas.items[number].vma.address,
	};

	return vma_for_each_avc(reader->kernel, chain.vma_address,
				look_at_avc, &chain, reader->gaps);
}

static enum status add_vma(struct reader *reader, const struct vma *vma)
{
	struct family_vma_vec *list = &reader->family->vmas;
	struct family_vma added_vma = {
		.vma = *vma,
		.own = FAMILY_NONE,
		.reused = FAMILY_NONE,
		.first_avc = reader->family->avcs.n,
	};
	enum status st = vma->anon_vma.v ?
		add_member(reader, vma->anon_vma, &added_vma.own) : ST_OK;
	bool added;

	if (st)
		return st;
	if (map_add(&reader->vmas, vma->address.v, list->n, &added))
		return no_memory(reader);
	if (!added) {
		record(reader, "anon_vma tree", "VMA", vma->address,
		       "is in the root's tree twice");
		return ST_OK;
	}
	if (family_vma_vec_push(list, added_vma))
		return no_memory(reader);
	return read_chain(reader, list->n - 1);
}

/* ---- trees ---- */

static void mark_in_tree(struct reader *reader, kaddr_t address)
{
	const uint64_t *number = map_find(&reader->avcs, address.v);

	if (number)
		reader->family->avcs.items[*number].in_tree = true;
	else
		record(reader, "anon_vma tree", "AVC", address,
		       "is in the tree, and was not found in its VMA's list");
}

static enum status visit_of_root(const struct tree_hit *hit, void *arg)
{
	enum status st = add_vma(arg, &hit->vma);

	if (!st)
		mark_in_tree(arg, hit->node);
	return st;
}

static enum status visit_of_other(const struct tree_hit *hit, void *arg)
{
	mark_in_tree(arg, hit->node);
	return ST_OK;
}

static enum status walk_tree(struct reader *reader, kaddr_t anon_vma,
			     tree_fn *visit)
{
	struct tree_query query = {
		.type = TREE_ANON,
		.owner = anon_vma,
		.last = UINT64_MAX,
		.exhaustive = true,
	};
	struct object object;

	if (object_read(reader->kernel, S_anon_vma, anon_vma, &object))
		return ST_OK;	/* read_member() says so */
	query.root = object_pointer(&object, M_anon_vma_rb_root);
	return interval_tree_for_each(reader->kernel, &query, visit, reader,
				      reader->gaps);
}

/* All but the first, with which everything began. */
static enum status walk_other_trees(struct reader *reader)
{
	const struct family_member_vec *list = &reader->family->members;
	enum status st = ST_OK;

	for (size_t i = 1; i < list->n && !st; i++) {
		log_progress(reader->kernel->log, "anon_vmas", i, list->n);
		st = walk_tree(reader, list->items[i].address, visit_of_other);
	}
	return st;
}

static void check_in_trees(struct reader *reader)
{
	const struct family *family = reader->family;

	for (size_t i = 0; i < family->avcs.n; i++) {
		const struct family_avc *avc = &family->avcs.items[i];

		if (!avc->in_tree && family->members.items[avc->member].seen)
			record(reader, "anon_vma tree", "AVC", avc->address,
			       "is in its VMA's list, and was not found in "
			       "the tree of its anon_vma");
	}
}

static bool leads_to_own(const struct family *family,
			 const struct family_vma *vma)
{
	for (size_t i = 0; i < vma->n_avcs; i++)
		if (family->avcs.items[vma->first_avc + i].member == vma->own)
			return true;
	return vma->own == FAMILY_NONE;
}

static void check_own(struct reader *reader)
{
	const struct family *family = reader->family;

	for (size_t i = 0; i < family->vmas.n; i++)
		if (!leads_to_own(family, &family->vmas.items[i]))
			record(reader, "AVC list", "VMA",
			       family->vmas.items[i].vma.address,
			       "has no AVC to its own anon_vma");
}

/*
 * Memory that was never an anon_vma, or is none any more, can look like one
 * without VMAs. So can one that only KSM or a migration still refers to.
 */
static void check_asked(struct reader *reader)
{
	const struct family *family = reader->family;
	const struct family_member *asked =
		&family->members.items[family->asked];

	if (!asked->n_avcs)
		record(reader, "anon_vma", "anon_vma", asked->address,
		       "no VMA is linked to it: the address may be wrong, or "
		       "its processes are gone");
}

/* ---- the next fork ---- */

/*
 * The rule of anon_vma_clone() (mm/rmap.c): until 5.19 by degree, which counts
 * VMAs and children alike (7a3ef208e662), since then by two counters
 * (2555283eb40d), as in most stable releases.
 */
static bool may_reuse(const struct family_vma *source, size_t number,
		      const struct family_member *member)
{
	if (!member->seen)
		return false;
	if (member->n_children >= 0 && member->n_active_vmas >= 0)
		return member->n_children < 2 && member->n_active_vmas == 0;
	return member->degree >= 0 && member->degree < 2 &&
	       number != source->own;
}

static bool copies_family(const struct family_vma *vma)
{
	return vma->own != FAMILY_NONE &&
	       !(vma->vma.flags & (VMA_DONTCOPY | VMA_WIPEONFORK));
}

/* The kernel goes through the list from its end, where the root is. */
static void predict_reuse(struct family *family, struct family_vma *vma)
{
	for (size_t i = vma->n_avcs; i-- && vma->reused == FAMILY_NONE;) {
		size_t number = family->avcs.items[vma->first_avc + i].member;

		if (may_reuse(vma, number, &family->members.items[number]))
			vma->reused = number;
	}
}

static void predict(struct family *family)
{
	for (size_t i = 0; i < family->vmas.n; i++)
		if (copies_family(&family->vmas.items[i]))
			predict_reuse(family, &family->vmas.items[i]);
}

/* ---- the whole ---- */

enum status family_check_layout(struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;

	if (layout_has(layout, M_anon_vma_chain_same_vma) &&
	    layout_has(layout, M_vm_area_struct_anon_vma_chain) &&
	    layout_has(layout, M_vm_area_struct_anon_vma))
		return ST_OK;
	return diag_fail(&kernel->diag, ST_UNKNOWN,
			 "the type information does not say how VMAs and "
			 "anon_vmas are linked");
}

/* Any word could be taken for an anon_vma; but few lead to a root. */
static enum status check_root(struct reader *reader, kaddr_t asked)
{
	struct kernel *kernel = reader->kernel;
	struct object root;
	enum status st = object_read(kernel, S_anon_vma, reader->root, &root);

	if (st)
		return diag_under(&kernel->diag, st, "root of anon_vma %#llx",
				  (unsigned long long)asked.v);
	if (!kaddr_equal(object_pointer(&root, M_anon_vma_root), reader->root))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "%#llx is no anon_vma: %#llx, which should be "
				 "its root, is not a root",
				 (unsigned long long)asked.v,
				 (unsigned long long)reader->root.v);
	check_write_lock(&root, M_anon_vma_rwsem_count, "anon_vma tree",
			 reader->gaps);
	return ST_OK;
}

static enum status find_root(struct reader *reader, kaddr_t asked)
{
	struct object anon_vma;
	enum status st = family_check_layout(reader->kernel);

	if (!st)
		st = object_read(reader->kernel, S_anon_vma, asked, &anon_vma);
	if (st)
		return st;
	reader->root = object_pointer(&anon_vma, M_anon_vma_root);
	return check_root(reader, asked);
}

static enum status read_family(struct reader *reader, kaddr_t asked)
{
	size_t first;
	enum status st = find_root(reader, asked);

	if (!st)
		st = add_member(reader, reader->root, &first);
	if (!st)
		st = add_member(reader, asked, &reader->family->asked);
	if (st)
		return st;
	st = walk_tree(reader, reader->root, visit_of_root);
	if (!st)
		st = walk_other_trees(reader);
	if (!st)
		st = read_members(reader);
	if (st)
		return st;
	check_in_trees(reader);
	check_own(reader);
	check_asked(reader);
	predict(reader->family);
	return ST_OK;
}

enum status family_read(struct kernel *kernel, kaddr_t anon_vma,
			struct family *ret_family, struct gaps *gaps)
{
	struct reader reader = {
		.kernel = kernel,
		.family = ret_family,
		.gaps = gaps,
	};
	enum status st;

	*ret_family = (struct family) { 0 };
	st = read_family(&reader, anon_vma);
	map_fini(&reader.members);
	map_fini(&reader.vmas);
	map_fini(&reader.avcs);
	return st;
}

void family_fini(struct family *family)
{
	family_member_vec_fini(&family->members);
	family_vma_vec_fini(&family->vmas);
	family_avc_vec_fini(&family->avcs);
}
