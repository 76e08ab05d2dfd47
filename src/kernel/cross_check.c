/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VMCOREINFO tells a few of the facts too, for makedumpfile's sake, and it
 * certainly is of the kernel that crashed. So whatever else told them must
 * not contradict it: System.map and BTF files do not say of which kernel they
 * are, and a kept layout may have been tampered with.
 */
#include "image/vmcoreinfo.h"
#include "kernel/bind.h"
#include "kernel/wants.h"

struct told_offset {
	const char *key;
	enum member_id member;
};

static const struct told_offset told_offsets[] = {
	{ "OFFSET(page.flags)", M_page_flags },
	{ "OFFSET(page._refcount)", M_page_refcount },
	{ "OFFSET(page._mapcount)", M_page_mapcount },
	{ "OFFSET(page.mapping)", M_page_mapping },
	{ "OFFSET(page.compound_head)", M_page_compound_info },
	{ "OFFSET(page.compound_info)", M_page_compound_info },
	{ "OFFSET(page.compound_order)", M_page_compound_order },
	{ "OFFSET(page.compound_dtor)", M_page_compound_dtor },
	{ "OFFSET(mem_section.section_mem_map)",
	  M_mem_section_section_mem_map },
	{ "OFFSET(list_head.next)", M_list_head_next },
	{ "OFFSET(prb_desc.state_var)", M_prb_desc_state_var },
	{ "OFFSET(printk_info.seq)", M_printk_info_seq },
	{ "OFFSET(printk_info.ts_nsec)", M_printk_info_ts_nsec },
	{ "OFFSET(printk_info.text_len)", M_printk_info_text_len },
	{ "OFFSET(printk_log.ts_nsec)", M_printk_log_ts_nsec },
	{ "OFFSET(printk_log.len)", M_printk_log_len },
	{ "OFFSET(printk_log.text_len)", M_printk_log_text_len },
};

struct told_size {
	const char *key;
	enum struct_id structure;
};

static const struct told_size told_sizes[] = {
	{ "SIZE(page)", S_page },
	{ "SIZE(mem_section)", S_mem_section },
	{ "SIZE(list_head)", S_list_head },
	{ "SIZE(printk_ringbuffer)", S_printk_ringbuffer },
	{ "SIZE(prb_desc)", S_prb_desc },
	{ "SIZE(printk_info)", S_printk_info },
	{ "SIZE(printk_log)", S_printk_log },
};

struct told_enumerator {
	const char *key;
	enum enumerator_id enumerator;
	bool as_mask;		/* the enumerator is the number of a bit */
};

static const struct told_enumerator told_enumerators[] = {
	{ "NUMBER(PG_swapbacked)", E_PG_swapbacked, false },
	{ "NUMBER(PG_slab)", E_PG_slab, false },
	{ "NUMBER(PG_head_mask)", E_PG_head, true },
};

struct told_symbol {
	const char *key;
	enum kernel_symbol symbol;
};

static const struct told_symbol told_symbols[] = {
	{ "SYMBOL(_stext)", KSYM_STEXT },
	{ "SYMBOL(init_uts_ns)", KSYM_INIT_UTS_NS },
	{ "SYMBOL(prb)", KSYM_PRB },
	{ "SYMBOL(log_buf)", KSYM_LOG_BUF },
	{ "SYMBOL(log_buf_len)", KSYM_LOG_BUF_LEN },
	{ "SYMBOL(log_first_idx)", KSYM_LOG_FIRST_IDX },
	{ "SYMBOL(log_next_idx)", KSYM_LOG_NEXT_IDX },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static enum status contradiction(const char *key, uint64_t told,
				 uint64_t found, struct diag *diag)
{
	return diag_fail(diag, ST_MISMATCH,
			 "of another kernel than the dump: VMCOREINFO has "
			 "%s=%#llx, and this says %#llx", key,
			 (unsigned long long)told, (unsigned long long)found);
}

/* A line that is not there contradicts nothing. */
static enum status check_number(const char *info, const char *key,
				uint64_t found, struct diag *diag)
{
	int64_t told;
	enum status st = vmcoreinfo_number(info, key, &told, diag);

	if (st)
		return st == ST_ABSENT ? ST_OK : st;
	return (uint64_t)told == found ? ST_OK :
	       contradiction(key, told, found, diag);
}

static enum status check_address(const char *info, const char *key,
				 kaddr_t found, struct diag *diag)
{
	uint64_t told;
	enum status st = vmcoreinfo_hex(info, key, &told, diag);

	if (st)
		return st == ST_ABSENT ? ST_OK : st;
	return told == found.v ? ST_OK :
	       contradiction(key, told, found.v, diag);
}

static enum status check_offsets(const char *info, const struct layout *layout,
				 struct diag *diag)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < COUNT(told_offsets) && !st; i++) {
		const struct member_layout *ml =
			&layout->members[told_offsets[i].member];

		if (ml->present)
			st = check_number(info, told_offsets[i].key,
					  ml->offset, diag);
	}
	return st;
}

static enum status check_sizes(const char *info, const struct layout *layout,
			       struct diag *diag)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < COUNT(told_sizes) && !st; i++) {
		const struct struct_layout *sl =
			&layout->structs[told_sizes[i].structure];

		if (sl->present)
			st = check_number(info, told_sizes[i].key, sl->size,
					  diag);
	}
	return st;
}

static enum status check_enumerators(const char *info,
				     const struct layout *layout,
				     struct diag *diag)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < COUNT(told_enumerators) && !st; i++) {
		const struct told_enumerator *told = &told_enumerators[i];
		int64_t value = layout->enumerators[told->enumerator];

		if (layout->has_enumerator[told->enumerator])
			st = check_number(info, told->key, told->as_mask ?
					  1ULL << (value & 63) : (uint64_t)value,
					  diag);
	}
	return st;
}

enum status cross_check_symbols(const struct kernel *kernel,
				const struct facts *facts, struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	enum status st = ST_OK;

	for (size_t i = 0; i < COUNT(told_symbols) && !st; i++) {
		const struct kernel_variable *variable =
			&facts->variables[told_symbols[i].symbol];

		if (variable->present)
			st = check_address(info, told_symbols[i].key,
					   variable->address, diag);
	}
	return st;
}

enum status cross_check(const struct kernel *kernel, const struct facts *facts,
			struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	enum status st = cross_check_symbols(kernel, facts, diag);

	if (!st)
		st = check_offsets(info, &facts->layout, diag);
	if (!st)
		st = check_sizes(info, &facts->layout, diag);
	if (!st)
		st = check_enumerators(info, &facts->layout, diag);
	return st;
}
