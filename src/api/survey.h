/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a scan has to look for besides the frames that were asked for: the
 * struct pages tell.
 */
#ifndef RMAP_INSPECT_API_SURVEY_H
#define RMAP_INSPECT_API_SURVEY_H

#include "api/session.h"
#include "rmap/scan.h"

DEFINE_VEC(wanted_swap_vec, struct wanted_swap)
DEFINE_VEC(range_vec, struct pfn_range)

/* Zero-initialised is empty. */
struct survey {
	bool folio;			/* all of each page's folio is wanted */
	bool without_rmap;		/* only pages that have no reverse map */
	struct range_vec ranges;	/* the frames wanted */
	struct wanted_swap_vec swaps;	/* of those in the swap cache */
};

void survey_fini(struct survey *survey);

/* Look at each page of the ranges. One that cannot be read is a frame all the same. */
enum status survey_pages(struct rmi_session *session,
			 const struct rmi_pfn_range *ranges, size_t n,
			 struct survey *survey) must_check;

#endif
