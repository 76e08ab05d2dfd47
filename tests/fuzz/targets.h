/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of the dump that are worth asking about, what the whole dump answers,
 * and what it is read from to do so. Found out when first wanted.
 */
#ifndef RMAP_INSPECT_FUZZ_TARGETS_H
#define RMAP_INSPECT_FUZZ_TARGETS_H

#include "damage.h"
#include "questions.h"
#include "reads.h"

struct known {
	struct reply reply;
	double seconds;			/* that it took */
	bool is_known;
};

struct target {
	uint64_t pfn;
	struct reads reads;
	size_t n;			/* 0: not known yet */
	struct question questions[MAX_QUESTIONS];
	struct known known[MAX_QUESTIONS];
};

#define N_GENERAL	4u
#define N_WHOLE		4u

struct targets {
	const char *core, *cache_dir;	/* a whole dump, and its layouts */
	struct rmi_session *session;	/* of it */
	struct target *items;
	size_t n;
	struct question general[N_GENERAL + N_WHOLE];
	struct known known[N_GENERAL + N_WHOLE];
	struct reads fresh_reads;	/* where layouts are not known yet */
	const char **frame_names;	/* by PFN; NULL: not asked yet */
	size_t n_frame_names;
	char **names;
	size_t n_names;
};

/* truth is the file beside the dump: two pages of each of its regions. */
void targets_init(struct targets *targets, const char *core,
		  const char *cache_dir, const char *truth);

/* Chosen among all; all that there is to know of it is known. */
struct target *targets_choose(struct targets *targets, struct chance *chance);

/* The reply to one of the general questions. */
const struct known *targets_general(struct targets *targets, size_t i);

name_frame_fn targets_name_frame;

#endif
