/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The units of a file: which there are, and those that are open. Private to
 * src/debuginfo. Knows where units lie, not what is in them.
 *
 * Most kernels' questions are answered from two or three units, reached
 * through .debug_aranges. The list of all units, for which the file must be
 * read at thousands of places, is made at the first need.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_DWARF_UNITS_H
#define RMAP_INSPECT_DEBUGINFO_DWARF_UNITS_H

#include "base/vec.h"
#include "debuginfo/dwarf_unit.h"

DEFINE_VEC(dwarf_unit_vec, struct dwarf_unit *)
DEFINE_VEC(dwarf_range_vec, struct dwarf_range)

struct dwarf_units {
	struct elf_file *file;
	struct dwarf_sections sections;
	struct dwarf_unit_vec open;
	struct dwarf_range_vec all;	/* sorted; empty until needed */
};

enum status dwarf_units_init(struct dwarf_units *units, struct elf_file *file,
			     struct diag *diag) must_check;
void dwarf_units_fini(struct dwarf_units *units);

/* The unit whose header is at offset; stays open as long as units. */
enum status dwarf_units_get(struct dwarf_units *units, uint64_t offset,
			    struct dwarf_unit **ret_unit,
			    struct diag *diag) must_check;

/* All units of the file, in order. */
enum status dwarf_units_all(struct dwarf_units *units,
			    const struct dwarf_range_vec **ret_ranges,
			    struct diag *diag) must_check;

/* An entry by its offset, in whichever unit. */
enum status dwarf_units_die(struct dwarf_units *units, uint64_t offset,
			    struct die *ret_die, struct diag *diag) must_check;

/* The entry that an attribute refers to. ST_ABSENT without the attribute. */
enum status dwarf_units_follow(struct dwarf_units *units,
			       const struct die *die, unsigned int attribute,
			       struct die *ret_target,
			       struct diag *diag) must_check;

/*
 * The offset of the unit whose code is at address, by .debug_aranges.
 * ST_ABSENT when it does not say, or is not there (as with clang).
 */
enum status dwarf_units_by_address(struct dwarf_units *units,
				   uint64_t address, uint64_t *ret_offset,
				   struct diag *diag) must_check;

#endif
