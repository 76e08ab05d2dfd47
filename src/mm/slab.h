/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slabs, and their cache.
 *
 * Mirrors struct slab (struct page until 5.16) and struct kmem_cache.
 */
#ifndef RMAP_INSPECT_MM_SLAB_H
#define RMAP_INSPECT_MM_SLAB_H

#include "kernel/kernel.h"
#include "mm/page.h"

struct slab_cache {
	kaddr_t address;	/* struct kmem_cache */
	char name[64];
	uint64_t size, object_size;	/* bytes */
};

enum status slab_find_cache(struct kernel *kernel, const struct page *page,
			    kaddr_t *ret_cache) must_check;
enum status slab_read_cache(struct kernel *kernel, kaddr_t address,
			    struct slab_cache *ret_cache) must_check;

#endif
