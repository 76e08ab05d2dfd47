/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of struct surveyor, for the families of kinds. */
#ifndef RMAP_INSPECT_KIND_SURVEYOR_H
#define RMAP_INSPECT_KIND_SURVEYOR_H

#include "kind/survey.h"
#include "mm/free_list.h"
#include "mm/kernel_map.h"
#include "mm/module.h"
#include "mm/percpu.h"
#include "mm/resource.h"
#include "mm/slab.h"
#include "mm/table_map.h"
#include "mm/thread.h"
#include "mm/vmap.h"

DEFINE_VEC(thread_vec, struct thread)

/* Of the buddy allocator. */
struct free_block {
	uint64_t first;		/* PFN */
	uint64_t n;		/* 0: no block */
	unsigned int order;
	kaddr_t head;		/* its first struct page */
};

DEFINE_VEC(symbol_at_vec, struct symbol_at)
DEFINE_VEC(slab_cache_vec, struct slab_cache)

struct frame_range {
	uint64_t first, n;	/* PFNs; n 0: nothing */
};

/* Of the first chunk of per-CPU memory. */
struct first_unit {
	struct frame_range frames;
	unsigned int cpu;
};

DEFINE_VEC(first_unit_vec, struct first_unit)

/* A part of the kernel that holds frames. */
struct owner {
	const char *name;	/* "hash table" */
	char of[48];		/* "tcp_hashinfo.ehash" */
	bool is_disk;		/* its frames have an index */
};

DEFINE_VEC(owner_vec, struct owner)

struct owned_range {
	struct frame_range frames;
	size_t owner;		/* place in owners */
	uint64_t index;		/* on a disk, in pages */
};

DEFINE_VEC(owned_range_vec, struct owned_range)

/* Something that is read once, and what of it could not be. */
struct chapter {
	bool is_read;
	struct gaps gaps;
};

struct surveyor {
	struct kernel *kernel;
	const struct tasks *tasks;

	struct chapter mapped;
	struct kernel_map *kernel_map;

	struct chapter tabled;
	struct table_map *table_map;

	struct chapter threaded;
	struct thread_vec threads;	/* those with a stack, in its order */

	struct chapter vmapped;
	struct vmap_area_vec areas;	/* in order of address */
	struct symbol_at_vec callers;	/* each once */
	struct map place_of_caller;	/* its address → place in callers */

	struct chapter zeroed;
	struct frame_range zero, huge_zero;

	struct chapter united;
	struct percpu_unit_vec units;		/* in order of address */
	struct first_unit_vec first_units;	/* in order of frame */

	struct chapter moduled;
	struct module_part_vec parts;

	struct chapter resourced;
	struct resource_vec resources;	/* parents before their children */

	struct chapter owned;
	struct owner_vec owners;
	struct owned_range_vec owned_ranges;	/* in order of frame */

	kaddr_t last_mapping;		/* of the last page of a file */
	bool last_is_secret;

	struct free_block block;	/* the last one found */
	struct free_lists free_lists;
	struct chapter listed;
	struct map cpu_of_free;		/* frame on a CPU's list → the CPU */

	bool has_first;			/* the next two mean something */
	struct page first;		/* of the last allocation found */
	uint64_t allocated;		/* frames of it seen so far */

	struct map place_of_cache;	/* kmem_cache → place in caches */
	struct slab_cache_vec caches;
};

/* The frame that is asked about. */
struct frame {
	pfn_t pfn;
	const struct page *page;	/* NULL for describe_resource() alone */
};

/*
 * One line for all that was not seen of a chapter, in the answer for a frame
 * for which it may have made a difference.
 */
void doubt_chapter(const struct chapter *chapter, const char *what,
		   struct gaps *gaps);

/*
 * A family claims a frame by setting survey->kind to one of its own, and tells
 * the details; of a frame that it does not know it says nothing.
 */
typedef enum status claim_fn(struct surveyor *surveyor,
			     const struct frame *frame,
			     struct survey *survey);

claim_fn claim_zero;
claim_fn claim_percpu;		/* percpu.c: the first chunk */
claim_fn claim_table;		/* table.c: page tables without a type */
claim_fn claim_mapped;		/* mapped.c: by the kernel's own mappings */
claim_fn claim_owned;		/* owner.c: whose the kernel's pages are */
claim_fn claim_behind_first;	/* allocation.c: part of something larger */

/*
 * Names the frames of one kind of owner, for claim_owned(): asks those below
 * to keep them.
 */
typedef enum status owner_fn(struct surveyor *surveyor);

owner_fn own_tables;		/* owner_table.c: what variables point to */
owner_fn own_pools;		/* owner_pool.c: what is set aside, ftrace */
owner_fn own_disks;		/* owner_disk.c: RAM disks */

/* *ret_owner: for the functions below. */
enum status owner_add(struct surveyor *surveyor, const struct owner *owner,
		      size_t *ret_owner) must_check;

/* Frames in a row. */
enum status owner_take_frames(struct surveyor *surveyor,
			      const struct owned_range *range) must_check;

/* The frames behind addresses; none if they cannot be one allocation. */
enum status owner_take_memory(struct surveyor *surveyor, size_t owner,
			      kaddr_t address, uint64_t size) must_check;

/* The allocation that begins at address, if one does. */
enum status owner_take_allocation(struct surveyor *surveyor, size_t owner,
				  kaddr_t address) must_check;

/* What claim_mapped() asks about an address of one region. */
typedef enum status region_fn(struct surveyor *surveyor, kaddr_t address,
			      struct survey *survey);

region_fn claim_percpu_area;	/* percpu.c: the other chunks */
region_fn claim_module;
region_fn claim_image;

/* caller.c: who has asked for what vmalloc() has at an address. */
enum status describe_caller(struct surveyor *surveyor, kaddr_t address,
			    struct survey *survey) must_check;

/* Ask about the first frame of an allocation in place of one behind it. */
enum status survey_first(struct surveyor *surveyor, const struct frame *first,
			 struct survey *survey) must_check;

/* The details of a frame whose struct page has told the kind. */
typedef claim_fn describe_fn;

describe_fn describe_table;
describe_fn describe_slab;
describe_fn describe_device;
describe_fn describe_file;
describe_fn describe_hugetlb;
describe_fn describe_resource;
describe_fn describe_free;	/* may find that it is not */

/* Of which module an address is; *ret_part NULL: none that could be seen. */
enum status module_find(struct surveyor *surveyor, kaddr_t address,
			const struct module_part **ret_part) must_check;

void table_fini(struct surveyor *surveyor);
void mapped_fini(struct surveyor *surveyor);
void caller_fini(struct surveyor *surveyor);
void zero_fini(struct surveyor *surveyor);
void module_fini(struct surveyor *surveyor);
void percpu_fini(struct surveyor *surveyor);
void resource_fini(struct surveyor *surveyor);
void free_fini(struct surveyor *surveyor);
void slab_fini(struct surveyor *surveyor);
void owner_fini(struct surveyor *surveyor);

#endif
