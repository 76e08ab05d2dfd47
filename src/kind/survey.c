/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks one family after the other, and tells how far the answer goes. */
#include "kind/survey.h"

#include "kind/surveyor.h"
#include "mm/page_owner.h"

struct surveyor *surveyor_new(struct kernel *kernel, const struct tasks *tasks)
{
	struct surveyor *surveyor = calloc(1, sizeof(*surveyor));

	if (!surveyor)
		return NULL;
	surveyor->kernel = kernel;
	surveyor->tasks = tasks;
	surveyor->free_lists.kernel = kernel;
	return surveyor;
}

void surveyor_free(struct surveyor *surveyor)
{
	if (!surveyor)
		return;
	table_fini(surveyor);
	mapped_fini(surveyor);
	caller_fini(surveyor);
	zero_fini(surveyor);
	module_fini(surveyor);
	percpu_fini(surveyor);
	resource_fini(surveyor);
	free_fini(surveyor);
	slab_fini(surveyor);
	owner_fini(surveyor);
	free(surveyor);
}

void doubt_chapter(const struct chapter *chapter, const char *what,
		   struct gaps *gaps)
{
	const struct gap_vec *list = &chapter->gaps.list;

	if (gaps_count(&chapter->gaps))
		gaps_addf(gaps, what, list->n ? list->items[0].why :
			  "out of memory", "%zu places, this is the first",
			  gaps_count(&chapter->gaps));
}

/*
 * In this order: a page table is mapped nowhere but in the direct map, and a
 * frame can be mapped by vmalloc() besides what it is for.
 */
static claim_fn *const claims[] = {
	claim_zero,
	claim_table,
	claim_percpu,
	claim_mapped,
	claim_owned,
	claim_behind_first,
};

static describe_fn *const describers[N_KINDS] = {
	[KIND_DEVICE] = describe_device,
	[KIND_FILE] = describe_file,
	[KIND_HUGETLB] = describe_hugetlb,
	[KIND_FREE] = describe_free,
	[KIND_SLAB] = describe_slab,
	[KIND_PAGE_TABLE] = describe_table,
};

bool page_kind_is_open(enum page_kind kind)
{
	return kind == KIND_KERNEL || kind == KIND_RESERVED;
}

static enum status ask_families(struct surveyor *surveyor,
				const struct frame *frame,
				struct survey *survey)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]) &&
	     page_kind_is_open(survey->kind) && !st; i++)
		st = claims[i](surveyor, frame, survey);
	return st;
}

/* A chapter in which the frame was not found may have been read in part. */
static void doubt(const struct surveyor *surveyor, struct survey *survey)
{
	if (!page_kind_is_open(survey->kind))
		return;
	doubt_chapter(&surveyor->tabled, "page tables", survey->gaps);
	doubt_chapter(&surveyor->united, "per-CPU memory", survey->gaps);
	doubt_chapter(&surveyor->mapped, "kernel mappings", survey->gaps);
	doubt_chapter(&surveyor->owned, "owners of pages", survey->gaps);
}

/* Also of a frame that has turned out not to be what its struct page says. */
static enum status look_closer(struct surveyor *surveyor,
			       const struct frame *frame,
			       struct survey *survey)
{
	enum status st = ST_OK;

	if (describers[survey->kind])
		st = describers[survey->kind](surveyor, frame, survey);
	if (!st && page_kind_is_open(survey->kind))
		st = ask_families(surveyor, frame, survey);
	if (!st && survey->kind == KIND_RESERVED)
		st = describe_resource(surveyor, frame, survey);
	return st;
}

enum status survey_first(struct surveyor *surveyor, const struct frame *first,
			 struct survey *survey)
{
	survey->kind = page_kind(surveyor->kernel, first->page);
	return look_closer(surveyor, first, survey);
}

/* Of any kind of page. */
static enum status describe_owner(struct kernel *kernel, pfn_t pfn,
				  struct survey *survey)
{
	struct details *details = survey->details;
	struct page_owner owner;
	enum status st = page_owner_read(kernel, pfn, &owner);

	if (st == ST_ABSENT || st == ST_NO_MEMORY)
		return st == ST_ABSENT ? ST_OK : st;
	if (st) {
		gaps_addf(survey->gaps, "page_owner", kernel->diag.text,
			  "PFN %#llx", (unsigned long long)pfn.v);
		return ST_OK;
	}
	details_text(details, "allocated_by", "%s", owner.comm);
	details_number(details, "allocated_by_pid", owner.pid);
	details_number(details, "allocated_order", owner.order);
	details_text(details, "allocated_gfp", "0x%x", owner.gfp_mask);
	details_number(details, "allocated_ns", owner.ts_nsec);
	return ST_OK;
}

enum status survey(struct surveyor *surveyor, pfn_t pfn,
		   const struct page *page, struct survey *survey)
{
	const struct frame frame = { pfn, page };
	enum status st;

	if (survey->kind == KIND_NO_PAGE)
		return describe_resource(surveyor, &frame, survey);
	if (!page)
		return ST_OK;
	page_details(surveyor->kernel, survey->kind, page, survey->details);
	st = look_closer(surveyor, &frame, survey);
	doubt(surveyor, survey);
	return st ? st : describe_owner(surveyor->kernel, pfn, survey);
}
