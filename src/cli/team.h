/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions that answer lists of pages together: each a part at the same time,
 * printed in the order of the lists.
 *
 * Knows threads, parts and turns. Does not know what is printed.
 */
#ifndef RMAP_INSPECT_CLI_TEAM_H
#define RMAP_INSPECT_CLI_TEAM_H

#include "inspection.h"

struct team;

/*
 * size: threads at most, 0 for one for each processor. The others ask clones of
 * session, made when there is enough for them to do. Release with team_free(),
 * before session.
 */
struct team *team_new(struct rmi_session *session, size_t size);
void team_free(struct team *team);

/*
 * As inspection_query(), but that it may return before all is answered; the
 * list is copied. Until team_finish() inspection, which is the same in each
 * call, and session are the team's, and stdout is only to be written to by it.
 * A list is answered by session alone where it is short, the format prints to
 * stdout, or the method reads all page tables for each query.
 */
rmi_status team_query(struct team *team, struct inspection *inspection);

/* Wait until all is answered. What the first that failed came to. */
rmi_status team_finish(struct team *team);

/* rmi_session_error() of whose query failed, or of session. */
const char *team_error(const struct team *team);

/*
 * rmi_session_gaps() of all, each gap once, when all is answered. Lives until
 * the next call.
 */
const struct rmi_gap *team_gaps(struct team *team, size_t *ret_n);

#endif
