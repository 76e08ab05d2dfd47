/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which frames the kernel's own page table maps outside of the direct map, and
 * where: the way back from a frame of vmalloc(), of a module or of the memmap.
 *
 * Knows the regions of the kernel's address space; not what lies in them.
 */
#ifndef RMAP_INSPECT_MM_KERNEL_MAP_H
#define RMAP_INSPECT_MM_KERNEL_MAP_H

#include <stddef.h>

#include "base/cleanup.h"
#include "base/gaps.h"
#include "kernel/kernel.h"

struct kernel_map;

/*
 * Walk the kernel's page table. A table that cannot be read is recorded in
 * gaps; what it maps is not found then.
 */
enum status kernel_map_read(struct kernel *kernel, struct gaps *gaps,
			    struct kernel_map **ret_map) must_check;
void kernel_map_free(struct kernel_map *map);	/* accepts NULL */
DEFINE_CLEANUP(struct kernel_map, kernel_map_free)

/*
 * Where a region has the frame, the address of its first byte; one of the
 * places if there are several. False: nowhere.
 */
bool kernel_map_find(const struct kernel_map *map,
		     enum kernel_region_type region, pfn_t pfn,
		     kaddr_t *ret_address);

#endif
