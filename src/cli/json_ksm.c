/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KSM's stable nodes in the schema rmap-inspect/1: one document (json), or one
 * node a line and the summary in the last (jsonl).
 */
#include <stdio.h>

#include "json_about.h"
#include "json_ksm.h"
#include "json_parts.h"

static json new_item(const struct rmi_ksm_item *item)
{
	json object = new_object();

	add(object, "rmap_item", new_address(item->item));
	add(object, "anon_vma", new_address(item->anon_vma));
	add(object, "address", new_hex(item->address));
	add(object, "mm", new_address(item->mm));
	return object;
}

static json new_cgroup(const struct rmi_ksm_cgroup *cgroup)
{
	const struct rmi_memcg *memcg = cgroup->memcg;
	json object = new_object();

	add(object, "path", new_string(memcg ? memcg->path : NULL));
	add(object, "state", new_string(memcg ? memcg->state : NULL));
	add(object, "container", new_string(memcg ? memcg->container : NULL));
	add(object, "sharers", new_count(cgroup->n_sharers));
	return object;
}

json new_ksm_node(const struct rmi_ksm_node *node)
{
	const struct answer answer = { .method = RMI_METHOD_RMAP };
	json object = new_object();

	add(object, "node", new_address(node->node));
	add(object, "role", new_string(node->role));
	add(object, "chain", new_address(node->chain));
	add(object, "pfn", hex_if(node->has_pfn, node->pfn));
	add(object, "stale", new_bool(node->stale));
	add(object, "items", array_of(node->items, node->n_items, new_item));
	add(object, "sharers", new_count(node->n_sharers));
	add(object, "saved", new_count(node->saved));
	add(object, "page",
	    node->page ? new_page(&answer, node->page) : new_null());
	add(object, "cgroups",
	    array_of(node->cgroups, node->n_cgroups, new_cgroup));
	return object;
}

static json new_summary(const struct rmi_ksm_summary *summary)
{
	json object = new_object();

	add(object, "nodes", new_count(summary->n_nodes));
	add(object, "chains", new_count(summary->n_chains));
	add(object, "stale", new_count(summary->n_stale));
	add(object, "items", new_count(summary->n_items));
	add(object, "sharers", new_count(summary->n_sharers));
	add(object, "saved", new_count(summary->saved));
	add(object, "pages_shared",
	    count_if(summary->has_pages_shared, summary->pages_shared));
	add(object, "pages_sharing",
	    count_if(summary->has_pages_sharing, summary->pages_sharing));
	add(object, "cgroups",
	    array_of(summary->cgroups, summary->n_cgroups, new_cgroup));
	return object;
}

static void append_gaps(json array, const struct rmi_gap *gaps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		append(array, new_gap(&gaps[i]));
}

json new_ksm_gaps(const struct ksm_answer *answer)
{
	json array = new_array();

	if (answer->summary)
		append_gaps(array, answer->summary->gaps,
			    answer->summary->n_gaps);
	append_gaps(array, answer->gaps, answer->n_gaps);
	if (answer->failure)
		append(array, new_failure(answer->failure));
	return array;
}

/* null: it broke off. */
json new_ksm_summary(const struct ksm_answer *answer)
{
	return answer->summary ? new_summary(answer->summary) :
				 new_null();
}

/* The document is put together by hand around its nodes, to be streamed. */
static void begin_document(const struct rmi_source *source)
{
	fputs("{\"schema\":\"" SCHEMA "\",\n\"source\":", stdout);
	print_json(new_source(source));
	fputs(",\n\"nodes\":[", stdout);
}

static void print_document_node(const struct rmi_ksm_node *node,
				size_t n_before, bool alone)
{
	(void)alone;
	fputs(n_before ? ",\n" : "\n", stdout);
	print_json(new_ksm_node(node));
}

static void end_document(const struct ksm_answer *answer)
{
	fputs("\n],\n\"summary\":", stdout);
	print_json(new_ksm_summary(answer));
	fputs(",\n\"complete\":", stdout);
	fputs(answer->complete ? "true" : "false", stdout);
	fputs(",\n\"gaps\":", stdout);
	print_json(new_ksm_gaps(answer));
	fputs("}\n", stdout);
}

static void begin_lines(const struct rmi_source *source)
{
	(void)source;
}

static void print_node_line(const struct rmi_ksm_node *node, size_t n_before,
			    bool alone)
{
	(void)n_before;
	(void)alone;
	print_json(new_ksm_node(node));
	putchar('\n');
}

static void end_lines(const struct ksm_answer *answer)
{
	json object = new_object();

	add(object, "summary", new_ksm_summary(answer));
	add(object, "complete", new_bool(answer->complete));
	add(object, "gaps", new_ksm_gaps(answer));
	print_json(object);
	putchar('\n');
}

const struct ksm_format ksm_json = {
	begin_document, print_document_node, end_document
};

const struct ksm_format ksm_jsonl = {
	begin_lines, print_node_line, end_lines
};
