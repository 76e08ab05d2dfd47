/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Symbols from a System.map, or from a copy of /proc/kallsyms.
 *
 * Knows the text that both have in common: a line a symbol, with address, type
 * letter and name. Does not know which of the two a file is, so neither whether
 * its addresses are as linked or at run time, nor of which kernel they are.
 * The file may be anything.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_SYSTEM_MAP_H
#define RMAP_INSPECT_DEBUGINFO_SYSTEM_MAP_H

#include <stddef.h>

#include "base/status.h"
#include "debuginfo/symbols.h"

/*
 * Look up all of wants[] in one pass over the file. Addresses are those in the
 * file: as linked in a System.map, at run time in /proc/kallsyms. Sizes are
 * always 0, for it has none. Symbols of modules are passed over.
 *
 * Of several symbols of one name a global one wins, then the one at the lowest
 * address; n_found tells. Those that are not there keep found == false.
 *
 * ST_IO: it cannot be read. ST_UNSUPPORTED: it is not such a file, or one that
 * tells nothing; diag says what it seems to be. ST_CORRUPT: damaged, at the
 * line that diag names. wants[] stays untouched on failure.
 */
enum status system_map_symbols(const char *path, struct symbol_want *wants,
			       size_t n_wants, struct diag *diag) must_check;

/* The same of text that is in memory already. */
enum status system_map_parse(const char *text, size_t len,
			     struct symbol_want *wants, size_t n_wants,
			     struct diag *diag) must_check;

#endif
