/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The chain that was followed to an answer, in words, and the commands of
 * crash and drgn that show the same fields.
 *
 * drgn's helpers are those of drgn.helpers.linux (mm, pid, rbtree, list) and
 * of drgn.helpers.common.memory; crash takes all addresses as hexadecimal.
 */
#ifndef RMAP_INSPECT_CLI_EXPLAIN_H
#define RMAP_INSPECT_CLI_EXPLAIN_H

#include <rmap-inspect/rmap-inspect.h>

/* To stdout, behind the page's answer. page_size: bytes. */
void explain_page(const struct rmi_page *page, uint64_t page_size);

#endif
