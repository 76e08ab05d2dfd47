/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the table of memory sections is, which leads to every struct page, and
 * how page flags are laid out.
 */
#include "image/vmcoreinfo.h"
#include "kernel/bind.h"

/*
 * With SPARSEMEM_EXTREME mem_section is a pointer variable (since 4.15), else
 * the table itself. VMCOREINFO has the address of the table either way; 4.15
 * exported that of the variable by mistake, so look whether it points on.
 */
static enum status find_section_table(struct kernel *kernel, struct diag *diag)
{
	const struct kernel_variable *var =
		&kernel->facts.variables[KSYM_MEM_SECTION];
	kaddr_t table, pointed;
	enum status st;

	st = vmcoreinfo_hex(kernel->image->vmcoreinfo, "SYMBOL(mem_section)",
			    &table.v, diag);
	if (st)
		return diag_under(diag, st, "memory model not known");
	if (kaddr_equal(table, var->address) && var->size == sizeof(pointed.v)) {
		st = kernel_read_word(kernel, table, &pointed.v);
		if (st)
			return diag_fail(diag, st, "mem_section: %s",
					 kernel->diag.text);
		table = pointed;
	}
	kernel->section_table = table;
	return ST_OK;
}

/* A page of sections has a root, and all of them cover MAX_PHYSMEM_BITS. */
static unsigned int size_of_so_many(const struct kernel *kernel, int64_t roots,
				    int64_t physmem_bits)
{
	const uint64_t size = kernel->facts.layout.structs[S_mem_section].size;
	const uint64_t page_size = 1ULL << kernel->mmu.page_shift;

	for (unsigned int bits = 21; size && bits < physmem_bits; bits++)
		if (1ULL << (physmem_bits - bits) ==
		    (uint64_t)roots * (page_size / size))
			return bits;
	return 0;
}

/*
 * VMCOREINFO has the section size only since 5.13 (4f5aecdff25f) and some
 * stable kernels. Before, it was the architecture's constant; but arm64 made
 * it smaller in 5.12, and since 5.9 the number of sections tells.
 */
static enum status find_section_bits(struct kernel *kernel, int64_t roots,
				     int64_t *ret_bits, struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	unsigned int by_number = 0;
	int64_t physmem_bits;
	enum status st;

	st = vmcoreinfo_number(info, "NUMBER(SECTION_SIZE_BITS)", ret_bits,
			       diag);
	if (st != ST_ABSENT)
		return st;
	st = vmcoreinfo_number(info, "NUMBER(MAX_PHYSMEM_BITS)", &physmem_bits,
			       diag);
	if (!st && roots > 1 && physmem_bits < 64)
		by_number = size_of_so_many(kernel, roots, physmem_bits);
	*ret_bits = by_number ? by_number : kernel->arch->section_size_bits;
	return st == ST_ABSENT ? ST_OK : st;
}

static enum status find_section_sizes(struct kernel *kernel, struct diag *diag)
{
	int64_t bits, roots;
	enum status st = vmcoreinfo_number(kernel->image->vmcoreinfo,
					   "LENGTH(mem_section)", &roots, diag);

	if (st)
		return diag_under(diag, st, "memory model not known");
	st = find_section_bits(kernel, roots, &bits, diag);
	if (st)
		return st;
	if (bits < 21 || bits > 40 || roots <= 0)
		return diag_fail(diag, ST_CORRUPT,
				 "VMCOREINFO: %lld memory sections of 2^%lld "
				 "bytes", (long long)roots, (long long)bits);
	kernel->section_size_bits = bits;
	kernel->section_roots = roots;
	return ST_OK;
}

/* x86 has it in a variable, wherever KASLR has put it. */
static enum status read_vmemmap_base(struct kernel *kernel, uint64_t *ret_base,
				     struct diag *diag)
{
	const struct kernel_variable *base =
		&kernel->facts.variables[KSYM_VMEMMAP_BASE];

	if (!base->present)
		return ST_ABSENT;
	if (kernel_read_word(kernel, base->address, ret_base))
		return diag_fail(diag, ST_ABSENT, "%s", kernel->diag.text);
	return ST_OK;
}

/* vmemmap of arm64's pgtable.h, whose parts VMCOREINFO has since 6.1. */
static enum status add_vmemmap_up(struct kernel *kernel, uint64_t *ret_base,
				  struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	const uint64_t page = kernel->facts.layout.structs[S_page].size;
	int64_t start, memory;
	enum status st = vmcoreinfo_number(info, "NUMBER(VMEMMAP_START)",
					   &start, diag);

	if (!st)
		st = vmcoreinfo_number(info, "NUMBER(PHYS_OFFSET)", &memory,
				       diag);
	if (!st)
		*ret_base = start - (memory >> kernel->mmu.page_shift) * page;
	return st;
}

/* Not to know it costs what leads from a struct page to its frame. */
static enum status find_vmemmap(struct kernel *kernel, struct diag *diag)
{
	uint64_t base = 0;
	enum status st = read_vmemmap_base(kernel, &base, diag);

	if (st == ST_ABSENT)
		st = vmcoreinfo_hex(kernel->image->vmcoreinfo,
				    "SYMBOL(vmemmap)", &base, diag);
	if (st == ST_ABSENT)
		st = add_vmemmap_up(kernel, &base, diag);
	if (!st)
		kernel->vmemmap = KADDR(base);
	return st == ST_ABSENT ? ST_OK : st;
}

static unsigned int bits_for(uint64_t n)
{
	unsigned int bits = 0;

	while (bits < 63 && 1ULL << bits < n)
		bits++;
	return bits;
}

/*
 * Node and zone stand at the top of the flags word, node first, as long as the
 * section does not: that is so with a virtual memmap
 * (include/linux/page-flags-layout.h). MAX_NUMNODES is the length of node_data.
 */
static enum status find_flags_layout(struct kernel *kernel, struct diag *diag)
{
	const struct layout *layout = &kernel->facts.layout;
	int64_t nodes = 0;
	enum status st;

	if (!kernel->vmemmap.v ||
	    !layout->has_enumerator[E_MAX_NR_ZONES])
		return ST_OK;
	st = vmcoreinfo_number(kernel->image->vmcoreinfo, "LENGTH(node_data)",
			       &nodes, diag);
	if (st && st != ST_ABSENT)
		return st;
	kernel->node_bits = bits_for(nodes);
	kernel->zone_bits = bits_for(layout->enumerators[E_MAX_NR_ZONES]);
	return ST_OK;
}

struct told_want {
	const char *key;
	struct told_number *number;
};

/* In VMCOREINFO for makedumpfile's sake; which are there differs by release. */
static enum status read_told_numbers(struct kernel *kernel, struct diag *diag)
{
	const struct told_want wants[] = {
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", &kernel->buddy_type },
		{ "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)",
		  &kernel->hugetlb_type },
		{ "NUMBER(PG_hugetlb)", &kernel->hugetlb_flag },
	};

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		struct told_number *number = wants[i].number;
		enum status st;

		st = vmcoreinfo_number(kernel->image->vmcoreinfo, wants[i].key,
				       &number->value, diag);
		if (st && st != ST_ABSENT)
			return st;
		number->known = !st;
	}
	return ST_OK;
}

enum status bind_memory_model(struct kernel *kernel, struct diag *diag)
{
	enum status st = find_section_sizes(kernel, diag);

	if (!st)
		st = find_section_table(kernel, diag);
	if (!st)
		st = find_vmemmap(kernel, diag);
	if (!st)
		st = find_flags_layout(kernel, diag);
	if (!st)
		st = read_told_numbers(kernel, diag);
	return st;
}
