/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel counts of each page against what its page tables map. */
#include <stdio.h>
#include <stdlib.h>

#include "audit/world.h"
#include "base/search.h"
#include "mm/page.h"

struct counting {
	struct world *world;
	struct frame_vec huge;	/* of all spaces, sorted */
	struct part {
		struct findings findings;
		struct gaps gaps;
	} *parts;		/* one for each run of the memmap */
};

/* The lock over the page's own reverse map. */
static struct lock_holder holder_of_page(struct kernel *kernel,
					 const struct frame_use *use,
					 const struct frame_words *words)
{
	kaddr_t pointer = KADDR(words->mapping & ~MAPPING_FLAGS);

	if (use->kind == KIND_KSM)
		return no_holder;
	return words->mapping & MAPPING_ANON ?
	       holder_of_family(kernel, pointer) :
	       holder_of_mapping(kernel, pointer);
}

struct counted {
	const struct world *world;
	struct kernel *kernel;
	struct part *part;
	uint64_t pfn;
	const struct frame_use *use;
	const struct frame_words *words;
};

/* What could not be read may have had the mappings that are missing. */
static void doubt(const struct counted *frame, int64_t counted, int64_t found)
{
	char why[96];

	snprintf(why, sizeof(why), "the kernel counts %lld, %lld were found",
		 (long long)counted, (long long)found);
	gaps_addf(&frame->part->gaps, "mappings", why, "PFN %#llx",
		  (unsigned long long)frame->pfn);
}

static void accuse(const struct counted *frame, enum audit_rule rule,
		   int64_t counted, int64_t found)
{
	struct lock_holder holder;
	uint64_t pointer = frame->words->mapping & ~MAPPING_FLAGS;

	if (!frame->world->sees_all && found < counted) {
		doubt(frame, counted, found);
		return;
	}
	holder = holder_of_page(frame->kernel, frame->use, frame->words);
	findings_add(&frame->part->findings, rule, &holder,
		     OBJECTS({ "PFN", frame->pfn },
			     { pointer ? "mapping" : NULL, pointer }),
		     "%s page: the kernel counts %lld, %lld were found",
		     page_kind_name(frame->use->kind), (long long)counted,
		     (long long)found);
}

/* By a page table that several share, hugetlb counts one mapping. */
static bool is_met(const struct frame_use *use, int64_t counted)
{
	return use->n_mappings == counted ||
	       (use->kind == KIND_HUGETLB && use->n_mappings > counted);
}

static void check_page(const struct counted *frame, bool writable)
{
	const struct frame_use *use = frame->use;

	if (use->has_count && !is_met(use, frame->words->counted))
		accuse(frame, RULE_MAPCOUNT, frame->words->counted,
		       use->n_mappings);
	if (use->kind == KIND_ANON && writable && use->n_mappings > 1)
		findings_add(&frame->part->findings, RULE_ANON_WRITABLE,
			     &no_holder,
			     OBJECTS({ "PFN", frame->pfn },
				     { "anon_vma", frame->words->mapping &
						   ~MAPPING_FLAGS }),
			     "it is mapped %lu times",
			     (unsigned long)use->n_mappings);
}

static void check_node(const struct counted *frame, const struct world *world)
{
	uint64_t node = frame->words->mapping & ~MAPPING_FLAGS;
	const struct stable_frame *items = world->nodes.items;
	size_t n = partition_point(i, world->nodes.n, items[i].node.v < node);
	bool is_known = n < world->nodes.n && items[n].node.v == node;

	if (is_known && items[n].pfn == frame->pfn)
		return;
	findings_add(&frame->part->findings, RULE_STABLE_NODE, &no_holder,
		     OBJECTS({ "PFN", frame->pfn }, { "stable node", node }),
		     "%s", is_known ? "the node is of another frame" :
		     "there is no such node");
}

/* ---- large folios ---- */

static size_t first_from(const struct frame_vec *huge, uint64_t pfn)
{
	return partition_point(i, huge->n, huge->items[i] < pfn);
}

static int64_t entries_for_all(const struct counting *counting, uint64_t pfn)
{
	return first_from(&counting->huge, pfn + 1) -
	       first_from(&counting->huge, pfn);
}

/*
 * Pages that are counted one by one do not come to the folio's own count: so
 * say which of them are wrong, if any has a count at all (NO_PAGE_MAPCOUNT).
 */
