/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inodes of all file systems, to find one by its number.
 *
 * Mirrors the lists super_blocks and super_block.s_inodes. Does not know
 * paths, nor what the files hold.
 */
#ifndef RMAP_INSPECT_MM_INODE_LIST_H
#define RMAP_INSPECT_MM_INODE_LIST_H

#include "base/gaps.h"
#include "mm/inode.h"

/* A device as /proc/PID/maps shows it, "fe:00". */
struct device {
	uint32_t major, minor;
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status inode_fn(const struct inode *inode, void *arg);

/*
 * Each inode with this number on the file systems of a device. ST_UNSUPPORTED:
 * where the list of file systems is, is not known.
 */
enum status inode_find(struct kernel *kernel, struct device device,
		       uint64_t number, inode_fn *fn, void *arg,
		       struct gaps *gaps) must_check;

#endif
