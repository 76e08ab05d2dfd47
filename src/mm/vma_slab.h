/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The VMAs of an address space, found in the slabs of vm_area_struct: the other
 * road, where the container of its VMAs cannot be read.
 *
 * A VMA names its mm. One that is in no container (any more) is told by
 * vm_refcnt (6.15) or detached (6.4), and before by its slab, as free.
 */
#ifndef RMAP_INSPECT_MM_VMA_SLAB_H
#define RMAP_INSPECT_MM_VMA_SLAB_H

#include "kernel/kernel.h"

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status vma_slab_fn(kaddr_t vma, void *arg);

/* In no order. None at all where slabs do not tell: no gap, it is a detour. */
enum status vma_slab_for_each(struct kernel *kernel, kaddr_t mm,
			      vma_slab_fn *fn, void *arg) must_check;

#endif
