/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Address and page-table geometry of an architecture: pure functions on
 * integers. Reads nothing; knows bits, not memory.
 *
 * Levels count from the bottom as the kernel names them: a pgd entry leads to
 * a p4d table (5 levels) or straight to a pud table (4 levels), and so on down
 * to the pte. With fewer the kernel folds those above: its pgd is our pud with
 * 3 levels, and our pmd with 2.
 */
#ifndef RMAP_INSPECT_ARCH_ARCH_H
#define RMAP_INSPECT_ARCH_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/remote.h"

enum pt_level {
	PT_PTE,
	PT_PMD,
	PT_PUD,
	PT_P4D,
	PT_PGD,
	PT_LEVELS,
};

/* What a page-table entry says, at whatever level. */
enum pte_kind {
	PTE_NONE,	/* nothing there */
	PTE_TABLE,	/* the next table down */
	PTE_PAGE,	/* a page, small or huge, also under PROT_NONE */
	PTE_SWAP,	/* not present, but it holds an entry */
	PTE_BAD,	/* bits that no kernel sets */
};

struct pte {
	enum pte_kind kind;
	uint64_t raw;		/* the entry as stored */
	pfn_t pfn;		/* of the table, or of the first frame mapped */
	bool writable;
	bool accessible;	/* false: PROT_NONE or a NUMA hint */
	bool special;		/* no struct page is meant (pte_special) */
	bool uffd;		/* userfaultfd wants to know of accesses */
	uint8_t swap_type;
	uint64_t swap_offset;
};

#define NOT_PLAIN	UINT64_MAX

/* Of a PTE_SWAP entry, when it cannot be told how the kernel stores one. */
#define SWAP_TYPE_NOT_KNOWN	UINT8_MAX

/* What the kernel maps outside of its direct map. */
enum kernel_region_type {
	REGION_VMALLOC,		/* vmalloc(), vmap(), ioremap() */
	REGION_MEMMAP,		/* struct pages */
	REGION_CPU_ENTRY,	/* what stays mapped while users run */
	REGION_IMAGE,		/* text, data and bss of the kernel proper */
	REGION_MODULES,		/* text and data of modules, text of BPF */
	N_REGIONS,
};

struct kernel_region {
	uint64_t first, last;	/* kernel addresses, both included */
};

#define NO_REGION	{ UINT64_MAX, 0 }

static inline bool is_region(const struct kernel_region *region)
{
	return region->first <= region->last;
}

/* What VMCOREINFO tells of how a machine was set up, each where it matters. */
enum told_id {
	TOLD_PHYS_BASE,		/* x86: how far the image was moved */
	TOLD_FIVE_LEVELS,	/* x86, 4.17 */
	TOLD_ENCRYPTION,	/* x86: a bit that entries have for it, 5.0 */
	TOLD_MAX_PHYSMEM_BITS,	/* 5.9 */
	TOLD_VA_BITS,		/* arm64: as it was built */
	TOLD_T1SZ,		/* arm64, 5.9: 64 less those in use */
	TOLD_IMAGE_OFFSET,	/* arm64: kimage_voffset */
	N_TOLD,
};

/* A number of the kernel's headers, or of its boot, that only VMCOREINFO tells. */
struct told_number {
	bool known;
	int64_t value;
};

/* What else tells how a kernel stores what only software reads in an entry. */
struct format_evidence {
	/* Of a page without any access (PAGE_NONE): protection_map[0]. */
	struct told_number no_access;
	bool has_anon_exclusive;	/* PG_anon_exclusive, 5.19 */
	bool has_page_types;		/* enum pagetype, 6.12 */
};

struct mmu;

#define CPU_TABLES	2

