/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ctrl-C during work that has something to clean up. */
#ifndef RMAP_INSPECT_CLI_INTERRUPT_H
#define RMAP_INSPECT_CLI_INTERRUPT_H

#include <stdbool.h>

/*
 * From here on the first Ctrl-C is remembered; a second one kills, as always.
 */
void interrupt_hold(void);

/* An rmi_cancelled_fn: whether there was one. */
bool interrupt_is_held(void *arg);

/* Back to normal. If there was a Ctrl-C, it takes effect now. */
void interrupt_release(void);

#endif
