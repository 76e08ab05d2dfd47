/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Free frames: in which block of the buddy allocator, or on which CPU's list.
 *
 * Only the first frame of a block has a type and knows its order. A frame on
 * the list of a CPU has neither: it looks like one inside of a block.
 */
#include <ctype.h>
#include <string.h>

#include "kind/surveyor.h"
#include "mm/memmap.h"
#include "mm/zone.h"

/* ---- blocks ---- */

static bool holds(const struct free_block *block, pfn_t pfn)
{
	return pfn.v - block->first < block->n;
}

/* buddy_order() says more than there can be: ST_CORRUPT. */
static enum status block_of_head(struct kernel *kernel,
				 const struct page *head,
				 struct free_block *ret_block)
{
	if (head->private >= free_orders(kernel))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "page %#llx: a free block of order %llu",
				 (unsigned long long)head->address.v,
				 (unsigned long long)head->private);
	*ret_block = (struct free_block) {
		.first = head->pfn.v,
		.n = 1ULL << head->private,
		.order = head->private,
		.head = head->address,
	};
	return ST_OK;
}

/*
 * A block lies at a multiple of its size, so that its head is one of the
 * frames that pfn is rounded down to. ST_ABSENT: in no block.
 */
static enum status find_block(struct kernel *kernel, pfn_t pfn,
			      struct free_block *ret_block)
{
	for (unsigned int order = 0; order < free_orders(kernel); order++) {
		pfn_t first = PFN(pfn.v & ~((1ULL << order) - 1));
		struct free_block block;
		struct page head;
		enum status st;

		if (order && !(pfn.v >> (order - 1) & 1))
			continue;	/* the same frame again */
		st = page_read(kernel, first, &head);
		if (st == ST_NO_ADDRESS)
			continue;
		if (!st && !page_is_buddy(kernel, &head))
			continue;
		if (!st)
			st = block_of_head(kernel, &head, &block);
		if (st)
			return st;
		if (holds(&block, pfn)) {
			*ret_block = block;
			return ST_OK;
		}
	}
	return ST_ABSENT;
}

static void tell_block(const struct free_block *block, struct details *details)
{
	details_number(details, "order", block->order);
	details_text(details, "block", "%#llx",
		     (unsigned long long)block->first);
}

static enum status contradiction(struct kernel *kernel,
				 const struct free_block *block,
				 const struct free_list *list)
{
	return diag_fail(&kernel->diag, ST_CORRUPT, "a block of order %u on "
			 "a list of order %u", block->order, list->order);
}

/* "movable" */
static void tell_migratetype(const struct kernel *kernel,
			     unsigned int migratetype, struct details *details)
{
	static const char prefix[] = "MIGRATE_";
	char text[sizeof(((struct kernel_name *)0)->text)];
	const char *name = migratetype_name(kernel, migratetype);
	size_t n = 0;

	if (!strncmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	for (; name[n]; n++)
		text[n] = tolower((unsigned char)name[n]);
	text[n] = '\0';
	if (n)
		details_text(details, "migratetype", "%s", text);
	else
		details_text(details, "migratetype", "%u", migratetype);
}

static enum status describe_block(struct surveyor *surveyor,
				 struct survey *survey)
{
	const struct free_block *block = &surveyor->block;
	struct kernel *kernel = surveyor->kernel;
	struct free_list list;
	enum status st;

	tell_block(block, survey->details);
	st = free_list_find(&surveyor->free_lists, block->head, &list);
	if (!st && list.order != block->order)
		st = contradiction(kernel, block, &list);
	if (st == ST_NO_MEMORY)
		return st;
	if (st)
		gaps_addf(survey->gaps, "migratetype", kernel->diag.text,
			  "page %#llx", (unsigned long long)block->head.v);
	else
		tell_migratetype(kernel, list.migratetype, survey->details);
	return ST_OK;
}

/* ---- lists of CPUs ---- */

static enum status keep_free(const struct percpu_free *free, void *arg)
{
	struct surveyor *surveyor = arg;
	struct kernel *kernel = surveyor->kernel;
	pfn_t pfn;
	bool added;

	if (page_find(kernel, free->page, &pfn)) {
		gaps_addf(&surveyor->listed.gaps, "free lists",
			  kernel->diag.text, "page %#llx",
			  (unsigned long long)free->page.v);
		return ST_OK;
	}
	for (uint64_t i = 0; i < 1ULL << free->order; i++)
		if (map_add(&surveyor->cpu_of_free, pfn.v + i, free->cpu,
			    &added))
			return diag_no_memory(&kernel->diag);
	return ST_OK;
}

static enum status read_lists(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->listed;
	enum status st;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	st = percpu_free_for_each(surveyor->kernel, keep_free, surveyor,
				  &chapter->gaps);
	if (!st || st == ST_NO_MEMORY)
		return st;
	gaps_add(&chapter->gaps, "free lists", "CPUs",
		 surveyor->kernel->diag.text);
	return ST_OK;
}

void free_fini(struct surveyor *surveyor)
{
	free_lists_fini(&surveyor->free_lists);
	map_fini(&surveyor->cpu_of_free);
	gaps_fini(&surveyor->listed.gaps);
}

/* In no block and on none of the lists, all of which were seen: not free. */
static enum status look_in_lists(struct surveyor *surveyor,
				 const struct frame *frame,
				 struct survey *survey)
{
	const uint64_t *cpu;
	enum status st = read_lists(surveyor);

	if (st)
		return st;
	cpu = map_find(&surveyor->cpu_of_free, frame->pfn.v);
	if (!cpu) {
		if (gaps_count(&surveyor->listed.gaps))
			doubt_chapter(&surveyor->listed, "free lists",
				      survey->gaps);
		else
			survey->kind = KIND_KERNEL;
		return ST_OK;
	}
	details_text(survey->details, "list", "per-CPU");
	details_number(survey->details, "cpu", *cpu);
	return ST_OK;
}

/* The last block is kept: most of a machine's free frames stand in a row. */
enum status describe_free(struct surveyor *surveyor, const struct frame *frame,
			  struct survey *survey)
{
	struct kernel *kernel = surveyor->kernel;
	enum status st = ST_OK;

	if (!holds(&surveyor->block, frame->pfn))
		st = find_block(kernel, frame->pfn, &surveyor->block);
	if (!st)
		return describe_block(surveyor, survey);
	if (st == ST_ABSENT)
		return look_in_lists(surveyor, frame, survey);
	if (st == ST_NO_MEMORY)
		return st;
	gaps_addf(survey->gaps, "free block", kernel->diag.text, "PFN %#llx",
		  (unsigned long long)frame->pfn.v);
	return ST_OK;
}
