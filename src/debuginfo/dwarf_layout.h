/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes and members of one type in DWARF. Private to src/debuginfo.
 *
 * Knows what an entry says about the layout of a C type; not which type is
 * wanted nor where its entry comes from.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_DWARF_LAYOUT_H
#define RMAP_INSPECT_DEBUGINFO_DWARF_LAYOUT_H

#include "debuginfo/dwarf_units.h"
#include "debuginfo/types.h"

/* The bytes of a type; typedefs and qualifiers are looked through. */
enum status dwarf_layout_size(struct dwarf_units *units,
			      const struct die *type, uint64_t *ret_bytes,
			      struct diag *diag) must_check;

/*
 * A member by path, as in struct type_ops. Of a bit-field the bytes that hold
 * it are reported. An array without a bound has no elements and no size, but
 * an element size.
 */
enum status dwarf_layout_member(struct dwarf_units *units,
				const struct die *type, const char *path,
				struct member_info *ret_member,
				struct diag *diag) must_check;

/*
 * A number that two definitions of a struct share if they agree on its size
 * and on the names and offsets of its members.
 */
enum status dwarf_layout_fingerprint(struct dwarf_units *units,
				     const struct die *type,
				     uint64_t *ret_fingerprint,
				     struct diag *diag) must_check;

#endif
