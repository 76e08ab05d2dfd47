/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See json_value.h. A value is its text: a page is some ninety of them, each
 * written once and put into the one around it, and a pipe of pages is answered
 * three times as fast as with a tree that is printed at the end. Strings of the
 * dump are made valid UTF-8 by escape.h.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "alloc.h"
#include "escape.h"
#include "json_value.h"
#include "sheet.h"

/* Most values are no longer than an address. */
#define SHORT	39u

struct json {
	char *text;		/* not terminated */
	size_t n, room;
	char end;		/* of an object or an array, not yet in text */
	char here[SHORT];	/* text while it is short */
};

static json *new_value(char begin, char end)
{
	json *value = need(malloc(sizeof(*value)));

	value->text = value->here;
	value->room = sizeof(value->here);
	value->n = begin != 0;
	value->here[0] = begin;
	value->end = end;
	return value;
}

void free_json(json *value)
{
	if (value && value->text != value->here)
		free(value->text);
	free(value);
}

static void grow(json *value, size_t more)
{
	const bool is_short = value->text == value->here;

	value->room = 2 * value->room + more;
	value->text = need(realloc(is_short ? NULL : value->text,
				   value->room));
	if (is_short)
		memcpy(value->text, value->here, value->n);
}

/* Room for more bytes, which the caller counts when they are there. */
static char *room_for(json *value, size_t more)
{
	if (value->room - value->n < more)
		grow(value, more);
	return value->text + value->n;
}

static json *new_text(const char *text, size_t n)
{
	json *value = new_value(0, 0);

	put_bytes(room_for(value, n), text, n);
	value->n = n;
	return value;
}

json *new_object(void)
{
	return new_value('{', '}');
}

json *new_array(void)
{
	return new_value('[', ']');
}

/* ---- strings ---- */

struct escape {
	char c;
	char letter;
};

static const struct escape escapes[] = {
	{ '"', '"' }, { '\\', '\\' }, { '\b', 'b' }, { '\f', 'f' },
	{ '\n', 'n' }, { '\r', 'r' }, { '\t', 't' },
};

#define MAX_ESCAPED	6u		/* "\u001f" */

static char *put_control(char *at, char c)
{
	static const char digits[] = "0123456789abcdef";

	at = put_literal(at, "\\u00");
	*at++ = digits[c >> 4 & 0xf];
	*at++ = digits[c & 0xf];
	return at;
}

static char *put_character(char *at, char c)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (escapes[i].c != c)
			continue;
		*at++ = '\\';
		*at++ = escapes[i].letter;
		return at;
	}
	if ((unsigned char)c < ' ')
		return put_control(at, c);
	*at++ = c;
	return at;
}

static json *new_escaped(const char *s)
{
	json *string = new_value('"', 0);
	char *safe = escape_for_json(s);
	char *text = room_for(string, MAX_ESCAPED * strlen(safe) + 1);
	char *at = text;

	for (const char *c = safe; *c; c++)
		at = put_character(at, *c);
	*at++ = '"';
	string->n += (size_t)(at - text);
	free(safe);
	return string;
}

json *new_string(const char *s)
{
	size_t n;
	json *string;
	char *at;

	if (!s)
		return NULL;
	n = strcspn(s, "\"\\");
	if (s[n] || !is_plain_ascii(s))
		return new_escaped(s);
	string = new_value('"', 0);
	at = put_bytes(room_for(string, n + 1), s, n);
	*at = '"';
	string->n += n + 1;
	return string;
}

/* ---- other values ---- */

json *new_hex(uint64_t number)
{
	json *hex = new_value('"', 0);
	char *at = put_hex(hex->here + 1, number);

	*at++ = '"';
	hex->n = (size_t)(at - hex->here);
	return hex;
}

json *new_address(uint64_t address)
{
	return address ? new_hex(address) : NULL;
}

json *new_number(int64_t number)
{
	json *value = new_value(0, 0);

	value->n = (size_t)(put_integer(value->here, number) - value->here);
	return value;
}

json *new_count(uint64_t number)
{
	json *value = new_value(0, 0);

	value->n = (size_t)(put_decimal(value->here, number) - value->here);
	return value;
}

json *new_seconds(uint64_t ns)
{
	char *text = format_new("%" PRIu64 ".%06" PRIu64, ns / 1000000000,
				ns / 1000 % 1000000);
	json *seconds = new_text(text, strlen(text));

	free(text);
	return seconds;
}

json *new_bool(bool value)
{
	return value ? new_text("true", 4) : new_text("false", 5);
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

/* ---- values within values ---- */

static const char null[] = "null";

static char *end_of(const json *value, char *at)
{
	if (value->end)
		*at++ = value->end;
	return at;
}

static char *put_value(char *at, const json *value)
{
	if (!value)
		return put_literal(at, null);
	return end_of(value, put_bytes(at, value->text, value->n));
}

/* With a comma in front, and an end behind. */
static size_t length_of(const json *value)
{
	return (value ? value->n : sizeof(null)) + 2;
}

static char *put_comma(char *at, const json *around)
{
	if (around->n > 1)
		*at++ = ',';
	return at;
}

void add(json *object, const char *key, json *value)
{
	const size_t n = strlen(key);
	char *room = room_for(object, n + sizeof("\"\":") + length_of(value));
	char *at = put_comma(room, object);

	*at++ = '"';
	at = put_bytes(at, key, n);
	at = put_literal(at, "\":");
	at = put_value(at, value);
	object->n += (size_t)(at - room);
	free_json(value);
}

void append(json *array, json *value)
{
	char *room = room_for(array, length_of(value));
	char *at = put_value(put_comma(room, array), value);

	array->n += (size_t)(at - room);
	free_json(value);
}

const char *json_words(json *value, size_t *ret_n)
{
	char *room, *at;

	if (!value) {
		*ret_n = sizeof(null) - 1;
		return null;
	}
	room = room_for(value, 2);
	at = end_of(value, room);
	*at = '\0';
	*ret_n = value->n + (size_t)(at - room);
	return value->text;
}

void write_json(json *value, FILE *out)
{
	size_t n;
	const char *words = json_words(value, &n);

	fwrite(words, 1, n, out);
	free_json(value);
}

void print_json(json *value)
{
	write_json(value, stdout);
}
