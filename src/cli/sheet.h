/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text for millions of lines: what printf() does, for the few things that
 * stand in each, in a tenth of the time. A pointer behind the text is handed
 * on; whoever begins makes sure that there is room.
 */
#ifndef RMAP_INSPECT_CLI_SHEET_H
#define RMAP_INSPECT_CLI_SHEET_H

#include <stdint.h>
#include <string.h>

#define MAX_HEX		18u	/* with 0x */
#define MAX_DECIMAL	20u

static inline char *put_bytes(char *at, const char *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

#define put_literal(at, literal) put_bytes(at, literal, sizeof(literal) - 1)

/* "0x1a2b" */
static inline char *put_hex(char *at, uint64_t number)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int n = number ? (67 - __builtin_clzll(number)) / 4 : 1;

	at = put_literal(at, "0x");
	for (unsigned int i = n; i-- > 0; number >>= 4)
		at[i] = digits[number & 15];
	return at + n;
}

static inline char *put_decimal(char *at, uint64_t number)
{
	char digits[MAX_DECIMAL];
	size_t n = 0;

	do {
		digits[n++] = '0' + number % 10;
		number /= 10;
	} while (number);
	while (n)
		*at++ = digits[--n];
	return at;
}

/* Of at most MAX_DECIMAL characters, too: 2^63 has 19 digits. */
static inline char *put_integer(char *at, int64_t number)
{
	if (number >= 0)
		return put_decimal(at, (uint64_t)number);
	*at++ = '-';
	return put_decimal(at, -(uint64_t)number);
}

#endif
