/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slabs: of which cache. The name of a merged cache is that of the first one
 * which asked for such objects (slab_unmergeable()).
 */
#include "kind/surveyor.h"

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
	st = slab_read_cache(kernel, address, ret_cache);
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
	enum status st = slab_find_cache(kernel, frame->page, &address);

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
