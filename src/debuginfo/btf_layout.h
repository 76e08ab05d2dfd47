/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes and members of one type in BTF. Private to src/debuginfo.
 *
 * Knows what BTF says about the layout of a C type; not which type is wanted
 * nor where the bytes come from. Answers like dwarf_layout.h.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_BTF_LAYOUT_H
#define RMAP_INSPECT_DEBUGINFO_BTF_LAYOUT_H

#include "debuginfo/btf_blob.h"
#include "debuginfo/types.h"

/* The bytes of a type; typedefs and qualifiers are looked through. */
enum status btf_layout_size(const struct btf_blob *blob, uint32_t type,
			    uint64_t *ret_bytes, struct diag *diag)
	must_check;

/*
 * A member by path, as in struct type_ops. Of a bit-field the bytes that hold
 * it are reported. An array without a bound has no elements and no size, but
 * an element size.
 */
enum status btf_layout_member(const struct btf_blob *blob, uint32_t type,
			      const char *path, struct member_info *ret_member,
			      struct diag *diag) must_check;

#endif
