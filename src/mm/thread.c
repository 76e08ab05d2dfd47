/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of thread groups, and in each the list of its threads; and what
 * each CPU runs when it is idle.
 */
#include "mm/thread.h"

#include "mm/list.h"
#include "mm/percpu.h"

struct walk {
	struct kernel *kernel;
	thread_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static void record(const struct walk *walk, const char *what, kaddr_t task)
{
	gaps_addf(walk->gaps, what, walk->kernel->diag.text, "task %#llx",
		  (unsigned long long)task.v);
}

static struct thread describe(const struct kernel *kernel,
			      const struct object *task)
{
	struct thread thread = {
		.task = task->address,
		.stack = object_pointer(task, M_task_struct_stack),
		.pid = object_value(task, M_task_struct_pid),
	};

	comm_copy(kernel, task, M_task_struct_comm, thread.comm);
	return thread;
}

static enum status visit_thread(kaddr_t task, void *arg)
{
	const struct walk *walk = arg;
	struct object object;
	struct thread thread;

	if (object_read(walk->kernel, S_task_struct, task, &object)) {
		record(walk, "thread", task);
		return ST_OK;
	}
	thread = describe(walk->kernel, &object);
	return walk->fn(&thread, walk->arg);
}

static enum status visit_group(kaddr_t leader, void *arg)
{
	struct walk *walk = arg;
	const struct layout *layout = &walk->kernel->facts.layout;
	struct list threads = {
		.link = M_task_struct_thread_node,
		.what = "thread list",
		.entry = "task",
	};
	struct object object;

	if (object_read(walk->kernel, S_task_struct, leader, &object)) {
		record(walk, "process", leader);
		return ST_OK;
	}
	threads.head = object_pointer(&object, M_task_struct_signal);
	if (!threads.head.v)
		return ST_OK;	/* it has left its group, and dies */
	threads.head = kaddr_add(threads.head, layout->members[
					M_signal_struct_thread_head].offset);
	return list_for_each(walk->kernel, &threads, visit_thread, walk,
			     walk->gaps);
}

/* ---- idle threads ---- */

static enum status visit_idle(struct walk *walk, const struct cpu *cpu)
{
	struct kernel *kernel = walk->kernel;
	const struct kernel_variable *variables = kernel->facts.variables;
	kaddr_t at = percpu_address(cpu,
				    variables[KSYM_IDLE_THREADS].address);
	kaddr_t task;

	if (kernel_read_word(kernel, at, &task.v)) {
		gaps_addf(walk->gaps, "idle thread", kernel->diag.text,
			  "CPU %u", cpu->number);
		return ST_OK;
	}
	/* init_task is the first CPU's; others may never have been started. */
	if (!task.v || kaddr_equal(task, variables[KSYM_INIT_TASK].address))
		return ST_OK;
	return visit_thread(task, walk);
}

/* idle_thread_get(): there are others than init_task with CONFIG_SMP alone. */
static enum status visit_idles(struct walk *walk)
{
	struct kernel *kernel = walk->kernel;
	struct cpu_vec cpus = { NULL, 0, 0 };
	enum status st;

	if (!kernel->facts.variables[KSYM_IDLE_THREADS].present)
		return ST_OK;
	st = percpu_read_cpus(kernel, &cpus);
	if (st && st != ST_NO_MEMORY) {
		gaps_add(walk->gaps, "idle thread", "CPUs",
			 kernel->diag.text);
		st = ST_OK;
	}
	for (size_t i = 0; i < cpus.n && !st; i++)
		st = visit_idle(walk, &cpus.items[i]);
	cpu_vec_fini(&cpus);
	return st;
}

enum status thread_for_each(struct kernel *kernel, thread_fn *fn, void *arg,
			    struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	const kaddr_t init = kernel->facts.variables[KSYM_INIT_TASK].address;
	const struct list groups = {
		.head = kaddr_add(init, layout->members[
					M_task_struct_tasks].offset),
		.link = M_task_struct_tasks,
		.what = "task list",
		.entry = "task",
	};
	struct walk walk = { kernel, fn, arg, gaps };
	enum status st;

	if (!layout_has(layout, M_task_struct_stack) ||
	    !layout_has(layout, M_task_struct_pid))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "task_struct.stack: its layout is not known");
	st = visit_thread(init, &walk);
	if (!st)
		st = visit_idles(&walk);
	return st ? st : list_for_each(kernel, &groups, visit_group, &walk,
				       gaps);
}
