/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/page_owner.h"

#include "mm/memmap.h"

/* The records' array is being given back (PAGE_EXT_INVALID, a macro). */
#define BEING_REMOVED	1ULL

static bool is_kept(const struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout_has(layout, M_mem_section_page_ext) &&
	       layout_has(layout, M_page_ext_flags) &&
	       layout_has(layout, M_page_ext_operations_offset) &&
	       layout_has(layout, M_page_owner_order) &&
	       layout_has(layout, M_page_owner_gfp_mask) &&
	       layout_has(layout, M_page_owner_ts_nsec) &&
	       layout_has(layout, M_page_owner_comm) &&
	       layout_has(layout, M_page_owner_pid) &&
	       layout->has_enumerator[E_PAGE_EXT_OWNER] &&
	       layout->has_enumerator[E_PAGE_EXT_OWNER_ALLOCATED] &&
	       kernel->facts.variables[KSYM_PAGE_EXT_SIZE].present &&
	       kernel->facts.variables[KSYM_PAGE_OWNER_OPS].present;
}

static enum status absent(struct kernel *kernel)
{
	return diag_fail(&kernel->diag, ST_ABSENT, "no owner of the page is "
			 "recorded");
}

/* The section's pointer is biased by the section's first PFN. */
static enum status find_ext(struct kernel *kernel, pfn_t pfn, kaddr_t *ret_ext)
{
	const struct kernel_variable *size =
		&kernel->facts.variables[KSYM_PAGE_EXT_SIZE];
	struct object section;
	uint64_t bytes;
	kaddr_t base;
	enum status st = memmap_section(kernel, pfn, &section);

	if (!st)
		st = kernel_read_word(kernel, size->address, &bytes);
	if (st)
		return st;
	base = object_pointer(&section, M_mem_section_page_ext);
	if (!base.v || base.v & BEING_REMOVED)
		return absent(kernel);
	*ret_ext = KADDR(base.v + pfn.v * bytes);
	return ST_OK;
}

static bool has_flag(const struct object *ext, enum enumerator_id flag)
{
	return object_value(ext, M_page_ext_flags) >>
	       (ext->layout->enumerators[flag] & 63) & 1;
}

static enum status read_record(struct kernel *kernel, kaddr_t ext,
			       struct object *record)
{
	struct object operations;
	enum status st = object_read(kernel, S_page_ext_operations,
			kernel->facts.variables[KSYM_PAGE_OWNER_OPS].address,
			&operations);

	if (st)
		return st;
	return object_read(kernel, S_page_owner,
			   kaddr_add(ext, object_value(&operations,
					M_page_ext_operations_offset)),
			   record);
}

enum status page_owner_read(struct kernel *kernel, pfn_t pfn,
			    struct page_owner *ret_owner)
{
	struct object ext, record;
	kaddr_t address;
	enum status st;

	if (!is_kept(kernel))
		return absent(kernel);
	st = find_ext(kernel, pfn, &address);
	if (!st)
		st = object_read(kernel, S_page_ext, address, &ext);
	if (st)
		return st;
	if (!has_flag(&ext, E_PAGE_EXT_OWNER) ||
	    !has_flag(&ext, E_PAGE_EXT_OWNER_ALLOCATED))
		return absent(kernel);
	st = read_record(kernel, address, &record);
	if (st)
		return st;
	ret_owner->order = object_value(&record, M_page_owner_order);
	ret_owner->gfp_mask = object_value(&record, M_page_owner_gfp_mask);
	ret_owner->pid = object_signed(&record, M_page_owner_pid);
	ret_owner->ts_nsec = object_value(&record, M_page_owner_ts_nsec);
	comm_copy(kernel, &record, M_page_owner_comm, ret_owner->comm);
	return ST_OK;
}
