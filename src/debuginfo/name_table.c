/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See name_table.h. */
#include "debuginfo/name_table.h"

#include <string.h>

void name_table_fini(struct name_table *table)
{
	map_fini(&table->first);
	name_entry_vec_fini(&table->entries);
}

uint64_t name_hash(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325;	/* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
	return hash;
}

enum status name_table_add(struct name_table *table, const char *name,
			   uint64_t value)
{
	size_t at = table->entries.n;
	struct name_entry entry = { .name = name, .value = value, .last = at };
	struct name_entry *first;
	enum status st;
	bool added;

	st = name_entry_vec_push(&table->entries, entry);
	if (st != ST_OK)
		return st;
	st = map_add(&table->first, name_hash(name), at, &added);
	if (st != ST_OK) {
		table->entries.n--;
		return st;
	}
	if (added)
		return ST_OK;
	first = &table->entries.items[*map_find(&table->first,
						name_hash(name))];
	table->entries.items[first->last].next = at;
	first->last = at;
	return ST_OK;
}

/* From entry on, skip those that only share the hash. */
static const struct name_entry *called(const struct name_table *table,
				       const struct name_entry *entry,
				       const char *name)
{
	while (strcmp(entry->name, name)) {
		if (!entry->next)
			return NULL;
		entry = &table->entries.items[entry->next];
	}
	return entry;
}

const struct name_entry *name_table_first(const struct name_table *table,
					  const char *name)
{
	const uint64_t *first = map_find(&table->first, name_hash(name));

	if (!first)
		return NULL;
	return called(table, &table->entries.items[*first], name);
}

const struct name_entry *name_table_next(const struct name_table *table,
					 const struct name_entry *entry)
{
	if (!entry->next)
		return NULL;
	return called(table, &table->entries.items[entry->next], entry->name);
}
