/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/mm/task_roads.c and what it stands on, over synthetic kernels: what is
 * found where the task list is broken, and when that is all.
 */
#include "world.h"

#include "mm/pgd_list.h"
#include "mm/pgtable.h"
#include "mm/task.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

#define N_TASKS		5
#define FIRST_PID	10
#define XA_NODE		2	/* internal, in the low bits */

/* Five processes, PIDs 10 to 14, in the list and in the tree. */
struct crowd {
	struct world *world;
	kaddr_t node;		/* of the tree of PIDs */
	kaddr_t pgds;		/* pgd_list */
	kaddr_t count;		/* nr_threads */
	kaddr_t tasks[N_TASKS], mms[N_TASKS], pids[N_TASKS];
};

static kaddr_t member_at(const struct crowd *crowd, kaddr_t object,
			 enum member_id member)
{
	return kaddr_add(object, crowd->world->kernel->facts.layout.members[
				 member].offset);
}

static kaddr_t set_variable(struct crowd *crowd, enum kernel_symbol symbol,
			    kaddr_t address)
{
	crowd->world->kernel->facts.variables[symbol] =
		(struct kernel_variable) { true, address, 8 };
	return address;
}

static void make_tree(struct crowd *crowd)
{
	struct world *world = crowd->world;
	kaddr_t namespace = world_object(world, S_pid_namespace);

	crowd->node = world_object(world, S_xa_node);
	world_set(world, namespace, M_pid_namespace_idr,
		  crowd->node.v | XA_NODE);
	set_variable(crowd, KSYM_INIT_PID_NS, namespace);
}

static void add_number(struct crowd *crowd, size_t i)
{
	struct world *world = crowd->world;
	kaddr_t pid = world_object(world, S_pid);
	kaddr_t link = member_at(crowd, crowd->tasks[i],
				 M_task_struct_pid_links);

	crowd->pids[i] = pid;
	world_set_element(world, pid, M_pid_tasks, 0, link.v);
	world_set_element(world, pid, M_pid_tasks, 1, link.v + 16);
	world_set_element(world, crowd->node, M_xa_node_slots, FIRST_PID + i,
			  pid.v);
}

static void list_pgd(struct crowd *crowd, kaddr_t mm)
{
	struct world *world = crowd->world;
	bool has_ptdesc = world->like != LIKE_5_10;
	uint64_t pfn = world_pgd(world, mm).v >> 12;
	kaddr_t page = world_page(world, pfn);
	kaddr_t node = member_at(crowd, page, has_ptdesc ? M_ptdesc_pt_list :
							   M_page_lru);
	uint64_t next;

	world_set(world, page, has_ptdesc ? M_ptdesc_pt_mm : M_page_pt_mm,
		  mm.v);
	ck_ok(kernel_read_word(world->kernel, crowd->pgds, &next));
	world_write_word(world, node, next);
	world_write_word(world, kaddr_add(node, 8), crowd->pgds.v);
	world_write_word(world, KADDR(next + 8), node.v);
	world_write_word(world, crowd->pgds, node.v);
}

static struct crowd *crowd_new(enum world_like like)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	struct world *world = world_new(like);

	ck_assert_ptr_nonnull(crowd);
	crowd->world = world;
	make_tree(crowd);
	crowd->count = set_variable(crowd, KSYM_NR_THREADS,
				    world_alloc(world, 8));
	world_write_word(world, crowd->count, N_TASKS);
	world->kernel->vmemmap = world_page(world, 0);
	crowd->pgds = set_variable(crowd, KSYM_PGD_LIST,
				   world_alloc(world, 16));
	world_write_word(world, crowd->pgds, crowd->pgds.v);
	world_write_word(world, kaddr_add(crowd->pgds, 8), crowd->pgds.v);
	for (size_t i = 0; i < N_TASKS; i++) {
		crowd->mms[i] = world_mm(world);
		world_set(world, crowd->mms[i], M_mm_struct_mm_users, 1);
		world_set(world, crowd->mms[i], M_mm_struct_map_count, 1);
		crowd->tasks[i] = world_task(world, FIRST_PID + i,
					     crowd->mms[i], "one");
		world_set(world, crowd->tasks[i], M_task_struct_pid,
			  FIRST_PID + i);
		world_set(world, crowd->mms[i], M_mm_owner_owner,
			  crowd->tasks[i].v);
		add_number(crowd, i);
		list_pgd(crowd, crowd->mms[i]);
	}
	return crowd;
}

