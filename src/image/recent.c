/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cache as processors have them: each page has a set of places that it can
 * take, and pushes out the one that was used least recently.
 */
#include "image/recent.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/huge.h"

/*
 * 16 MiB, touched only as far as they are used. With one
 * place for each page instead of two, a few page tables and a few pages of the
 * memmap that every answer needs push out one another.
 */
#define N_WAYS		2u
#define RECENT_BYTES	((size_t)RECENT_PAGES << 12)

struct recent_page {
	uint64_t pfn;
	bool found;		/* has what it says to have */
	bool claimed;
};

struct recent_set {
	struct recent_page ways[N_WAYS];
	uint8_t latest;
};

enum status recent_init(struct recent *recent, unsigned int page_shift,
			struct diag *diag)
{
	recent->page_shift = page_shift;
	recent->n_sets = (RECENT_BYTES >> page_shift) / N_WAYS;
	recent->sets = calloc(recent->n_sets, sizeof(*recent->sets));
	recent->pages = huge_alloc(RECENT_BYTES);
	if (!recent->sets || !recent->pages) {
		recent_fini(recent);
		return diag_no_memory(diag);
	}
	return ST_OK;
}

void recent_fini(struct recent *recent)
{
	free(take(recent->sets));
	free(take(recent->pages));
}

static struct recent_set *set_of(struct recent *recent, pfn_t pfn)
{
	return &recent->sets[pfn.v & (recent->n_sets - 1)];
}

static uint8_t *bytes_of(const struct recent *recent,
			 const struct recent_set *set, size_t way)
{
	size_t place = (size_t)(set - recent->sets) * N_WAYS + way;

	return recent->pages + (place << recent->page_shift);
}

static struct recent_page *page_at(struct recent *recent, const uint8_t *bytes)
{
	size_t place = (size_t)(bytes - recent->pages) >> recent->page_shift;

	return &recent->sets[place / N_WAYS].ways[place % N_WAYS];
}

const uint8_t *recent_find(struct recent *recent, pfn_t pfn)
{
	struct recent_set *set = set_of(recent, pfn);

	for (size_t way = 0; way < N_WAYS; way++) {
		const struct recent_page *page = &set->ways[way];

		if (page->pfn != pfn.v || !page->found)
			continue;
		set->latest = way;
		return bytes_of(recent, set, way);
	}
	return NULL;
}

uint8_t *recent_claim(struct recent *recent, pfn_t pfn)
{
	struct recent_set *set = set_of(recent, pfn);

	for (size_t i = 1; i <= N_WAYS; i++) {
		size_t way = (set->latest + i) % N_WAYS;
		struct recent_page *page = &set->ways[way];

		if (page->claimed)
			continue;
		*page = (struct recent_page) { .pfn = pfn.v, .claimed = true };
		set->latest = way;
		return bytes_of(recent, set, way);
	}
	return NULL;
}

void recent_settle(struct recent *recent, const uint8_t *bytes, bool filled)
{
	struct recent_page *page = page_at(recent, bytes);

	page->found = filled;
	page->claimed = false;
}

void recent_forget(struct recent *recent, pfn_t pfn)
{
	struct recent_set *set = set_of(recent, pfn);

	for (size_t way = 0; way < N_WAYS; way++)
		if (set->ways[way].pfn == pfn.v)
			set->ways[way].found = false;
}

void recent_forget_all(struct recent *recent)
{
	for (size_t i = 0; i < recent->n_sets; i++)
		for (size_t way = 0; way < N_WAYS; way++)
			recent->sets[i].ways[way].found = false;
}
