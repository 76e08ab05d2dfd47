/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Section by section, each by one thread. */
#include "census/frames.h"

#include "base/search.h"

/* ---- where the memmap is ---- */

static enum status keep_run(const struct memmap_run *run, void *arg)
{
	struct frames *frames = arg;

	return memmap_run_vec_push(&frames->runs, *run);
}

/* Give each section that has a run its place, in order. */
static enum status place_sections(struct frames *frames)
{
	const struct memmap_run_vec *runs = &frames->runs;
	size_t n = 0;

	if (!runs->n)
		return ST_OK;
	frames->n_sections = (runs->items[runs->n - 1].first.v >>
			      frames->section_bits) + 1;
	frames->sections = calloc(frames->n_sections,
				  sizeof(*frames->sections));
	frames->numbers = calloc(runs->n, sizeof(*frames->numbers));
	if (!frames->sections || !frames->numbers)
		return ST_NO_MEMORY;
	for (size_t i = 0; i < runs->n; i++) {
		uint64_t section = runs->items[i].first.v >>
				   frames->section_bits;

		if (frames->sections[section])
			continue;
		frames->numbers[n++] = section;
		frames->sections[section] = n;
	}
	frames->n = n << frames->section_bits;
	return ST_OK;
}

/* KIND_NO_PAGE is 0: so is all that no run covers. */
static enum status make_records(struct frames *frames)
{
	/* calloc() touches no memory for sections that cannot be read. */
	frames->uses = calloc(frames->n + 1, sizeof(*frames->uses));
	frames->words = calloc(frames->n + 1, sizeof(*frames->words));
	return frames->uses && frames->words ? ST_OK : ST_NO_MEMORY;
}

/* ---- one run ---- */

static bool is_first_of_folio(const struct page *page)
{
	return page->order && page->pfn.v == page->head_pfn.v;
}

static void take_page(const struct kernel *kernel, const struct page *page,
		      struct frames *frames, size_t place)
{
	enum page_kind kind = page_kind(kernel, page);
	int64_t count = page_mapcount(kernel, page);
	struct frame_use *use = &frames->uses[place];
	struct frame_words *words = &frames->words[place];

	use->kind = kind;
	use->order = is_first_of_folio(page) ? page->order : 0;
	use->dirty = page_flag(kernel, page, E_PG_dirty);
	use->has_count = page_has_count(page, kind);
	words->mapping = page->mapping;
	words->index = page->index;
	words->memcg_data = page->memcg_data;
	use->guess = count;
	if (use->has_count)
		words->counted = count;
}

struct reading {
	struct frames *frames;
	struct gaps *gaps;	/* of each run */
};

/*
 * All of a folio from its first page on, of which the head is read once; or
 * one page. room: frames that are left of the run. Returns how many were done.
 */
static uint64_t read_folio(struct kernel *kernel, struct page *page,
			   struct frames *frames, size_t place, uint64_t room,
			   struct gaps *gaps)
{
	uint64_t n = is_first_of_folio(page) ? 1ULL << page->order : 1;

	if (n > room)
		n = room;
	take_page(kernel, page, frames, place);
	for (uint64_t i = 1; i < n; i++) {
		if (page_read_next(kernel, page, page)) {
			frames->uses[place + i].kind = KIND_UNREADABLE;
			page_tell_gap(kernel, PFN(page->pfn.v + 1), gaps);
			return i + 1;
		}
		take_page(kernel, page, frames, place + i);
	}
	return n;
}

static enum status read_run(struct kernel *kernel, size_t i, void *arg)
{
	const struct reading *reading = arg;
	struct frames *frames = reading->frames;
	const struct memmap_run *run = &frames->runs.items[i];
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	size_t place = frames_place(frames, run->first.v);

	for (uint64_t at = 0; at < run->n; ) {
		pfn_t pfn = PFN(run->first.v + at);
		struct page page;

		if (page_read_at(kernel, pfn, kaddr_add(run->page, at * size),
				 &page)) {
			frames->uses[place + at++].kind = KIND_UNREADABLE;
			page_tell_gap(kernel, pfn, &reading->gaps[i]);
			continue;
		}
		at += read_folio(kernel, &page, frames, place + at,
				 run->n - at, &reading->gaps[i]);
	}
	return ST_OK;
}

/* ---- all ---- */

static enum status read_runs(struct crew *crew, struct frames *frames)
{
	struct reading reading = {
		frames, calloc(frames->runs.n + 1, sizeof(struct gaps))
	};
	enum status st;

	if (!reading.gaps)
		return diag_no_memory(&crew->kernels[0]->diag);
	st = crew_work(crew, "sections of the memmap", frames->runs.n, read_run,
		       &reading);
	for (size_t i = 0; i < frames->runs.n; i++) {
		gaps_move(&reading.gaps[i], &frames->gaps);
		gaps_fini(&reading.gaps[i]);
	}
	free(reading.gaps);
	return st;
}

enum status frames_read(struct crew *crew, struct frames **ret_frames)
{
	struct kernel *kernel = crew->kernels[0];
	cleanup(frames_free_cleanup) struct frames *frames =
		calloc(1, sizeof(*frames));
	enum status st;

	if (!frames)
		return diag_no_memory(&kernel->diag);
	frames->section_bits = kernel->section_size_bits -
			       kernel->mmu.page_shift;
	st = memmap_for_each(kernel, keep_run, frames, &frames->gaps);
	if (!st)
		st = place_sections(frames);
	if (!st)
		st = make_records(frames);
	if (st)
		return st == ST_NO_MEMORY ? diag_no_memory(&kernel->diag) : st;
	st = read_runs(crew, frames);
	if (st)
		return st;
	*ret_frames = take(frames);
	return ST_OK;
}

void frames_free(struct frames *frames)
{
	if (!frames)
		return;
	free(frames->sections);
	free(frames->numbers);
	free(frames->uses);
	free(frames->words);
	memmap_run_vec_fini(&frames->runs);
	gaps_fini(&frames->gaps);
	free(frames);
}

bool frames_has(const struct frames *frames, uint64_t pfn)
{
	const struct memmap_run_vec *runs = &frames->runs;
	size_t n = partition_point(i, runs->n, runs->items[i].first.v <= pfn);

	return n && pfn - runs->items[n - 1].first.v < runs->items[n - 1].n;
}

uint64_t frames_pfn(const struct frames *frames, size_t place)
{
	uint64_t section = frames->numbers[place >> frames->section_bits];

	return (section << frames->section_bits) +
	       (place & ((1ULL << frames->section_bits) - 1));
}
