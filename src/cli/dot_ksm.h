/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is behind a merged page in the DOT language. */
#ifndef RMAP_INSPECT_CLI_DOT_KSM_H
#define RMAP_INSPECT_CLI_DOT_KSM_H

#include <rmap-inspect/rmap-inspect.h>

/*
 * Statements for a graph that is begun already and has the page's node: stable
 * node, items, their anon_vmas, and the VMAs that map the page.
 */
void dot_ksm(struct rmi_session *session, const struct rmi_page *page);

#endif
