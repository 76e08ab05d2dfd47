/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Candidates for a KSM page: rmap_walk_ksm().
 *
 * page.mapping leads to a stable node (a dup, never the head of a chain),
 * whose list has one rmap_item for each place that ksmd has merged. A process
 * forked since shares the page through its parent's item, at the same address
 * and under the same anon_vma: so every VMA of the item's anon_vma that covers
 * the address is a candidate, whatever its mm. Such a page is always alone.
 */
#include "rmap/generator.h"
#include "rmap/stable.h"

struct walk {
	struct kernel *kernel;
	bool exhaustive;
	uaddr_t address;	/* of the item at hand */
	candidate_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static enum status visit(const struct tree_hit *hit, void *arg)
{
	const struct walk *walk = arg;

	if (walk->address.v < hit->vma.start || walk->address.v >= hit->vma.end)
		return ST_OK;
	return walk->fn(&hit->vma, walk->address, 0, 1, walk->arg);
}

/* The offsets of different VMAs at one address differ, so all are looked at. */
static enum status walk_anon_vma(struct walk *walk, kaddr_t address)
{
	struct tree_query query = {
		.type = TREE_ANON,
		.owner = address,
		.first = 0,
		.last = UINT64_MAX,
		.exhaustive = walk->exhaustive,
	};
	struct object anon_vma;

	if (open_anon_vma(walk->kernel, address, &anon_vma, walk->gaps))
		return ST_OK;
	query.root = object_pointer(&anon_vma, M_anon_vma_rb_root);
	return interval_tree_for_each(walk->kernel, &query, visit, walk,
				      walk->gaps);
}

static enum status walk_item(const struct stable_item *item, void *arg)
{
	struct walk *walk = arg;

	walk->address = item->user_address;
	return walk_anon_vma(walk, item->anon_vma);
}

/* A node that does not name the page's own frame is not the page's node. */
static enum status open_node(struct kernel *kernel, const struct page *page,
			     struct object *ret_node)
{
	kaddr_t address = page_mapping_pointer(page);
	uint64_t kpfn;
	enum status st;

	st = stable_check_layout(kernel);
	if (st)
		return st;
	if (!address.v)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "the page was being merged and has no stable "
				 "node yet");
	st = object_read(kernel, S_ksm_stable_node, address, ret_node);
	if (st)
		return st;
	kpfn = object_value(ret_node, M_ksm_stable_node_kpfn);
	if (kpfn != page->pfn.v)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "is that of frame %#llx",
				 (unsigned long long)kpfn);
	return ST_OK;
}

static enum status ksm_candidates(struct kernel *kernel,
				  const struct candidate_query *wanted,
				  candidate_fn *fn, void *arg,
				  struct gaps *gaps)
{
	const struct page *page = wanted->page;
	struct walk walk = {
		.kernel = kernel,
		.exhaustive = wanted->exhaustive,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	struct object node;

	if (open_node(kernel, page, &node)) {
		gaps_addf(gaps, "KSM stable node", kernel->diag.text,
			  "stable node %#llx",
			  (unsigned long long)page_mapping_pointer(page).v);
		return ST_OK;
	}
	return stable_items_for_each(kernel, &node, walk_item, &walk, gaps);
}

const struct generator ksm_generator = {
	.object = "stable node",
	.candidates = ksm_candidates,
};
