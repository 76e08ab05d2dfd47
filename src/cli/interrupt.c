/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows signals. Does not know what is being interrupted.
 */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "alloc.h"
#include "interrupt.h"

static volatile sig_atomic_t held;	/* the signal, or 0 */
static struct sigaction before;
static unsigned int patience;		/* seconds; 0: for ever */

static void hold(int signal)
{
	held = signal;
}

/* What is being written goes on (SA_RESTART): the line comes to its end. */
static void hold_ctrl_c(void)
{
	const struct sigaction action = {
		.sa_handler = hold,
		.sa_flags = SA_RESETHAND | SA_RESTART,
	};

	sigaction(SIGINT, NULL, &before);
	/* Whoever started us may have chosen to ignore it (nohup, a script). */
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGINT, &action, NULL);
}

void interrupt_hold(unsigned int seconds)
{
	const struct sigaction action = {
		.sa_handler = hold,
		.sa_flags = SA_RESTART,
	};

	hold_ctrl_c();
	patience = seconds;
	if (!seconds)
		return;
	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
}

char *interrupt_words(void)
{
	return held == SIGALRM ? format_new("not done within %u s", patience) :
				 format_new("interrupted");
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
