/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From each anon_vma up to its root, each step once. */
#include "census/lineage.h"

/* Longer chains of forks than this are damage (a fork needs a process each). */
#define MAX_DEPTH	(1u << 22)

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

/* *ret_parent is the anon_vma itself when it is the root, or cannot be read. */
static kaddr_t parent_of(struct kernel *kernel, kaddr_t anon_vma)
{
	struct object object;

	if (!layout_has(&kernel->facts.layout, M_anon_vma_parent) ||
	    object_read(kernel, S_anon_vma, anon_vma, &object))
		return anon_vma;
	return object_pointer(&object, M_anon_vma_parent);
}

/* How many steps up until the root, or one whose depth is known. */
static uint64_t climb(struct reader *reader, kaddr_t from, uint64_t *ret_known)
{
	uint64_t n = 0;
	kaddr_t at = from;

	*ret_known = 0;
	while (n < MAX_DEPTH) {
		const uint64_t *known = map_find(&reader->depths, at.v);
		kaddr_t parent;

		if (known) {
			*ret_known = *known;
			break;
		}
		parent = parent_of(reader->kernel, at);
		if (kaddr_equal(parent, at))
			break;
		at = parent;
		n++;
	}
	return n;
}

static enum status depth_of(struct reader *reader, kaddr_t anon_vma,
			    uint64_t *ret_depth)
{
	uint64_t known, n = climb(reader, anon_vma, &known);
	kaddr_t at = anon_vma;

	*ret_depth = known + n;
	for (uint64_t i = 0; i < n; i++) {
		bool added;

		if (map_add(&reader->depths, at.v, known + n - i, &added))
			return ST_NO_MEMORY;
		at = parent_of(reader->kernel, at);
	}
	return ST_OK;
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
		gaps_addf(reader->gaps, "anon_vma", kernel->diag.text,
			  "anon_vma %#llx", (unsigned long long)row->key);
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
