/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page tables of one address space, read physically.
 *
 * Knows levels and entries (through src/arch); nothing of VMAs or of what the
 * frames are used for.
 */
#ifndef RMAP_INSPECT_MM_PGTABLE_H
#define RMAP_INSPECT_MM_PGTABLE_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/* An entry and where it stands. */
struct pgtable_entry {
	uaddr_t address;	/* first user address that it covers */
	enum pt_level level;
	struct pte pte;		/* never PTE_TABLE */
	paddr_t slot;		/* where it is stored: tables can be shared */
};

/*
 * The entry that decides about a user address: a page at whatever level, a
 * swap entry, or nothing. pgd is physical. Failure: a table cannot be read.
 */
enum status pgtable_lookup(struct kernel *kernel, paddr_t pgd, uaddr_t address,
			   struct pgtable_entry *ret_entry) must_check;

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status pgtable_fn(const struct pgtable_entry *entry, void *arg);

/*
 * Each entry of the user half that is a page or a swap entry, in order of
 * address. A table that cannot be read is recorded in gaps and passed over.
 */
enum status pgtable_for_each(struct kernel *kernel, paddr_t pgd,
			     pgtable_fn *fn, void *arg,
			     struct gaps *gaps) must_check;

/* What to visit of a page table, and who hears of it. */
struct pgtable_control {
	uint64_t first, last;	/* addresses, both included, of either half */
	pgtable_fn *entry;	/* each page and swap entry. NULL: none */
	/* Each table, before its entries. NULL: none. */
	enum status (*table)(pfn_t table, enum pt_level level, uint64_t first,
			     void *arg);
	/*
	 * Up to 512 pages of a lowest table at once that need no second look
	 * (see plain_frames() of struct arch): frames[i] is mapped at the ith
	 * page from address on; entry() gets the others. NULL: it gets all.
	 */
	enum status (*plain)(uaddr_t address, const uint64_t *frames, size_t n,
			     void *arg);
	void *arg;
};

/*
 * The same for any part. Without an entry function the lowest tables are told
 * of and not read.
 */
enum status pgtable_walk(struct kernel *kernel, paddr_t pgd,
			 const struct pgtable_control *control,
			 struct gaps *gaps) must_check;

/* User addresses, end excluded. */
struct uaddr_range {
	uint64_t start, end;
};

/* The same for entries that cover part of a range. */
enum status pgtable_for_each_in(struct kernel *kernel, paddr_t pgd,
				struct uaddr_range range, pgtable_fn *fn,
				void *arg, struct gaps *gaps) must_check;

/* What the type of a PTE_SWAP entry means. */
enum swap_meaning pgtable_swap_meaning(const struct kernel *kernel,
				       const struct pte *pte);

/*
 * The frame in a PTE_SWAP entry whose type means that there is one; of an
 * entry above the PTE level the first.
 */
pfn_t pgtable_swap_frame(const struct kernel *kernel, const struct pte *pte);

/*
 * The physical address of mm_struct.pgd. Of an mm_struct that cannot be read,
 * the kernel may have a list that tells it.
 */
enum status pgtable_of_mm(struct kernel *kernel, kaddr_t mm,
			  paddr_t *ret_pgd) must_check;

/* Likewise; false: it cannot be told, and a gap says so. */
bool pgtable_find(struct kernel *kernel, kaddr_t mm, struct gaps *gaps,
		  paddr_t *ret_pgd) must_check;

#endif
