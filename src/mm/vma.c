/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding VMAs, and going through both containers that they stand in, and
 * round what of these cannot be read.
 */
#include "mm/vma.h"

#include <stdio.h>

#include "mm/guard.h"
#include "mm/list.h"
#include "mm/maple.h"
#include "mm/vma_slab.h"

/*
 * Until 7.2 the anonymous reverse map counts by vm_pgoff. 7.3 splits the two,
 * and they differ in private mappings of files: taking vm_pgoff there loses
 * every page that was copied on write.
 */
static uint64_t anon_pgoff(const struct object *vma)
{
	const struct layout *layout = vma->layout;
	uint64_t pgoff;

	if (!layout_has(layout, M_vm_area_struct_anon_pgoff_lo))
		return object_value(vma, M_vm_area_struct_vm_pgoff);
	pgoff = object_value(vma, M_vm_area_struct_anon_pgoff_lo);
	if (layout_has(layout, M_vm_area_struct_anon_pgoff_hi))
		pgoff |= object_value(vma, M_vm_area_struct_anon_pgoff_hi) << 32;
	return pgoff;
}

static kaddr_t own_anon_vma(const struct object *vma)
{
	return layout_has(vma->layout, M_vm_area_struct_anon_vma) ?
	       object_pointer(vma, M_vm_area_struct_anon_vma) : KADDR(0);
}

static bool sensible_bounds(const struct kernel *kernel, const struct vma *vma)
{
	uint64_t offset_bits = (1ULL << kernel->mmu.page_shift) - 1;

	return vma->start < vma->end && !(vma->start & offset_bits) &&
	       !(vma->end & offset_bits);
}

enum status vma_read(struct kernel *kernel, kaddr_t address,
		     struct vma *ret_vma)
{
	struct object object;
	struct vma vma;
	enum status st = object_read(kernel, S_vm_area_struct, address,
				     &object);

	if (st)
		return st;
	vma = (struct vma) {
		.address = address,
		.mm = object_pointer(&object, M_vm_area_struct_vm_mm),
		.start = object_value(&object, M_vm_area_struct_vm_start),
		.end = object_value(&object, M_vm_area_struct_vm_end),
		.flags = object_value(&object, M_vm_area_struct_vm_flags),
		.pgoff = object_value(&object, M_vm_area_struct_vm_pgoff),
		.anon_pgoff = anon_pgoff(&object),
		.file = object_pointer(&object, M_vm_area_struct_vm_file),
		.anon_vma = own_anon_vma(&object),
	};
	if (!sensible_bounds(kernel, &vma))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "vm_area_struct %#llx: from %#llx to %#llx",
				 (unsigned long long)address.v,
				 (unsigned long long)vma.start,
				 (unsigned long long)vma.end);
	*ret_vma = vma;
	return ST_OK;
}

/* ---- AVCs ---- */

struct chain {
	struct kernel *kernel;
	avc_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static enum status visit_avc(kaddr_t address, void *arg)
{
	const struct chain *chain = arg;
	struct object object;

	if (object_read(chain->kernel, S_anon_vma_chain, address, &object)) {
		gaps_addf(chain->gaps, "AVC", chain->kernel->diag.text,
			  "AVC %#llx", (unsigned long long)address.v);
		return ST_OK;
	}
	return chain->fn(&(struct avc) {
			 .address = address,
			 .vma = object_pointer(&object, M_anon_vma_chain_vma),
			 .anon_vma = object_pointer(
				&object, M_anon_vma_chain_anon_vma),
			 }, chain->arg);
}

enum status vma_for_each_avc(struct kernel *kernel, kaddr_t vma, avc_fn *fn,
			     void *arg, struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	struct chain chain = { kernel, fn, arg, gaps };
	const struct list list = {
		.head = kaddr_add(vma, layout->members[
				  M_vm_area_struct_anon_vma_chain].offset),
		.link = M_anon_vma_chain_same_vma,
		.what = "AVC list",
		.entry = "AVC",
	};

	return list_for_each(kernel, &list, visit_avc, &chain, gaps);
}

/* ---- containers ---- */

struct seen_vma {
	struct vma vma;
	bool listed;		/* in its container, not just in a slab */
	bool dropped;
};

DEFINE_VEC(seen_vec, struct seen_vma)

/* All VMAs of an mm, before they are handed out. */
struct visit {
	struct kernel *kernel;
	kaddr_t mm;
	struct seen_vec seen;
	bool has_strays;	/* the container does not lead to some */
	struct gaps gaps;	/* of its container */
};

static void record_mm(const struct kernel *kernel, kaddr_t mm,
		      struct gaps *gaps)
{
	gaps_addf(gaps, "VMA list", kernel->diag.text, "mm %#llx",
		  (unsigned long long)mm.v);
}

static void record(struct visit *visit)
{
	record_mm(visit->kernel, visit->mm, &visit->gaps);
}

static enum status keep(struct visit *visit, const struct vma *vma,
			bool listed)
{
	return seen_vec_push(&visit->seen,
			     (struct seen_vma) { *vma, listed, false }) ?
	       diag_no_memory(&visit->kernel->diag) : ST_OK;
}

/*
 * While a fork copies an address space, the child's tree is a copy of the
 * parent's and still holds the parent's VMAs (__mt_dup(), 6.8).
 */
static enum status visit_vma(kaddr_t address, void *arg)
{
	struct visit *visit = arg;
	struct vma vma;

