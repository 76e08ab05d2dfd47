/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sums of a dump as a document. */
#ifndef RMAP_INSPECT_CLI_JSON_SUMMARY_H
#define RMAP_INSPECT_CLI_JSON_SUMMARY_H

#include "json_value.h"
#include "output.h"

json new_summary_document(const struct rmi_source *source,
			   const struct rmi_summary *summary);

/* For struct format. */
void print_summary_json(const struct rmi_source *source,
			const struct rmi_summary *summary);

#endif
