/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the machine uses a physical address for, as /proc/iomem shows it: all
 * that can be told of frames that are reserved, or no memory.
 */
#include "mm/resource.h"

#include "kind/surveyor.h"

static enum status keep_resource(const struct resource *resource, void *arg)
{
	struct surveyor *surveyor = arg;

	if (resource_vec_push(&surveyor->resources, *resource))
		return diag_no_memory(&surveyor->kernel->diag);
	return ST_OK;
}

static enum status read_resources(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->resourced;
	enum status st;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	st = resource_for_each(surveyor->kernel, keep_resource, surveyor,
			       &chapter->gaps);
	return st == ST_UNKNOWN ? ST_OK : st;
}

void resource_fini(struct surveyor *surveyor)
{
	resource_vec_fini(&surveyor->resources);
	gaps_fini(&surveyor->resourced.gaps);
}

/* Parents come before their children, so the last one is the closest. */
static const struct resource *find(const struct surveyor *surveyor,
				   uint64_t first, uint64_t last)
{
	const struct resource_vec *list = &surveyor->resources;

	for (size_t i = list->n; i-- > 0; )
		if (list->items[i].first.v <= last &&
		    list->items[i].last.v >= first)
			return &list->items[i];
	return NULL;
}

enum status describe_resource(struct surveyor *surveyor,
			      const struct frame *frame,
			      struct survey *survey)
{
	const unsigned int shift = surveyor->kernel->mmu.page_shift;
	const struct resource *resource;
	enum status st = read_resources(surveyor);

	if (st || frame->pfn.v >> (64 - shift))
		return st;
	resource = find(surveyor, frame->pfn.v << shift,
			(frame->pfn.v << shift) + ((1ULL << shift) - 1));
	if (resource)
		details_text(survey->details, "resource", "%s",
			     resource->name);
	else
		doubt_chapter(&surveyor->resourced, "resources",
			      survey->gaps);
	return ST_OK;
}
