/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/invert.h"

#include <pthread.h>
#include <string.h>

#include "base/bits.h"
#include "mm/pgtable.h"
#include "rmap/every_vma.h"
#include "rmap/generator.h"
#include "rmap/state.h"

/* Pages of an object that are looked for together lie within so many. */
#define SPAN		512u
/* And so many entries are about them, or one page has more by itself. */
#define MAX_ENTRIES	(1u << 19)
/* Frames that hang on nothing are handed out so many at once. */
#define PLAIN_PAGES	4096u
#define NO_SLOT		UINT32_MAX

/* ---- one page ---- */

bool inverted_page_is_listed(const struct inverted_page *page)
{
	const struct page words = { .mapping = page->words->mapping };

	return page_rmap_type(page->use->kind, &words) != RMAP_NOT_KEPT;
}

uint64_t inverted_page_n_mapped(const struct inverted_page *page)
{
	return inverted_page_is_listed(page) ? page->n_mappings :
					       page->use->n_mappings;
}

/* Without a count of the kernel's, the page tables tell. */
static bool is_all_there(const struct inverted_page *page)
{
	uint64_t n_found = inverted_page_is_listed(page) ?
			   page->n_counted : page->use->n_mappings;

	return page->use->has_count ?
	       frame_count_is_met(page->use, page->words, n_found) :
	       n_found >= page->use->n_mappings;
}

const char *inverted_page_gap(const struct stretch *stretch,
			      const struct inverted_page *page)
{
	if (!is_all_there(page))
		return "not as many mappings as the kernel counts";
	if (stretch->gaps && gaps_count(stretch->gaps))
		return stretch->gaps->list.n ?
		       stretch->gaps->list.items[0].why : "out of memory";
	return NULL;
}

/* ---- what there is to do ---- */

struct part {
	enum rmap_type type;
	size_t first, n;	/* of the list of places */
	uint64_t n_entries;	/* about all of these */
};

DEFINE_VEC(part_vec, struct part)
DEFINE_VEC(place_vec, uint64_t)

struct plan {
	const struct inversion *inversion;
	struct place_vec places;	/* of frames, in the order of the parts */
	struct part_vec parts;
	pthread_mutex_t lock;		/* of the next one */
	struct every_vma *every_vma;	/* read when the first part needs it */
};

static enum rmap_type type_of(const struct frame_use *use,
			      const struct frame_words *words)
{
	const struct page page = { .mapping = words->mapping };
	enum rmap_type type = page_rmap_type(use->kind, &page);

	/* What no entry is about needs no search. */
	if ((!use->n_mappings && !use->n_others) || type == RMAP_NONE_POSSIBLE)
		return RMAP_NOT_KEPT;
	return type;
}

/* By object and index, so that a sweep meets them in the order of its tree. */
static int by_object(const void *a, const void *b, void *arg)
{
	const struct frames *frames = arg;
	uint64_t i = *(const uint64_t *)a, j = *(const uint64_t *)b;
	const struct frame_words *x = &frames->words[i];
	const struct frame_words *y = &frames->words[j];

	if (x->mapping != y->mapping)
		return x->mapping < y->mapping ? -1 : 1;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return (i > j) - (i < j);
}

static bool is_wanted(const struct inversion *inversion, size_t place)
{
	return !inversion->wanted || bits_has(inversion->wanted, place);
}

/* Those that hang on an object, or those that do not. */
static enum status list_places(struct plan *plan, bool of_objects)
{
	const struct frames *frames = plan->inversion->frames;
	struct frame_cursor at = { .frames = frames };

	while (frame_next(&at)) {
		enum rmap_type type = type_of(&frames->uses[at.place],
					      &frames->words[at.place]);

		if ((type != RMAP_NOT_KEPT) == of_objects &&
		    is_wanted(plan->inversion, at.place) &&
		    place_vec_push(&plan->places, at.place))
			return ST_NO_MEMORY;
	}
	return ST_OK;
}

/* Mappings and others: all that is to be found. */
static uint64_t n_entries(const struct frame_use *use)
{
	return (uint64_t)use->n_mappings + use->n_others;
}

static struct part begin_part(const struct plan *plan, size_t i)
{
	const struct frames *frames = plan->inversion->frames;
	size_t place = plan->places.items[i];

	return (struct part) {
		type_of(&frames->uses[place], &frames->words[place]), i, 1,
		n_entries(&frames->uses[place]),
	};
}

/*
 * Whether the next page belongs to the part, too: near its first one, and not
 * too much for what waits until it can be printed.
 */
