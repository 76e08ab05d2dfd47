/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --report: all of a dump as one page for a browser. */
#ifndef RMAP_INSPECT_CLI_REPORT_H
#define RMAP_INSPECT_CLI_REPORT_H

#include "options.h"

/* Of a session that is open. */
enum exit_code ask_report(struct rmi_session *session,
			  const struct options *opts);

#endif
