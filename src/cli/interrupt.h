/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ctrl-C, SIGTERM, SIGHUP, or the end of patience, during work that must not
 * just be killed.
 */
#ifndef RMAP_INSPECT_CLI_INTERRUPT_H
#define RMAP_INSPECT_CLI_INTERRUPT_H

#include <stdbool.h>

/*
 * From here on the first of each is remembered; a second one kills, as always.
 * After so many seconds it is as if there were one; 0: never.
 */
void interrupt_hold(unsigned int seconds);

/* An rmi_cancelled_fn: whether there was one, or the time is over. */
bool interrupt_is_held(void *arg);

/* Which it was, in words; release with free(). */
char *interrupt_words(void);

/* Back to normal. If there was a signal, it takes effect now. */
void interrupt_release(void);

#endif
