/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One entry, or all entries, of a page table. */
#include "mm/pgtable.h"

#include <string.h>

#include "base/map.h"
#include "mm/pgd_list.h"

/*
 * Of a table as many are looked at at once: all of a table of 4 KiB. What
 * stands on the stack for each level does not grow with the size of pages.
 */
#define MAX_ENTRIES	512

static enum status bad_entry(struct kernel *kernel, enum pt_level level,
			     uaddr_t address, uint64_t raw)
{
	return diag_fail(&kernel->diag, ST_CORRUPT,
			 "%s entry %#llx for user address %#llx makes no sense",
			 pt_level_name(level), (unsigned long long)raw,
			 (unsigned long long)address.v);
}

/* Where a table stands that an entry leads to. */
static paddr_t table_of(const struct kernel *kernel, pfn_t frame)
{
	return PADDR(frame.v << kernel->mmu.page_shift);
}

static paddr_t slot_in(const struct kernel *kernel, paddr_t table,
		       enum pt_level level, uint64_t address)
{
	return PADDR(table.v + mmu_index(&kernel->mmu, level, address) * 8);
}

/* n entries of a table; the borrowed page does not outlive the next one. */
static enum status read_entries(struct kernel *kernel, paddr_t slot,
				uint64_t *ret_entries, size_t n)
{
	const uint64_t inside = (1ULL << kernel->mmu.page_shift) - 1;
	const uint8_t *bytes;
	enum status st = image_page(kernel->image,
				    PFN(slot.v >> kernel->mmu.page_shift),
				    &bytes, &kernel->diag);

	if (!st)
		memcpy(ret_entries, bytes + (slot.v & inside), n * 8);
	return st;
}

enum status pgtable_lookup(struct kernel *kernel, paddr_t pgd, uaddr_t address,
			   struct pgtable_entry *ret_entry)
{
	const struct mmu *mmu = &kernel->mmu;
	paddr_t table = pgd;

	for (enum pt_level level = mmu_top(mmu); ; level--) {
		paddr_t slot = slot_in(kernel, table, level, address.v);
		uint64_t raw;
		struct pte pte;
		enum status st;

		st = read_entries(kernel, slot, &raw, 1);
		if (st)
			return diag_under(&kernel->diag, st,
					  "page table (%s level)",
					  pt_level_name(level));
		pte = kernel->arch->decode(mmu, level, raw);
		if (pte.kind == PTE_BAD)
			return bad_entry(kernel, level, address, raw);
		if (pte.kind != PTE_TABLE) {
			uint64_t inside = (1ULL << mmu_shift(mmu, level)) - 1;

			*ret_entry = (struct pgtable_entry) {
				.address = UADDR(address.v & ~inside),
				.level = level,
				.pte = pte,
				.slot = slot,
			};
			return ST_OK;
		}
		table = table_of(kernel, pte.pfn);
	}
}

enum swap_meaning pgtable_swap_meaning(const struct kernel *kernel,
				       const struct pte *pte)
{
	if (pte->swap_type == SWAP_TYPE_NOT_KNOWN)
		return SWAP_UNKNOWN;
	return kernel->swap_types.meanings[pte->swap_type % N_SWAP_TYPES];
}

/*
 * Since 6.1 the bits above a PFN hold the accessed and dirty bits; no machine
 * has that many frames (SWP_PFN_BITS).
 */
pfn_t pgtable_swap_frame(const struct kernel *kernel, const struct pte *pte)
{
	const struct mmu *mmu = &kernel->mmu;
	unsigned int pfn_bits = mmu->physmem_bits - mmu->page_shift;

	return PFN(pte->swap_offset & ((1ULL << pfn_bits) - 1));
}

/* ---- all entries ---- */

/*
 * hugetlb shares tables of one level, between and within address spaces. More
 * than this is damage, and would multiply from level to level.
 */
#define MAX_VISITS	64

struct walk {
	struct kernel *kernel;
	const struct pgtable_control *control;
	struct gaps *gaps;
	struct map visits;	/* table's PFN → its level, and how often */
};

static pfn_t frame_of(const struct walk *walk, paddr_t table)
{
	return PFN(table.v >> walk->kernel->mmu.page_shift);
}

