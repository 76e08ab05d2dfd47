/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RMAP_INSPECT_CLI_TERMINAL_H
#define RMAP_INSPECT_CLI_TERMINAL_H

#include <stddef.h>

/* Of stdout, in columns; 0: it is no terminal. */
size_t terminal_width(void);

#endif
