/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/ftrace.h"

#include "mm/guard.h"

struct walk {
	struct kernel *kernel;
	struct guard guard;
	ftrace_fn *fn;
	void *arg;
};

static enum status visit(struct walk *walk, kaddr_t *page)
{
	struct kernel *kernel = walk->kernel;
	struct ftrace_records records;
	struct object object;
	enum status st = guard_visit(&walk->guard, *page, &kernel->diag);

	if (!st)
		st = object_read(kernel, S_ftrace_page, *page, &object);
	if (st)
		return st;
	records.first = object_pointer(&object, M_ftrace_page_records);
	records.order = object_value(&object, M_ftrace_page_order);
	*page = object_pointer(&object, M_ftrace_page_next);
	return walk->fn(&records, walk->arg);
}

enum status ftrace_records_for_each(struct kernel *kernel, ftrace_fn *fn,
				    void *arg, struct gaps *gaps)
{
	const struct kernel_variable *start =
		&kernel->facts.variables[KSYM_FTRACE_PAGES_START];
	struct walk walk = { kernel, { { 0 } }, fn, arg };
	kaddr_t page = { 0 };
	enum status st;

	if (!start->present ||
	    !layout_has(&kernel->facts.layout, M_ftrace_page_order))
		return ST_OK;
	st = kernel_read_word(kernel, start->address, &page.v);
	while (!st && page.v)
		st = visit(&walk, &page);
	guard_fini(&walk.guard);
	if (!st || st == ST_NO_MEMORY)
		return st;
	gaps_addf(gaps, "ftrace", kernel->diag.text, "ftrace_page %#llx",
		  (unsigned long long)page.v);
	return ST_OK;
}
