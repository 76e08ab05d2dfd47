/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Growing arrays.
 *
 *	DEFINE_VEC(gap_vec, struct gap)
 *
 * makes struct gap_vec { struct gap *items; size_t n, room; } with
 * gap_vec_push(), which copies one item in (ST_NO_MEMORY when it cannot), and
 * gap_vec_fini(), which releases the array but not what the items own.
 * Zero-initialised is empty. Pointers to items live until the next push.
 */
#ifndef RMAP_INSPECT_BASE_VEC_H
#define RMAP_INSPECT_BASE_VEC_H

#include <stddef.h>
#include <stdlib.h>

#include "base/status.h"

#define DEFINE_VEC(name, type)						\
struct name {								\
	type *items;							\
	size_t n;							\
	size_t room;							\
};									\
									\
static inline enum status must_check name##_push(struct name *vec,	\
						 type item)		\
{									\
	if (vec->n == vec->room) {					\
		size_t room = vec->room ? vec->room * 2 : 8;		\
		type *items = reallocarray(vec->items, room,		\
					   sizeof(*items));		\
									\
		if (!items)						\
			return ST_NO_MEMORY;				\
		vec->items = items;					\
		vec->room = room;					\
	}								\
	vec->items[vec->n++] = item;					\
	return ST_OK;							\
}									\
									\
static inline void name##_fini(struct name *vec)			\
{									\
	free(vec->items);						\
	*vec = (struct name) { 0 };					\
}

#endif
