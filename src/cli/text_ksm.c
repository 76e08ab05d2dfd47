/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KSM's stable nodes, a line each, with the processes that share the page.
 * Printed as they come: there may be very many of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text_ksm.h"
#include "text_parts.h"

/* Of the processes that share a page, unless one node was asked for. */
#define SOME_PROCESSES	4

static void print_gaps(const struct rmi_gap *gaps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_gap("  gap  ", &gaps[i]);
}

/* ---- sharers ---- */

static void print_process(const struct rmi_mapping *mapping)
{
	if (!mapping->n_tasks)
		fputs(NO_PROCESS, stdout);
	for (size_t i = 0; i < mapping->n_tasks; i++) {
		const struct rmi_task *task = &mapping->tasks[i];

		printf("%s%" PRIu32 " ", i ? "+" : "", task->pid);
		put(task->comm ? task->comm : "-");
	}
}

/* Those of one mm stand together. */
static size_t end_of_process(const struct rmi_page *page, size_t from)
{
	size_t i = from;

	while (i < page->n_mappings &&
	       page->mappings[i].mm == page->mappings[from].mm)
		i++;
	return i;
}

static size_t count_processes(const struct rmi_page *page)
{
	size_t n = 0;

	for (size_t i = 0; i < page->n_mappings; n++)
		i = end_of_process(page, i);
	return n;
}

static void print_processes(const struct rmi_page *page, size_t max)
{
	size_t total = count_processes(page), n = 0;

	for (size_t i = 0; i < page->n_mappings && n < max; n++) {
		size_t end = end_of_process(page, i);

		fputs(n ? ", " : "", stdout);
		print_process(&page->mappings[i]);
		if (end - i > 1)
			printf(" (%zu times)", end - i);
		i = end;
	}
	if (total > n)
		printf(" and %zu more", total - n);
}

/* ---- nodes ---- */

static void begin(const struct rmi_source *source)
{
	(void)source;
}

static void print_head(void)
{
	printf("%-18s  %-8s  %10s  %5s  %7s  %5s  %s\n", "NODE", "ROLE", "PFN",
	       "ITEMS", "SHARERS", "SAVED", "PROCESSES");
}

static void print_counts(const struct rmi_ksm_node *node)
{
	char pfn[sizeof("0x0123456789abcdef")];

	snprintf(pfn, sizeof(pfn), "0x%" PRIx64, node->pfn);
	printf("%*s  %5zu  %7" PRIu64 "  %5" PRIu64 "  ",
	       20 - (int)strlen(node->role), pfn, node->n_items,
	       node->n_sharers, node->saved);
}

static void print_item(const struct rmi_ksm_item *item)
{
	printf("  rmap_item 0x%" PRIx64 "  anon_vma 0x%" PRIx64
	       "  address 0x%" PRIx64, item->item, item->anon_vma,
	       item->address);
	if (item->mm)
		printf("  mm 0x%" PRIx64, item->mm);
	putchar('\n');
}

static void print_node(const struct rmi_ksm_node *node, size_t n_before,
		       bool alone)
{
	if (!n_before)
		print_head();
	printf("0x%-16" PRIx64 "  %s", node->node, node->role);
	if (node->has_pfn)
		print_counts(node);
	if (node->stale)
		printf("(stale: the page is gone)");
	if (node->page)
		print_processes(node->page, alone ? SIZE_MAX : SOME_PROCESSES);
	putchar('\n');
	for (size_t i = 0; alone && i < node->n_items; i++)
		print_item(&node->items[i]);
	if (node->page)
		print_gaps(node->page->gaps, node->page->n_gaps);
}

/* ---- all of them ---- */

static void print_kernel_counts(const struct rmi_ksm_summary *summary)
{
	if (!summary->has_pages_shared || !summary->has_pages_sharing)
		return;
	printf("the kernel's counters: pages_shared %" PRIu64
	       ", pages_sharing %" PRIu64 ", which does not count processes "
	       "forked since\n", summary->pages_shared,
	       summary->pages_sharing);
}

static void print_cgroup(const struct rmi_ksm_cgroup *cgroup)
{
	const struct rmi_memcg *memcg = cgroup->memcg;

	printf("  %7" PRIu64 " sharer%s in ", cgroup->n_sharers,
	       plural(cgroup->n_sharers));
	put(memcg ? memcg->path : "no cgroup that is known");
	putchar('\n');
}

static void print_summary(const struct ksm_answer *answer)
{
	const struct rmi_ksm_summary *summary = answer->summary;

	printf("%" PRIu64 " node%s and %" PRIu64 " chain%s%s: %" PRIu64
	       " item%s, %" PRIu64 " sharer%s, %" PRIu64 " page%s saved\n",
	       summary->n_nodes, plural(summary->n_nodes), summary->n_chains,
	       plural(summary->n_chains),
	       answer->complete ? "" : " found; there may be more",
	       summary->n_items, plural(summary->n_items), summary->n_sharers,
	       plural(summary->n_sharers), summary->saved,
	       plural(summary->saved));
	for (size_t i = 0; i < summary->n_cgroups; i++)
		print_cgroup(&summary->cgroups[i]);
	if (!answer->alone)
		print_kernel_counts(summary);
}

static void end(const struct ksm_answer *answer)
{
	if (answer->summary) {
		print_summary(answer);
		print_gaps(answer->summary->gaps, answer->summary->n_gaps);
	}
	print_gaps(answer->gaps, answer->n_gaps);
}

const struct ksm_format ksm_text = { begin, print_node, end };
