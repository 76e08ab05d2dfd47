/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Candidates for an anonymous page: rmap_walk_anon().
 *
 * page.mapping leads to an anon_vma, which may be that of any ancestor of the
 * mapping process. Its tree holds a chain entry for every VMA that could have
 * inherited the page; many of them have not, or have copied it since.
 */
#include "rmap/generator.h"

static enum status anon_candidates(struct kernel *kernel,
				   const struct candidate_query *wanted,
				   candidate_fn *fn, void *arg,
				   struct gaps *gaps)
{
	struct tree_query query = {
		.type = TREE_ANON,
		.owner = page_mapping_pointer(wanted->page),
		.first = wanted->index,
		.last = wanted->index + wanted->n - 1,
		.exhaustive = wanted->exhaustive,
	};
	struct object anon_vma;

	if (open_anon_vma(kernel, query.owner, &anon_vma, gaps))
		return ST_OK;
	query.root = object_pointer(&anon_vma, M_anon_vma_rb_root);
	return tree_candidates(kernel, &query, fn, arg, gaps);
}

static bool is_root(struct kernel *kernel, kaddr_t address)
{
	struct object anon_vma;

	return !object_read(kernel, S_anon_vma, address, &anon_vma) &&
	       kaddr_equal(object_pointer(&anon_vma, M_anon_vma_root), address);
}

const struct generator anon_generator = {
	.object = "anon_vma",
	.is_root = is_root,
	.candidates = anon_candidates,
};
