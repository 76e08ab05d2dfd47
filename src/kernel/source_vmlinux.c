/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vmlinux with debug information as the source: layouts by DWARF, symbols
 * from .symtab, which KASLR has moved since.
 */
#include "debuginfo/dwarf_types.h"
#include "debuginfo/find.h"
#include "image/vmcoreinfo.h"
#include "kernel/sources.h"

/*
 * Units that between them see every structure of layout.def: the two walks see
 * most; the others are read when something is missing still. The functions
 * have stayed in these files from 4.14 to 7.3.
 */
static const struct dwarf_anchor anchors[] = {
	{ "mm/rmap.c", (const char *const[]) {
		"anon_vma_fork", "unlink_anon_vmas", NULL } },
	{ "mm/ksm.c", (const char *const[]) {
		"__ksm_enter", "ksm_madvise", NULL } },
	{ "mm/sparse.c", (const char *const[]) {
		"sparse_init", NULL } },
	{ "fs/namespace.c", (const char *const[]) {
		"mntget", "may_umount_tree", NULL } },
	{ "lib/maple_tree.c", (const char *const[]) {
		"mas_walk", "mt_find", NULL } },
};

static enum status open_types(struct kernel *kernel, struct diag *diag)
{
	enum status st = dwarf_types_open(kernel->vmlinux, anchors,
					  sizeof(anchors) / sizeof(anchors[0]),
					  &kernel->types, diag);

	if (st == ST_ABSENT)
		return diag_fail(diag, st, "%s has no debug information; it "
				 "is in the -dbg or -debuginfo package of the "
				 "kernel", elf_file_path(kernel->vmlinux));
	return st;
}

/*
 * VMCOREINFO tells the KASLR offset twice: as such, and by the address of
 * _stext. Neither is taken for zero when it is not there.
 */
static enum status find_kaslr_offset(struct kernel *kernel,
				     uint64_t linked_stext, struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	uint64_t stext = 0, offset;
	enum status st_stext;

	st_stext = vmcoreinfo_hex(info, "SYMBOL(_stext)", &stext, diag);
	if (st_stext && !kernel->has_kaslr_offset)
		return diag_under(diag, st_stext, "KASLR offset not known");
	offset = kernel->has_kaslr_offset ? kernel->kaslr_offset :
					    stext - linked_stext;
	if (!st_stext && kernel->matched && stext - linked_stext != offset)
		return diag_fail(diag, ST_CORRUPT,
				 "VMCOREINFO contradicts itself: KERNELOFFSET "
				 "%#llx, but _stext is at %#llx, linked at "
				 "%#llx", (unsigned long long)offset,
				 (unsigned long long)stext,
				 (unsigned long long)linked_stext);
	kernel->kaslr_offset = offset;
	kernel->has_kaslr_offset = true;
	return ST_OK;
}

static enum status read_symbols(struct kernel *kernel, struct diag *diag)
{
	struct symbol_want wants[N_KERNEL_SYMBOLS];
	enum status st;

	variables_list(wants);
	st = elf_file_symbols(kernel->vmlinux, wants, N_KERNEL_SYMBOLS, diag);
	if (st)
		return st;
	if (!wants[KSYM_STEXT].found)
		return diag_fail(diag, ST_ABSENT, "%s has no symbol _stext",
				 elf_file_path(kernel->vmlinux));
	st = find_kaslr_offset(kernel, wants[KSYM_STEXT].address, diag);
	if (st)
		return st;
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		wants[i].address += kernel->kaslr_offset;
	variables_take(kernel, wants);
	return ST_OK;
}

static enum status bind_file(struct kernel *kernel,
			     const struct kernel_options *opts,
			     struct diag *diag)
{
	enum status st;

	log_step(kernel->log, "vmlinux %s", elf_file_path(kernel->vmlinux));
	st = identify_match(kernel, opts->force, diag);
	if (!st)
		st = open_types(kernel, diag);
	if (!st)
		st = read_symbols(kernel, diag);
	kernel->symbols_from = ".symtab";
	return st;
}

static enum status bind_given(struct kernel *kernel,
			      const struct kernel_options *opts,
			      struct diag *diag)
{
	enum status st;

	if (!opts->vmlinux)
		return diag_fail(diag, ST_ABSENT, "none was given");
	st = elf_file_open(opts->vmlinux, &kernel->vmlinux, diag);
	return st ? st : bind_file(kernel, opts, diag);
}

static enum status bind_found(struct kernel *kernel,
			      const struct kernel_options *opts,
			      struct diag *diag)
{
	enum status st;

	st = find_vmlinux(kernel->build_id[0] ? kernel->build_id : NULL,
			  kernel->release[0] ? kernel->release : NULL, NULL,
			  &kernel->vmlinux, diag);
	return st ? st : bind_file(kernel, opts, diag);
}

const struct source source_vmlinux_given = {
	.name = "vmlinux given",
	.decisive = true,
	.bind = bind_given,
};

const struct source source_vmlinux_found = {
	.name = "vmlinux on this machine",
	.bind = bind_found,
};
