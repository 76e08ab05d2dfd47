/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The path of an open file, as /proc/PID/maps would show it to init; but one
 * in a mount that was detached (umount -l) says that it is unreachable, while
 * /proc/PID/maps begins at that mount as if it were the root.
 *
 * Mirrors d_path() (fs/d_path.c): dentries up to the root of the mount, then
 * the mount points above it. Knows nothing of processes' own roots.
 */
#ifndef RMAP_INSPECT_MM_PATH_H
#define RMAP_INSPECT_MM_PATH_H

#include "mm/path_builder.h"

/*
 * The path of a dentry in a mount (struct vfsmount; 0: none, so that it is
 * unreachable, but for what has a name outside of any tree).
 */
enum status path_of_dentry(struct kernel *kernel, kaddr_t vfsmount,
			   kaddr_t dentry,
			   char buf[static PATH_SIZE]) must_check;

/*
 * The path of a struct file into buf of PATH_SIZE bytes, with " (deleted)"
 * behind it as in the kernel. ST_CORRUPT when it is longer than a path can be.
 */
enum status path_of_file(struct kernel *kernel, kaddr_t file,
			 char buf[static PATH_SIZE]) must_check;

#endif
