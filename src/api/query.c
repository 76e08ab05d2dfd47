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
#include "api/scan_wants.h"
#include "rmap/mismatch.h"
#include "rmap/scan.h"

/* ---- what scan found, by frame ---- */

struct scan_result {
	pfn_t pfn;
	struct rmap_hit hit;
};

DEFINE_VEC(scan_vec, struct scan_result)

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

/* ---- one query ---- */

struct query {
	struct rmi_session *session;
	struct kernel *kernel;
	rmi_method method;
	bool folio;			/* answers are of whole folios */
	struct answer answer;
	int64_t n_counted;		/* mappings of the page, as the kernel counts */
	struct scan_vec scanned;	/* in order of PFN; one scan serves all */
	/* With the reverse map alone, of pages that have none: */
	const struct rmi_query *request;
	size_t at_range;		/* of the request, in work */
	bool has_scanned;
	bool left_out;			/* more was found than is kept */
	struct gaps scan_gaps;
};

/* ---- scanning ---- */

/* For the pages of these ranges, or those of them that wants says. */
static enum status scan_for(struct query *query, struct scan_wants *wants,
			    const struct rmi_pfn_range *ranges, size_t n,
			    scan_fn *keep, struct gaps *gaps)
{
	struct scan_vec *list = &query->scanned;
	struct scan_request wanted;
	enum status st = scan_wants_find(query->session, ranges, n, wants);

	if (st)
		return st;
	wanted = (struct scan_request) {
		wants->ranges.items, wants->ranges.n,
		wants->swaps.items, wants->swaps.n,
	};
	gaps_clear(gaps);
	st = scan(query->kernel, query->session->tasks, &wanted, keep, query,
		  gaps);
	if (list->n)
		qsort(list->items, list->n, sizeof(list->items[0]), by_pfn);
	return st;
}

static enum status keep_result(pfn_t pfn, const struct rmap_hit *hit, void *arg)
{
	struct query *query = arg;

	if (scan_vec_push(&query->scanned, (struct scan_result) { pfn, *hit }))
		return diag_no_memory(&query->kernel->diag);
	return ST_OK;
}

/* All that was asked for, if a scan was. */
static enum status run_scan(struct query *query)
{
	const struct rmi_query *request = query->request;
	struct scan_wants wants = { .folio = query->folio };
	enum status st;

	if (query->method == RMI_METHOD_RMAP)
		return ST_OK;
	st = scan_for(query, &wants, request->ranges, request->n_ranges,
		      keep_result, &query->session->scan_gaps);
	scan_wants_fini(&wants);
	return st;
}

/*
 * A page of zeros can stand in a million places of each of a thousand
 * processes; 100 MiB of them are enough.
 */
#define MAX_KEPT	(1u << 19)

static enum status keep_some(pfn_t pfn, const struct rmap_hit *hit, void *arg)
{
	struct query *query = arg;

	query->left_out = query->scanned.n >= MAX_KEPT;
	return query->left_out ? ST_STOPPED : keep_result(pfn, hit, arg);
}

/* The ranges of the request from pfn on, which is in the one in work. */
static struct rmi_pfn_range *rest_of_request(const struct query *query,
					     pfn_t pfn, size_t *ret_n)
{
	const struct rmi_query *request = query->request;
	size_t n = request->n_ranges - query->at_range;
	struct rmi_pfn_range *rest = calloc(n, sizeof(*rest));

	if (!rest)
		return NULL;
	memcpy(rest, request->ranges + query->at_range, n * sizeof(*rest));
	rest[0].first = pfn.v;
	*ret_n = n;
	return rest;
}

/*
 * The reverse map was asked for, and this page has none: the page tables tell,
 * once for all such pages that are still to come.
 */
static enum status scan_without_rmap(struct query *query, pfn_t pfn)
{
	struct scan_wants wants = { .folio = query->folio, .without_rmap = true };
	struct rmi_pfn_range *rest;
	size_t n = 0;
	enum status st;

	if (query->method != RMI_METHOD_RMAP || query->has_scanned)
		return ST_OK;
	query->has_scanned = true;
	rest = rest_of_request(query, pfn, &n);
	if (!rest)
		return diag_no_memory(&query->kernel->diag);
	st = scan_for(query, &wants, rest, n, keep_some, &query->scan_gaps);
	scan_wants_fini(&wants);
	free(rest);
	return st == ST_STOPPED ? ST_OK : st;
}

