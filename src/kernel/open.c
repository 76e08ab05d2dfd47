/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Binding an image to its kernel, step by step: who it is, where its memory
 * is, a source of layouts and symbols, and what follows from those.
 */
#include <string.h>

#include "kernel/bind.h"

struct kernel *kernel_new(struct image *image)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (kernel)
		kernel->image = image;
	return kernel;
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	elf_file_close(kernel->vmlinux);
	image_free(kernel->image);
	free(kernel);
}

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

/* The banner proves that all the arithmetic before it is right. */
static enum status check_banner(struct kernel *kernel, struct diag *diag)
{
	const struct kernel_variable *variables = kernel->facts.variables;
	char banner[64];
	enum status st;

	st = kernel_read_string(kernel, variables[KSYM_LINUX_BANNER].address,
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

enum status kernel_bind(struct kernel *kernel,
			const struct kernel_options *opts, struct diag *diag)
{
	enum status st;

	kernel->log = opts->log;
	st = find_arch(kernel, diag);
	if (!st)
		st = identify_dump(kernel, diag);
	if (!st)
		st = bind_address_space(kernel, diag);
	if (!st)
		st = bind_source(kernel, opts, diag);
	if (!st)
		st = check_banner(kernel, diag);
	if (!st)
		st = bind_memory_model(kernel, diag);
	if (st)
		return st;
	log_step(kernel->log, "kernel %s: KASLR offset %#llx, phys_base %#llx, "
		 "%u page-table levels", kernel->release,
		 (unsigned long long)kernel->kaslr_offset,
		 (unsigned long long)kernel->phys_base, kernel->mmu.levels);
	return ST_OK;
}
