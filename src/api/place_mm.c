/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages of an address space: what its page tables say is present.
 */
#include "api/finding.h"
#include "mm/resident.h"

static enum status keep(pfn_t first, uint64_t n, uaddr_t address, void *arg)
{
	return finding_hand_out(arg, &(struct rmi_found) {
		.range = { first.v, first.v + n - 1 },
		.has_at = true,
		.at = address.v,
	});
}

static void describe(struct details *details, const struct resident *resident)
{
	uint64_t entries = resident->present + resident->swapped +
			   resident->unmapped;

	details_number(details, "pages present", resident->present);
	add_count(details, "swapped", resident->swapped);
	add_count(details, "in entries of other kinds", resident->unmapped);
	if (entries < resident->covered)
		details_number(details, "not populated",
			       resident->covered - entries);
}

static enum status begin(struct finding *finding, const char *type,
			 kaddr_t address, kaddr_t mm,
			 struct place_object **ret_object)
{
	struct place_object *object;
	enum status st = finding_begin_object(finding, type, address, &object);

	if (st)
		return st;
	object->view.in_mm = true;
	object->view.tasks = session_tasks_of(finding->session, mm,
					      &object->view.n_tasks);
	*ret_object = object;
	return ST_OK;
}

static enum status search_mm(struct finding *finding, kaddr_t mm)
{
	struct place_object *object;
	struct resident resident;
	enum status st = begin(finding, "mm", mm, mm, &object);

	if (!st)
		st = resident_of_mm(finding->session->kernel, mm, keep,
				    finding, &resident, &object->gaps);
	if (st)
		return st;
	details_number(&object->details, "VMAs", resident.n_vmas);
	describe(&object->details, &resident);
	return finding_end_object(finding, object);
}

enum status find_in_mm(struct finding *finding, const struct rmi_place *place)
{
	kaddr_t mm = KADDR(place->address);
	enum status st = mm_find(finding->session->kernel, mm);

	return st ? st : search_mm(finding, mm);
}

enum status find_in_process(struct finding *finding,
			    const struct rmi_place *place)
{
	kaddr_t mm;
	enum status st = session_find_mm(finding->session, place->pid, &mm);

	return st ? st : search_mm(finding, mm);
}

static enum status describe_vma(struct finding *finding, const struct vma *vma,
				struct place_object *object)
{
	object->view.has_bounds = true;
	object->view.start = vma->start;
	object->view.end = vma->end;
	return session_path(finding->session, vma->file, &object->gaps,
			    &object->view.path);
}

enum status find_in_vma(struct finding *finding, const struct rmi_place *place)
{
	struct kernel *kernel = finding->session->kernel;
	struct place_object *object;
	struct resident resident;
	struct vma vma;
	enum status st = vma_find(kernel, KADDR(place->address), &vma);

	if (!st)
		st = begin(finding, "vma", vma.address, vma.mm, &object);
	if (!st)
		st = describe_vma(finding, &vma, object);
	if (!st)
		st = resident_of_vma(kernel, &vma, keep, finding, &resident,
				     &object->gaps);
	if (st)
		return st;
	describe(&object->details, &resident);
	return finding_end_object(finding, object);
}
