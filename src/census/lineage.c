/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From each anon_vma up to its root, each step once. */
#include "census/lineage.h"

#include "mm/guard.h"

DEFINE_VEC(kaddr_vec, kaddr_t)

struct reader {
	struct kernel *kernel;
	struct lineage_vec *families;
	struct map places;	/* root → place in families */
	struct map depths;	/* anon_vma → parents above it */
	struct gaps *gaps;
};

static enum status find_family(struct reader *reader, kaddr_t root,
			       struct lineage **ret_family)
{
	struct lineage_vec *families = reader->families;
	bool added;

	if (map_add(&reader->places, root.v, families->n, &added))
		return ST_NO_MEMORY;
	if (added && lineage_vec_push(families, (struct lineage) {
					.root = root,
					.sum = { .key = root.v } }))
		return ST_NO_MEMORY;
	*ret_family = &families->items[*map_find(&reader->places, root.v)];
	return ST_OK;
}

/* The anon_vma itself when it is the root. */
static enum status parent_of(struct kernel *kernel, kaddr_t anon_vma,
			     kaddr_t *ret_parent)
{
	struct object object;
	enum status st;

	if (!layout_has(&kernel->facts.layout, M_anon_vma_parent)) {
		*ret_parent = anon_vma;
		return ST_OK;
	}
	st = object_read(kernel, S_anon_vma, anon_vma, &object);
	if (!st)
		*ret_parent = object_pointer(&object, M_anon_vma_parent);
	return st;
}

static void record(const struct reader *reader, kaddr_t anon_vma)
{
	gaps_addf(reader->gaps, "anon_vma", reader->kernel->diag.text,
		  "anon_vma %#llx", (unsigned long long)anon_vma.v);
}

/* A way up, from the first to the last of it. */
struct climb {
	struct kaddr_vec path;
	struct guard guard;
	uint64_t depth;		/* of the last */
};

static void climb_fini(struct climb *climb)
{
	kaddr_vec_fini(&climb->path);
	guard_fini(&climb->guard);
}

/*
 * Up to the root, or to below one whose depth is known. Where the way breaks
 * off, a gap says so, and the depth is counted from there.
 */
static enum status climb_up(struct reader *reader, kaddr_t at,
			    struct climb *climb)
{
	struct kernel *kernel = reader->kernel;

	for (;;) {
		const uint64_t *known = map_find(&reader->depths, at.v);
		kaddr_t parent = at;
		enum status st;

		if (known) {
			climb->depth = *known + 1;
			return ST_OK;
		}
		st = guard_visit(&climb->guard, at, &kernel->diag);
		if (!st)
			st = kaddr_vec_push(&climb->path, at);
		if (!st)
			st = parent_of(kernel, at, &parent);
		if (st == ST_NO_MEMORY)
			return st;
		if (st)
			record(reader, at);
		if (st || kaddr_equal(parent, at))
			return ST_OK;
		at = parent;
	}
}

static enum status note_depths(struct reader *reader,
			       const struct climb *climb)
{
	const struct kaddr_vec *path = &climb->path;
	bool added;

	for (size_t i = 0; i < path->n; i++)
		if (map_add(&reader->depths, path->items[i].v,
			    climb->depth + path->n - 1 - i, &added))
			return ST_NO_MEMORY;
	return ST_OK;
}

static enum status depth_of(struct reader *reader, kaddr_t anon_vma,
			    uint64_t *ret_depth)
{
	struct climb climb = { .depth = 0 };
	enum status st = climb_up(reader, anon_vma, &climb);

	if (!st)
		st = note_depths(reader, &climb);
	climb_fini(&climb);
	if (!st)
		*ret_depth = *map_find(&reader->depths, anon_vma.v);
	return st;
}

static void add_sum(struct tally_row *to, const struct tally_row *row)
{
	if (!to->n_frames || row->first < to->first)
		to->first = row->first;
	to->n_frames += row->n_frames;
	to->n_mapped += row->n_mapped;
	to->n_mappings += row->n_mappings;
	to->n_dirty += row->n_dirty;
}

static enum status add_anon_vma(struct reader *reader,
				const struct tally_row *row)
{
	struct kernel *kernel = reader->kernel;
	struct lineage *family = NULL;
	struct object anon_vma;
	uint64_t depth = 0;
	enum status st;

	if (object_read(kernel, S_anon_vma, KADDR(row->key), &anon_vma)) {
		record(reader, KADDR(row->key));
		return ST_OK;
	}
	st = depth_of(reader, KADDR(row->key), &depth);
	if (!st)
		st = find_family(reader,
				 object_pointer(&anon_vma, M_anon_vma_root),
				 &family);
	if (st)
		return st;
	family->n_anon_vmas++;
	if (depth > family->depth)
		family->depth = depth;
	add_sum(&family->sum, row);
	return ST_OK;
}

static int by_frames(const void *a, const void *b)
{
	const struct lineage *x = a, *y = b;

	if (x->sum.n_frames != y->sum.n_frames)
		return x->sum.n_frames < y->sum.n_frames ? 1 : -1;
	return (x->root.v > y->root.v) - (x->root.v < y->root.v);
}

enum status lineages_find(struct kernel *kernel,
			  const struct tally *by_anon_vma,
			  struct lineage_vec *families, struct gaps *gaps)
{
	struct reader reader = {
		.kernel = kernel, .families = families, .gaps = gaps,
	};
	enum status st = ST_OK;

	for (size_t i = 0; i < by_anon_vma->rows.n && !st; i++)
		st = add_anon_vma(&reader, &by_anon_vma->rows.items[i]);
	map_fini(&reader.places);
	map_fini(&reader.depths);
	if (families->n)
		qsort(families->items, families->n, sizeof(families->items[0]),
		      by_frames);
	return st ? diag_no_memory(&kernel->diag) : ST_OK;
}
