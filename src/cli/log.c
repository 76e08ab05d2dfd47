/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors, warnings and the library's steps, as lines on stderr.
 *
 * Knows how a message looks and which ones are wanted. Does not know what any
 * of them means, nor does it ever end the process.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "escape.h"
#include "log.h"
#include "memory_limit.h"
#include "progress.h"

static bool show_warnings = true;
static bool show_steps;
static _Thread_local FILE *stand_in;	/* for stderr; or NULL */

void log_setup(bool warnings, bool steps)
{
	show_warnings = warnings;
	show_steps = steps;
}

/* Messages quote file names and bytes of the dump: neither is trusted. */
static void say(const char *prefix, const char *text)
{
	char *safe = escape_for_terminal(text);

	if (!stand_in)
		progress_clear();
	fprintf(stand_in ? stand_in : stderr, "rmap-inspect: %s%s%s\n",
		prefix, safe, memory_limit_advice(text));
	free(safe);
}

static void vsay(const char *prefix, const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0) {
		say(prefix, fmt);
		return;
	}
	say(prefix, text);
	free(text);
}

void log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsay("", fmt, args);
	va_end(args);
}

void log_warning(const char *fmt, ...)
{
	va_list args;

	if (!show_warnings)
		return;
	va_start(args, fmt);
	vsay("warning: ", fmt, args);
	va_end(args);
}

void log_step(const char *fmt, ...)
{
	va_list args;

	if (!show_steps)
		return;
	va_start(args, fmt);
	vsay("", fmt, args);
	va_end(args);
}

void log_to(FILE *stream)
{
	stand_in = stream;
}

void log_library(rmi_log_level level, const char *text, void *arg)
{
	(void)arg;
	if (level == RMI_LOG_WARNING)
		log_warning("%s", text);
	else
		log_step("%s", text);
}
