/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What places turned out to be, for people. */
#ifndef RMAP_INSPECT_CLI_HEADING_H
#define RMAP_INSPECT_CLI_HEADING_H

#include "places.h"

/* To stdout, a line for each and one for each gap; an empty one at the end. */
void print_headings(const struct finds *finds);

#endif