static bool takes_next(const struct plan *plan, const struct part *part)
{
	const struct frames *frames = plan->inversion->frames;
	const uint64_t *places = &plan->places.items[part->first];
	const struct frame_words *x, *y;

	/* A stable node has one page, which has no index of its own. */
	if (part->type == RMAP_KSM || part->first + part->n == plan->places.n)
		return false;
	x = &frames->words[places[0]];
	y = &frames->words[places[part->n]];
	return part->n < SPAN && x->mapping == y->mapping &&
	       y->index - x->index < SPAN &&
	       part->n_entries + n_entries(&frames->uses[places[part->n]]) <=
	       MAX_ENTRIES;
}

static enum status divide_objects(struct plan *plan)
{
	const struct frame_use *uses = plan->inversion->frames->uses;

	for (size_t i = 0; i < plan->places.n; ) {
		struct part part = begin_part(plan, i);

		for (; takes_next(plan, &part); part.n++)
			part.n_entries += n_entries(
				&uses[plan->places.items[i + part.n]]);
		if (part_vec_push(&plan->parts, part))
			return ST_NO_MEMORY;
		i += part.n;
	}
	return ST_OK;
}

static enum status divide_plain(struct plan *plan, size_t from)
{
	for (size_t i = from; i < plan->places.n; i += PLAIN_PAGES) {
		size_t left = plan->places.n - i;

		if (part_vec_push(&plan->parts, (struct part) {
				RMAP_NOT_KEPT, i,
				left < PLAIN_PAGES ? left : PLAIN_PAGES, 0 }))
			return ST_NO_MEMORY;
	}
	return ST_OK;
}

static enum status make_plan(struct plan *plan)
{
	const struct frames *frames = plan->inversion->frames;
	enum status st = list_places(plan, true);
	size_t n_of_objects = plan->places.n;

	if (!st && n_of_objects)
		qsort_r(plan->places.items, n_of_objects,
			sizeof(plan->places.items[0]), by_object,
			(void *)frames);
	if (!st)
		st = divide_objects(plan);
	if (!st)
		st = list_places(plan, false);
	return st ? st : divide_plain(plan, n_of_objects);
}

static void plan_fini(struct plan *plan)
{
	place_vec_fini(&plan->places);
	part_vec_fini(&plan->parts);
	every_vma_free(plan->every_vma);
	pthread_mutex_destroy(&plan->lock);
}

/* ---- one part ---- */

/* A page found in a VMA's part of the page table. */
struct find {
	uint32_t page;		/* place in the part */
	struct inverted_mapping mapping;
};

/* A VMA, and which of the finds are in it. */
struct covering {
	struct inverted_vma vma;
	size_t first, n;
};

DEFINE_VEC(find_vec, struct find)
DEFINE_VEC(covering_vec, struct covering)

struct sweep {
	struct kernel *kernel;
	struct plan *plan;
	const struct part *part;
	const uint64_t *places;
	uint64_t base;			/* index of the first page */
	uint32_t slots[SPAN];		/* first page of each index from base on */
	struct covering_vec coverings;
	struct find_vec finds;
	struct map known;		/* VMAs that were looked into before */
	struct gaps gaps;
	/* The VMA at hand: the page of index base + nth is at address. */
	uaddr_t address;
	uint64_t nth;
};

static const struct frame_words *words_of(const struct sweep *sweep, size_t i)
{
	return &sweep->plan->inversion->frames->words[sweep->places[i]];
}

static uint64_t pfn_of(const struct sweep *sweep, size_t i)
{
	return frames_pfn(sweep->plan->inversion->frames, sweep->places[i]);
}

/* KSM's page stands for whatever index is asked for. */
static uint64_t slot_of(const struct sweep *sweep, size_t i)
{
	return sweep->part->type == RMAP_KSM ? 0 :
	       words_of(sweep, i)->index - sweep->base;
}

static void fill_slots(struct sweep *sweep)
{
	for (size_t i = 0; i < SPAN; i++)
		sweep->slots[i] = NO_SLOT;
	for (size_t i = sweep->part->n; i-- > 0; )
		sweep->slots[slot_of(sweep, i)] = i;
}

static enum status push_find(struct sweep *sweep, uint32_t page, uint64_t nth,
			     const struct inverted_mapping *like)
{
	const unsigned int shift = sweep->kernel->mmu.page_shift;
	struct find find = { page, *like };

	find.mapping.vma = sweep->coverings.n;
	find.mapping.address = sweep->address.v + ((nth - sweep->nth) << shift);
	return find_vec_push(&sweep->finds, find);
}

