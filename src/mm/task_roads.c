/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cheap road first: the tree, then slabs, then address spaces by
 * themselves. An object of a slab counts if others lead to it.
 */
#include "mm/task_roads.h"

#include <stdio.h>

#include "mm/pgd_list.h"
#include "mm/pgtable.h"
#include "mm/pid_tree.h"
#include "mm/slab_scan.h"

struct roads {
	struct kernel *kernel;
	struct use_vec *uses;
	struct gaps gaps;
	struct map threads;	/* task_structs that were found */
	struct map pids;	/* of processes that have a use */
	struct map mms;		/* that somebody has */
	struct map unread;	/* task_struct of a process → its PID */
	struct map owners;	/* PID of such a process → its place in uses */
	bool by_tree;		/* it led to all threads */
};

static enum status no_memory(const struct roads *roads)
{
	return diag_no_memory(&roads->kernel->diag);
}

static enum status add_use(struct roads *roads, const struct use *use)
{
	bool added;

	return use_vec_push(roads->uses, *use) ||
	       map_add(&roads->mms, use->mm.v, 0, &added) ?
	       no_memory(roads) : ST_OK;
}

/* What the list has led to. */
static enum status begin(struct roads *roads)
{
	bool added;

	for (size_t i = 0; i < roads->uses->n; i++) {
		const struct use *use = &roads->uses->items[i];

		if (map_add(&roads->pids, use->process.pid, 0, &added) ||
		    map_add(&roads->mms, use->mm.v, 0, &added))
			return no_memory(roads);
	}
	return ST_OK;
}

/* ---- threads ---- */

struct process process_of_leader(const struct kernel *kernel,
				 const struct object *leader)
{
	struct process process = {
		.pid = object_value(leader, M_task_struct_tgid),
		.has_comm = true,
		.task = leader->address,
	};

	comm_copy(kernel, leader, M_task_struct_comm, process.comm);
	return process;
}

/* The leader has the name; if it cannot be read, any thread has the rest. */
static struct process process_of_thread(struct kernel *kernel,
					const struct object *thread)
{
	uint64_t tgid = object_value(thread, M_task_struct_tgid);
	struct object leader;

	if (object_value(thread, M_task_struct_pid) == tgid)
		return process_of_leader(kernel, thread);
	if (layout_has(thread->layout, M_task_struct_group_leader) &&
	    !object_read(kernel, S_task_struct,
			 object_pointer(thread, M_task_struct_group_leader),
			 &leader) &&
	    object_value(&leader, M_task_struct_pid) == tgid &&
	    object_value(&leader, M_task_struct_tgid) == tgid)
		return process_of_leader(kernel, &leader);
	return (struct process) { .pid = tgid, .task = thread->address };
}

static enum status add_thread(struct roads *roads, const struct object *thread)
{
	struct use use = {
		.mm = object_pointer(thread, M_task_struct_mm),
		.has_process = true,
	};
	uint64_t tgid = object_value(thread, M_task_struct_tgid);
	bool added;

	if (map_add(&roads->threads, thread->address.v, 0, &added))
		return no_memory(roads);
	if (!added || !use.mm.v ||
	    object_value(thread, M_task_struct_flags) & PF_KTHREAD)
		return ST_OK;
	if (map_add(&roads->pids, tgid, 0, &added))
		return no_memory(roads);
	if (!added)
		return ST_OK;
	use.process = process_of_thread(roads->kernel, thread);
	return add_use(roads, &use);
}

/* ---- by the tree of PIDs ---- */

static enum status miss_thread(struct roads *roads,
			       const struct pid_entry *entry)
{
	bool added;

	gaps_addf(&roads->gaps, entry->leads_process ? "process" : "thread",
		  roads->kernel->diag.text, "PID %u, task %#llx",
		  entry->number, (unsigned long long)entry->task.v);
	if (entry->leads_process &&
	    map_add(&roads->unread, entry->task.v, entry->number, &added))
		return no_memory(roads);
	return ST_OK;
}

static enum status look_at_number(const struct pid_entry *entry, void *arg)
{
	struct roads *roads = arg;
	struct object thread;
	uint64_t pid;

	if (object_read(roads->kernel, S_task_struct, entry->task, &thread))
		return miss_thread(roads, entry);
	pid = object_value(&thread, M_task_struct_pid);
	if (pid == entry->number)
		return add_thread(roads, &thread);
	gaps_addf(&roads->gaps, "PID tree", "its thread has another PID",
		  "PID %u, task %#llx", entry->number,
		  (unsigned long long)entry->task.v);
	return ST_OK;
}

/* ---- by slabs ---- */

/* Whether an entry beside this one leads back to it. */
static bool has_neighbour(struct kernel *kernel, const struct object *task,
			  enum member_id link)
{
	const struct layout *layout = &kernel->facts.layout;
	const enum member_id ways[] = { M_list_head_next, M_list_head_prev };
	kaddr_t node = kaddr_add(task->address, layout->members[link].offset);

	for (size_t i = 0; i < 2; i++) {
		kaddr_t there, back;

		if (!kernel_read_word(kernel, kaddr_add(node,
				layout->members[ways[i]].offset), &there.v) &&
		    !kaddr_equal(there, node) &&
		    !kernel_read_word(kernel, kaddr_add(there,
				layout->members[ways[1 - i]].offset),
				      &back.v) &&
		    kaddr_equal(back, node))
			return true;
	}
	return false;
}

/*
 * A task that was released, or is not begun yet, is in no list: one that was
 * there keeps its own links, and nobody's leads to it.
 */
static enum status look_at_task(const struct slab_find *find, void *arg)
{
	struct roads *roads = arg;
	struct object task;

