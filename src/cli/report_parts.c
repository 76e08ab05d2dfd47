/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See report_parts.h. */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "interrupt.h"
#include "json_about.h"
#include "json_audit.h"
#include "json_family.h"
#include "json_ksm.h"
#include "json_parts.h"
#include "json_summary.h"
#include "report_parts.h"

/*
 * A report is to be attached to a ticket: 2 MB, whatever is in the dump. What
 * is cut from a list is counted beside it.
 */
enum {
	MAX_TOP = 50,		/* files, pages, …, unless --top says */
	MAX_PROCESSES = 800,
	MAX_SHARERS = 12,	/* processes that share pages */
	MAX_CGROUPS = 500,
	MAX_GAPS = 200,		/* of a part */
	MAX_FAMILIES = 6,
	MAX_MEMBERS = 80,	/* anon_vmas of a family */
	MAX_VMAS = 160,		/* likewise */
	MAX_SHARED_PAGES = 25,
	MAX_HELD_PAGES = 60,	/* pinned, or with unexplained references */
	MAX_POISONED = 60,
	MAX_NODES = 100,	/* of KSM */
	MAX_MAPPINGS = 5,	/* of a page */
};

struct collection {
	struct rmi_session *session;
	const struct options *opts;
	tree *report;
	tree *gaps;		/* parts that failed */
	bool complete;
};

/* ---- lists that are too long ---- */

/* How many are not there stands behind; both names are literals. */
static void cut(tree *object, const char *key, const char *left_out,
		size_t max)
{
	tree_add_json(object, left_out,
		      new_count(tree_cut(tree_get(object, key), max)));
}

static tree *cut_page(tree *page)
{
	tree *file = tree_get(page, "file");

	cut(page, "mappings", "mappings_left_out", MAX_MAPPINGS);
	cut(page, "gaps", "gaps_left_out", MAX_MAPPINGS);
	if (file)
		cut(file, "candidates", "candidates_left_out", 0);
	return page;
}

/* ---- what could not be asked ---- */

static void miss(struct collection *collection, const char *part,
		 const char *why)
{
	const struct rmi_gap gap = { part, NULL, why };

	tree_append_json(collection->gaps, new_gap(&gap));
	collection->complete = false;
}

static void miss_by_error(struct collection *collection, const char *part)
{
	miss(collection, part, rmi_session_error(collection->session));
}

/* Nothing is begun any more once an end is wanted. */
static bool is_stopped(struct collection *collection, const char *part)
{
	char *why;

	if (!interrupt_is_held(NULL))
		return false;
	why = interrupt_words();
	miss(collection, part, why);
	free(why);
	return true;
}

static void expect(struct collection *collection, bool complete)
{
	collection->complete &= complete;
}

/* ---- pages in full ---- */

struct page_list {
	struct collection *collection;
	tree *pages;
	size_t max;
};

static bool take_page(const struct rmi_page *page, void *arg)
{
	const struct answer answer = { .method = RMI_METHOD_RMAP };
	struct page_list *list = arg;

	tree_append(list->pages, cut_page(new_tree(new_page(&answer, page))));
	expect(list->collection, page->complete);
	return tree_length(list->pages) < list->max;
}

/* What part is about, of which no more than max are told in full. */
static tree *new_pages(struct collection *collection, const char *part,
		       const struct rmi_pfn_range *ranges, size_t n,
		       size_t max)
{
	const struct rmi_query query = {
		.size = sizeof(query),
		.method = RMI_METHOD_RMAP,
		.n_ranges = n,
		.ranges = ranges,
	};
	struct page_list list = { collection, new_tree_array(), max };

	if (n && !is_stopped(collection, part) &&
	    rmi_session_query(collection->session, &query, take_page,
			      &list) != RMI_OK)
		miss_by_error(collection, part);
	return list.pages;
}

static tree *new_some_pages(struct collection *collection, const char *part,
			    const struct pfn_list *pfns, size_t max)
{
	tree *object = new_tree_object();

	tree_add_json(object, "n", new_count(pfn_list_count(pfns)));
	tree_add(object, "pages",
		 new_pages(collection, part, pfns->ranges, pfns->n, max));
	return object;
}

