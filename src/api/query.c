/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queries: the pages asked for, by either method or both.
 *
 * Decides what makes an answer complete; how to read and how to present are
 * elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "api/answer.h"
#include "rmap/scan.h"

/* ---- what scan found, by frame ---- */

struct scan_result {
	pfn_t pfn;
	struct rmap_hit hit;
};

DEFINE_VEC(scan_vec, struct scan_result)

/* One scan serves all pages of a query. */
struct scan_results {
	struct scan_vec list;		/* in order of PFN */
	struct gaps gaps;
};

static enum status keep_result(pfn_t pfn, const struct rmap_hit *hit, void *arg)
{
	struct scan_results *results = arg;

	return scan_vec_push(&results->list,
			     (struct scan_result) { pfn, *hit });
}

static int by_pfn(const void *a, const void *b)
{
	const struct scan_result *x = a, *y = b;

	return (x->pfn.v > y->pfn.v) - (x->pfn.v < y->pfn.v);
}

static size_t first_result(const struct scan_vec *list, pfn_t pfn)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].pfn.v < pfn.v)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void scan_results_fini(struct scan_results *results)
{
	scan_vec_fini(&results->list);
	gaps_fini(&results->gaps);
}

/* ---- one query ---- */

struct query {
	struct rmi_session *session;
	struct kernel *kernel;
	rmi_method method;
	struct answer answer;
	struct scan_results scanned;
};

static enum status add_scanned(struct query *query, pfn_t pfn,
			       struct mapping_vec *list)
{
	const struct scan_vec *found = &query->scanned.list;
	enum status st = ST_OK;

	for (size_t i = first_result(found, pfn);
	     i < found->n && found->items[i].pfn.v == pfn.v && !st; i++)
		st = answer_add_mapping(&query->answer, list,
					&found->items[i].hit);
	return st;
}

static void copy_gaps(struct gaps *to, const struct gaps *from)
{
	for (size_t i = 0; i < from->list.n; i++)
		gaps_add(to, from->list.items[i].what,
			 from->list.items[i].where, from->list.items[i].why);
	to->n_unlisted += from->n_unlisted;
}

/* ---- the reverse walk ---- */

static enum status keep_hit(const struct rmap_hit *hit, void *arg)
{
	struct query *query = arg;

	return answer_add_mapping(&query->answer, &query->answer.mappings,
				  hit);
}

static enum status walk(struct query *query, const struct page *page,
			enum page_kind kind, bool exhaustive,
			struct rmap_object *ret_object)
{
	struct rmap_walk_control control = {
		.arg = query,
		.rmap_one = keep_hit,
		.exhaustive = exhaustive,
	};

	return rmap_walk(query->kernel, page, kind, &control,
			 &query->answer.gaps, ret_object);
}

/* The kernel's own count of a page's mappings is only read for single pages. */
static bool has_count(const struct page *page, enum page_kind kind)
{
	return page->order == 0 && page_keeps_rmap(kind, page);
}

static bool is_counted(const struct rmi_mapping *mapping)
{
	return !strcmp(mapping->state, "mapped");
}

static int64_t count_mappings(const struct query *query)
{
	const struct mapping_vec *list = &query->answer.mappings;
	int64_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += is_counted(&list->items[i]);
	return n;
}

static bool count_is_met(const struct query *query, const struct page *page)
{
	return page_mapcount(query->kernel, page) == count_mappings(query);
}

/*
 * The kernel counts mappings, so an answer that does not come to its count
 * has missed some, however smooth the walk was.
 */
static void check_count(struct query *query, const struct page *page)
{
	char why[128];

	if (count_is_met(query, page))
		return;
	snprintf(why, sizeof(why), "the kernel counts %lld, %lld were found",
		 (long long)page_mapcount(query->kernel, page),
		 (long long)count_mappings(query));
	gaps_addf(&query->answer.gaps, "mappings", why, "page %#llx",
		  (unsigned long long)page->address.v);
}

/*
 * The trees are searched as the kernel does, by their augmented values; if
 * that falls short of the count, a value may be stale, and all of the tree is
 * looked at.
 */
static enum status answer_by_rmap(struct query *query, const struct page *page,
				  enum page_kind kind)
{
	struct answer *answer = &query->answer;
	struct rmap_object object;
	enum status st = walk(query, page, kind, false, &object);

