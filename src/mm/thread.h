/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All threads, those of the kernel among them, for what each has by itself: a
 * stack.
 *
 * Mirrors for_each_process_thread(). The idle threads are in no list: the
 * first CPU's is init_task, those of the others stand in idle_threads.
 */
#ifndef RMAP_INSPECT_MM_THREAD_H
#define RMAP_INSPECT_MM_THREAD_H

#include "base/gaps.h"
#include "kernel/kernel.h"
#include "mm/comm.h"

struct thread {
	kaddr_t task;
	kaddr_t stack;		/* its lowest address; 0: already released */
	uint32_t pid;
	char comm[COMM_SIZE];
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status thread_fn(const struct thread *thread, void *arg);

/* Needs the layout of task_struct.stack and pid; ST_UNKNOWN without. */
enum status thread_for_each(struct kernel *kernel, thread_fn *fn, void *arg,
			    struct gaps *gaps) must_check;

#endif
