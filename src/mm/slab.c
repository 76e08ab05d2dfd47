/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An object is free if it is on its slab's list, or on that of a CPU. */
#include "mm/slab.h"

#include <stdio.h>
#include <string.h>

#include "base/stand_in.h"
#include "mm/percpu.h"

/* ---- caches ---- */

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

static uint64_t value_or_0(const struct object *object, enum member_id member)
{
	return layout_has(object->layout, member) ?
	       object_value(object, member) : 0;
}

/*
 * Names of caches are in the kernel's text, but for parts of some: until 5.8
 * each memory cgroup had caches of its own, "dentry(17:NAME)"
 * (memcg_create_kmem_cache()), and an md array that was given a name has it in
 * that of its stripes, "raid5-md_NAME" (drivers/md/raid5.c).
 */
static char *chosen_part(char *name, enum name_of *ret_what)
{
	static const char md[] = "-md_";
	char *colon = strchr(name, ':'), *array = strstr(name, md);

	*ret_what = colon ? NAME_OF_CGROUP : NAME_OF_FILE;
	if (colon)
		return colon + 1;
	return array ? array + sizeof(md) - 1 : NULL;
}

static void redact_name(char *name, size_t size)
{
	enum name_of what;
	char *part = chosen_part(name, &what);
	size_t len = part ? strlen(part) : 0;
	bool closed = len && part[len - 1] == ')';
	char shown[STAND_IN_SIZE];

	if (!part)
		return;
	stand_in(what, part, len - closed, shown);
	snprintf(part, size - (part - name), "%s%s", shown, closed ? ")" : "");
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
	cache.red_left_pad = value_or_0(&object, M_kmem_cache_red_left_pad);
	cache.free_pointer = value_or_0(&object, M_kmem_cache_offset);
	cache.random = value_or_0(&object, M_kmem_cache_random);
	cache.cpu_slab = KADDR(value_or_0(&object, M_kmem_cache_cpu_slab));
	cache.has_sheaves = value_or_0(&object, M_kmem_cache_cpu_sheaves);
	st = kernel_read_string(kernel,
				object_pointer(&object, M_kmem_cache_name),
				cache.name, sizeof(cache.name));
	if (st)
		return diag_under(&kernel->diag, st, "kmem_cache %#llx: name",
				  (unsigned long long)address.v);
	if (kernel->redact)
		redact_name(cache.name, sizeof(cache.name));
	*ret_cache = cache;
	return ST_OK;
}

/* ---- a slab ---- */

/*
 * The direct map is a shift, and the cache itself lies in it; but the first
 * ones, which are of the image while the machine boots.
 */
static enum status find_base(struct kernel *kernel,
			     const struct slab_cache *cache,
			     struct slab *slab)
{
	paddr_t phys, check;
	enum status st = kernel_translate(kernel, cache->address, &phys);

	if (st)
		return st;
	slab->base = kaddr_add(cache->address, slab->phys.v - phys.v);
	if (kernel_translate(kernel, slab->base, &check) ||
	    check.v != slab->phys.v)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "where the direct map has it is not known");
	return ST_OK;
}

/* inuse:16, objects:15, frozen:1; in use is what is not on the slab's list. */
static void take_counters(struct slab *slab, uint64_t counters)
{
	slab->n_objects = counters >> 16 & 0x7fff;
	slab->n_listed = slab->n_objects - (counters & 0xffff);
}

/*
 * Of KFENCE's pages, which hold one object each, only KFENCE knows where it
 * begins (kfence_guarded_alloc()).
 */
static bool may_be_kfence(const struct kernel *kernel,
			  const struct page *page, const struct slab *slab)
{
	return !page->order && slab->n_objects == 1 &&
	       kernel->facts.variables[KSYM_KFENCE_POOL].present;
}

static enum status check_slab(struct kernel *kernel, const struct page *page,
			      const struct slab_cache *cache,
			      const struct slab *slab)
{
	uint64_t bytes = 1ULL << kernel->mmu.page_shift << page->order;

	if (may_be_kfence(kernel, page, slab))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "one object, which may be KFENCE's");
	if (slab->n_listed > slab->n_objects ||
	    cache->object_size > cache->size || !cache->size ||
	    cache->size > bytes || cache->red_left_pad >= cache->size ||
	    cache->free_pointer >= cache->size ||
	    slab->n_objects > bytes / cache->size)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "%llu objects of %llu bytes in %llu",
				 (unsigned long long)slab->n_objects,
				 (unsigned long long)cache->size,
				 (unsigned long long)bytes);
	return ST_OK;
}

