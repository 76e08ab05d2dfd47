/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/memcg.h"

/*
 * MEMCG_DATA_OBJEXTS: a vector with an entry for each object of a slab. 5.9
 * and 5.10 mark it in the same way. The bits above it (MEMCG_DATA_KMEM and one
 * that is not used) say nothing that the data do not: what they point to is
 * aligned to 8.
 */
#define DATA_IS_VECTOR	1ULL
#define DATA_FLAGS	7ULL

/*
 * Of css.flags. The enum has no name, and a compiler leaves it out of the
 * debug information of whoever does not use it. The same since 4.12.
 */
#define CSS_ONLINE	(1u << 1)
#define CSS_DYING	(1u << 4)	/* rmdir has begun */

static kaddr_t data_pointer(const struct page *page)
{
	return KADDR(page->memcg_data & ~DATA_FLAGS);
}

bool page_has_memcg(const struct page *page)
{
	return !(page->memcg_data & DATA_IS_VECTOR) && data_pointer(page).v;
}

/* A mem_cgroup begins with a css, which names the cgroup that it is of. */
static enum status check_memcg(struct kernel *kernel, kaddr_t memcg)
{
	struct object object;
	enum status st = object_read(kernel, S_mem_cgroup, memcg, &object);

	return st ? st : cgroup_check(kernel,
				      object_pointer(&object,
						     M_mem_cgroup_cgroup));
}

/* The mem_cgroup that an obj_cgroup charges. */
static enum status charged_memcg(struct kernel *kernel, kaddr_t obj_cgroup,
				 kaddr_t *ret_memcg)
{
	struct object object;
	enum status st = object_read(kernel, S_obj_cgroup, obj_cgroup,
				     &object);
	kaddr_t memcg;

	if (st)
		return st;
	memcg = object_pointer(&object, M_obj_cgroup_memcg);
	st = check_memcg(kernel, memcg);
	if (!st)
		*ret_memcg = memcg;
	return st;
}

/*
 * Pages of users point to a mem_cgroup; those of the kernel to an obj_cgroup
 * since 5.11, and all pages do by 7.2. Taken for the other, neither leads to a
 * cgroup that knows itself.
 */
static enum status find_memcg(struct kernel *kernel, kaddr_t pointer,
			      kaddr_t *ret_memcg)
{
	enum status direct = check_memcg(kernel, pointer), through;
	struct diag not_direct = kernel->diag, not_through;
	kaddr_t charged;

	through = charged_memcg(kernel, pointer, &charged);
	not_through = kernel->diag;
	if (!direct && !through)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "both a mem_cgroup and an obj_cgroup");
	if (direct && through)
		return diag_fail(&kernel->diag,
				 direct == ST_CORRUPT ? through : direct,
				 "neither a mem_cgroup (%s) nor an obj_cgroup "
				 "(%s)", not_direct.text, not_through.text);
	*ret_memcg = direct ? charged : pointer;
	return ST_OK;
}

static enum status read_memcg(struct kernel *kernel, kaddr_t address,
			      struct memcg *ret_memcg)
{
	struct object object;
	uint64_t flags;
	enum status st = object_read(kernel, S_mem_cgroup, address, &object);

	if (!st)
		st = cgroup_read(kernel,
				 object_pointer(&object, M_mem_cgroup_cgroup),
				 &ret_memcg->cgroup);
	if (st)
		return st;
	flags = object_value(&object, M_mem_cgroup_flags);
	ret_memcg->address = address;
	ret_memcg->dying = !(flags & CSS_ONLINE) || (flags & CSS_DYING);
	return ST_OK;
}

enum status memcg_of_page(struct kernel *kernel, const struct page *page,
			  struct memcg *ret_memcg)
{
	kaddr_t address;
	enum status st = find_memcg(kernel, data_pointer(page), &address);

	if (!st)
		st = read_memcg(kernel, address, ret_memcg);
	if (st)
		return diag_under(&kernel->diag, st, "memcg_data %#llx",
				  (unsigned long long)page->memcg_data);
	return ST_OK;
}

/*
 * css_set.subsys has the css of each controller, and each names its own. With
 * that of memory a mem_cgroup begins.
 */
static enum status find_css(struct kernel *kernel, const struct object *css_set,
			    kaddr_t *ret_css)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct kernel_variable *memory =
		&kernel->facts.variables[KSYM_MEMORY_CGRP_SUBSYS];

	for (size_t i = 0; i < layout->members[M_css_set_subsys].count; i++) {
		kaddr_t css = KADDR(object_element(css_set, M_css_set_subsys,
						   i)), ss;
		enum status st;

		if (!css.v)
			continue;
		st = kernel_read_word(kernel, kaddr_add(css, layout->members[
						M_mem_cgroup_ss].offset), &ss.v);
		if (st)
			return st;
		if (!kaddr_equal(ss, memory->address))
			continue;
		*ret_css = css;
		return check_memcg(kernel, css);
	}
	return diag_fail(&kernel->diag, ST_CORRUPT, "css_set %#llx: no memory "
			 "cgroup", (unsigned long long)css_set->address.v);
}

static enum status find_memcg_of_task(struct kernel *kernel, kaddr_t address,
				      kaddr_t *ret_memcg)
{
	struct object task, css_set;
	enum status st;

	if (!tasks_have_memcgs(kernel))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "where a task's cgroups are is not known");
	st = object_read(kernel, S_task_cgroups, address, &task);
	if (!st)
		st = object_read(kernel, S_css_set,
				 object_pointer(&task, M_task_cgroups_cgroups),
				 &css_set);
	return st ? st : find_css(kernel, &css_set, ret_memcg);
}

bool tasks_have_memcgs(const struct kernel *kernel)
{
	return kernel->facts.variables[KSYM_MEMORY_CGRP_SUBSYS].present &&
	       layout_has(&kernel->facts.layout, M_css_set_subsys) &&
	       layout_has(&kernel->facts.layout, M_mem_cgroup_ss) &&
	       layout_has(&kernel->facts.layout, M_task_cgroups_cgroups);
}

enum status memcg_of_task(struct kernel *kernel, kaddr_t task,
			  struct memcg *ret_memcg)
{
	kaddr_t address = KADDR(0);
	enum status st = find_memcg_of_task(kernel, task, &address);

	if (!st)
		st = read_memcg(kernel, address, ret_memcg);
	if (st)
		return diag_under(&kernel->diag, st, "cgroup of task %#llx",
				  (unsigned long long)task.v);
	return ST_OK;
}