/* ---- what is known of a PFN before anybody looks for its mappings ---- */

struct subject {
	pfn_t pfn;
	enum page_kind kind;
	struct page storage;
	const struct page *page;	/* NULL: no struct page, or unreadable */
	char why[DIAG_SIZE];		/* it is NULL */
	char where[32];			/* "PFN 0x1a2b", for gaps */
};

/* The frames that the answer is about: this one, or all of its folio. */
static struct pfn_range frames_of(const struct query *query,
				  const struct subject *subject)
{
	const struct page *page = subject->page;

	if (!query->folio || !page)
		return (struct pfn_range) { subject->pfn.v, subject->pfn.v };
	return (struct pfn_range) {
		page->head_pfn.v, page->head_pfn.v + (1ULL << page->order) - 1
	};
}

/* ---- from the scan ---- */

/*
 * The scan tells of each frame. An entry for many frames is one mapping of a
 * folio: told with the first of them, like the reverse walk does.
 */
static bool is_first_of_entry(const struct query *query,
			      const struct rmap_hit *hit,
			      const struct pfn_range *frames)
{
	uint64_t inside = (hit->address.v - hit->entry.address.v) >>
			  query->kernel->arch->page_shift;

	return !inside || hit->pfn.v == frames->first;
}

static uint64_t pages_of_entry(const struct query *query,
			       const struct rmap_hit *hit,
			       const struct pfn_range *frames)
{
	const unsigned int shift = query->kernel->arch->page_shift;
	uint64_t inside = (hit->address.v - hit->entry.address.v) >> shift;
	uint64_t covered = mmu_pages(&query->kernel->mmu, hit->entry.level) -
			   inside;
	uint64_t left = frames->last - hit->pfn.v + 1;

	return covered < left ? covered : left;
}

/* Anything but ST_OK ends it and is its result. */
typedef enum status hit_fn(const struct rmap_hit *hit, void *arg);

static enum status for_each_scanned(struct query *query,
				    const struct subject *subject,
				    hit_fn *fn, void *arg)
{
	const struct scan_vec *found = &query->scanned;
	struct pfn_range frames = frames_of(query, subject);
	enum status st = ST_OK;

	for (size_t i = first_result(found, PFN(frames.first));
	     i < found->n && found->items[i].pfn.v <= frames.last && !st; i++) {
		struct rmap_hit hit = found->items[i].hit;

		if (query->folio) {
			if (!is_first_of_entry(query, &hit, &frames))
				continue;
			hit.n_pages = pages_of_entry(query, &hit, &frames);
		}
		st = fn(&hit, arg);
	}
	return st;
}

/* Into the answer, by whatever method it was found. */
static enum status keep_hit(const struct rmap_hit *hit, void *arg)
{
	struct query *query = arg;
	struct mapping_vec *list = &query->answer.mappings;
	enum status st = answer_add_mapping(&query->answer, list, hit);

	query->n_counted += map_state_is_counted(hit->state);
	return st ? st : answer_note_slot(&query->answer, hit,
					  &list->items[list->n - 1]);
}

static void forget_hits(struct query *query)
{
	query->n_counted = 0;
	answer_forget_mappings(&query->answer);
}

/* ---- the reverse walk ---- */

static enum status keep_candidate(const struct vma *vma, uaddr_t address,
				  void *arg)
{
	struct query *query = arg;

	return answer_add_candidate(&query->answer, vma, address);
}

static enum status walk(struct query *query, const struct page *page,
			enum page_kind kind, bool exhaustive,
			struct rmap_object *ret_object)
{
	struct rmap_walk_control control = {
		.arg = query,
		.rmap_one = keep_hit,
		/* The places in a folio that do not map it would be very many. */
		.not_mapped = !query->folio &&
			      page_rmap_type(kind, page) == RMAP_FILE ?
			      keep_candidate : NULL,
		.folio = query->folio,
		.exhaustive = exhaustive,
	};

