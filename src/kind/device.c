/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory of a device: by what its driver has brought it into the memmap.
 */
#include "kind/surveyor.h"

/* enum memory_type, whose values have changed; not all kernels have each. */
static const struct {
	enum enumerator_id value;
	const char *name;
} memory_types[] = {
	{ E_MEMORY_DEVICE_PRIVATE, "MEMORY_DEVICE_PRIVATE" },
	{ E_MEMORY_DEVICE_COHERENT, "MEMORY_DEVICE_COHERENT" },
	{ E_MEMORY_DEVICE_FS_DAX, "MEMORY_DEVICE_FS_DAX" },
	{ E_MEMORY_DEVICE_GENERIC, "MEMORY_DEVICE_GENERIC" },
	{ E_MEMORY_DEVICE_PCI_P2PDMA, "MEMORY_DEVICE_PCI_P2PDMA" },
};

static const char *name_type(const struct layout *layout, uint64_t type)
{
	for (size_t i = 0; i < sizeof(memory_types) / sizeof(memory_types[0]);
	     i++)
		if (layout->has_enumerator[memory_types[i].value] &&
		    layout->enumerators[memory_types[i].value] ==
		    (int64_t)type)
			return memory_types[i].name;
	return NULL;
}

/* page_pgmap(): a folio's head has it. */
static enum status read_pagemap(struct kernel *kernel, kaddr_t head,
				struct object *pagemap)
{
	const bool of_folio = layout_has(&kernel->facts.layout,
					 M_folio_pgmap);
	struct object holder;
	enum status st = object_read(kernel, of_folio ? S_folio : S_page,
				     head, &holder);

	return st ? st : object_read(kernel, S_dev_pagemap,
				     object_pointer(&holder, of_folio ?
						    M_folio_pgmap :
						    M_page_pgmap),
				     pagemap);
}

static bool has_pagemap(const struct layout *layout)
{
	return layout_has(layout, M_dev_pagemap_type) &&
	       (layout_has(layout, M_folio_pgmap) ||
		layout_has(layout, M_page_pgmap));
}

enum status describe_device(struct surveyor *surveyor,
			    const struct frame *frame, struct survey *survey)
{
	struct kernel *kernel = surveyor->kernel;
	const struct layout *layout = &kernel->facts.layout;
	struct object pagemap;
	const char *name;
	uint64_t type;

	if (!has_pagemap(layout))
		return ST_OK;
	if (read_pagemap(kernel, frame->page->head, &pagemap)) {
		gaps_addf(survey->gaps, "device", kernel->diag.text,
			  "page %#llx",
			  (unsigned long long)frame->page->head.v);
		return ST_OK;
	}
	type = object_value(&pagemap, M_dev_pagemap_type);
	name = name_type(layout, type);
	if (name)
		details_text(survey->details, "type", "%s", name);
	else
		details_text(survey->details, "type", "%llu",
			     (unsigned long long)type);
	return ST_OK;
}
