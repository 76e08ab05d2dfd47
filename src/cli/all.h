/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The question of --all. */
#ifndef RMAP_INSPECT_CLI_ALL_H
#define RMAP_INSPECT_CLI_ALL_H

#include "options.h"

/* Of a session that is open. */
enum exit_code ask_all(struct rmi_session *session,
		       const struct options *opts);

#endif