	return rmap_walk(query->kernel, page, kind, &control,
			 &query->answer.gaps, ret_object);
}

/* Whether the kernel counts what the answer lists. */
static bool has_count(const struct query *query, const struct page *page,
		      enum page_kind kind)
{
	if (query->folio)
		return page->has_folio_mapcount && page_keeps_rmap(kind, page);
	return page_has_count(page, kind);
}

static int64_t count_of(const struct query *query, const struct page *page)
{
	return query->folio ? page->folio_mapcount :
			      page_mapcount(query->kernel, page);
}

/* By a shared table the kernel counts one. */
static int64_t count_mappings(const struct query *query)
{
	return query->n_counted - query->answer.n_shared;
}

static bool count_is_met(const struct query *query, const struct page *page)
{
	return count_of(query, page) == count_mappings(query);
}

/* What may be behind it: somebody at work when the machine stopped. */
static void find_excuse(struct query *query, const struct page *page,
			char *buf, size_t size)
{
	const struct mapping_vec *list = &query->answer.mappings;
	const char *change = page_change(query->kernel, page);

	buf[0] = '\0';
	if (change) {
		snprintf(buf, size, "; %s", change);
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (!mm_is_changing(query->kernel, KADDR(list->items[i].mm)))
			continue;
		snprintf(buf, size, "; mm %#llx was being changed (mmap_lock "
			 "held for writing: fork, munmap, exit)",
			 (unsigned long long)list->items[i].mm);
		return;
	}
}

/*
 * The kernel counts mappings, so an answer that does not come to its count
 * has missed some, however smooth the walk was.
 */
static void check_count(struct query *query, const struct page *page)
{
	char excuse[160], why[256];

	if (count_is_met(query, page))
		return;
	find_excuse(query, page, excuse, sizeof(excuse));
	snprintf(why, sizeof(why), "the kernel counts %lld, %lld were found%s",
		 (long long)count_of(query, page),
		 (long long)count_mappings(query), excuse);
	gaps_addf(&query->answer.gaps, "mappings", why, "page %#llx",
		  (unsigned long long)page->address.v);
}

/*
 * The trees are searched as the kernel does, by their augmented values; if
 * that falls short of the count, a value may be stale, and all of the tree is
 * looked at; so it is where there is no count.
 */
static enum status answer_by_rmap(struct query *query, const struct page *page,
				  enum page_kind kind)
{
	struct answer *answer = &query->answer;
	struct rmap_object object;
	bool counted = has_count(query, page, kind);
	enum status st = walk(query, page, kind, !counted, &object);

	if (st)
		return st;
	if (counted && !count_is_met(query, page)) {
		forget_hits(query);
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

/* The kernel keeps no reverse map for a raw mapping: scan alone sees it. */
static bool is_raw(const struct rmi_mapping *mapping)
{
	return !strcmp(mapping->state, map_state_name(STATE_SPECIAL));
}

static enum status list_missing(struct query *query, const char *only_in,
				const struct mapping_vec *in,
				const struct mapping_vec *not_in)
{
	for (size_t i = 0; i < in->n; i++) {
		struct rmi_difference difference = { only_in, in->items[i] };

		if (is_raw(&in->items[i]) ||
		    contains(not_in, &in->items[i]))
			continue;
		if (difference_vec_push(&query->answer.differences,
					difference))
			return diag_no_memory(&query->kernel->diag);
	}
	return ST_OK;
}

/* What scan alone has found, the answer lacks. */
static void doubt_differences(struct query *query)
{
	const struct difference_vec *list = &query->answer.differences;

	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].only_in, "scan"))
			gaps_addf(&query->answer.gaps, "mappings",
				  "found by scan only",
				  "mm %#llx, user address %#llx",
				  (unsigned long long)
				  list->items[i].mapping.mm,
				  (unsigned long long)
				  list->items[i].mapping.address);
}

/* What scan found of a page that the walk has answered. */
struct by_scan {
	struct answer *answer;
	struct mapping_vec mappings;
};

static enum status keep_for_comparison(const struct rmap_hit *hit, void *arg)
{
	struct by_scan *by_scan = arg;

	return answer_add_mapping(by_scan->answer, &by_scan->mappings, hit);
}

