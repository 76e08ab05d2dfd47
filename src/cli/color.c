/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows whether to use colours, and their escape sequences: those of ECMA-48
 * that every terminal has, with no background, so that they can be read on a
 * dark and on a light one. Does not know what is coloured.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"

static const char *const sequences[] = {
	[COLOR_HEADING] = "\033[1m",
	[COLOR_GAP] = "\033[33m",
	[COLOR_FINDING] = "\033[31m",
};

static bool enabled;

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool stdout_has_colors(void)
{
	return isatty(STDOUT_FILENO) && is_set("TERM") &&
	       strcmp(getenv("TERM"), "dumb") != 0;
}

void color_init(enum color_when when)
{
	enabled = when == COLOR_ALWAYS ||
		  (when == COLOR_AUTO && stdout_has_colors() &&
		   !is_set("NO_COLOR"));
}

const char *color_begin(enum color color)
{
	return enabled ? sequences[color] : "";
}

const char *color_end(void)
{
	return enabled ? "\033[m" : "";
}
