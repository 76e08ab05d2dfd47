/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each page table of each process, entry by entry, against the wanted frames. */
#include "rmap/scan.h"

#include <string.h>

#include "base/search.h"
#include "base/vec.h"

DEFINE_VEC(vma_vec, struct vma)

/* Frames as sorted ranges with space between them, and sorted swap entries. */
struct wanted {
	struct pfn_range *ranges;
	size_t n;
	struct wanted_swap *swaps;
	size_t n_swaps;
};

static int by_first(const void *a, const void *b)
{
	const struct pfn_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static void merge_overlaps(struct wanted *wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < wanted->n; i++) {
		struct pfn_range *last = n ? &wanted->ranges[n - 1] : NULL;

		if (last && wanted->ranges[i].first <= last->last) {
			if (wanted->ranges[i].last > last->last)
				last->last = wanted->ranges[i].last;
		} else {
			wanted->ranges[n++] = wanted->ranges[i];
		}
	}
	wanted->n = n;
}

static int by_entry(const void *a, const void *b)
{
	const struct wanted_swap *x = a, *y = b;
	int order = swap_entry_compare(x->entry, y->entry);

	return order ? order : (x->pfn.v > y->pfn.v) - (x->pfn.v < y->pfn.v);
}

static void drop_repeated(struct wanted *wanted)
{
	size_t n = 0;

	for (size_t i = 0; i < wanted->n_swaps; i++)
		if (!n || by_entry(&wanted->swaps[n - 1], &wanted->swaps[i]))
			wanted->swaps[n++] = wanted->swaps[i];
	wanted->n_swaps = n;
}

/* A copy of n items; not NULL for none of them. */
static void *copy_of(const void *items, size_t n, size_t size)
{
	void *copy = calloc(n ? n : 1, size);

	if (copy && n)
		memcpy(copy, items, n * size);
	return copy;
}

static enum status wanted_init(struct wanted *wanted,
			       const struct scan_request *request)
{
	*wanted = (struct wanted) {
		.ranges = copy_of(request->ranges, request->n_ranges,
				  sizeof(*wanted->ranges)),
		.n = request->n_ranges,
		.swaps = copy_of(request->swaps, request->n_swaps,
				 sizeof(*wanted->swaps)),
		.n_swaps = request->n_swaps,
	};
	if (!wanted->ranges || !wanted->swaps)
		return ST_NO_MEMORY;
	qsort(wanted->ranges, wanted->n, sizeof(*wanted->ranges), by_first);
	merge_overlaps(wanted);
	qsort(wanted->swaps, wanted->n_swaps, sizeof(*wanted->swaps), by_entry);
	drop_repeated(wanted);
	return ST_OK;
}

static void wanted_fini(struct wanted *wanted)
{
	free(wanted->ranges);
	free(wanted->swaps);
}

/* The first of the swap entries that is not below entry. */
static size_t wanted_from_entry(const struct wanted *wanted,
				struct swap_entry entry)
{
	return partition_point(i, wanted->n_swaps,
			       swap_entry_compare(wanted->swaps[i].entry,
						  entry) < 0);
}

/* The first range that ends at pfn or behind it; wanted->n when there is none. */
static size_t wanted_from(const struct wanted *wanted, uint64_t pfn)
{
	return partition_point(i, wanted->n, wanted->ranges[i].last < pfn);
}

/* ---- one address space ---- */

struct scanner {
	struct kernel *kernel;
	struct wanted wanted;
	scan_fn *fn;
	void *arg;
	struct gaps *gaps;
	kaddr_t mm;
	struct vma_vec vmas;	/* of mm, in order of address */
};

static enum status keep_vma(const struct vma *vma, void *arg)
{
	struct scanner *scanner = arg;

	if (vma_vec_push(&scanner->vmas, *vma))
		return diag_no_memory(&scanner->kernel->diag);
	return ST_OK;
}

static const struct vma *find_vma(const struct scanner *scanner,
				  uaddr_t address)
{
	const struct vma *vmas = scanner->vmas.items;
	size_t n = partition_point(i, scanner->vmas.n,
				   vmas[i].end <= address.v);

	return n < scanner->vmas.n && vmas[n].start <= address.v ? &vmas[n] :
								   NULL;
}

static enum status hand_out(struct scanner *scanner, struct rmap_hit *hit,
			    pfn_t pfn)
{
	const struct vma *vma = find_vma(scanner, hit->address);

	if (!vma) {
		gaps_addf(scanner->gaps, "VMA",
			  "mapped, but no VMA covers the address",
			  "mm %#llx, user address %#llx",
			  (unsigned long long)scanner->mm.v,
			  (unsigned long long)hit->address.v);
		return ST_OK;
	}
	hit->vma = *vma;
	return scanner->fn(pfn, hit, scanner->arg);
}

