/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A part whose turn it is prints what it has; others keep it, up to a bound.
 * The first part that is not closed never waits, so that somebody always gets
 * on.
 */
#include "census/sheet.h"

#include <pthread.h>
#include <stdlib.h>

/* A part prints when it has so much, and has its turn. */
#define FULL_SHEET	(256u << 10)
/* Of parts that are done, and wait for those before them. */
#define MAX_WAITING	1024u
#define MAX_WAITING_BYTES	(32u << 20)

struct waiting {
	char *bytes;		/* NULL: not done */
	size_t n;
};

struct press {
	print_fn *print;
	void *arg;
	pthread_mutex_t lock;	/* of all below */
	pthread_cond_t turned;
	size_t turn;		/* the part that may print */
	bool stopped;
	size_t waiting_bytes;
	struct waiting waiting[MAX_WAITING];	/* by part, modulo */
};

struct press *press_new(print_fn *print, void *arg)
{
	struct press *press = calloc(1, sizeof(*press));

	if (!press)
		return NULL;
	press->print = print;
	press->arg = arg;
	pthread_mutex_init(&press->lock, NULL);
	pthread_cond_init(&press->turned, NULL);
	return press;
}

void press_free(struct press *press)
{
	if (!press)
		return;
	for (size_t i = 0; i < MAX_WAITING; i++)
		free(press->waiting[i].bytes);
	pthread_cond_destroy(&press->turned);
	pthread_mutex_destroy(&press->lock);
	free(press);
}

void press_stop(struct press *press)
{
	pthread_mutex_lock(&press->lock);
	press->stopped = true;
	pthread_cond_broadcast(&press->turned);
	pthread_mutex_unlock(&press->lock);
}

static void print(struct press *press, const char *bytes, size_t n)
{
	if (!press->stopped && n && !press->print(bytes, n, press->arg))
		press->stopped = true;
}

void sheet_open(struct sheet *sheet, struct press *press, size_t part)
{
	*sheet = (struct sheet) { .press = press, .part = part };
}

/* With the lock held: the others have nothing to print before it is closed. */
static void print_full(struct sheet *sheet)
{
	struct press *press = sheet->press;

	if (sheet->n < FULL_SHEET)
		return;
	pthread_mutex_lock(&press->lock);
	if (press->turn == sheet->part) {
		print(press, sheet->bytes, sheet->n);
		sheet->n = 0;
	}
	if (press->stopped)
		sheet->st = ST_STOPPED;
	pthread_mutex_unlock(&press->lock);
}

char *sheet_room(struct sheet *sheet, size_t n)
{
	if (sheet->st)
		return NULL;
	print_full(sheet);
	if (sheet->st)
		return NULL;
	if (sheet->room - sheet->n < n) {
		size_t room = sheet->room * 2 + n;
		char *bytes = realloc(sheet->bytes, room);

		if (!bytes) {
			sheet->st = ST_NO_MEMORY;
			return NULL;
		}
		sheet->bytes = bytes;
		sheet->room = room;
	}
	return sheet->bytes + sheet->n;
}

/* Those that follow, as far as they are done. */
static void print_waiting(struct press *press)
{
	struct waiting *next = &press->waiting[press->turn % MAX_WAITING];

	while (next->bytes) {
		print(press, next->bytes, next->n);
		press->waiting_bytes -= next->n;
		free(next->bytes);
		*next = (struct waiting) { 0 };
		press->turn++;
		next = &press->waiting[press->turn % MAX_WAITING];
	}
}

static bool must_wait(const struct press *press, const struct sheet *sheet)
{
	return !press->stopped && press->turn != sheet->part &&
	       (sheet->part - press->turn >= MAX_WAITING ||
		press->waiting_bytes > MAX_WAITING_BYTES);
}

static void hand_in(struct press *press, struct sheet *sheet)
{
	if (press->turn == sheet->part) {
		print(press, sheet->bytes, sheet->n);
		free(sheet->bytes);
		press->turn++;
		print_waiting(press);
		pthread_cond_broadcast(&press->turned);
		return;
	}
	press->waiting[sheet->part % MAX_WAITING] = (struct waiting) {
		sheet->bytes, sheet->n,
	};
	press->waiting_bytes += sheet->n;
}

enum status sheet_close(struct sheet *sheet)
{
	struct press *press = sheet->press;
	enum status st = sheet->st;

	/* An empty one has to be told from one that is not done. */
	if (!st && !sheet_room(sheet, 1))
		st = sheet->st;
	pthread_mutex_lock(&press->lock);
	while (!st && must_wait(press, sheet))
		pthread_cond_wait(&press->turned, &press->lock);
	if (!st && press->stopped)
		st = ST_STOPPED;
	if (!st) {
		hand_in(press, sheet);
	} else {
		press->stopped = true;
		pthread_cond_broadcast(&press->turned);
		free(sheet->bytes);
	}
	pthread_mutex_unlock(&press->lock);
	sheet->bytes = NULL;
	return st;
}
