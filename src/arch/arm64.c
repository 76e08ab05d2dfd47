/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arm64: arch/arm64/include/asm/pgtable-hwdef.h, pgtable-prot.h, pgtable.h.
 *
 * Pages of 4, 16 or 64 KiB; a top table for each half. Entries of a contiguous
 * range (PTE_CONT) each have their own address, so nothing asks for that bit.
 */
#include <elf.h>

#include "arch/arch.h"

#define ARM64_VALID	(1ULL << 0)
#define ARM64_TABLE	(1ULL << 1)	/* and a page, at the lowest level */
#define ARM64_TYPE	(ARM64_VALID | ARM64_TABLE)
#define ARM64_NG	(1ULL << 11)
#define ARM64_WRITE	(1ULL << 51)	/* PTE_DBM, whoever looks at it */
#define ARM64_SPECIAL	(1ULL << 56)	/* in huge entries since 6.12 */

/*
 * What an entry holds that is not valid to the machine, and the bits that are
 * software's, moved twice. No type information tells.
 */
enum format {
	FORMAT_NOT_KNOWN,
	FORMAT_WIDE_TYPES,	/* until 5.18: swap types of 6 bits */
	FORMAT_EXCLUSIVE,	/* 570ef363509b, 5.19: took one of them */
	FORMAT_PRESENT_INVALID,	/* 6.11: moved all, for userfaultfd */
};

struct format_bits {
	uint64_t present;	/* nevertheless: PROT_NONE, a NUMA hint */
	uint64_t huge_present;	/* above the lowest level, that is being split, too */
	uint64_t uffd;		/* of nobody before */
	unsigned int type_shift, type_bits;
	unsigned int offset_shift;
};

#define OFFSET_BITS	50

#define PTE_PROT_NONE		(1ULL << 58)
#define PMD_PRESENT_INVALID	(1ULL << 59)	/* b65399f6111b, 5.10 */
#define PTE_PRESENT_INVALID	ARM64_NG
#define PTE_UFFD_WP		(1ULL << 58)

static const struct format_bits formats[] = {
	[FORMAT_WIDE_TYPES] = {
		PTE_PROT_NONE, PTE_PROT_NONE | PMD_PRESENT_INVALID, 0, 2, 6, 8
	},
	[FORMAT_EXCLUSIVE] = {
		PTE_PROT_NONE, PTE_PROT_NONE | PMD_PRESENT_INVALID, 0, 3, 5, 8
	},
	[FORMAT_PRESENT_INVALID] = {
		PTE_PRESENT_INVALID, PTE_PRESENT_INVALID, PTE_UFFD_WP, 6, 5, 12
	},
};

/* 1 << MAX_SWAPFILES_SHIFT, which has been 5 all the time. */
#define N_SWAP_TYPES	32

/* ---- geometry ---- */

/*
 * With small pages an address space of 52 bits comes with another layout of
 * entries (LPA2, 6.9), and only a machine that has it uses either: the kernel
 * folds the top level else. With pages of 64 KiB it keeps its geometry (LVA),
 * and what the machine lacks of it stays empty.
 */
static unsigned int bits_in_use(const struct told_number told[static N_TOLD],
				unsigned int page_shift)
{
	if (told[TOLD_VA_BITS].value == 52 && page_shift < 16)
		return 64 - told[TOLD_T1SZ].value;
	return told[TOLD_VA_BITS].value;
}

/* ARM64_HW_PGTABLE_LEVELS() */
static unsigned int levels_for(unsigned int bits, unsigned int page_shift)
{
	return (bits - 4) / (page_shift - 3);
}

static bool is_page_shift(unsigned int page_shift)
{
	return page_shift == 12 || page_shift == 14 || page_shift == 16;
}

/*
 * Bits 48 to 51 of a physical address: of 64 KiB pages in bits 12 to 15 of an
 * entry, which are 0 where addresses are shorter; with LPA2 the upper two in
 * those of the shareability, 8 and 9.
 */
static void place_address(struct mmu *mmu)
{
	const uint64_t above_page = ~0ULL << mmu->page_shift;

	mmu->phys_mask = ((1ULL << 48) - 1) & above_page;
	if (mmu->page_shift == 16) {
		mmu->far_mask = 0xf000;
		mmu->far_shift = 36;
	} else if (mmu->half_bits == 52) {
		mmu->phys_mask = ((1ULL << 50) - 1) & above_page;
		mmu->far_mask = 0x300;
		mmu->far_shift = 42;
	}
}

/* Those that the entries have room for, where nothing else is told. */
static unsigned int physmem_bits(const struct told_number *told,
				 const struct mmu *mmu)
{
	if (told->known)
		return told->value;
	return mmu->far_mask ? 52 : 48;
}

static bool arm64_set_up(const struct told_number told[static N_TOLD],
			 unsigned int page_shift, struct mmu *ret_mmu)
{
	const unsigned int bits = bits_in_use(told, page_shift);
	struct mmu mmu = {
		.arch = &arch_arm64,
		.page_shift = page_shift,
		.half_bits = bits,
		.image_offset = told[TOLD_IMAGE_OFFSET].value,
	};

	if (!is_page_shift(page_shift) || bits < 36 || bits > 52)
		return false;
	mmu.levels = levels_for(bits, page_shift);
	mmu.top_bits = bits - mmu_shift(&mmu, mmu_top(&mmu));
	place_address(&mmu);
	mmu.physmem_bits = physmem_bits(&told[TOLD_MAX_PHYSMEM_BITS], &mmu);
	*ret_mmu = mmu;
	return mmu_has_memory(&mmu);
}

