/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of a query: what the reverse map says, and whether it comes to the kernel's
 * own count.
 */
#include <stdio.h>

#include "api/query.h"
#include "rmap/mismatch.h"

enum status keep_hit(const struct rmap_hit *hit, void *arg)
{
	struct query *query = arg;
	struct mapping_vec *list = &query->answer.mappings;
	enum status st = answer_add_mapping(&query->answer, list, hit);

	query->n_counted += map_state_is_counted(hit->state);
	return st ? st : answer_note_slot(&query->answer, hit,
					  &list->items[list->n - 1]);
}

void forget_hits(struct query *query)
{
	query->n_counted = 0;
	answer_forget_mappings(&query->answer);
}

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

bool has_count(const struct query *query, const struct page *page,
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

bool count_is_met(const struct query *query, const struct page *page)
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
void check_count(struct query *query, const struct page *page)
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
enum status answer_by_rmap(struct query *query, const struct page *page,
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