static void crowd_free(struct crowd *crowd)
{
	world_free(crowd->world);
	free(crowd);
}

static struct tasks *read_tasks(const struct crowd *crowd)
{
	struct tasks *tasks = NULL;

	ck_ok(tasks_read(crowd->world->kernel, &tasks));
	return tasks;
}

static void exclude_task(const struct crowd *crowd, size_t i)
{
	world_fail(crowd->world, member_at(crowd, crowd->tasks[i],
					   M_task_struct_tasks), ST_EXCLUDED);
}

/* The list is broken behind the first, and before the last. */
static void break_list(const struct crowd *crowd)
{
	world_write_word(crowd->world, member_at(crowd, crowd->tasks[0],
						 M_task_struct_tasks), 0);
	world_write_word(crowd->world,
			 kaddr_add(member_at(crowd, crowd->tasks[4],
					     M_task_struct_tasks), 8), 0);
}

static const struct process *process_with(const struct tasks *tasks,
					  kaddr_t mm)
{
	const struct user_mm *user = tasks_of_mm(tasks, mm);

	return user ? first_process(user) : NULL;
}

static void check_all(const struct crowd *crowd, const struct tasks *tasks)
{
	ck_assert_uint_eq(tasks->n_mms, N_TASKS);
	for (size_t i = 0; i < N_TASKS; i++) {
		const struct process *process =
			process_with(tasks, crowd->mms[i]);

		ck_assert_ptr_nonnull(process);
		ck_assert_uint_eq(process->pid, FIRST_PID + i);
		ck_assert_uint_eq(process->task.v, crowd->tasks[i].v);
		ck_assert_str_eq(process->comm, "one");
	}
}

START_TEST(the_tree_has_what_the_list_lost)
{
	struct crowd *crowd = crowd_new(_i);
	struct tasks *tasks;

	break_list(crowd);
	tasks = read_tasks(crowd);
	check_all(crowd, tasks);
	ck_no_gaps(&tasks->gaps);
	tasks_free(tasks);
	crowd_free(crowd);
}
END_TEST

/* As many as the kernel counts are all, and no other number is. */
START_TEST(another_count_is_a_gap)
{
	for (int i = 0; i < 2; i++) {
		struct crowd *crowd = crowd_new(_i);
		struct tasks *tasks;

		break_list(crowd);
		world_write_word(crowd->world, crowd->count,
				 i ? N_TASKS - 1 : N_TASKS + 1);
		tasks = read_tasks(crowd);
		check_all(crowd, tasks);
		ck_gap(&tasks->gaps, "task list", "");
		ck_gap(&tasks->gaps, "threads", "5 were found");
		tasks_free(tasks);
		crowd_free(crowd);
	}
}
END_TEST

START_TEST(an_unknown_count_is_a_gap)
{
	struct crowd *crowd = crowd_new(_i);
	struct tasks *tasks;

	break_list(crowd);
	crowd->world->kernel->facts.variables[KSYM_NR_THREADS].present = false;
	tasks = read_tasks(crowd);
	check_all(crowd, tasks);
	ck_gap(&tasks->gaps, "threads", "not known");
	tasks_free(tasks);
	crowd_free(crowd);
}
END_TEST

/* Its number and its mm are known from elsewhere; its name is not. */
START_TEST(a_task_that_cannot_be_read)
{
	struct crowd *crowd = crowd_new(_i);
	const struct process *process;
	struct tasks *tasks;

	exclude_task(crowd, 2);
	tasks = read_tasks(crowd);
	ck_gap(&tasks->gaps, "process", "excluded");
	ck_gap(&tasks->gaps, "threads", "5, 4 were found");
	process = process_with(tasks, crowd->mms[2]);
	ck_assert_ptr_nonnull(process);
	ck_assert_uint_eq(process->pid, FIRST_PID + 2);
	ck_assert(!process->has_comm);
	ck_assert(process_with(tasks, crowd->mms[3])->has_comm);
	tasks_free(tasks);
	crowd_free(crowd);
}
END_TEST

