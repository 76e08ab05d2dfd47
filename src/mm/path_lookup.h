/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a path to its inode, where the names are still in memory.
 *
 * Mirrors link_path_walk() (fs/namei.c) over the children of each dentry and
 * the mounts on it, as init sees them. Knows nothing of symbolic links, nor of
 * a root that a process has changed.
 */
#ifndef RMAP_INSPECT_MM_PATH_LOOKUP_H
#define RMAP_INSPECT_MM_PATH_LOOKUP_H

#include "base/gaps.h"
#include "kernel/kernel.h"

/*
 * The inode of an absolute path. ST_ABSENT: some name of it is not in memory,
 * and diag says which; ST_UNKNOWN: where init's mounts are is not known. What
 * cannot be seen is recorded in gaps.
 */
enum status path_lookup(struct kernel *kernel, const char *path,
			kaddr_t *ret_inode, struct gaps *gaps) must_check;

#endif
