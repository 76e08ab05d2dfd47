/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The family of an anon_vma in the DOT language. */
#ifndef RMAP_INSPECT_CLI_DOT_FAMILY_H
#define RMAP_INSPECT_CLI_DOT_FAMILY_H

#include <rmap-inspect/rmap-inspect.h>

/*
 * Statements for a graph that is begun already. page (or NULL) is a page of
 * one of the anon_vmas, and its node is there: those who map it are marked.
 */
void dot_family(const struct rmi_family *family, const struct rmi_page *page);

#endif
