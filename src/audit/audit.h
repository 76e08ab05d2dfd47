/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole dump against what the kernel promises (rules.def): the reverse map
 * and the page tables, each read by itself, must say the same.
 *
 * Sees the address spaces of the task list, as census/spaces.h does.
 */
#ifndef RMAP_INSPECT_AUDIT_AUDIT_H
#define RMAP_INSPECT_AUDIT_AUDIT_H

#include "audit/rules.h"
#include "base/gaps.h"
#include "census/crew.h"

/* What was looked at. */
struct audit_extent {
	uint64_t n_frames;
	uint64_t n_spaces;
	uint64_t n_vmas;
	uint64_t n_avcs;
	uint64_t n_anon_vmas;
	uint64_t n_files;
	uint64_t n_stable_nodes;
	uint64_t n_mappings;
};

struct audit_result {
	struct findings findings;
	struct gaps gaps;
	struct audit_extent extent;
	size_t n_steps;		/* done wholly; fewer than N_STEPS: stopped */
};

static inline bool audit_is_partial(const struct audit_result *result)
{
	return result->n_steps < N_STEPS;
}

/* Whether all of the dump was held against the rule. */
static inline bool audit_rule_is_checked(const struct audit_result *result,
					 enum audit_rule rule)
{
	return audit_rule_step(rule) < result->n_steps;
}

/*
 * The same for any number of threads. When the caller's log has been told to
 * stop, the answer is partial, which is a gap: what was found is what a whole
 * audit would find, as no step looks at what one before it has left out.
 * Release with audit_result_fini(), even after a failure.
 */
enum status audit_run(struct crew *crew, const struct tasks *tasks,
		      struct audit_result *ret_result) must_check;
void audit_result_fini(struct audit_result *result);

#endif
