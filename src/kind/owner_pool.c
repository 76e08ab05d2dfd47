/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is set aside for later, and the records of ftrace. */
#include <stdio.h>

#include "kind/surveyor.h"
#include "mm/ftrace.h"
#include "mm/memmap.h"
#include "mm/pool.h"
#include "mm/zone.h"

struct taker {
	struct surveyor *surveyor;
	size_t owner;
};

static enum status take_chunk(const struct pool_part *chunk, void *arg)
{
	const struct taker *taker = arg;

	return owner_take_memory(taker->surveyor, taker->owner,
				 chunk->address, chunk->size);
}

static enum status take_element(const struct pool_part *element, void *arg)
{
	const struct taker *taker = arg;
	struct surveyor *surveyor = taker->surveyor;
	struct kernel *kernel = surveyor->kernel;
	struct owned_range range = { .owner = taker->owner };
	pfn_t pfn;

	if (element->order >= free_orders(kernel)) {
		diag_set(&kernel->diag, "pages of order %u", element->order);
	} else if (!page_find(kernel, element->page, &pfn)) {
		range.frames.first = pfn.v;
		range.frames.n = 1ULL << element->order;
		return owner_take_frames(surveyor, &range);
	}
	gaps_addf(&surveyor->owned.gaps, "mempool", kernel->diag.text,
		  "page %#llx", (unsigned long long)element->page.v);
	return ST_OK;
}

typedef enum status walk_fn(struct kernel *kernel,
			    enum kernel_symbol variable, pool_fn *fn,
			    void *arg, struct gaps *gaps);

struct pool {
	const char *owner;
	enum kernel_symbol variable;
	walk_fn *for_each;
	pool_fn *take;
};

static const struct pool pools[] = {
	{ "DMA pool", KSYM_ATOMIC_POOL_DMA,
	  gen_pool_chunk_for_each, take_chunk },
	{ "DMA pool", KSYM_ATOMIC_POOL_DMA32,
	  gen_pool_chunk_for_each, take_chunk },
	{ "DMA pool", KSYM_ATOMIC_POOL_KERNEL,
	  gen_pool_chunk_for_each, take_chunk },
	{ "mempool", KSYM_INTEGRITY_BUF_POOL,
	  mempool_page_for_each, take_element },
};

static enum status add(struct surveyor *surveyor, const char *name,
		       enum kernel_symbol variable, size_t *ret_owner)
{
	struct owner owner = { .name = name };

	snprintf(owner.of, sizeof(owner.of), "%s",
		 kernel_symbol_name(variable));
	return owner_add(surveyor, &owner, ret_owner);
}

static enum status own_pool(struct surveyor *surveyor, const struct pool *pool)
{
	struct taker taker = { .surveyor = surveyor };
	enum status st = add(surveyor, pool->owner, pool->variable,
			     &taker.owner);

	return st ? st : pool->for_each(surveyor->kernel, pool->variable,
					pool->take, &taker,
					&surveyor->owned.gaps);
}

static enum status take_records(const struct ftrace_records *records,
				void *arg)
{
	const struct taker *taker = arg;
	struct kernel *kernel = taker->surveyor->kernel;

	if (records->order >= free_orders(kernel))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "records of order %u", records->order);
	return owner_take_memory(taker->surveyor, taker->owner,
				 records->first,
				 1ULL << (records->order +
					  kernel->mmu.page_shift));
}

static enum status own_ftrace(struct surveyor *surveyor)
{
	struct taker taker = { .surveyor = surveyor };
	enum status st = add(surveyor, "ftrace", KSYM_FTRACE_PAGES_START,
			     &taker.owner);

	return st ? st : ftrace_records_for_each(surveyor->kernel,
						 take_records, &taker,
						 &surveyor->owned.gaps);
}

enum status own_pools(struct surveyor *surveyor)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]) && !st; i++)
		st = own_pool(surveyor, &pools[i]);
	return st ? st : own_ftrace(surveyor);
}
