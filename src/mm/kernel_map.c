/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A page-table walk turned round: runs of frames, sorted, region by region. */
#include "mm/kernel_map.h"

#include "base/search.h"
#include "base/vec.h"
#include "mm/pgtable.h"

/* Frames that follow each other, mapped at pages that do. */
struct run {
	uint64_t pfn;
	uint64_t n;
	uint64_t address;
};

DEFINE_VEC(run_vec, struct run)

/* Of one region, in order of pfn once it is read. */
struct runs {
	struct run_vec list;
	uint64_t longest;	/* frames of its longest run */
};

struct kernel_map {
	unsigned int page_shift;
	struct runs regions[N_REGIONS];
};

/* ---- reading ---- */

struct reader {
	struct kernel *kernel;
	struct runs *runs;
};

static bool continues(const struct reader *reader, const struct run *last,
		      const struct run *run)
{
	const unsigned int shift = reader->kernel->mmu.page_shift;

	return last->pfn + last->n == run->pfn &&
	       last->address + (last->n << shift) == run->address;
}

static enum status keep_entry(const struct pgtable_entry *entry, void *arg)
{
	struct reader *reader = arg;
	struct run_vec *list = &reader->runs->list;
	struct run *last = list->n ? &list->items[list->n - 1] : NULL;
	const struct run run = {
		.pfn = entry->pte.pfn.v,
		.n = mmu_pages(&reader->kernel->mmu, entry->level),
		.address = entry->address.v,
	};

	if (entry->pte.kind != PTE_PAGE)
		return ST_OK;
	if (last && continues(reader, last, &run)) {
		last->n += run.n;
		return ST_OK;
	}
	if (run_vec_push(list, run))
		return diag_no_memory(&reader->kernel->diag);
	return ST_OK;
}

static int by_pfn(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

static void sort_runs(struct runs *runs)
{
	struct run_vec *list = &runs->list;

	if (list->n)
		qsort(list->items, list->n, sizeof(list->items[0]), by_pfn);
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].n > runs->longest)
			runs->longest = list->items[i].n;
}

static enum status read_part(struct kernel *kernel, uint64_t first,
			     uint64_t last, struct runs *runs,
			     struct gaps *gaps)
{
	struct reader reader = { kernel, runs };
	const struct pgtable_control control = {
		.first = first,
		.last = last,
		.entry = keep_entry,
		.arg = &reader,
	};

	return first > last ? ST_OK :
	       pgtable_walk(kernel, kernel->pgd, &control, gaps);
}

/* Of the regions that begin in this one, the first from an address on. */
static const struct kernel_region *
nested_in(const struct kernel_region *region,
	  const struct kernel_region *regions, uint64_t from)
{
	const struct kernel_region *first = NULL;

	for (size_t i = 0; i < N_REGIONS; i++) {
		const struct kernel_region *other = &regions[i];

		if (!is_region(other) ||
		    other->first <= region->first || other->first < from ||
		    other->first > region->last)
			continue;
		if (!first || other->first < first->first)
			first = other;
	}
	return first;
}

/* Without those that begin in it. */
static enum status read_region(struct kernel *kernel,
			       const struct kernel_region *region,
			       const struct kernel_region *regions,
			       struct runs *runs, struct gaps *gaps)
{
	uint64_t from = region->first;
	enum status st = ST_OK;

	while (from <= region->last && !st) {
		const struct kernel_region *nested =
			nested_in(region, regions, from);

		st = read_part(kernel, from, nested ? nested->first - 1 :
						      region->last, runs, gaps);
		if (!nested || nested->last >= region->last)
			break;
		from = nested->last + 1;
	}
	sort_runs(runs);
	return st;
}

struct base {
	enum kernel_symbol symbol;
	enum kernel_region_type region;
};

/* Variables of x86 that say where KASLR has put a region. */
static const struct base bases[] = {
	{ KSYM_VMALLOC_BASE, REGION_VMALLOC },
	{ KSYM_VMEMMAP_BASE, REGION_MEMMAP },
};

/* As far as they are not always in the same place. */
static void place_told(const struct kernel *kernel,
		       struct kernel_region *regions)
{
	for (size_t i = 0; i < N_REGIONS; i++)
		if (!is_region(&regions[i]))
			regions[i] = kernel->told_regions[i];
}

/* An image that lies anywhere is bounded by its symbols. */
static void place_image(const struct kernel *kernel,
			struct kernel_region *regions)
{
	const struct kernel_variable *variables = kernel->facts.variables;
	const struct kernel_variable *first = &variables[KSYM_STEXT];
	const struct kernel_variable *end = &variables[KSYM_END];

	if (!is_region(&regions[REGION_IMAGE]) && first->present &&
	    end->present)
		regions[REGION_IMAGE] = (struct kernel_region) {
			first->address.v, end->address.v - 1
		};
}

static void move_regions(struct kernel *kernel, struct kernel_region *regions,
			 struct gaps *gaps)
{
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		const struct kernel_variable *base =
			&kernel->facts.variables[bases[i].symbol];
		uint64_t first;

		if (!base->present)
			continue;
		if (kernel_read_word(kernel, base->address, &first))
			gaps_add(gaps, "kernel mappings",
				 kernel_symbol_name(bases[i].symbol),
				 kernel->diag.text);
		else
			regions[bases[i].region].first = first;
	}
}

enum status kernel_map_read(struct kernel *kernel, struct gaps *gaps,
			    struct kernel_map **ret_map)
{
	cleanup(kernel_map_free_cleanup) struct kernel_map *map =
		calloc(1, sizeof(*map));
	struct kernel_region regions[N_REGIONS];
	enum status st = ST_OK;

	if (!map)
		return diag_no_memory(&kernel->diag);
	kernel->arch->regions(&kernel->mmu, regions);
	map->page_shift = kernel->mmu.page_shift;
	place_told(kernel, regions);
	place_image(kernel, regions);
	move_regions(kernel, regions, gaps);
	for (size_t i = 0; i < N_REGIONS && !st; i++)
		st = read_region(kernel, &regions[i], regions,
				 &map->regions[i], gaps);
	if (st)
		return st;
	*ret_map = take(map);
	return ST_OK;
}

void kernel_map_free(struct kernel_map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < N_REGIONS; i++)
		run_vec_fini(&map->regions[i].list);
	free(map);
}

/* ---- looking up ---- */

/* The first run that begins behind pfn. */
static size_t runs_behind(const struct runs *runs, uint64_t pfn)
{
	return partition_point(i, runs->list.n, runs->list.items[i].pfn <= pfn);
}

/* Runs can overlap, so the one that holds pfn need not be the last before it. */
static const struct run *find_run(const struct runs *runs, uint64_t pfn)
{
	for (size_t i = runs_behind(runs, pfn); i-- > 0; ) {
		const struct run *run = &runs->list.items[i];

		if (pfn - run->pfn < run->n)
			return run;
		if (pfn - run->pfn >= runs->longest)
			break;
	}
	return NULL;
}

bool kernel_map_find(const struct kernel_map *map,
		     enum kernel_region_type region, pfn_t pfn,
		     kaddr_t *ret_address)
{
	const struct run *run = find_run(&map->regions[region], pfn.v);

	if (run)
		*ret_address = KADDR(run->address +
				     ((pfn.v - run->pfn) << map->page_shift));
	return run;
}
