/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Binding an image to its kernel, step by step: who it is, its vmlinux, the
 * layouts, the symbols, and where KASLR has put it all.
 */
#include <string.h>

#include "debuginfo/dwarf_types.h"
#include "debuginfo/find.h"
#include "image/vmcoreinfo.h"
#include "kernel/bind.h"

struct variable_want {
	const char *name;
	bool required;
};

static const struct variable_want variable_wants[N_KERNEL_SYMBOLS] = {
	[KSYM_INIT_TASK] = { "init_task", true },
	[KSYM_MEM_SECTION] = { "mem_section", false },
	[KSYM_LINUX_BANNER] = { "linux_banner", true },
	[KSYM_STEXT] = { "_stext", true },
	[KSYM_VMEMMAP_BASE] = { "vmemmap_base", false },
	[KSYM_HUGETLB_BASEPAGE_INDEX] = { "hugetlb_basepage_index", false },
	[KSYM_SWAP_INFO] = { "swap_info", false },
};

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

static enum status find_arch(struct kernel *kernel, struct diag *diag)
{
	const char *name = kernel->image->architecture;

	if (!name)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "the dump does not say of which architecture "
				 "it is");
	kernel->arch = arch_by_name(name);
	if (!kernel->arch)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "dumps of architecture %s are not supported",
				 name);
	return ST_OK;
}

static enum status open_vmlinux(struct kernel *kernel,
				const struct kernel_options *opts,
				struct diag *diag)
{
	enum status st;

	if (opts->vmlinux)
		st = elf_file_open(opts->vmlinux, &kernel->vmlinux, diag);
	else
		st = find_vmlinux(kernel->build_id[0] ? kernel->build_id : NULL,
				  kernel->release[0] ? kernel->release : NULL,
				  NULL, &kernel->vmlinux, diag);
	if (st)
		return st;
	log_step(kernel->log, "vmlinux %s", elf_file_path(kernel->vmlinux));
	return identify_match(kernel, opts->force, diag);
}

/* object_read() copies into a buffer of fixed size. */
static enum status check_object_sizes(const struct layout *layout,
				      struct diag *diag)
{
	for (size_t i = 0; i < N_STRUCTS; i++) {
		const struct struct_layout *sl = &layout->structs[i];

		if (sl->present && sl->end > sl->first &&
		    sl->end - sl->first > OBJECT_BYTES)
			return diag_fail(diag, ST_UNSUPPORTED,
					 "members lie %u bytes apart",
					 sl->end - sl->first);
	}
	return ST_OK;
}

/* No source at all is a stripped file: say what it takes. */
static enum status explain_layouts(const struct kernel *kernel, enum status st,
				   struct diag *diag)
{
	const char *path = elf_file_path(kernel->vmlinux);

	if (st == ST_ABSENT && !kernel->types)
		return diag_fail(diag, st, "%s has no debug information; it "
				 "is in the -dbg or -debuginfo package of the "
				 "kernel", path);
	return diag_under(diag, st, "%s", path);
}

static enum status read_layouts(struct kernel *kernel, struct diag *diag)
{
	enum status st;

	st = dwarf_types_open(kernel->vmlinux, anchors,
			      sizeof(anchors) / sizeof(anchors[0]),
			      &kernel->types, diag);
	if (!st)
		st = layout_resolve(&kernel->layout, kernel->types, diag);
	if (!st)
		st = check_object_sizes(&kernel->layout, diag);
	if (!st)
		st = kernel_names_read(kernel->types, &kernel->names, diag);
	if (st)
		return explain_layouts(kernel, st, diag);
	log_step(kernel->log, "layouts from %s", kernel->types->ops->name);
	return ST_OK;
}

/*
 * VMCOREINFO tells the KASLR offset twice: as such, and by the address of
 * _stext. Neither is taken for zero when it is not there.
 */
