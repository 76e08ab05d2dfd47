/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which memory cgroup a page is charged to.
 *
 * Mirrors folio_memcg() and folio_memcg_check() (include/linux/memcontrol.h).
 * page.memcg_data has been, in turn and by the kind of page, a mem_cgroup or
 * an obj_cgroup, and no member says which: a pointer is followed both ways,
 * and the data decide.
 *
 * Pages of slab caches hold objects of many cgroups, and therefore belong to
 * none.
 */
#ifndef RMAP_INSPECT_MM_MEMCG_H
#define RMAP_INSPECT_MM_MEMCG_H

#include "mm/cgroup.h"
#include "mm/page.h"

struct memcg {
	kaddr_t address;	/* struct mem_cgroup */
	bool dying;		/* removed; lives on since pages hold it */
	struct cgroup cgroup;
};

/* Whether the page is charged to one memory cgroup. */
bool page_has_memcg(const struct page *page);

/*
 * The cgroup of a page that has one. ST_CORRUPT: its memcg_data leads neither
 * to a mem_cgroup nor to an obj_cgroup, or to both.
 */
enum status memcg_of_page(struct kernel *kernel, const struct page *page,
			  struct memcg *ret_memcg) must_check;

/* Whether this kernel has them, as far as is known. */
bool tasks_have_memcgs(const struct kernel *kernel);

/*
 * The cgroup that what a task touches first is charged to: on the unified
 * hierarchy that of /proc/PID/cgroup, or where memory is not controlled that
 * deep the next one above. ST_UNKNOWN: this kernel's cannot be read.
 */
enum status memcg_of_task(struct kernel *kernel, kaddr_t task,
			  struct memcg *ret_memcg) must_check;

#endif
