/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Joins a generator, the confirmation and the visitor.
 */
#include "rmap/walk.h"

#include "base/map.h"
#include "mm/swap.h"
#include "rmap/confirm.h"
#include "rmap/generator.h"

static const struct generator *const generators[] = {
	[RMAP_NONE_POSSIBLE] = NULL,
	[RMAP_NOT_KEPT] = NULL,
	[RMAP_ANON] = &anon_generator,
	[RMAP_FILE] = &file_generator,
	[RMAP_KSM] = &ksm_generator,
};

struct walk {
	struct kernel *kernel;
	const struct page *page;
	struct candidate_query query;
	pfn_t first;			/* of the query's pages */
	struct map_target target;	/* the page itself */
	const struct rmap_walk_control *control;
	struct gaps *gaps;
	struct confirmer confirmer;
	/* (mm, address) already told: several KSM items can lead to one. */
	struct map told;
	struct map mms;			/* mm_struct → its number in the keys */
	uint64_t n_candidates;
};

static bool is_user_address(const struct kernel *kernel, uaddr_t address)
{
	return address.v < mmu_user_end(&kernel->mmu);
}

static void record(struct walk *walk, const struct vma *vma, uaddr_t address)
{
	gaps_addf(walk->gaps, "page table", walk->kernel->diag.text,
		  "mm %#llx, user address %#llx", (unsigned long long)vma->mm.v,
		  (unsigned long long)address.v);
}

/*
 * An exact key for (mm, page address): the mm's number above the 45 bits that
 * a user page number can have.
 */
static enum status place_key(struct walk *walk, const struct rmap_hit *hit,
			     uint64_t *ret_key)
{
	struct kernel *kernel = walk->kernel;
	uint64_t number;
	bool added;

	if (map_add(&walk->mms, hit->vma.mm.v, walk->mms.n, &added))
		return diag_no_memory(&kernel->diag);
	number = *map_find(&walk->mms, hit->vma.mm.v);
	if (number >> (64 - 45)) {
		diag_set(&kernel->diag, "in more than 2^19 address spaces, the "
			 "others are left out");
		record(walk, &hit->vma, hit->address);
		return ST_BUDGET;
	}
	*ret_key = number << 45 | hit->address.v >> kernel->mmu.page_shift;
	return ST_OK;
}

static enum status tell(struct walk *walk, const struct rmap_hit *hit)
{
	const struct rmap_walk_control *control = walk->control;
	enum status st;
	uint64_t key = 0;
	bool added;

	st = place_key(walk, hit, &key);
	if (st)
		return st == ST_BUDGET ? ST_OK : st;
	if (map_add(&walk->told, key, 0, &added))
		return diag_no_memory(&walk->kernel->diag);
	if (!added)
		return ST_OK;
	st = control->rmap_one(hit, control->arg);
	if (!st && control->done && control->done(control->arg))
		st = ST_STOPPED;
	return st;
}

/* Unknown never falls into absent. */
static void doubt_entry(struct walk *walk, const struct rmap_hit *hit)
{
	diag_set(&walk->kernel->diag, "the entry %#llx may name the page: what "
		 "its type means in this kernel is not known",
		 (unsigned long long)hit->entry.pte.raw);
	record(walk, &hit->vma, hit->address);
}

/* The nth page of the query; in the swap cache they follow one another. */
static struct map_target target_at(const struct walk *walk, uint64_t nth)
{
	struct map_target target = walk->target;

	target.pfn = PFN(walk->first.v + nth);
	target.swap.offset += target.pfn.v - walk->target.pfn.v;
	return target;
}

/* From address to where an entry of this level ends that covers it. */
static uint64_t pages_to_end(const struct kernel *kernel, enum pt_level level,
			     uaddr_t address)
{
	uint64_t pages = mmu_pages(&kernel->mmu, level);

	return pages - (address.v >> kernel->mmu.page_shift) % pages;
}

/*
 * The entry at the hit's address. *ret_n: how many pages from there on nothing
 * else is known of. A table that cannot be read hides all that it leads to.
 */
