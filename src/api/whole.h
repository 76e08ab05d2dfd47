/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All frames and all page tables of a session's dump, counted. What is told of
 * them is the matter of others.
 */
#ifndef RMAP_INSPECT_API_WHOLE_H
#define RMAP_INSPECT_API_WHOLE_H

#include "api/session.h"
#include "census/spaces.h"

struct whole {
	struct rmi_session *session;
	struct crew *crew;
	struct frames *frames;
	struct spaces *spaces;
	struct gaps gaps;	/* of all of it */
};

/* jobs: threads, 0 for one for each CPU. whole_fini() also after a failure. */
enum status whole_count(struct whole *whole, struct rmi_session *session,
			size_t jobs) must_check;
void whole_fini(struct whole *whole);

/* Bring together in gaps what was not seen. */
void whole_take_gaps(struct whole *whole);

#endif
