/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RMAP_INSPECT_CLI_MAPPING_COUNT_H
#define RMAP_INSPECT_CLI_MAPPING_COUNT_H

#include "rmap-inspect/rmap-inspect.h"

/*
 * How many of the entries that are about the page map it: raw mappings among
 * them. All others name it, or its place in swap, and map nothing.
 */
size_t count_mappings(const struct rmi_page *page);

#endif
