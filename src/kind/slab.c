/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slabs: of which cache. The name of a merged cache is that of the first one
 * which asked for such objects (slab_unmergeable()).
 */
#include <string.h>

#include "kind/surveyor.h"

/* The word of a slab that leads to its cache: struct slab is of 5.17. */
static enum status cache_of(struct kernel *kernel, const struct page *page,
			    kaddr_t *ret_cache)
{
	const bool has_slab = layout_has(&kernel->facts.layout,
					 M_slab_slab_cache);
	struct object object;
	enum status st = object_read(kernel, has_slab ? S_slab : S_page,
				     page->head, &object);

	if (st)
		return st;
	if (!has_slab && !layout_has(&kernel->facts.layout,
				     M_page_slab_cache))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "slab_cache: its layout is not known");
	*ret_cache = object_pointer(&object, has_slab ? M_slab_slab_cache :
						M_page_slab_cache);
	return ST_OK;
}

static enum status read_cache(struct kernel *kernel, kaddr_t address,
			      struct slab_cache *ret_cache)
{
	struct slab_cache cache = { .address = address };
	struct object object;
	enum status st = object_read(kernel, S_kmem_cache, address, &object);

	if (st)
		return st;
	cache.size = object_value(&object, M_kmem_cache_size);
	cache.object_size = object_value(&object, M_kmem_cache_object_size);
	st = kernel_read_string(kernel,
				object_pointer(&object, M_kmem_cache_name),
				cache.name, sizeof(cache.name));
	if (st)
		return diag_under(&kernel->diag, st, "kmem_cache %#llx: name",
				  (unsigned long long)address.v);
	*ret_cache = cache;
	return ST_OK;
}

/* Each cache is read once: there are many slabs to a cache. */
static enum status find_cache(struct surveyor *surveyor, kaddr_t address,
			      struct slab_cache *ret_cache)
{
	struct kernel *kernel = surveyor->kernel;
	const uint64_t *place = map_find(&surveyor->place_of_cache, address.v);
	bool added;
	enum status st;

	if (place) {
		*ret_cache = surveyor->caches.items[*place];
		return ST_OK;
	}
	st = read_cache(kernel, address, ret_cache);
	if (st)
		return st;
	if (slab_cache_vec_push(&surveyor->caches, *ret_cache) ||
	    map_add(&surveyor->place_of_cache, address.v,
		    surveyor->caches.n - 1, &added))
		return diag_no_memory(&kernel->diag);
	return ST_OK;
}

void slab_fini(struct surveyor *surveyor)
{
	slab_cache_vec_fini(&surveyor->caches);
	map_fini(&surveyor->place_of_cache);
}

static void tell_cache(const struct slab_cache *cache,
		       struct details *details)
{
	details_text(details, "cache", "%s", cache->name);
	details_address(details, "kmem_cache", cache->address.v);
	details_number(details, "object_size", cache->object_size);
	/* With what stands around it: the distance from one to the next. */
	details_number(details, "size", cache->size);
}

enum status describe_slab(struct surveyor *surveyor, const struct frame *frame,
			  struct survey *survey)
{
	struct kernel *kernel = surveyor->kernel;
	struct slab_cache cache;
	kaddr_t address;
	enum status st = cache_of(kernel, frame->page, &address);

	if (!st)
		st = find_cache(surveyor, address, &cache);
	if (st == ST_NO_MEMORY)
		return st;
	if (st)
		gaps_addf(survey->gaps, "slab cache", kernel->diag.text,
			  "page %#llx",
			  (unsigned long long)frame->page->head.v);
	else
		tell_cache(&cache, survey->details);
	return ST_OK;
}
