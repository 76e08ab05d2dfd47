/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files once, then each address space by one thread. */
#include "census/swapped.h"

#include "base/search.h"
#include "mm/inode.h"
#include "mm/pgtable.h"
#include "mm/shmem.h"
#include "mm/vma.h"
#include "rmap/state.h"

/* ---- the files ---- */

/* Pages of a file that are in swap, and how many there are before these. */
struct run {
	uint64_t mapping;
	uint64_t index;
	uint64_t n;
	uint64_t before;	/* in all of the list */
};

DEFINE_VEC(run_vec, struct run)

static enum status keep_run(const struct shmem_swap *swap, void *arg)
{
	return run_vec_push(arg, (struct run) {
			swap->mapping.v, swap->index, swap->n, 0 });
}

static int compare(const struct run *run, uint64_t mapping, uint64_t index)
{
	if (run->mapping != mapping)
		return run->mapping < mapping ? -1 : 1;
	return (run->index > index) - (run->index < index);
}

static int by_place(const void *a, const void *b)
{
	const struct run *y = b;

	return compare(a, y->mapping, y->index);
}

static void sort_runs(struct run_vec *runs)
{
	uint64_t before = 0;

	if (runs->n)
		qsort(runs->items, runs->n, sizeof(runs->items[0]), by_place);
	for (size_t i = 0; i < runs->n; i++) {
		runs->items[i].before = before;
		before += runs->items[i].n;
	}
}

static enum status find_runs(struct kernel *kernel, struct run_vec *runs,
			     struct gaps *gaps)
{
	enum status st = shmem_swap_for_each(kernel, keep_run, runs, gaps);

	if (st == ST_UNSUPPORTED) {
		gaps_add(gaps, "shared memory", "swap", kernel->diag.text);
		return ST_OK;
	}
	if (st == ST_NO_MEMORY)
		return diag_no_memory(&kernel->diag);
	sort_runs(runs);
	return st;
}

static size_t first_from(const struct run_vec *runs, uint64_t mapping,
			 uint64_t index)
{
	return partition_point(i, runs->n,
			       compare(&runs->items[i], mapping, index) < 0);
}

/* How many pages in swap stand in the list before this one of this file. */
static uint64_t n_before(const struct run_vec *runs, uint64_t mapping,
			 uint64_t index)
{
	size_t i = first_from(runs, mapping, index);
	const struct run *last;

	if (!i)
		return 0;
	last = &runs->items[i - 1];
	if (last->mapping == mapping && index - last->index < last->n)
		return last->before + (index - last->index);
	return last->before + last->n;
}

static uint64_t n_in(const struct run_vec *runs, kaddr_t mapping,
		     uint64_t index, uint64_t n)
{
	/* vm_pgoff can be anything: there is no index behind the last. */
	uint64_t end = index + n < index ? UINT64_MAX : index + n;

	return n_before(runs, mapping.v, end) -
	       n_before(runs, mapping.v, index);
}

/* ---- what a VMA maps of them ---- */

struct count {
	struct kernel *kernel;
	const struct run_vec *runs;
	struct space *space;
};

struct file_count {
	const struct count *count;
	const struct vma *vma;
	kaddr_t mapping;
	uint64_t n_hidden;
};

static uint64_t n_mapped(const struct file_count *at, uint64_t start,
			 uint64_t end)
{
	unsigned int shift = at->count->kernel->mmu.page_shift;

	return n_in(at->count->runs, at->mapping, at->vma->pgoff +
		    ((start - at->vma->start) >> shift), (end - start) >> shift);
}

/* All of this was read before, by the first count, which mostly told of it. */
static void end_again(const struct count *count, struct gaps *again)
{
	gaps_keep_first(again, &count->space->gaps);
	gaps_fini(again);
}

/* Whatever is in the page table, a page of its own mostly, hides the file's. */
static enum status hide(const struct pgtable_entry *entry, void *arg)
{
	struct file_count *at = arg;
	uint64_t start = entry->address.v;
	uint64_t end = start + (1ULL << mmu_shift(&at->count->kernel->mmu,
						  entry->level));

	at->n_hidden += n_mapped(at,
				 start > at->vma->start ? start : at->vma->start,
				 end < at->vma->end ? end : at->vma->end);
	return ST_OK;
}

/* smaps_pte_hole(). */
static enum status count_hidden(struct file_count *at)
{
	struct kernel *kernel = at->count->kernel;
	struct uaddr_range range = { at->vma->start, at->vma->end };
	struct gaps again = { 0 };
	enum status st = ST_OK;
	paddr_t pgd;

