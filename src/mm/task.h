/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes, and which of them use which address space.
 *
 * Mirrors the list that starts at init_task, thread groups and signal_struct.
 * A process's mm is that of any of its threads: its leader may be a zombie
 * while others run. Several processes can share one mm (vfork, CLONE_VM).
 */
#ifndef RMAP_INSPECT_MM_TASK_H
#define RMAP_INSPECT_MM_TASK_H

#include "base/cleanup.h"
#include "base/gaps.h"
#include "base/map.h"
#include "mm/comm.h"

/* A thread group. */
struct process {
	uint32_t pid;		/* of the leader, in the initial namespace */
	bool has_comm;
	char comm[COMM_SIZE];	/* of the leader, if that could be read */
	kaddr_t task;		/* its task_struct; that of a thread if not */
};

/*
 * An address space in use; its processes stand in order of pid. Where the task
 * list is broken they may all be unknown.
 */
struct user_mm {
	kaddr_t mm;
	size_t n_processes;
	const struct process *processes;
};

/* NULL: none is known. */
static inline const struct process *first_process(const struct user_mm *mm)
{
	return mm->n_processes ? mm->processes : NULL;
}

struct tasks {
	size_t n_mms;
	struct user_mm *mms;		/* in order of their first pid */
	struct process *processes;
	struct map by_mm;		/* mm_struct → place in mms */
	struct gaps gaps;		/* what of the task list was not seen */
};

/*
 * Read the whole task list; where it is broken, go by other roads (see
 * task_roads.h). Release with tasks_free().
 */
enum status tasks_read(struct kernel *kernel,
		       struct tasks **ret_tasks) must_check;
void tasks_free(struct tasks *tasks);	/* accepts NULL */
DEFINE_CLEANUP(struct tasks, tasks_free)

/* Who uses mm; NULL: nobody that was found. Lives as long as tasks. */
const struct user_mm *tasks_of_mm(const struct tasks *tasks, kaddr_t mm);

#endif
