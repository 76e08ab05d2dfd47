/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own symbol table, decoded from its memory.
 *
 * Knows the kallsyms tables of 6.0 to 7.3, little-endian and 64-bit; mirrors
 * scripts/kallsyms.c and kernel/kallsyms.c. Does not know where memory is: the
 * bytes come through a function that the caller gives. The tables may be
 * damaged or made to mislead.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_KALLSYMS_H
#define RMAP_INSPECT_DEBUGINFO_KALLSYMS_H

#include <stddef.h>

#include "base/remote.h"
#include "base/status.h"
#include "debuginfo/symbols.h"

/* What VMCOREINFO tells of kallsyms, with _stext to prove the decoding. */
enum kallsyms_table {
	KALLSYMS_NAMES,
	KALLSYMS_NUM_SYMS,
	KALLSYMS_TOKEN_TABLE,
	KALLSYMS_TOKEN_INDEX,
	KALLSYMS_OFFSETS,
	KALLSYMS_RELATIVE_BASE,	/* gone since 7.0 (a081b5789255) */
	KALLSYMS_STEXT,
	N_KALLSYMS_TABLES,
};

/* Their keys: "SYMBOL(kallsyms_names)", … */
extern const char *const kallsyms_keys[N_KALLSYMS_TABLES];

/* Run-time addresses, as VMCOREINFO has them; 0: it has no such line. */
struct kallsyms_tables {
	kaddr_t at[N_KALLSYMS_TABLES];
};

/* All len bytes at addr, or a failure that diag explains. */
typedef enum status kallsyms_read(void *arg, kaddr_t addr, void *buf,
				  size_t len, struct diag *diag);

/*
 * Look up all of wants[] in one pass over the names. Unlike those of
 * elf_file_symbols(), addresses are the ones AT RUN TIME: where KASLR has put
 * things, nothing to be added. A symbol in the per-CPU section has what the
 * kernel gives for it: before 6.15 on x86 an offset, not an address. Sizes are
 * always 0, for kallsyms has none.
 *
 * Of several symbols of one name a global one wins, then the one at the lowest
 * address; n_found tells. Those that are not there keep found == false, which
 * proves little of a variable: a kernel without CONFIG_KALLSYMS_ALL names only
 * functions.
 *
 * ST_ABSENT: VMCOREINFO lacks a line that we need, and diag names it (before
 * 6.0 it has none of them). ST_CORRUPT: the tables make no sense. ST_UNKNOWN:
 * no encoding of addresses that we know gives _stext its address. Otherwise
 * the status of the read that failed. wants[] stays untouched on failure.
 */
enum status kallsyms_symbols(const struct kallsyms_tables *tables,
			     kallsyms_read *read, void *arg,
			     struct symbol_want *wants, size_t n_wants,
			     struct diag *diag) must_check;

/* The symbol that an address lies in, or behind. */
struct symbol_at {
	uint64_t address;
	uint64_t start;		/* of the symbol */
	char name[128];		/* "": none, or one that is too long */
};

/*
 * Fill in the names: as sprint_symbol() has them, but for modules. Fails like
 * kallsyms_symbols().
 */
enum status kallsyms_names_at(const struct kallsyms_tables *tables,
			      kallsyms_read *read, void *arg,
			      struct symbol_at *symbols, size_t n_symbols,
			      struct diag *diag) must_check;

#endif
