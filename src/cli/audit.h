/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The question of --audit. */
#ifndef RMAP_INSPECT_CLI_AUDIT_H
#define RMAP_INSPECT_CLI_AUDIT_H

#include "options.h"

/* Of a session that is open. */
enum exit_code ask_audit(struct rmi_session *session,
			 const struct options *opts);

#endif