	if (pgtable_find(kernel, at->vma->mm, &again, &pgd))
		st = pgtable_for_each_in(kernel, pgd, range, hide, at, &again);
	end_again(at->count, &again);
	return st;
}

/*
 * smap_gather_stats(): all that the file has in swap there, unless the VMA can
 * have pages of its own in place of the file's.
 */
static enum status count_file(struct file_count *at)
{
	uint64_t n = n_mapped(at, at->vma->start, at->vma->end);
	enum status st = ST_OK;

	if (n && !(at->vma->flags & VMA_MAYSHARE) &&
	    (at->vma->flags & VMA_WRITE))
		st = count_hidden(at);
	at->count->space->swapped_shmem += n - at->n_hidden;
	return st;
}

static enum status count_vma(const struct vma *vma, void *arg)
{
	const struct count *count = arg;
	struct file_count at = { .count = count, .vma = vma };

	if (!vma->file.v)
		return ST_OK;
	if (mapping_of_file(count->kernel, vma->file, &at.mapping)) {
		gaps_addf(&count->space->gaps, "file", count->kernel->diag.text,
			  "file %#llx", (unsigned long long)vma->file.v);
		return ST_OK;
	}
	return count_file(&at);
}

static enum status count_files(struct count *count)
{
	struct gaps again = { 0 };
	enum status st;

	if (!count->runs->n)
		return ST_OK;
	st = vma_for_each(count->kernel, count->space->mm->mm, count_vma, count,
			  &again);
	end_again(count, &again);
	return st;
}

/* ---- the entries of the page tables ---- */

static enum status skip_plain(uaddr_t address, const uint64_t *pfns, size_t n,
			      void *arg)
{
	(void)address;
	(void)pfns;
	(void)n;
	(void)arg;
	return ST_OK;
}

/* swp_swapcount() */
static enum status count_sharers(struct kernel *kernel,
				 const struct pgtable_entry *entry,
				 uint32_t *ret_n)
{
	struct swap_slot slot;
	enum status st;

	if (entry->level != PT_PTE)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "what a swap entry at this level counts is "
				 "not known");
	st = swap_slot_read(kernel, pte_swap_entry(&entry->pte), &slot);
	if (st)
		return st;
	if (slot.use != SWAP_COUNTED && slot.use != SWAP_UNUSED)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "the kernel's count does not tell how many "
				 "refer to a swap entry");
	*ret_n = slot.count;
	return ST_OK;
}

static enum status weigh_entry(const struct pgtable_entry *entry, void *arg)
{
	const struct count *count = arg;
	struct kernel *kernel = count->kernel;
	struct space *space = count->space;
	pfn_t none = PFN(0);
	uint32_t n;

	if (map_state_at(kernel, entry, entry->address, &none) !=
	    STATE_SWAPPED)
		return ST_OK;
	if (!count_sharers(kernel, entry, &n))
		space->swap_proportional += page_share(&kernel->mmu, n);
	else if (!space->n_unweighed++)
		gaps_addf(&space->gaps, "swap", kernel->diag.text,
			  "mm %#llx, user address %#llx",
			  (unsigned long long)space->mm->mm.v,
			  (unsigned long long)entry->address.v);
	return ST_OK;
}

/* Only where there are any. */
static enum status weigh_entries(struct count *count)
{
	struct kernel *kernel = count->kernel;
	const struct pgtable_control control = {
		.last = mmu_user_end(&kernel->mmu) - 1,
		.entry = weigh_entry,
		.plain = skip_plain,
		.arg = count,
	};
	struct gaps again = { 0 };
	enum status st = ST_OK;
	paddr_t pgd;

	if (!count->space->swapped)
		return ST_OK;
	if (pgtable_find(kernel, count->space->mm->mm, &again, &pgd))
		st = pgtable_walk(kernel, pgd, &control, &again);
	end_again(count, &again);
	return st;
}

/* ---- address spaces ---- */

static enum status count_space(struct kernel *kernel, size_t i, void *arg)
{
	struct count count = *(const struct count *)arg;
	enum status st;

	count.kernel = kernel;
	count.space += i;
	st = count_files(&count);
	return st ? st : weigh_entries(&count);
}

enum status spaces_count_swap(struct crew *crew, struct spaces *spaces,
			      struct gaps *gaps)
{
	struct run_vec runs = { 0 };
	struct count count = { NULL, &runs, spaces->list };
	enum status st = find_runs(crew->kernels[0], &runs, gaps);

	if (!st)
		st = crew_work(crew, "address spaces, swap", spaces->n,
			       count_space, &count);
	run_vec_fini(&runs);
	return st;
}
