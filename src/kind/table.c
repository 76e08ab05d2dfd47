/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Page tables: whose and of which level. Until 6.14 not all levels have a
 * type (pagetable_pgd_ctor() is of 6.15), so that only a walk finds them.
 */
#include "kind/surveyor.h"

static enum status read_tables(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->tabled;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	return table_map_read(surveyor->kernel, surveyor->tasks,
			      &chapter->gaps, &surveyor->table_map);
}

void table_fini(struct surveyor *surveyor)
{
	table_map_free(surveyor->table_map);
	gaps_fini(&surveyor->tabled.gaps);
}

/* With four levels there are no p4d tables: the kernel calls the top one pgd. */
static const char *level_name(const struct mmu *mmu, enum pt_level level)
{
	return pt_level_name(level == mmu_top(mmu) ? PT_PGD : level);
}

static void tell_owner(const struct mmu *mmu, const struct table_owner *owner,
		       struct details *details)
{
	const struct process *process = owner->mm ? first_process(owner->mm) :
						    NULL;

	details_text(details, "level", "%s", level_name(mmu, owner->level));
	if (!owner->mm) {
		details_text(details, "of", "kernel");
		return;
	}
	details_address(details, "mm", owner->mm->mm.v);
	if (process)
		details_number(details, "pid", process->pid);
	if (process && process->has_comm)
		details_text(details, "comm", "%s", process->comm);
	if (owner->is_shared)
		details_text(details, "shared", "with other address spaces");
}

static enum status find(struct surveyor *surveyor, const struct frame *frame,
			struct survey *survey)
{
	struct table_owner owner;
	enum status st = read_tables(surveyor);

	if (st || !surveyor->table_map ||
	    !table_map_find(surveyor->table_map, frame->pfn, &owner))
		return st;
	survey->kind = KIND_PAGE_TABLE;
	tell_owner(&surveyor->kernel->mmu, &owner, survey->details);
	return ST_OK;
}

/*
 * The kind is certain; whose it is may not be found: that of an address space
 * that no task has any more, or one that was just made.
 */
enum status describe_table(struct surveyor *surveyor,
			   const struct frame *frame, struct survey *survey)
{
	enum status st = find(surveyor, frame, survey);

	if (!st && !survey->details->list.n)
		doubt_chapter(&surveyor->tabled, "page tables", survey->gaps);
	return st;
}

/*
 * What a table entry leads to is one only as long as nothing else is known: a
 * damaged entry can lead anywhere.
 */
enum status claim_table(struct surveyor *surveyor, const struct frame *frame,
			struct survey *survey)
{
	return find(surveyor, frame, survey);
}
