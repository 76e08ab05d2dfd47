/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Binary search in what stands in order.
 */
#ifndef RMAP_INSPECT_BASE_SEARCH_H
#define RMAP_INSPECT_BASE_SEARCH_H

#include <stddef.h>

/*
 * How many of n items, counted by i, stand in front: is_before, an expression
 * of i, holds for these, and for none behind them.
 *
 *	partition_point(i, list->n, list->items[i].pfn < pfn)
 *
 * is the place of the first item that is not below pfn, or list->n.
 */
#define partition_point(i, n, is_before)				\
({									\
	size_t low_ = 0, high_ = (n);					\
									\
	while (low_ < high_) {						\
		size_t i = low_ + (high_ - low_) / 2;			\
									\
		if (is_before)						\
			low_ = i + 1;					\
		else							\
			high_ = i;					\
	}								\
	low_;								\
})

#endif
