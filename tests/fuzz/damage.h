/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ways to damage a dump, aimed at what is read to answer a question.
 *
 * Everything follows from a number, so that the same number does the same
 * again.
 */
#ifndef RMAP_INSPECT_FUZZ_DAMAGE_H
#define RMAP_INSPECT_FUZZ_DAMAGE_H

#include "reads.h"
#include "specimen.h"

struct chance {
	uint64_t state;
};

/* A number below n. */
uint64_t chance_below(struct chance *chance, uint64_t n);

/* What is kept in a frame: "slab vm_area_struct". */
typedef const char *name_frame_fn(uint64_t pfn, void *arg);

struct damage {
	const char *name;
	enum specimen_form form;
	/* The dump lacks something, and what is there is right. */
	bool honest;
	char where[128];
};

/* Choose one and do it. reads is what there is to aim at. */
void damage_do(struct specimen specimens[static N_FORMS],
	       const struct reads *reads, name_frame_fn *name_frame, void *arg,
	       struct chance *chance, struct damage *ret_damage);

size_t damage_kinds(void);
const char *damage_name(size_t i);

#endif