static enum status try_entry(struct walk *walk, struct rmap_hit *hit,
			     uint64_t nth, uint64_t n, uint64_t *ret_n)
{
	struct map_target target = target_at(walk, nth);
	uint64_t covered;

	if (confirm(&walk->confirmer, &hit->vma, hit->address, &target,
		    &hit->state, &hit->entry)) {
		record(walk, &hit->vma, hit->address);
		*ret_n = pages_to_end(walk->kernel, PT_PMD, hit->address);
		return ST_OK;
	}
	covered = pages_to_end(walk->kernel, hit->entry.level, hit->address);
	*ret_n = covered;
	hit->pfn = target.pfn;
	hit->n_pages = covered < n ? covered : n;
	if (hit->state == STATE_NONE)
		return walk->control->not_mapped ?
		       walk->control->not_mapped(&hit->vma, hit->address,
						 walk->control->arg) : ST_OK;
	if (hit->state != STATE_UNKNOWN)
		return tell(walk, hit);
	doubt_entry(walk, hit);
	return ST_OK;
}

/* Entry by entry: one that is about many pages is one hit. */
static enum status try_run(struct walk *walk, const struct vma *vma,
			   uaddr_t address, uint64_t nth, uint64_t n)
{
	const unsigned int shift = walk->kernel->mmu.page_shift;
	uint64_t done = 0, some;

	while (done < n) {
		struct rmap_hit hit = {
			.vma = *vma,
			.address = UADDR(address.v + (done << shift)),
		};
		enum status st = try_entry(walk, &hit, nth + done, n - done,
					   &some);

		if (st)
			return st;
		done += some;
	}
	return ST_OK;
}

static enum status try_candidate(const struct vma *vma, uaddr_t address,
				 uint64_t nth, uint64_t n, void *arg)
{
	struct walk *walk = arg;
	uint64_t bytes = (n - 1) << walk->kernel->mmu.page_shift;

	if (walk->control->invalid_vma &&
	    walk->control->invalid_vma(vma, walk->control->arg))
		return ST_OK;
	walk->n_candidates++;
	if (!is_user_address(walk->kernel, address) ||
	    !is_user_address(walk->kernel, UADDR(address.v + bytes))) {
		diag_set(&walk->kernel->diag, "not a user address");
		record(walk, vma, address);
		return ST_OK;
	}
	return try_run(walk, vma, address, nth, n);
}

/* Processes that have lost the page to swap hold its entry instead. */
static void find_swap_entry(struct walk *walk)
{
	struct kernel *kernel = walk->kernel;
	struct map_target *target = &walk->target;

	target->pfn = walk->page->pfn;
	if (!page_in_swap_cache(kernel, walk->page))
		return;
	target->has_swap = !page_swap_entry(kernel, walk->page, &target->swap);
	if (!target->has_swap)
		gaps_addf(walk->gaps, "swap entry", kernel->diag.text,
			  "page %#llx",
			  (unsigned long long)walk->page->address.v);
}

/* This page, or all of its folio. */
static void choose_pages(struct walk *walk)
{
	const struct page *page = walk->page;
	uint64_t inside = page->pfn.v - page->head_pfn.v;

	walk->query = (struct candidate_query) {
		.page = page,
		.index = page->index,
		.n = 1,
		.exhaustive = walk->control->exhaustive,
	};
	walk->first = page->pfn;
	if (!walk->control->folio)
		return;
	walk->query.index -= inside;
	walk->query.n = 1ULL << page->order;
	walk->first = page->head_pfn;
}

static struct rmap_object describe(const struct walk *walk,
				   const struct generator *generator)
{
	kaddr_t address = page_mapping_pointer(walk->page);

	return (struct rmap_object) {
		.type = generator->object,
		.address = address,
		.is_root = generator->is_root &&
			   generator->is_root(walk->kernel, address),
		.n_candidates = walk->n_candidates,
	};
}

enum status rmap_walk(struct kernel *kernel, const struct page *page,
		      enum page_kind kind,
		      const struct rmap_walk_control *control,
		      struct gaps *gaps, struct rmap_object *ret_object)
{
	const struct generator *generator =
		generators[page_rmap_type(kind, page)];
	struct walk walk = {
		.kernel = kernel,
		.page = page,
		.control = control,
		.gaps = gaps,
		.confirmer = { .kernel = kernel },
	};
	enum status st;

	if (!generator) {
		if (ret_object)
			*ret_object = (struct rmap_object) { 0 };
		return ST_OK;
	}
	find_swap_entry(&walk);
	choose_pages(&walk);
	st = generator->candidates(kernel, &walk.query, try_candidate, &walk,
				   gaps);
	if (ret_object)
		*ret_object = describe(&walk, generator);
	confirmer_fini(&walk.confirmer);
	map_fini(&walk.told);
	map_fini(&walk.mms);
	return st;
}
