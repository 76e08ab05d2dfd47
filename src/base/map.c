/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM	64

void map_fini(struct map *map)
{
	free(map->slots);
	*map = (struct map) { 0 };
}

void map_clear(struct map *map)
{
	if (map->n)
		memset(map->slots, 0, map->room * sizeof(*map->slots));
	map->n = 0;
}

/* The finaliser of MurmurHash3: kernel addresses differ in a few middle bits. */
static uint64_t mix(uint64_t key)
{
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdULL;
	key ^= key >> 33;
	key *= 0xc4ceb9fe1a85ec53ULL;
	key ^= key >> 33;
	return key;
}

/* The slot that holds key, or the free one where it belongs. */
static struct map_slot *probe(struct map_slot *slots, size_t room, uint64_t key)
{
	size_t i = mix(key) & (room - 1);

	while (slots[i].used && slots[i].key != key)
		i = (i + 1) & (room - 1);
	return &slots[i];
}

static enum status grow(struct map *map)
{
	size_t room = map->room ? map->room * 2 : FIRST_ROOM;
	struct map_slot *slots = calloc(room, sizeof(*slots));

	if (!slots)
		return ST_NO_MEMORY;
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].used)
			*probe(slots, room, map->slots[i].key) = map->slots[i];
	free(map->slots);
	map->slots = slots;
	map->room = room;
	return ST_OK;
}

enum status map_add(struct map *map, uint64_t key, uint64_t value,
		    bool *ret_added)
{
	struct map_slot *slot;

	if (map->n * 4 >= map->room * 3) {
		enum status st = grow(map);

		if (st)
			return st;
	}
	slot = probe(map->slots, map->room, key);
	*ret_added = !slot->used;
	if (slot->used)
		return ST_OK;
	*slot = (struct map_slot) { .key = key, .value = value, .used = true };
	map->n++;
	return ST_OK;
}

uint64_t *map_find(const struct map *map, uint64_t key)
{
	struct map_slot *slot;

	if (!map->n)
		return NULL;
	slot = probe(map->slots, map->room, key);
	return slot->used ? &slot->value : NULL;
}
