/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A gap in words.
 */
#ifndef RMAP_INSPECT_CLI_GAP_H
#define RMAP_INSPECT_CLI_GAP_H

#include <rmap-inspect/rmap-inspect.h>

/* "what: where: why", of which parts may be missing. Release with free(). */
char *gap_words(const struct rmi_gap *gap);

#endif