static void check_uncounted(const struct counted *frame,
			    const struct page *head, uint64_t n)
{
	struct page page = *head;
	struct counted each = *frame;
	bool keeps = false;

	for (int pass = 0; pass < 2; pass++) {
		page = *head;
		for (uint64_t i = 0; i < n; i++) {
			int64_t count = page_mapcount(frame->kernel, &page);

			keeps |= page.mapcount_word != UINT32_MAX;
			each.pfn = frame->pfn + i;
			each.use = frame->use + i;
			each.words = frame->words + i;
			if (pass && keeps && !is_met(each.use, count))
				accuse(&each, RULE_MAPCOUNT, count,
				       each.use->n_mappings);
			if (i + 1 < n &&
			    page_read_next(frame->kernel, &page, &page))
				return;
		}
	}
}

/* n: frames of it that have a record. */
static void check_folio(const struct counting *counting,
			const struct counted *frame, uint64_t n)
{
	struct kernel *kernel = frame->kernel;
	int64_t entire = entries_for_all(counting, frame->pfn), found = entire;
	struct page page;

	if (page_read(kernel, PFN(frame->pfn), &page)) {
		page_tell_gap(kernel, PFN(frame->pfn), &frame->part->gaps);
		return;
	}
	for (uint64_t i = 0; i < n; i++)
		found += frame->use[i].n_mappings - entire;
	if (page.has_entire_mapcount && page.entire_mapcount != entire)
		accuse(frame, RULE_ENTIRE_MAPCOUNT, page.entire_mapcount,
		       entire);
	if (page.has_folio_mapcount && page.folio_mapcount != found)
		accuse(frame, RULE_LARGE_MAPCOUNT, page.folio_mapcount, found);
	if (!page.has_page_mapcounts)
		check_uncounted(frame, &page, n);
}

static bool is_folio(const struct frame_use *use)
{
	return use->order && (use->kind == KIND_ANON ||
			      use->kind == KIND_FILE ||
			      use->kind == KIND_SHMEM);
}

/* ---- all frames ---- */

static enum status look_at_run(struct kernel *kernel, size_t i, void *arg)
{
	const struct counting *counting = arg;
	const struct world *world = counting->world;
	const struct memmap_run *run = &world->frames->runs.items[i];
	const size_t place = frames_place(world->frames, run->first.v);

	for (uint64_t at = 0; at < run->n; at++) {
		const struct counted frame = {
			world, kernel, &counting->parts[i], run->first.v + at,
			&world->frames->uses[place + at],
			&world->frames->words[place + at],
		};
		uint64_t n = 1ULL << frame.use->order;

		check_page(&frame, world->writable[place + at]);
		if (is_folio(frame.use) && n <= run->n - at)
			check_folio(counting, &frame, n);
		if (frame.use->kind == KIND_KSM && world->ksm_whole &&
		    frame.use->n_mappings)
			check_node(&frame, world);
	}
	return ST_OK;
}

static int compare_frames(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static enum status collect_huge(struct counting *counting)
{
	const struct world *world = counting->world;

	for (size_t i = 0; i < world->n_spaces; i++) {
		struct frame_vec *huge = &world->spaces[i].huge;

		for (size_t j = 0; j < huge->n; j++)
			if (frame_vec_push(&counting->huge, huge->items[j]))
				return ST_NO_MEMORY;
		frame_vec_fini(huge);
	}
	if (counting->huge.n)
		qsort(counting->huge.items, counting->huge.n,
		      sizeof(counting->huge.items[0]), compare_frames);
	return ST_OK;
}

static void collect_parts(struct counting *counting, size_t n)
{
	struct audit_result *result = counting->world->result;

	for (size_t i = 0; i < n; i++) {
		findings_move(&counting->parts[i].findings, &result->findings);
		gaps_move(&counting->parts[i].gaps, &result->gaps);
		findings_fini(&counting->parts[i].findings);
		gaps_fini(&counting->parts[i].gaps);
	}
	free(counting->parts);
}

enum status audit_counts(struct world *world)
{
	const size_t n = world->frames->runs.n;
	struct counting counting = {
		.world = world,
		.parts = calloc(n + 1, sizeof(*counting.parts)),
	};
	enum status st;

	world->sees_all = !gaps_count(&world->result->gaps) &&
			  !gaps_count(&world->tasks->gaps);
	if (!counting.parts || collect_huge(&counting))
		st = diag_no_memory(&world->crew->kernels[0]->diag);
	else
		st = crew_work(world->crew, "mapcounts", n, look_at_run,
			       &counting);
	if (counting.parts)
		collect_parts(&counting, n);
	frame_vec_fini(&counting.huge);
	return st;
}
