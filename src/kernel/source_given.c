/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files that the user gave. Layouts and symbols can be of different ones;
 * what none of them has is taken from the dump itself.
 */
#include <string.h>

#include "debuginfo/btf_types.h"
#include "debuginfo/system_map.h"
#include "image/vmcoreinfo.h"
#include "kernel/sources.h"

/*
 * A System.map has addresses as linked, a copy of /proc/kallsyms those of some
 * boot: in either case _stext tells how far they are from the dump's.
 */
static enum status find_shift(const struct kernel *kernel,
			      const struct symbol_want *stext,
			      uint64_t *ret_shift, struct diag *diag)
{
	uint64_t address;
	enum status st;

	if (!stext->found)
		return diag_fail(diag, ST_ABSENT, "no symbol _stext");
	st = vmcoreinfo_hex(kernel->image->vmcoreinfo, "SYMBOL(_stext)",
			    &address, diag);
	if (st)
		return st;
	*ret_shift = address - stext->address;
	return ST_OK;
}

/*
 * Before anything is read where it says. _stext proves nothing here, and what
 * an unprivileged user sees of /proc/kallsyms lacks most variables.
 */
static enum status check_map(const struct kernel *kernel,
			     const struct facts *facts, struct diag *diag)
{
	enum status st = variables_check(facts, diag);

	if (!st && !facts->variables[KSYM_INIT_UTS_NS].present)
		st = diag_fail(diag, ST_ABSENT, "no symbol init_uts_ns, by "
			       "which to tell of which kernel it is");
	return st ? st : cross_check_symbols(kernel, facts, diag);
}

enum status symbols_from_map(struct kernel *kernel, const char *path,
			     struct facts *facts, struct diag *diag)
{
	struct symbol_want wants[N_KERNEL_SYMBOLS];
	uint64_t shift;
	enum status st;

	variables_list(wants);
	st = system_map_symbols(path, wants, N_KERNEL_SYMBOLS, diag);
	if (st)
		return st;
	st = find_shift(kernel, &wants[KSYM_STEXT], &shift, diag);
	if (st)
		return diag_under(diag, st, "%s", path);
	variables_take(facts, wants, shift);
	strcpy(facts->symbols_from, "System.map");
	st = check_map(kernel, facts, diag);
	return st ? diag_under(diag, st, "%s", path) : ST_OK;
}

/* A finding is as good as the worst of its parts. */
static void weaken(struct finding *finding, enum proof proof)
{
	if (finding->proof > proof)
		finding->proof = proof;
}

static enum status take_symbols_from_dump(struct kernel *kernel,
					  struct finding *finding,
					  struct diag *diag)
{
	weaken(finding, PROOF_DUMP);
	return symbols_from_dump(kernel, &finding->facts, diag);
}

/*
 * A vmlinux of another build, used by force, may have the right layouts, but
 * hardly the right addresses.
 */
static enum status find_symbols(struct kernel *kernel,
				const struct kernel_options *opts,
				struct finding *finding, struct diag *diag)
{
	enum status st;

	if (opts->system_map)
		return symbols_from_map(kernel, opts->system_map,
					&finding->facts, diag);
	if (!finding->vmlinux)
		return take_symbols_from_dump(kernel, finding, diag);
	if (!finding->matched && !take_symbols_from_dump(kernel, finding, NULL))
		return ST_OK;
	st = symbols_from_vmlinux(kernel, finding, diag);
	if (st == ST_ABSENT && !take_symbols_from_dump(kernel, finding, NULL))
		return ST_OK;
	return st;
}

/*
 * Bare BTF does not say whose it is; but it is as long as the dump's own. The
 * bytes are not compared: that file may be given because the dump's is damaged.
 */
static enum status check_btf_size(const struct facts *facts,
				  const struct type_source *btf,
				  const char *path, struct diag *diag)
{
	const struct kernel_variable *start = &facts->variables[KSYM_START_BTF];
	const struct kernel_variable *stop = &facts->variables[KSYM_STOP_BTF];
	uint64_t wanted = stop->address.v - start->address.v;
	uint64_t size = btf_types_bytes(btf);

	if (!start->present || !stop->present || wanted == size)
		return ST_OK;
	return diag_fail(diag, ST_MISMATCH,
			 "%s: of another kernel than the dump: %llu bytes of "
			 "BTF, and the dump's has %llu", path,
			 (unsigned long long)size, (unsigned long long)wanted);
}

static enum status find_types(struct kernel *kernel,
			      const struct kernel_options *opts,
			      struct finding *finding, struct diag *diag)
{
	enum status st;

	if (!opts->btf && finding->vmlinux)
		return types_from_vmlinux(finding, diag);
	if (!opts->btf) {
		weaken(finding, PROOF_DUMP);
		return types_from_dump(kernel, &finding->facts,
				       &finding->types, diag);
	}
	st = btf_types_open_file(opts->btf, &finding->types, diag);
	return st ? st : check_btf_size(&finding->facts, finding->types,
					opts->btf, diag);
}

static enum status open_given_vmlinux(const struct kernel *kernel,
				      const struct kernel_options *opts,
				      struct finding *finding,
				      struct diag *diag)
{
	enum status st = elf_file_open(opts->vmlinux, &finding->vmlinux, diag);

	return st ? st : match_vmlinux(kernel, opts, finding, diag);
}

static bool is_given(const struct kernel_options *opts)
{
	return opts->vmlinux || opts->btf || opts->system_map;
}

static enum status find_given(struct kernel *kernel,
			      const struct kernel_options *opts,
			      struct finding *finding, struct diag *diag)
{
	enum status st = ST_OK;

	finding->matched = true;
	if (opts->vmlinux)
		st = open_given_vmlinux(kernel, opts, finding, diag);
	/* Neither file says of which build it is. */
	if (opts->btf || opts->system_map)
		weaken(finding, PROOF_NONE);
	if (!st)
		st = find_symbols(kernel, opts, finding, diag);
	if (!st)
		st = find_types(kernel, opts, finding, diag);
	return st;
}

const struct source source_given = {
	.name = "files given",
	.is_given = is_given,
	.find = find_given,
};