struct arch {
	const char *name;		/* as libkdumpfile's arch.name */
	uint16_t elf_machine;		/* EM_… of its vmlinux */
	bool has_modules_in_vmalloc;	/* they have no region of their own */
	/* SECTION_SIZE_BITS of kernels whose VMCOREINFO does not tell. */
	unsigned int section_size_bits;
	/* Of an entry, one of which memory encryption may keep for itself. */
	uint64_t encryption_bits;
	/*
	 * Decide mmu->format. False: it cannot be told. NULL: there is one.
	 */
	bool (*choose_format)(const struct format_evidence *evidence,
			      struct mmu *mmu);
	/* Never fails: what makes no sense is PTE_BAD. */
	struct pte (*decode)(const struct mmu *mmu, enum pt_level level,
			     uint64_t raw);
	/*
	 * The same for many entries of a lowest table, as far as most of them
	 * go: frames[i] of an entry that is PTE_PAGE, accessible and not
	 * special, and NOT_PLAIN of any other.
	 */
	void (*plain_frames)(const struct mmu *mmu, const uint64_t *raw,
			     size_t n, uint64_t *ret_frames);
	/* What set_up() cannot do without: 1 << each of enum told_id. */
	unsigned int needs;
	/* False: what was told makes no sense. */
	bool (*set_up)(const struct told_number told[static N_TOLD],
		       unsigned int page_shift, struct mmu *ret_mmu);
	/*
	 * The page tables that a CPU with these registers (CR0 to CR4) can
	 * have used for the kernel, likelier one first, and their levels. 0: it
	 * used none. NULL: the registers of such a CPU are not known.
	 */
	size_t (*cpu_tables)(const uint64_t cr[static 5],
			     paddr_t ret_tables[static CPU_TABLES],
			     unsigned int *ret_levels);
	/*
	 * Where the regions are while KASLR leaves them in place, as far as
	 * that does not depend on anything else; others are empty. One that
	 * begins in another takes that part from it.
	 */
	void (*regions)(const struct mmu *mmu,
			struct kernel_region ret_regions[static N_REGIONS]);
};

/* An architecture as one machine had it set up. */
struct mmu {
	const struct arch *arch;
	unsigned int page_shift;
	unsigned int levels;		/* 2 to 5 */
	unsigned int physmem_bits;	/* of a physical address: MAX_PHYSMEM_BITS */
	/* Bits of an address within its half, the kernel's or the users'. */
	unsigned int half_bits;
	unsigned int top_bits;		/* of an address that the top table takes */
	uint64_t phys_mask;		/* address bits of an entry */
	/* Those of them that stand elsewhere, and how far below their place. */
	uint64_t far_mask;
	unsigned int far_shift;
	unsigned int format;		/* of entries; one of the architecture's */
	/*
	 * From a physical address to that in the kernel image's own mapping
	 * (text, data, bss), which needs no page table to find.
	 */
	uint64_t image_offset;
};

/* The architecture called name (libkdumpfile's), or NULL. */
const struct arch *arch_by_name(const char *name);

/* Whether there can be such addresses, and more than one page of them. */
bool mmu_has_memory(const struct mmu *mmu);

/* All of them, NULL-terminated. */
extern const struct arch *const archs[];

extern const struct arch arch_x86_64;
extern const struct arch arch_arm64;

/* The level of the top table. */
enum pt_level mmu_top(const struct mmu *mmu);

/* Address bits that an entry of this level leaves to the levels below. */
unsigned int mmu_shift(const struct mmu *mmu, enum pt_level level);

/* Entries in one table of this level. */
size_t mmu_entries(const struct mmu *mmu, enum pt_level level);

/* Which entry of a table of this level an address uses. */
size_t mmu_index(const struct mmu *mmu, enum pt_level level, uint64_t addr);

/* Pages that an entry of this level maps when it is PTE_PAGE. */
uint64_t mmu_pages(const struct mmu *mmu, enum pt_level level);

/* The first address above user space. */
uint64_t mmu_user_end(const struct mmu *mmu);

/* The bits that are all set in an address of the kernel's half, and in no other. */
uint64_t mmu_kernel_bits(const struct mmu *mmu);

/* Of an address in the kernel image. */
paddr_t mmu_image_to_phys(const struct mmu *mmu, kaddr_t addr);

/* "pte", "pmd", … */
const char *pt_level_name(enum pt_level level);

#endif
