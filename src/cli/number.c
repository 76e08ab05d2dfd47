/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "number.h"

bool number_hex(const char *text, uint64_t *ret_number)
{
	uint64_t number;
	char *end;

	if (!isxdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	number = strtoull(text, &end, 16);
	if (errno || *end)
		return false;
	*ret_number = number;
	return true;
}

bool number_decimal(const char **text, char behind, uint32_t *ret_number)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)(*text)[0]))
		return false;
	errno = 0;
	number = strtoul(*text, &end, 10);
	if (errno || number > UINT32_MAX || *end != behind)
		return false;
	*ret_number = number;
	*text = end + 1;
	return true;
}
