/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Binding an image to its kernel, step by step: who it is, where its memory
 * is, a source of layouts and symbols, and what follows from those.
 */
#include <stdlib.h>

#include "kernel/bind.h"

struct kernel *kernel_new(struct image *image)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->image = image;
	kernel->matched = true;		/* until somebody forces another */
	return kernel;
}

enum status kernel_clone(struct kernel *kernel, struct kernel **ret_kernel)
{
	struct kernel *clone = malloc(sizeof(*clone));
	struct image *image;
	enum status st;

	if (!clone)
		return diag_no_memory(&kernel->diag);
	st = image_clone(kernel->image, &image, &kernel->diag);
	if (st) {
		free(clone);
		return st;
	}
	*clone = *kernel;
	clone->image = image;
	clone->log = NULL;
	clone->detours = (struct detours) { 0 };
	clone->vmlinux = NULL;		/* what it told is in the facts */
	*ret_kernel = clone;
	return ST_OK;
}

void kernel_forget_detours(struct kernel *kernel)
{
	map_fini(&kernel->detours.pgds);
	owned_vma_vec_fini(&kernel->detours.vmas);
	kernel->detours = (struct detours) { 0 };
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	kernel_forget_detours(kernel);
	elf_file_close(kernel->vmlinux);
	image_free(kernel->image);
	free(kernel);
}

/* Where only the kernel's own VMCOREINFO tells, locate_kernel() is going to. */
static enum status find_arch(struct kernel *kernel, struct diag *diag)
{
	const char *name = kernel->image->architecture;

	if (!name && kernel->image->guesses_pages)
		return ST_OK;
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

/* What cannot be told stays so, and is a gap in each answer that needs it. */
static void choose_format(struct kernel *kernel)
{
	const struct kernel_variable *map =
		&kernel->facts.variables[KSYM_PROTECTION_MAP];
	const struct layout *layout = &kernel->facts.layout;
	struct format_evidence evidence = {
		.has_anon_exclusive =
			layout->has_enumerator[E_PG_anon_exclusive],
		.has_page_types = layout->has_enumerator[E_PGTY_buddy],
	};
	uint64_t word;

	if (!kernel->arch->choose_format)
		return;
	if (map->present && !kernel_read_word(kernel, map->address, &word))
		evidence.no_access = (struct told_number) { true, word };
	if (!kernel->arch->choose_format(&evidence, &kernel->mmu))
		log_step(kernel->log, "how page-table entries that are not "
			 "valid are stored cannot be told");
}

static void decide_swap_types(struct kernel *kernel)
{
	struct swap_probes probes = swap_probes_of(&kernel->facts);

	swap_types_decide(&probes, &kernel->swap_types);
}

enum status kernel_bind(struct kernel *kernel,
			const struct kernel_options *opts, struct diag *diag)
{
	enum status st;

	kernel->log = opts->log;
	kernel->redact = opts->redact;
	st = find_arch(kernel, diag);
	if (!st)
		st = locate_kernel(kernel, diag);
	if (!st)
		st = identify_dump(kernel, diag);
	if (!st)
		st = bind_address_space(kernel, diag);
	if (!st)
		st = bind_source(kernel, opts, diag);
	if (!st)
		st = bind_memory_model(kernel, diag);
	if (st)
		return st;
	choose_format(kernel);
	decide_swap_types(kernel);
	log_step(kernel->log, "kernel %s: KASLR offset %#llx, image %#llx above "
		 "its memory, %u page-table levels", kernel->release,
		 (unsigned long long)kernel->kaslr_offset,
		 (unsigned long long)kernel->mmu.image_offset,
		 kernel->mmu.levels);
	return ST_OK;
}
