/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows signals. Does not know what is being interrupted.
 */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "alloc.h"
#include "interrupt.h"

/* Ctrl-C, kill(1) and timeout(1), the end of the terminal. */
static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

#define N_ENDS	(sizeof(ends) / sizeof(ends[0]))

static volatile sig_atomic_t held;	/* the first signal, or 0 */
static struct sigaction before[N_ENDS];
static unsigned int patience;		/* seconds; 0: for ever */

static void hold(int signal)
{
	if (!held)
		held = signal;
}

/* What is being written goes on (SA_RESTART): the line comes to its end. */
static void hold_end(size_t i)
{
	const struct sigaction action = {
		.sa_handler = hold,
		.sa_flags = SA_RESETHAND | SA_RESTART,
	};

	sigaction(ends[i], NULL, &before[i]);
	/* Whoever started us may have chosen to ignore it (nohup, a script). */
	if (before[i].sa_handler != SIG_IGN)
		sigaction(ends[i], &action, NULL);
}

void interrupt_hold(unsigned int seconds)
{
	const struct sigaction action = {
		.sa_handler = hold,
		.sa_flags = SA_RESTART,
	};

	for (size_t i = 0; i < N_ENDS; i++)
		hold_end(i);
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
	for (size_t i = 0; i < N_ENDS; i++)
		sigaction(ends[i], &before[i], NULL);
	if (held && held != SIGALRM)
		raise(held);
}
