/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting and handing out what stands in the page tables. */
#include "mm/resident.h"

#include <stdio.h>

#include "mm/pgtable.h"

struct walk {
	struct kernel *kernel;
	kaddr_t mm;
	struct uaddr_range range;
	resident_fn *fn;
	void *arg;
	struct resident resident;
	struct gaps *gaps;
};

static uint64_t pages_in(const struct walk *walk, uint64_t start, uint64_t end)
{
	return (end - start) >> walk->kernel->mmu.page_shift;
}

/* Where a huge page reaches out of the range, only what is inside counts. */
static struct uaddr_range inside(const struct walk *walk,
				 const struct pgtable_entry *entry)
{
	uint64_t start = entry->address.v;
	uint64_t end = start + (1ULL << mmu_shift(&walk->kernel->mmu,
						  entry->level));

	return (struct uaddr_range) {
		start > walk->range.start ? start : walk->range.start,
		end < walk->range.end ? end : walk->range.end,
	};
}

static enum status look_at_entry(const struct pgtable_entry *entry, void *arg)
{
	struct walk *walk = arg;
	struct uaddr_range part = inside(walk, entry);
	uint64_t n = pages_in(walk, part.start, part.end);

	if (entry->pte.kind == PTE_PAGE) {
		walk->resident.present += n;
		return walk->fn(PFN(entry->pte.pfn.v +
				    pages_in(walk, entry->address.v,
					     part.start)),
				n, UADDR(part.start), walk->arg);
	}
	if (pgtable_swap_meaning(walk->kernel, &entry->pte) == SWAP_FILE)
		walk->resident.swapped += n;
	else
		walk->resident.unmapped += n;
	return ST_OK;
}

/* What is mapped beyond all VMAs, or twice, cannot be whole. */
static void check_cover(struct walk *walk)
{
	const struct resident *r = &walk->resident;
	char why[128];

	if (r->present + r->swapped + r->unmapped <= r->covered)
		return;
	snprintf(why, sizeof(why), "entries for %llu pages, and VMAs for %llu",
		 (unsigned long long)(r->present + r->swapped + r->unmapped),
		 (unsigned long long)r->covered);
	gaps_addf(walk->gaps, "page table", why, "mm %#llx",
		  (unsigned long long)walk->mm.v);
}

static enum status count_vma(const struct vma *vma, void *arg)
{
	struct walk *walk = arg;

	walk->resident.n_vmas++;
	walk->resident.covered += pages_in(walk, vma->start, vma->end);
	return ST_OK;
}

static enum status walk_range(struct walk *walk, struct resident *ret_resident)
{
	paddr_t pgd;
	enum status st = pgtable_of_mm(walk->kernel, walk->mm, &pgd);

	if (!st)
		st = pgtable_for_each_in(walk->kernel, pgd, walk->range,
					 look_at_entry, walk, walk->gaps);
	if (st)
		return st;
	check_cover(walk);
	*ret_resident = walk->resident;
	return ST_OK;
}

enum status resident_of_mm(struct kernel *kernel, kaddr_t mm, resident_fn *fn,
			   void *arg, struct resident *ret_resident,
			   struct gaps *gaps)
{
	struct walk walk = {
		.kernel = kernel,
		.mm = mm,
		.range = { 0, mmu_user_end(&kernel->mmu) },
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st = vma_for_each(kernel, mm, count_vma, &walk, gaps);

	return st ? st : walk_range(&walk, ret_resident);
}

enum status resident_of_vma(struct kernel *kernel, const struct vma *vma,
			    resident_fn *fn, void *arg,
			    struct resident *ret_resident, struct gaps *gaps)
{
	struct walk walk = {
		.kernel = kernel,
		.mm = vma->mm,
		.range = { vma->start, vma->end },
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st = count_vma(vma, &walk);

	return st ? st : walk_range(&walk, ret_resident);
}
