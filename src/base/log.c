/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void log_message(const struct log *log, enum log_level level,
		 const char *fmt, ...)
{
	char text[DIAG_SIZE];
	va_list args;

	if (!log || !log->write || (level == LOG_STEP && !log->steps))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log->write(level, text, log->arg);
}

void log_progress(const struct log *log, const char *what, uint64_t done,
		  uint64_t total)
{
	if (log && log->progress)
		log->progress(what, done, total, log->arg);
}

bool log_is_cancelled(const struct log *log)
{
	return log && log->cancelled && log->cancelled(log->arg);
}
