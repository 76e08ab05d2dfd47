/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page tables of all address spaces, whoever uses them.
 *
 * Mirrors pgd_list of x86 (arch/x86/mm/pgtable.c), in which the struct pages
 * of all top tables are linked; each names the mm_struct that it belongs to
 * (pgd_set_mm()). Struct pages are hardly ever left out of a dump, so that this
 * is known of mm_structs that are.
 */
#ifndef RMAP_INSPECT_MM_PGD_LIST_H
#define RMAP_INSPECT_MM_PGD_LIST_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status pgd_fn(kaddr_t mm, paddr_t pgd, void *arg);

/*
 * Each mm_struct and the physical address of its top table. What of the list
 * cannot be seen is recorded in gaps. ST_UNKNOWN: there is no such list.
 */
enum status pgd_list_for_each(struct kernel *kernel, pgd_fn *fn, void *arg,
			      struct gaps *gaps) must_check;

/* False: this mm_struct is not in the list, or there is none. */
bool pgd_list_find(struct kernel *kernel, kaddr_t mm, paddr_t *ret_pgd);

#endif
