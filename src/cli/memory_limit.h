/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * --max-memory: how much the process may have. The limit is the process's own,
 * as its memory is.
 */
#ifndef RMAP_INSPECT_CLI_MEMORY_LIMIT_H
#define RMAP_INSPECT_CLI_MEMORY_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* "512M": bytes, or K, M, G or T of 1024. False: that is no size. */
bool memory_limit_parse(const char *text, uint64_t *ret_bytes);

/* From now on. What cannot be had then is told as "out of memory". */
void memory_limit_set(uint64_t bytes);

/* What to do about it, if a message says that there was too little; or "". */
const char *memory_limit_advice(const char *message);

#endif
