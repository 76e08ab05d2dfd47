/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KSM's stable nodes, each with the answer for its page. How the page's
 * mappings are found, and what makes them complete, is the query's matter.
 */
#include "api/session.h"
#include "mm/memcg.h"
#include "rmap/stable.h"

DEFINE_VEC(ksm_item_vec, struct rmi_ksm_item)
DEFINE_VEC(ksm_cgroup_vec, struct rmi_ksm_cgroup)

struct public_walk {
	struct rmi_session *session;
	const struct rmi_ksm_request *request;
	struct rmi_ksm_summary summary;
	struct ksm_item_vec items;
	struct ksm_cgroup_vec cgroups;	/* of the node at hand */
	struct ksm_cgroup_vec all_cgroups;
	enum status st;			/* what ended the answer about a page */
	struct gaps gaps;
	struct gap_view_vec gap_views;
	struct rmi_ksm_node node;	/* at hand */
	bool pages_complete;
};

static void tell(struct public_walk *walk)
{
	const struct rmi_ksm_node *node = &walk->node;
	struct rmi_ksm_summary *summary = &walk->summary;

	summary->n_items += node->n_items;
	summary->n_sharers += node->n_sharers;
	summary->saved += node->saved;
	summary->n_stale += node->stale;
	if (node->has_pfn)
		summary->n_nodes++;
	else
		summary->n_chains++;
	walk->request->node_fn(node, walk->request->arg);
}

/* ---- cgroups ---- */

static uint64_t address_of(const struct rmi_memcg *memcg)
{
	return memcg ? memcg->address : 0;
}

/* There are few of them. */
static enum status count_in(struct ksm_cgroup_vec *list,
			    const struct rmi_memcg *memcg)
{
	for (size_t i = 0; i < list->n; i++) {
		struct rmi_ksm_cgroup *cgroup = &list->items[i];

		if (address_of(cgroup->memcg) != address_of(memcg))
			continue;
		cgroup->n_sharers++;
		return ST_OK;
	}
	return ksm_cgroup_vec_push(list, (struct rmi_ksm_cgroup) { memcg, 1 });
}

static enum status count_sharer(struct public_walk *walk, kaddr_t mm)
{
	struct rmi_session *session = walk->session;
	const struct user_mm *user = tasks_of_mm(session->tasks, mm);
	const struct process *process = user ? first_process(user) : NULL;
	const struct rmi_memcg *memcg = NULL;
	const char *why = NULL;
	enum status st = ST_OK;

	if (process)
		st = memcgs_of_task(&session->memcgs, session->kernel,
				    process->task, &memcg, &why);
	if (st)
		return st;
	if (why)
		gaps_addf(&walk->gaps, "cgroup", why, "process %u",
			  process->pid);
	if (count_in(&walk->cgroups, memcg) ||
	    count_in(&walk->all_cgroups, memcg))
		return diag_no_memory(&session->kernel->diag);
	return ST_OK;
}

static enum status count_cgroups(struct public_walk *walk,
				 const struct rmi_page *page)
{
	enum status st = ST_OK;

	walk->cgroups.n = 0;
	if (!tasks_have_memcgs(walk->session->kernel))
		return ST_OK;
	for (size_t i = 0; i < page->n_mappings && !st; i++)
		st = count_sharer(walk, KADDR(page->mappings[i].mm));
	return st;
}

/* ---- nodes ---- */

static bool got_page(const struct rmi_page *page, void *arg)
{
	struct public_walk *walk = arg;
	struct rmi_ksm_node *node = &walk->node;

	walk->st = count_cgroups(walk, page);
	if (walk->st)
		return false;
	node->cgroups = walk->cgroups.items;
	node->n_cgroups = walk->cgroups.n;
	node->page = page;
	node->n_sharers = page->n_mappings;
	node->saved = page->n_mappings ? page->n_mappings - 1 : 0;
	walk->pages_complete &= page->complete;
	tell(walk);
	return true;
}

static enum status tell_with_page(struct public_walk *walk, pfn_t pfn)
{
	struct rmi_pfn_range range = { pfn.v, pfn.v };
	const struct rmi_query query = {
		.size = sizeof(query),
		.method = RMI_METHOD_RMAP,
		.n_ranges = 1,
		.ranges = &range,
	};