	if (object_read(roads->kernel, S_task_struct, find->address, &task) ||
	    (!has_neighbour(roads->kernel, &task, M_task_struct_thread_node) &&
	     !has_neighbour(roads->kernel, &task, M_task_struct_tasks)))
		return ST_OK;
	return add_thread(roads, &task);
}

/* ---- are these all? ---- */

static bool count_threads(struct kernel *kernel, uint32_t *ret_n)
{
	const struct kernel_variable *count =
		&kernel->facts.variables[KSYM_NR_THREADS];

	return count->present && !kernel_read(kernel, count->address, ret_n,
					      sizeof(*ret_n));
}

/*
 * The idle threads are neither counted nor found. What slabs hold can be more
 * than is in use, so that as many as there are need not be those that are.
 */
static bool are_all_found(const struct roads *roads)
{
	uint32_t n;

	return count_threads(roads->kernel, &n) && n == roads->threads.n;
}

static void doubt_count(struct roads *roads)
{
	char why[80] = "how many there are is not known";
	uint32_t n;

	if (count_threads(roads->kernel, &n))
		snprintf(why, sizeof(why), "the kernel counts %u, %zu were "
			 "found", n, roads->threads.n);
	gaps_add(&roads->gaps, "threads", "all roads", why);
}

/* ---- address spaces by themselves ---- */

/* Of one whose last user has gone, the tables are being freed. */
static bool is_of_interest(struct kernel *kernel, kaddr_t mm)
{
	const struct layout *layout = &kernel->facts.layout;
	struct object object;

	return object_read(kernel, S_mm_struct, mm, &object) ||
	       (object_value(&object, M_mm_struct_map_count) &&
		(!layout_has(layout, M_mm_struct_mm_users) ||
		 object_value(&object, M_mm_struct_mm_users)));
}

/*
 * mm_struct.owner is one of those who have it. During exec a process owns two
 * for a moment, so one that seems to is told of neither.
 */
static enum status find_owner(struct roads *roads, struct use *use)
{
	struct object mm;
	const uint64_t *pid;
	bool added;

	if (!layout_has(&roads->kernel->facts.layout, M_mm_owner_owner) ||
	    object_read(roads->kernel, S_mm_owner, use->mm, &mm))
		return ST_OK;
	pid = map_find(&roads->unread,
		       object_pointer(&mm, M_mm_owner_owner).v);
	if (!pid)
		return ST_OK;
	use->process.pid = *pid;
	use->process.task = object_pointer(&mm, M_mm_owner_owner);
	if (map_add(&roads->owners, *pid, roads->uses->n, &added))
		return no_memory(roads);
	use->has_process = added;
	if (!added)
		roads->uses->items[*map_find(&roads->owners, *pid)]
			.has_process = false;
	return ST_OK;
}

static enum status add_mm(struct roads *roads, kaddr_t mm)
{
	struct use use = { .mm = mm };
	enum status st;

	if (map_find(&roads->mms, mm.v) || !is_of_interest(roads->kernel, mm))
		return ST_OK;
	st = find_owner(roads, &use);
	return st ? st : add_use(roads, &use);
}

static enum status look_at_listed(kaddr_t mm, paddr_t pgd, void *arg)
{
	(void)pgd;
	return add_mm(arg, mm);
}

static enum status look_at_mm(const struct slab_find *find, void *arg)
{
	struct roads *roads = arg;
	paddr_t pgd;
	enum status st = pgtable_of_mm(roads->kernel, find->address, &pgd);

	return st || !find->allocated ? ST_OK : add_mm(roads, find->address);
}

static enum status read_mms(struct roads *roads)
{
	struct gaps gaps = { 0 };
	enum status st = pgd_list_for_each(roads->kernel, look_at_listed,
					   roads, &gaps);

	if (st == ST_UNKNOWN || (!st && gaps_count(&gaps)))
		st = slab_scan(roads->kernel, KSYM_MM_CACHEP, look_at_mm,
			       roads, &gaps);
	gaps_move(&gaps, &roads->gaps);
	gaps_fini(&gaps);
	return st == ST_NO_MEMORY ? st : ST_OK;
}

/* ---- one road after the other ---- */

static enum status read_all(struct roads *roads)
{
	struct kernel *kernel = roads->kernel;
	enum status st = begin(roads);

	if (!st)
		st = pid_tree_for_each(kernel, look_at_number, roads,
				       &roads->gaps);
	roads->by_tree = !st && are_all_found(roads);
	if (st == ST_NO_MEMORY || roads->by_tree)
		return st;
	log_step(kernel->log, "tasks are looked for in slabs");
	st = slab_scan(kernel, KSYM_TASK_STRUCT_CACHEP, look_at_task, roads,
		       &roads->gaps);
	return st == ST_NO_MEMORY ? st : read_mms(roads);
}

static void roads_fini(struct roads *roads)
{
	gaps_fini(&roads->gaps);
	map_fini(&roads->threads);
	map_fini(&roads->pids);
	map_fini(&roads->mms);
	map_fini(&roads->unread);
	map_fini(&roads->owners);
}

enum status task_roads_read(struct kernel *kernel, struct use_vec *uses,
			    struct gaps *gaps)
{
	struct roads roads = { .kernel = kernel, .uses = uses };
	enum status st;

	if (!layout_has(&kernel->facts.layout, M_task_struct_pid) ||
	    !layout_has(&kernel->facts.layout, M_list_head_prev))
		return ST_OK;
	log_step(kernel->log, "the task list is broken: other roads are taken");
	st = read_all(&roads);
	if (!st && roads.by_tree) {
		gaps_clear(gaps);
	} else if (!st) {
		doubt_count(&roads);
		gaps_move(&roads.gaps, gaps);
	}
	roads_fini(&roads);
	return st;
}
