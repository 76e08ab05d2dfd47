/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The independent answer: every page table of every process, searched for the
 * wanted frames.
 *
 * Shares nothing with the reverse walk but the page tables themselves, so that
 * either can prove the other wrong. Also the only answer for frames that have
 * no reverse map. Does not see an mm that no process in the task list uses.
 */
#ifndef RMAP_INSPECT_RMAP_SCAN_H
#define RMAP_INSPECT_RMAP_SCAN_H

#include "base/gaps.h"
#include "mm/task.h"
#include "rmap/walk.h"

/* Frames first … last, both included. */
struct pfn_range {
	uint64_t first;
	uint64_t last;
};

/* A swap entry, and the page in the swap cache that it stands for, if any. */
struct wanted_swap {
	struct swap_entry entry;
	bool in_cache;
	pfn_t pfn;
};

/* They may overlap and be in any order. */
struct scan_request {
	const struct pfn_range *ranges;
	size_t n_ranges;
	const struct wanted_swap *swaps;
	size_t n_swaps;
};

/* Anything but ST_OK ends the scan and is its result. */
typedef enum status scan_fn(pfn_t pfn, const struct rmap_hit *hit, void *arg);

/*
 * Hand out each place that maps one of the wanted frames, names it without
 * mapping it, or holds one of the swap entries, mm by mm in the order of tasks,
 * and in order of address. What cannot be read is recorded in gaps.
 */
enum status scan(struct kernel *kernel, const struct tasks *tasks,
		 const struct scan_request *request, scan_fn *fn, void *arg,
		 struct gaps *gaps) must_check;

#endif
