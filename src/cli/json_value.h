/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values of the schema rmap-inspect/1.
 *
 * Knows how each kind of thing is written: what is an address, a PFN or flags
 * is a string "0x…", since many readers keep numbers as doubles; what is not
 * known is null. Does not know what is in a document.
 */
#ifndef RMAP_INSPECT_CLI_JSON_VALUE_H
#define RMAP_INSPECT_CLI_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCHEMA	"rmap-inspect/1"

/*
 * An object or an array is text, of one owner: what is put into another value,
 * that one has. What cannot grow is only written there, and a string must live
 * until then.
 */
typedef struct {
	enum {
		JSON_NULL, JSON_STRING, JSON_HEX, JSON_NUMBER, JSON_COUNT,
		JSON_SECONDS, JSON_BOOL, JSON_TEXT,
	} type;
	union {
		const char *string;
		uint64_t number;
		struct json_text *text;
	};
} json;

json new_object(void);
json new_array(void);
void free_json(json value);

json new_null(void);
json new_string(const char *s);		/* NULL: null */
json new_hex(uint64_t number);
json new_address(uint64_t address);	/* 0: null */
json new_number(int64_t number);
json new_count(uint64_t number);
json new_seconds(uint64_t ns);		/* a number with microseconds */
json new_bool(bool value);
json number_if(bool known, int64_t number);
json count_if(bool known, uint64_t number);
json hex_if(bool known, uint64_t value);

/*
 * Consume value: it is whole by then. No key needs an escape, and none is given
 * twice.
 */
void add(json object, const char *key, json value);
void append(json array, json value);

/* Text, where it is not that already. Consumes value. */
json new_written(json value);

/*
 * The words of text, on one line without its end, and how long they are. Until
 * something is put into it.
 */
const char *json_words(json text, size_t *ret_n);

/* Consume value. */
void write_json(json value, FILE *out);
void print_json(json value);		/* to stdout */

/* An array with new_item() of the address of each of n items. */
#define array_of(items, n, new_item) ({					\
	json array_of_items = new_array();				\
									\
	for (size_t array_i = 0; array_i < (n); array_i++)		\
		append(array_of_items, new_item(&(items)[array_i]));	\
	array_of_items;							\
})

#endif
