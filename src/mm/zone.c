/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* node_data[] → pglist_data → zone → per_cpu_pages → lists of struct page. */
#include "mm/zone.h"

#include "mm/list.h"
#include "mm/percpu.h"

static void record(struct kernel *kernel, struct gaps *gaps, const char *what,
		   kaddr_t object)
{
	gaps_addf(gaps, "free lists", kernel->diag.text, "%s %#llx", what,
		  (unsigned long long)object.v);
}

/* ---- zones ---- */

static enum status visit_node(struct kernel *kernel, kaddr_t node, zone_fn *fn,
			      void *arg)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct member_layout *zones =
		&layout->members[M_pglist_data_node_zones];
	enum status st = ST_OK;

	for (uint32_t i = 0; i < zones->count && !st; i++)
		st = fn(kaddr_add(node, zones->offset +
				  (uint64_t)i * zones->size), arg);
	return st;
}

/* Without NUMA there is one node, and no table. */
static enum status visit_nodes(struct kernel *kernel, zone_fn *fn, void *arg,
			       struct gaps *gaps)
{
	const struct kernel_variable *table =
		&kernel->facts.variables[KSYM_NODE_DATA];
	const struct kernel_variable *only =
		&kernel->facts.variables[KSYM_CONTIG_PAGE_DATA];
	enum status st = ST_OK;

	if (!table->present)
		return only->present ?
		       visit_node(kernel, only->address, fn, arg) :
		       diag_fail(&kernel->diag, ST_UNKNOWN,
				 "no symbol node_data");
	for (uint64_t i = 0; i < 1ULL << kernel->node_bits && !st; i++) {
		kaddr_t entry = kaddr_add(table->address, i * 8), node;

		if (kernel_read_word(kernel, entry, &node.v))
			record(kernel, gaps, "node", entry);
		else if (node.v)
			st = visit_node(kernel, node, fn, arg);
	}
	return st;
}

enum status zone_for_each(struct kernel *kernel, zone_fn *fn, void *arg,
			  struct gaps *gaps)
{
	if (!layout_has(&kernel->facts.layout, M_pglist_data_node_zones))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "pglist_data: its layout is not known");
	return visit_nodes(kernel, fn, arg, gaps);
}

/* MAX_ORDER is 10 but for some of arm64's and powerpc's kernels. */
unsigned int free_orders(const struct kernel *kernel)
{
	const struct member_layout *areas =
		&kernel->facts.layout.members[M_zone_free_area];

	return areas->present && areas->count <= 30 ? areas->count : 11;
}

/* ---- what CPUs keep ---- */

struct walk {
	struct kernel *kernel;
	struct cpu_vec cpus;
	percpu_free_fn *fn;
	void *arg;
	struct gaps *gaps;
	struct percpu_free found;	/* of the list that is read */
};

static enum status visit_page(kaddr_t page, void *arg)
{
	struct walk *walk = arg;

	walk->found.page = page;
	return walk->fn(&walk->found, walk->arg);
}

/*
 * order_to_pindex(): MIGRATE_PCPTYPES lists of each order up to
 * PAGE_ALLOC_COSTLY_ORDER, then those of huge pages; until 5.13 of order 0
 * alone (44042b449872).
 */
#define PCPTYPES	3
#define COSTLY_ORDER	3

static unsigned int order_of_list(const struct kernel *kernel, uint32_t list)
{
	const struct mmu *mmu = &kernel->mmu;

	return list / PCPTYPES <= COSTLY_ORDER ? list / PCPTYPES :
	       mmu_shift(mmu, PT_PMD) - mmu_shift(mmu, PT_PTE);
}

static enum status visit_lists(struct walk *walk, kaddr_t pages)
{
	const struct layout *layout = &walk->kernel->facts.layout;
	const struct member_layout *lists =
		&layout->members[M_per_cpu_pages_lists];
	struct list list = {
		.link = M_page_lru,
		.what = "free lists",
		.entry = "page",
	};
	enum status st = ST_OK;

	for (uint32_t i = 0; i < lists->count && !st; i++) {
		walk->found.order = order_of_list(walk->kernel, i);
		list.head = kaddr_add(pages, lists->offset +
				      (uint64_t)i * lists->size);
		st = list_for_each(walk->kernel, &list, visit_page, walk,
				   walk->gaps);
	}
	return st;
}

/*
 * Until 5.13 the lists stand inside of struct per_cpu_pageset. A zone without
 * memory shares boot_pageset, whose lists are empty circles.
 */
static enum status visit_zone(kaddr_t zone, void *arg)
{
	struct walk *walk = arg;
	const struct layout *layout = &walk->kernel->facts.layout;
	uint64_t inside = layout_has(layout, M_per_cpu_pageset_pcp) ?
			  layout->members[M_per_cpu_pageset_pcp].offset : 0;
	struct object object;
	enum status st = ST_OK;

	if (object_read(walk->kernel, S_zone, zone, &object)) {
		record(walk->kernel, walk->gaps, "zone", zone);
		return ST_OK;
	}
	if (!object_value(&object, M_zone_present_pages))
		return ST_OK;
	for (size_t i = 0; i < walk->cpus.n && !st; i++) {
		kaddr_t first = object_pointer(&object, M_zone_pageset);

		walk->found.cpu = walk->cpus.items[i].number;
		st = visit_lists(walk, kaddr_add(percpu_address(
					&walk->cpus.items[i], first), inside));
	}
	return st;
}

enum status percpu_free_for_each(struct kernel *kernel, percpu_free_fn *fn,
				 void *arg, struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	struct walk walk = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st;

	if (!layout_has(layout, M_zone_pageset) ||
	    !layout_has(layout, M_per_cpu_pages_lists) ||
	    !layout_has(layout, M_page_lru))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "per_cpu_pages: its layout is not known");
	st = percpu_read_cpus(kernel, &walk.cpus);
	if (!st)
		st = zone_for_each(kernel, visit_zone, &walk, gaps);
	cpu_vec_fini(&walk.cpus);
	return st;
}
