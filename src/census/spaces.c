/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each address space by one thread; what several map is counted atomically. */
#include "census/spaces.h"

#include "mm/pgtable.h"
#include "mm/vma.h"
#include "rmap/state.h"

/* What all visits of a pass have in common. */
struct visit;

struct pass {
	struct spaces *spaces;
	struct frames *frames;
	/* A frame that is mapped, or would be again. */
	void (*frame)(const struct visit *visit, uint64_t pfn,
		      enum map_state state);
	/* An entry without a frame in it. NULL: who cares. */
	void (*away)(const struct visit *visit,
		     const struct pgtable_entry *entry, enum map_state state,
		     pfn_t first);
};

/* One space in one pass. */
struct visit {
	const struct pass *pass;
	struct kernel *kernel;
	struct space *space;
	uint64_t key;
};

/*
 * Frames whose sharers are the same have the same sum of keys; others have it
 * only by an accident of one in 2^64 for each pair (splitmix64).
 */
static uint64_t key_of(size_t i)
{
	uint64_t key = (i + 1) * 0x9e3779b97f4a7c15ULL;

	key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9ULL;
	key = (key ^ key >> 27) * 0x94d049bb133111ebULL;
	return key ^ key >> 31;
}

/* What smaps takes a page for: MM_FILEPAGES is whatever is nothing else. */
static const uint8_t classes[N_KINDS] = {
	[KIND_ANON] = CLASS_ANON,
	[KIND_KSM] = CLASS_ANON,
	[KIND_SHMEM] = CLASS_SHMEM,
	[KIND_HUGETLB] = CLASS_HUGETLB,
};

/* NULL: no struct page is known. */
static struct frame_use *find_use(const struct visit *visit, uint64_t pfn)
{
	const struct frames *frames = visit->pass->frames;
	size_t place = frames_place(frames, pfn);

	return place == NO_PLACE ? NULL : &frames->uses[place];
}

/* vm_normal_page(): neither raw nor the page of zeros. */
static bool is_normal(enum map_state state, enum page_kind kind)
{
	return state != STATE_SPECIAL && kind != KIND_ZERO &&
	       kind != KIND_HUGE_ZERO;
}

/* Not present, and not a page that is merely on its way or lent out. */
static bool is_away(enum map_state state)
{
	return state == STATE_NONE || state == STATE_UNKNOWN ||
	       state == STATE_SWAPPED || state == STATE_POISONED;
}

/*
 * smaps_account(): the rest of the division is lost for each page, and one that
 * is being migrated, whose count is 0, is private.
 */
static void weigh(const struct visit *visit, const struct frame_use *use,
		  uint32_t n_mappings)
{
	if (use->kind == KIND_HUGETLB)
		return;
	visit->space->unique += n_mappings <= 1;
	visit->space->proportional += page_share(&visit->kernel->mmu,
						   n_mappings);
}

/* ---- the first pass ---- */

static uint64_t *away_sum(struct space *space, enum map_state state)
{
	switch (state) {
	case STATE_SWAPPED:
		return &space->swapped;
	case STATE_POISONED:
		return &space->poisoned;
	default:
		return &space->not_present;
	}
}

static void count_other(struct frame_use *use)
{
	__atomic_fetch_add(&use->n_others, 1, __ATOMIC_RELAXED);
}

/* Such an entry still says which frame it was. */
static void count_poisoned(const struct visit *visit, uint64_t first,
			   uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct frame_use *use = find_use(visit, first + i);

		if (use)
			count_other(use);
	}
}

static void count_away(const struct visit *visit,
		       const struct pgtable_entry *entry, enum map_state state,
		       pfn_t first)
{
	uint64_t n = mmu_pages(&visit->kernel->mmu, entry->level);
	struct space *space = visit->space;

	*away_sum(space, state) += n;
	if (state == STATE_POISONED)
		count_poisoned(visit, first.v, n);
	if (state == STATE_UNKNOWN)
		gaps_addf(&space->gaps, "page table", "what the type of this "
			  "entry means in this kernel is not known",
			  "mm %#llx, user address %#llx",
			  (unsigned long long)space->mm->mm.v,
			  (unsigned long long)entry->address.v);
}

static void count_frame(const struct visit *visit, uint64_t pfn,
			enum map_state state)
{
	struct frame_use *use = find_use(visit, pfn);
	struct space *space = visit->space;

	if (!use || !is_normal(state, use->kind)) {
		space->raw++;
		return;
	}
	if (map_state_is_counted(state))
		__atomic_fetch_add(&use->n_mappings, 1, __ATOMIC_RELAXED);
	else
		count_other(use);
	__atomic_fetch_add(&use->sharers, visit->key, __ATOMIC_RELAXED);
	space->classes[classes[use->kind]]++;
	weigh(visit, use, use->guess);
}

/* ---- the second pass ---- */

static void weigh_frame(const struct visit *visit, uint64_t pfn,
			enum map_state state)
{
	const struct frame_use *use = find_use(visit, pfn);

