/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hash map from 64-bit keys to 64-bit values, and, with the values left
 * alone, a set. Open addressing; any key is allowed. Items are never removed.
 */
#ifndef RMAP_INSPECT_BASE_MAP_H
#define RMAP_INSPECT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct map_slot {
	uint64_t key;
	uint64_t value;
	bool used;
};

/* Zero-initialised is empty. */
struct map {
	struct map_slot *slots;
	size_t n;
	size_t room;	/* a power of two, or 0 */
};

void map_fini(struct map *map);

/* Forget all items, keep the room. */
void map_clear(struct map *map);

/*
 * Make sure that key is in the map. *ret_added says whether it is new; a new
 * one has the value given, an old one keeps its own. ST_NO_MEMORY.
 */
enum status map_add(struct map *map, uint64_t key, uint64_t value,
		    bool *ret_added) must_check;

/* The value of key, NULL when it is not there. Lives until the next map_add(). */
uint64_t *map_find(const struct map *map, uint64_t key);

#endif