/* ---- what the dump is ---- */

static void add_info(struct collection *collection)
{
	struct about about = {
		.source = rmi_session_source(collection->session),
		.info.size = sizeof(about.info),
		.with_host = collection->opts->verbose,
	};

	if (rmi_session_info(collection->session, &about.info) == RMI_OK)
		tree_add_json(collection->report, "info",
			      new_info_document(&about));
	else
		miss_by_error(collection, "what the dump is");
}

/* ---- sums ---- */

/* What follows asks more about the largest. */
struct largest {
	struct pfn_list pages;
	size_t n_roots;
	uint64_t roots[MAX_FAMILIES];
};

struct summing {
	struct collection *collection;
	struct largest *largest;
};

static uint64_t pss(tree *const *process)
{
	return json_object_get_uint64(tree_get(*process, "pss_bytes"));
}

static int by_pss(const void *a, const void *b)
{
	uint64_t first = pss(a), second = pss(b);

	return (first < second) - (first > second);
}

static void cut_sharings(tree *sharings)
{
	tree *list = tree_get(sharings, "largest");

	for (size_t i = 0; i < tree_length(list); i++)
		cut(json_object_array_get_idx(list, i), "processes",
		    "processes_left_out", MAX_SHARERS);
}

static tree *cut_summary(tree *summary)
{
	json_object_array_sort(tree_get(summary, "processes"), by_pss);
	cut(summary, "processes", "processes_left_out", MAX_PROCESSES);
	cut_sharings(tree_get(summary, "sharings"));
	cut(summary, "memcgs", "memcgs_left_out", MAX_CGROUPS);
	cut(summary, "gaps", "gaps_left_out", MAX_GAPS);
	return summary;
}

static void note_largest(const struct rmi_summary *summary,
			 struct largest *largest)
{
	for (size_t i = 0; i < summary->n_pages && i < MAX_SHARED_PAGES; i++)
		pfn_list_push(&largest->pages, (struct rmi_pfn_range) {
			summary->pages[i].pfn, summary->pages[i].pfn });
	while (largest->n_roots < summary->n_families &&
	       largest->n_roots < MAX_FAMILIES) {
		largest->roots[largest->n_roots] =
			summary->families[largest->n_roots].root;
		largest->n_roots++;
	}
}

static void got_summary(const struct rmi_summary *summary, void *arg)
{
	struct summing *summing = arg;
	struct collection *collection = summing->collection;
	const struct rmi_source *source =
		rmi_session_source(collection->session);

	tree_add(collection->report, "summary",
		 cut_summary(new_tree(new_summary_document(source, summary))));
	expect(collection, summary->complete);
	note_largest(summary, summing->largest);
}

static void add_summary(struct collection *collection, struct largest *largest)
{
	const struct options *opts = collection->opts;
	struct summing summing = { collection, largest };
	const struct rmi_summary_request request = {
		.size = sizeof(request),
		.jobs = opts->jobs,
		.top = opts->top ? opts->top : MAX_TOP,
		.arg = &summing,
		.fn = got_summary,
	};

	if (rmi_session_summary(collection->session, &request) != RMI_OK)
		miss_by_error(collection, "sums");
}

static void add_shared_pages(struct collection *collection,
			     const struct largest *largest)
{
	tree_add(collection->report, "shared",
		 new_some_pages(collection, "pages that are shared most",
				&largest->pages, MAX_SHARED_PAGES));
}

/* ---- families ---- */

struct family_list {
	struct collection *collection;
	tree *families;
};

static void cut_avcs(tree *anon_vmas)
{
	for (size_t i = 0; i < tree_length(anon_vmas); i++)
		cut(json_object_array_get_idx(anon_vmas, i), "avcs",
		    "avcs_left_out", 0);
}

/* A VMA names its own anon_vma, so that the tree needs no AVCs. */
static tree *cut_family(tree *document)
{
	tree *family = tree_get(document, "family");

	cut(family, "anon_vmas", "anon_vmas_left_out", MAX_MEMBERS);
	cut(family, "vmas", "vmas_left_out", MAX_VMAS);
	cut(family, "gaps", "gaps_left_out", MAX_GAPS);
	cut_avcs(tree_get(family, "anon_vmas"));
	return document;
}

