/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/vmap.h"

#include "mm/list.h"

struct walk {
	struct kernel *kernel;
	vmap_area_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static enum status record(const struct walk *walk, const char *what,
			  kaddr_t object)
{
	gaps_addf(walk->gaps, "vmalloc areas", walk->kernel->diag.text,
		  "%s %#llx", what, (unsigned long long)object.v);
	return ST_OK;
}

/* The two structs have to tell of the same place. */
static enum status read_vm(struct kernel *kernel, kaddr_t vm,
			   struct vmap_area *area)
{
	struct object object;
	enum status st = object_read(kernel, S_vm_struct, vm, &object);

	if (st)
		return st;
	if (!kaddr_equal(object_pointer(&object, M_vm_struct_addr),
			 area->start) ||
	    object_value(&object, M_vm_struct_size) > area->size)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "vm_struct %#llx is of another area",
				 (unsigned long long)vm.v);
	area->caller = object_pointer(&object, M_vm_struct_caller);
	return ST_OK;
}

static enum status visit_area(kaddr_t address, void *arg)
{
	const struct walk *walk = arg;
	struct vmap_area area;
	struct object object;
	kaddr_t vm;

	if (object_read(walk->kernel, S_vmap_area, address, &object))
		return record(walk, "vmap_area", address);
	area.start = object_pointer(&object, M_vmap_area_va_start);
	area.size = object_value(&object, M_vmap_area_va_end) - area.start.v;
	vm = object_pointer(&object, M_vmap_area_vm);
	if (!vm.v)
		return ST_OK;
	if (read_vm(walk->kernel, vm, &area))
		return record(walk, "vmap_area", address);
	return walk->fn(&area, walk->arg);
}

static enum status visit_list(struct walk *walk, kaddr_t head)
{
	const struct list list = {
		.head = head,
		.link = M_vmap_area_list,
		.what = "vmalloc areas",
		.entry = "vmap_area",
	};

	return list_for_each(walk->kernel, &list, visit_area, walk,
			     walk->gaps);
}

#define MAX_NODES	4096u

/* Each node has areas of all over the region. */
static enum status visit_nodes(struct walk *walk)
{
	struct kernel *kernel = walk->kernel;
	const struct layout *layout = &kernel->facts.layout;
	const struct kernel_variable *variables = kernel->facts.variables;
	kaddr_t nodes;
	uint32_t n;
	enum status st = kernel_read_word(kernel,
					  variables[KSYM_VMAP_NODES].address,
					  &nodes.v);

	if (!st)
		st = kernel_read(kernel,
				 variables[KSYM_NR_VMAP_NODES].address, &n,
				 sizeof(n));
	if (!st && n > MAX_NODES)
		st = diag_fail(&kernel->diag, ST_CORRUPT, "%u nodes", n);
	if (st)
		return record(walk, "nodes",
			      variables[KSYM_VMAP_NODES].address);
	for (uint32_t i = 0; i < n && !st; i++)
		st = visit_list(walk, kaddr_add(nodes,
			i * layout->structs[S_vmap_node].size +
			layout->members[M_vmap_node_busy].offset));
	return st;
}

enum status vmap_area_for_each(struct kernel *kernel, vmap_area_fn *fn,
			       void *arg, struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct kernel_variable *variables = kernel->facts.variables;
	struct walk walk = { kernel, fn, arg, gaps };

	if (!layout_has(layout, M_vmap_area_vm) ||
	    !layout_has(layout, M_vm_struct_caller))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "vmap_area: its layout is not known");
	if (variables[KSYM_VMAP_AREA_LIST].present)
		return visit_list(&walk,
				  variables[KSYM_VMAP_AREA_LIST].address);
	if (variables[KSYM_VMAP_NODES].present &&
	    variables[KSYM_NR_VMAP_NODES].present &&
	    layout_has(layout, M_vmap_node_busy))
		return visit_nodes(&walk);
	return diag_fail(&kernel->diag, ST_UNKNOWN,
			 "the list of areas is not known");
}
