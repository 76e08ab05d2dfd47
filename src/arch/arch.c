/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/arch.h"

#include <string.h>

const struct arch *const archs[] = {
	&arch_x86_64,
	&arch_arm64,
	NULL,
};

const struct arch *arch_by_name(const char *name)
{
	for (size_t i = 0; archs[i]; i++)
		if (!strcmp(archs[i]->name, name))
			return archs[i];
	return NULL;
}

bool mmu_has_memory(const struct mmu *mmu)
{
	return mmu->physmem_bits > mmu->page_shift && mmu->physmem_bits <= 52;
}

static const char *const level_names[] = {
	[PT_PTE] = "pte",
	[PT_PMD] = "pmd",
	[PT_PUD] = "pud",
	[PT_P4D] = "p4d",
	[PT_PGD] = "pgd",
};

const char *pt_level_name(enum pt_level level)
{
	return level_names[level];
}

/* With 4 levels the kernel folds the p4d: its table of pgd entries is ours at P4D. */
enum pt_level mmu_top(const struct mmu *mmu)
{
	return PT_PTE + mmu->levels - 1;
}

/* A table fills one page with entries of 8 bytes; the top one may be smaller. */
static unsigned int bits_per_level(const struct mmu *mmu)
{
	return mmu->page_shift - 3;
}

unsigned int mmu_shift(const struct mmu *mmu, enum pt_level level)
{
	return mmu->page_shift + level * bits_per_level(mmu);
}

size_t mmu_entries(const struct mmu *mmu, enum pt_level level)
{
	return (size_t)1 << (level == mmu_top(mmu) ? mmu->top_bits :
						     bits_per_level(mmu));
}

size_t mmu_index(const struct mmu *mmu, enum pt_level level, uint64_t addr)
{
	return (addr >> mmu_shift(mmu, level)) & (mmu_entries(mmu, level) - 1);
}

uint64_t mmu_pages(const struct mmu *mmu, enum pt_level level)
{
	return 1ULL << (mmu_shift(mmu, level) - mmu->page_shift);
}

uint64_t mmu_user_end(const struct mmu *mmu)
{
	return 1ULL << mmu->half_bits;
}

uint64_t mmu_kernel_bits(const struct mmu *mmu)
{
	return ~0ULL << mmu->half_bits;
}

paddr_t mmu_image_to_phys(const struct mmu *mmu, kaddr_t addr)
{
	return PADDR(addr.v - mmu->image_offset);
}
