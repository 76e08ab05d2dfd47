/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The findings of an audit as text. */
#ifndef RMAP_INSPECT_CLI_TEXT_AUDIT_H
#define RMAP_INSPECT_CLI_TEXT_AUDIT_H

#include "output.h"

void print_audit_text(const struct rmi_source *source,
		    const struct rmi_audit *audit);

#endif
