/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The question of --anon-vma. */
#ifndef RMAP_INSPECT_CLI_FAMILY_H
#define RMAP_INSPECT_CLI_FAMILY_H

#include "options.h"

/* Of a session that is open. */
enum exit_code ask_family(struct rmi_session *session,
			  const struct options *opts);

#endif
