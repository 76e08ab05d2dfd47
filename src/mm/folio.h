/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a head page knows of its whole folio. For page.c. */
#ifndef RMAP_INSPECT_MM_FOLIO_H
#define RMAP_INSPECT_MM_FOLIO_H

#include "mm/page.h"

/*
 * Fill in order, hugetlb and the counts of a large folio, of a page whose
 * other words of the head are there. ST_CORRUPT: no folio has this order.
 */
enum status folio_read(struct kernel *kernel, const struct object *head,
		       struct page *page) must_check;

#endif
