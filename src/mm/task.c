/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the task list, and grouping it by address space. */
#include "mm/task.h"

#include "mm/list.h"
#include "mm/task_roads.h"

struct reader {
	struct kernel *kernel;
	struct gaps *gaps;
	struct use_vec uses;
};

static void record(struct reader *reader, const char *what, kaddr_t task)
{
	gaps_addf(reader->gaps, what, reader->kernel->diag.text,
		  "task %#llx", (unsigned long long)task.v);
}

/* One process, whose threads are asked for their mm. */
struct thread_search {
	struct reader *reader;
	kaddr_t mm;
};

/* ST_STOPPED: one thread with an mm tells that of all. */
static enum status look_at_thread(kaddr_t task, void *arg)
{
	struct thread_search *search = arg;
	struct reader *reader = search->reader;
	struct object object;

	if (object_read(reader->kernel, S_task_struct, task, &object)) {
		record(reader, "thread", task);
		return ST_OK;
	}
	if (object_value(&object, M_task_struct_flags) & PF_KTHREAD)
		return ST_OK;
	search->mm = object_pointer(&object, M_task_struct_mm);
	return search->mm.v ? ST_STOPPED : ST_OK;
}

static enum status mm_of_threads(struct reader *reader,
				 const struct object *leader, kaddr_t *ret_mm)
{
	const struct layout *layout = &reader->kernel->facts.layout;
	const struct member_layout *head =
		&layout->members[M_signal_struct_thread_head];
	kaddr_t signal = object_pointer(leader, M_task_struct_signal);
	struct list threads = {
		.head = kaddr_add(signal, head->offset),
		.link = M_task_struct_thread_node,
		.what = "thread list",
		.entry = "task",
	};
	struct thread_search search = { .reader = reader };
	enum status st;

	if (!signal.v)
		return ST_OK;
	st = list_for_each(reader->kernel, &threads, look_at_thread, &search,
			   reader->gaps);
	*ret_mm = search.mm;
	return st == ST_STOPPED ? ST_OK : st;
}

static enum status look_at_process(kaddr_t task, void *arg)
{
	struct reader *reader = arg;
	struct object leader;
	struct use use = { .has_process = true };
	enum status st;

	if (object_read(reader->kernel, S_task_struct, task, &leader)) {
		record(reader, "process", task);
		return ST_OK;
	}
	if (object_value(&leader, M_task_struct_flags) & PF_KTHREAD)
		return ST_OK;
	use.mm = object_pointer(&leader, M_task_struct_mm);
	if (!use.mm.v) {
		st = mm_of_threads(reader, &leader, &use.mm);
		if (st)
			return st;
	}
	if (!use.mm.v)
		return ST_OK;	/* a zombie */
	use.process = process_of_leader(reader->kernel, &leader);
	if (use_vec_push(&reader->uses, use))
		return diag_no_memory(&reader->kernel->diag);
	return ST_OK;
}

/* ---- grouping by mm ---- */

/* Those without a process come last. */
static int by_pid(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->has_process != y->has_process)
		return x->has_process ? -1 : 1;
	return (x->process.pid > y->process.pid) -
	       (x->process.pid < y->process.pid);
}

/* Number the mms in order of their first pid, and count the users of each. */
static enum status number_mms(struct tasks *tasks, const struct use_vec *uses)
{
	for (size_t i = 0; i < uses->n; i++) {
		kaddr_t mm = uses->items[i].mm;
		bool added;
		enum status st = map_add(&tasks->by_mm, mm.v, tasks->n_mms,
					 &added);

		if (st)
			return st;
		if (added)
			tasks->mms[tasks->n_mms++].mm = mm;
		tasks->mms[*map_find(&tasks->by_mm, mm.v)].n_processes +=
			uses->items[i].has_process;
	}
	return ST_OK;
}

/* Give each mm its run of the processes array, then fill the runs. */
static void place_processes(struct tasks *tasks, const struct use_vec *uses)
{
	struct process *next = tasks->processes;

	for (size_t i = 0; i < tasks->n_mms; i++) {
		tasks->mms[i].processes = next;
		next += tasks->mms[i].n_processes;
		tasks->mms[i].n_processes = 0;
	}
	for (size_t i = 0; i < uses->n; i++) {
		struct user_mm *mm = &tasks->mms[
			*map_find(&tasks->by_mm, uses->items[i].mm.v)];
		size_t first = mm->processes - tasks->processes;

		if (uses->items[i].has_process)
			tasks->processes[first + mm->n_processes++] =
				uses->items[i].process;
	}
}

static enum status group_by_mm(struct tasks *tasks, struct use_vec *uses)
{
	if (!uses->n)
		return ST_OK;
	tasks->mms = calloc(uses->n, sizeof(*tasks->mms));
	tasks->processes = calloc(uses->n, sizeof(*tasks->processes));
	if (!tasks->mms || !tasks->processes)
		return ST_NO_MEMORY;
	qsort(uses->items, uses->n, sizeof(uses->items[0]), by_pid);
	if (number_mms(tasks, uses))
		return ST_NO_MEMORY;
	place_processes(tasks, uses);
	return ST_OK;
}

enum status tasks_read(struct kernel *kernel, struct tasks **ret_tasks)
{
	cleanup(tasks_free_cleanup) struct tasks *tasks =
		calloc(1, sizeof(*tasks));
	struct reader reader = { .kernel = kernel };
	const struct facts *facts = &kernel->facts;
	const struct member_layout *link =
		&facts->layout.members[M_task_struct_tasks];
	struct list list = {
		.head = kaddr_add(facts->variables[KSYM_INIT_TASK].address,
				  link->offset),
		.link = M_task_struct_tasks,
		.what = "task list",
		.entry = "task",
	};
	enum status st;

	if (!tasks)
		return diag_no_memory(&kernel->diag);
	reader.gaps = &tasks->gaps;
	st = list_for_each(kernel, &list, look_at_process, &reader,
			   &tasks->gaps);
	/* The list of a running machine changes while it is read. */
	if (!st && gaps_count(&tasks->gaps) && !kernel->image->live)
		st = task_roads_read(kernel, &reader.uses, &tasks->gaps);
	if (!st && group_by_mm(tasks, &reader.uses))
		st = diag_no_memory(&kernel->diag);
	use_vec_fini(&reader.uses);
	if (st)
		return st;
	*ret_tasks = take(tasks);
	return ST_OK;
}

void tasks_free(struct tasks *tasks)
{
	if (!tasks)
		return;
	free(tasks->mms);
	free(tasks->processes);
	map_fini(&tasks->by_mm);
	gaps_fini(&tasks->gaps);
	free(tasks);
}

const struct user_mm *tasks_of_mm(const struct tasks *tasks, kaddr_t mm)
{
	const uint64_t *place = map_find(&tasks->by_mm, mm.v);

	return place ? &tasks->mms[*place] : NULL;
}
