/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telling the caller what is being done, while it is being done, and hearing
 * from the caller that it need not go on.
 *
 * The library never prints: each message goes to the function that the caller
 * gave, or nowhere. Failures are not logged, they are returned.
 */
#ifndef RMAP_INSPECT_BASE_LOG_H
#define RMAP_INSPECT_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum log_level {
	LOG_WARNING,
	LOG_STEP,	/* each step of the work, with addresses */
};

struct log {
	void (*write)(enum log_level level, const char *text, void *arg);
	bool steps;	/* LOG_STEP messages are wanted */
	void (*progress)(const char *what, uint64_t done, uint64_t total,
			 void *arg);
	/* The caller wants long work to stop; NULL: never. */
	bool (*cancelled)(void *arg);
	void *arg;
};

/* log may be NULL. */
void log_message(const struct log *log, enum log_level level,
		 const char *fmt, ...) printf_like(3, 4);

/* total 0: not known. */
void log_progress(const struct log *log, const char *what, uint64_t done,
		  uint64_t total);

/* Ask now and then in work that takes long, and stop with ST_STOPPED. */
bool log_is_cancelled(const struct log *log);

#define log_step(log, ...)	log_message(log, LOG_STEP, __VA_ARGS__)
#define log_warning(log, ...)	log_message(log, LOG_WARNING, __VA_ARGS__)

#endif
