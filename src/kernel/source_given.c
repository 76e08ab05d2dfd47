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

static enum status symbols_from_map(struct kernel *kernel, const char *path,
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
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		wants[i].address += shift;
	variables_take(facts, wants);
	strcpy(facts->symbols_from, "System.map");
	st = cross_check_symbols(kernel, facts, diag);
	return st ? diag_under(diag, st, "%s", path) : ST_OK;
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
		return symbols_from_dump(kernel, &finding->facts, diag);
	if (!finding->matched &&
	    !symbols_from_dump(kernel, &finding->facts, NULL))
		return ST_OK;
	st = symbols_from_vmlinux(kernel, finding, diag);
	if (st == ST_ABSENT &&
	    !symbols_from_dump(kernel, &finding->facts, NULL))
		return ST_OK;
	return st;
}

static enum status find_types(struct kernel *kernel,
			      const struct kernel_options *opts,
			      struct finding *finding, struct diag *diag)
{
	if (opts->btf)
		return btf_types_open_file(opts->btf, &finding->types, diag);
	if (finding->vmlinux)
		return types_from_vmlinux(finding, diag);
	return types_from_dump(kernel, &finding->facts, &finding->types,
			       diag);
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
	finding->proven &= !opts->btf && !opts->system_map;
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
