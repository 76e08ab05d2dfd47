/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the dump itself, and not of a page. */
#ifndef RMAP_INSPECT_CLI_ABOUT_H
#define RMAP_INSPECT_CLI_ABOUT_H

#include "options.h"

/* problem: why the session could not be opened as a whole; NULL: it was. */
enum exit_code about_info(struct rmi_session *session,
			  const struct options *opts, const char *problem);

/* Of a session that is open. */
enum exit_code about_layout(struct rmi_session *session,
			    const struct options *opts);

#endif
