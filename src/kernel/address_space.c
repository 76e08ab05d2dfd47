/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the kernel's memory is, from VMCOREINFO alone.
 *
 * With this done, kernel_read() works, and no debug information has been
 * looked at: the dump itself may hold what else is needed.
 */
#include "image/vmcoreinfo.h"
#include "kernel/bind.h"

static enum status find_phys_base(struct kernel *kernel, struct diag *diag)
{
	int64_t base;
	enum status st = vmcoreinfo_number(kernel->image->vmcoreinfo,
					   "NUMBER(phys_base)", &base, diag);

	if (st)
		return diag_under(diag, st, "cannot find the kernel in memory");
	kernel->phys_base = base;
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
	kernel->pgd = kernel->arch->image_to_phys(pgd, kernel->phys_base);
	return ST_OK;
}

/*
 * Memory encryption keeps a bit of each entry for itself (sme_mask, 5.0).
 * Kernels before 4.17 do not say how many levels they use, and use 4.
 */
static enum status find_mmu(struct kernel *kernel, struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	int64_t l5 = 0, encryption = 0;
	enum status st;

	st = vmcoreinfo_number(info, "NUMBER(pgtable_l5_enabled)", &l5, diag);
	if (st && st != ST_ABSENT)
		return st;
	st = vmcoreinfo_number(info, "NUMBER(sme_mask)", &encryption, diag);
	if (st && st != ST_ABSENT)
		return st;
	kernel->mmu = (struct mmu) {
		.arch = kernel->arch,
		.page_shift = kernel->image->page_shift,
		.levels = l5 ? 5 : 4,
		.phys_mask = ((1ULL << 52) - 1) & ~(uint64_t)encryption,
	};
	return ST_OK;
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
	enum status st = find_phys_base(kernel, diag);

	if (!st)
		st = find_pgd(kernel, diag);
	if (!st)
		st = find_mmu(kernel, diag);
	if (!st)
		st = find_kaslr_offset(kernel, diag);
	return st;
}
