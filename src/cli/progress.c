/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows the terminal and the clock. Does not know what the work is.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define PATIENCE_MS	1000
#define REDRAW_MS	100
#define ERASE_LINE	"\r\033[K"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* of the line */

static struct {
	bool possible;		/* stderr is a terminal that can erase */
	bool shown;
	uint64_t due_ms;	/* nothing is drawn before */
	/* The work that is told of, and where it was when it was first. */
	char what[31];
	uint64_t first_done, first_ms;
} line;

/* Coarse: this is asked for every report, and 4 ms do not matter. */
static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool stderr_can_erase(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_start(void)
{
	line.possible = stderr_can_erase();
	line.due_ms = now_ms() + PATIENCE_MS;
}

static void notice_new_work(const char *what, uint64_t done, uint64_t now)
{
	if (!strncmp(line.what, what, sizeof(line.what) - 1))
		return;
	snprintf(line.what, sizeof(line.what), "%s", what);
	line.first_done = done;
	line.first_ms = now;
}

/* How fast it is, and when it will be done if it goes on like this. */
static void draw_rate(uint64_t done, uint64_t total, uint64_t now)
{
	double seconds = (double)(now - line.first_ms) / 1000;
	double rate = (double)(done - line.first_done) / seconds;

	if (done <= line.first_done || now <= line.first_ms)
		return;
	fprintf(stderr, ", %.0f/s", rate);
	if (total > done)
		fprintf(stderr, ", %.0f s left", (double)(total - done) / rate);
}

/* Shorter than any terminal, as a wrapped line could not be erased. */
static void draw(uint64_t done, uint64_t total, uint64_t now)
{
	if (total)
		fprintf(stderr, ERASE_LINE "%s: %" PRIu64 " of %" PRIu64,
			line.what, done, total);
	else
		fprintf(stderr, ERASE_LINE "%s: %" PRIu64, line.what, done);
	draw_rate(done, total, now);
}

static void report(const char *what, uint64_t done, uint64_t total)
{
	uint64_t now;

	if (!line.possible)
		return;
	now = now_ms();
	notice_new_work(what, done, now);
	if (now < line.due_ms)
		return;
	draw(done, total, now);
	line.shown = true;
	line.due_ms = now + REDRAW_MS;
}

void progress_report(const char *what, uint64_t done, uint64_t total,
		     void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	report(what, done, total);
	pthread_mutex_unlock(&lock);
}

static void clear(void)
{
	if (line.shown)
		fputs(ERASE_LINE, stderr);
	line.shown = false;
}

void progress_clear(void)
{
	pthread_mutex_lock(&lock);
	clear();
	pthread_mutex_unlock(&lock);
}

void progress_give_way(void)
{
	pthread_mutex_lock(&lock);
	if (line.possible && isatty(STDOUT_FILENO)) {
		clear();
		line.possible = false;
	}
	pthread_mutex_unlock(&lock);
}
