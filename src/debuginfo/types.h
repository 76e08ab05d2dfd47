/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the layouts of the kernel's structures come from.
 *
 * Knows the questions that can be asked of type information, not who asks
 * them nor which format answers: each format is one struct type_ops.
 *
 * Three answers: found (ST_OK), not there (ST_ABSENT: the information was
 * read and has no such thing), and anything else: could not tell. A caller
 * must never take the third for the second.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_TYPES_H
#define RMAP_INSPECT_DEBUGINFO_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct type_source;

/* A struct or union definition within one source; lives as long as it. */
struct type_id {
	uint64_t v;
};

/* Where a member lies, in bytes. */
struct member_info {
	uint32_t offset;	/* from the start of the type asked about */
	uint32_t size;		/* of the whole member */
	uint32_t count;		/* elements if it is an array, else 0 */
	uint32_t element_size;	/* of one element; size when not an array */
};

/*
 * How far to look for a type. A structure that was renamed is looked for under
 * all its names nearby, before any of them is looked for everywhere.
 */
enum find_effort {
	FIND_NEARBY,		/* where it is cheap to look */
	FIND_EVERYWHERE,	/* until it is certain; this can take seconds */
};

struct type_ops {
	const char *name;	/* "DWARF", for people */

	/*
	 * The nth (from 0) complete struct or union called name; several
	 * types can share a name, and the caller tells them apart by their
	 * members. ST_ABSENT when there are no more, ST_UNKNOWN when that
	 * would take more effort to tell.
	 */
	enum status (*find)(struct type_source *src, const char *name,
			    unsigned int nth, enum find_effort effort,
			    struct type_id *ret_type, struct diag *diag);

	enum status (*size)(struct type_source *src, struct type_id type,
			    uint64_t *ret_bytes, struct diag *diag);

	/*
	 * A member by path, "shared.rb" or "flags.f". Members of anonymous
	 * structs and unions are found as if they stood in the type itself;
	 * a path goes through named members and typedefs, never through
	 * pointers. ST_ABSENT when the type has no such member.
	 */
	enum status (*member)(struct type_source *src, struct type_id type,
			      const char *path, struct member_info *ret_member,
			      struct diag *diag);

	/*
	 * The value of an enumerator, of any enum (named or not).
	 * ST_ABSENT when no enum that the source has read has it.
	 */
	enum status (*enumerator)(struct type_source *src, const char *name,
				  int64_t *ret_value, struct diag *diag);

	/*
	 * All enumerators of the enum called name, in order of declaration.
	 * visit gets each name (valid until the source is freed).
	 */
	enum status (*enumerators)(struct type_source *src, const char *name,
				   void (*visit)(const char *name,
						 int64_t value, void *arg),
				   void *arg, struct diag *diag);

	void (*free)(struct type_source *src);
};

/* The head of every implementation's own struct. */
struct type_source {
	const struct type_ops *ops;
};

/* Accepts NULL. */
static inline void type_source_free(struct type_source *src)
{
	if (src)
		src->ops->free(src);
}

#endif
