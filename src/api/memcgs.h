/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory cgroups of a session, read once each: a machine has far fewer
 * than pages.
 */
#ifndef RMAP_INSPECT_API_MEMCGS_H
#define RMAP_INSPECT_API_MEMCGS_H

#include "base/map.h"
#include "base/vec.h"
#include "kernel/kernel.h"
#include "mm/page.h"
#include "rmap-inspect/rmap-inspect.h"

struct memcg_entry;

DEFINE_VEC(memcg_vec, struct memcg_entry *)

/* Zero-initialised is empty. */
struct memcgs {
	struct map by_data;	/* page.memcg_data → place in entries */
	struct map by_task;	/* task_struct → likewise */
	struct memcg_vec entries;
};

/*
 * The memory cgroup of a page; *ret_memcg NULL: it has none, or *ret_why says
 * why that cannot be told (else NULL). Both live as long as the session.
 */
enum status memcgs_find(struct memcgs *memcgs, struct kernel *kernel,
			const struct page *page,
			const struct rmi_memcg **ret_memcg,
			const char **ret_why) must_check;

/* The same of a task, which always has one. */
enum status memcgs_of_task(struct memcgs *memcgs, struct kernel *kernel,
			   kaddr_t task, const struct rmi_memcg **ret_memcg,
			   const char **ret_why) must_check;

void memcgs_fini(struct memcgs *memcgs);

#endif
