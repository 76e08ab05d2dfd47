/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/slab.h"

/* The words of a slab: struct slab is of 5.17. */
static enum status read_slab(struct kernel *kernel, const struct page *page,
			     struct object *ret_object)
{
	const bool has_slab = layout_has(&kernel->facts.layout,
					 M_slab_slab_cache);

	return object_read(kernel, has_slab ? S_slab : S_page, page->head,
			   ret_object);
}

static enum member_id either(const struct kernel *kernel, enum member_id a,
			     enum member_id b)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout_has(layout, a) ? a : layout_has(layout, b) ? b :
							   NO_MEMBER;
}

enum status slab_find_cache(struct kernel *kernel, const struct page *page,
			    kaddr_t *ret_cache)
{
	enum member_id member = either(kernel, M_slab_slab_cache,
				       M_page_slab_cache);
	struct object object;
	enum status st = read_slab(kernel, page, &object);

	if (st)
		return st;
	if (member == NO_MEMBER)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "slab_cache: its layout is not known");
	*ret_cache = object_pointer(&object, member);
	return ST_OK;
}

enum status slab_read_cache(struct kernel *kernel, kaddr_t address,
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
