/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the members that we read lie in this kernel's structures.
 *
 * Expands layout.def into ids and a table that is filled once, from whatever
 * type source there is. Asks members, never versions.
 */
#ifndef RMAP_INSPECT_KERNEL_LAYOUT_H
#define RMAP_INSPECT_KERNEL_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "debuginfo/types.h"

enum struct_id {
#define STRUCT(id, need, when, names, since)	S_##id,
#include "kernel/layout.def"
	N_STRUCTS,
};

enum member_id {
#define MEMBER(structure, id, need, paths, since)	M_##structure##_##id,
#include "kernel/layout.def"
	N_MEMBERS,
	NO_MEMBER = N_MEMBERS,
};

enum enumerator_id {
#define ENUMERATOR(id, names, since)	E_##id,
#include "kernel/layout.def"
	N_ENUMERATORS,
};

struct member_layout {
	bool present;
	uint8_t name;		/* which of the want-list's it has here */
	uint32_t offset;	/* bytes from the start of the structure */
	uint32_t size;		/* bytes, of one element if it is an array */
	uint32_t count;		/* elements; 1 when it is not an array */
};

struct struct_layout {
	bool present;
	uint8_t name;		/* which of the want-list's it has here */
	uint64_t size;
	/* The part that holds all members in the table: first … end - 1. */
	uint32_t first;
	uint32_t end;
};

struct layout {
	struct struct_layout structs[N_STRUCTS];
	struct member_layout members[N_MEMBERS];
	bool has_enumerator[N_ENUMERATORS];
	int64_t enumerators[N_ENUMERATORS];
};

/*
 * Fill the table. ST_ABSENT when something required is not there: diag names
 * the structure, the member and every path tried. Any other failure is the
 * source's own.
 */
enum status layout_resolve(struct layout *layout, struct type_source *types,
			   struct diag *diag) must_check;

/*
 * Make a layout usable whose members were filled in by somebody else.
 * ST_CORRUPT when something required is missing, or members lie outside of
 * their structures.
 */
enum status layout_check(struct layout *layout, struct diag *diag) must_check;

/*
 * The bytes of a member that object_read() copies: of an embedded structure,
 * or an array of such, it is the place that matters.
 */
static inline uint32_t member_bytes_wanted(const struct member_layout *ml)
{
	return ml->size > sizeof(uint64_t) ? sizeof(uint64_t) :
					     ml->size * ml->count;
}

static inline bool layout_has(const struct layout *layout, enum member_id id)
{
	return layout->members[id].present;
}

#endif
