/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names, each with any number of values in the order in which they were
 * added. Private to src/debuginfo. The names are not copied.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_NAME_TABLE_H
#define RMAP_INSPECT_DEBUGINFO_NAME_TABLE_H

#include <stdint.h>

#include "base/map.h"
#include "base/vec.h"

uint64_t name_hash(const char *name);

struct name_entry {
	const char *name;
	uint64_t value;
	size_t next;	/* with the same hash; 0 for none */
	size_t last;	/* of the chain; kept in its first entry only */
};

DEFINE_VEC(name_entry_vec, struct name_entry)

/* Zero-initialised is empty. */
struct name_table {
	struct map first;	/* from hashes to places in entries */
	struct name_entry_vec entries;
};

void name_table_fini(struct name_table *table);

/* ST_NO_MEMORY. */
enum status name_table_add(struct name_table *table, const char *name,
			   uint64_t value) must_check;

/*
 * The first entry called name, and the one after that. NULL when there are no
 * more. Lives until the next name_table_add().
 */
const struct name_entry *name_table_first(const struct name_table *table,
					  const char *name);
const struct name_entry *name_table_next(const struct name_table *table,
					 const struct name_entry *entry);

#endif
