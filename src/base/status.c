/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const texts[] = {
	[ST_OK] = "success",
	[ST_NO_MEMORY] = "out of memory",
	[ST_INVALID] = "invalid request",
	[ST_IO] = "read error",
	[ST_EXCLUDED] = "page excluded from the dump",
	[ST_NO_ADDRESS] = "no such address",
	[ST_CORRUPT] = "corrupt data",
	[ST_ABSENT] = "absent",
	[ST_UNKNOWN] = "unknown",
	[ST_UNSUPPORTED] = "not supported",
	[ST_MISMATCH] = "dump and debug information do not match",
	[ST_BUDGET] = "walk did not end",
	[ST_STOPPED] = "stopped",
};

const char *status_text(enum status st)
{
	return texts[st];
}

void diag_set(struct diag *diag, const char *fmt, ...)
{
	va_list args;

	if (!diag)
		return;
	va_start(args, fmt);
	vsnprintf(diag->text, sizeof(diag->text), fmt, args);
	va_end(args);
}

/* What no longer fits is cut at the end, where the cause stands. */
static void append(struct diag *diag, const char *text)
{
	size_t len = strlen(diag->text);
	size_t part = strnlen(text, sizeof(diag->text) - 1 - len);

	memcpy(diag->text + len, text, part);
	diag->text[len + part] = '\0';
}

void diag_prepend(struct diag *diag, const char *fmt, ...)
{
	struct diag below;
	va_list args;

	if (!diag)
		return;
	below = *diag;
	va_start(args, fmt);
	vsnprintf(diag->text, sizeof(diag->text), fmt, args);
	va_end(args);
	append(diag, ": ");
	append(diag, below.text);
}

enum status diag_no_memory(struct diag *diag)
{
	return diag_fail(diag, ST_NO_MEMORY, "%s", status_text(ST_NO_MEMORY));
}
