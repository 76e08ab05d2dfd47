/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See json_value.h. Strings of the dump are made valid UTF-8 by escape.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"
#include "json_value.h"
#include "sheet.h"

enum type {
	OBJECT,
	ARRAY,
	STRING,			/* of the dump, to be escaped */
	SHORT_STRING,		/* likewise */
	HEX,
	NUMBER,			/* signed */
	COUNT,
	LITERAL,		/* as it will be written; on the heap */
	BOOL,
	NOTHING,		/* null in an array */
};

struct list {
	json *first, *last;
	size_t n;
};

struct json_value {
	json *next;		/* in the object, the array, the free list */
	const char *key;	/* in an object */
	enum type type;
	union {
		struct list items;
		uint64_t bits;		/* HEX, NUMBER, COUNT, BOOL */
		char *text;		/* STRING, LITERAL */
		char brief[24];		/* SHORT_STRING: most are */
	};
};

/* ---- memory ---- */

static json *released;

static void make_more(void)
{
	const size_t n = 1024;
	json *block = need(malloc(n * sizeof(*block)));

	for (size_t i = n; i-- > 0; released = &block[i])
		block[i].next = released;
}

static json *new_value(enum type type)
{
	json *value;

	if (!released)
		make_more();
	value = released;
	released = value->next;
	value->next = NULL;
	value->key = NULL;
	value->type = type;
	return value;
}

static json *new_list(enum type type)
{
	json *value = new_value(type);

	value->items = (struct list) { NULL, NULL, 0 };
	return value;
}

static json *new_bits(enum type type, uint64_t bits)
{
	json *value = new_value(type);

	value->bits = bits;
	return value;
}

static bool is_list(const json *value)
{
	return value && (value->type == OBJECT || value->type == ARRAY);
}

/* Documents are a few levels deep. */
void json_free(json *value)
{
	if (!value)
		return;
	if (is_list(value))
		json_cut(value, 0);
	else if (value->type == STRING || value->type == LITERAL)
		free(value->text);
	value->next = released;
	released = value;
}

/* ---- values ---- */

json *new_object(void)
{
	return new_list(OBJECT);
}

json *new_array(void)
{
	return new_list(ARRAY);
}

json *new_string(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	json *value;

	if (!s)
		return NULL;
	if (n < sizeof(value->brief)) {
		value = new_value(SHORT_STRING);
		memcpy(value->brief, s, n + 1);
	} else {
		value = new_value(STRING);
		value->text = need(strdup(s));
	}
	return value;
}

json *new_hex(uint64_t number)
{
	return new_bits(HEX, number);
}

json *new_address(uint64_t address)
{
	return address ? new_hex(address) : NULL;
}

json *new_number(int64_t number)
{
	return new_bits(NUMBER, (uint64_t)number);
}

json *new_count(uint64_t number)
{
	return new_bits(COUNT, number);
}

json *new_seconds(uint64_t ns)
{
	json *value = new_value(LITERAL);

	value->text = format_new("%" PRIu64 ".%06" PRIu64, ns / 1000000000,
				 ns / 1000 % 1000000);
	return value;
}

