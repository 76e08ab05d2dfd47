/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame is used for, as far as anything in the dump tells.
 *
 * struct page tells most kinds by itself (kind.c). A surveyor asks the rest of
 * the kernel's memory: its page table, the lists of tasks and of free pages.
 * Each of these is read when the first frame needs it, and kept.
 */
#ifndef RMAP_INSPECT_KIND_SURVEY_H
#define RMAP_INSPECT_KIND_SURVEY_H

#include "base/cleanup.h"
#include "base/details.h"
#include "base/gaps.h"
#include "kind/kind.h"
#include "mm/task.h"

struct surveyor;

/* Whether struct page leaves open what such frames are used for. */
bool page_kind_is_open(enum page_kind kind);

/* kernel and tasks must outlive it. NULL: out of memory. */
struct surveyor *surveyor_new(struct kernel *kernel,
			      const struct tasks *tasks);
void surveyor_free(struct surveyor *surveyor);	/* accepts NULL */
DEFINE_CLEANUP(struct surveyor, surveyor_free)

struct survey {
	enum page_kind kind;
	struct details *details;
	struct gaps *gaps;	/* what of it could not be seen */
};

/*
 * Find out the kind of a frame and its details. survey->kind comes in as
 * page_kind() has it; page is NULL where that is KIND_NO_PAGE or
 * KIND_UNREADABLE. Fails only for lack of memory.
 */
enum status survey(struct surveyor *surveyor, pfn_t pfn,
		   const struct page *page,
		   struct survey *survey) must_check;

#endif
