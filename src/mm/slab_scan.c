/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memmap once, and each slab of the cache as a whole. */
#include "mm/slab_scan.h"

#include "mm/memmap_scan.h"
#include "mm/page.h"
#include "mm/slab.h"

struct walk {
	struct kernel *kernel;
	struct slab_cache cache;
	struct slab_cpu_vec cpus;
	bool free_known;	/* unless a slab's own list tells nothing */
	struct slab_free free;	/* of the slab at hand */
	slab_scan_fn *fn;
	void *arg;
	struct gaps *gaps;
};

/* A flag until 6.9; from then on a type. */
static bool is_slab(const struct kernel *kernel, const struct page *page)
{
	return kernel->facts.layout.has_enumerator[E_PG_slab] ?
	       page_flag(kernel, page, E_PG_slab) :
	       page_has_type(kernel, page);
}

/* Whether what is not in free is allocated. */
static enum status read_free(struct walk *walk, const struct slab *slab,
			     bool *ret_known)
{
	enum status st;

	walk->free = (struct slab_free) { { 0 } };
	st = slab_mark_listed(walk->kernel, slab, &walk->cache, &walk->free);
	if (!st)
		st = slab_mark_taken(walk->kernel, slab, &walk->cache,
				     &walk->cpus, &walk->free);
	*ret_known = !st && walk->free_known;
	return st == ST_NO_MEMORY ? st : ST_OK;
}

static enum status hand_out(struct walk *walk, const struct slab *slab,
			    bool allocated)
{
	enum status st = ST_OK;

	for (uint64_t i = 0; i < slab->n_objects && !st; i++) {
		const struct slab_find find = {
			kaddr_add(slab->base, i * walk->cache.size +
				  walk->cache.red_left_pad),
			allocated,
		};

		if (!slab_free_has(&walk->free, i))
			st = walk->fn(&find, walk->arg);
	}
	return st;
}

static enum status look_at_slab(pfn_t pfn, void *arg)
{
	struct walk *walk = arg;
	struct kernel *kernel = walk->kernel;
	struct page page;
	struct slab slab;
	bool known;
	enum status st = page_read(kernel, pfn, &page);

	if (!st && (page.head_pfn.v != pfn.v || !is_slab(kernel, &page)))
		return ST_OK;
	if (!st)
		st = slab_open(kernel, &page, &walk->cache, &slab);
	if (!st)
		st = read_free(walk, &slab, &known);
	if (st == ST_NO_MEMORY)
		return st;
	if (st) {
		gaps_addf(walk->gaps, "slab", kernel->diag.text, "PFN %#llx",
			  (unsigned long long)pfn.v);
		return ST_OK;
	}
	return hand_out(walk, &slab, known);
}

static enum status open_cache(struct walk *walk, enum kernel_symbol symbol)
{
	struct kernel *kernel = walk->kernel;
	const struct kernel_variable *pointer =
		&kernel->facts.variables[symbol];
	kaddr_t cache;
	enum status st;

	if (!pointer->present)
		return diag_fail(&kernel->diag, ST_UNKNOWN, "%s: not known",
				 kernel_symbol_name(symbol));
	st = kernel_read_word(kernel, pointer->address, &cache.v);
	if (!st)
		st = slab_read_cache(kernel, cache, &walk->cache);
	if (st)
		return diag_under(&kernel->diag, st, "%s",
				  kernel_symbol_name(symbol));
	st = slab_read_cpus(kernel, &walk->cache, &walk->cpus);
	walk->free_known = !st && !walk->cache.has_sheaves;
	return st == ST_NO_MEMORY ? st : ST_OK;
}

enum status slab_scan(struct kernel *kernel, enum kernel_symbol cache,
		      slab_scan_fn *fn, void *arg, struct gaps *gaps)
{
	const enum member_id member =
		layout_has(&kernel->facts.layout, M_slab_slab_cache) ?
		M_slab_slab_cache : M_page_slab_cache;
	struct walk walk = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st;

	if (!layout_has(&kernel->facts.layout, member))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "slab_cache: its layout is not known");
	st = open_cache(&walk, cache);
	if (!st)
		st = memmap_find_pointer(kernel, member, walk.cache.address,
					 look_at_slab, &walk, gaps);
	slab_cpu_vec_fini(&walk.cpus);
	return st;
}