json *new_bool(bool value)
{
	return new_bits(BOOL, value);
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

/* ---- lists ---- */

void append(json *array, json *value)
{
	struct list *items = &array->items;

	if (!value)
		value = new_value(NOTHING);
	if (items->last)
		items->last->next = value;
	else
		items->first = value;
	items->last = value;
	items->n++;
}

void add(json *object, const char *key, json *value)
{
	append(object, value);
	object->items.last->key = key;
}

json *json_get(const json *object, const char *key)
{
	json *member = object ? object->items.first : NULL;

	while (member && strcmp(member->key, key) != 0)
		member = member->next;
	return member && member->type != NOTHING ? member : NULL;
}

uint64_t json_count(const json *count)
{
	return count ? count->bits : 0;
}

size_t json_length(const json *array)
{
	return array ? array->items.n : 0;
}

json *json_first(const json *array)
{
	return array ? array->items.first : NULL;
}

json *json_next(const json *item)
{
	return item->next;
}

static void free_from(json *item)
{
	while (item) {
		json *next = item->next;

		json_free(item);
		item = next;
	}
}

size_t json_cut(json *array, size_t max)
{
	size_t n = json_length(array);
	json *item = json_first(array);
	struct list kept = { NULL, NULL, 0 };

	if (n <= max)
		return n;
	if (max)
		kept.first = item;
	for (; kept.n < max; item = item->next) {
		kept.last = item;
		kept.n++;
	}
	if (kept.last)
		kept.last->next = NULL;
	array->items = kept;
	free_from(item);
	return n;
}

void json_sort(json *array, int (*compare)(const void *, const void *))
{
	size_t n = json_length(array);
	json **items = need(calloc(n + 1, sizeof(json *)));
	json *item = json_first(array);

	for (size_t i = 0; i < n; i++, item = item->next)
		items[i] = item;
	qsort(items, n, sizeof(json *), compare);
	array->items = (struct list) { NULL, NULL, 0 };
	for (size_t i = 0; i < n; i++) {
		items[i]->next = NULL;
		append(array, items[i]);
	}
	free(items);
}

/* ---- text ---- */

struct text {
	char *at;
	size_t n, room;
};

/* Where so many bytes can be put. */
static char *room_for(struct text *text, size_t more)
{
	if (text->room - text->n < more) {
		text->room = text->room * 2 + more;
		text->at = need(realloc(text->at, text->room));
	}
	return text->at + text->n;
}

static void filled(struct text *text, const char *end)
{
	text->n = (size_t)(end - text->at);
}

static void put_char(struct text *text, char c)
{
	*room_for(text, 1) = c;
	text->n++;
}

static void put_text(struct text *text, const char *bytes, size_t n)
{
	filled(text, put_bytes(room_for(text, n), bytes, n));
}

/* "\n", "\"", "\u001b" */
static char *put_escape(char *at, char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char *found = strchr(plain, c);

	*at++ = '\\';
	if (found) {
		*at++ = letters[found - plain];
		return at;
	}
	at = put_literal(at, "u00");
	*at++ = "01"[c >> 4];
	*at++ = "0123456789abcdef"[c & 0xf];
	return at;
}

static bool needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* Valid UTF-8, in quotes. */
static void put_quoted(struct text *text, const char *s)
{
	const size_t max_escape = sizeof("\\u001b") - 1;
	char *at = room_for(text, max_escape * strlen(s) + 2);

	*at++ = '"';
	for (; *s; s++)
		if (needs_escape(*s))
			at = put_escape(at, *s);
		else
			*at++ = *s;
	*at++ = '"';
	filled(text, at);
}

static bool is_ascii(const char *s)
{
	while (*s && !(*s & 0x80))
		s++;
	return !*s;
}

static void put_string(struct text *text, const char *s)
{
	char *safe;

	if (is_ascii(s)) {
		put_quoted(text, s);
		return;
	}
	safe = escape_for_json(s);
	put_quoted(text, safe);
	free(safe);
}

static void put_hex_string(struct text *text, uint64_t number)
{
	char *at = room_for(text, MAX_HEX + 2);

	*at++ = '"';
	at = put_hex(at, number);
	*at++ = '"';
	filled(text, at);
}

static void put_number(struct text *text, uint64_t bits)
{
	filled(text, put_integer(room_for(text, MAX_DECIMAL), (int64_t)bits));
}

static void put_count(struct text *text, uint64_t count)
{
	filled(text, put_decimal(room_for(text, MAX_DECIMAL), count));
}

static void put_word(struct text *text, const char *word)
{
	put_text(text, word, strlen(word));
}

static void put_list(struct text *text, const json *list);

static void put_value(struct text *text, const json *value)
{
	switch (value->type) {
	case OBJECT:
	case ARRAY:
		put_list(text, value);
		break;
	case STRING:
		put_string(text, value->text);
		break;
	case SHORT_STRING:
		put_string(text, value->brief);
		break;
	case HEX:
		put_hex_string(text, value->bits);
		break;
	case NUMBER:
		put_number(text, value->bits);
		break;
	case COUNT:
		put_count(text, value->bits);
		break;
	case LITERAL:
		put_word(text, value->text);
		break;
	case BOOL:
		put_word(text, value->bits ? "true" : "false");
		break;
	case NOTHING:
		put_word(text, "null");
		break;
	}
}

static void put_key(struct text *text, const char *key)
{
	size_t n = strlen(key);
	char *at = room_for(text, n + 3);

	*at++ = '"';
	at = put_bytes(at, key, n);
	at = put_literal(at, "\":");
	filled(text, at);
}

static void put_list(struct text *text, const json *list)
{
	bool is_object = list->type == OBJECT;

	put_char(text, is_object ? '{' : '[');
	for (json *item = list->items.first; item; item = item->next) {
		if (item != list->items.first)
			put_char(text, ',');
		/* Those of "details" are the library's names. */
		if (is_object)
			put_key(text, item->key);
		put_value(text, item);
	}
	put_char(text, is_object ? '}' : ']');
}

/* In a buffer that all values share. */
static const struct text *write_out(const json *value)
{
	static struct text text;

	text.n = 0;
	if (value)
		put_value(&text, value);
	else
		put_word(&text, "null");
	put_char(&text, '\0');
	return &text;
}

const char *json_words(const json *value)
{
	return write_out(value)->at;
}

void print_json(json *value)
{
	const struct text *text = write_out(value);

	fwrite(text->at, 1, text->n - 1, stdout);
	json_free(value);
}

char *json_string_words(const char *s)
{
	struct text text = { NULL, 0, 0 };

	put_string(&text, s);
	put_char(&text, '\0');
	return text.at;
}
