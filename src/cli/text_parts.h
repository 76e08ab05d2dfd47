/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the answers for people have in common. To stdout. */
#ifndef RMAP_INSPECT_CLI_TEXT_PARTS_H
#define RMAP_INSPECT_CLI_TEXT_PARTS_H

#include <stdint.h>

#include <rmap-inspect/rmap-inspect.h>

/* Whose an mm is. Not that there is none: a process can be out of sight. */
#define NO_PROCESS	"(no process found)"

/* A string that is not ours. Returns how many bytes it took. */
int put(const char *s);

/* What a noun ends with when there are n of it. */
const char *plural(uint64_t n);

/* A line of its own, the label in front. */
void put_gap(const char *label, const struct rmi_gap *gap);

#endif
