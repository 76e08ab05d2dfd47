/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames behind the first of an allocation of several that is not compound
 * (alloc_pages() without __GFP_COMP): they have no reference and no word of
 * where they belong. What is neither free nor referred to is one of those.
 */
#include "kind/surveyor.h"
#include "mm/zone.h"

static bool is_behind_first(const struct page *page)
{
	return !page->refcount && !page->order && !page->mapping;
}

/*
 * All frames between the first and this one are of the same allocation, so
 * that the first is the next one below that is referred to. ST_ABSENT: an
 * allocation cannot be as long as that.
 */
static enum status find_first(struct kernel *kernel, pfn_t pfn,
			      struct page *ret_first)
{
	const uint64_t longest = 1ULL << (free_orders(kernel) - 1);

	for (uint64_t i = 1; i < longest && i <= pfn.v; i++) {
		enum status st = page_read(kernel, PFN(pfn.v - i), ret_first);

		if (st)
			return st == ST_NO_ADDRESS ? ST_ABSENT : st;
		if (!is_behind_first(ret_first) ||
		    page_is_buddy(kernel, ret_first))
			return ST_OK;
	}
	return ST_ABSENT;
}

/*
 * An allocation of order n begins at a multiple of 2^n: __find_buddy_pfn()
 * makes blocks so, and every allocation is one.
 */
static bool reaches(const struct page *first, pfn_t pfn)
{
	uint64_t alignment = first->pfn.v & -first->pfn.v;

	return !first->pfn.v || pfn.v - first->pfn.v < alignment;
}

static bool can_be_first(const struct kernel *kernel, const struct page *first)
{
	enum page_kind kind = page_kind(kernel, first);

	return !first->order && first->refcount > 0 &&
	       (kind == KIND_KERNEL || kind == KIND_PAGE_TABLE);
}

/* The frames of one stand in a row, so the last first one is often right. */
static enum status first_of(struct surveyor *surveyor, pfn_t pfn,
			    const struct page **ret_first)
{
	struct page *first = &surveyor->first;
	uint64_t distance = pfn.v - first->pfn.v;
	enum status st = ST_OK;

	if (!surveyor->has_first || distance != surveyor->allocated) {
		surveyor->has_first = false;
		st = find_first(surveyor->kernel, pfn, first);
	}
	if (st)
		return st;
	surveyor->has_first = true;
	surveyor->allocated = pfn.v - first->pfn.v + 1;
	*ret_first = first;
	return ST_OK;
}

/*
 * What the first frame is for, all of them are. Behind anything else it is a
 * frame that is just being taken or given back.
 */
enum status claim_behind_first(struct surveyor *surveyor,
			       const struct frame *frame,
			       struct survey *survey)
{
	struct kernel *kernel = surveyor->kernel;
	struct frame first;
	enum status st;

	if (!is_behind_first(frame->page) || survey->kind != KIND_KERNEL)
		return ST_OK;
	st = first_of(surveyor, frame->pfn, &first.page);
	if (st == ST_NO_MEMORY)
		return st;
	if (st && st != ST_ABSENT) {
		gaps_addf(survey->gaps, "allocation", kernel->diag.text,
			  "PFN %#llx", (unsigned long long)frame->pfn.v);
		return ST_OK;
	}
	if (st || !can_be_first(kernel, first.page) ||
	    !reaches(first.page, frame->pfn)) {
		survey->kind = KIND_FREE;
		return ST_OK;
	}
	first.pfn = first.page->pfn;
	details_text(survey->details, "first", "%#llx",
		     (unsigned long long)first.pfn.v);
	return survey_first(surveyor, &first, survey);
}
