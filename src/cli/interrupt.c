/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows signals. Does not know what is being interrupted.
 */
#include <signal.h>
#include <stddef.h>

#include "interrupt.h"

static volatile sig_atomic_t held;
static struct sigaction before;

static void hold(int signal)
{
	(void)signal;
	held = 1;
}

void interrupt_hold(void)
{
	const struct sigaction action = {
		.sa_handler = hold,
		.sa_flags = SA_RESETHAND,
	};

	sigaction(SIGINT, NULL, &before);
	/* Whoever started us may have chosen to ignore it (nohup, a script). */
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
}

bool interrupt_is_held(void *arg)
{
	(void)arg;
	return held;
}

void interrupt_release(void)
{
	sigaction(SIGINT, &before, NULL);
	if (held)
		raise(SIGINT);
}
