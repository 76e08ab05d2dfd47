/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names within one block of zero-terminated strings, each with any number of
 * values. Private to src/debuginfo.
 *
 * Does the same as name_table.h with a quarter of the memory, and less time:
 * all names are known before the first question.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_BTF_NAMES_H
#define RMAP_INSPECT_DEBUGINFO_BTF_NAMES_H

#include <stdint.h>

#include "base/vec.h"

struct btf_name {
	uint32_t at;	/* in the strings */
	uint32_t value;
	uint32_t next;	/* place + 1 of the next in its bucket, or 0 */
};

DEFINE_VEC(btf_name_vec, struct btf_name)

/* Zero-initialised is empty. */
struct btf_names {
	const char *strings;
	struct btf_name_vec entries;
	uint32_t *buckets;	/* first entry's place + 1, or 0 */
	uint32_t mask;
};

void btf_names_fini(struct btf_names *names);

/* All are added, then they are sorted, then they can be looked up. */
static inline enum status must_check btf_names_add(struct btf_names *names,
						   uint32_t at, uint32_t value)
{
	return btf_name_vec_push(&names->entries,
				 (struct btf_name) { at, value, 0 });
}

/* strings must outlive the table. ST_NO_MEMORY. */
enum status btf_names_sort(struct btf_names *names, const char *strings)
	must_check;

/*
 * The first entry called name, and the one after that, in the order in which
 * they were added. NULL when there are no more.
 */
const struct btf_name *btf_names_first(const struct btf_names *names,
				       const char *name);
const struct btf_name *btf_names_next(const struct btf_names *names,
				      const struct btf_name *entry);

#endif
