/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Candidate generators: each yields the places where pages of its type may be
 * mapped, by the structures that page.mapping leads to. Whether it is
 * mapped there is not theirs to say.
 */
#ifndef RMAP_INSPECT_RMAP_GENERATOR_H
#define RMAP_INSPECT_RMAP_GENERATOR_H

#include "base/gaps.h"
#include "mm/interval_tree.h"
#include "mm/page.h"
#include "mm/vma.h"

/* The pages whose places are wanted: of one folio, one after the other. */
struct candidate_query {
	const struct page *page;	/* one of them */
	uint64_t index;			/* of the first, as page.index */
	uint64_t n;
	/* Look at all of a tree, whatever its augmented values say. */
	bool exhaustive;
};

/*
 * n pages from address on, the first of which is the nth of the query's.
 * Anything but ST_OK ends the walk and is its result.
 */
typedef enum status candidate_fn(const struct vma *vma, uaddr_t address,
				 uint64_t nth, uint64_t n, void *arg);

struct generator {
	const char *object;	/* what page.mapping points to */
	/* Whether the object is the root of its family; NULL: it has none. */
	bool (*is_root)(struct kernel *kernel, kaddr_t object);
	/* What cannot be seen is recorded in gaps. */
	enum status (*candidates)(struct kernel *kernel,
				  const struct candidate_query *query,
				  candidate_fn *fn, void *arg,
				  struct gaps *gaps);
};

extern const struct generator anon_generator;
extern const struct generator file_generator;
extern const struct generator ksm_generator;

/*
 * The place of one page of a file in each VMA that covers it, though the page
 * itself is not in memory. No count can say whether that is all, so that all
 * of the tree is looked at.
 */
enum status file_places(struct kernel *kernel, kaddr_t mapping, uint64_t index,
			candidate_fn *fn, void *arg,
			struct gaps *gaps) must_check;

/* ---- for the generators themselves ---- */

/* The run of places in each VMA of a tree that covers any of the query's pages. */
enum status tree_candidates(struct kernel *kernel,
			    const struct tree_query *query, candidate_fn *fn,
			    void *arg, struct gaps *gaps) must_check;

/* The run of places in this VMA; its interval overlaps the query. */
enum status offset_candidate(const struct kernel *kernel,
			     const struct tree_query *query,
			     const struct tree_hit *hit, candidate_fn *fn,
			     void *arg) must_check;

/* Whether a writer holds the rw_semaphore whose count this is. */
bool is_write_locked(const struct object *object, enum member_id count);

/* A gap when a writer holds the lock over the tree: it may be half changed. */
void check_write_lock(const struct object *object, enum member_id count,
		      const char *what, struct gaps *gaps);

/* Copy an anon_vma and check its family's lock. ST_OK, or a gap and the status. */
enum status open_anon_vma(struct kernel *kernel, kaddr_t address,
			  struct object *ret_anon_vma,
			  struct gaps *gaps) must_check;

#endif
