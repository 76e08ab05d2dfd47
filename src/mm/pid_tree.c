/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The idr is an XArray, and was a radix tree before 4.20. */
#include "mm/pid_tree.h"

#include "mm/xarray.h"

/* enum pid_type, since 6883f81aac6f (4.19). */
#define PIDTYPE_PID	0
#define PIDTYPE_TGID	1

struct walk {
	struct kernel *kernel;
	pid_fn *fn;
	void *arg;
	struct gaps *gaps;
};

/* What is allocated and not in use yet is NULL, and not handed out. */
static enum status look_at_entry(const struct xarray_entry *found, void *arg)
{
	const struct walk *walk = arg;
	struct kernel *kernel = walk->kernel;
	struct pid_entry entry = { .number = found->index };
	struct object pid;
	kaddr_t first;

	if (object_read(kernel, S_pid, found->pointer, &pid)) {
		gaps_addf(walk->gaps, "PID tree", kernel->diag.text,
			  "PID %llu", (unsigned long long)found->index);
		return ST_OK;
	}
	first = KADDR(object_element(&pid, M_pid_tasks, PIDTYPE_PID));
	if (!first.v)
		return ST_OK;	/* of a session or group whose leader is gone */
	entry.task = container_of_member(kernel, M_task_struct_pid_links,
					 first);
	entry.leads_process = object_element(&pid, M_pid_tasks, PIDTYPE_TGID);
	return walk->fn(&entry, walk->arg);
}

static bool is_known(const struct layout *layout)
{
	return layout_has(layout, M_pid_namespace_idr) &&
	       layout_has(layout, M_pid_tasks) &&
	       layout->members[M_pid_tasks].count > PIDTYPE_TGID &&
	       layout_has(layout, M_task_struct_pid_links);
}

enum status pid_tree_for_each(struct kernel *kernel, pid_fn *fn, void *arg,
			      struct gaps *gaps)
{
	const struct kernel_variable *namespace =
		&kernel->facts.variables[KSYM_INIT_PID_NS];
	struct walk walk = { kernel, fn, arg, gaps };
	struct object object;

	if (!namespace->present || !is_known(&kernel->facts.layout))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "this kernel has no known PID tree");
	if (object_read(kernel, S_pid_namespace, namespace->address,
			&object)) {
		gaps_add(gaps, "PID tree", "init_pid_ns", kernel->diag.text);
		return ST_OK;
	}
	return xarray_for_each(kernel, &object, M_pid_namespace_idr,
			       look_at_entry, &walk, gaps);
}