static enum status compare_methods(struct query *query,
				   const struct subject *subject)
{
	struct by_scan by_scan = { &query->answer, { NULL, 0, 0 } };
	enum status st = for_each_scanned(query, subject, keep_for_comparison,
					  &by_scan);

	if (!st)
		st = list_missing(query, "rmap", &query->answer.mappings,
				  &by_scan.mappings);
	if (!st)
		st = list_missing(query, "scan", &by_scan.mappings,
				  &query->answer.mappings);
	mapping_vec_fini(&by_scan.mappings);
	doubt_differences(query);
	return st;
}

/* ---- one page ---- */

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

static enum status answer_by_scan(struct query *query,
				  const struct subject *subject)
{
	enum status st = scan_without_rmap(query, subject->pfn);

	query->answer.page.found_by = "scan";
	return st ? st : for_each_scanned(query, subject, keep_hit, query);
}

static enum status find_mappings(struct query *query,
				 const struct subject *subject)
{
	enum status st;

	if (query->method == RMI_METHOD_SCAN || !has_rmap(subject))
		return answer_by_scan(query, subject);
	if (page_keeps_rmap(subject->kind, subject->page))
		query->answer.page.found_by = "rmap";
	st = answer_by_rmap(query, subject->page, subject->kind);
	if (!st && query->method == RMI_METHOD_BOTH)
		st = compare_methods(query, subject);
	return st;
}

/* One line for gaps that concern every page, and are listed by the session. */
static void doubt_about(struct gaps *gaps, const char *what,
			const struct gaps *found)
{
	const char *first = found->list.n ? found->list.items[0].why :
					    "out of memory";

	if (gaps_count(found))
		gaps_addf(gaps, what, first, "%zu places, this is the first",
			  gaps_count(found));
}

/* Found by a scan that nobody asked for: what it did not see concerns these. */
static void doubt_scan_without_rmap(struct query *query,
				    const struct subject *subject)
{
	struct gaps *gaps = &query->answer.gaps;

	doubt_about(gaps, "scan", &query->scan_gaps);
	if (query->left_out)
		gaps_add(gaps, "scan", subject->where, "more places were found "
			 "than are kept: ask for fewer pages at once");
}

/*
 * Some drivers insert pages that are counted like those of files. A count that
 * is met proves little, but one that is not says that somebody was missed.
 */
static void doubt_count_without_rmap(struct query *query,
				     const struct subject *subject)
{
	const struct page *page = subject->page;

	if (!query->folio && page && page_has_mapcount(page) &&
	    page_mapcount(query->kernel, page) > query->n_counted)
		check_count(query, page);
}

/*
 * Read ahead and not in use yet, or of shared memory, which takes pages off
 * their file before it swaps them out: the page does not tell whose it is. A
 * swap entry that page tables hold is never a file's as well.
 */
static bool is_of_file_in_swap(const struct query *query,
			       const struct subject *subject)
{
	return subject->page && !subject->page->mapping &&
	       page_in_swap_cache(query->kernel, subject->page) &&
	       !query->answer.mappings.n;
}

static void doubt_file_in_swap(struct query *query,
			       const struct subject *subject)
{
	gaps_add(&query->answer.gaps, "mappings", subject->where, "in the swap "
		 "cache, and no page table holds its swap entry: a "
		 "shared-memory file may, and these were not searched");
}

/* The scan did not look for it; the reverse walk says so by itself. */
static void doubt_swap_entry(struct query *query,
			     const struct subject *subject)
{
	struct kernel *kernel = query->kernel;
	struct swap_entry entry;

	if (subject->page && page_in_swap_cache(kernel, subject->page) &&
	    page_swap_entry(kernel, subject->page, &entry))
		gaps_add(&query->answer.gaps, "swap entry", subject->where,
			 kernel->diag.text);
}

static void doubt_count(struct query *query, const struct subject *subject)
{
	if (has_count(query, subject->page, subject->kind))
		check_count(query, subject->page);
	else
		gaps_add(&query->answer.gaps, "mappings", subject->where,
			 "the kernel does not count how often this page of a "
			 "large folio is mapped (NO_PAGE_MAPCOUNT), or was "
			 "about to change it, so that nothing confirms the "
			 "number");
}