/* During exec a process seems to own two: nobody is told to have either. */
START_TEST(a_task_that_seems_to_have_two)
{
	struct crowd *crowd = crowd_new(_i);
	kaddr_t other = world_mm(crowd->world);
	struct tasks *tasks;

	world_set(crowd->world, other, M_mm_struct_mm_users, 1);
	world_set(crowd->world, other, M_mm_struct_map_count, 1);
	world_set(crowd->world, other, M_mm_owner_owner, crowd->tasks[2].v);
	list_pgd(crowd, other);
	exclude_task(crowd, 2);
	tasks = read_tasks(crowd);
	ck_assert_uint_eq(tasks->n_mms, N_TASKS + 1);
	ck_assert_ptr_nonnull(tasks_of_mm(tasks, other));
	ck_assert_ptr_null(process_with(tasks, other));
	ck_assert_ptr_null(process_with(tasks, crowd->mms[2]));
	tasks_free(tasks);
	crowd_free(crowd);
}
END_TEST

static const struct {
	enum member_id member;
	const char *why;
} gone_rows[] = {
	{ M_mm_struct_mm_users, "its last user has gone" },
	{ M_mm_struct_map_count, "it has no VMAs" },
};

START_TEST(an_mm_that_is_not_in_use)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct crowd *crowd = crowd_new(like);
		struct tasks *tasks;

		exclude_task(crowd, 2);
		world_set(crowd->world, crowd->mms[2], gone_rows[_i].member,
			  0);
		tasks = read_tasks(crowd);
		ck_assert_msg(!tasks_of_mm(tasks, crowd->mms[2]), "%s",
			      gone_rows[_i].why);
		tasks_free(tasks);
		crowd_free(crowd);
	}
}
END_TEST

/* What the tree says of a task, the task has to say of itself. */
START_TEST(a_number_of_another_task)
{
	struct crowd *crowd = crowd_new(_i);
	struct tasks *tasks;

	break_list(crowd);
	world_set(crowd->world, crowd->tasks[2], M_task_struct_pid, 77);
	tasks = read_tasks(crowd);
	ck_gap(&tasks->gaps, "PID tree", "another PID");
	ck_assert_ptr_null(process_with(tasks, crowd->mms[2]));
	tasks_free(tasks);
	crowd_free(crowd);
}
END_TEST

START_TEST(a_pid_that_cannot_be_read)
{
	struct crowd *crowd = crowd_new(_i);
	struct tasks *tasks;

	break_list(crowd);
	world_fail(crowd->world, crowd->pids[2], ST_EXCLUDED);
	tasks = read_tasks(crowd);
	ck_gap(&tasks->gaps, "PID tree", "excluded");
	/* The list of page tables has its mm, and nobody says whose it is. */
	ck_assert_ptr_nonnull(tasks_of_mm(tasks, crowd->mms[2]));
	ck_assert_ptr_null(process_with(tasks, crowd->mms[2]));
	tasks_free(tasks);
	crowd_free(crowd);
}
END_TEST

START_TEST(a_tree_that_is_a_circle)
{
	struct crowd *crowd = crowd_new(_i);
	struct tasks *tasks;

	break_list(crowd);
	world_set(crowd->world, crowd->node, M_xa_node_shift, 6);
	world_set_element(crowd->world, crowd->node, M_xa_node_slots, 0,
			  crowd->node.v | XA_NODE);
	tasks = read_tasks(crowd);
	ck_gap(&tasks->gaps, "xarray", "");
	ck_assert_uint_eq(tasks->n_mms, N_TASKS);
	tasks_free(tasks);
	crowd_free(crowd);
}
END_TEST

/* ---- the list of page tables ---- */

