/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One short record for each frame that has a struct page: what it is, whose it
 * is, and how often the kernel says that it is mapped; and room for what the
 * page tables say of it.
 */
#ifndef RMAP_INSPECT_CENSUS_FRAMES_H
#define RMAP_INSPECT_CENSUS_FRAMES_H

#include "base/cleanup.h"
#include "base/gaps.h"
#include "census/crew.h"
#include "kind/kind.h"
#include "mm/memmap.h"

/* What is asked and written for each mapping. */
struct frame_use {
	uint64_t sharers;	/* of those that map it: the sum of their keys */
	uint32_t n_mappings;	/* found, in pages of the smallest size */
	uint32_t guess;		/* of that, by struct page: mostly right */
	uint32_t n_others;	/* entries about it that map nothing */
	uint8_t kind;		/* enum page_kind */
	uint8_t order;		/* of the folio that begins here */
	bool has_count : 1;
	bool dirty : 1;
};

/* What struct page says besides. */
struct frame_words {
	uint64_t mapping;	/* of the head, low bits included */
	uint64_t memcg_data;	/* of the head */
	uint64_t index;		/* of the frame itself, in pages */
	int64_t counted;	/* the kernel's own count, if has_count */
};

DEFINE_VEC(memmap_run_vec, struct memmap_run)

struct frames {
	unsigned int section_bits;	/* of a frame inside of its section */
	size_t n_sections;
	uint32_t *sections;	/* of each: its place among those recorded + 1 */
	uint32_t *numbers;	/* of those recorded: which section it is */
	size_t n;		/* whole sections */
	struct frame_use *uses;
	struct frame_words *words;
	struct memmap_run_vec runs;	/* which of them have a struct page */
	struct gaps gaps;
};

/* Read the whole memmap. Release with frames_free(). */
enum status frames_read(struct crew *crew,
			struct frames **ret_frames) must_check;
void frames_free(struct frames *frames);	/* accepts NULL */
DEFINE_CLEANUP(struct frames, frames_free)

/*
 * Whether so many mappings are those that the kernel counts, if it does. By a
 * page table that several share, hugetlb counts one: more may be found.
 */
static inline bool frame_count_is_met(const struct frame_use *use,
				      const struct frame_words *words,
				      uint64_t n_found)
{
	int64_t found = n_found;

	return !use->has_count || found == words->counted ||
	       (use->kind == KIND_HUGETLB && found > words->counted);
}

/* The place of a frame in both arrays; NO_PLACE: no struct page is known. */
#define NO_PLACE	SIZE_MAX

static inline size_t frames_place(const struct frames *frames, uint64_t pfn)
{
	uint64_t section = pfn >> frames->section_bits;

	if (section >= frames->n_sections || !frames->sections[section])
		return NO_PLACE;
	return ((size_t)(frames->sections[section] - 1) <<
		frames->section_bits) +
	       (pfn & ((1ULL << frames->section_bits) - 1));
}

/* Whether a frame has a struct page: a section may have some in part of it. */
bool frames_has(const struct frames *frames, uint64_t pfn);

/* The other way round. */
uint64_t frames_pfn(const struct frames *frames, size_t place);

/* Each frame that has a struct page, by PFN. Begins with all but frames 0. */
struct frame_cursor {
	const struct frames *frames;
	size_t n_runs;		/* of the memmap: so many were begun */
	uint64_t left;		/* of the last of them */
	uint64_t pfn;
	size_t place;
};

/* False: that was the last. */
static inline bool frame_next(struct frame_cursor *at)
{
	const struct memmap_run_vec *runs = &at->frames->runs;

	if (at->left) {
		at->left--;
		at->pfn++;
		at->place++;
		return true;
	}
	while (at->n_runs < runs->n) {
		const struct memmap_run *run = &runs->items[at->n_runs++];

		if (!run->n)
			continue;
		at->left = run->n - 1;
		at->pfn = run->first.v;
		at->place = frames_place(at->frames, run->first.v);
		return true;
	}
	return false;
}

#endif
