/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All objects of a slab cache, found by the struct pages of its slabs: a road
 * to objects that nothing leads to any more.
 *
 * What an object is has to be seen from itself: merged caches have objects of
 * several types, and of some caches nothing tells which are free. Until 5.8
 * the objects that are charged to a cgroup are in caches of its own, which are
 * not looked at.
 */
#ifndef RMAP_INSPECT_MM_SLAB_SCAN_H
#define RMAP_INSPECT_MM_SLAB_SCAN_H

#include "base/gaps.h"
#include "kernel/kernel.h"

struct slab_find {
	kaddr_t address;
	bool allocated;		/* certainly; else it may be a free one */
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status slab_scan_fn(const struct slab_find *find, void *arg);

/*
 * Each object of the cache that this variable points to, but those which are
 * known to be free. What cannot be seen is recorded in gaps. ST_UNKNOWN: the
 * cache or what slabs look like is not known.
 */
enum status slab_scan(struct kernel *kernel, enum kernel_symbol cache,
		      slab_scan_fn *fn, void *arg,
		      struct gaps *gaps) must_check;

#endif
