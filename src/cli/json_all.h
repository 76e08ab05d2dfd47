/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All pages, one a line. */
#ifndef RMAP_INSPECT_CLI_JSON_ALL_H
#define RMAP_INSPECT_CLI_JSON_ALL_H

#include "output.h"

extern const struct all_format all_jsonl;

#endif