	if (st)
		return st;
	if (has_count(page, kind) && !count_is_met(query, page)) {
		answer->mappings.n = 0;
		gaps_clear(&answer->gaps);
		st = walk(query, page, kind, true, &object);
		if (st)
			return st;
	}
	return answer_add_step(answer, &object);
}

/* ---- both methods ---- */

static bool is_same_place(const struct rmi_mapping *a,
			  const struct rmi_mapping *b)
{
	return a->mm == b->mm && a->address == b->address;
}

static bool contains(const struct mapping_vec *list,
		     const struct rmi_mapping *mapping)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_same_place(&list->items[i], mapping))
			return true;
	return false;
}

static enum status list_missing(struct query *query, const char *only_in,
				const struct mapping_vec *in,
				const struct mapping_vec *not_in)
{
	for (size_t i = 0; i < in->n; i++) {
		struct rmi_difference difference = { only_in, in->items[i] };

		if (!is_counted(&in->items[i]) ||
		    contains(not_in, &in->items[i]))
			continue;
		if (difference_vec_push(&query->answer.differences,
					difference))
			return diag_no_memory(&query->kernel->diag);
	}
	return ST_OK;
}

static enum status compare_methods(struct query *query, pfn_t pfn)
{
	struct mapping_vec by_scan = { NULL, 0, 0 };
	enum status st = add_scanned(query, pfn, &by_scan);

	if (!st)
		st = list_missing(query, "rmap", &query->answer.mappings,
				  &by_scan);
	if (!st)
		st = list_missing(query, "scan", &by_scan,
				  &query->answer.mappings);
	mapping_vec_fini(&by_scan);
	return st;
}

/* ---- one page ---- */

/* What is known of a PFN before anybody looks for its mappings. */
struct subject {
	pfn_t pfn;
	enum page_kind kind;
	struct page storage;
	const struct page *page;	/* NULL: no struct page, or unreadable */
	char why[DIAG_SIZE];		/* it is NULL */
	char where[32];			/* "PFN 0x1a2b", for gaps */
};

static void look_up(struct query *query, pfn_t pfn, struct subject *subject)
{
	struct kernel *kernel = query->kernel;
	enum status st = page_read(kernel, pfn, &subject->storage);

	subject->pfn = pfn;
	snprintf(subject->where, sizeof(subject->where), "PFN %#llx",
		 (unsigned long long)pfn.v);
	if (!st) {
		subject->page = &subject->storage;
		subject->kind = page_kind(kernel, subject->page);
		return;
	}
	subject->page = NULL;
	subject->kind = st == ST_NO_ADDRESS ? KIND_NO_PAGE : KIND_UNREADABLE;
	memcpy(subject->why, kernel->diag.text, sizeof(subject->why));
}

static bool has_rmap(const struct subject *subject)
{
	return page_rmap_type(subject->kind, subject->page) != RMAP_NOT_KEPT;
}

static enum status find_mappings(struct query *query,
				 const struct subject *subject)
{
	enum status st;

	if (query->method == RMI_METHOD_SCAN || !has_rmap(subject))
		return add_scanned(query, subject->pfn,
				   &query->answer.mappings);
	st = answer_by_rmap(query, subject->page, subject->kind);
	if (!st && query->method == RMI_METHOD_BOTH)
		st = compare_methods(query, subject->pfn);
	return st;
}

static const char *first_why(const struct gaps *gaps)
{
	return gaps->list.n ? gaps->list.items[0].why : "out of memory";
}

static void doubt_for_lack_of_rmap(struct gaps *gaps,
				   const struct subject *subject)
{
	char why[DIAG_SIZE + 128];

	snprintf(why, sizeof(why), "%s; only a scan of all page tables can "
		 "tell whether it is mapped", subject->page ?
		 "the kernel keeps no reverse map for such a page" :
		 subject->why);
	gaps_add(gaps, "mappings", subject->where, why);
}

/* "Complete" must be earned: every reason to doubt becomes a gap. */
static void doubt(struct query *query, const struct subject *subject)
{
	const struct gaps *of_tasks = &query->session->tasks->gaps;
	struct gaps *gaps = &query->answer.gaps;

	if (gaps_count(of_tasks))
		gaps_addf(gaps, "task list", first_why(of_tasks),
			  "%zu places, so that processes may be missing",
			  gaps_count(of_tasks));
	if (subject->kind == KIND_UNREADABLE)
		gaps_add(gaps, "struct page", subject->where, subject->why);
	if (query->method != RMI_METHOD_RMAP)
		copy_gaps(gaps, &query->scanned.gaps);
	else if (!has_rmap(subject))
		doubt_for_lack_of_rmap(gaps, subject);
	if (!subject->page || !page_keeps_rmap(subject->kind, subject->page))
		return;
	if (has_count(subject->page, subject->kind))
		check_count(query, subject->page);
	else if (subject->page->order && !query->answer.mappings.n)
		gaps_add(gaps, "mappings", subject->where,
			 "none found for a page of a large folio, and its "
			 "count is not known");
}

