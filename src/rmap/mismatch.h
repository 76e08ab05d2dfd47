/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why there may be fewer mappings of a page, or more, than the kernel counts.
 *
 * The kernel changes an entry and its count one after the other, under locks
 * that a dump still shows: try_to_unmap() and try_to_migrate() with the folio
 * locked, folio_ref_freeze() while it is split, copy_page_range() of a fork
 * and zap_pte_range() under the mmap_lock. This tells who held one; whether
 * that is the reason nobody can say.
 */
#ifndef RMAP_INSPECT_RMAP_MISMATCH_H
#define RMAP_INSPECT_RMAP_MISMATCH_H

#include "mm/page.h"

/* "the page was locked: …", or NULL. */
const char *page_change(const struct kernel *kernel, const struct page *page);

/* Somebody held the mmap_lock for writing. False if it cannot be read, too. */
bool mm_is_changing(struct kernel *kernel, kaddr_t mm);

#endif
