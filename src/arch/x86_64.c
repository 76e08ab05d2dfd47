/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86-64: arch/x86/include/asm/pgtable_types.h, pgtable-invert.h,
 * pgtable_64.h. No type information tells these bits; they have stood still
 * since 4.19.
 */
#include <elf.h>

#include "arch/arch.h"

#define X86_PRESENT	(1ULL << 0)
#define X86_RW		(1ULL << 1)
#define X86_ACCESSED	(1ULL << 5)
#define X86_DIRTY	(1ULL << 6)
#define X86_PSE		(1ULL << 7)	/* PMD and PUD; in a PTE it is PAT */
#define X86_PROTNONE	(1ULL << 8)	/* the global bit, when not present */
#define X86_SPECIAL	(1ULL << 9)	/* in huge entries since 6.12 */
#define X86_UFFD	(1ULL << 10)	/* since 5.7; of nobody before */

/* Some CPUs set these two in an entry that is not present (_PAGE_KNL_ERRATUM_MASK). */
#define X86_ERRATUM	(X86_ACCESSED | X86_DIRTY)

/* CPUID tells which; 47 and 51 are known of. Those below are of addresses. */
#define X86_ENCRYPTION_BITS	(((1ULL << 52) - 1) & ~((1ULL << 46) - 1))

#define START_KERNEL_MAP	0xffffffff80000000ULL
#define CPU_ENTRY_AREA		0xfffffe0000000000ULL

/*
 * Against L1TF the kernel stores the frame of a non-present entry inverted
 * (commit 6b28baca9b1f, "x86/speculation/l1tf: Protect PROT_NONE PTEs against
 * speculation", 4.19 and the stable series of August 2018).
 */
static uint64_t uninvert(uint64_t raw)
{
	return raw & X86_PRESENT ? raw : ~raw;
}

static pfn_t frame_of(const struct mmu *mmu, enum pt_level level, uint64_t raw)
{
	/* In a huge entry bit 12 is PAT, and the bits above it reserved. */
	uint64_t offset_bits = (1ULL << mmu_shift(mmu, level)) - 1;

	return PFN((uninvert(raw) & mmu->phys_mask & ~offset_bits) >>
		   mmu->page_shift);
}

static bool is_leaf(enum pt_level level, uint64_t raw)
{
	if (level == PT_PTE)
		return raw & (X86_PRESENT | X86_PROTNONE);
	/* A PMD that is being split keeps PSE alone (pmd_present()). */
	if (level == PT_PMD)
		return raw & X86_PSE;
	return level == PT_PUD && (raw & X86_PSE) &&
	       (raw & (X86_PRESENT | X86_PROTNONE));
}

static void decode_page(const struct mmu *mmu, enum pt_level level,
			struct pte *pte)
{
	pte->kind = PTE_PAGE;
	pte->pfn = frame_of(mmu, level, pte->raw);
	pte->writable = pte->raw & X86_RW;
	pte->accessible = pte->raw & X86_PRESENT;
	pte->special = pte->raw & X86_SPECIAL;
	pte->uffd = pte->raw & X86_UFFD;
}

static void decode_table(const struct mmu *mmu, struct pte *pte)
{
	pte->kind = pte->raw & X86_PSE ? PTE_BAD : PTE_TABLE;
	pte->pfn = frame_of(mmu, PT_PTE, pte->raw);
}

/* __swp_type() and __swp_offset(): type in bits 59-63, offset inverted below. */
static void decode_swap(struct pte *pte)
{
	pte->kind = PTE_SWAP;
	pte->swap_type = pte->raw >> 59;
	pte->swap_offset = (~pte->raw << 5) >> 14;
}

static struct pte x86_64_decode(const struct mmu *mmu, enum pt_level level,
				uint64_t raw)
{
	struct pte pte = { .kind = PTE_NONE, .raw = raw };

	if (!(raw & ~X86_ERRATUM))
		return pte;
	if (is_leaf(level, raw))
		decode_page(mmu, level, &pte);
	else if (level != PT_PTE && (raw & X86_PRESENT))
		decode_table(mmu, &pte);
	else if (level <= PT_PUD)
		decode_swap(&pte);
	else
		pte.kind = PTE_BAD;
	return pte;
}

