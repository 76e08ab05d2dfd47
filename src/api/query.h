/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of a query, for the files that answer its parts: the reverse
 * walk, the scan, where they differ, and what makes an answer incomplete.
 */
#ifndef RMAP_INSPECT_API_QUERY_H
#define RMAP_INSPECT_API_QUERY_H

#include "api/answer.h"
#include "api/swap_places.h"
#include "rmap/scan.h"

struct scan_result {
	pfn_t pfn;
	struct rmap_hit hit;
};

DEFINE_VEC(scan_vec, struct scan_result)

/* What one scan has found, for all pages of a query that need it. */
struct scanned {
	struct scan_vec list;		/* in order of PFN */
	bool done;
	bool left_out;			/* more was found than is kept */
	struct gaps gaps;		/* unless the session keeps them */
};

void scanned_fini(struct scanned *scanned);

struct query {
	struct rmi_session *session;
	struct kernel *kernel;
	rmi_method method;
	bool folio;			/* answers are of whole folios */
	struct answer answer;
	int64_t n_counted;		/* mappings of the page, as the kernel counts */
	const struct rmi_query *request;
	size_t at_range;		/* of the request, in work */
	/* Of all pages; of those without a reverse map if by that. */
	struct scanned scanned;
	struct swap_places swap_places;	/* with the scan */
	struct scanned rest;		/* of pages whose reverse map breaks off */
	bool found_rest;		/* it is part of this answer */
};

/* What is known of a PFN before anybody looks for its mappings. */
struct subject {
	pfn_t pfn;
	enum page_kind kind;
	struct page storage;
	const struct page *page;	/* NULL: no struct page, or unreadable */
	char why[DIAG_SIZE];		/* it is NULL */
	char where[32];			/* "PFN 0x1a2b", for gaps */
};

static inline bool has_rmap(const struct subject *subject)
{
	return page_rmap_type(subject->kind, subject->page) != RMAP_NOT_KEPT;
}

/* The frames that the answer is about: this one, or all of its folio. */
struct pfn_range frames_of(const struct query *query,
			   const struct subject *subject);

/*
 * Read ahead and not in use yet, or of shared memory, which takes pages off
 * their file before it swaps them out: the page does not tell whose it is, but
 * its swap entry does. False: there is none, or it cannot be read.
 */
bool is_in_swap_alone(const struct query *query,
		      const struct subject *subject,
		      struct swap_entry *ret_entry);

/* ---- scan (query_scan.c) ---- */

/* All that was asked for, if a scan was. */
enum status run_scan(struct query *query) must_check;

/*
 * The reverse map was asked for, and this page has none: the page tables tell,
 * once for all such pages that are still to come.
 */
enum status scan_without_rmap(struct query *query, pfn_t pfn) must_check;

/* The same for pages that have one, into rest. */
enum status scan_with_rmap(struct query *query, pfn_t pfn) must_check;

/* Anything but ST_OK ends it and is its result. */
typedef enum status hit_fn(const struct rmap_hit *hit, void *arg);

/* What such a scan has found of the subject. */
enum status for_each_scanned(struct query *query,
			     const struct scanned *scanned,
			     const struct subject *subject, hit_fn *fn,
			     void *arg) must_check;

/* ---- reverse map (query_walk.c) ---- */

/* Into the answer, by whatever method it was found; arg is the query. */
enum status keep_hit(const struct rmap_hit *hit, void *arg) must_check;

void forget_hits(struct query *query);

enum status answer_by_rmap(struct query *query, const struct page *page,
			   enum page_kind kind) must_check;

/* Whether the kernel counts what the answer lists. */
bool has_count(const struct query *query, const struct page *page,
	       enum page_kind kind);

/* Needs a count. */
bool count_is_met(const struct query *query, const struct page *page);

/* A gap, unless the mappings found come to that count. */
void check_count(struct query *query, const struct page *page);

/* ---- where it breaks off (query_rest.c) ---- */

/* Add what the page tables say of a page that the walk has not wholly found. */
enum status answer_rest(struct query *query,
			const struct subject *subject) must_check;

/* ---- both (query_compare.c) ---- */

enum status compare_methods(struct query *query,
			    const struct subject *subject) must_check;

/* ---- a running machine (query_live.c) ---- */

/*
 * Read again, with nothing kept, what the answer rests on: what differs is a
 * gap, and a mapping of it is "changed".
 */
enum status check_unchanged(struct query *query,
			    const struct subject *subject) must_check;

/* ---- doubts (query_doubt.c) ---- */

/* "Complete" must be earned: every reason to doubt becomes a gap. */
void doubt(struct query *query, const struct subject *subject);

#endif
