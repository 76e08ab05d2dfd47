/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings of a dump made safe to pass on. A task may call itself anything, so
 * comm, paths and whatever quotes them are bytes, not text.
 *
 * What cannot be passed on as it is becomes \xNN, byte by byte. A backslash
 * of the dump stays as it is: who must tell "\x1b" from the byte 0x1b has to
 * look into the dump, everyone else can read the name.
 *
 * Results are new strings, to be released with free().
 */
#ifndef RMAP_INSPECT_CLI_ESCAPE_H
#define RMAP_INSPECT_CLI_ESCAPE_H

#include <stdbool.h>

/* Keeps what the locale can print: no control characters, no bad bytes. */
char *escape_for_terminal(const char *s);

/*
 * Keeps all valid UTF-8 in every locale. Control characters stay as they are,
 * since JSON has its own way to write them.
 */
char *escape_for_json(const char *s);

/* Does the locale print characters beyond ASCII as UTF-8? */
bool locale_is_utf8(void);

#endif
