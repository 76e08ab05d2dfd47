/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the addresses of the kernel's symbols come from.
 *
 * The wanted symbols are asked for all at once, because every source that
 * there is (.symtab, kallsyms) must be read from front to back.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_SYMBOLS_H
#define RMAP_INSPECT_DEBUGINFO_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* One wanted symbol; the source fills in what it finds. */
struct symbol_want {
	const char *name;
	bool found;
	uint64_t address;	/* as linked, or at run time: the source says */
	uint64_t size;		/* bytes, 0 when the source does not tell */
	unsigned int n_found;	/* definitions with this name; first one wins */
};

#endif
