/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/whole.h"

#include "census/swapped.h"
#include "mm/memcg.h"

/* ---- what struct page leaves open ---- */

struct closer_look {
	struct whole *whole;
	struct arena arena;
	struct details details;
	/*
	 * Of one frame. A line for each would say the same again and again, so
	 * those of the first frame that has any stand for all.
	 */
	struct gaps gaps;
};

static enum status look_at(struct closer_look *look, pfn_t pfn, kaddr_t page_at,
			   struct frame_use *use)
{
	struct rmi_session *session = look->whole->session;
	struct survey found = { use->kind, &look->details, &look->gaps };
	struct page page;
	enum status st;

	if (page_read_at(session->kernel, pfn, page_at, &page)) {
		page_tell_gap(session->kernel, pfn, &look->gaps);
		gaps_keep_first(&look->gaps, &look->whole->gaps);
		return ST_OK;
	}
	st = survey(session->surveyor, pfn, &page, &found);
	use->kind = found.kind;
	details_clear(&look->details);
	arena_reset(&look->arena);
	gaps_keep_first(&look->gaps, &look->whole->gaps);
	return st;
}

static enum status look_at_run(struct closer_look *look,
			       const struct memmap_run *run)
{
	const struct kernel *kernel = look->whole->session->kernel;
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	struct frames *frames = look->whole->frames;
	size_t place = frames_place(frames, run->first.v);
	enum status st = ST_OK;

	for (uint64_t i = 0; i < run->n && !st; i++)
		if (page_kind_is_open(frames->uses[place + i].kind))
			st = look_at(look, PFN(run->first.v + i),
				     kaddr_add(run->page, i * size),
				     &frames->uses[place + i]);
	return st;
}

/* Before anything is counted: zeros are not. */
static enum status look_closer(struct whole *whole)
{
	struct closer_look look = { .whole = whole };
	enum status st = ST_OK;

	look.details.arena = &look.arena;
	for (size_t i = 0; i < whole->frames->runs.n && !st; i++)
		st = look_at_run(&look, &whole->frames->runs.items[i]);
	details_fini(&look.details);
	arena_fini(&look.arena);
	gaps_fini(&look.gaps);
	return st;
}

/* ---- memory cgroups ---- */

static bool memcg_key(const struct frame_use *use,
		      const struct frame_words *words, uint64_t *ret_key)
{
	(void)use;
	*ret_key = words->memcg_data;
	return words->memcg_data;
}

static enum status tell_memcg(struct whole *whole, const struct tally_row *row,
			      memcg_row_fn *fn, void *arg)
{
	struct rmi_session *session = whole->session;
	const struct rmi_memcg *memcg = NULL;
	const char *why;
	struct page page;
	enum status st;

	if (page_read(session->kernel, PFN(row->first), &page)) {
		page_tell_gap(session->kernel, PFN(row->first), &whole->gaps);
		return fn(row, NULL, arg);
	}
	if (!page_has_memcg(&page))
		return ST_OK;
	st = memcgs_find(&session->memcgs, session->kernel, &page, &memcg,
			 &why);
	if (!st && why)
		gaps_addf(&whole->gaps, "memcg", why, "page.memcg_data %#llx",
			  (unsigned long long)row->key);
	return st ? st : fn(row, memcg, arg);
}

enum status whole_for_each_memcg(struct whole *whole, memcg_row_fn *fn,
				 void *arg)
{
	struct tally tally = { 0 };
	enum status st = tally_frames(&tally, whole->frames, memcg_key);

	if (st)
		st = diag_no_memory(&whole->session->kernel->diag);
	for (size_t i = 0; i < tally.rows.n && !st; i++)
		st = tell_memcg(whole, &tally.rows.items[i], fn, arg);
	tally_fini(&tally);
	return st;
}

/* ---- files ---- */

bool whole_file_key(const struct frame_use *use,
		    const struct frame_words *words, uint64_t *ret_key)
{
	*ret_key = words->mapping;
	return (use->kind == KIND_FILE || use->kind == KIND_SHMEM ||
		use->kind == KIND_HUGETLB) && words->mapping &&
	       !(words->mapping & MAPPING_FLAGS);
}

/* ---- all of it ---- */

enum status whole_count(struct whole *whole, struct rmi_session *session,
			size_t jobs)
{
	enum status st = session_need_tasks(session);

	*whole = (struct whole) { .session = session };
	if (!st)
		st = crew_new(session->kernel, crew_size(jobs), &whole->crew);
	if (!st)
		st = frames_read(whole->crew, &whole->frames);
	if (!st)
		st = look_closer(whole);
	if (!st)
		st = spaces_count(whole->crew, session->tasks, whole->frames,
				  &whole->spaces);
	return st;
}

enum status whole_weigh(struct whole *whole)
{
	enum status st = spaces_weigh(whole->crew, whole->spaces,
				      whole->frames);

	return st ? st : spaces_count_swap(whole->crew, whole->spaces,
					   &whole->gaps);
}

void whole_take_gaps(struct whole *whole)
{
	if (whole->frames)
		gaps_move(&whole->frames->gaps, &whole->gaps);
	for (size_t i = 0; whole->spaces && i < whole->spaces->n; i++)
		gaps_move(&whole->spaces->list[i].gaps, &whole->gaps);
}

void whole_fini(struct whole *whole)
{
	gaps_fini(&whole->gaps);
	spaces_free(whole->spaces);
	frames_free(whole->frames);
	crew_free(whole->crew);
}
