/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One list, gone through for each query: VMAs are few beside pages. */
#include "rmap/every_vma.h"

#include "base/vec.h"
#include "mm/inode.h"

struct placed_vma {
	struct vma vma;
	kaddr_t mapping;	/* of its file; 0: not known, or none */
};

DEFINE_VEC(placed_vec, struct placed_vma)

struct every_vma {
	struct placed_vec list;
};

struct reader {
	struct kernel *kernel;
	struct every_vma *every;
};

static enum status keep(const struct vma *vma, void *arg)
{
	const struct reader *reader = arg;
	struct placed_vma placed = { .vma = *vma };

	if (vma->file.v)
		(void)!mapping_of_file(reader->kernel, vma->file,
				       &placed.mapping);
	return placed_vec_push(&reader->every->list, placed) ?
	       diag_no_memory(&reader->kernel->diag) : ST_OK;
}

enum status every_vma_read(struct kernel *kernel, const struct tasks *tasks,
			   struct every_vma **ret_every)
{
	cleanup(every_vma_free_cleanup) struct every_vma *every =
		calloc(1, sizeof(*every));
	struct reader reader = { kernel, every };
	struct gaps told_before = { 0 };
	enum status st = ST_OK;

	if (!every)
		return diag_no_memory(&kernel->diag);
	for (size_t i = 0; i < tasks->n_mms && !st; i++)
		st = vma_for_each(kernel, tasks->mms[i].mm, keep, &reader,
				  &told_before);
	gaps_fini(&told_before);
	if (st)
		return st;
	*ret_every = take(every);
	return ST_OK;
}

void every_vma_free(struct every_vma *every)
{
	if (!every)
		return;
	placed_vec_fini(&every->list);
	free(every);
}

/* A file that cannot be read may be any. */
static bool may_have(const struct kernel *kernel,
		     const struct placed_vma *placed, bool anonymous,
		     kaddr_t object)
{
	if (!anonymous)
		return placed->vma.file.v &&
		       (!placed->mapping.v ||
			kaddr_equal(placed->mapping, object));
	return placed->vma.anon_vma.v ||
	       !layout_has(&kernel->facts.layout, M_vm_area_struct_anon_vma);
}

static struct tree_hit interval_of(const struct kernel *kernel,
				   const struct vma *vma, bool anonymous)
{
	uint64_t first = anonymous ? vma->anon_pgoff : vma->pgoff;

	return (struct tree_hit) {
		.vma = *vma,
		.first = first,
		.last = first + ((vma->end - vma->start) >>
				 kernel->mmu.page_shift) - 1,
	};
}

enum status every_vma_candidates(const struct every_vma *every,
				 struct kernel *kernel, bool anonymous,
				 const struct candidate_query *query,
				 candidate_fn *fn, void *arg)
{
	const kaddr_t object = page_mapping_pointer(query->page);
	const struct tree_query pages = {
		.first = query->index,
		.last = query->index + query->n - 1,
	};
	enum status st = ST_OK;

	for (size_t i = 0; i < every->list.n && !st; i++) {
		const struct placed_vma *placed = &every->list.items[i];
		struct tree_hit hit = interval_of(kernel, &placed->vma,
						  anonymous);

		if (hit.first <= pages.last && pages.first <= hit.last &&
		    may_have(kernel, placed, anonymous, object))
			st = offset_candidate(kernel, &pages, &hit, fn, arg);
	}
	return st;
}