/* "Complete" must be earned: every reason to doubt becomes a gap. */
static void doubt(struct query *query, const struct subject *subject)
{
	struct rmi_session *session = query->session;
	struct gaps *gaps = &query->answer.gaps;

	doubt_about(gaps, "task list", &session->tasks->gaps);
	if (subject->kind == KIND_UNREADABLE)
		gaps_add(gaps, "struct page", subject->where, subject->why);
	if (query->method != RMI_METHOD_RMAP)
		doubt_about(gaps, "scan", &session->scan_gaps);
	else if (!has_rmap(subject))
		doubt_scan_without_rmap(query, subject);
	if (query->method == RMI_METHOD_SCAN || !has_rmap(subject))
		doubt_swap_entry(query, subject);
	if (is_of_file_in_swap(query, subject))
		doubt_file_in_swap(query, subject);
	if (!has_rmap(subject))
		doubt_count_without_rmap(query, subject);
	if (subject->page && page_keeps_rmap(subject->kind, subject->page))
		doubt_count(query, subject);
}

/* More than struct page tells of its kind. */
static enum status survey_frame(struct query *query, struct subject *subject)
{
	struct survey found = {
		subject->kind, &query->answer.details, &query->answer.gaps
	};
	enum status st = survey(query->session->surveyor, subject->pfn,
				subject->page, &found);

	subject->kind = found.kind;
	return st;
}

static enum status answer_pfn(struct query *query, pfn_t pfn)
{
	struct subject subject;
	enum status st;

	answer_reset(&query->answer);
	forget_hits(query);
	look_up(query, pfn, &subject);
	st = survey_frame(query, &subject);
	if (st)
		return st;
	log_step(&query->session->log, "%s: %s", subject.where,
		 page_kind_name(subject.kind));
	st = answer_describe_page(&query->answer, pfn, subject.kind,
				  subject.page);
	query->answer.page.folio = query->folio;
	if (!st)
		st = find_mappings(query, &subject);
	if (!st && subject.page)
		st = answer_find_file(&query->answer, subject.kind,
				      subject.page);
	if (!st && subject.page)
		st = answer_find_memcg(&query->answer, subject.page);
	if (st)
		return st;
	doubt(query, &subject);
	st = answer_finish(&query->answer);
	return st ? st : answer_judge(&query->answer, subject.kind,
				      subject.page);
}

/* ---- all pages ---- */

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

		query->at_range = i;
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
		st = run_scan(query);
	if (!st)
		st = answer_all(query, request, fn, arg);
	return st;
}

/* A physical address has 52 bits at most, and a frame 12 of them. */
#define MAX_PFN_BITS	52

static const char *objection(const struct rmi_session *session,
			     const struct rmi_query *request)
{
	if (!session->bound)
		return "no dump has been opened";
	if (request->method > RMI_METHOD_BOTH)
		return "no such method";
	for (size_t i = 0; i < request->n_ranges; i++) {
		if (request->ranges[i].first > request->ranges[i].last)
			return "a range whose end lies before its beginning";
		if (request->ranges[i].last >> MAX_PFN_BITS)
			return "a PFN beyond 2^52: no machine has such a frame";
	}
	return NULL;
}

rmi_status rmi_session_query(struct rmi_session *session,
			     const struct rmi_query *caller_request,
			     rmi_page_fn *fn, void *arg)
{
	struct rmi_query request;
	struct query query = {
		.session = session,
		.kernel = session->kernel,
	};
	const char *wrong;
	enum status st;

	if (!copy_sized(&request, sizeof(request), caller_request) || !fn)
		return session_fail(session, ST_INVALID,
				    "a query that this library does not know");
	wrong = objection(session, &request);
	if (wrong)
		return session_fail(session, ST_INVALID, wrong);
	query.method = request.method;
	query.folio = request.folio;
	query.request = &request;
	answer_init(&query.answer, session);
	st = run(&query, &request, fn, arg);
	answer_fini(&query.answer);
	scan_vec_fini(&query.scanned);
	gaps_fini(&query.scan_gaps);
	if (st == ST_OK || st == ST_STOPPED)
		return RMI_OK;
	return session_fail(session, st, session->kernel->diag.text);
}