static void x86_64_plain_frames(const struct mmu *mmu, const uint64_t *raw,
				size_t n, uint64_t *ret_frames)
{
	const unsigned int page_shift = mmu->page_shift;
	const uint64_t mask = mmu->phys_mask & ~((1ULL << page_shift) - 1);

	for (size_t i = 0; i < n; i++)
		ret_frames[i] = (raw[i] & (X86_PRESENT | X86_SPECIAL)) ==
				X86_PRESENT ?
				(raw[i] & mask) >> page_shift : NOT_PLAIN;
}

/*
 * One top table for both halves. Memory encryption keeps a bit of each entry
 * for itself. Kernels before 4.17 do not say how many levels they use, and
 * use 4.
 */
static bool x86_64_set_up(const struct told_number told[static N_TOLD],
			  unsigned int page_shift, struct mmu *ret_mmu)
{
	const uint64_t encryption = told[TOLD_ENCRYPTION].value;
	const unsigned int levels = told[TOLD_FIVE_LEVELS].value ? 5 : 4;
	const struct mmu mmu = {
		.arch = &arch_x86_64,
		.page_shift = page_shift,
		.levels = levels,
		.physmem_bits = told[TOLD_MAX_PHYSMEM_BITS].known ?
				told[TOLD_MAX_PHYSMEM_BITS].value :
				levels == 5 ? 52 : 46,
		.half_bits = 12 + 9 * levels - 1,
		.top_bits = 9,
		.phys_mask = ((1ULL << 52) - 1) & ~encryption,
		.image_offset = START_KERNEL_MAP -
				told[TOLD_PHYS_BASE].value,
	};
	if (page_shift != 12 || !mmu_has_memory(&mmu))
		return false;
	*ret_mmu = mmu;
	return true;
}

#define X86_CR0_PG	(1ULL << 31)
#define X86_CR4_LA57	(1ULL << 12)
#define X86_CR3_ADDRESS	(((1ULL << 52) - 1) & ~0xfffULL)

/*
 * While a user's code runs under page-table isolation, it is the table behind
 * the kernel's (PTI_USER_PGTABLE_BIT).
 */
#define X86_CR3_USER	(1ULL << 12)

static size_t x86_64_cpu_tables(const uint64_t cr[static 5],
				paddr_t ret_tables[static CPU_TABLES],
				unsigned int *ret_levels)
{
	uint64_t table = cr[3] & X86_CR3_ADDRESS;
	size_t n = 0;

	if (!(cr[0] & X86_CR0_PG))
		return 0;
	ret_tables[n++] = PADDR(table);
	if (table & X86_CR3_USER)
		ret_tables[n++] = PADDR(table & ~X86_CR3_USER);
	*ret_levels = cr[4] & X86_CR4_LA57 ? 5 : 4;
	return n;
}

/* Documentation/arch/x86/x86_64/mm.rst; modules with RANDOMIZE_BASE. */
static void x86_64_regions(const struct mmu *mmu,
			   struct kernel_region ret_regions[static N_REGIONS])
{
	bool five = mmu->levels == 5;

	ret_regions[REGION_VMALLOC] = (struct kernel_region) {
		five ? 0xffa0000000000000ULL : 0xffffc90000000000ULL,
		CPU_ENTRY_AREA - 1,
	};
	ret_regions[REGION_MEMMAP] = (struct kernel_region) {
		five ? 0xffd4000000000000ULL : 0xffffea0000000000ULL,
		CPU_ENTRY_AREA - 1,
	};
	ret_regions[REGION_CPU_ENTRY] = (struct kernel_region) {
		CPU_ENTRY_AREA, CPU_ENTRY_AREA + (512ULL << 30) - 1,
	};
	ret_regions[REGION_IMAGE] = (struct kernel_region) {
		START_KERNEL_MAP, START_KERNEL_MAP + (1ULL << 30) - 1,
	};
	ret_regions[REGION_MODULES] = (struct kernel_region) {
		START_KERNEL_MAP + (1ULL << 30), 0xfffffffffeffffffULL,
	};
}

const struct arch arch_x86_64 = {
	.name = "x86_64",
	.elf_machine = EM_X86_64,
	.section_size_bits = 27,
	.encryption_bits = X86_ENCRYPTION_BITS,
	.needs = 1 << TOLD_PHYS_BASE,
	.set_up = x86_64_set_up,
	.decode = x86_64_decode,
	.plain_frames = x86_64_plain_frames,
	.cpu_tables = x86_64_cpu_tables,
	.regions = x86_64_regions,
};
