/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audit/lock.h"

#include "rmap/generator.h"

const struct lock_holder no_holder = { 0 };

struct lock_kind {
	const char *name;
	enum struct_id type;
	enum member_id count, owner;
};

static const struct lock_kind mmap_lock = {
	"mmap_lock", S_mm_struct, M_mm_struct_mmap_lock_count,
	M_mm_struct_mmap_lock_owner
};

static const struct lock_kind anon_vma_lock = {
	"anon_vma.rwsem", S_anon_vma, M_anon_vma_rwsem_count,
	M_anon_vma_rwsem_owner
};

static const struct lock_kind i_mmap_lock = {
	"i_mmap_rwsem", S_address_space, M_address_space_i_mmap_rwsem_count,
	M_address_space_i_mmap_rwsem_owner
};

/* RWSEM_OWNER_FLAGS_MASK and what else the low bits have been used for. */
#define OWNER_FLAGS	7ULL

static void name_owner(struct kernel *kernel, struct lock_holder *holder)
{
	struct object task;

	if (!holder->task.v ||
	    object_read(kernel, S_task_struct, holder->task, &task))
		return;
	holder->pid = layout_has(task.layout, M_task_struct_pid) ?
		      object_value(&task, M_task_struct_pid) :
		      object_value(&task, M_task_struct_tgid);
	comm_copy(kernel, &task, M_task_struct_comm, holder->comm);
}

static struct lock_holder holder_of(struct kernel *kernel,
				    const struct lock_kind *kind,
				    kaddr_t address)
{
	struct lock_holder holder = no_holder;
	struct object object;

	if (!layout_has(&kernel->facts.layout, kind->count) ||
	    object_read(kernel, kind->type, address, &object) ||
	    !is_write_locked(&object, kind->count))
		return holder;
	holder.lock = kind->name;
	holder.object = address;
	if (layout_has(object.layout, kind->owner))
		holder.task = KADDR(object_value(&object, kind->owner) &
				    ~OWNER_FLAGS);
	name_owner(kernel, &holder);
	return holder;
}

struct lock_holder holder_of_mm(struct kernel *kernel, kaddr_t mm)
{
	return holder_of(kernel, &mmap_lock, mm);
}

struct lock_holder holder_of_anon_vma(struct kernel *kernel, kaddr_t root)
{
	return holder_of(kernel, &anon_vma_lock, root);
}

struct lock_holder holder_of_family(struct kernel *kernel, kaddr_t anon_vma)
{
	struct object object;

	if (object_read(kernel, S_anon_vma, anon_vma, &object))
		return no_holder;
	return holder_of_anon_vma(kernel,
				  object_pointer(&object, M_anon_vma_root));
}

struct lock_holder holder_of_mapping(struct kernel *kernel, kaddr_t mapping)
{
	return holder_of(kernel, &i_mmap_lock, mapping);
}
