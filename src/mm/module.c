/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/module.h"

#include <string.h>

#include "mm/list.h"

struct walk {
	struct kernel *kernel;
	module_part_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static void record(const struct walk *walk, kaddr_t module)
{
	gaps_addf(walk->gaps, "modules", walk->kernel->diag.text,
		  "module %#llx", (unsigned long long)module.v);
}

static enum status tell(const struct walk *walk, const struct module_part *part)
{
	return part->size ? walk->fn(part, walk->arg) : ST_OK;
}

static enum status visit_memories(const struct walk *walk, kaddr_t module,
				  struct module_part *part)
{
	const struct member_layout *memories =
		&walk->kernel->facts.layout.members[M_module_mem];
	enum status st = ST_OK;

	for (uint32_t i = 0; i < memories->count && !st; i++) {
		kaddr_t memory = kaddr_add(module, memories->offset +
					   (uint64_t)i * memories->size);
		struct object object;

		if (object_read(walk->kernel, S_module_memory, memory,
				&object)) {
			record(walk, module);
			continue;
		}
		part->base = object_pointer(&object, M_module_memory_base);
		part->size = object_value(&object, M_module_memory_size);
		st = tell(walk, part);
	}
	return st;
}

static enum status visit_module(kaddr_t module, void *arg)
{
	const struct walk *walk = arg;
	const struct layout *layout = &walk->kernel->facts.layout;
	struct module_part part = { .size = 0 };
	struct object object;
	const char *name;
	size_t len;

	if (object_read(walk->kernel, S_module, module, &object)) {
		record(walk, module);
		return ST_OK;
	}
	name = object_text(&object, M_module_name, &len);
	if (len > sizeof(part.name) - 1)
		len = sizeof(part.name) - 1;
	memcpy(part.name, name, strnlen(name, len));
	if (layout_has(layout, M_module_mem))
		return visit_memories(walk, module, &part);
	part.base = object_pointer(&object, M_module_core_base);
	part.size = object_value(&object, M_module_core_size);
	return tell(walk, &part);
}

static bool is_known(const struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;

	return kernel->facts.variables[KSYM_MODULES].present &&
	       layout_has(layout, M_module_name) &&
	       ((layout_has(layout, M_module_mem) &&
		 layout_has(layout, M_module_memory_base)) ||
		(layout_has(layout, M_module_core_base) &&
		 layout_has(layout, M_module_core_size)));
}

enum status module_part_for_each(struct kernel *kernel, module_part_fn *fn,
				 void *arg, struct gaps *gaps)
{
	const struct list modules = {
		.head = kernel->facts.variables[KSYM_MODULES].address,
		.link = M_module_list,
		.what = "modules",
		.entry = "module",
	};
	struct walk walk = { kernel, fn, arg, gaps };

	if (!is_known(kernel))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "the list of modules is not known");
	return list_for_each(kernel, &modules, visit_module, &walk, gaps);
}