	if (use && is_normal(state, use->kind))
		weigh(visit, use, use->n_mappings);
}

/* ---- either ---- */

static enum status visit_plain(uaddr_t address, const uint64_t *pfns, size_t n,
			       void *arg)
{
	const struct visit *visit = arg;

	(void)address;
	for (size_t i = 0; i < n; i++)
		if (pfns[i] != NOT_PLAIN)
			visit->pass->frame(visit, pfns[i], STATE_MAPPED);
	return ST_OK;
}

static enum status visit_entry(const struct pgtable_entry *entry, void *arg)
{
	const struct visit *visit = arg;
	uint64_t n = mmu_pages(&visit->kernel->mmu, entry->level);
	pfn_t first = PFN(0);
	enum map_state state = map_state_at(visit->kernel, entry,
					    entry->address, &first);

	if (is_away(state)) {
		if (visit->pass->away)
			visit->pass->away(visit, entry, state, first);
		return ST_OK;
	}
	for (uint64_t i = 0; i < n; i++)
		visit->pass->frame(visit, first.v + i, state);
	return ST_OK;
}

/* ---- all address spaces ---- */

static enum status read_tables(struct visit *visit, struct gaps *gaps)
{
	struct kernel *kernel = visit->kernel;
	const struct pgtable_control control = {
		.last = mmu_user_end(&kernel->mmu) - 1,
		.entry = visit_entry,
		.plain = visit_plain,
		.arg = visit,
	};
	paddr_t pgd;

	return pgtable_find(kernel, visit->space->mm->mm, gaps, &pgd) ?
	       pgtable_walk(kernel, pgd, &control, gaps) : ST_OK;
}

static enum status count_vma(const struct vma *vma, void *arg)
{
	const struct visit *visit = arg;

	visit->space->n_vmas++;
	visit->space->covered += (vma->end - vma->start) >>
				 visit->kernel->mmu.page_shift;
	return ST_OK;
}

static struct visit visit_of(struct kernel *kernel, const struct pass *pass,
			     size_t i)
{
	return (struct visit) { pass, kernel, &pass->spaces->list[i],
				key_of(i) };
}

static enum status count_space(struct kernel *kernel, size_t i, void *arg)
{
	struct visit visit = visit_of(kernel, arg, i);
	struct space *space = visit.space;
	enum status st = vma_for_each(kernel, space->mm->mm, count_vma, &visit,
				      &space->gaps);

	if (!st)
		st = read_tables(&visit, &space->gaps);
	space->counted = !st;
	return st;
}

static enum status weigh_space(struct kernel *kernel, size_t i, void *arg)
{
	struct visit visit = visit_of(kernel, arg, i);
	struct gaps again = { 0 };
	enum status st = read_tables(&visit, &again);

	gaps_keep_first(&again, &visit.space->gaps);
	gaps_fini(&again);
	return st;
}

enum status spaces_count(struct crew *crew, const struct tasks *tasks,
			 struct frames *frames, struct spaces **ret_spaces)
{
	cleanup(spaces_free_cleanup) struct spaces *spaces =
		calloc(1, sizeof(*spaces));
	struct pass pass = { spaces, frames, count_frame, count_away };
	enum status st;

	if (spaces)
		spaces->list = calloc(tasks->n_mms + 1, sizeof(*spaces->list));
	if (!spaces || !spaces->list)
		return diag_no_memory(&crew->kernels[0]->diag);
	spaces->tasks = tasks;
	spaces->n = tasks->n_mms;
	for (size_t i = 0; i < spaces->n; i++)
		spaces->list[i].mm = &tasks->mms[i];
	st = crew_work(crew, "address spaces, counting", spaces->n,
		       count_space, &pass);
	if (st && st != ST_STOPPED)
		return st;
	*ret_spaces = take(spaces);
	return st;
}

/* Then what was weighed by them in the first pass is right, too. */
static bool are_guesses_right(const struct frames *frames)
{
	for (size_t i = 0; i < frames->n; i++) {
		const struct frame_use *use = &frames->uses[i];

		if (use->sharers && use->kind != KIND_HUGETLB &&
		    use->n_mappings != use->guess)
			return false;
	}
	return true;
}

enum status spaces_weigh(struct crew *crew, struct spaces *spaces,
			 struct frames *frames)
{
	struct pass pass = { spaces, frames, weigh_frame, NULL };

	if (are_guesses_right(frames))
		return ST_OK;
	for (size_t i = 0; i < spaces->n; i++) {
		spaces->list[i].unique = 0;
		spaces->list[i].proportional = 0;
	}
	return crew_work(crew, "address spaces, weighing", spaces->n,
			 weigh_space, &pass);
}

void spaces_free(struct spaces *spaces)
{
	if (!spaces)
		return;
	for (size_t i = 0; spaces->list && i < spaces->n; i++)
		gaps_fini(&spaces->list[i].gaps);
	free(spaces->list);
	free(spaces);
}
