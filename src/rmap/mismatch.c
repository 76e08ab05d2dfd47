/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rmap/mismatch.h"

#include "rmap/generator.h"

const char *page_change(const struct kernel *kernel, const struct page *page)
{
	if (!page->refcount)
		return "the page was frozen: it was being split, moved or "
		       "freed";
	if (page_flag(kernel, page, E_PG_locked))
		return "the page was locked: it may have been about to be "
		       "unmapped or moved";
	return NULL;
}

bool mm_is_changing(struct kernel *kernel, kaddr_t mm)
{
	struct object object;

	return layout_has(&kernel->facts.layout, M_mm_struct_mmap_lock_count) &&
	       !object_read(kernel, S_mm_struct, mm, &object) &&
	       is_write_locked(&object, M_mm_struct_mmap_lock_count);
}
