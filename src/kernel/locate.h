/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of finding a kernel of which the dump says nothing (locate.c). */
#ifndef RMAP_INSPECT_KERNEL_LOCATE_H
#define RMAP_INSPECT_KERNEL_LOCATE_H

#include "base/vec.h"
#include "kernel/kernel.h"

DEFINE_VEC(pfn_vec, pfn_t)

/*
 * The pages that begin with VMCOREINFO_HEAD and to which words in the kernel
 * image point, which kernel->pgd and kernel->mmu map. Appends to pages. What
 * cannot be read is passed over (pointed.c).
 */
enum status pointed_pages(struct kernel *kernel, struct pfn_vec *pages,
			  struct diag *diag) must_check;

#endif
