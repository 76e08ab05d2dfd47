/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each address space by one thread: its VMAs first, then what it maps. */
#include <stdlib.h>

#include "audit/world.h"

static enum status look_at_space(struct kernel *kernel, size_t i, void *arg)
{
	struct world *world = arg;
	struct audit_space *space = &world->spaces[i];
	enum status st = space_read_vmas(kernel, space);

	space->visited = true;
	return st ? st : space_read_tables(kernel, world, space);
}

/* ---- all links ---- */

static int compare_links(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	if (x->owner.v != y->owner.v)
		return x->owner.v < y->owner.v ? -1 : 1;
	return (x->node.v > y->node.v) - (x->node.v < y->node.v);
}

static enum status collect_files(struct world *world,
				 const struct audit_space *space)
{
	for (size_t i = 0; i < space->vmas.n; i++) {
		const struct audit_vma *vma = &space->vmas.items[i];
		const struct link link = {
			.owner = vma->mapping,
			.node = vma->vma.address,
			.vma = vma->vma.address,
		};

		if (vma->mapping.v && link_vec_push(&world->file_links, link))
			return ST_NO_MEMORY;
	}
	return ST_OK;
}

static enum status collect_anon(struct world *world,
				const struct audit_space *space)
{
	for (size_t i = 0; i < space->links.n; i++)
		if (link_vec_push(&world->anon_links, space->links.items[i]))
			return ST_NO_MEMORY;
	return ST_OK;
}

static void sort_links(struct link_vec *links)
{
	if (links->n)
		qsort(links->items, links->n, sizeof(links->items[0]),
		      compare_links);
}

static enum status collect(struct world *world)
{
	world->lists_whole = !gaps_count(&world->tasks->gaps);
	for (size_t i = 0; i < world->n_spaces; i++) {
		struct audit_space *space = &world->spaces[i];

		if (collect_anon(world, space) || collect_files(world, space))
			return diag_no_memory(&world->crew->kernels[0]->diag);
		link_vec_fini(&space->links);
		world->lists_whole &= space->vmas_whole;
		world->result->extent.n_spaces += space->visited;
		world->result->extent.n_vmas += space->vmas.n;
		world->result->extent.n_mappings += space->n_mappings;
		gaps_move(&space->gaps, &world->result->gaps);
		findings_move(&space->findings, &world->result->findings);
	}
	sort_links(&world->anon_links);
	sort_links(&world->file_links);
	world->result->extent.n_avcs = world->anon_links.n;
	return ST_OK;
}

enum status audit_spaces(struct world *world)
{
	enum status st = crew_work(world->crew, "address spaces",
				   world->n_spaces, look_at_space, world);
	enum status collected = collect(world);

	return st ? st : collected;
}