static void record(struct walk *walk, paddr_t table, enum pt_level level,
		   uint64_t address)
{
	gaps_addf(walk->gaps, "page table", walk->kernel->diag.text,
		  "%s table at frame %#llx, %s addresses from %#llx",
		  pt_level_name(level),
		  (unsigned long long)frame_of(walk, table).v,
		  address < mmu_user_end(&walk->kernel->mmu) ? "user" :
		  "kernel", (unsigned long long)address);
}

static enum status walk_table(struct walk *walk, paddr_t table,
			      enum pt_level level, uint64_t base);

static enum status tell_entry(struct walk *walk,
			      const struct pgtable_entry *entry)
{
	const struct pgtable_control *control = walk->control;

	return control->entry ? control->entry(entry, control->arg) : ST_OK;
}

static enum status walk_entry(struct walk *walk, uint64_t raw,
			      paddr_t table, enum pt_level level,
			      uint64_t address)
{
	struct kernel *kernel = walk->kernel;
	struct pgtable_entry entry = {
		.address = UADDR(address),
		.level = level,
		.pte = kernel->arch->decode(&kernel->mmu, level, raw),
		.slot = slot_in(kernel, table, level, address),
	};

	switch (entry.pte.kind) {
	case PTE_NONE:
		return ST_OK;
	case PTE_TABLE:
		return walk_table(walk, table_of(kernel, entry.pte.pfn),
				  level - 1, address);
	case PTE_BAD:
		(void)bad_entry(kernel, level, entry.address, raw);
		record(walk, table, level, address);
		return ST_OK;
	default:
		return tell_entry(walk, &entry);
	}
}

/*
 * A table that stands at two levels is on a way that leads back to itself.
 * ST_BUDGET: do not enter it.
 */
static enum status enter_table(struct walk *walk, pfn_t frame,
			       enum pt_level level)
{
	struct diag *diag = &walk->kernel->diag;
	uint64_t *visits;
	bool added;

	if (map_add(&walk->visits, frame.v, level, &added))
		return diag_no_memory(diag);
	visits = map_find(&walk->visits, frame.v);
	*visits += PT_LEVELS;
	if (*visits % PT_LEVELS != level)
		return diag_fail(diag, ST_BUDGET,
				 "the same table stands at another level");
	if (*visits / PT_LEVELS > MAX_VISITS)
		return diag_fail(diag, ST_BUDGET,
				 "the same table stands in too many places");
	return ST_OK;
}

/* The part of a table that the control asks for: first and end of its entries. */
static void clip(const struct walk *walk, enum pt_level level, uint64_t base,
		 size_t *ret_first, size_t *ret_end)
{
	const struct mmu *mmu = &walk->kernel->mmu;
	const struct pgtable_control *control = walk->control;
	const unsigned int shift = mmu_shift(mmu, level);
	const uint64_t entries = mmu_entries(mmu, level);
	const uint64_t last = base + ((entries << shift) - 1);

	*ret_first = control->first > base ?
		     (control->first - base) >> shift : 0;
	*ret_end = control->last < last ?
		   ((control->last - base) >> shift) + 1 : entries;
}

/* Hands out the plain entries of a lowest table, and takes them out of it. */
static enum status take_plain(struct walk *walk, uint64_t address,
			      uint64_t *entries, size_t n)
{
	const struct pgtable_control *control = walk->control;
	const struct arch *arch = walk->kernel->arch;
	uint64_t frames[MAX_ENTRIES];

	arch->plain_frames(&walk->kernel->mmu, entries, n, frames);
	for (size_t i = 0; i < n; i++)
		if (frames[i] != NOT_PLAIN)
			entries[i] = 0;
	return control->plain(UADDR(address), frames, n, control->arg);
}

/* Part of a table, whose first entry is for address. */
static enum status walk_part(struct walk *walk, paddr_t table,
			     enum pt_level level, uint64_t address,
			     uint64_t entries[static MAX_ENTRIES], size_t n)
{
	const unsigned int shift = mmu_shift(&walk->kernel->mmu, level);
	enum status st = ST_OK;

	if (level == PT_PTE && walk->control->plain)
		st = take_plain(walk, address, entries, n);
	for (size_t i = 0; i < n && !st; i++) {
		if (!entries[i])
			continue;
		st = walk_entry(walk, entries[i], table, level,
				address + ((uint64_t)i << shift));
	}
	return st;
}

