/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes and address spaces where the task list breaks off; for task.c.
 *
 * The tree of PIDs leads to all threads: as many as the kernel counts are all.
 * Slabs of task_struct lead to more, but do not prove it. What of it stays
 * unread has an mm still, which x86 lists with its page table, and which lies in
 * a slab.
 */
#ifndef RMAP_INSPECT_MM_TASK_ROADS_H
#define RMAP_INSPECT_MM_TASK_ROADS_H

#include "base/vec.h"
#include "mm/task.h"

/* One process as used by one mm, before they are grouped. */
struct use {
	kaddr_t mm;
	bool has_process;	/* else only the mm was found */
	struct process process;
};

DEFINE_VEC(use_vec, struct use)

/*
 * Add what the list has not led to. gaps: why it is broken; none are left if
 * all threads were found, else there are more.
 */
enum status task_roads_read(struct kernel *kernel, struct use_vec *uses,
			    struct gaps *gaps) must_check;

/* The process that this task leads. */
struct process process_of_leader(const struct kernel *kernel,
				 const struct object *leader);

/* include/linux/sched.h. A kernel thread can borrow a user's mm for a while. */
#define PF_KTHREAD	0x00200000ULL

#endif
