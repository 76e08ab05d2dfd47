/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads for work that falls into numbered parts, each with a kernel of its
 * own to read from. Knows nothing of the work.
 */
#ifndef RMAP_INSPECT_CENSUS_CREW_H
#define RMAP_INSPECT_CENSUS_CREW_H

#include "base/cleanup.h"
#include "census/sheet.h"
#include "kernel/kernel.h"

#define MAX_CREW	256u

struct crew {
	struct kernel *kernels[MAX_CREW];	/* the first is the caller's */
	size_t n;
};

/* As many as wanted; 0: as there are CPUs. From 1 to MAX_CREW. */
size_t crew_size(size_t wanted);

/* n from 1 to MAX_CREW; kernel must outlive it. Release with crew_free(). */
enum status crew_new(struct kernel *kernel, size_t n,
		     struct crew **ret_crew) must_check;
void crew_free(struct crew *crew);	/* accepts NULL */
DEFINE_CLEANUP(struct crew, crew_free)

/*
 * Part i. Parts are done at the same time, in no order; what one writes, no
 * other may touch. Anything but ST_OK ends the work; kernel->diag says why.
 */
typedef enum status part_fn(struct kernel *kernel, size_t i, void *arg);

/*
 * Do parts 0 … n - 1, and tell of progress under a name. Of several failures
 * that of the lowest part is the result, and before any ST_STOPPED; that when the caller's log has
 * been told to stop. Then the first parts have been done, each wholly, and the
 * others not at all.
 */
enum status crew_work(struct crew *crew, const char *name, size_t n,
		      part_fn *fn, void *arg) must_check;

/*
 * The same for work of which each part writes a sheet: when a part fails, the
 * press ends, and nobody waits for those that will not come.
 */
enum status crew_print(struct crew *crew, const char *name, size_t n,
		       part_fn *fn, void *arg,
		       struct press *press) must_check;

#endif