/* Gaps that concern every answer are the report's. */
static void got_family(const struct rmi_family *family, void *arg)
{
	struct family_list *list = arg;
	const struct family_answer answer = {
		.source = rmi_session_source(list->collection->session),
		.family = family,
		.complete = family->complete,
	};

	tree_append(list->families,
		    cut_family(new_tree(new_family_document(&answer))));
	expect(list->collection, family->complete);
}

static void add_families(struct collection *collection,
			 const struct largest *largest)
{
	static const char part[] = "families of anon_vmas";
	struct family_list list = { collection, new_tree_array() };

	tree_add(collection->report, "families", list.families);
	for (size_t i = 0; i < largest->n_roots; i++)
		if (!is_stopped(collection, part) &&
		    rmi_session_family(collection->session, largest->roots[i],
				       got_family, &list) != RMI_OK)
			miss_by_error(collection, part);
}

/* ---- KSM ---- */

/* Those that save most. */
struct node_list {
	struct collection *collection;
	tree *nodes;
	uint64_t saved[MAX_NODES];
	uint64_t n_all;
	bool has_summary;
};

static size_t least_of(const struct node_list *list)
{
	size_t least = 0;

	for (size_t i = 1; i < MAX_NODES; i++)
		if (list->saved[i] < list->saved[least])
			least = i;
	return least;
}

static tree *cut_node(tree *node)
{
	tree *page = tree_get(node, "page");

	cut(node, "items", "items_left_out", MAX_MAPPINGS);
	cut(node, "cgroups", "cgroups_left_out", MAX_MAPPINGS);
	if (page)
		cut_page(page);
	return node;
}

static void got_node(const struct rmi_ksm_node *node, void *arg)
{
	struct node_list *list = arg;
	size_t place = list->n_all++;

	if (place >= MAX_NODES) {
		place = least_of(list);
		if (node->saved <= list->saved[place])
			return;
	}
	list->saved[place] = node->saved;
	tree_put(list->nodes, place, cut_node(new_tree(new_ksm_node(node))));
}

static void got_ksm_summary(const struct rmi_ksm_summary *summary, void *arg)
{
	struct node_list *list = arg;
	const struct ksm_answer answer = { .summary = summary };
	tree *ksm = new_tree_object();

	tree_add_json(ksm, "summary", new_ksm_summary(&answer));
	tree_add(ksm, "nodes", list->nodes);
	tree_add_json(ksm, "nodes_left_out",
		      new_count(list->n_all - tree_length(list->nodes)));
	tree_add_json(ksm, "complete", new_bool(summary->complete));
	tree_add_json(ksm, "gaps", new_ksm_gaps(&answer));
	cut(ksm, "gaps", "gaps_left_out", MAX_GAPS);
	tree_add(list->collection->report, "ksm", ksm);
	expect(list->collection, summary->complete);
	list->has_summary = true;
}

static void add_ksm(struct collection *collection)
{
	static const char part[] = "KSM";
	struct node_list list = {
		.collection = collection, .nodes = new_tree_array(),
	};
	const struct rmi_ksm_request request = {
		.size = sizeof(request),
		.arg = &list,
		.node_fn = got_node,
		.summary_fn = got_ksm_summary,
	};

	if (!is_stopped(collection, part) &&
	    rmi_session_ksm(collection->session, &request) != RMI_OK)
		miss_by_error(collection, part);
	if (!list.has_summary)
		free_tree(list.nodes);
}

/* ---- failed memory ---- */

struct poison {
	struct collection *collection;
	struct pfn_list pfns;
	tree *gaps;
};

static bool take_poisoned(const struct rmi_found *found, void *arg)
{
	struct poison *poison = arg;

	pfn_list_push(&poison->pfns, found->range);
	return true;
}

static void take_memory(const struct rmi_object *object, void *arg)
{
	struct poison *poison = arg;

	for (size_t i = 0; i < object->n_gaps; i++)
		tree_append_json(poison->gaps, new_gap(&object->gaps[i]));
	expect(poison->collection, object->complete);
}

