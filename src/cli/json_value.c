/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See json_value.h. An object is its text: a page is some ninety values, each
 * written once, and a pipe of pages is answered three times as fast as with a
 * tree that is printed at the end. Strings of the dump are made valid UTF-8 by
 * escape.h.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "alloc.h"
#include "escape.h"
#include "json_value.h"
#include "sheet.h"

struct json_text {
	char *bytes;		/* not terminated */
	size_t n, room;
	char end;		/* of an object or an array, not yet in bytes */
};

/* ---- text ---- */

#define FIRST_ROOM	1024u

static json new_text(const char *begin, char end)
{
	struct json_text *text = need(malloc(sizeof(*text)));

	*text = (struct json_text) {
		.bytes = need(malloc(FIRST_ROOM)),
		.n = strlen(begin),
		.room = FIRST_ROOM,
		.end = end,
	};
	put_bytes(text->bytes, begin, text->n);
	return (json) { .type = JSON_TEXT, .text = text };
}

json new_object(void)
{
	return new_text("{", '}');
}

json new_array(void)
{
	return new_text("[", ']');
}

void free_json(json value)
{
	if (value.type != JSON_TEXT)
		return;
	free(value.text->bytes);
	free(value.text);
}

/* Room for more bytes, which are in the text when filled() has been told. */
static char *room_for(struct json_text *text, size_t more)
{
	if (text->room - text->n < more) {
		text->room = 2 * text->room + more;
		text->bytes = need(realloc(text->bytes, text->room));
	}
	return text->bytes + text->n;
}

static void filled(struct json_text *text, const char *end)
{
	text->n = (size_t)(end - text->bytes);
}

/* ---- values that cannot grow ---- */

json new_null(void)
{
	return (json) { .type = JSON_NULL };
}

json new_string(const char *s)
{
	return s ? (json) { .type = JSON_STRING, .string = s } : new_null();
}

json new_hex(uint64_t number)
{
	return (json) { .type = JSON_HEX, .number = number };
}

json new_address(uint64_t address)
{
	return hex_if(address, address);
}

json new_number(int64_t number)
{
	return (json) { .type = JSON_NUMBER, .number = (uint64_t)number };
}

json new_count(uint64_t number)
{
	return (json) { .type = JSON_COUNT, .number = number };
}

json new_seconds(uint64_t ns)
{
	return (json) { .type = JSON_SECONDS, .number = ns };
}

json new_bool(bool value)
{
	return (json) { .type = JSON_BOOL, .number = value };
}

json number_if(bool known, int64_t number)
{
	return known ? new_number(number) : new_null();
}

json count_if(bool known, uint64_t number)
{
	return known ? new_count(number) : new_null();
}

json hex_if(bool known, uint64_t value)
{
	return known ? new_hex(value) : new_null();
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

static void write_escaped(struct json_text *text, const char *s)
{
	char *safe = escape_for_json(s);
	char *at = room_for(text, MAX_ESCAPED * strlen(safe) + 2);

	*at++ = '"';
	for (const char *c = safe; *c; c++)
		at = put_character(at, *c);
	*at++ = '"';
	filled(text, at);
	free(safe);
}

/* What stands for itself in JSON; most is only that. */
static size_t count_plain(const char *s)
{
	size_t n = 0;

	while (s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static void write_string(struct json_text *text, json value)
{
	const char *s = value.string;
	size_t n = count_plain(s);
	char *at;

	if (s[n]) {
		write_escaped(text, s);
		return;
	}
	at = room_for(text, n + 2);
	*at++ = '"';
	at = put_bytes(at, s, n);
	*at++ = '"';
	filled(text, at);
}

/* ---- values within values ---- */

static void write_null(struct json_text *text, json value)
{
	(void)value;
	filled(text, put_literal(room_for(text, 4), "null"));
}

static void write_hex(struct json_text *text, json value)
{
	char *at = room_for(text, MAX_HEX + 2);

	*at++ = '"';
	at = put_hex(at, value.number);
	*at++ = '"';
	filled(text, at);
}

static void write_number(struct json_text *text, json value)
{
	filled(text, put_integer(room_for(text, MAX_DECIMAL),
				 (int64_t)value.number));
}

static void write_count(struct json_text *text, json value)
{
	filled(text, put_decimal(room_for(text, MAX_DECIMAL), value.number));
}

/* The text is exact, whatever a double makes of it. */
static void write_seconds(struct json_text *text, json value)
{
	char *words = format_new("%" PRIu64 ".%06" PRIu64,
				 value.number / 1000000000,
				 value.number / 1000 % 1000000);
	size_t n = strlen(words);

	filled(text, put_bytes(room_for(text, n), words, n));
	free(words);
}

static void write_bool(struct json_text *text, json value)
{
	char *at = room_for(text, 5);

	filled(text, value.number ? put_literal(at, "true") :
				    put_literal(at, "false"));
}

static void write_text(struct json_text *text, json value)
{
	const struct json_text *from = value.text;
	char *at = put_bytes(room_for(text, from->n + 1), from->bytes, from->n);

	if (from->end)
		*at++ = from->end;
	filled(text, at);
	free_json(value);
}

static void (*const writers[])(struct json_text *text, json value) = {
	[JSON_NULL] = write_null,
	[JSON_STRING] = write_string,
	[JSON_HEX] = write_hex,
	[JSON_NUMBER] = write_number,
	[JSON_COUNT] = write_count,
	[JSON_SECONDS] = write_seconds,
	[JSON_BOOL] = write_bool,
	[JSON_TEXT] = write_text,
};

static char *put_comma(char *at, const struct json_text *around)
{
	if (around->n > 1)
		*at++ = ',';
	return at;
}

void add(json object, const char *key, json value)
{
	const size_t n = strlen(key);
	struct json_text *text = object.text;
	char *at = put_comma(room_for(text, n + sizeof(",\"\":")), text);

	*at++ = '"';
	at = put_bytes(at, key, n);
	at = put_literal(at, "\":");
	filled(text, at);
	writers[value.type](text, value);
}

void append(json array, json value)
{
	struct json_text *text = array.text;

	filled(text, put_comma(room_for(text, 1), text));
	writers[value.type](text, value);
}

const char *json_words(json text, size_t *ret_n)
{
	char *end = room_for(text.text, 2);

	if (text.text->end)
		*end++ = text.text->end;
	*end = '\0';
	*ret_n = (size_t)(end - text.text->bytes);
	return text.text->bytes;
}

json new_written(json value)
{
	json text;

	if (value.type == JSON_TEXT)
		return value;
	text = new_text("", 0);
	writers[value.type](text.text, value);
	return text;
}

void write_json(json value, FILE *out)
{
	json text = new_written(value);
	size_t n;
	const char *words = json_words(text, &n);

	fwrite(words, 1, n, out);
	free_json(text);
}

void print_json(json value)
{
	write_json(value, stdout);
}
