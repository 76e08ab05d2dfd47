/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the kernel's memory is, from VMCOREINFO alone.
 *
 * With this done, kernel_read() works, and no debug information has been
 * looked at: the dump itself may hold what else is needed.
 */
#include "image/vmcoreinfo.h"
#include "kernel/bind.h"

static const char *const told_keys[N_TOLD] = {
	[TOLD_PHYS_BASE] = "NUMBER(phys_base)",
	[TOLD_FIVE_LEVELS] = "NUMBER(pgtable_l5_enabled)",
	[TOLD_ENCRYPTION] = "NUMBER(sme_mask)",
	[TOLD_MAX_PHYSMEM_BITS] = "NUMBER(MAX_PHYSMEM_BITS)",
	[TOLD_VA_BITS] = "NUMBER(VA_BITS)",
	[TOLD_T1SZ] = "NUMBER(TCR_EL1_T1SZ)",
	[TOLD_IMAGE_OFFSET] = "NUMBER(kimage_voffset)",
};

static enum status read_told(struct kernel *kernel,
			     struct told_number told[static N_TOLD],
			     struct diag *diag)
{
	for (size_t i = 0; i < N_TOLD; i++) {
		bool needed = kernel->arch->needs >> i & 1;
		enum status st;

		told[i].value = 0;
		st = vmcoreinfo_number(kernel->image->vmcoreinfo, told_keys[i],
				       &told[i].value, diag);
		if (st && (needed || st != ST_ABSENT))
			return diag_under(diag, st, "cannot find the kernel "
					  "in memory");
		told[i].known = !st;
	}
	return ST_OK;
}

static enum status find_mmu(struct kernel *kernel,
			    const struct told_number told[static N_TOLD],
			    struct diag *diag)
{
	if (!kernel->arch->set_up(told, kernel->image->page_shift,
				  &kernel->mmu))
		return diag_fail(diag, ST_CORRUPT, "pages of 2^%u bytes are "
				 "not those of an %s machine as VMCOREINFO "
				 "tells of it", kernel->image->page_shift,
				 kernel->arch->name);
	kernel->has_phys_base = told[TOLD_PHYS_BASE].known;
	kernel->phys_base = told[TOLD_PHYS_BASE].value;
	return ST_OK;
}

static enum status find_pgd(struct kernel *kernel, struct diag *diag)
{
	kaddr_t pgd;
	enum status st = vmcoreinfo_hex(kernel->image->vmcoreinfo,
					"SYMBOL(swapper_pg_dir)", &pgd.v, diag);

	if (st)
		return diag_under(diag, st,
				  "cannot find the kernel's page table");
	kernel->pgd = mmu_image_to_phys(&kernel->mmu, pgd);
	return ST_OK;
}

enum status check_address_space(struct kernel *kernel, struct diag *diag)
{
	kaddr_t pgd;
	paddr_t phys;
	enum status st = vmcoreinfo_hex(kernel->image->vmcoreinfo,
					"SYMBOL(swapper_pg_dir)", &pgd.v, diag);

	if (st)
		return st;
	st = kernel_translate(kernel, pgd, &phys);
	if (st)
		return diag_fail(diag, st, "%s", kernel->diag.text);
	return phys.v == kernel->pgd.v ? ST_OK :
	       diag_fail(diag, ST_CORRUPT, "the page table does not map "
			 "itself");
}

/*
 * Before 5.0 VMCOREINFO does not tell whether memory encryption keeps a bit of
 * each entry for itself, nor which. The page table maps itself with the right
 * one, and without it does not.
 */
static void find_encryption(struct kernel *kernel)
{
	const uint64_t phys_mask = kernel->mmu.phys_mask;
	struct diag ignored;

	if (!kernel->arch->encryption_bits ||
	    !check_address_space(kernel, &ignored))
		return;
	for (uint64_t left = kernel->arch->encryption_bits; left;
	     left &= left - 1) {
		kernel->mmu.phys_mask = phys_mask & ~(left & -left);
		kernel_forget_translations(kernel);
		if (!check_address_space(kernel, &ignored))
			return;
	}
	kernel->mmu.phys_mask = phys_mask;
	kernel_forget_translations(kernel);
}

struct told_region {
	enum kernel_region_type region;
	const char *first_key, *end_key;
};

/*
 * arm64 has these since 6.1. Its modules lie in the region of vmalloc(), or
 * next to it, wherever KASLR has put the image.
 */
static const struct told_region told_regions[] = {
	{ REGION_VMALLOC, "NUMBER(MODULES_VADDR)", "NUMBER(VMALLOC_END)" },
	{ REGION_MEMMAP, "NUMBER(VMEMMAP_START)", "NUMBER(VMEMMAP_END)" },
};

static enum status find_region(struct kernel *kernel,
			       const struct told_region *told,
			       struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	int64_t first, end;
	enum status st = vmcoreinfo_number(info, told->first_key, &first, diag);

	if (!st)
		st = vmcoreinfo_number(info, told->end_key, &end, diag);
	if (!st)
		kernel->told_regions[told->region] = (struct kernel_region) {
			first, (uint64_t)end - 1
		};
	return st == ST_ABSENT ? ST_OK : st;
}

static enum status find_regions(struct kernel *kernel, struct diag *diag)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < N_REGIONS; i++)
		kernel->told_regions[i] = (struct kernel_region) NO_REGION;
	for (size_t i = 0; !st &&
	     i < sizeof(told_regions) / sizeof(told_regions[0]); i++)
		st = find_region(kernel, &told_regions[i], diag);
	return st;
}

/*
 * How far KASLR has moved the kernel. Not all kernels say so: a vmlinux may
 * tell then, by the address that it has for _stext.
 */
static enum status find_kaslr_offset(struct kernel *kernel, struct diag *diag)
{
	enum status st = vmcoreinfo_hex(kernel->image->vmcoreinfo,
					"KERNELOFFSET", &kernel->kaslr_offset,
					diag);

	kernel->has_kaslr_offset = !st;
	return st == ST_ABSENT ? ST_OK : st;
}

enum status bind_address_space(struct kernel *kernel, struct diag *diag)
{
	struct told_number told[N_TOLD];
	enum status st;

	if (!kernel->arch)
		return diag_fail(diag, ST_UNSUPPORTED, "nothing tells of which "
				 "architecture the dump is");
	st = read_told(kernel, told, diag);
	if (!st)
		st = find_mmu(kernel, told, diag);
	if (!st)
		st = find_pgd(kernel, diag);
	if (!st && !told[TOLD_ENCRYPTION].known)
		find_encryption(kernel);
	if (!st)
		st = find_regions(kernel, diag);
	if (!st)
		st = find_kaslr_offset(kernel, diag);
	return st;
}
