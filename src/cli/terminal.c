/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

/* Of a terminal that does not know its own, as over a serial line. */
#define USUAL_WIDTH	80u

size_t terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ?
	       size.ws_col : USUAL_WIDTH;
}
