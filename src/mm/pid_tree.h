/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All threads by their number: another road to what the task list leads to.
 *
 * Mirrors pid_namespace.idr of the initial namespace (4.15), whose entries are
 * struct pid. Each has a list of the one thread with this number, and another
 * of the process that it leads. The idle threads have no number.
 */
#ifndef RMAP_INSPECT_MM_PID_TREE_H
#define RMAP_INSPECT_MM_PID_TREE_H

#include "base/gaps.h"
#include "kernel/kernel.h"

struct pid_entry {
	uint32_t number;
	kaddr_t task;
	bool leads_process;
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status pid_fn(const struct pid_entry *entry, void *arg);

/*
 * Each number that a thread has; the thread itself is not read. What cannot be
 * seen is recorded in gaps. ST_UNKNOWN: the tree or its layout is not known.
 */
enum status pid_tree_for_each(struct kernel *kernel, pid_fn *fn, void *arg,
			      struct gaps *gaps) must_check;

#endif