/* like: what is known of the mapping, but for its place. */
static enum status keep_find(struct sweep *sweep, uint64_t nth, uint64_t pfn,
			     const struct inverted_mapping *like)
{
	size_t i;

	if (nth >= SPAN || sweep->slots[nth] == NO_SLOT)
		return ST_OK;
	for (i = sweep->slots[nth];
	     i < sweep->part->n && slot_of(sweep, i) == nth; i++)
		if (pfn_of(sweep, i) == pfn)
			return push_find(sweep, i, nth, like);
	return ST_OK;
}

static uint64_t nth_of(const struct sweep *sweep, uaddr_t address)
{
	return sweep->nth + ((address.v - sweep->address.v) >>
			     sweep->kernel->mmu.page_shift);
}

/* Those that were counted, as a mapping or as another. */
static bool is_about_frame(enum map_state state)
{
	return map_state_is_counted(state) || state == STATE_MIGRATING ||
	       state == STATE_POISONED;
}

static enum status look_at_entry(const struct pgtable_entry *entry, void *arg)
{
	struct sweep *sweep = arg;
	uint64_t n = mmu_pages(&sweep->kernel->mmu, entry->level);
	enum status st = ST_OK;
	pfn_t first = PFN(0);
	enum map_state state = map_state_at(sweep->kernel, entry,
					    entry->address, &first);
	const struct inverted_mapping like = {
		.level = entry->level,
		.state = state,
		.plain = entry->level == PT_PTE && state == STATE_MAPPED,
	};

	if (!is_about_frame(state))
		return ST_OK;
	for (uint64_t i = 0; i < n && !st; i++)
		st = keep_find(sweep, nth_of(sweep, entry->address) + i,
			       first.v + i, &like);
	return st;
}

static enum status look_at_plain(uaddr_t address, const uint64_t *frames,
				 size_t n, void *arg)
{
	static const struct inverted_mapping plain = {
		.level = PT_PTE, .state = STATE_MAPPED, .plain = true,
	};
	struct sweep *sweep = arg;
	uint64_t nth = nth_of(sweep, address);
	enum status st = ST_OK;

	for (size_t i = 0; i < n && !st; i++)
		if (frames[i] != NOT_PLAIN)
			st = keep_find(sweep, nth + i, frames[i], &plain);
	return st;
}

static enum status read_tables(struct sweep *sweep, const struct vma *vma,
			       uint64_t n)
{
	struct kernel *kernel = sweep->kernel;
	const struct pgtable_control control = {
		.first = sweep->address.v,
		.last = sweep->address.v + (n << kernel->mmu.page_shift) - 1,
		.entry = look_at_entry,
		.plain = look_at_plain,
		.arg = sweep,
	};
	paddr_t pgd;

	if (control.last < control.first ||
	    control.last >= mmu_user_end(&kernel->mmu)) {
		gaps_addf(&sweep->gaps, "page table", "not a user address",
			  "vma %#llx", (unsigned long long)vma->address.v);
		return ST_OK;
	}
	return pgtable_find(kernel, vma->mm, &sweep->gaps, &pgd) ?
	       pgtable_walk(kernel, pgd, &control, &sweep->gaps) : ST_OK;
}

static enum status look_into_vma(const struct vma *vma, uaddr_t address,
				 uint64_t nth, uint64_t n, void *arg)
{
	struct sweep *sweep = arg;
	struct covering covering = {
		{ *vma, tasks_of_mm(sweep->plan->inversion->tasks, vma->mm) },
		sweep->finds.n, 0,
	};
	enum status st;

	sweep->address = address;
	sweep->nth = nth;
	st = read_tables(sweep, vma, n);
	covering.n = sweep->finds.n - covering.first;
	if (!st && covering.n &&
	    covering_vec_push(&sweep->coverings, covering))
		st = ST_NO_MEMORY;
	return st;
}

/* ---- candidates ---- */

static const struct generator *const generators[] = {
	[RMAP_ANON] = &anon_generator,
	[RMAP_FILE] = &file_generator,
	[RMAP_KSM] = &ksm_generator,
};

static struct page page_of(const struct sweep *sweep)
{
	return (struct page) {
		.pfn = PFN(pfn_of(sweep, 0)),
		.mapping = words_of(sweep, 0)->mapping,
	};
}

static struct candidate_query query_for(const struct sweep *sweep,
					const struct page *page)
{
	const struct part *part = sweep->part;

	return (struct candidate_query) {
		.page = page,
		.index = sweep->base,
		.n = part->type == RMAP_KSM ? 1 :
		     words_of(sweep, part->n - 1)->index - sweep->base + 1,
	};
}

