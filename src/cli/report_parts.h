/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a report is made of: each part is what the library answers to one
 * question, in the words of the schema rmap-inspect/1.
 *
 * Knows which questions, and how much of an answer a report has room for. Does
 * not know what a report looks like.
 */
#ifndef RMAP_INSPECT_CLI_REPORT_PARTS_H
#define RMAP_INSPECT_CLI_REPORT_PARTS_H

#include "json_tree.h"
#include "options.h"

/*
 * All of them. What could not be asked is among its gaps. *ret_complete: there
 * is no gap in any part. Release with free_tree().
 */
tree *new_report(struct rmi_session *session, const struct options *opts,
		 bool *ret_complete);

#endif
