/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zero pages: one small and one huge, which stand in wherever a user reads
 * memory that was never written. The kernel does not count their mappings.
 */
#include "kind/surveyor.h"

/* A variable that holds a PFN; ~0 while there is none (huge_zero_pfn). */
static void read_range(struct surveyor *surveyor, enum kernel_symbol symbol,
		       uint64_t n, struct frame_range *range)
{
	struct kernel *kernel = surveyor->kernel;
	const struct kernel_variable *variable =
		&kernel->facts.variables[symbol];
	uint64_t pfn;

	if (!variable->present)
		return;
	if (kernel_read_word(kernel, variable->address, &pfn))
		gaps_add(&surveyor->zeroed.gaps, "zero page",
			 kernel_symbol_name(symbol), kernel->diag.text);
	else if (pfn != ~0ULL)
		*range = (struct frame_range) { pfn, n };
}

static void read_zero_pages(struct surveyor *surveyor)
{
	const struct mmu *mmu = &surveyor->kernel->mmu;

	if (surveyor->zeroed.is_read)
		return;
	surveyor->zeroed.is_read = true;
	read_range(surveyor, KSYM_ZERO_PFN, 1, &surveyor->zero);
	read_range(surveyor, KSYM_ZERO_PAGE_PFN, 1, &surveyor->zero);
	read_range(surveyor, KSYM_HUGE_ZERO_PFN, mmu_pages(mmu, PT_PMD),
		   &surveyor->huge_zero);
}

void zero_fini(struct surveyor *surveyor)
{
	gaps_fini(&surveyor->zeroed.gaps);
}

static bool is_in(const struct frame_range *range, pfn_t pfn)
{
	return pfn.v - range->first < range->n;
}

enum status claim_zero(struct surveyor *surveyor, const struct frame *frame,
		       struct survey *survey)
{
	read_zero_pages(surveyor);
	if (is_in(&surveyor->zero, frame->pfn))
		survey->kind = KIND_ZERO;
	else if (is_in(&surveyor->huge_zero, frame->pfn))
		survey->kind = KIND_HUGE_ZERO;
	else
		doubt_chapter(&surveyor->zeroed, "zero page", survey->gaps);
	return ST_OK;
}
