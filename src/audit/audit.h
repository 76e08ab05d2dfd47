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
};

/*
 * The same for any number of threads. Release with audit_result_fini(), even
 * after a failure.
 */
enum status audit_run(struct crew *crew, const struct tasks *tasks,
		      struct audit_result *ret_result) must_check;
void audit_result_fini(struct audit_result *result);

#endif
