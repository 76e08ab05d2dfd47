/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/pgtable.h"

#include <string.h>

#define MAX_ENTRIES	512	/* of 8 bytes in a table of 4 KiB */

static enum status bad_entry(struct kernel *kernel, enum pt_level level,
			     uaddr_t address, uint64_t raw)
{
	return diag_fail(&kernel->diag, ST_CORRUPT,
			 "%s entry %#llx for user address %#llx makes no sense",
			 pt_level_name(level), (unsigned long long)raw,
			 (unsigned long long)address.v);
}

static pfn_t table_of(const struct kernel *kernel, paddr_t table)
{
	return PFN(table.v >> kernel->arch->page_shift);
}

enum status pgtable_lookup(struct kernel *kernel, paddr_t pgd, uaddr_t address,
			   struct pgtable_entry *ret_entry)
{
	const struct mmu *mmu = &kernel->mmu;
	pfn_t table = table_of(kernel, pgd);

	for (enum pt_level level = mmu_top(mmu); ; level--) {
		const uint8_t *bytes;
		uint64_t raw;
		struct pte pte;
		enum status st;

		st = image_page(kernel->image, table, &bytes, &kernel->diag);
		if (st)
			return diag_under(&kernel->diag, st,
					  "page table (%s level)",
					  pt_level_name(level));
		memcpy(&raw, bytes + mmu_index(mmu, level, address.v) * 8,
		       sizeof(raw));
		pte = kernel->arch->decode(mmu, level, raw);
		if (pte.kind == PTE_BAD)
			return bad_entry(kernel, level, address, raw);
		if (pte.kind != PTE_TABLE) {
			uint64_t inside = (1ULL << mmu_shift(mmu, level)) - 1;

			*ret_entry = (struct pgtable_entry) {
				.address = UADDR(address.v & ~inside),
				.level = level,
				.pte = pte,
			};
			return ST_OK;
		}
		table = pte.pfn;
	}
}

/* ---- all entries ---- */

struct walk {
	struct kernel *kernel;
	pgtable_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static void record(const struct walk *walk, pfn_t table, enum pt_level level,
		   uint64_t address)
{
	gaps_addf(walk->gaps, "page table", walk->kernel->diag.text,
		  "%s table at frame %#llx, user addresses from %#llx",
		  pt_level_name(level), (unsigned long long)table.v,
		  (unsigned long long)address);
}

static enum status walk_table(const struct walk *walk, pfn_t table,
			      enum pt_level level, uint64_t base);

static enum status walk_entry(const struct walk *walk, uint64_t raw,
			      pfn_t table, enum pt_level level,
			      uint64_t address)
{
	struct kernel *kernel = walk->kernel;
	struct pgtable_entry entry = {
		.address = UADDR(address),
		.level = level,
		.pte = kernel->arch->decode(&kernel->mmu, level, raw),
	};

	switch (entry.pte.kind) {
	case PTE_NONE:
		return ST_OK;
	case PTE_TABLE:
		return walk_table(walk, entry.pte.pfn, level - 1, address);
	case PTE_BAD:
		(void)bad_entry(kernel, level, entry.address, raw);
		record(walk, table, level, address);
		return ST_OK;
	default:
		return walk->fn(&entry, walk->arg);
	}
}

/* The recursion is as deep as there are levels, whatever the tables hold. */
static enum status walk_table(const struct walk *walk, pfn_t table,
			      enum pt_level level, uint64_t base)
{
	const struct mmu *mmu = &walk->kernel->mmu;
	const uint64_t step = 1ULL << mmu_shift(mmu, level);
	uint64_t entries[MAX_ENTRIES];
	const uint8_t *bytes;

	if (image_page(walk->kernel->image, table, &bytes,
		       &walk->kernel->diag)) {
		record(walk, table, level, base);
		return ST_OK;
	}
	/* A copy: the borrowed page does not outlive the tables below. */
	memcpy(entries, bytes, mmu_entries(mmu) * sizeof(entries[0]));
	for (size_t i = 0; i < mmu_entries(mmu); i++) {
		uint64_t address = base + i * step;
		enum status st;

		if (!entries[i])
			continue;
		if (address >= mmu_user_end(mmu))
			return ST_OK;
		st = walk_entry(walk, entries[i], table, level, address);
		if (st)
			return st;
	}
	return ST_OK;
}

enum status pgtable_for_each(struct kernel *kernel, paddr_t pgd,
			     pgtable_fn *fn, void *arg, struct gaps *gaps)
{
	struct walk walk = { kernel, fn, arg, gaps };

	return walk_table(&walk, table_of(kernel, pgd), mmu_top(&kernel->mmu),
			  0);
}

enum status pgtable_of_mm(struct kernel *kernel, kaddr_t mm, paddr_t *ret_pgd)
{
	struct object object;
	paddr_t pgd;
	enum status st = object_read(kernel, S_mm_struct, mm, &object);

	if (!st)
		st = kernel_translate(kernel,
				      object_pointer(&object, M_mm_struct_pgd),
				      &pgd);
	if (st)
		return diag_under(&kernel->diag, st, "mm %#llx: pgd",
				  (unsigned long long)mm.v);
	*ret_pgd = pgd;
	return ST_OK;
}