	if (vma_read(visit->kernel, address, &vma)) {
		record(visit);
		return ST_OK;
	}
	return kaddr_equal(vma.mm, visit->mm) ? keep(visit, &vma, true) : ST_OK;
}

static enum status next_in_list(struct kernel *kernel, kaddr_t *vma)
{
	return kernel_read_word(kernel,
				kaddr_add(*vma, kernel->facts.layout.members[
						M_vm_area_struct_vm_next].offset),
				&vma->v);
}

static enum status walk_list(struct visit *visit, kaddr_t first)
{
	struct kernel *kernel = visit->kernel;
	cleanup_guard struct guard guard = { 0 };
	kaddr_t vma = first;

	while (vma.v) {
		enum status st = guard_visit(&guard, vma, &kernel->diag);

		if (st) {
			record(visit);
			return st == ST_NO_MEMORY ? st : ST_OK;
		}
		st = visit_vma(vma, visit);
		if (st)
			return st;
		if (next_in_list(kernel, &vma)) {
			record(visit);
			return ST_OK;
		}
	}
	return ST_OK;
}

static enum status walk(struct visit *visit, const struct object *mm)
{
	if (layout_has(mm->layout, M_mm_struct_ma_root))
		return maple_for_each(visit->kernel,
				      object_value(mm, M_mm_struct_ma_root),
				      visit_vma, visit, &visit->gaps);
	return walk_list(visit, object_pointer(mm, M_mm_struct_mmap));
}

/* ---- VMAs that the container does not lead to ---- */

static enum status visit_stray(kaddr_t address, void *arg)
{
	struct visit *visit = arg;
	struct vma vma;

	return vma_read(visit->kernel, address, &vma) ||
	       vma.end > mmu_user_end(&visit->kernel->mmu) ?
	       ST_OK : keep(visit, &vma, false);
}

static int by_start(const void *a, const void *b)
{
	const struct seen_vma *x = a, *y = b;

	if (x->vma.start != y->vma.start)
		return x->vma.start < y->vma.start ? -1 : 1;
	return y->listed - x->listed;
}

/*
 * VMAs of one mm do not overlap. The container is right; of two that it does
 * not tell of, nobody knows which one is.
 */
static void drop_overlaps(struct seen_vec *seen)
{
	struct seen_vma *last = NULL;	/* the one that reaches farthest */

	for (size_t i = 0; i < seen->n; i++) {
		struct seen_vma *vma = &seen->items[i];

		if (last && vma->vma.start < last->vma.end) {
			vma->dropped |= !vma->listed;
			last->dropped |= !last->listed;
		}
		if (!last || vma->vma.end > last->vma.end)
			last = vma;
	}
}

static void forget_dropped(struct seen_vec *seen)
{
	size_t n = 0;

	for (size_t i = 0; i < seen->n; i++)
		if (!seen->items[i].dropped)
			seen->items[n++] = seen->items[i];
	seen->n = n;
}

/* A running machine has nothing left out, and is not searched. */
static enum status add_strays(struct visit *visit)
{
	struct seen_vec *seen = &visit->seen;
	size_t n_listed = seen->n;
	enum status st;

	if (!gaps_count(&visit->gaps) || visit->kernel->image->live)
		return ST_OK;
	st = vma_slab_for_each(visit->kernel, visit->mm, visit_stray, visit);
	if (st || !seen->n)
		return st;
	qsort(seen->items, seen->n, sizeof(*seen->items), by_start);
	drop_overlaps(seen);
	forget_dropped(seen);
	visit->has_strays = seen->n > n_listed;
	return ST_OK;
}

/* ---- all of them ---- */

static enum status look(struct visit *visit, struct vma_count *ret_count)
{
	struct object mm;
	enum status st = ST_OK;

