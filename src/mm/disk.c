/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/disk.h"

#include <string.h>

#include "base/map.h"
#include "mm/list.h"

struct walk {
	struct kernel *kernel;
	struct map seen;	/* gendisks */
	disk_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static enum status read_disk(struct kernel *kernel, kaddr_t address,
			     struct disk *ret_disk)
{
	struct disk disk = { .address = address };
	struct object object;
	const char *name;
	size_t len;
	enum status st = object_read(kernel, S_gendisk, address, &object);

	if (st)
		return st;
	name = object_text(&object, M_gendisk_disk_name, &len);
	if (len > sizeof(disk.name) - 1)
		len = sizeof(disk.name) - 1;
	memcpy(disk.name, name, strnlen(name, len));
	disk.operations = object_pointer(&object, M_gendisk_fops);
	disk.driver_data = object_pointer(&object, M_gendisk_private_data);
	*ret_disk = disk;
	return ST_OK;
}

static void record(const struct walk *walk, const char *what, kaddr_t where)
{
	gaps_addf(walk->gaps, "disks", walk->kernel->diag.text, "%s %#llx",
		  what, (unsigned long long)where.v);
}

static enum status visit_disk(struct walk *walk, kaddr_t address)
{
	struct disk disk;
	bool added;

	if (map_add(&walk->seen, address.v, 0, &added))
		return diag_no_memory(&walk->kernel->diag);
	if (!added)
		return ST_OK;
	if (!read_disk(walk->kernel, address, &disk))
		return walk->fn(&disk, walk->arg);
	record(walk, "gendisk", address);
	return ST_OK;
}

/* The root of their file system is an inode, too, and has no disk. */
static enum status visit_inode(kaddr_t inode, void *arg)
{
	struct walk *walk = arg;
	kaddr_t device = container_of_member(walk->kernel,
					     M_bdev_inode_vfs_inode, inode);
	struct object object;
	kaddr_t disk;

	if (object_read(walk->kernel, S_bdev_inode, device, &object)) {
		record(walk, "bdev_inode", device);
		return ST_OK;
	}
	disk = object_pointer(&object, M_bdev_inode_bd_disk);
	return disk.v ? visit_disk(walk, disk) : ST_OK;
}

static enum status visit_inodes(struct walk *walk, kaddr_t super_block)
{
	const struct member_layout *inodes =
		&walk->kernel->facts.layout.members[M_super_block_s_inodes];
	const struct list list = {
		.head = kaddr_add(super_block, inodes->offset),
		.link = M_inode_i_sb_list,
		.what = "disks",
		.entry = "inode",
	};

	return list_for_each(walk->kernel, &list, visit_inode, walk,
			     walk->gaps);
}

static bool is_known(const struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;

	return kernel->facts.variables[KSYM_BLOCKDEV_SUPERBLOCK].present &&
	       layout_has(layout, M_super_block_s_inodes) &&
	       layout_has(layout, M_inode_i_sb_list) &&
	       layout_has(layout, M_bdev_inode_bd_disk) &&
	       layout_has(layout, M_gendisk_private_data);
}

enum status disk_for_each(struct kernel *kernel, disk_fn *fn, void *arg,
			  struct gaps *gaps)
{
	struct walk walk = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	kaddr_t super_block;
	enum status st;

	if (!is_known(kernel))
		return ST_OK;
	if (kernel_read_word(kernel, kernel->facts.variables[
				     KSYM_BLOCKDEV_SUPERBLOCK].address,
			     &super_block.v)) {
		gaps_add(gaps, "disks", "blockdev_superblock",
			 kernel->diag.text);
		return ST_OK;
	}
	st = visit_inodes(&walk, super_block);
	map_fini(&walk.seen);
	return st;
}
