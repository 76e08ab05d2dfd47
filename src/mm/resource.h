/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses which physical addresses: RAM, firmware, devices.
 *
 * Mirrors the tree of struct resource below iomem_resource (kernel/resource.c),
 * which is /proc/iomem.
 */
#ifndef RMAP_INSPECT_MM_RESOURCE_H
#define RMAP_INSPECT_MM_RESOURCE_H

#include "base/gaps.h"
#include "base/vec.h"
#include "kernel/kernel.h"

struct resource {
	paddr_t first, last;	/* bytes, both included */
	char name[48];		/* longer ones are cut */
};

DEFINE_VEC(resource_vec, struct resource)

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status resource_fn(const struct resource *resource, void *arg);

/*
 * Each resource, a parent before its children. One that cannot be read is
 * recorded in gaps, together with those behind and below it. ST_UNKNOWN: the
 * symbol or the layout is missing.
 */
enum status resource_for_each(struct kernel *kernel, resource_fn *fn,
			      void *arg, struct gaps *gaps) must_check;

#endif
