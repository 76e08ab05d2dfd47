/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slabs: their cache, and the object that an address lies in.
 *
 * Mirrors struct slab (struct page until 5.16) and struct kmem_cache of SLUB.
 * Of another allocator's slabs the cache is known, and no objects.
 */
#ifndef RMAP_INSPECT_MM_SLAB_H
#define RMAP_INSPECT_MM_SLAB_H

#include "base/bits.h"
#include "base/vec.h"
#include "kernel/kernel.h"
#include "mm/page.h"

struct slab_cache {
	kaddr_t address;	/* struct kmem_cache */
	char name[64];
	uint64_t size, object_size;	/* bytes */
	/* The rest is SLUB's. */
	uint64_t red_left_pad;	/* bytes before an object that are not it */
	uint64_t free_pointer;	/* where in a free object the next one stands */
	uint64_t random;	/* hides that pointer; 0: does not */
	kaddr_t cpu_slab;	/* per-CPU struct kmem_cache_cpu; 0: none */
	bool has_sheaves;	/* CPUs keep free objects elsewhere (6.18) */
};

enum status slab_find_cache(struct kernel *kernel, const struct page *page,
			    kaddr_t *ret_cache) must_check;
enum status slab_read_cache(struct kernel *kernel, kaddr_t address,
			    struct slab_cache *ret_cache) must_check;

enum slab_object_state {
	SLAB_OBJECT_UNTOLD,
	SLAB_OBJECT_ALLOCATED,
	SLAB_OBJECT_FREE,
};

struct slab_object {
	kaddr_t address;
	uint64_t index;		/* in its slab */
	uint64_t offset;	/* of the address in question; see is_inside */
	bool is_inside;		/* and not in what stands around an object */
};

/*
 * The object of a slab that phys, an address of its frames, lies in or beside.
 * ST_ABSENT: in none, but in what is left at the end. ST_UNKNOWN: nothing
 * tells where the objects are.
 */
enum status slab_find_object(struct kernel *kernel, const struct page *page,
			     const struct slab_cache *cache, paddr_t phys,
			     struct slab_object *ret_object) must_check;

/* UNTOLD: a CPU can have it where nobody looks. */
enum status slab_object_state(struct kernel *kernel, const struct page *page,
			      const struct slab_cache *cache,
			      const struct slab_object *object,
			      enum slab_object_state *ret_state) must_check;

/* ---- for whoever asks for many objects ---- */

struct slab {
	kaddr_t head;		/* struct page, or struct slab */
	kaddr_t base;		/* of its memory, in the direct map */
	paddr_t phys;
	uint64_t n_objects;
	uint64_t n_listed;	/* that are free, as the slab counts */
	kaddr_t freelist;
};

/* ST_UNKNOWN as above. */
enum status slab_open(struct kernel *kernel, const struct page *page,
		      const struct slab_cache *cache,
		      struct slab *ret_slab) must_check;

/* False: behind the last object. */
bool slab_locate(const struct slab *slab, const struct slab_cache *cache,
		 paddr_t phys, struct slab_object *ret_object);

/* What a CPU has taken over of the slab that it allocates from. */
struct slab_cpu {
	kaddr_t slab;
	kaddr_t freelist;
};

DEFINE_VEC(slab_cpu_vec, struct slab_cpu)

enum status slab_read_cpus(struct kernel *kernel,
			   const struct slab_cache *cache,
			   struct slab_cpu_vec *cpus) must_check;

#define SLAB_MAX_OBJECTS	0x8000u

/* A bit for each object that is free. */
struct slab_free {
	uint64_t bits[SLAB_MAX_OBJECTS / 64];
};

static inline bool slab_free_has(const struct slab_free *free, uint64_t index)
{
	return bits_has(free->bits, index);
}

/* Add what is on the list of the slab; of a CPU. */
enum status slab_mark_listed(struct kernel *kernel, const struct slab *slab,
			     const struct slab_cache *cache,
			     struct slab_free *free) must_check;
enum status slab_mark_taken(struct kernel *kernel, const struct slab *slab,
			    const struct slab_cache *cache,
			    const struct slab_cpu_vec *cpus,
			    struct slab_free *free) must_check;

#endif