static enum status find_kaslr_offset(struct kernel *kernel,
				     uint64_t linked_stext, struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	uint64_t stext = 0, offset = 0;
	enum status st_stext, st_offset;

	st_stext = vmcoreinfo_hex(info, "SYMBOL(_stext)", &stext, diag);
	st_offset = vmcoreinfo_hex(info, "KERNELOFFSET", &offset, diag);
	if (st_stext && st_offset)
		return diag_under(diag, st_offset, "KASLR offset not known");
	if (st_offset)
		offset = stext - linked_stext;
	if (!st_stext && kernel->matched && stext - linked_stext != offset)
		return diag_fail(diag, ST_CORRUPT,
				 "VMCOREINFO contradicts itself: KERNELOFFSET "
				 "%#llx, but _stext is at %#llx, linked at "
				 "%#llx", (unsigned long long)offset,
				 (unsigned long long)stext,
				 (unsigned long long)linked_stext);
	kernel->kaslr_offset = offset;
	return ST_OK;
}

static enum status read_symbols(struct kernel *kernel, struct diag *diag)
{
	struct symbol_want wants[N_KERNEL_SYMBOLS] = { 0 };
	enum status st;

	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		wants[i].name = variable_wants[i].name;
	st = elf_file_symbols(kernel->vmlinux, wants, N_KERNEL_SYMBOLS, diag);
	if (st)
		return st;
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		if (!wants[i].found && variable_wants[i].required)
			return diag_fail(diag, ST_ABSENT,
					 "%s has no symbol %s",
					 elf_file_path(kernel->vmlinux),
					 wants[i].name);
	st = find_kaslr_offset(kernel, wants[KSYM_STEXT].address, diag);
	if (st)
		return st;
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		kernel->variables[i] = (struct kernel_variable) {
			.present = wants[i].found,
			.address = KADDR(wants[i].address +
					 kernel->kaslr_offset),
			.size = wants[i].size,
		};
	return ST_OK;
}

/* The banner proves that all the arithmetic above is right. */
static enum status check_banner(struct kernel *kernel, struct diag *diag)
{
	char banner[64];
	enum status st;

	st = kernel_read_string(kernel,
				kernel->variables[KSYM_LINUX_BANNER].address,
				banner, sizeof(banner));
	if (st)
		return diag_fail(diag, st, "kernel memory cannot be read: %s",
				 kernel->diag.text);
	if (strncmp(banner, "Linux version ", strlen("Linux version ")))
		return diag_fail(diag, ST_CORRUPT,
				 "there is no kernel where VMCOREINFO says: "
				 "linux_banner does not hold a banner");
	return ST_OK;
}

static enum status bind(struct kernel *kernel,
			const struct kernel_options *opts, struct diag *diag)
{
	enum status st;

	st = find_arch(kernel, diag);
	if (!st)
		st = identify_dump(kernel, diag);
	if (!st)
		st = bind_address_space(kernel, diag);
	if (!st)
		st = open_vmlinux(kernel, opts, diag);
	if (!st)
		st = read_layouts(kernel, diag);
	if (!st)
		st = read_symbols(kernel, diag);
	if (!st)
		st = check_banner(kernel, diag);
	if (!st)
		st = bind_memory_model(kernel, diag);
	return st;
}

enum status kernel_open(struct image *image, const struct kernel_options *opts,
			struct kernel **ret_kernel, struct diag *diag)
{
	cleanup(kernel_free_cleanup) struct kernel *kernel =
		calloc(1, sizeof(*kernel));
	enum status st;

	if (!kernel)
		return diag_no_memory(diag);
	kernel->image = image;
	kernel->log = opts->log;
	st = bind(kernel, opts, diag);
	if (st) {
		kernel->image = NULL;	/* stays the caller's */
		return st;
	}
	log_step(kernel->log, "kernel %s: KASLR offset %#llx, phys_base %#llx, "
		 "%u page-table levels", kernel->release,
		 (unsigned long long)kernel->kaslr_offset,
		 (unsigned long long)kernel->phys_base, kernel->mmu.levels);
	*ret_kernel = take(kernel);
	return ST_OK;
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	type_source_free(kernel->types);
	elf_file_close(kernel->vmlinux);
	image_free(kernel->image);
	free(kernel);
}
