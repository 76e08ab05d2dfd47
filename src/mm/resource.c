/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree in the order of its depth, without recursion: next_resource(). */
#include "mm/resource.h"

#include "mm/guard.h"

/* The places to go on at, once all below is seen. PCI bridges nest. */
#define MAX_DEPTH	64

struct walk {
	struct kernel *kernel;
	resource_fn *fn;
	void *arg;
	kaddr_t siblings[MAX_DEPTH];
	size_t depth;
	struct guard guard;
};

static enum status describe(struct kernel *kernel, const struct object *object,
			    struct resource *ret_resource)
{
	struct resource resource = {
		.first = PADDR(object_value(object, M_resource_start)),
		.last = PADDR(object_value(object, M_resource_end)),
	};
	kaddr_t name = object_pointer(object, M_resource_name);
	enum status st = ST_OK;

	if (name.v)
		st = kernel_read_string(kernel, name, resource.name,
					sizeof(resource.name));
	if (!st)
		*ret_resource = resource;
	return st;
}

static enum status push(struct walk *walk, kaddr_t sibling)
{
	if (!sibling.v)
		return ST_OK;
	if (walk->depth == MAX_DEPTH)
		return diag_fail(&walk->kernel->diag, ST_BUDGET,
				 "nested more than %u deep", MAX_DEPTH);
	walk->siblings[walk->depth++] = sibling;
	return ST_OK;
}

static enum status visit(struct walk *walk, kaddr_t address, kaddr_t *ret_child,
			 struct resource *ret_resource)
{
	struct kernel *kernel = walk->kernel;
	struct object object;
	enum status st = guard_visit(&walk->guard, address, &kernel->diag);

	if (!st)
		st = object_read(kernel, S_resource, address, &object);
	if (!st)
		st = push(walk, object_pointer(&object, M_resource_sibling));
	if (!st)
		st = describe(kernel, &object, ret_resource);
	if (!st)
		*ret_child = object_pointer(&object, M_resource_child);
	return st;
}

static enum status walk_tree(struct walk *walk, kaddr_t first,
			     struct gaps *gaps)
{
	enum status st = push(walk, first);

	while (!st && walk->depth) {
		kaddr_t address = walk->siblings[--walk->depth], child;
		struct resource resource;

		st = visit(walk, address, &child, &resource);
		if (st == ST_NO_MEMORY)
			return st;
		if (st) {
			gaps_addf(gaps, "resources", walk->kernel->diag.text,
				  "resource %#llx",
				  (unsigned long long)address.v);
			st = ST_OK;
			continue;
		}
		st = walk->fn(&resource, walk->arg);
		if (!st)
			st = push(walk, child);
	}
	return st;
}

enum status resource_for_each(struct kernel *kernel, resource_fn *fn,
			      void *arg, struct gaps *gaps)
{
	const struct kernel_variable *root =
		&kernel->facts.variables[KSYM_IOMEM_RESOURCE];
	struct walk walk = { .kernel = kernel, .fn = fn, .arg = arg };
	struct object object;
	enum status st;

	if (!root->present || !layout_has(&kernel->facts.layout,
					  M_resource_child))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "iomem_resource is not known");
	if (object_read(kernel, S_resource, root->address, &object)) {
		gaps_add(gaps, "resources", "iomem_resource",
			 kernel->diag.text);
		return ST_OK;
	}
	st = walk_tree(&walk, object_pointer(&object, M_resource_child), gaps);
	guard_fini(&walk.guard);
	return st;
}
