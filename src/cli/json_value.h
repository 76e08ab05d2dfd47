/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values of the schema rmap-inspect/1.
 *
 * Knows how each kind of thing is written: what is an address, a PFN or flags
 * is a string "0x…", since many readers keep numbers as doubles; what is not
 * known is null, here NULL. Does not know what is in a document.
 *
 * A page has about fifty values, and a pipe is answered 100,000 pages a second:
 * values are made from those that were released, and members stand in a list,
 * since nearly all of them are only ever written. One thread at a time.
 */
#ifndef RMAP_INSPECT_CLI_JSON_VALUE_H
#define RMAP_INSPECT_CLI_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCHEMA	"rmap-inspect/1"

typedef struct json_value json;

json *new_object(void);
json *new_array(void);
json *new_string(const char *s);	/* NULL: null */
json *new_hex(uint64_t number);
json *new_address(uint64_t address);	/* 0: null */
json *new_number(int64_t number);
json *new_count(uint64_t number);
json *new_seconds(uint64_t ns);		/* a number with microseconds */
json *new_bool(bool value);
json *number_if(bool known, int64_t number);
json *count_if(bool known, uint64_t number);
json *hex_if(bool known, uint64_t value);

/* With all that is in it. NULL is fine. */
void json_free(json *value);

/* All keys are literals, and none is given twice. */
void add(json *object, const char *key, json *value);
void append(json *array, json *value);

/* NULL: there is none, or it is null. So with object NULL. */
json *json_get(const json *object, const char *key);
uint64_t json_count(const json *count);

/* Of an array; NULL is one without items. */
size_t json_length(const json *array);
json *json_first(const json *array);
json *json_next(const json *item);

/* Release all but the first max, and say how many there were. */
size_t json_cut(json *array, size_t max);
void json_sort(json *array, int (*compare)(const void *, const void *));

/* Its text, on one line without its end. Until the next value is written. */
const char *json_words(const json *value);

/* To stdout. Consumes value. */
void print_json(json *value);

/* Likewise what a string looks like, with its quotes: for the text of s. */
char *json_string_words(const char *s);

/* An array with new_item() of the address of each of n items. */
#define array_of(items, n, new_item) ({					\
	json *array_of_items = new_array();				\
									\
	for (size_t array_i = 0; array_i < (n); array_i++)		\
		append(array_of_items, new_item(&(items)[array_i]));	\
	array_of_items;							\
})

#endif
