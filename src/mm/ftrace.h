/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where ftrace keeps what it knows of each function that it can trace.
 *
 * Mirrors the list that starts at ftrace_pages_start (kernel/trace/ftrace.c).
 * Does not look into the records.
 */
#ifndef RMAP_INSPECT_MM_FTRACE_H
#define RMAP_INSPECT_MM_FTRACE_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/* struct ftrace_page: an allocation full of records. */
struct ftrace_records {
	kaddr_t first;
	unsigned int order;
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status ftrace_fn(const struct ftrace_records *records, void *arg);

/*
 * Each allocation of records. Where the list cannot be followed it ends, and
 * gaps say so; without its symbol or layout there is none.
 */
enum status ftrace_records_for_each(struct kernel *kernel, ftrace_fn *fn,
				    void *arg, struct gaps *gaps) must_check;

#endif