/* See doubt_entry() of walk.c. */
static void doubt_entry(struct scanner *scanner, const struct rmap_hit *hit,
			pfn_t pfn)
{
	gaps_addf(scanner->gaps, "page table", "an entry may name a wanted "
		  "page: what its type means in this kernel is not known",
		  "mm %#llx, user address %#llx, PFN %#llx",
		  (unsigned long long)scanner->mm.v,
		  (unsigned long long)hit->address.v,
		  (unsigned long long)pfn.v);
}

/* One frame of an entry that is about first and those after it. */
static enum status look_at_frame(struct scanner *scanner,
				 const struct pgtable_entry *entry,
				 enum map_state state, pfn_t first,
				 uint64_t pfn)
{
	uint64_t bytes = (pfn - first.v) << scanner->kernel->mmu.page_shift;
	struct rmap_hit hit = {
		.state = state,
		.address = UADDR(entry->address.v + bytes),
		.pfn = PFN(pfn),
		.n_pages = 1,
		.entry = *entry,
	};

	if (state != STATE_UNKNOWN)
		return hand_out(scanner, &hit, PFN(pfn));
	doubt_entry(scanner, &hit, PFN(pfn));
	return ST_OK;
}

/* Each page that was asked for by this swap entry. */
static enum status look_at_swap(struct scanner *scanner,
				const struct pgtable_entry *entry)
{
	const struct wanted *wanted = &scanner->wanted;
	struct swap_entry swap = pte_swap_entry(&entry->pte);
	enum status st = ST_OK;

	for (size_t i = wanted_from_entry(wanted, swap);
	     i < wanted->n_swaps && !st &&
	     swap_entry_equal(wanted->swaps[i].entry, swap); i++) {
		struct rmap_hit hit = {
			.state = STATE_SWAPPED,
			.address = entry->address,
			.pfn = wanted->swaps[i].pfn,
			.n_pages = wanted->swaps[i].in_cache,
			.entry = *entry,
		};

		st = hand_out(scanner, &hit, wanted->swaps[i].pfn);
	}
	return st;
}

static enum status look_at_frames(struct scanner *scanner,
				  const struct pgtable_entry *entry,
				  enum map_state state, pfn_t first)
{
	const struct wanted *wanted = &scanner->wanted;
	uint64_t last = first.v +
			mmu_pages(&scanner->kernel->mmu, entry->level) - 1;

	for (size_t i = wanted_from(wanted, first.v);
	     i < wanted->n && wanted->ranges[i].first <= last; i++) {
		const struct pfn_range *range = &wanted->ranges[i];
		uint64_t pfn = range->first > first.v ? range->first : first.v;
		uint64_t end = range->last < last ? range->last : last;

		for (; pfn <= end; pfn++) {
			enum status st = look_at_frame(scanner, entry, state,
						       first, pfn);

			if (st)
				return st;
		}
	}
	return ST_OK;
}

static enum status look_at_entry(const struct pgtable_entry *entry, void *arg)
{
	struct scanner *scanner = arg;
	enum map_state state;
	pfn_t first;

	state = map_state_at(scanner->kernel, entry, entry->address, &first);
	if (state == STATE_NONE)
		return ST_OK;
	if (state == STATE_SWAPPED)
		return look_at_swap(scanner, entry);
	return look_at_frames(scanner, entry, state, first);
}

static enum status scan_mm(struct scanner *scanner, kaddr_t mm)
{
	struct kernel *kernel = scanner->kernel;
	paddr_t pgd;
	enum status st;

	scanner->mm = mm;
	scanner->vmas.n = 0;
	if (!pgtable_find(kernel, mm, scanner->gaps, &pgd))
		return ST_OK;
	st = vma_for_each(kernel, mm, keep_vma, scanner, scanner->gaps);
	if (st)
		return st;
	return pgtable_for_each(kernel, pgd, look_at_entry, scanner,
				scanner->gaps);
}

enum status scan(struct kernel *kernel, const struct tasks *tasks,
		 const struct scan_request *request, scan_fn *fn, void *arg,
		 struct gaps *gaps)
{
	struct scanner scanner = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st = ST_OK;

	if (wanted_init(&scanner.wanted, request))
		st = diag_no_memory(&kernel->diag);
	for (size_t i = 0; i < tasks->n_mms && !st; i++) {
		log_progress(kernel->log, "address spaces", i, tasks->n_mms);
		st = scan_mm(&scanner, tasks->mms[i].mm);
	}
	vma_vec_fini(&scanner.vmas);
	wanted_fini(&scanner.wanted);
	return st;
}