	*ret_count = (struct vma_count) { 0 };
	if (object_read(visit->kernel, S_mm_struct, visit->mm, &mm)) {
		record(visit);
	} else {
		st = walk(visit, &mm);
		ret_count->known = true;
		ret_count->counted = object_value(&mm, M_mm_struct_map_count);
	}
	if (!st)
		st = add_strays(visit);
	ret_count->found = visit->seen.n;
	return st;
}

static enum status hand_out(const struct visit *visit, vma_fn *fn, void *arg)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < visit->seen.n && !st; i++)
		st = fn(&visit->seen.items[i].vma, arg);
	return st;
}

static void visit_fini(struct visit *visit)
{
	seen_vec_fini(&visit->seen);
	gaps_fini(&visit->gaps);
}

enum status vma_for_each_uncounted(struct kernel *kernel, kaddr_t mm,
				   vma_fn *fn, void *arg, struct gaps *gaps,
				   struct vma_count *ret_count)
{
	struct visit visit = { .kernel = kernel, .mm = mm };
	enum status st = look(&visit, ret_count);

	gaps_move(&visit.gaps, gaps);
	if (!st)
		st = hand_out(&visit, fn, arg);
	visit_fini(&visit);
	return st;
}

/*
 * A container that ends early looks like a shorter one; the kernel counts. If
 * with those from slabs there are as many, nothing is missing.
 */
static void judge_count(struct visit *visit, const struct vma_count *count)
{
	if (!count->known)
		return;
	if (count->counted == count->found) {
		if (visit->has_strays)
			gaps_clear(&visit->gaps);
		return;
	}
	diag_set(&visit->kernel->diag, "the kernel counts %llu VMAs, %llu "
		 "were found", (unsigned long long)count->counted,
		 (unsigned long long)count->found);
	record(visit);
}

enum status vma_for_each(struct kernel *kernel, kaddr_t mm, vma_fn *fn,
			 void *arg, struct gaps *gaps)
{
	struct visit visit = { .kernel = kernel, .mm = mm };
	struct vma_count count;
	enum status st = look(&visit, &count);

	if (!st)
		judge_count(&visit, &count);
	gaps_move(&visit.gaps, gaps);
	if (!st)
		st = hand_out(&visit, fn, arg);
	visit_fini(&visit);
	return st;
}

/* ---- finding ---- */

struct search {
	kaddr_t vma;		/* wanted; 0: any will do */
};

static enum status compare_vma(const struct vma *vma, void *arg)
{
	const struct search *search = arg;

	return !search->vma.v || kaddr_equal(vma->address, search->vma) ?
	       ST_STOPPED : ST_OK;
}

/* *ret_why: the first thing that could not be seen, or nothing. */
static enum status search_mm(struct kernel *kernel, kaddr_t mm, kaddr_t vma,
			     bool *ret_found, char ret_why[static DIAG_SIZE])
{
	struct search search = { vma };
	struct gaps gaps = { 0 };
	enum status st = vma_for_each(kernel, mm, compare_vma, &search, &gaps);

	*ret_found = st == ST_STOPPED;
	snprintf(ret_why, DIAG_SIZE, "%s%s", gaps.list.n ? ": " : "",
		 gaps.list.n ? gaps.list.items[0].why : "");
	gaps_fini(&gaps);
	return st == ST_STOPPED ? ST_OK : st;
}

enum status vma_find(struct kernel *kernel, kaddr_t address,
		     struct vma *ret_vma)
{
	char why[DIAG_SIZE];
	struct vma vma;
	bool found;
	enum status st = vma_read(kernel, address, &vma);

	if (!st)
		st = search_mm(kernel, vma.mm, address, &found, why);
	if (st)
		return st;
	if (!found)
		return diag_fail(&kernel->diag, ST_NO_ADDRESS,
				 "no VMA: what is there names mm %#llx, which "
				 "does not have it%s",
				 (unsigned long long)vma.mm.v, why);
	*ret_vma = vma;
	return ST_OK;
}

enum status mm_find(struct kernel *kernel, kaddr_t mm)
{
	char why[DIAG_SIZE];
	bool found;
	enum status st = search_mm(kernel, mm, KADDR(0), &found, why);

	if (!st && !found)
		st = diag_fail(&kernel->diag, ST_NO_ADDRESS,
			       "no address space: no VMA says that it "
			       "belongs there%s", why);
	return st;
}

static const char *const perms[] = {
	"---p", "r--p", "-w-p", "rw-p", "--xp", "r-xp", "-wxp", "rwxp",
	"---s", "r--s", "-w-s", "rw-s", "--xs", "r-xs", "-wxs", "rwxs",
};

const char *vma_perm(const struct vma *vma)
{
	return perms[(vma->flags & (VMA_READ | VMA_WRITE | VMA_EXEC)) |
		     (vma->flags & VMA_MAYSHARE ? 8 : 0)];
}
