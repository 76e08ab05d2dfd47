/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows UTF-8 and what the locale can print. Does not know where the strings
 * come from or who will read them.
 */
#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "alloc.h"
#include "escape.h"

/* How a sequence of len bytes begins, and the first character that needs it. */
struct utf8_form {
	uint8_t mask;
	uint8_t lead;
	size_t len;
	uint32_t min;
};

static const struct utf8_form utf8_forms[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
};

static const struct utf8_form *find_form(uint8_t lead)
{
	const struct utf8_form *form = utf8_forms;
	const struct utf8_form *end = form +
		sizeof(utf8_forms) / sizeof(utf8_forms[0]);

	for (; form < end; form++)
		if ((lead & form->mask) == form->lead)
			return form;
	return NULL;
}

static bool is_character(uint32_t c, uint32_t min)
{
	bool surrogate = c >= 0xd800 && c <= 0xdfff;

	return c >= min && c <= 0x10ffff && !surrogate;
}

/* Bytes of the character at s, 0 when there is no valid one. */
static size_t decode(const uint8_t *s, uint32_t *ret_c)
{
	const struct utf8_form *form = find_form(*s);
	uint32_t c;
	size_t i;

	if (!form)
		return 0;
	c = *s & ~form->mask & 0xff;
	/* The NUL at the end is no continuation byte, so this stays inside. */
	for (i = 1; i < form->len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (!is_character(c, form->min))
		return 0;
	*ret_c = c;
	return form->len;
}

static char *put_byte(char *out, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	*out++ = '\\';
	*out++ = 'x';
	*out++ = digits[byte >> 4];
	*out++ = digits[byte & 0xf];
	return out;
}

static bool is_printable_ascii(uint32_t c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Nobody minds these, and mostly there is nothing else. */
static size_t count_plain(const uint8_t *s)
{
	size_t n = 0;

	while (is_printable_ascii(s[n]))
		n++;
	return n;
}

static char *escape(const char *text, bool (*keep)(uint32_t c))
{
	const uint8_t *s = (const uint8_t *)text;
	char *result = need(malloc(4 * strlen(text) + 1));
	char *out = result;
	uint32_t c;

	while (*s) {
		size_t plain = count_plain(s), len = plain ? 0 : decode(s, &c);

		if (plain) {
			out = mempcpy(out, s, plain);
			s += plain;
		} else if (len && keep(c)) {
			out = mempcpy(out, s, len);
			s += len;
		} else {
			out = put_byte(out, *s++);
		}
	}
	*out = '\0';
	return result;
}

static bool is_any(uint32_t c)
{
	(void)c;
	return true;
}

/* glibc's wchar_t is the code point in every locale. */
static bool is_printable(uint32_t c)
{
	return is_printable_ascii(c) || (c >= 0xa0 && iswprint((wint_t)c));
}

bool locale_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

char *escape_for_terminal(const char *s)
{
	return escape(s, locale_is_utf8() ? is_printable : is_printable_ascii);
}

char *escape_for_json(const char *s)
{
	return escape(s, is_any);
}