/* NULL: the kernel marks none, and says so. */
static tree *find_poisoned(struct collection *collection,
			   struct poison *poison)
{
	static const char part[] = "poisoned pages";
	const struct rmi_place place = {
		.size = sizeof(place), .door = RMI_DOOR_HWPOISON,
	};
	const struct rmi_find_control control = {
		.size = sizeof(control),
		.arg = poison,
		.found = take_poisoned,
		.object = take_memory,
	};
	rmi_status status = rmi_session_find_all(collection->session, &place,
						 &control);
	tree *object;

	if (status == RMI_ERR_UNSUPPORTED) {
		object = new_tree_object();
		tree_add_json(object, "none_because",
			      new_string(rmi_session_error(collection->session)));
		return object;
	}
	if (status != RMI_OK)
		miss_by_error(collection, part);
	object = new_some_pages(collection, part, &poison->pfns, MAX_POISONED);
	tree_add_json(object, "complete", new_bool(status == RMI_OK));
	return object;
}

static void add_poisoned(struct collection *collection)
{
	struct poison poison = { collection, { 0 }, new_tree_array() };
	tree *object;

	if (is_stopped(collection, "poisoned pages")) {
		free_tree(poison.gaps);
		return;
	}
	object = find_poisoned(collection, &poison);
	tree_add(object, "gaps", poison.gaps);
	cut(object, "gaps", "gaps_left_out", MAX_GAPS);
	tree_add(collection->report, "poisoned", object);
	pfn_list_fini(&poison.pfns);
}

/* ---- the audit ---- */

static void got_audit(const struct rmi_audit *audit, void *arg)
{
	struct collection *collection = arg;
	tree *document = new_tree(new_audit_document(
		rmi_session_source(collection->session), audit));

	cut(document, "gaps", "gaps_left_out", MAX_GAPS);
	tree_add(collection->report, "audit", document);
	expect(collection, audit->complete);
}

static void add_audit(struct collection *collection)
{
	const struct rmi_audit_request request = {
		.size = sizeof(request),
		.jobs = collection->opts->jobs,
		.arg = collection,
		.fn = got_audit,
	};

	if (!is_stopped(collection, "audit") &&
	    rmi_session_audit(collection->session, &request) != RMI_OK)
		miss_by_error(collection, "audit");
}

/* ---- who holds references ---- */

/* A folio that is pinned, or of whose references some are nobody's. */
struct held {
	uint64_t pfn;
	uint64_t weight;
};

/*
 * An export has the references of every folio. Of its rows these are kept, and
 * what was not seen.
 */
struct ledgers {
	struct collection *collection;
	struct held *items;
	size_t n, room;
	uint64_t n_pinned, n_unexplained;
	tree *gaps;
	uint64_t n_gaps;
};

static const struct rmi_value *column(const struct rmi_table *table,
				      const struct rmi_value *values,
				      const char *name)
{
	static const struct rmi_value null = { .type = RMI_VALUE_NULL };

	for (size_t i = 0; i < table->n_columns; i++)
		if (!strcmp(table->columns[i].name, name))
			return &values[i];
	return &null;
}

static int64_t integer(const struct rmi_value *value)
{
	return value->type == RMI_VALUE_INTEGER ? value->number : 0;
}

static void take_ledger(struct ledgers *ledgers, const struct rmi_table *table,
			const struct rmi_value *values)
{
	int64_t pins = integer(column(table, values, "pins"));
	int64_t unexplained = integer(column(table, values, "unexplained"));

	if (!pins && !unexplained)
		return;
	ledgers->n_pinned += pins != 0;
	ledgers->n_unexplained += unexplained != 0;
	ledgers->items = need_room(ledgers->items, ledgers->n, &ledgers->room,
				   sizeof(*ledgers->items));
	ledgers->items[ledgers->n++] = (struct held) {
		(uint64_t)integer(column(table, values, "pfn")),
		(uint64_t)llabs(pins) + (uint64_t)llabs(unexplained),
	};
}

static void take_gap(struct ledgers *ledgers, const struct rmi_table *table,
		     const struct rmi_value *values)
{
	const struct rmi_gap gap = {
		column(table, values, "what")->text,
		column(table, values, "place")->text,
		column(table, values, "why")->text,
	};

	if (ledgers->n_gaps++ < MAX_GAPS)
		tree_append_json(ledgers->gaps, new_gap(&gap));
}

