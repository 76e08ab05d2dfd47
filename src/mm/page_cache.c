/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/page_cache.h"

#include <stdio.h>

#include "mm/memmap.h"
#include "mm/page.h"
#include "mm/xarray.h"

struct walk {
	struct kernel *kernel;
	kaddr_t mapping;
	page_cache_fn *fn;
	void *arg;
	struct page_cache cache;
	uint64_t counted;	/* as the kernel counts (nrpages) */
	struct gaps *gaps;
};

static void record(const struct walk *walk, const struct xarray_entry *entry)
{
	gaps_addf(walk->gaps, "page cache", walk->kernel->diag.text,
		  "address_space %#llx, index %#llx",
		  (unsigned long long)walk->mapping.v,
		  (unsigned long long)entry->index);
}

/* swp_to_radix_entry() */
static void count_value(struct walk *walk, const struct xarray_entry *entry)
{
	struct page_cache *cache = &walk->cache;

	if (cache->n_values < SWAP_SHOWN)
		cache->swapped[cache->n_values] =
			swap_entry_of(walk->kernel, entry->value);
	cache->n_values += entry->n;
}

/* The part of a file that an entry stands for, and the frames that hold it. */
struct part {
	pfn_t first;
	uint64_t n;
	uint64_t index;
};

/*
 * Of a large folio all slots hold the head (5.2), and one entry can be all of
 * them (5.17); before, each slot held its own page. hugetlb counted huge pages
 * until 6.6.
 */
static enum status take_apart(struct walk *walk,
			      const struct xarray_entry *entry,
			      const struct page *page, struct part *part)
{
	unsigned int unit = page_counts_huge_pages(walk->kernel, page) ?
			    page->order : 0;
	uint64_t behind = (1ULL << page->order) -
			  (page->pfn.v - page->head_pfn.v), inside;

	part->index = entry->index << unit;
	part->n = entry->n << unit;
	inside = part->index - page->index;
	if (page->mapping != walk->mapping.v)
		return diag_fail(&walk->kernel->diag, ST_CORRUPT,
				 "the page there (PFN %#llx) has mapping %#llx",
				 (unsigned long long)page->pfn.v,
				 (unsigned long long)page->mapping);
	if (inside >= behind || part->n > behind - inside)
		return diag_fail(&walk->kernel->diag, ST_CORRUPT,
				 "the page there (PFN %#llx) has index %#llx",
				 (unsigned long long)page->pfn.v,
				 (unsigned long long)page->index);
	part->first = PFN(page->pfn.v + inside);
	return ST_OK;
}

static enum status look_at_page(struct walk *walk,
				const struct xarray_entry *entry)
{
	struct kernel *kernel = walk->kernel;
	struct page page;
	struct part part;
	pfn_t pfn;
	enum status st = page_find(kernel, entry->pointer, &pfn);

	if (!st)
		st = page_read(kernel, pfn, &page);
	if (!st)
		st = take_apart(walk, entry, &page, &part);
	if (st) {
		record(walk, entry);
		return ST_OK;
	}
	walk->counted += entry->n;
	walk->cache.present += part.n;
	return walk->fn(part.first, part.n, part.index, walk->arg);
}

static enum status look_at_entry(const struct xarray_entry *entry, void *arg)
{
	struct walk *walk = arg;

	if (!entry->is_value)
		return look_at_page(walk, entry);
	count_value(walk, entry);
	return ST_OK;
}

static void check_count(struct walk *walk, const struct object *mapping)
{
	uint64_t nrpages = object_value(mapping, M_address_space_nrpages);
	char why[128];

	if (nrpages == walk->counted)
		return;
	snprintf(why, sizeof(why), "the kernel counts %llu pages, %llu were "
		 "found", (unsigned long long)nrpages,
		 (unsigned long long)walk->counted);
	gaps_addf(walk->gaps, "page cache", why, "address_space %#llx",
		  (unsigned long long)walk->mapping.v);
}

static void tell_shmem(struct walk *walk, const struct object *mapping)
{
	const struct kernel_variable *shmem =
		&walk->kernel->facts.variables[KSYM_SHMEM_AOPS];

	walk->cache.is_told = shmem->present;
	walk->cache.is_shmem = shmem->present &&
		kaddr_equal(object_pointer(mapping, M_address_space_a_ops),
			    shmem->address);
}

enum status page_cache_for_each(struct kernel *kernel, kaddr_t mapping,
				page_cache_fn *fn, void *arg,
				struct page_cache *ret_cache,
				struct gaps *gaps)
{
	struct walk walk = {
		.kernel = kernel,
		.mapping = mapping,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	struct object object;
	enum status st = object_read(kernel, S_address_space, mapping,
				     &object);

	if (st)
		return st;
	tell_shmem(&walk, &object);
	st = xarray_for_each(kernel, &object, M_address_space_i_pages,
			     look_at_entry, &walk, gaps);
	if (st)
		return st;
	check_count(&walk, &object);
	*ret_cache = walk.cache;
	return ST_OK;
}
