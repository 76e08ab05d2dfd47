/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has asked for memory of vmalloc(), as /proc/vmallocinfo has it: the
 * function, or of a module, whose symbols are not read, the address.
 */
#include "kind/surveyor.h"

#include "base/search.h"

static enum status keep_area(const struct vmap_area *area, void *arg)
{
	struct surveyor *surveyor = arg;
	struct symbol_at caller = { .address = area->caller.v };
	bool added;

	if (vmap_area_vec_push(&surveyor->areas, *area) ||
	    map_add(&surveyor->place_of_caller, caller.address,
		    surveyor->callers.n, &added) ||
	    (added && symbol_at_vec_push(&surveyor->callers, caller)))
		return diag_no_memory(&surveyor->kernel->diag);
	return ST_OK;
}

static int by_start(const void *a, const void *b)
{
	const struct vmap_area *x = a, *y = b;

	return (x->start.v > y->start.v) - (x->start.v < y->start.v);
}

/* Addresses without a name are told as such. */
static enum status read_names(struct surveyor *surveyor)
{
	struct symbol_at_vec *callers = &surveyor->callers;
	struct kernel *kernel = surveyor->kernel;
	enum status st = kernel_name_symbols(kernel, callers->items,
					     callers->n);

	if (!st || st == ST_NO_MEMORY)
		return st;
	for (size_t i = 0; i < callers->n; i++)
		callers->items[i].name[0] = '\0';
	log_step(kernel->log, "no names of symbols: %s", kernel->diag.text);
	return ST_OK;
}

static enum status read_areas(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->vmapped;
	struct vmap_area_vec *areas = &surveyor->areas;
	enum status st;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	st = vmap_area_for_each(surveyor->kernel, keep_area, surveyor,
				&chapter->gaps);
	if (st == ST_UNKNOWN) {
		gaps_add(&chapter->gaps, "callers of vmalloc", "areas",
			 surveyor->kernel->diag.text);
		return ST_OK;
	}
	if (areas->n)
		qsort(areas->items, areas->n, sizeof(areas->items[0]),
		      by_start);
	return st ? st : read_names(surveyor);
}

void caller_fini(struct surveyor *surveyor)
{
	vmap_area_vec_fini(&surveyor->areas);
	symbol_at_vec_fini(&surveyor->callers);
	map_fini(&surveyor->place_of_caller);
	gaps_fini(&surveyor->vmapped.gaps);
}

static const struct vmap_area *area_at(const struct vmap_area_vec *areas,
				       kaddr_t address)
{
	size_t n = partition_point(i, areas->n,
				   areas->items[i].start.v <= address.v);

	if (!n || address.v - areas->items[n - 1].start.v >=
		  areas->items[n - 1].size)
		return NULL;
	return &areas->items[n - 1];
}

static void tell_caller(const struct symbol_at *caller,
			struct details *details)
{
	if (caller->name[0])
		details_text(details, "caller", "%s+0x%llx", caller->name,
			     (unsigned long long)(caller->address -
						  caller->start));
	else
		details_text(details, "caller", "%#llx",
			     (unsigned long long)caller->address);
}

/* What vm_map_ram() has mapped nobody is kept for. */
enum status describe_caller(struct surveyor *surveyor, kaddr_t address,
			    struct survey *survey)
{
	const struct vmap_area *area;
	enum status st = read_areas(surveyor);

	if (st)
		return st;
	area = area_at(&surveyor->areas, address);
	if (!area)
		doubt_chapter(&surveyor->vmapped, "callers of vmalloc",
			      survey->gaps);
	else if (area->caller.v)
		tell_caller(&surveyor->callers.items[*map_find(
				&surveyor->place_of_caller, area->caller.v)],
			    survey->details);
	return ST_OK;
}
