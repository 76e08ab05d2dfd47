/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each page table of each process, entry by entry, against the wanted frames. */
#include "rmap/scan.h"

#include <string.h>

#include "base/vec.h"

DEFINE_VEC(vma_vec, struct vma)

/* The wanted frames as sorted ranges with space between them. */
struct wanted {
	struct pfn_range *ranges;
	size_t n;
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

static enum status wanted_init(struct wanted *wanted,
			       const struct pfn_range *ranges, size_t n)
{
	wanted->n = n;
	wanted->ranges = calloc(n ? n : 1, sizeof(*ranges));
	if (!wanted->ranges)
		return ST_NO_MEMORY;
	if (n)
		memcpy(wanted->ranges, ranges, n * sizeof(*ranges));
	qsort(wanted->ranges, n, sizeof(*ranges), by_first);
	merge_overlaps(wanted);
	return ST_OK;
}

static void wanted_fini(struct wanted *wanted)
{
	free(wanted->ranges);
}

/* The first range that ends at pfn or behind it; wanted->n when there is none. */
static size_t wanted_from(const struct wanted *wanted, uint64_t pfn)
{
	size_t low = 0, high = wanted->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (wanted->ranges[middle].last < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
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
	size_t low = 0, high = scanner->vmas.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct vma *vma = &scanner->vmas.items[middle];

		if (address.v < vma->start)
			high = middle;
		else if (address.v >= vma->end)
			low = middle + 1;
		else
			return vma;
	}
	return NULL;
}

static enum status hand_out(struct scanner *scanner,
			    const struct pgtable_entry *entry, uint64_t pfn)
{
	uint64_t inside = pfn - entry->pte.pfn.v;
	struct rmap_hit hit = {
		.address = UADDR(entry->address.v +
				 (inside << scanner->kernel->arch->page_shift)),
		.entry = *entry,
	};
	const struct vma *vma = find_vma(scanner, hit.address);

	if (!vma) {
		gaps_addf(scanner->gaps, "VMA",
			  "mapped, but no VMA covers the address",
			  "mm %#llx, user address %#llx",
			  (unsigned long long)scanner->mm.v,
			  (unsigned long long)hit.address.v);
		return ST_OK;
	}
	hit.vma = *vma;
	return scanner->fn(PFN(pfn), &hit, scanner->arg);
}

static bool is_wanted(const struct wanted *wanted, pfn_t pfn)
{
	size_t i = wanted_from(wanted, pfn.v);

	return i < wanted->n && wanted->ranges[i].first <= pfn.v;
}

/* A wanted frame that is owned here and not mapped: see rmap/walk.c. */
static void check_unmapped(struct scanner *scanner,
			   const struct pgtable_entry *entry)
{
	pfn_t named;

	if (pgtable_names_frame(scanner->kernel, entry, &named) &&
	    is_wanted(&scanner->wanted, named))
		gaps_addf(scanner->gaps, "page table", "a migration, hwpoison "
			  "or device entry names a wanted page and does not "
			  "map it", "mm %#llx, user address %#llx, PFN %#llx",
			  (unsigned long long)scanner->mm.v,
			  (unsigned long long)entry->address.v,
			  (unsigned long long)named.v);
}

static enum status look_at_entry(const struct pgtable_entry *entry, void *arg)
{
	struct scanner *scanner = arg;
	const struct wanted *wanted = &scanner->wanted;
	uint64_t first = entry->pte.pfn.v, last;

	check_unmapped(scanner, entry);
	if (entry->pte.kind != PTE_PAGE)
		return ST_OK;
	last = first + mmu_pages(&scanner->kernel->mmu, entry->level) - 1;
	for (size_t i = wanted_from(wanted, first);
	     i < wanted->n && wanted->ranges[i].first <= last; i++) {
		const struct pfn_range *range = &wanted->ranges[i];
		uint64_t pfn = range->first > first ? range->first : first;
		uint64_t end = range->last < last ? range->last : last;

		for (; pfn <= end; pfn++) {
			enum status st = hand_out(scanner, entry, pfn);

			if (st)
				return st;
		}
	}
	return ST_OK;
}

static enum status scan_mm(struct scanner *scanner, kaddr_t mm)
{
	struct kernel *kernel = scanner->kernel;
	paddr_t pgd;
	enum status st;

	scanner->mm = mm;
	scanner->vmas.n = 0;
	if (pgtable_of_mm(kernel, mm, &pgd)) {
		gaps_addf(scanner->gaps, "page table", kernel->diag.text,
			  "mm %#llx", (unsigned long long)mm.v);
		return ST_OK;
	}
	st = vma_for_each(kernel, mm, keep_vma, scanner, scanner->gaps);
	if (st)
		return st;
	return pgtable_for_each(kernel, pgd, look_at_entry, scanner,
				scanner->gaps);
}

enum status scan(struct kernel *kernel, const struct tasks *tasks,
		 const struct pfn_range *ranges, size_t n_ranges, scan_fn *fn,
		 void *arg, struct gaps *gaps)
{
	struct scanner scanner = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st = ST_OK;

	if (wanted_init(&scanner.wanted, ranges, n_ranges))
		return diag_no_memory(&kernel->diag);
	for (size_t i = 0; i < tasks->n_mms && !st; i++) {
		log_progress(kernel->log, "address spaces", i, tasks->n_mms);
		st = scan_mm(&scanner, tasks->mms[i].mm);
	}
	vma_vec_fini(&scanner.vmas);
	wanted_fini(&scanner.wanted);
	return st;
}