static enum status look_for_pages(struct sweep *sweep, bool exhaustive)
{
	const struct part *part = sweep->part;
	const struct page page = page_of(sweep);
	struct candidate_query query = query_for(sweep, &page);

	query.exhaustive = exhaustive;
	sweep->coverings.n = 0;
	sweep->finds.n = 0;
	gaps_clear(&sweep->gaps);
	return generators[part->type]->candidates(sweep->kernel, &query,
						  look_into_vma, sweep,
						  &sweep->gaps);
}

/* The page tables were read before, and tell how many there have to be. */
static bool is_all_found(const struct sweep *sweep)
{
	return sweep->finds.n == sweep->part->n_entries;
}

/* ---- where the tree breaks off ---- */

static enum status need_every_vma(struct sweep *sweep,
				  const struct every_vma **ret_every)
{
	struct plan *plan = sweep->plan;
	enum status st = ST_OK;

	pthread_mutex_lock(&plan->lock);
	if (!plan->every_vma)
		st = every_vma_read(sweep->kernel, plan->inversion->tasks,
				    &plan->every_vma);
	*ret_every = plan->every_vma;
	pthread_mutex_unlock(&plan->lock);
	return st;
}

static enum status look_into_other(const struct vma *vma, uaddr_t address,
				   uint64_t nth, uint64_t n, void *arg)
{
	const struct sweep *sweep = arg;

	return map_find(&sweep->known, vma->address.v) ? ST_OK :
	       look_into_vma(vma, address, nth, n, arg);
}

/* The gaps stay: they say why there is another road. */
static enum status look_into_others(struct sweep *sweep)
{
	const struct page page = page_of(sweep);
	const struct candidate_query query = query_for(sweep, &page);
	const struct every_vma *every;
	enum status st = need_every_vma(sweep, &every);
	bool added;

	for (size_t i = 0; i < sweep->coverings.n && !st; i++)
		st = map_add(&sweep->known,
			     sweep->coverings.items[i].vma.vma.address.v, 0,
			     &added);
	return st ? st : every_vma_candidates(every, sweep->kernel,
					      sweep->part->type == RMAP_ANON,
					      &query, look_into_other, sweep);
}

static bool breaks_off(const struct sweep *sweep)
{
	return !is_all_found(sweep) && gaps_count(&sweep->gaps) &&
	       sweep->part->type != RMAP_KSM;
}

/* ---- in order ---- */

static uint32_t pid_of(const struct inverted_vma *vma)
{
	const struct process *first = vma->mm ? first_process(vma->mm) : NULL;

	return first ? first->pid : UINT32_MAX;
}

