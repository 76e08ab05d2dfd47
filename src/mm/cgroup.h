/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cgroup as users know it: the path in its hierarchy, and the inode number
 * of its directory.
 *
 * Mirrors cgroup_path() and cgroup_ino() (include/linux/cgroup.h). The path is
 * that of /proc/PID/cgroup for a process in the initial cgroup namespace. Does
 * not know what the cgroup is there for.
 */
#ifndef RMAP_INSPECT_MM_CGROUP_H
#define RMAP_INSPECT_MM_CGROUP_H

#include "mm/path_builder.h"

struct cgroup {
	uint64_t inode;
	char path[PATH_SIZE];
};

/*
 * Whether a struct cgroup is where the pointer says: its own css leads back to
 * it. ST_CORRUPT: there is something else.
 */
enum status cgroup_check(struct kernel *kernel, kaddr_t cgroup) must_check;

/* ST_UNKNOWN: this kernel's cgroups cannot be read. */
enum status cgroup_read(struct kernel *kernel, kaddr_t cgroup,
			struct cgroup *ret_cgroup) must_check;

#endif
