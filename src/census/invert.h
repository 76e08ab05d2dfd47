/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page tables turned round: of each frame, every place that maps it.
 *
 * Pages that hang on one object (an anon_vma, a file, a stable node) and lie
 * near each other in it are looked for together: the object's tree is asked
 * once which VMAs cover any of them, and of each VMA that part of the page
 * table is read, once. A pair of page and VMA that cannot match is never
 * looked at. Memory is that of one stretch for each thread.
 */
#ifndef RMAP_INSPECT_CENSUS_INVERT_H
#define RMAP_INSPECT_CENSUS_INVERT_H

#include "census/frames.h"
#include "census/sheet.h"
#include "mm/task.h"
#include "mm/vma.h"

struct inverted_mapping {
	uint32_t vma;		/* place in the stretch's vmas */
	uint8_t level;		/* enum pt_level of the entry */
	uint8_t state;		/* enum map_state */
	bool plain;		/* mapped, by an entry of the lowest level */
	uint64_t address;	/* of the page */
};

struct inverted_page {
	uint64_t pfn;
	const struct frame_use *use;
	const struct frame_words *words;
	size_t n_mappings;
	size_t n_counted;	/* of these: the others map nothing any more */
	/* In the order of the VMAs. */
	const struct inverted_mapping *mappings;
};

struct inverted_vma {
	struct vma vma;
	const struct user_mm *mm;	/* NULL: no process has it */
};

struct stretch {
	/* What page.mapping leads to; RMAP_NOT_KEPT: there is no way back. */
	enum rmap_type type;
	size_t n_pages;
	const struct inverted_page *pages;
	size_t n_vmas;			/* in order of pid, address, mm */
	const struct inverted_vma *vmas;
	const struct gaps *gaps;	/* what was not seen, of all pages */
};

/* Of what may be mapped, and has no way back, only a scan tells by whom. */
bool inverted_page_is_listed(const struct inverted_page *page);

/* How often it is mapped: by those that are listed, or as was counted. */
uint64_t inverted_page_n_mapped(const struct inverted_page *page);

/* Why some mappings may be missing; NULL: none are. Lives with the stretch. */
const char *inverted_page_gap(const struct stretch *stretch,
			      const struct inverted_page *page);

/* For different stretches at the same time. Failure ends the work. */
typedef enum status stretch_fn(const struct stretch *stretch,
			       struct sheet *sheet, void *arg);

struct inversion {
	struct crew *crew;
	const struct tasks *tasks;
	const struct frames *frames;	/* counted: spaces_count() */
	/* One bit for each place: which frames are wanted. NULL: all. */
	const uint64_t *wanted;
	stretch_fn *fn;
	void *arg;
	struct press *press;
};

/*
 * All wanted frames: those of an object together and in order of index, the
 * objects in order of address, and then those that hang on none, by PFN.
 * *ret_n_wanted is how many these are, however it ends; ST_STOPPED: the first
 * of them have been handed out.
 */
enum status invert(const struct inversion *inversion,
		   uint64_t *ret_n_wanted) must_check;

#endif
