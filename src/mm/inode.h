/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file that a page of the page cache belongs to.
 *
 * Mirrors struct inode, super_block and, for a name, the inode's dentries and
 * the mounts of its file system. A file can have several names, in several
 * mounts, and keeps its pages when none of them is in memory any more; which
 * name a process knows it by, only the process's VMA tells (path_of_file()).
 */
#ifndef RMAP_INSPECT_MM_INODE_H
#define RMAP_INSPECT_MM_INODE_H

#include "mm/path.h"

#define FS_NAME_SIZE	32u

/* The two parts of a dev_t (include/linux/kdev_t.h). */
static inline uint32_t inode_major(uint64_t dev)
{
	return dev >> 20;
}

static inline uint32_t inode_minor(uint64_t dev)
{
	return dev & 0xfffff;
}

struct inode {
	kaddr_t address;
	kaddr_t super_block;
	kaddr_t mapping;	/* i_mapping: its page cache */
	uint64_t number;
	uint32_t major, minor;	/* of the device, for a block device its own */
	uint64_t size;		/* bytes */
	bool deleted;		/* its last name was */
	bool block_device;	/* its pages are those of the device itself */
	bool dax;		/* its pages are those of a device */
	char fs[FS_NAME_SIZE];	/* type of the file system, "ext4" */
};

enum status inode_read(struct kernel *kernel, kaddr_t address,
		       struct inode *ret_inode) must_check;

/*
 * The address_space that a struct file is mapped from: f_mapping, and not the
 * inode's own, from which it differs for block devices.
 */
enum status mapping_of_file(struct kernel *kernel, kaddr_t file,
			    kaddr_t *ret_mapping) must_check;

/* The inode that owns an address_space. ST_ABSENT: none does. */
enum status inode_of_mapping(struct kernel *kernel, kaddr_t mapping,
			     struct inode *ret_inode) must_check;

/*
 * A name of the file: one that is not deleted if there is, where init can
 * reach it if it can. ST_ABSENT: none is in memory.
 */
enum status path_of_inode(struct kernel *kernel, const struct inode *inode,
			  char buf[static PATH_SIZE]) must_check;

#endif
