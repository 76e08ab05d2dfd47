/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The XArray (lib/xarray.c, 4.20 and later) and the radix tree that was before
 * it (lib/radix-tree.c), read only.
 *
 * Nodes of both look alike; the two low bits of a word mean different things.
 * Knows nodes, slots and what kind an entry is; what the entries mean is the
 * caller's.
 */
#ifndef RMAP_INSPECT_MM_XARRAY_H
#define RMAP_INSPECT_MM_XARRAY_H

#include <stdbool.h>

#include "base/gaps.h"
#include "kernel/kernel.h"

struct xarray_entry {
	uint64_t index;		/* the first that it stands for */
	uint64_t n;		/* how many: an entry can fill several slots */
	bool is_value;		/* a number, not a pointer */
	kaddr_t pointer;
	uint64_t value;
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status xarray_fn(const struct xarray_entry *entry, void *arg);

/*
 * Each entry below the root word that this member holds (address_space.i_pages,
 * …), in order of index. A node that cannot be read or makes no sense is
 * recorded in gaps, and the walk goes on beside it.
 */
enum status xarray_for_each(struct kernel *kernel, const struct object *owner,
			    enum member_id root, xarray_fn *fn, void *arg,
			    struct gaps *gaps) must_check;

/*
 * Whether there is an XArray with nodes just there: its topmost node names the
 * struct that it belongs to. One that is empty, or has nothing but its first
 * entry, has no node and is not found. Fails if what may be its node cannot be
 * read.
 */
enum status xarray_is_at(struct kernel *kernel, kaddr_t address,
			 bool *ret_is) must_check;

/* How many bits a value can have: 63, or 62 in the radix tree before. */
unsigned int xarray_value_bits(const struct kernel *kernel);

#endif
