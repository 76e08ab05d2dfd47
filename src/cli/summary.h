/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The question of --summary. */
#ifndef RMAP_INSPECT_CLI_SUMMARY_H
#define RMAP_INSPECT_CLI_SUMMARY_H

#include "options.h"

/* Of a session that is open. */
enum exit_code ask_summary(struct rmi_session *session,
			   const struct options *opts);

#endif