	/* Only want of memory ends a query about one page. */
	return rmi_session_query(walk->session, &query, got_page, walk) ==
	       RMI_OK ? walk->st : ST_NO_MEMORY;
}

/* The kernel's own test: get_ksm_page(), ksm_get_folio() since 6.10. */
static bool is_stale(struct public_walk *walk, const struct stable_node *node)
{
	struct page page;

	return !page_read(walk->session->kernel, node->pfn, &page) &&
	       page.mapping != (node->address.v | MAPPING_KSM);
}

static enum status keep_items(struct public_walk *walk,
			      const struct stable_node *node)
{
	walk->items.n = 0;
	for (size_t i = 0; i < node->n_items; i++) {
		const struct stable_item *item = &node->items[i];
		struct rmi_ksm_item view = {
			.item = item->address.v,
			.anon_vma = item->anon_vma.v,
			.address = item->user_address.v,
			.mm = item->mm.v,
		};

		if (ksm_item_vec_push(&walk->items, view))
			return diag_no_memory(&walk->session->kernel->diag);
	}
	return ST_OK;
}

static enum status show_node(const struct stable_node *node, void *arg)
{
	struct public_walk *walk = arg;
	enum status st = keep_items(walk, node);

	if (st)
		return st;
	walk->node = (struct rmi_ksm_node) {
		.node = node->address.v,
		.role = stable_role_name(node->role),
		.chain = node->chain.v,
		.has_pfn = node->role != STABLE_CHAIN,
		.pfn = node->pfn.v,
		.n_items = node->n_items,
		.items = walk->items.items,
	};
	if (!walk->node.has_pfn) {
		tell(walk);
		return ST_OK;
	}
	walk->node.stale = is_stale(walk, node);
	if (walk->node.stale) {
		tell(walk);
		return ST_OK;
	}
	return tell_with_page(walk, node->pfn);
}

static enum status show_summary(struct public_walk *walk)
{
	struct rmi_session *session = walk->session;
	struct rmi_ksm_summary *summary = &walk->summary;

	if (append_gap_views(&walk->gap_views, &walk->gaps))
		return diag_no_memory(&session->kernel->diag);
	summary->gaps = walk->gap_views.items;
	summary->n_gaps = walk->gap_views.n;
	summary->complete = walk->pages_complete &&
			    !gaps_count(&walk->gaps) &&
			    !gaps_count(&session->tasks->gaps);
	summary->has_pages_shared = stable_counter(session->kernel,
						   STABLE_PAGES_SHARED,
						   &summary->pages_shared);
	summary->has_pages_sharing = stable_counter(session->kernel,
						    STABLE_PAGES_SHARING,
						    &summary->pages_sharing);
	summary->cgroups = walk->all_cgroups.items;
	summary->n_cgroups = walk->all_cgroups.n;
	walk->request->summary_fn(summary, walk->request->arg);
	return ST_OK;
}

static enum status run(struct public_walk *walk)
{
	struct kernel *kernel = walk->session->kernel;
	kaddr_t node = KADDR(walk->request->node);
	enum status st = session_need_tasks(walk->session);

	if (!st)
		st = node.v ? stable_visit(kernel, node, show_node, walk,
					   &walk->gaps) :
			      stable_for_each(kernel, show_node, walk,
					      &walk->gaps);
	return st ? st : show_summary(walk);
}

rmi_status rmi_session_ksm(struct rmi_session *session,
			   const struct rmi_ksm_request *caller_request)
{
	struct rmi_ksm_request request;
	struct public_walk walk = {
		.session = session,
		.request = &request,
		.pages_complete = true,
	};
	enum status st;

	if (!session_has_dump(session) ||
	    !copy_sized(&request, sizeof(request), caller_request) ||
	    !request.node_fn || !request.summary_fn)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or a request "
				    "that this library does not know");
	st = run(&walk);
	ksm_item_vec_fini(&walk.items);
	ksm_cgroup_vec_fini(&walk.cgroups);
	ksm_cgroup_vec_fini(&walk.all_cgroups);
	gap_view_vec_fini(&walk.gap_views);
	gaps_fini(&walk.gaps);
	if (st)
		return session_fail(session, st, session->kernel->diag.text);
	return RMI_OK;
}
