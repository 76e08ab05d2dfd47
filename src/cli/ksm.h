/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The question of --ksm. */
#ifndef RMAP_INSPECT_CLI_KSM_H
#define RMAP_INSPECT_CLI_KSM_H

#include "options.h"

/* Of a session that is open. */
enum exit_code ask_ksm(struct rmi_session *session,
		       const struct options *opts);

#endif
