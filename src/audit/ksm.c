/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* KSM's stable nodes, as sorted lists of where their items lead. */
#include <stdlib.h>

#include "audit/world.h"
#include "rmap/stable.h"

static enum status keep_leads(struct world *world,
			      const struct stable_node *node)
{
	enum status st = lead_vec_push(&world->leads, (struct lead) {
				       node->address, KADDR(0),
				       LEAD_STABLE_NODE });

	for (size_t i = 0; i < node->n_items && !st; i++)
		st = lead_vec_push(&world->leads, (struct lead) {
				   node->items[i].address, KADDR(0),
				   LEAD_RMAP_ITEM });
	return st;
}

static enum status keep_node(const struct stable_node *node, void *arg)
{
	struct world *world = arg;
	const struct stable_frame frame = { node->address, node->pfn.v };

	if (keep_leads(world, node))
		return diag_no_memory(&world->crew->kernels[0]->diag);
	if (node->role == STABLE_CHAIN)
		return ST_OK;
	if (stable_frame_vec_push(&world->nodes, frame))
		return diag_no_memory(&world->crew->kernels[0]->diag);
	for (size_t i = 0; i < node->n_items; i++) {
		const struct merged merged = {
			node->address, node->items[i].user_address.v,
			node->items[i].anon_vma,
		};

		if (merged_vec_push(&world->merged, merged))
			return diag_no_memory(&world->crew->kernels[0]->diag);
	}
	return ST_OK;
}

int compare_merged(const void *a, const void *b)
{
	const struct merged *x = a, *y = b;

	if (x->node.v != y->node.v)
		return x->node.v < y->node.v ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->anon_vma.v > y->anon_vma.v) -
	       (x->anon_vma.v < y->anon_vma.v);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct stable_frame *x = a, *y = b;

	return (x->node.v > y->node.v) - (x->node.v < y->node.v);
}

static bool any_merged(const struct frames *frames)
{
	for (size_t i = 0; i < frames->n; i++)
		if (frames->uses[i].kind == KIND_KSM)
			return true;
	return false;
}

enum status audit_ksm(struct world *world)
{
	struct kernel *kernel = world->crew->kernels[0];
	struct audit_result *result = world->result;
	size_t n_gaps = gaps_count(&result->gaps);
	enum status st = stable_for_each(kernel, keep_node, world,
					 &result->gaps);

	if (st == ST_ABSENT || st == ST_UNKNOWN) {
		if (any_merged(world->frames))
			gaps_add(&result->gaps, "KSM", "merged pages",
				 kernel->diag.text);
		return ST_OK;
	}
	if (st)
		return st;
	world->ksm_whole = gaps_count(&result->gaps) == n_gaps;
	result->extent.n_stable_nodes = world->nodes.n;
	if (world->merged.n)
		qsort(world->merged.items, world->merged.n,
		      sizeof(world->merged.items[0]), compare_merged);
	if (world->nodes.n)
		qsort(world->nodes.items, world->nodes.n,
		      sizeof(world->nodes.items[0]), compare_nodes);
	return ST_OK;
}
