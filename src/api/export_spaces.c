/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes, address spaces, VMAs and their AVCs. */
#include "api/export.h"

#include "mm/inode.h"
#include "mm/memcg.h"
#include "rmap/family.h"

/* ---- VMAs ---- */

static enum status add_file(struct export *export, const struct vma *vma,
			    struct row *row)
{
	struct kernel *kernel = export->session->kernel;
	uint64_t number = 0;
	kaddr_t mapping;
	enum status st;

	if (!vma->file.v)
		return ST_OK;
	if (mapping_of_file(kernel, vma->file, &mapping)) {
		gaps_addf(&export->gaps, "file", kernel->diag.text,
			  "vma %#llx", (unsigned long long)vma->address.v);
		return ST_OK;
	}
	st = export_number(&export->files, mapping, &number);
	row_number(row, EXPORT_vma_file, number);
	return st;
}

/* The list of one VMA. */
struct chain {
	struct export *export;
	uint64_t vma;		/* its number */
};

static enum status tell_avc(const struct avc *avc, void *arg)
{
	const struct chain *chain = arg;
	struct export *export = chain->export;
	struct row row = { 0 };
	uint64_t anon_vma = 0;
	enum status st = export_number(&export->anon_vmas,
				       avc->anon_vma, &anon_vma);

	if (st)
		return st;
	row_number(&row, EXPORT_avc_id, ++export->n_avcs);
	row_address(&row, EXPORT_avc_address, avc->address);
	row_number(&row, EXPORT_avc_vma, chain->vma);
	row_number(&row, EXPORT_avc_anon_vma, anon_vma);
	return export_row(export, EXPORT_avc, &row);
}

static enum status tell_avcs(struct export *export, const struct vma *vma,
			     uint64_t number)
{
	struct kernel *kernel = export->session->kernel;
	struct chain chain = { export, number };

	if (!export->has_avcs)
		return ST_OK;
	return vma_for_each_avc(kernel, vma->address, tell_avc, &chain,
				&export->gaps);
}

static enum status tell_vma(struct export *export, const struct vma *vma)
{
	uint64_t number = 0, mm = 0, anon_vma = 0;
	struct row row = { 0 };
	enum status st = export_number(&export->vmas, vma->address,
				       &number);

	if (!st)
		st = export_number(&export->mms, vma->mm, &mm);
	if (!st)
		st = export_number(&export->anon_vmas, vma->anon_vma,
				   &anon_vma);
	if (!st)
		st = add_file(export, vma, &row);
	if (st)
		return st;
	row_number(&row, EXPORT_vma_id, number);
	row_address(&row, EXPORT_vma_address, vma->address);
	row_number(&row, EXPORT_vma_mm, mm);
	row_integer(&row, EXPORT_vma_vm_start, (int64_t)vma->start);
	row_integer(&row, EXPORT_vma_vm_end, (int64_t)vma->end);
	row_text(&row, EXPORT_vma_perm, vma_perm(vma));
	row_integer(&row, EXPORT_vma_vm_flags, (int64_t)vma->flags);
	row_integer(&row, EXPORT_vma_vm_pgoff, (int64_t)vma->pgoff);
	row_number(&row, EXPORT_vma_anon_vma, anon_vma);
	st = export_row(export, EXPORT_vma, &row);
	return st ? st : tell_avcs(export, vma, number);
}

/* A damaged container can have one twice, in the place of another. */
static enum status visit_vma(const struct vma *vma, void *arg)
{
	struct export *export = arg;

	if (!map_find(&export->vmas.by_address, vma->address.v))
		return tell_vma(export, vma);
	gaps_addf(&export->gaps, "VMA list", "has one VMA twice",
		  "mm %#llx, VMA %#llx", (unsigned long long)vma->mm.v,
		  (unsigned long long)vma->address.v);
	return ST_OK;
}

/* ---- address spaces ---- */

static enum status tell_mm(struct export *export, const struct space *space)
{
	struct row row = { 0 };
	uint64_t number = 0;
	enum status st = export_number(&export->mms, space->mm->mm,
				       &number);

	if (st)
		return st;
	row_number(&row, EXPORT_mm_id, number);
	row_address(&row, EXPORT_mm_address, space->mm->mm);
	row_integer(&row, EXPORT_mm_vmas, space->n_vmas);
	row_integer(&row, EXPORT_mm_covered, space->covered);
	row_integer(&row, EXPORT_mm_anon, space->classes[CLASS_ANON]);
	row_integer(&row, EXPORT_mm_file, space->classes[CLASS_FILE]);
	row_integer(&row, EXPORT_mm_shmem, space->classes[CLASS_SHMEM]);
	row_integer(&row, EXPORT_mm_hugetlb, space->classes[CLASS_HUGETLB]);
	row_integer(&row, EXPORT_mm_resident, space_resident(space));
	row_integer(&row, EXPORT_mm_not_shared, space->unique);
	row_integer(&row, EXPORT_mm_pss_bytes,
		    space->proportional >> PSS_SHIFT);
	row_integer(&row, EXPORT_mm_raw, space->raw);
	row_integer(&row, EXPORT_mm_swapped, space->swapped);
	row_integer(&row, EXPORT_mm_swapped_shmem, space->swapped_shmem);
	if (!space->n_unweighed)
		row_integer(&row, EXPORT_mm_swap_pss_bytes,
			    space->swap_proportional >> PSS_SHIFT);
	row_integer(&row, EXPORT_mm_poisoned, space->poisoned);
	row_integer(&row, EXPORT_mm_not_present, space->not_present);
	return export_row(export, EXPORT_mm, &row);
}

