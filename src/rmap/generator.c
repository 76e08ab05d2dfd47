/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the generators have in common. */
#include "rmap/generator.h"

/*
 * kernel/locking/rwsem.c, since 5.3. Before, the bit meant any holder, so that
 * a reader makes an answer there look less certain than it is.
 */
#define RWSEM_WRITER_LOCKED	1

struct offset_walk {
	const struct kernel *kernel;
	const struct tree_query *query;
	candidate_fn *fn;
	void *arg;
};

/* vma_address() of mm/internal.h. */
enum status offset_candidate(const struct kernel *kernel,
			     const struct tree_query *query,
			     const struct tree_hit *hit, candidate_fn *fn,
			     void *arg)
{
	uint64_t first = hit->first > query->first ? hit->first : query->first;
	uint64_t last = hit->last < query->last ? hit->last : query->last;
	uint64_t bytes = (first - hit->first) << kernel->mmu.page_shift;

	return fn(&hit->vma, UADDR(hit->vma.start + bytes),
		  first - query->first, last - first + 1, arg);
}

static enum status visit(const struct tree_hit *hit, void *arg)
{
	const struct offset_walk *walk = arg;

	return offset_candidate(walk->kernel, walk->query, hit, walk->fn,
				walk->arg);
}

enum status tree_candidates(struct kernel *kernel,
			    const struct tree_query *query, candidate_fn *fn,
			    void *arg, struct gaps *gaps)
{
	struct offset_walk walk = { kernel, query, fn, arg };

	return interval_tree_for_each(kernel, query, visit, &walk, gaps);
}

bool is_write_locked(const struct object *object, enum member_id count)
{
	return object_value(object, count) & RWSEM_WRITER_LOCKED;
}

void check_write_lock(const struct object *object, enum member_id count,
		      const char *what, struct gaps *gaps)
{
	if (is_write_locked(object, count))
		gaps_addf(gaps, what, "locked for writing when the machine "
			  "stopped: it may be half changed", "%#llx",
			  (unsigned long long)object->address.v);
}

/* The root's lock guards the trees of the whole family. */
static void check_family_lock(struct kernel *kernel,
			      const struct object *anon_vma, struct gaps *gaps)
{
	struct object root;

	if (object_read(kernel, S_anon_vma,
			object_pointer(anon_vma, M_anon_vma_root), &root)) {
		gaps_addf(gaps, "anon_vma root", kernel->diag.text,
			  "anon_vma %#llx",
			  (unsigned long long)anon_vma->address.v);
		return;
	}
	check_write_lock(&root, M_anon_vma_rwsem_count, "anon_vma tree", gaps);
}

enum status open_anon_vma(struct kernel *kernel, kaddr_t address,
			  struct object *ret_anon_vma, struct gaps *gaps)
{
	enum status st = object_read(kernel, S_anon_vma, address,
				     ret_anon_vma);

	if (st) {
		gaps_addf(gaps, "anon_vma", kernel->diag.text, "anon_vma %#llx",
			  (unsigned long long)address.v);
		return st;
	}
	check_family_lock(kernel, ret_anon_vma, gaps);
	return ST_OK;
}
