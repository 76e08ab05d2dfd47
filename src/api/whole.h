/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All frames and all page tables of a session's dump, counted. What is told of
 * them is the matter of others.
 */
#ifndef RMAP_INSPECT_API_WHOLE_H
#define RMAP_INSPECT_API_WHOLE_H

#include "api/session.h"
#include "census/spaces.h"
#include "census/tally.h"

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

/* After that: whose share of it is how large, in memory and in swap. */
enum status whole_weigh(struct whole *whole) must_check;

/*
 * Each group of frames that page.memcg_data charges to the same, and to which
 * cgroup that is; NULL: it could not be seen, which is a gap. Slabs, which
 * belong to many, are left out. Anything but ST_OK ends it and is its result.
 */
typedef enum status memcg_row_fn(const struct tally_row *row,
				 const struct rmi_memcg *memcg, void *arg);
enum status whole_for_each_memcg(struct whole *whole, memcg_row_fn *fn,
				 void *arg) must_check;

/* The address_space of a frame of the page cache, hugetlb's among them. */
tally_key_fn whole_file_key;

/* Bring together in gaps what was not seen. */
void whole_take_gaps(struct whole *whole);

#endif
