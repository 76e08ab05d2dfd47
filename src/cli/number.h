/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as several options take them. strtoull() alone would take blanks and
 * signs, too.
 */
#ifndef RMAP_INSPECT_CLI_NUMBER_H
#define RMAP_INSPECT_CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* All of the text, in hexadecimal with or without 0x, at most 64 bits. */
bool number_hex(const char *text, uint64_t *ret_number);

/* The decimal number before a character; what comes after that is left in *text. */
bool number_decimal(const char **text, char behind, uint32_t *ret_number);

#endif