static int by_process(const void *a, const void *b)
{
	const struct covering *x = a, *y = b;

	if (pid_of(&x->vma) != pid_of(&y->vma))
		return pid_of(&x->vma) < pid_of(&y->vma) ? -1 : 1;
	if (x->vma.vma.start != y->vma.vma.start)
		return x->vma.vma.start < y->vma.vma.start ? -1 : 1;
	if (x->vma.vma.address.v != y->vma.vma.address.v)
		return x->vma.vma.address.v < y->vma.vma.address.v ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* What is handed out. */
struct result {
	struct inverted_page *pages;
	struct inverted_mapping *mappings;
	struct inverted_vma *vmas;
};

static void result_fini(struct result *result)
{
	free(result->pages);
	free(result->mappings);
	free(result->vmas);
}

static enum status result_init(struct result *result,
			       const struct sweep *sweep)
{
	*result = (struct result) {
		calloc(sweep->part->n, sizeof(*result->pages)),
		calloc(sweep->finds.n + 1, sizeof(*result->mappings)),
		calloc(sweep->coverings.n + 1, sizeof(*result->vmas)),
	};
	return result->pages && result->mappings && result->vmas ?
	       ST_OK : ST_NO_MEMORY;
}

static void take_pages(struct result *result, const struct sweep *sweep)
{
	const struct frames *frames = sweep->plan->inversion->frames;

	for (size_t i = 0; i < sweep->part->n; i++)
		result->pages[i] = (struct inverted_page) {
			.pfn = pfn_of(sweep, i),
			.use = &frames->uses[sweep->places[i]],
			.words = &frames->words[sweep->places[i]],
		};
}

/* Give each page its run of the mappings, and count them anew. */
static void make_room(struct result *result, const struct sweep *sweep)
{
	struct inverted_mapping *next = result->mappings;

	for (size_t i = 0; i < sweep->finds.n; i++)
		result->pages[sweep->finds.items[i].page].n_mappings++;
	for (size_t i = 0; i < sweep->part->n; i++) {
		result->pages[i].mappings = next;
		next += result->pages[i].n_mappings;
		result->pages[i].n_mappings = 0;
	}
}

/* Several items of KSM can lead to one VMA. */
static bool is_repeated(const struct covering *covering,
			const struct covering *before,
			const struct find_vec *finds)
{
	return covering->vma.vma.address.v == before->vma.vma.address.v &&
	       finds->items[covering->first].mapping.address ==
	       finds->items[before->first].mapping.address;
}

static void take_vma(struct result *result, const struct sweep *sweep,
		     const struct covering *covering, uint32_t number)
{
	result->vmas[number] = covering->vma;
	for (size_t i = 0; i < covering->n; i++) {
		const struct find *find =
			&sweep->finds.items[covering->first + i];
		struct inverted_page *page = &result->pages[find->page];
		struct inverted_mapping *mapping = (void *)
			&page->mappings[page->n_mappings++];

		*mapping = find->mapping;
		mapping->vma = number;
		page->n_counted += find->mapping.plain ||
				   map_state_is_counted(find->mapping.state);
	}
}

static size_t take_mappings(struct result *result, struct sweep *sweep)
{
	const struct covering_vec *coverings = &sweep->coverings;
	bool ksm = sweep->part->type == RMAP_KSM;
	size_t n = 0;

	if (coverings->n)
		qsort(coverings->items, coverings->n,
		      sizeof(coverings->items[0]), by_process);
	for (size_t i = 0; i < coverings->n; i++) {
		if (ksm && i && is_repeated(&coverings->items[i],
					    &coverings->items[i - 1],
					    &sweep->finds))
			continue;
		take_vma(result, sweep, &coverings->items[i], n++);
	}
	return n;
}

static enum status hand_out(struct sweep *sweep, struct sheet *sheet)
{
	const struct inversion *inversion = sweep->plan->inversion;
	struct stretch stretch = { .type = sweep->part->type };
	struct result result;
	enum status st = result_init(&result, sweep);

	if (!st) {
		take_pages(&result, sweep);
		make_room(&result, sweep);
		stretch.n_vmas = take_mappings(&result, sweep);
		stretch.n_pages = sweep->part->n;
		stretch.pages = result.pages;
		stretch.vmas = result.vmas;
		stretch.gaps = &sweep->gaps;
		st = inversion->fn(&stretch, sheet, inversion->arg);
	}
	result_fini(&result);
	return st;
}

static enum status sweep_part(struct sweep *sweep, struct sheet *sheet)
{
	enum status st = ST_OK;

	if (sweep->part->type != RMAP_NOT_KEPT) {
		sweep->base = words_of(sweep, 0)->index;
		fill_slots(sweep);
		st = look_for_pages(sweep, false);
		/* An augmented value may be stale. */
		if (!st && !is_all_found(sweep))
			st = look_for_pages(sweep, true);
		if (!st && breaks_off(sweep))
			st = look_into_others(sweep);
	}
	return st ? st : hand_out(sweep, sheet);
}

static enum status do_part(struct kernel *kernel, size_t i, void *arg)
{
	struct plan *plan = arg;
	const struct part *part = &plan->parts.items[i];
	struct sweep sweep = {
		.kernel = kernel,
		.plan = plan,
		.part = part,
		.places = &plan->places.items[part->first],
	};
	struct sheet sheet;
	enum status st;

	sheet_open(&sheet, plan->inversion->press, i);
	st = sweep_part(&sweep, &sheet);
	if (st && !sheet.st)
		sheet.st = st;
	st = sheet_close(&sheet);
	covering_vec_fini(&sweep.coverings);
	find_vec_fini(&sweep.finds);
	map_fini(&sweep.known);
	gaps_fini(&sweep.gaps);
	return st == ST_NO_MEMORY ? diag_no_memory(&kernel->diag) : st;
}

enum status invert(const struct inversion *inversion, uint64_t *ret_n_wanted)
{
	struct plan plan = { .inversion = inversion };
	enum status st = make_plan(&plan);

	pthread_mutex_init(&plan.lock, NULL);
	*ret_n_wanted = plan.places.n;
	if (st)
		st = diag_no_memory(&inversion->crew->kernels[0]->diag);
	else
		st = crew_print(inversion->crew, "stretches of pages",
				plan.parts.n, do_part, &plan,
				inversion->press);
	plan_fini(&plan);
	return st;
}
