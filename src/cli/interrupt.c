/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows signals. Does not know what is being interrupted.
 */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "interrupt.h"

static volatile sig_atomic_t held;	/* the signal, or 0 */
static struct sigaction before;

static void hold(int signal)
{
	held = signal;
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

void interrupt_after(unsigned int seconds)
{
	const struct sigaction action = {
		.sa_handler = hold,
		.sa_flags = SA_RESTART,
	};

	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
}

bool interrupt_was_time(void)
{
	return held == SIGALRM;
}

bool interrupt_is_held(void *arg)
{
	(void)arg;
	return held;
}

void interrupt_release(void)
{
	alarm(0);
	sigaction(SIGINT, &before, NULL);
	if (held == SIGINT)
		raise(SIGINT);
}