enum status slab_open(struct kernel *kernel, const struct page *page,
		      const struct slab_cache *cache, struct slab *ret_slab)
{
	struct slab slab = { .head = page->head };
	enum member_id freelist = either(kernel, M_slab_freelist,
					 M_page_freelist);
	enum member_id counters = either(kernel, M_slab_counters,
					 M_page_counters);
	struct object object;
	enum status st;

	if (freelist == NO_MEMBER || counters == NO_MEMBER ||
	    !layout_has(&kernel->facts.layout, M_kmem_cache_offset) ||
	    !layout_has(&kernel->facts.layout, M_kmem_cache_red_left_pad))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "no slabs of SLUB, or not known how they lie");
	st = read_slab(kernel, page, &object);
	if (st)
		return st;
	slab.phys = PADDR(page->head_pfn.v << kernel->mmu.page_shift);
	slab.freelist = object_pointer(&object, freelist);
	take_counters(&slab, object_value(&object, counters));
	st = check_slab(kernel, page, cache, &slab);
	if (!st)
		st = find_base(kernel, cache, &slab);
	if (!st)
		*ret_slab = slab;
	return st;
}

/* ---- objects ---- */

bool slab_locate(const struct slab *slab, const struct slab_cache *cache,
		 paddr_t phys, struct slab_object *ret_object)
{
	uint64_t inside = phys.v - slab->phys.v;
	struct slab_object object = { .index = inside / cache->size };

	if (object.index >= slab->n_objects)
		return false;
	object.address = kaddr_add(slab->base, object.index * cache->size +
				   cache->red_left_pad);
	object.offset = inside - object.index * cache->size -
			cache->red_left_pad;
	object.is_inside = object.offset < cache->object_size;
	*ret_object = object;
	return true;
}

enum status slab_find_object(struct kernel *kernel, const struct page *page,
			     const struct slab_cache *cache, paddr_t phys,
			     struct slab_object *ret_object)
{
	struct slab slab;
	enum status st = slab_open(kernel, page, cache, &slab);

	if (!st && !slab_locate(&slab, cache, phys, ret_object))
		return diag_fail(&kernel->diag, ST_ABSENT,
				 "behind the last object of its slab");
	return st;
}

/* ---- free objects ---- */

/* How the pointer to the next free object is hidden. */
enum hiding {
	HIDDEN_SWAPPED,		/* 1ad53d9fa3f6, 5.7 */
	HIDDEN,			/* 4.14 */
	N_HIDINGS,
};

static uint64_t unhide(const struct slab_cache *cache, enum hiding hiding,
		       kaddr_t at, uint64_t word)
{
	if (!cache->random)
		return word;
	return word ^ cache->random ^
	       (hiding == HIDDEN ? at.v : __builtin_bswap64(at.v));
}

struct freelist {
	const struct slab_cache *cache;
	const struct slab *slab;
	uint64_t n;		/* of its objects */
	struct slab_free marks;
};

/* The place in its slab, or SLAB_MAX_OBJECTS: that is no object. */
static uint64_t index_of(const struct freelist *list, kaddr_t address)
{
	uint64_t inside = address.v - list->slab->base.v -
			  list->cache->red_left_pad;
	uint64_t index = inside / list->cache->size;

	return inside % list->cache->size || index >= list->slab->n_objects ?
	       SLAB_MAX_OBJECTS : index;
}

static size_t words_of(const struct freelist *list)
{
	return list->slab->n_objects / 64 + 1;
}

static enum status walk_hidden(struct kernel *kernel, struct freelist *list,
			       kaddr_t object, enum hiding hiding)
{
	list->n = 0;
	memset(list->marks.bits, 0, words_of(list) * sizeof(uint64_t));
	while (object.v) {
		kaddr_t at = kaddr_add(object, list->cache->free_pointer);
		uint64_t index = index_of(list, object), word;
		enum status st;

		if (index == SLAB_MAX_OBJECTS ||
		    ++list->n > list->slab->n_objects)
			return diag_fail(&kernel->diag, ST_CORRUPT,
					 "freelist: %#llx is no object that "
					 "can come next",
					 (unsigned long long)object.v);
		bits_set(list->marks.bits, index);
		st = kernel_read_word(kernel, at, &word);
		if (st)
			return diag_under(&kernel->diag, st, "freelist");
		object.v = unhide(list->cache, hiding, at, word);
	}
	return ST_OK;
}

