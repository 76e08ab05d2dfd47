/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pages of a hugetlb folio are poisoned: the flag is its head's.
 */
#include "kind/surveyor.h"
#include "mm/hugetlb.h"

static bool contains(const struct frame_vec *frames, pfn_t pfn)
{
	for (size_t i = 0; i < frames->n; i++)
		if (frames->items[i] == pfn.v)
			return true;
	return false;
}

enum status describe_hugetlb(struct surveyor *surveyor,
			     const struct frame *frame, struct survey *survey)
{
	const size_t n_gaps = gaps_count(survey->gaps);
	struct frame_vec frames = { 0 };
	enum status st;

	if (!page_flag(surveyor->kernel, frame->page, E_PG_hwpoison))
		return ST_OK;
	st = hugetlb_find_poisoned(surveyor->kernel, frame->page, &frames,
				   survey->gaps);
	if (!st && contains(&frames, frame->pfn))
		details_text(survey->details, "poisoned", "yes");
	else if (!st && gaps_count(survey->gaps) == n_gaps)
		details_text(survey->details, "poisoned", "no");
	frame_vec_fini(&frames);
	return st;
}
