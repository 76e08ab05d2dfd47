/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The findings of an audit as a document. */
#ifndef RMAP_INSPECT_CLI_JSON_AUDIT_H
#define RMAP_INSPECT_CLI_JSON_AUDIT_H

#include "json_value.h"
#include "output.h"

json new_audit_document(const struct rmi_source *source,
			 const struct rmi_audit *audit);

/* For struct format. */
void print_audit_json(const struct rmi_source *source,
		    const struct rmi_audit *audit);

#endif
