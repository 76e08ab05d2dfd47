/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/vmcoreinfo.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The value's first byte and its length, or NULL. */
static const char *find_line(const char *info, const char *key, size_t *ret_len)
{
	const size_t key_len = strlen(key);

	while (info && *info) {
		const char *end = strchrnul(info, '\n');

		if (!strncmp(info, key, key_len) && info[key_len] == '=') {
			const char *value = info + key_len + 1;

			*ret_len = end - value;
			return value;
		}
		info = *end ? end + 1 : end;
	}
	return NULL;
}

enum status vmcoreinfo_text(const char *info, const char *key, char *buf,
			    size_t size, struct diag *diag)
{
	size_t len;
	const char *value = find_line(info, key, &len);

	if (!value)
		return diag_fail(diag, ST_ABSENT, "VMCOREINFO has no %s", key);
	if (len >= size)
		return diag_fail(diag, ST_CORRUPT,
				 "VMCOREINFO: value of %s is %zu bytes long",
				 key, len);
	memcpy(buf, value, len);
	buf[len] = '\0';
	return ST_OK;
}

static enum status not_a_number(const char *key, const char *text,
				struct diag *diag)
{
	return diag_fail(diag, ST_CORRUPT, "VMCOREINFO: %s=%s is not a number",
			 key, text);
}

enum status vmcoreinfo_hex(const char *info, const char *key,
			   uint64_t *ret_value, struct diag *diag)
{
	char text[32], *end;
	uint64_t value;
	enum status st = vmcoreinfo_text(info, key, text, sizeof(text), diag);

	if (st)
		return st;
	errno = 0;
	value = strtoull(text, &end, 16);
	if (errno || !isxdigit((unsigned char)text[0]) || *end)
		return not_a_number(key, text, diag);
	*ret_value = value;
	return ST_OK;
}

enum status vmcoreinfo_number(const char *info, const char *key,
			      int64_t *ret_value, struct diag *diag)
{
	char text[32], *end;
	int64_t value;
	enum status st = vmcoreinfo_text(info, key, text, sizeof(text), diag);

	if (st)
		return st;
	errno = 0;
	/* 0x… values are unsigned and may have the top bit set. */
	if (!strncmp(text, "0x", 2))
		value = (int64_t)strtoull(text, &end, 16);
	else
		value = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return not_a_number(key, text, diag);
	*ret_value = value;
	return ST_OK;
}