/* Only one way of hiding leads from object to object, and to an end. */
static enum status walk_freelist(struct kernel *kernel, struct freelist *list,
				 kaddr_t first, struct slab_free *free)
{
	enum status st = ST_OK;

	for (enum hiding i = 0; i < N_HIDINGS; i++) {
		st = walk_hidden(kernel, list, first, i);
		if (st != ST_CORRUPT)
			break;
	}
	for (size_t i = 0; i < words_of(list) && !st; i++)
		free->bits[i] |= list->marks.bits[i];
	return st;
}

enum status slab_mark_listed(struct kernel *kernel, const struct slab *slab,
			     const struct slab_cache *cache,
			     struct slab_free *free)
{
	struct freelist list = { .cache = cache, .slab = slab };
	enum status st = walk_freelist(kernel, &list, slab->freelist, free);

	if (!st && list.n != slab->n_listed)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "freelist: %llu objects, the slab counts %llu",
				 (unsigned long long)list.n,
				 (unsigned long long)slab->n_listed);
	return st;
}

/* ---- CPUs ---- */

static enum status read_cpu(struct kernel *kernel,
			    const struct slab_cache *cache,
			    const struct cpu *cpu, struct slab_cpu_vec *cpus)
{
	struct object object;
	enum status st = object_read(kernel, S_kmem_cache_cpu,
				     percpu_address(cpu, cache->cpu_slab),
				     &object);

	if (st)
		return diag_under(&kernel->diag, st, "CPU %u", cpu->number);
	return slab_cpu_vec_push(cpus, (struct slab_cpu) {
			object_pointer(&object, M_kmem_cache_cpu_slab_page),
			object_pointer(&object, M_kmem_cache_cpu_freelist),
		}) ? diag_no_memory(&kernel->diag) : ST_OK;
}

enum status slab_read_cpus(struct kernel *kernel,
			   const struct slab_cache *cache,
			   struct slab_cpu_vec *cpus)
{
	struct cpu_vec all = { NULL, 0, 0 };
	enum status st;

	if (!cache->cpu_slab.v)
		return ST_OK;
	if (!layout_has(&kernel->facts.layout, M_kmem_cache_cpu_freelist))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "kmem_cache_cpu: its layout is not known");
	st = percpu_read_cpus(kernel, &all);
	for (size_t i = 0; i < all.n && !st; i++)
		st = read_cpu(kernel, cache, &all.items[i], cpus);
	cpu_vec_fini(&all);
	return st;
}

enum status slab_mark_taken(struct kernel *kernel, const struct slab *slab,
			    const struct slab_cache *cache,
			    const struct slab_cpu_vec *cpus,
			    struct slab_free *free)
{
	struct freelist list = { .cache = cache, .slab = slab };
	enum status st = ST_OK;

	for (size_t i = 0; i < cpus->n && !st; i++)
		if (kaddr_equal(cpus->items[i].slab, slab->head))
			st = walk_freelist(kernel, &list,
					   cpus->items[i].freelist, free);
	return st;
}

/* ---- one object ---- */

static enum status mark_taken_by_any(struct kernel *kernel,
				     const struct slab *slab,
				     const struct slab_cache *cache,
				     struct slab_free *free)
{
	struct slab_cpu_vec cpus = { NULL, 0, 0 };
	enum status st = slab_read_cpus(kernel, cache, &cpus);

	if (!st)
		st = slab_mark_taken(kernel, slab, cache, &cpus, free);
	slab_cpu_vec_fini(&cpus);
	return st;
}

enum status slab_object_state(struct kernel *kernel, const struct page *page,
			      const struct slab_cache *cache,
			      const struct slab_object *object,
			      enum slab_object_state *ret_state)
{
	struct slab_free free = { { 0 } };
	struct slab slab;
	enum status st = slab_open(kernel, page, cache, &slab);

	if (!st)
		st = slab_mark_listed(kernel, &slab, cache, &free);
	if (!st && !slab_free_has(&free, object->index))
		st = mark_taken_by_any(kernel, &slab, cache, &free);
	if (st)
		return st;
	*ret_state = slab_free_has(&free, object->index) ? SLAB_OBJECT_FREE :
		     cache->has_sheaves ? SLAB_OBJECT_UNTOLD :
					  SLAB_OBJECT_ALLOCATED;
	return ST_OK;
}
