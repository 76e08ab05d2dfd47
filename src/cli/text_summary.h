/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sums of a dump for people. */
#ifndef RMAP_INSPECT_CLI_TEXT_SUMMARY_H
#define RMAP_INSPECT_CLI_TEXT_SUMMARY_H

#include "output.h"

void print_summary_text(const struct rmi_source *source,
			const struct rmi_summary *summary);

#endif