static enum status add_cgroup(struct export *export,
			      const struct process *process, struct row *row)
{
	struct rmi_session *session = export->session;
	const struct rmi_memcg *memcg = NULL;
	const char *why = NULL;
	uint64_t number = 0;
	enum status st;

	if (!tasks_have_memcgs(session->kernel))
		return ST_OK;
	st = memcgs_of_task(&session->memcgs, session->kernel, process->task,
			    &memcg, &why);
	if (!st && why)
		gaps_addf(&export->gaps, "cgroup", why, "process %u",
			  process->pid);
	if (!st)
		st = export_cgroup(export, memcg, &number);
	row_number(row, EXPORT_task_cgroup, number);
	return st;
}

static enum status tell_task(struct export *export,
			     const struct process *process,
			     const struct rmi_task *view, uint64_t mm)
{
	struct row row = { 0 };
	enum status st = add_cgroup(export, process, &row);

	if (st)
		return st;
	row_integer(&row, EXPORT_task_pid, process->pid);
	row_address(&row, EXPORT_task_address, process->task);
	row_text(&row, EXPORT_task_comm, view->comm);
	row_number(&row, EXPORT_task_mm, mm);
	return export_row(export, EXPORT_task, &row);
}

/* PIDs tell processes apart, but for damage. */
static enum status tell_task_once(struct export *export,
				  const struct process *process,
				  const struct rmi_task *view, uint64_t mm)
{
	bool added;
	enum status st = map_add(&export->pids, process->pid, 0, &added);

	if (st)
		return st;
	if (added)
		return tell_task(export, process, view, mm);
	gaps_addf(&export->gaps, "process", "another has the same PID",
		  "task %#llx, PID %u", (unsigned long long)process->task.v,
		  process->pid);
	return ST_OK;
}

static enum status tell_tasks(struct export *export, const struct user_mm *mm)
{
	size_t n_views;
	const struct rmi_task *views = session_tasks_of(export->session,
							mm->mm, &n_views);
	uint64_t number = 0;
	enum status st = export_number(&export->mms, mm->mm, &number);

	for (size_t i = 0; i < mm->n_processes && !st; i++)
		st = tell_task_once(export, &mm->processes[i], &views[i],
				    number);
	return st;
}

static enum status tell_space(struct export *export, const struct space *space)
{
	struct gaps met_before = { 0 };
	enum status st = tell_mm(export, space);

	if (!st)
		st = tell_tasks(export, space->mm);
	/* What of the list cannot be seen, the count has recorded. */
	if (!st)
		st = vma_for_each(export->session->kernel, space->mm->mm,
				  visit_vma, export, &met_before);
	gaps_fini(&met_before);
	return st;
}

/* Once for all VMAs. */
static void look_for_avcs(struct export *export)
{
	struct kernel *kernel = export->session->kernel;

	export->has_avcs = !family_check_layout(kernel);
	if (!export->has_avcs)
		gaps_add(&export->gaps, "AVC", "all VMAs", kernel->diag.text);
}

enum status export_spaces(struct export *export)
{
	const struct spaces *spaces = export->whole.spaces;
	enum status st = ST_OK;

	look_for_avcs(export);
	for (size_t i = 0; i < spaces->n && !st; i++) {
		st = export_progress(export, "address spaces, VMAs", i,
				     spaces->n);
		if (!st)
			st = tell_space(export, &spaces->list[i]);
	}
	return st;
}

/* Their address spaces are on the way out, and have no process any more. */
static enum status tell_stray_mm(struct export *export, kaddr_t mm)
{
	size_t n_before = export->mms.list.n;
	struct row row = { 0 };
	uint64_t number = 0;
	enum status st = export_number(&export->mms, mm, &number);

	if (st || number <= n_before)
		return st;
	row_number(&row, EXPORT_mm_id, number);
	row_address(&row, EXPORT_mm_address, mm);
	return export_row(export, EXPORT_mm, &row);
}

enum status export_strays(struct export *export)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < export->strays.n && !st; i++) {
		st = tell_stray_mm(export, export->strays.items[i].mm);
		if (!st)
			st = tell_vma(export, &export->strays.items[i]);
	}
	return st;
}
