/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The colours of answers for people, on stdout. */
#ifndef RMAP_INSPECT_CLI_COLOR_H
#define RMAP_INSPECT_CLI_COLOR_H

enum color_when {
	COLOR_AUTO,	/* where there is a terminal that has them, unless
			   NO_COLOR is set: https://no-color.org */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

enum color {
	COLOR_HEADING,
	COLOR_GAP,	/* what could not be seen */
	COLOR_FINDING,	/* what is wrong */
};

/* Until then there are none. */
void color_init(enum color_when when);

/* What begins the colour, and what ends any; "" where there are none. */
const char *color_begin(enum color color);
const char *color_end(void);

#endif
