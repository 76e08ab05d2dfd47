/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dump itself as the source: since 6.0 VMCOREINFO tells where the kernel
 * keeps its symbol table (kallsyms), which tells where it keeps its type
 * information (BTF). No file of the kernel is needed then.
 */
#include "debuginfo/btf_types.h"
#include "debuginfo/kallsyms.h"
#include "image/vmcoreinfo.h"
#include "kernel/sources.h"

/* Ten times what any kernel has. */
#define MAX_BTF_BYTES	(64u << 20)

static enum status read_for_kallsyms(void *arg, kaddr_t addr, void *buf,
				     size_t len, struct diag *diag)
{
	struct kernel *kernel = arg;
	enum status st = kernel_read(kernel, addr, buf, len);

	return st ? diag_fail(diag, st, "%s", kernel->diag.text) : ST_OK;
}

/* Lines that are not there stay 0: which of them matter, kallsyms.c knows. */
static enum status list_tables(const struct kernel *kernel,
			       struct kallsyms_tables *tables,
			       struct diag *diag)
{
	for (size_t i = 0; i < N_KALLSYMS_TABLES; i++) {
		enum status st;

		tables->at[i] = KADDR(0);
		st = vmcoreinfo_hex(kernel->image->vmcoreinfo,
				    kallsyms_keys[i], &tables->at[i].v, diag);
		if (st && st != ST_ABSENT)
			return st;
	}
	return ST_OK;
}

enum btf_bound {
	BTF_START,
	BTF_STOP,
	N_BTF_BOUNDS,
};

/* The kernel's variables and the bounds of its BTF, in one pass. */
static enum status read_symbols(struct kernel *kernel,
				kaddr_t bounds[static N_BTF_BOUNDS],
				struct diag *diag)
{
	struct symbol_want wants[N_KERNEL_SYMBOLS + N_BTF_BOUNDS] = { 0 };
	struct symbol_want *btf = wants + N_KERNEL_SYMBOLS;
	struct kallsyms_tables tables;
	enum status st;

	variables_list(wants);
	btf[BTF_START].name = "__start_BTF";
	btf[BTF_STOP].name = "__stop_BTF";
	st = list_tables(kernel, &tables, diag);
	if (!st)
		st = kallsyms_symbols(&tables, read_for_kallsyms, kernel,
				      wants, N_KERNEL_SYMBOLS + N_BTF_BOUNDS,
				      diag);
	if (st)
		return st;
	if (!btf[BTF_START].found || !btf[BTF_STOP].found)
		return diag_fail(diag, ST_ABSENT, "the kernel has no BTF "
				 "(it was built without DEBUG_INFO_BTF)");
	variables_take(kernel, wants);
	for (size_t i = 0; i < N_BTF_BOUNDS; i++)
		bounds[i] = KADDR(btf[i].address);
	return ST_OK;
}

static enum status read_btf(struct kernel *kernel,
			    const kaddr_t bounds[static N_BTF_BOUNDS],
			    struct diag *diag)
{
	uint64_t size = bounds[BTF_STOP].v - bounds[BTF_START].v;
	cleanup_free void *bytes = NULL;
	enum status st;

	if (size > MAX_BTF_BYTES)
		return diag_fail(diag, ST_CORRUPT, "BTF of %llu bytes",
				 (unsigned long long)size);
	bytes = malloc(size ? size : 1);
	if (!bytes)
		return diag_no_memory(diag);
	st = kernel_read(kernel, bounds[BTF_START], bytes, size);
	if (st)
		return diag_fail(diag, st, "BTF: %s", kernel->diag.text);
	st = btf_types_adopt(bytes, size, "BTF in the dump", &kernel->types,
			     diag);
	if (!st)
		take(bytes);
	return st;
}

static enum status bind_dump(struct kernel *kernel,
			     const struct kernel_options *opts,
			     struct diag *diag)
{
	kaddr_t bounds[N_BTF_BOUNDS];
	enum status st;

	(void)opts;
	st = read_symbols(kernel, bounds, diag);
	if (!st)
		st = read_btf(kernel, bounds, diag);
	kernel->matched = true;
	kernel->symbols_from = "kallsyms in the dump";
	return st;
}

const struct source source_dump = {
	.name = "the dump itself",
	.bind = bind_dump,
};
