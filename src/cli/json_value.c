/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See json_value.h. Strings of the dump are made valid UTF-8 by escape.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "escape.h"
#include "json_value.h"
#include "sheet.h"

json *new_object(void)
{
	return need(json_object_new_object());
}

json *new_array(size_t n)
{
	return need(json_object_new_array_ext((int)n));
}

json *new_string(const char *s)
{
	char *safe;
	json *string;

	if (!s)
		return NULL;
	if (is_plain_ascii(s))
		return need(json_object_new_string(s));
	safe = escape_for_json(s);
	string = need(json_object_new_string(safe));
	free(safe);
	return string;
}

json *new_hex(uint64_t number)
{
	char text[MAX_HEX];
	const char *end = put_hex(text, number);

	return need(json_object_new_string_len(text, (int)(end - text)));
}

json *new_address(uint64_t address)
{
	return address ? new_hex(address) : NULL;
}

json *new_number(int64_t number)
{
	return need(json_object_new_int64(number));
}

json *new_count(uint64_t number)
{
	return need(json_object_new_uint64(number));
}

/* The text is exact, whatever a double makes of it. */
json *new_seconds(uint64_t ns)
{
	char *text = format_new("%" PRIu64 ".%06" PRIu64, ns / 1000000000,
				ns / 1000 % 1000000);
	json *seconds = need(json_object_new_double_s((double)ns / 1e9, text));

	free(text);
	return seconds;
}

json *new_bool(bool value)
{
	return need(json_object_new_boolean(value));
}

void add(json *object, const char *key, json *value)
{
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_ADD_CONSTANT_KEY) < 0)
		no_memory();
}

void append(json *array, json *value)
{
	if (json_object_array_add(array, value) < 0)
		no_memory();
}

json *number_if(bool known, int64_t number)
{
	return known ? new_number(number) : NULL;
}

json *count_if(bool known, uint64_t number)
{
	return known ? new_count(number) : NULL;
}

json *hex_if(bool known, uint64_t value)
{
	return known ? new_hex(value) : NULL;
}

const char *json_words(json *value)
{
	const int flags = JSON_C_TO_STRING_PLAIN |
			  JSON_C_TO_STRING_NOSLASHESCAPE;

	return need((void *)json_object_to_json_string_ext(value, flags));
}

void print_json(json *value)
{
	fputs(json_words(value), stdout);
	json_object_put(value);
}
