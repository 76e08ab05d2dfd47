/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a scan has to look for besides the frames that were asked for: the
 * struct pages tell.
 */
#ifndef RMAP_INSPECT_API_SCAN_WANTS_H
#define RMAP_INSPECT_API_SCAN_WANTS_H

#include "api/session.h"
#include "rmap/scan.h"

DEFINE_VEC(wanted_swap_vec, struct wanted_swap)
DEFINE_VEC(range_vec, struct pfn_range)

/* Which of the pages. */
enum scan_interest {
	SCAN_ALL,
	SCAN_WITHOUT_RMAP,	/* of which no reverse map is kept */
	SCAN_WITH_RMAP,
};

/* Zero-initialised is empty. */
struct scan_wants {
	bool folio;			/* all of each page's folio is wanted */
	enum scan_interest interest;
	struct range_vec ranges;	/* the frames wanted */
	struct wanted_swap_vec swaps;	/* of those in the swap cache */
};

void scan_wants_fini(struct scan_wants *wants);

/*
 * Look at each page of the ranges. One that cannot be read is a frame all the
 * same.
 */
enum status scan_wants_find(struct rmi_session *session,
			    const struct rmi_pfn_range *ranges, size_t n,
			    struct scan_wants *wants) must_check;

#endif
