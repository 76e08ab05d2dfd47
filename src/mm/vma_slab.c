/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All slabs are read when the first address space needs them. */
#include "mm/vma_slab.h"

#include "base/search.h"
#include "mm/slab_scan.h"

/* The word of a freed VMA that says so is not what its slab writes over. */
static bool is_in_use(const struct object *vma, const struct slab_find *find)
{
	const struct layout *layout = vma->layout;

	if (layout_has(layout, M_vm_area_struct_vm_refcnt))
		return object_value(vma, M_vm_area_struct_vm_refcnt);
	return find->allocated &&
	       (!layout_has(layout, M_vm_area_struct_detached) ||
		!object_value(vma, M_vm_area_struct_detached));
}

static enum status keep(const struct slab_find *find, void *arg)
{
	struct kernel *kernel = arg;
	struct owned_vma owned = { .vma = find->address };
	struct object vma;

	if (object_read(kernel, S_vm_area_struct, find->address, &vma) ||
	    !is_in_use(&vma, find))
		return ST_OK;
	owned.mm = object_pointer(&vma, M_vm_area_struct_vm_mm);
	return owned_vma_vec_push(&kernel->detours.vmas, owned) ?
	       diag_no_memory(&kernel->diag) : ST_OK;
}

static int by_mm(const void *a, const void *b)
{
	const struct owned_vma *x = a, *y = b;

	return (x->mm.v > y->mm.v) - (x->mm.v < y->mm.v);
}

/* diag is left to who has met what cannot be read. */
static enum status read_all(struct kernel *kernel)
{
	const struct diag before = kernel->diag;
	struct owned_vma_vec *vmas = &kernel->detours.vmas;
	struct gaps gaps = { 0 };
	enum status st;

	kernel->detours.has_vmas = true;
	log_step(kernel->log, "VMAs are looked for in slabs");
	st = slab_scan(kernel, KSYM_VM_AREA_CACHEP, keep, kernel, &gaps);
	gaps_fini(&gaps);
	if (st == ST_NO_MEMORY)
		return st;
	if (vmas->n)
		qsort(vmas->items, vmas->n, sizeof(*vmas->items), by_mm);
	kernel->diag = before;
	return ST_OK;
}

static size_t first_of(const struct owned_vma_vec *vmas, kaddr_t mm)
{
	return partition_point(i, vmas->n, vmas->items[i].mm.v < mm.v);
}

enum status vma_slab_for_each(struct kernel *kernel, kaddr_t mm,
			      vma_slab_fn *fn, void *arg)
{
	const struct owned_vma_vec *vmas = &kernel->detours.vmas;
	enum status st = kernel->detours.has_vmas ? ST_OK : read_all(kernel);

	for (size_t i = first_of(vmas, mm);
	     i < vmas->n && kaddr_equal(vmas->items[i].mm, mm) && !st; i++)
		st = fn(vmas->items[i].vma, arg);
	return st;
}
