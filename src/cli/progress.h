/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How far long work is: one line on stderr that comes and goes.
 *
 * Shown only if stderr is a terminal, and only when the work has taken more
 * than a second.
 */
#ifndef RMAP_INSPECT_CLI_PROGRESS_H
#define RMAP_INSPECT_CLI_PROGRESS_H

#include <stdint.h>

/* The second begins. Before it nothing is ever shown. */
void progress_start(void);

/* For rmi_open_options.progress. */
void progress_report(const char *what, uint64_t done, uint64_t total,
		     void *arg);

/* Make room for something else on the terminal. */
void progress_clear(void);

/*
 * From here on lines go to stdout, from whatever thread: if that is a terminal,
 * they show that it goes on, and the line is not seen again.
 */
void progress_give_way(void);

#endif
