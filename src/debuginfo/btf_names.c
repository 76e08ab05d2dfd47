/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See btf_names.h. */
#include "debuginfo/btf_names.h"

#include <string.h>

/* The start of a name tells enough, and the end may be far away. */
#define HASHED_MAX	64

static uint32_t hash(const char *name)
{
	uint32_t hash = 0x811c9dc5;	/* FNV-1a */
	size_t i;

	for (i = 0; i < HASHED_MAX && name[i]; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x01000193;
	return hash ^ hash >> 15;
}

void btf_names_fini(struct btf_names *names)
{
	btf_name_vec_fini(&names->entries);
	free(names->buckets);
	*names = (struct btf_names) { 0 };
}

enum status btf_names_sort(struct btf_names *names, const char *strings)
{
	size_t room = 16, i;

	while (room < names->entries.n)
		room *= 2;
	names->buckets = calloc(room, sizeof(*names->buckets));
	if (!names->buckets)
		return ST_NO_MEMORY;
	names->strings = strings;
	names->mask = room - 1;
	/* From the last one on, so that the first one comes to the front. */
	for (i = names->entries.n; i; i--) {
		struct btf_name *entry = &names->entries.items[i - 1];
		uint32_t *bucket = &names->buckets[hash(strings + entry->at) &
						   names->mask];

		entry->next = *bucket;
		*bucket = i;
	}
	return ST_OK;
}

/* From a place + 1 on, skip those that only share the bucket. */
static const struct btf_name *called(const struct btf_names *names,
				     uint32_t place, const char *name)
{
	const struct btf_name *entry;

	for (; place; place = entry->next) {
		entry = &names->entries.items[place - 1];
		if (!strcmp(names->strings + entry->at, name))
			return entry;
	}
	return NULL;
}

const struct btf_name *btf_names_first(const struct btf_names *names,
				       const char *name)
{
	if (!names->buckets)
		return NULL;
	return called(names, names->buckets[hash(name) & names->mask], name);
}

const struct btf_name *btf_names_next(const struct btf_names *names,
				      const struct btf_name *entry)
{
	return called(names, entry->next, names->strings + entry->at);
}
