/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/tally.h"

/* Frames that stand together mostly belong together. */
static enum status find_row(struct tally *tally, uint64_t key, uint64_t pfn)
{
	bool added;

	if (tally->rows.n && tally->rows.items[tally->last].key == key)
		return ST_OK;
	if (map_add(&tally->places, key, tally->rows.n, &added))
		return ST_NO_MEMORY;
	tally->last = *map_find(&tally->places, key);
	return added ? tally_row_vec_push(&tally->rows, (struct tally_row) {
						.key = key, .first = pfn }) :
		       ST_OK;
}

static enum status add_frame(struct tally *tally, uint64_t key, uint64_t pfn,
			     const struct frame_use *use)
{
	struct tally_row *row;
	enum status st = find_row(tally, key, pfn);

	if (st)
		return st;
	row = &tally->rows.items[tally->last];
	row->n_frames++;
	row->n_mapped += use->n_mappings > 0;
	row->n_mappings += use->n_mappings;
	row->n_dirty += use->dirty;
	return ST_OK;
}

enum status tally_frames(struct tally *tally, const struct frames *frames,
			 tally_key_fn *key_of)
{
	struct frame_cursor at = { .frames = frames };
	enum status st = ST_OK;
	uint64_t key;

	while (!st && frame_next(&at)) {
		const struct frame_use *use = &frames->uses[at.place];

		if (key_of(use, &frames->words[at.place], &key))
			st = add_frame(tally, key, at.pfn, use);
	}
	return st;
}

void tally_fini(struct tally *tally)
{
	map_fini(&tally->places);
	tally_row_vec_fini(&tally->rows);
}

static int by_frames(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	if (x->n_frames != y->n_frames)
		return x->n_frames < y->n_frames ? 1 : -1;
	return (x->first > y->first) - (x->first < y->first);
}

void tally_sort(struct tally *tally)
{
	if (tally->rows.n)
		qsort(tally->rows.items, tally->rows.n,
		      sizeof(tally->rows.items[0]), by_frames);
}
