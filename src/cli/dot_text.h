/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pieces of the DOT language. What is printed between quotes may come from a
 * dump: it can neither end the string nor give it another meaning.
 */
#ifndef RMAP_INSPECT_CLI_DOT_TEXT_H
#define RMAP_INSPECT_CLI_DOT_TEXT_H

#include <rmap-inspect/rmap-inspect.h>

/* Part of a label, within its quotes. */
void dot_put(const char *s);

/* "97 bash", the first that use one mm; or NO_PROCESS. Likewise. */
void dot_put_tasks(const struct rmi_task *tasks, size_t n);

/* The digits in which one address differs from others like it. */
void dot_put_address(uint64_t address);

/* The first of them, a line each. */
void dot_put_gaps(const struct rmi_gap *gaps, size_t n);

/* A whole attribute list ends the statement: " tooltip=…]". */
void dot_end_with_tooltip(const char *type, uint64_t address);

#endif