static bool take_row(const struct rmi_table *table,
		     const struct rmi_value *values, void *arg)
{
	if (!strcmp(table->name, "page"))
		take_ledger(arg, table, values);
	else if (!strcmp(table->name, "gap"))
		take_gap(arg, table, values);
	return true;
}

/* Heaviest first, then by PFN. */
static int by_weight(const void *a, const void *b)
{
	const struct held *first = a, *second = b;

	if (first->weight != second->weight)
		return first->weight < second->weight ? 1 : -1;
	return (first->pfn > second->pfn) - (first->pfn < second->pfn);
}

static tree *new_held(struct ledgers *ledgers)
{
	struct pfn_list heaviest = { 0 };
	tree *object;

	if (ledgers->n)
		qsort(ledgers->items, ledgers->n, sizeof(*ledgers->items),
		      by_weight);
	for (size_t i = 0; i < ledgers->n && i < MAX_HELD_PAGES; i++)
		pfn_list_push(&heaviest, (struct rmi_pfn_range) {
			ledgers->items[i].pfn, ledgers->items[i].pfn });
	object = new_tree_object();
	tree_add_json(object, "n", new_count(ledgers->n));
	tree_add_json(object, "pinned", new_count(ledgers->n_pinned));
	tree_add_json(object, "unexplained", new_count(ledgers->n_unexplained));
	tree_add(object, "pages",
		 new_pages(ledgers->collection, "held pages", heaviest.ranges,
			   heaviest.n, MAX_HELD_PAGES));
	tree_add(object, "gaps", ledgers->gaps);
	tree_add_json(object, "gaps_left_out",
		      new_count(ledgers->n_gaps - tree_length(ledgers->gaps)));
	pfn_list_fini(&heaviest);
	return object;
}

static void add_held(struct collection *collection)
{
	static const char part[] = "pinned pages, unexplained references";
	struct ledgers ledgers = { .collection = collection };
	const struct rmi_export_request request = {
		.size = sizeof(request),
		.jobs = collection->opts->jobs,
		.arg = &ledgers,
		.row = take_row,
	};
	struct rmi_export export;

	if (is_stopped(collection, part))
		return;
	ledgers.gaps = new_tree_array();
	if (rmi_session_export(collection->session, &request,
			       &export) == RMI_OK) {
		expect(collection, !export.n_gaps);
		tree_add(collection->report, "held", new_held(&ledgers));
	} else {
		if (!is_stopped(collection, part))
			miss_by_error(collection, part);
		free_tree(ledgers.gaps);
	}
	free(ledgers.items);
}

/* ---- all of it ---- */

/* Those of every answer, which are known at the end. */
static void add_session_gaps(struct collection *collection)
{
	size_t n;
	const struct rmi_gap *gaps = rmi_session_gaps(collection->session, &n);

	for (size_t i = 0; i < n && i < MAX_GAPS; i++)
		tree_append_json(collection->gaps, new_gap(&gaps[i]));
	expect(collection, !n);
}

/* The cheaper first, so that --timeout costs as little as can be. */
tree *new_report(struct rmi_session *session, const struct options *opts,
		 bool *ret_complete)
{
	struct collection collection = {
		session, opts, new_tree_object(), new_tree_array(), true,
	};
	struct largest largest = { .n_roots = 0 };

	tree_add_json(collection.report, "schema", new_string(SCHEMA));
	tree_add_json(collection.report, "version", new_string(rmi_version()));
	tree_add_json(collection.report, "redacted", new_bool(opts->redact));
	add_info(&collection);
	add_summary(&collection, &largest);
	add_shared_pages(&collection, &largest);
	add_families(&collection, &largest);
	add_ksm(&collection);
	add_poisoned(&collection);
	add_audit(&collection);
	add_held(&collection);
	add_session_gaps(&collection);
	tree_add_json(collection.report, "complete", new_bool(collection.complete));
	tree_add(collection.report, "gaps", collection.gaps);
	pfn_list_fini(&largest.pages);
	*ret_complete = collection.complete;
	return collection.report;
}