START_TEST(the_table_of_an_mm_that_cannot_be_read)
{
	struct crowd *crowd = crowd_new(_i);
	struct kernel *kernel = crowd->world->kernel;
	paddr_t want = world_pgd(crowd->world, crowd->mms[2]), pgd;

	world_fail(crowd->world, crowd->mms[2], ST_EXCLUDED);
	ck_ok(pgtable_of_mm(kernel, crowd->mms[2], &pgd));
	ck_assert_uint_eq(pgd.v, want.v);
	ck_status(pgtable_of_mm(kernel, kaddr_add(crowd->mms[2], 8), &pgd),
		  ST_EXCLUDED);
	crowd_free(crowd);
}
END_TEST

START_TEST(no_list_of_page_tables)
{
	struct crowd *crowd = crowd_new(_i);
	struct kernel *kernel = crowd->world->kernel;
	paddr_t pgd;

	kernel->facts.variables[KSYM_PGD_LIST].present = false;
	world_fail(crowd->world, crowd->mms[2], ST_EXCLUDED);
	ck_status(pgtable_of_mm(kernel, crowd->mms[2], &pgd), ST_EXCLUDED);
	ck_contains(kernel->diag.text, "pgd");
	crowd_free(crowd);
}
END_TEST

static enum status count(kaddr_t mm, paddr_t pgd, void *arg)
{
	(void)mm;
	(void)pgd;
	++*(size_t *)arg;
	return ST_OK;
}

START_TEST(a_list_of_page_tables_that_is_a_circle)
{
	struct crowd *crowd = crowd_new(_i);
	uint64_t first;
	struct gaps gaps = { 0 };
	size_t n = 0;

	ck_ok(kernel_read_word(crowd->world->kernel, crowd->pgds, &first));
	world_write_word(crowd->world, KADDR(first), first);
	ck_ok(pgd_list_for_each(crowd->world->kernel, count, &n, &gaps));
	ck_gap(&gaps, "pgd_list", "circle");
	ck_assert_uint_eq(n, N_TASKS);
	gaps_fini(&gaps);
	crowd_free(crowd);
}
END_TEST

/* ---- all of it ---- */

/* Whatever page fails, nobody is told wrong, and who is lost is a gap. */
START_TEST(each_page_failing)
{
	struct crowd *probe = crowd_new(_i);
	size_t n_pages = probe->world->pages.n;

	crowd_free(probe);
	for (size_t page = 0; page < n_pages; page++) {
		struct crowd *crowd = crowd_new(_i);
		struct tasks *tasks = NULL;

		break_list(crowd);
		world_fail_frame(crowd->world,
				 crowd->world->pages.items[page], ST_EXCLUDED);
		if (tasks_read(crowd->world->kernel, &tasks)) {
			crowd_free(crowd);
			continue;
		}
		for (size_t i = 0; i < N_TASKS; i++) {
			const struct process *process =
				process_with(tasks, crowd->mms[i]);

			ck_assert(process || gaps_count(&tasks->gaps));
			ck_assert(!process || process->pid == FIRST_PID + i);
		}
		tasks_free(tasks);
		crowd_free(crowd);
	}
}
END_TEST

int main(void)
{
	static const struct test tests[] = {
		EACH_LIKE(the_tree_has_what_the_list_lost),
		EACH_LIKE(another_count_is_a_gap),
		EACH_LIKE(an_unknown_count_is_a_gap),
		EACH_LIKE(a_task_that_cannot_be_read),
		EACH_LIKE(a_task_that_seems_to_have_two),
		ROWS(an_mm_that_is_not_in_use, gone_rows),
		EACH_LIKE(a_number_of_another_task),
		EACH_LIKE(a_pid_that_cannot_be_read),
		EACH_LIKE(a_tree_that_is_a_circle),
		EACH_LIKE(the_table_of_an_mm_that_cannot_be_read),
		EACH_LIKE(no_list_of_page_tables),
		EACH_LIKE(a_list_of_page_tables_that_is_a_circle),
		EACH_LIKE(each_page_failing),
	};

	return run_suite("roads", tests, ARRAY_LEN(tests));
}