static enum status answer_pfn(struct query *query, pfn_t pfn)
{
	struct subject subject;
	enum status st;

	answer_reset(&query->answer);
	look_up(query, pfn, &subject);
	log_step(&query->session->log, "%s: %s", subject.where,
		 page_kind_name(subject.kind));
	st = answer_describe_page(&query->answer, pfn, subject.kind,
				  subject.page);
	if (!st)
		st = find_mappings(query, &subject);
	if (st)
		return st;
	doubt(query, &subject);
	return answer_finish(&query->answer);
}

/* ---- all pages ---- */

static enum status run_scan(struct query *query, const struct rmi_query *request)
{
	struct scan_vec *list = &query->scanned.list;
	struct pfn_range *ranges;
	enum status st;

	if (query->method == RMI_METHOD_RMAP)
		return ST_OK;
	ranges = calloc(request->n_ranges, sizeof(*ranges));
	if (!ranges)
		return diag_no_memory(&query->kernel->diag);
	for (size_t i = 0; i < request->n_ranges; i++)
		ranges[i] = (struct pfn_range) { request->ranges[i].first,
						 request->ranges[i].last };
	st = scan(query->kernel, query->session->tasks, ranges,
		  request->n_ranges, keep_result, &query->scanned,
		  &query->scanned.gaps);
	free(ranges);
	if (!st && list->n)
		qsort(list->items, list->n, sizeof(list->items[0]), by_pfn);
	return st;
}

static uint64_t count_pages(const struct rmi_query *request)
{
	uint64_t n = 0;

	for (size_t i = 0; i < request->n_ranges; i++)
		n += request->ranges[i].last - request->ranges[i].first + 1;
	return n;
}

static enum status answer_all(struct query *query,
			      const struct rmi_query *request,
			      rmi_page_fn *fn, void *arg)
{
	const uint64_t total = count_pages(request);
	uint64_t done = 0;

	for (size_t i = 0; i < request->n_ranges; i++) {
		const struct rmi_pfn_range *range = &request->ranges[i];

		for (uint64_t n = 0; n <= range->last - range->first; n++) {
			enum status st = answer_pfn(query,
						    PFN(range->first + n));

			if (st)
				return st;
			if (!fn(&query->answer.page, arg))
				return ST_STOPPED;
			log_progress(&query->session->log, "pages", ++done,
				     total);
		}
	}
	return ST_OK;
}

static enum status run(struct query *query, const struct rmi_query *request,
		       rmi_page_fn *fn, void *arg)
{
	enum status st = session_need_tasks(query->session);

	if (!st)
		st = run_scan(query, request);
	if (!st)
		st = answer_all(query, request, fn, arg);
	return st;
}

static const char *objection(const struct rmi_session *session,
			     const struct rmi_query *request)
{
	if (!session->kernel)
		return "no dump has been opened";
	if (request->size != sizeof(*request))
		return "a query that this library does not know";
	if (request->method > RMI_METHOD_BOTH)
		return "no such method";
	for (size_t i = 0; i < request->n_ranges; i++)
		if (request->ranges[i].first > request->ranges[i].last)
			return "a range whose end lies before its beginning";
	return NULL;
}

rmi_status rmi_session_query(struct rmi_session *session,
			     const struct rmi_query *request,
			     rmi_page_fn *fn, void *arg)
{
	struct query query = {
		.session = session,
		.kernel = session->kernel,
		.method = request->method,
	};
	const char *wrong = objection(session, request);
	enum status st;

	if (wrong)
		return session_fail(session, ST_INVALID, wrong);
	answer_init(&query.answer, session);
	st = run(&query, request, fn, arg);
	answer_fini(&query.answer);
	scan_results_fini(&query.scanned);
	if (st == ST_OK || st == ST_STOPPED)
		return RMI_OK;
	return session_fail(session, st, session->kernel->diag.text);
}
