/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Per-CPU memory. The first chunk lies in the direct map, the others are
 * areas of vmalloc(); each holds one unit a CPU.
 */
#include "base/search.h"
#include "kind/surveyor.h"
#include "mm/percpu.h"

static enum status keep_unit(struct surveyor *surveyor,
			     const struct percpu_unit *unit)
{
	if (percpu_unit_vec_push(&surveyor->units, *unit))
		return diag_no_memory(&surveyor->kernel->diag);
	return ST_OK;
}

/* Those of the first chunk are found by their frames, all others by address. */
static enum status keep_first_unit(struct surveyor *surveyor,
				   const struct percpu_unit *unit)
{
	struct kernel *kernel = surveyor->kernel;
	struct first_unit first = { .cpu = unit->cpu };
	paddr_t phys;

	if (kernel_translate(kernel, unit->address, &phys)) {
		gaps_addf(&surveyor->united.gaps, "per-CPU memory",
			  kernel->diag.text, "CPU %u", unit->cpu);
		return ST_OK;
	}
	first.frames = (struct frame_range) {
		phys.v >> kernel->mmu.page_shift,
		unit->size >> kernel->mmu.page_shift
	};
	if (first_unit_vec_push(&surveyor->first_units, first))
		return diag_no_memory(&kernel->diag);
	return ST_OK;
}

static enum status look_at_unit(const struct percpu_unit *unit, void *arg)
{
	struct surveyor *surveyor = arg;

	return unit->is_first_chunk ? keep_first_unit(surveyor, unit) :
				      keep_unit(surveyor, unit);
}

static int by_address(const void *a, const void *b)
{
	const struct percpu_unit *x = a, *y = b;

	return (x->address.v > y->address.v) - (x->address.v < y->address.v);
}

static int by_frame(const void *a, const void *b)
{
	const struct first_unit *x = a, *y = b;

	return (x->frames.first > y->frames.first) -
	       (x->frames.first < y->frames.first);
}

static void sort_units(struct surveyor *surveyor)
{
	struct percpu_unit_vec *units = &surveyor->units;
	struct first_unit_vec *firsts = &surveyor->first_units;

	if (units->n)
		qsort(units->items, units->n, sizeof(units->items[0]),
		      by_address);
	if (firsts->n)
		qsort(firsts->items, firsts->n, sizeof(firsts->items[0]),
		      by_frame);
}

static enum status read_units(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->united;
	enum status st;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	st = percpu_unit_for_each(surveyor->kernel, look_at_unit, surveyor,
				  &chapter->gaps);
	sort_units(surveyor);
	if (!st || st == ST_NO_MEMORY)
		return st;
	gaps_add(&chapter->gaps, "per-CPU memory", "chunks",
		 surveyor->kernel->diag.text);
	return ST_OK;
}

void percpu_fini(struct surveyor *surveyor)
{
	percpu_unit_vec_fini(&surveyor->units);
	first_unit_vec_fini(&surveyor->first_units);
	gaps_fini(&surveyor->united.gaps);
}

static void tell_cpu(struct survey *survey, unsigned int cpu)
{
	survey->kind = KIND_PERCPU;
	details_number(survey->details, "cpu", cpu);
}

enum status claim_percpu(struct surveyor *surveyor, const struct frame *frame,
			 struct survey *survey)
{
	const struct first_unit_vec *firsts = &surveyor->first_units;
	enum status st;
	size_t n;

	/* What was left of the first chunk was given back, and is anybody's. */
	if (survey->kind != KIND_RESERVED)
		return ST_OK;
	st = read_units(surveyor);
	if (st)
		return st;
	n = partition_point(i, firsts->n,
			    firsts->items[i].frames.first <= frame->pfn.v);
	if (n && frame->pfn.v - firsts->items[n - 1].frames.first <
		 firsts->items[n - 1].frames.n)
		tell_cpu(survey, firsts->items[n - 1].cpu);
	return ST_OK;
}

enum status claim_percpu_area(struct surveyor *surveyor, kaddr_t address,
			      struct survey *survey)
{
	const struct percpu_unit_vec *units = &surveyor->units;
	enum status st = read_units(surveyor);
	size_t n;

	if (st)
		return st;
	n = partition_point(i, units->n,
			    units->items[i].address.v <= address.v);
	if (n && address.v - units->items[n - 1].address.v <
		 units->items[n - 1].size)
		tell_cpu(survey, units->items[n - 1].cpu);
	return ST_OK;
}
