/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Binding an image to its kernel, step by step: who it is, where its memory
 * is, a source of layouts and symbols, and what follows from those.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/sources.h"

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

/* ---- variables ---- */

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

void variables_list(struct symbol_want wants[static N_KERNEL_SYMBOLS])
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		wants[i] = (struct symbol_want) {
			.name = variable_wants[i].name,
		};
}

void variables_take(struct kernel *kernel,
		    const struct symbol_want wants[static N_KERNEL_SYMBOLS])
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		kernel->variables[i] = (struct kernel_variable) {
			.present = wants[i].found,
			.address = KADDR(wants[i].address),
			.size = wants[i].size,
		};
}

static enum status check_variables(const struct kernel *kernel,
				   struct diag *diag)
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		if (!kernel->variables[i].present && variable_wants[i].required)
			return diag_fail(diag, ST_ABSENT,
					 "no symbol %s in %s",
					 variable_wants[i].name,
					 kernel->symbols_from);
	return ST_OK;
}

/* ---- layouts ---- */

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

static enum status read_layouts(struct kernel *kernel, struct diag *diag)
{
	enum status st;

	st = layout_resolve(&kernel->layout, kernel->types, diag);
	if (!st)
		st = check_object_sizes(&kernel->layout, diag);
	if (!st)
		st = kernel_names_read(kernel->types, &kernel->names, diag);
	if (!st)
		log_step(kernel->log, "layouts from %s, symbols from %s",
			 kernel->types->ops->name, kernel->symbols_from);
	return st;
}

/* ---- sources ---- */

/* In the order in which they are tried. */
static const struct source *const sources[] = {
	&source_vmlinux_given,
	&source_dump,
	&source_vmlinux_found,
};

#define N_SOURCES	(sizeof(sources) / sizeof(sources[0]))

/* What a source that failed has left behind. */
static void forget_source(struct kernel *kernel)
{
	type_source_free(take(kernel->types));
	elf_file_close(take(kernel->vmlinux));
	memset(kernel->variables, 0, sizeof(kernel->variables));
}

static enum status try_source(struct kernel *kernel,
			      const struct source *source,
			      const struct kernel_options *opts,
			      struct diag *diag)
{
	enum status st = source->bind(kernel, opts, diag);

	if (!st)
		st = check_variables(kernel, diag);
	if (!st)
		st = read_layouts(kernel, diag);
	return st;
}

static bool is_final(const struct source *source,
		     const struct kernel_options *opts, enum status st)
{
	return !st || st == ST_NO_MEMORY ||
	       (source->decisive && opts->vmlinux);
}

/* "a source: why not; another: why not" */
static void add_reason(struct diag *reasons, const struct source *source,
		       const struct diag *why)
{
	size_t len = strlen(reasons->text);

	snprintf(reasons->text + len, sizeof(reasons->text) - len, "%s%s: %s",
		 len ? "; " : "", source->name, why->text);
}

static enum status bind_source(struct kernel *kernel,
			       const struct kernel_options *opts,
			       struct diag *diag)
{
	struct diag reasons = { "" };

	for (size_t i = 0; i < N_SOURCES; i++) {
		struct diag why = { "" };
		enum status st = try_source(kernel, sources[i], opts, &why);

		if (is_final(sources[i], opts, st))
			return st ? diag_fail(diag, st, "%s", why.text) : ST_OK;
		forget_source(kernel);
		if (!sources[i]->decisive)
			add_reason(&reasons, sources[i], &why);
		log_step(kernel->log, "%s: %s", sources[i]->name, why.text);
	}
	return diag_fail(diag, ST_ABSENT, "no layouts and symbols: %s",
			 reasons.text);
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
		st = bind_source(kernel, opts, diag);
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
