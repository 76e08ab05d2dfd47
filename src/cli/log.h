/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is said on stderr. There is one stderr, so its state is one as well;
 * what several threads say at once can be put in order by log_to().
 *
 * Messages read "rmap-inspect: <what>: <why>; <next step>", without a newline
 * in the format. Terminal escapes and broken bytes in them are made visible.
 */
#ifndef RMAP_INSPECT_CLI_LOG_H
#define RMAP_INSPECT_CLI_LOG_H

#include <stdio.h>

#include <rmap-inspect/rmap-inspect.h>

#define printf_like(fmt, args)	__attribute__((format(printf, fmt, args)))

/* Which importance is shown. Errors always are. */
void log_setup(bool warnings, bool steps);

void log_error(const char *fmt, ...) printf_like(1, 2);
void log_warning(const char *fmt, ...) printf_like(1, 2);
void log_step(const char *fmt, ...) printf_like(1, 2);

/* What this thread says goes to a stream from here on; NULL: to stderr. */
void log_to(FILE *stream);

/* For rmi_open_options.log. */
void log_library(rmi_log_level level, const char *text, void *arg);

#endif
