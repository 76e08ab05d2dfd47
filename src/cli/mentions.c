/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "mentions.h"

void mentions_fini(struct mentions *mentions)
{
	for (size_t i = 0; i < mentions->n_lines; i++)
		free(mentions->lines[i].text);
	for (size_t i = 0; i < mentions->n_gaps; i++) {
		free((char *)mentions->gaps[i].where);
		free((char *)mentions->gaps[i].why);
	}
	free(mentions->lines);
	free(mentions->items);
	free(mentions->gaps);
	free(mentions->joined);
	*mentions = (struct mentions) { 0 };
}

size_t mentions_add_line(struct mentions *mentions, struct log_line line)
{
	mentions->lines = need_room(mentions->lines, mentions->n_lines,
				    &mentions->lines_room,
				    sizeof(*mentions->lines));
	mentions->lines[mentions->n_lines] = line;
	return mentions->n_lines++;
}

/* A line often names its page twice, by PFN and by address. */
static bool is_there(const struct mentions *mentions, uint64_t pfn,
		     size_t line)
{
	for (size_t i = mentions->n; i; i--) {
		const struct mention *mention = &mentions->items[i - 1];

		if (mention->line != line)
			return false;
		if (mention->pfn == pfn)
			return true;
	}
	return false;
}

void mentions_add(struct mentions *mentions, uint64_t pfn, size_t line)
{
	if (is_there(mentions, pfn, line))
		return;
	mentions->items = need_room(mentions->items, mentions->n,
				    &mentions->room, sizeof(*mentions->items));
	mentions->items[mentions->n] = (struct mention) {
		pfn, line, mentions->n
	};
	mentions->n++;
}

void mentions_add_gap(struct mentions *mentions, char *where, const char *why)
{
	mentions->gaps = need_room(mentions->gaps, mentions->n_gaps,
				   &mentions->gaps_room,
				   sizeof(*mentions->gaps));
	mentions->gaps[mentions->n_gaps++] = (struct rmi_gap) {
		.what = "kernel log",
		.where = where,
		.why = need(strdup(why)),
	};
}

const struct rmi_gap *mentions_join_gaps(struct mentions *mentions,
					 const struct rmi_gap *gaps,
					 size_t *n)
{
	struct rmi_gap *joined;

	if (!mentions->n_gaps)
		return gaps;
	joined = need(reallocarray(mentions->joined, *n + mentions->n_gaps,
				   sizeof(*joined)));
	for (size_t i = 0; i < *n; i++)
		joined[i] = gaps[i];
	for (size_t i = 0; i < mentions->n_gaps; i++)
		joined[(*n)++] = mentions->gaps[i];
	mentions->joined = joined;
	return joined;
}

/* ---- finding ---- */

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_order(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;

	return compare(x->order, y->order);
}

static int by_frame(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;

	return x->pfn == y->pfn ? by_order(a, b) : compare(x->pfn, y->pfn);
}

/* The first mention of each frame, in the order in which they came. */
static void push_frames(const struct mentions *mentions,
			struct pfn_list *pfns)
{
	struct mention *first = need(calloc(mentions->n, sizeof(*first)));
	size_t n = 0;

	for (size_t i = 0; i < mentions->n; i++)
		if (!i || mentions->items[i].pfn != mentions->items[i - 1].pfn)
			first[n++] = mentions->items[i];
	qsort(first, n, sizeof(*first), by_order);
	for (size_t i = 0; i < n; i++)
		pfn_list_push(pfns, (struct rmi_pfn_range) { first[i].pfn,
							      first[i].pfn });
	free(first);
}

void mentions_sort(struct mentions *mentions, struct pfn_list *pfns)
{
	if (!mentions->n)
		return;
	qsort(mentions->items, mentions->n, sizeof(*mentions->items),
	      by_frame);
	push_frames(mentions, pfns);
}

/* The place of the first that is not of a smaller frame. */
static size_t lower_bound(const struct mentions *mentions, uint64_t pfn)
{
	size_t first = 0, end = mentions->n;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (mentions->items[middle].pfn < pfn)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

void mentions_withhold_lines(struct mentions *mentions)
{
	for (size_t i = 0; i < mentions->n_lines; i++) {
		free(mentions->lines[i].text);
		mentions->lines[i].text = need(strdup("(withheld)"));
	}
}

const struct mention *mentions_of(const struct mentions *mentions,
				  uint64_t pfn, size_t *ret_n)
{
	size_t first = lower_bound(mentions, pfn), end = first;

	while (end < mentions->n && mentions->items[end].pfn == pfn)
		end++;
	*ret_n = end - first;
	return *ret_n ? &mentions->items[first] : NULL;
}
