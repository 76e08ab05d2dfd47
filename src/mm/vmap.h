/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Areas of vmalloc(), vmap() and ioremap(), and who asked for each.
 *
 * Mirrors struct vmap_area and vm_struct: one list until 6.8, one for each
 * struct vmap_node since (72210662c5a2). Areas of vm_map_ram() have no
 * vm_struct and are left out. Does not look at what is mapped.
 */
#ifndef RMAP_INSPECT_MM_VMAP_H
#define RMAP_INSPECT_MM_VMAP_H

#include "base/gaps.h"
#include "base/vec.h"
#include "kernel/kernel.h"

struct vmap_area {
	kaddr_t start;
	uint64_t size;		/* bytes, with the page that guards it */
	kaddr_t caller;		/* an instruction */
};

DEFINE_VEC(vmap_area_vec, struct vmap_area)

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status vmap_area_fn(const struct vmap_area *area, void *arg);

/*
 * What cannot be read or contradicts itself is recorded in gaps. ST_UNKNOWN:
 * a symbol or a layout is missing.
 */
enum status vmap_area_for_each(struct kernel *kernel, vmap_area_fn *fn,
			       void *arg, struct gaps *gaps) must_check;

#endif
