/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pages of a hugetlb folio are poisoned.
 *
 * Mirrors raw_hwp_list_head() and is_raw_hwpoison_page_in_hugepage()
 * (mm/memory-failure.c), as of 6.2. Does not know whether the folio has
 * PG_hwpoison, which only its head can have, for any of its pages.
 */
#ifndef RMAP_INSPECT_MM_HUGETLB_H
#define RMAP_INSPECT_MM_HUGETLB_H

#include "base/gaps.h"
#include "base/vec.h"
#include "mm/page.h"

DEFINE_VEC(frame_vec, uint64_t)

/*
 * The PFNs of the poisoned pages in the folio that page belongs to, in order.
 * That there are others, or that there must be one and none was found, is
 * recorded in gaps.
 */
enum status hugetlb_find_poisoned(struct kernel *kernel,
				  const struct page *page,
				  struct frame_vec *frames,
				  struct gaps *gaps) must_check;

#endif
