/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queries: the pages asked for, one after the other.
 *
 * Knows the order in which the parts of an answer are asked for, and nothing
 * of how they are found: see query.h.
 */
#include <stdio.h>
#include <string.h>

#include "api/query.h"

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

static enum status answer_by_scan(struct query *query,
				  const struct subject *subject)
{
	enum status st = scan_without_rmap(query, subject->pfn);

	query->answer.page.found_by = "scan";
	return st ? st : for_each_scanned(query, &query->scanned, subject,
				     keep_hit, query);
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
	if (st)
		return st;
	return query->method == RMI_METHOD_BOTH ?
	       compare_methods(query, subject) : answer_rest(query, subject);
}

bool is_in_swap_alone(const struct query *query,
		      const struct subject *subject,
		      struct swap_entry *ret_entry)
{
	const struct page *page = subject->page;

	return page && !page->mapping &&
	       page_in_swap_cache(query->kernel, page) &&
	       !page_swap_entry(query->kernel, page, ret_entry);
}

static enum status find_file(struct query *query,
			     const struct subject *subject)
{
	const struct swap_place *place;
	struct swap_entry entry;
	size_t n;

	if (!subject->page)
		return ST_OK;
	if (!is_in_swap_alone(query, subject, &entry))
		return answer_find_file(&query->answer, subject->kind,
					subject->page);
	place = swap_places_of(&query->swap_places, entry, &n);
	return place ? answer_find_swapped_file(&query->answer, place->mapping,
						place->index) : ST_OK;
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
	query->found_rest = false;
	forget_hits(query);
	if (query->kernel->image->live)
		kernel_forget(query->kernel);
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
	if (!st)
		st = find_file(query, &subject);
	if (!st && subject.page)
		st = answer_find_memcg(&query->answer, subject.page);
	if (st)
		return st;
	doubt(query, &subject);
	if (query->kernel->image->live)
		st = check_unchanged(query, &subject);
	if (st)
		return st;
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
		return "nothing has been opened";
	if (request->method > RMI_METHOD_BOTH)
		return "no such method";
	if (request->method != RMI_METHOD_RMAP && session->kernel->image->live)
		return "page tables of a running machine are not scanned: "
		       "they change meanwhile";
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
	scanned_fini(&query.scanned);
	scanned_fini(&query.rest);
	swap_places_fini(&query.swap_places);
	if (st == ST_OK || st == ST_STOPPED)
		return RMI_OK;
	return session_fail(session, st, session->kernel->diag.text);
}
