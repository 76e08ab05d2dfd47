/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks of the block layer.
 *
 * Mirrors the inodes of block devices (struct bdev_inode), each of which leads
 * to its struct gendisk. Until 5.10 only a device that is open has one. Does
 * not know what drivers keep.
 */
#ifndef RMAP_INSPECT_MM_DISK_H
#define RMAP_INSPECT_MM_DISK_H

#include "base/gaps.h"
#include "kernel/kernel.h"

struct disk {
	kaddr_t address;	/* struct gendisk */
	char name[33];		/* DISK_NAME_LEN and a NUL */
	kaddr_t operations;	/* gendisk.fops, which tells the driver */
	kaddr_t driver_data;	/* gendisk.private_data */
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status disk_fn(const struct disk *disk, void *arg);

/*
 * Each disk once, however many partitions it has. What cannot be seen is
 * recorded in gaps; without symbol or layout there are none.
 */
enum status disk_for_each(struct kernel *kernel, disk_fn *fn, void *arg,
			  struct gaps *gaps) must_check;

#endif
