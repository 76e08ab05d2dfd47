/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dump itself as the source: since 6.0 VMCOREINFO tells where the kernel
 * keeps its symbol table (kallsyms), which tells where it keeps its type
 * information (BTF). No file of the kernel is needed then.
 */
#include <string.h>

#include "base/huge.h"
#include "debuginfo/btf_types.h"
#include "debuginfo/kallsyms.h"
#include "image/vmcoreinfo.h"
#include "kernel/sources.h"

/* Ten times what any kernel has. */
#define MAX_BTF_BYTES	(64u << 20)
#define MAX_NAMES_BYTES	(32u << 20)

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

/* The tokens lie behind the names, in all releases so far. */
static void read_names_ahead(struct kernel *kernel,
			     const struct kallsyms_tables *tables)
{
	kaddr_t names = tables->at[KALLSYMS_NAMES];
	uint64_t len = tables->at[KALLSYMS_TOKEN_TABLE].v - names.v;

	if (len <= MAX_NAMES_BYTES)
		kernel_read_ahead(kernel, names, len);
}

enum status symbols_from_dump(struct kernel *kernel, struct facts *facts,
			      struct diag *diag)
{
	struct symbol_want wants[N_KERNEL_SYMBOLS];
	struct kallsyms_tables tables;
	enum status st;

	variables_list(wants);
	st = list_tables(kernel, &tables, diag);
	if (st)
		return st;
	if (!tables.at[KALLSYMS_NAMES].v)
		return diag_fail(diag, ST_ABSENT,
				 "VMCOREINFO does not name kallsyms, as is so "
				 "before Linux 6.0; with a System.map its BTF "
				 "can be found");
	read_names_ahead(kernel, &tables);
	st = kallsyms_symbols(&tables, read_for_kallsyms, kernel, wants,
			      N_KERNEL_SYMBOLS, diag);
	if (st)
		return st;
	variables_take(facts, wants, 0);
	strcpy(facts->symbols_from, "kallsyms in the dump");
	return ST_OK;
}

static const enum kernel_symbol table_symbols[N_KALLSYMS_TABLES] = {
	[KALLSYMS_NAMES] = KSYM_KALLSYMS_NAMES,
	[KALLSYMS_NUM_SYMS] = KSYM_KALLSYMS_NUM_SYMS,
	[KALLSYMS_TOKEN_TABLE] = KSYM_KALLSYMS_TOKEN_TABLE,
	[KALLSYMS_TOKEN_INDEX] = KSYM_KALLSYMS_TOKEN_INDEX,
	[KALLSYMS_OFFSETS] = KSYM_KALLSYMS_OFFSETS,
	[KALLSYMS_RELATIVE_BASE] = KSYM_KALLSYMS_RELATIVE_BASE,
	[KALLSYMS_STEXT] = KSYM_STEXT,
};

enum status kernel_name_symbols(struct kernel *kernel,
				struct symbol_at *symbols, size_t n)
{
	struct kallsyms_tables tables;
	struct diag diag = { "" };
	enum status st = list_tables(kernel, &tables, &diag);

	for (size_t i = 0; i < N_KALLSYMS_TABLES; i++)
		if (!tables.at[i].v)
			tables.at[i] = kernel->facts.variables[
						table_symbols[i]].address;
	if (!st)
		st = kallsyms_names_at(&tables, read_for_kallsyms, kernel,
				       symbols, n, &diag);
	return st ? diag_fail(&kernel->diag, st, "%s", diag.text) : ST_OK;
}

static enum status find_btf(const struct facts *facts, kaddr_t *ret_start,
			    uint64_t *ret_size, struct diag *diag)
{
	const struct kernel_variable *variables = facts->variables;
	const struct kernel_variable *start = &variables[KSYM_START_BTF];
	const struct kernel_variable *stop = &variables[KSYM_STOP_BTF];
	uint64_t size = stop->address.v - start->address.v;

	if (!variables[KSYM_INIT_TASK].present)
		return diag_fail(diag, ST_ABSENT, "kallsyms in the dump has "
				 "functions alone (the kernel was built without "
				 "KALLSYMS_ALL)");
	if (!start->present || !stop->present)
		return diag_fail(diag, ST_ABSENT, "the kernel has no BTF "
				 "(it was built without DEBUG_INFO_BTF)");
	if (!size || size > MAX_BTF_BYTES)
		return diag_fail(diag, ST_CORRUPT, "BTF of %llu bytes",
				 (unsigned long long)size);
	*ret_start = start->address;
	*ret_size = size;
	return ST_OK;
}

enum status types_from_dump(struct kernel *kernel, const struct facts *facts,
			    struct type_source **ret_types, struct diag *diag)
{
	cleanup_free void *bytes = NULL;
	kaddr_t start;
	uint64_t size;
	enum status st = find_btf(facts, &start, &size, diag);

	if (st)
		return st;
	bytes = huge_alloc(size);
	if (!bytes)
		return diag_no_memory(diag);
	kernel_read_ahead(kernel, start, size);
	st = kernel_read(kernel, start, bytes, size);
	if (st)
		return diag_fail(diag, st, "BTF: %s", kernel->diag.text);
	st = btf_types_adopt(bytes, size, "BTF in the dump", ret_types, diag);
	if (!st)
		take(bytes);
	return st;
}

static enum status find_inside(struct kernel *kernel,
			       const struct kernel_options *opts,
			       struct finding *finding, struct diag *diag)
{
	enum status st;

	(void)opts;
	finding->matched = true;
	finding->proof = PROOF_DUMP;
	st = symbols_from_dump(kernel, &finding->facts, diag);
	if (!st)
		st = types_from_dump(kernel, &finding->facts, &finding->types,
				     diag);
	return st;
}

const struct source source_dump = {
	.name = "the dump itself",
	.find = find_inside,
};
