/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Candidates for a page of a file, shmem included: rmap_walk_file().
 *
 * page.mapping is the file's address_space, whose i_mmap tree holds every VMA
 * that maps any part of the file.
 */
#include "rmap/generator.h"

/* query: but for type and root. */
static enum status search_tree(struct kernel *kernel, struct tree_query *query,
			       candidate_fn *fn, void *arg, struct gaps *gaps)
{
	struct object mapping;

	query->type = TREE_FILE;
	if (object_read(kernel, S_address_space, query->owner, &mapping)) {
		gaps_addf(gaps, "address_space", kernel->diag.text,
			  "address_space %#llx",
			  (unsigned long long)query->owner.v);
		return ST_OK;
	}
	check_write_lock(&mapping, M_address_space_i_mmap_rwsem_count,
			 "i_mmap tree", gaps);
	query->root = object_pointer(&mapping, M_address_space_i_mmap);
	return tree_candidates(kernel, query, fn, arg, gaps);
}

static enum status file_candidates(struct kernel *kernel,
				   const struct candidate_query *wanted,
				   candidate_fn *fn, void *arg,
				   struct gaps *gaps)
{
	struct tree_query query = {
		.owner = page_mapping_pointer(wanted->page),
		.first = wanted->index,
		.last = wanted->index + wanted->n - 1,
		.exhaustive = wanted->exhaustive,
	};

	return search_tree(kernel, &query, fn, arg, gaps);
}

enum status file_places(struct kernel *kernel, kaddr_t mapping, uint64_t index,
			candidate_fn *fn, void *arg, struct gaps *gaps)
{
	struct tree_query query = {
		.owner = mapping,
		.first = index,
		.last = index,
		.exhaustive = true,
	};

	return search_tree(kernel, &query, fn, arg, gaps);
}

const struct generator file_generator = {
	.object = "address_space",
	.candidates = file_candidates,
};
