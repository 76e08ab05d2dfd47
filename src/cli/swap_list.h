/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Swap entries as people write them: TYPE:OFFSET, the type in decimal, the
 * offset in hexadecimal with or without 0x.
 */
#ifndef RMAP_INSPECT_CLI_SWAP_LIST_H
#define RMAP_INSPECT_CLI_SWAP_LIST_H

#include <rmap-inspect/rmap-inspect.h>

#include "exit_code.h"

/* In the order given. Zero-initialised is empty. */
struct swap_list {
	struct rmi_swap_entry *items;
	size_t n, room;
};

void swap_list_fini(struct swap_list *list);

/* A mistake is explained on stderr. */
enum exit_code swap_list_add(struct swap_list *list, const char *option,
			     const char *text);

#endif
