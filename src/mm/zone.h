/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes, their zones, and the free pages that each CPU keeps of a zone.
 *
 * Mirrors pglist_data, zone and per_cpu_pages (include/linux/mmzone.h).
 */
#ifndef RMAP_INSPECT_MM_ZONE_H
#define RMAP_INSPECT_MM_ZONE_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status zone_fn(kaddr_t zone, void *arg);

/* Each zone of each node, those without memory among them. */
enum status zone_for_each(struct kernel *kernel, zone_fn *fn, void *arg,
			  struct gaps *gaps) must_check;

/* Free frames on a list of a CPU's own, which are in no block. */
struct percpu_free {
	kaddr_t page;		/* struct page of the first */
	unsigned int order;
	unsigned int cpu;
};

typedef enum status percpu_free_fn(const struct percpu_free *free, void *arg);

/* All on the lists of all CPUs and zones. */
enum status percpu_free_for_each(struct kernel *kernel, percpu_free_fn *fn,
				 void *arg, struct gaps *gaps) must_check;

/* No block of the buddy allocator is of this order or above. */
unsigned int free_orders(const struct kernel *kernel);

#endif
