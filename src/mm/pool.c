/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/pool.h"

#include "mm/list.h"

/* ---- gen_pool ---- */

struct walk {
	struct kernel *kernel;
	pool_fn *fn;
	void *arg;
	struct gaps *gaps;
};

/* The variable is a pointer, or since 7.3 a struct dma_gen_pool with one. */
static enum status find_pool(struct kernel *kernel, kaddr_t variable,
			     kaddr_t *ret_pool)
{
	const struct member_layout *pool =
		&kernel->facts.layout.members[M_dma_gen_pool_pool];

	return kernel_read_word(kernel,
				kaddr_add(variable, pool->present ?
					  pool->offset : 0), &ret_pool->v);
}

static enum status visit_chunk(kaddr_t address, void *arg)
{
	const struct walk *walk = arg;
	struct pool_part part = { .size = 0 };
	struct object chunk;
	uint64_t last;

	if (object_read(walk->kernel, S_gen_pool_chunk, address, &chunk)) {
		gaps_addf(walk->gaps, "DMA pool", walk->kernel->diag.text,
			  "chunk %#llx", (unsigned long long)address.v);
		return ST_OK;
	}
	part.address = object_pointer(&chunk, M_gen_pool_chunk_start_addr);
	last = object_value(&chunk, M_gen_pool_chunk_end_addr);
	part.size = last < part.address.v ? 0 : last - part.address.v + 1;
	return walk->fn(&part, walk->arg);
}

enum status gen_pool_chunk_for_each(struct kernel *kernel,
				    enum kernel_symbol variable, pool_fn *fn,
				    void *arg, struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct kernel_variable *where = &kernel->facts.variables[variable];
	struct walk walk = { kernel, fn, arg, gaps };
	struct list chunks = {
		.link = M_gen_pool_chunk_next_chunk,
		.what = "DMA pool",
		.entry = "chunk",
	};
	kaddr_t pool;

	if (!where->present || !layout_has(layout, M_gen_pool_chunks) ||
	    !layout_has(layout, M_gen_pool_chunk_start_addr))
		return ST_OK;
	if (find_pool(kernel, where->address, &pool)) {
		gaps_add(gaps, "DMA pool", kernel_symbol_name(variable),
			 kernel->diag.text);
		return ST_OK;
	}
	/* There is none for a zone that the machine does not have. */
	if (!pool.v)
		return ST_OK;
	chunks.head = kaddr_add(pool,
				layout->members[M_gen_pool_chunks].offset);
	return list_for_each(kernel, &chunks, visit_chunk, &walk, gaps);
}

/* ---- mempool ---- */

/* BIO_POOL_SIZE is 2, and other pools of pages hold some dozen. */
#define MAX_ELEMENTS	4096u

static enum status visit_elements(const struct walk *walk,
				  const struct object *pool)
{
	const uint64_t n = object_value(pool, M_mempool_curr_nr);
	const kaddr_t elements = object_pointer(pool, M_mempool_elements);
	struct pool_part part = {
		/* mempool_alloc_pages() */
		.order = object_value(pool, M_mempool_pool_data),
	};
	enum status st = ST_OK;

	if (n > MAX_ELEMENTS)
		return diag_fail(&walk->kernel->diag, ST_CORRUPT,
				 "%llu elements", (unsigned long long)n);
	for (uint64_t i = 0; i < n && !st; i++) {
		st = kernel_read_word(walk->kernel,
				      kaddr_add(elements, 8 * i),
				      &part.page.v);
		if (!st)
			st = walk->fn(&part, walk->arg);
	}
	return st;
}

enum status mempool_page_for_each(struct kernel *kernel,
				  enum kernel_symbol variable, pool_fn *fn,
				  void *arg, struct gaps *gaps)
{
	const struct kernel_variable *where = &kernel->facts.variables[variable];
	const struct walk walk = { kernel, fn, arg, gaps };
	struct object pool;
	enum status st;

	if (!where->present ||
	    !layout_has(&kernel->facts.layout, M_mempool_elements))
		return ST_OK;
	st = object_read(kernel, S_mempool, where->address, &pool);
	if (!st)
		st = visit_elements(&walk, &pool);
	if (!st || st == ST_NO_MEMORY)
		return st;
	gaps_add(gaps, "mempool", kernel_symbol_name(variable),
		 kernel->diag.text);
	return ST_OK;
}
