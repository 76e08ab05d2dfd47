/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vmlinux with debug information as the source: layouts by DWARF, symbols
 * from .symtab, which KASLR has moved since.
 */
#include <string.h>

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

static enum status open_types(struct finding *finding, struct diag *diag)
{
	enum status st = dwarf_types_open(finding->vmlinux, anchors,
					  sizeof(anchors) / sizeof(anchors[0]),
					  &finding->types, diag);

	if (st == ST_ABSENT)
		return diag_fail(diag, st, "%s has no debug information; it "
				 "is in the -dbg or -debuginfo package of the "
				 "kernel", elf_file_path(finding->vmlinux));
	return st;
}

/*
 * VMCOREINFO tells the KASLR offset twice: as such, and by the address of
 * _stext. Neither is taken for zero when it is not there.
 */
static enum status check_kaslr_offset(struct kernel *kernel,
				      uint64_t linked_stext, bool matched,
				      struct diag *diag)
{
	uint64_t stext = 0;
	enum status st = vmcoreinfo_hex(kernel->image->vmcoreinfo,
					"SYMBOL(_stext)", &stext, diag);

	if (st && !kernel->has_kaslr_offset)
		return diag_under(diag, st, "KASLR offset not known");
	if (!kernel->has_kaslr_offset) {
		kernel->kaslr_offset = stext - linked_stext;
		kernel->has_kaslr_offset = true;
	}
	if (!st && matched && stext - linked_stext != kernel->kaslr_offset)
		return diag_fail(diag, ST_CORRUPT,
				 "VMCOREINFO contradicts itself: KERNELOFFSET "
				 "%#llx, but _stext is at %#llx, linked at "
				 "%#llx",
				 (unsigned long long)kernel->kaslr_offset,
				 (unsigned long long)stext,
				 (unsigned long long)linked_stext);
	return ST_OK;
}

static enum status read_symbols(struct kernel *kernel, struct finding *finding,
				struct diag *diag)
{
	struct symbol_want wants[N_KERNEL_SYMBOLS];
	enum status st;

	variables_list(wants);
	st = elf_file_symbols(finding->vmlinux, wants, N_KERNEL_SYMBOLS, diag);
	if (st)
		return st;
	if (!wants[KSYM_STEXT].found)
		return diag_fail(diag, ST_ABSENT, "%s has no symbol _stext",
				 elf_file_path(finding->vmlinux));
	st = check_kaslr_offset(kernel, wants[KSYM_STEXT].address,
				finding->matched, diag);
	if (st)
		return st;
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		wants[i].address += kernel->kaslr_offset;
	variables_take(&finding->facts, wants);
	strcpy(finding->facts.symbols_from, ".symtab");
	return ST_OK;
}

static enum status read_file(struct kernel *kernel,
			     const struct kernel_options *opts,
			     struct finding *finding, struct diag *diag)
{
	enum status st;

	log_step(kernel->log, "vmlinux %s", elf_file_path(finding->vmlinux));
	st = identify_match(kernel, finding->vmlinux, opts->force,
			    &finding->matched, diag);
	finding->proven = finding->matched && kernel->build_id[0];
	if (!st)
		st = open_types(finding, diag);
	if (!st)
		st = read_symbols(kernel, finding, diag);
	return st;
}

static bool is_given(const struct kernel_options *opts)
{
	return opts->vmlinux;
}

static enum status find_given(struct kernel *kernel,
			      const struct kernel_options *opts,
			      struct finding *finding, struct diag *diag)
{
	enum status st = elf_file_open(opts->vmlinux, &finding->vmlinux, diag);

	return st ? st : read_file(kernel, opts, finding, diag);
}

static enum status find_here(struct kernel *kernel,
			     const struct kernel_options *opts,
			     struct finding *finding, struct diag *diag)
{
	enum status st;

	st = find_vmlinux(kernel->build_id[0] ? kernel->build_id : NULL,
			  kernel->release[0] ? kernel->release : NULL, NULL,
			  &finding->vmlinux, diag);
	return st ? st : read_file(kernel, opts, finding, diag);
}

const struct source source_vmlinux_given = {
	.name = "vmlinux given",
	.is_given = is_given,
	.find = find_given,
};

const struct source source_vmlinux_found = {
	.name = "vmlinux on this machine",
	.find = find_here,
};