/* ---- formats ---- */

/* Not valid, and not global, in all releases. */
static bool is_no_access(const struct told_number *entry)
{
	return entry->known &&
	       (entry->value & (ARM64_VALID | ARM64_NG)) == ARM64_NG;
}

static bool arm64_choose_format(const struct format_evidence *evidence,
				struct mmu *mmu)
{
	const bool known = is_no_access(&evidence->no_access);
	const bool moved = known ?
			   !(evidence->no_access.value & PTE_PROT_NONE) :
			   evidence->has_page_types;

	if (moved)
		mmu->format = FORMAT_PRESENT_INVALID;
	else if (!evidence->has_anon_exclusive)
		mmu->format = FORMAT_WIDE_TYPES;
	else if (known)
		mmu->format = FORMAT_EXCLUSIVE;
	return mmu->format != FORMAT_NOT_KNOWN;
}

/* ---- entries ---- */

static pfn_t frame_of(const struct mmu *mmu, uint64_t raw)
{
	return PFN(((raw & mmu->phys_mask) |
		    (raw & mmu->far_mask) << mmu->far_shift) >>
		   mmu->page_shift);
}

/* The kernel has no blocks above the pud, and none there with 64 KiB pages. */
static bool can_be_block(const struct mmu *mmu, enum pt_level level)
{
	return level == PT_PMD || (level == PT_PUD && mmu->page_shift < 16);
}

static void decode_page(const struct mmu *mmu, enum pt_level level,
			struct pte *pte)
{
	/* A block is aligned; hardware has bits of its own below. */
	const uint64_t inside = mmu_pages(mmu, level) - 1;

	pte->kind = PTE_PAGE;
	pte->pfn = PFN(frame_of(mmu, pte->raw).v & ~inside);
	pte->writable = pte->raw & ARM64_WRITE;
	pte->accessible = pte->raw & ARM64_VALID;
	pte->special = pte->raw & ARM64_SPECIAL;
	pte->uffd = pte->raw & formats[mmu->format].uffd;
}

static void decode_valid(const struct mmu *mmu, enum pt_level level,
			 struct pte *pte)
{
	bool table = pte->raw & ARM64_TABLE;

	if (level == PT_PTE ? table : !table && can_be_block(mmu, level)) {
		decode_page(mmu, level, pte);
	} else if (level != PT_PTE && table) {
		pte->kind = PTE_TABLE;
		pte->pfn = frame_of(mmu, pte->raw);
	} else {
		pte->kind = PTE_BAD;
	}
}

/* __swp_type() and __swp_offset() */
static void decode_swap(const struct format_bits *format, struct pte *pte)
{
	uint64_t type = pte->raw >> format->type_shift &
			((1ULL << format->type_bits) - 1);

	if (pte->raw & ARM64_TYPE || type >= N_SWAP_TYPES) {
		pte->kind = PTE_BAD;
		return;
	}
	pte->kind = PTE_SWAP;
	pte->swap_type = type;
	pte->swap_offset = pte->raw >> format->offset_shift &
			   ((1ULL << OFFSET_BITS) - 1);
}

static void decode_invalid(const struct mmu *mmu, enum pt_level level,
			   struct pte *pte)
{
	const struct format_bits *format = &formats[mmu->format];

	if (mmu->format == FORMAT_NOT_KNOWN) {
		pte->kind = PTE_SWAP;
		pte->swap_type = SWAP_TYPE_NOT_KNOWN;
	} else if (level == PT_PTE && pte->raw & format->present) {
		decode_page(mmu, level, pte);
	} else if (level != PT_PTE && pte->raw & format->huge_present) {
		if (pte->raw & ARM64_TABLE || !can_be_block(mmu, level))
			pte->kind = PTE_BAD;
		else
			decode_page(mmu, level, pte);
	} else if (level <= PT_PUD) {
		decode_swap(format, pte);
	} else {
		pte->kind = PTE_BAD;
	}
}

static struct pte arm64_decode(const struct mmu *mmu, enum pt_level level,
			       uint64_t raw)
{
	struct pte pte = { .kind = PTE_NONE, .raw = raw };

	if (raw & ARM64_VALID)
		decode_valid(mmu, level, &pte);
	else if (raw)
		decode_invalid(mmu, level, &pte);
	return pte;
}

static void arm64_plain_frames(const struct mmu *mmu, const uint64_t *raw,
			       size_t n, uint64_t *ret_frames)
{
	for (size_t i = 0; i < n; i++)
		ret_frames[i] = (raw[i] & (ARM64_TYPE | ARM64_SPECIAL)) ==
				ARM64_TYPE ? frame_of(mmu, raw[i]).v :
					     NOT_PLAIN;
}

/* ---- regions ---- */

/* All have moved from release to release; VMCOREINFO tells most, since 6.1. */
static void arm64_regions(const struct mmu *mmu,
			  struct kernel_region ret_regions[static N_REGIONS])
{
	(void)mmu;
	for (size_t i = 0; i < N_REGIONS; i++)
		ret_regions[i] = (struct kernel_region) NO_REGION;
}

const struct arch arch_arm64 = {
	.name = "aarch64",
	.elf_machine = EM_AARCH64,
	.has_modules_in_vmalloc = true,
	.section_size_bits = 30,
	.needs = 1 << TOLD_VA_BITS | 1 << TOLD_IMAGE_OFFSET,
	.set_up = arm64_set_up,
	.choose_format = arm64_choose_format,
	.decode = arm64_decode,
	.plain_frames = arm64_plain_frames,
	.regions = arm64_regions,
};
