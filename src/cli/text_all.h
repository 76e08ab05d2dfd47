/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All pages, one a line, for people. */
#ifndef RMAP_INSPECT_CLI_TEXT_ALL_H
#define RMAP_INSPECT_CLI_TEXT_ALL_H

#include "output.h"

extern const struct all_format all_text;

#endif
