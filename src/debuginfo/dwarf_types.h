/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Layouts from DWARF, by libdwarf.
 *
 * Reads only the compilation units that matter. An anchor is a function
 * symbol whose unit is known to see the wanted types (one of mm/rmap.c, one of
 * mm/ksm.c): .debug_aranges leads from its address straight to the unit. If
 * that fails, the unit is looked for by name among all unit headers; the last
 * resort is a search of every unit. libdwarf is fed through its object-access
 * interface from the mapped file, without the .rela.debug_* sections, whose
 * values are already in place in a linked kernel (kernel-facts: applying them
 * again would be wrong, and loading them costs 0.8 GB).
 */
#ifndef RMAP_INSPECT_DEBUGINFO_DWARF_TYPES_H
#define RMAP_INSPECT_DEBUGINFO_DWARF_TYPES_H

#include <stddef.h>

#include "base/status.h"
#include "debuginfo/elf_file.h"
#include "debuginfo/types.h"

/*
 * A compilation unit to read, and the symbols that lead to it. One that was
 * renamed has its names in a row: "block/bdev.c fs/block_dev.c".
 */
struct dwarf_anchor {
	const char *unit;		/* "mm/rmap.c": end of DW_AT_name */
	const char *const *symbols;	/* any of these; NULL-terminated */
};

/*
 * Open the DWARF of file, which must outlive the source, as must the anchors,
 * for their units are read at the first question that needs them, in the order
 * given. Release with type_source_free(). ST_ABSENT when the file has no
 * .debug_info, ST_UNSUPPORTED when its types are elsewhere.
 *
 * A struct that no anchor's unit has costs a search of everything, up to a
 * second; one whose name is not in the file at all costs a tenth of that.
 */
enum status dwarf_types_open(struct elf_file *file,
			     const struct dwarf_anchor *anchors,
			     size_t n_anchors, struct type_source **ret_source,
			     struct diag *diag) must_check;

#endif
