/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every address space, and everything that its page tables map: read once for
 * the count of each frame, and once more for what depends on it.
 *
 * Sees the address spaces of the task list, as scan.h does. Counts as
 * /proc/PID/smaps does (smaps_pte_entry(), smaps_account()).
 */
#ifndef RMAP_INSPECT_CENSUS_SPACES_H
#define RMAP_INSPECT_CENSUS_SPACES_H

#include "census/frames.h"
#include "mm/task.h"

/* Bits behind the point in a proportional share (PSS_SHIFT). */
#define PSS_SHIFT	12

/* What one of so many who share a page has of it. */
static inline uint64_t page_share(const struct mmu *mmu, uint32_t n_sharers)
{
	uint64_t whole = 1ULL << mmu->page_shift << PSS_SHIFT;

	return n_sharers > 1 ? whole / n_sharers : whole;
}

enum page_class {
	CLASS_FILE,
	CLASS_ANON,
	CLASS_SHMEM,
	CLASS_HUGETLB,		/* in no sum but its own */
	N_CLASSES,
};

/* In pages of the smallest size, unless told otherwise. */
struct space {
	const struct user_mm *mm;
	bool counted;		/* what is below is known */
	uint64_t n_vmas;
	uint64_t covered;	/* by VMAs */
	uint64_t classes[N_CLASSES];	/* all that is mapped and normal */
	uint64_t unique;	/* nobody else maps these; without hugetlb */
	uint64_t proportional;	/* bytes << PSS_SHIFT: each page by its sharers */
	uint64_t raw;		/* pte_special(): no struct page is meant */
	uint64_t swapped;	/* swap entries */
	uint64_t poisoned;	/* taken away for a memory failure */
	uint64_t not_present;	/* other entries that are not present */
	/* By spaces_count_swap(), see swapped.h. */
	uint64_t swapped_shmem;	/* of shared memory that VMAs map */
	uint64_t swap_proportional;	/* as proportional, of swapped */
	uint64_t n_unweighed;	/* of swapped: how many share it is not known */
	struct gaps gaps;
};

struct spaces {
	const struct tasks *tasks;
	size_t n;
	struct space *list;	/* in the order of tasks->mms */
};

/*
 * Read all page tables: n_mappings and sharers of each frame, and of each
 * address space what does not depend on the others. After ST_STOPPED that is
 * known of those that are counted, and of the frames nothing.
 */
enum status spaces_count(struct crew *crew, const struct tasks *tasks,
			 struct frames *frames,
			 struct spaces **ret_spaces) must_check;
/* Without hugetlb, as smaps has it. */
static inline uint64_t space_resident(const struct space *space)
{
	return space->classes[CLASS_FILE] + space->classes[CLASS_ANON] +
	       space->classes[CLASS_SHMEM];
}

void spaces_free(struct spaces *spaces);	/* accepts NULL */
DEFINE_CLEANUP(struct spaces, spaces_free)

/*
 * Unique and proportional of each: known from the count already if it came to
 * what struct pages say, or else by reading all page tables again.
 */
enum status spaces_weigh(struct crew *crew, struct spaces *spaces,
			 struct frames *frames) must_check;

#endif