static enum status walk_entries(struct walk *walk, paddr_t table,
				enum pt_level level, uint64_t base)
{
	struct kernel *kernel = walk->kernel;
	uint64_t entries[MAX_ENTRIES];
	enum status st = ST_OK;
	size_t first, end, n;

	clip(walk, level, base, &first, &end);
	for (; first < end && !st; first += n) {
		uint64_t address = base + ((uint64_t)first <<
					   mmu_shift(&kernel->mmu, level));

		n = end - first < MAX_ENTRIES ? end - first : MAX_ENTRIES;
		if (read_entries(kernel, slot_in(kernel, table, level,
						 address), entries, n)) {
			record(walk, table, level, base);
			return ST_OK;
		}
		st = walk_part(walk, table, level, address, entries, n);
	}
	return st;
}

/* As deep as there are levels, and as broad as enter_table() allows. */
static enum status walk_table(struct walk *walk, paddr_t table,
			      enum pt_level level, uint64_t base)
{
	const struct pgtable_control *control = walk->control;
	enum status st = enter_table(walk, frame_of(walk, table), level);

	if (st == ST_NO_MEMORY)
		return st;
	if (st) {
		record(walk, table, level, base);
		return ST_OK;
	}
	if (control->table) {
		st = control->table(frame_of(walk, table), level, base,
				    control->arg);
		if (st)
			return st;
	}
	if (level == PT_PTE && !control->entry)
		return ST_OK;
	return walk_entries(walk, table, level, base);
}

/*
 * Addresses of the kernel's half are carried on with the bits of their sign
 * extension, so the base of a top table is that of what it covers: one half,
 * or both.
 */
static enum status walk_half(struct walk *walk, paddr_t pgd)
{
	const struct mmu *mmu = &walk->kernel->mmu;
	const enum pt_level top = mmu_top(mmu);
	uint64_t above = ~0ULL << mmu_shift(mmu, top) << mmu->top_bits;

	return walk_table(walk, pgd, top, walk->control->first & above);
}

enum status pgtable_walk(struct kernel *kernel, paddr_t pgd,
			 const struct pgtable_control *control,
			 struct gaps *gaps)
{
	struct walk walk = { kernel, control, gaps, { NULL, 0, 0 } };
	enum status st = walk_half(&walk, pgd);

	map_fini(&walk.visits);
	return st;
}

enum status pgtable_for_each_in(struct kernel *kernel, paddr_t pgd,
				struct uaddr_range range, pgtable_fn *fn,
				void *arg, struct gaps *gaps)
{
	uint64_t user_end = mmu_user_end(&kernel->mmu);
	const struct pgtable_control control = {
		.first = range.start,
		.last = (range.end < user_end ? range.end : user_end) - 1,
		.entry = fn,
		.arg = arg,
	};

	return range.start < range.end && range.start < user_end ?
	       pgtable_walk(kernel, pgd, &control, gaps) : ST_OK;
}

enum status pgtable_for_each(struct kernel *kernel, paddr_t pgd,
			     pgtable_fn *fn, void *arg, struct gaps *gaps)
{
	struct uaddr_range all = { 0, UINT64_MAX };

	return pgtable_for_each_in(kernel, pgd, all, fn, arg, gaps);
}

enum status pgtable_of_mm(struct kernel *kernel, kaddr_t mm, paddr_t *ret_pgd)
{
	struct object object;
	paddr_t pgd;
	enum status st = object_read(kernel, S_mm_struct, mm, &object);

	if (st && !kernel->image->live && pgd_list_find(kernel, mm, ret_pgd))
		return ST_OK;
	if (!st)
		st = kernel_translate(kernel,
				      object_pointer(&object, M_mm_struct_pgd),
				      &pgd);
	if (st)
		return diag_under(&kernel->diag, st, "pgd");
	*ret_pgd = pgd;
	return ST_OK;
}

bool pgtable_find(struct kernel *kernel, kaddr_t mm, struct gaps *gaps,
		  paddr_t *ret_pgd)
{
	if (!pgtable_of_mm(kernel, mm, ret_pgd))
		return true;
	gaps_addf(gaps, "page table", kernel->diag.text, "mm %#llx",
		  (unsigned long long)mm.v);
	return false;
}
