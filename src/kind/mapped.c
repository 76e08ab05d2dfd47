/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that the kernel maps outside of its direct map: stacks and other
 * memory of vmalloc(), modules, the memmap, the image.
 */
#include "kind/surveyor.h"

#include "base/search.h"

/* ---- reading ---- */

static enum status read_map(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->mapped;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	return kernel_map_read(surveyor->kernel, &chapter->gaps,
			       &surveyor->kernel_map);
}

static enum status keep_thread(const struct thread *thread, void *arg)
{
	struct surveyor *surveyor = arg;

	if (thread->stack.v && thread_vec_push(&surveyor->threads, *thread))
		return diag_no_memory(&surveyor->kernel->diag);
	return ST_OK;
}

static int by_stack(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;

	return (x->stack.v > y->stack.v) - (x->stack.v < y->stack.v);
}

static enum status read_threads(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->threaded;
	struct thread_vec *threads = &surveyor->threads;
	enum status st;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	st = thread_for_each(surveyor->kernel, keep_thread, surveyor,
			     &chapter->gaps);
	if (threads->n)
		qsort(threads->items, threads->n, sizeof(threads->items[0]),
		      by_stack);
	if (st != ST_UNKNOWN)
		return st;
	gaps_add(&chapter->gaps, "stacks", "tasks",
		 surveyor->kernel->diag.text);
	return ST_OK;
}

void mapped_fini(struct surveyor *surveyor)
{
	kernel_map_free(surveyor->kernel_map);
	gaps_fini(&surveyor->mapped.gaps);
	thread_vec_fini(&surveyor->threads);
	gaps_fini(&surveyor->threaded.gaps);
}

/* ---- vmalloc ---- */

/* THREAD_SIZE is 16 KiB, and 64 with KASAN on some machines. */
#define MAX_STACK	(64u << 10)

/* The last thread whose stack begins at or below address. */
static const struct thread *stack_below(const struct thread_vec *threads,
					kaddr_t address)
{
	size_t n = partition_point(i, threads->n,
				   threads->items[i].stack.v <= address.v);

	return n ? &threads->items[n - 1] : NULL;
}

/*
 * An area of vmalloc() ends at a page that is not mapped, so what is mapped
 * without a break belongs to one.
 */
static bool is_unbroken(struct kernel *kernel, kaddr_t from, kaddr_t to)
{
	const uint64_t page_size = 1ULL << kernel->mmu.page_shift;
	paddr_t phys;

	for (; from.v < to.v; from = kaddr_add(from, page_size))
		if (kernel_translate(kernel, from, &phys))
			return false;
	return true;
}

static enum status claim_stack(struct surveyor *surveyor, kaddr_t address,
			       struct survey *survey)
{
	const struct thread *thread;
	enum status st = read_threads(surveyor);

	if (st)
		return st;
	thread = stack_below(&surveyor->threads, address);
	if (!thread || address.v - thread->stack.v >= MAX_STACK ||
	    !is_unbroken(surveyor->kernel, thread->stack, address))
		return ST_OK;
	survey->kind = KIND_STACK;
	details_address(survey->details, "task", thread->task.v);
	details_number(survey->details, "pid", thread->pid);
	details_text(survey->details, "comm", "%s", thread->comm);
	return ST_OK;
}

/* Where modules have no region of their own (arm64). */
static enum status claim_module_in(struct surveyor *surveyor, kaddr_t address,
				   struct survey *survey)
{
	const struct module_part *part = NULL;
	enum status st;

	if (!surveyor->kernel->arch->has_modules_in_vmalloc)
		return ST_OK;
	st = module_find(surveyor, address, &part);
	if (!st && part)
		return claim_module(surveyor, address, survey);
	doubt_chapter(&surveyor->moduled, "modules", survey->gaps);
	return st;
}

static enum status claim_vmalloc(struct surveyor *surveyor, kaddr_t address,
				 struct survey *survey)
{
	enum status st = claim_module_in(surveyor, address, survey);

	if (st || survey->kind == KIND_MODULE)
		return st;
	st = claim_stack(surveyor, address, survey);
	if (!st && survey->kind != KIND_STACK)
		st = claim_percpu_area(surveyor, address, survey);
	if (st || survey->kind == KIND_STACK || survey->kind == KIND_PERCPU)
		return st;
	survey->kind = KIND_VMALLOC;
	doubt_chapter(&surveyor->threaded, "stacks", survey->gaps);
	return describe_caller(surveyor, address, survey);
}

/* ---- regions ---- */

static enum status claim_memmap(struct surveyor *surveyor, kaddr_t address,
				struct survey *survey)
{
	(void)surveyor;
	(void)address;
	survey->kind = KIND_MEMMAP;
	return ST_OK;
}

static enum status claim_cpu_entry(struct surveyor *surveyor, kaddr_t address,
				   struct survey *survey)
{
	(void)surveyor;
	(void)address;
	survey->kind = KIND_CPU_ENTRY;
	return ST_OK;
}

struct region {
	region_fn *claim;
	/*
	 * Frames that the kernel had from the start are reserved as long as
	 * they are its own. Those it has given back since (free_initmem())
	 * stay mapped where they were, whoever has them now.
	 */
	bool is_reserved;
};

/* In this order, since a frame can be mapped in several. */
static const struct region regions[N_REGIONS] = {
	[REGION_VMALLOC] = { claim_vmalloc, false },
	[REGION_MEMMAP] = { claim_memmap, false },
	[REGION_CPU_ENTRY] = { claim_cpu_entry, false },
	[REGION_IMAGE] = { claim_image, true },
	[REGION_MODULES] = { claim_module, false },
};

enum status claim_mapped(struct surveyor *surveyor, const struct frame *frame,
			 struct survey *survey)
{
	enum status st = read_map(surveyor);

	if (st || !surveyor->kernel_map)
		return st;
	for (int i = 0; i < N_REGIONS; i++) {
		kaddr_t address;

		if (regions[i].is_reserved && survey->kind != KIND_RESERVED)
			continue;
		if (!kernel_map_find(surveyor->kernel_map, i, frame->pfn,
				     &address))
			continue;
		details_address(survey->details, "address", address.v);
		return regions[i].claim(surveyor, address, survey);
	}
	return ST_OK;
}
