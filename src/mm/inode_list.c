/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/inode_list.h"

#include "mm/list.h"

static enum status read_device(struct kernel *kernel, kaddr_t super_block,
			       struct device *ret_device)
{
	struct object object;
	enum status st = object_read(kernel, S_super_block, super_block,
				     &object);
	uint64_t dev;

	if (st)
		return st;
	dev = object_value(&object, M_super_block_s_dev);
	*ret_device = (struct device) { inode_major(dev), inode_minor(dev) };
	return ST_OK;
}

struct search {
	struct kernel *kernel;
	struct device device;
	uint64_t number;
	inode_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static enum status look_at_inode(kaddr_t address, void *arg)
{
	struct search *search = arg;
	struct kernel *kernel = search->kernel;
	struct object object;
	struct inode inode;
	enum status st = object_read(kernel, S_inode, address, &object);

	/* Of all the others nothing more is read. */
	if (!st && object_value(&object, M_inode_i_ino) != search->number)
		return ST_OK;
	if (!st)
		st = inode_read(kernel, address, &inode);
	if (!st)
		return search->fn(&inode, search->arg);
	gaps_addf(search->gaps, "inode list", kernel->diag.text, "inode %#llx",
		  (unsigned long long)address.v);
	return ST_OK;
}

static bool is_wanted(const struct search *search, struct device device)
{
	return device.major == search->device.major &&
	       device.minor == search->device.minor;
}

static enum status look_at_super_block(kaddr_t address, void *arg)
{
	struct search *search = arg;
	struct kernel *kernel = search->kernel;
	const struct member_layout *inodes =
		&kernel->facts.layout.members[M_super_block_s_inodes];
	struct list list = {
		.link = M_inode_i_sb_list,
		.what = "inode list",
		.entry = "inode",
	};
	struct device device;

	if (read_device(kernel, address, &device)) {
		gaps_addf(search->gaps, "list of file systems",
			  kernel->diag.text, "super_block %#llx",
			  (unsigned long long)address.v);
		return ST_OK;
	}
	if (!is_wanted(search, device))
		return ST_OK;
	list.head = kaddr_add(address, inodes->offset);
	return list_for_each(kernel, &list, look_at_inode, search,
			     search->gaps);
}

enum status inode_find(struct kernel *kernel, struct device device,
		       uint64_t number, inode_fn *fn, void *arg,
		       struct gaps *gaps)
{
	const struct kernel_variable *list =
		&kernel->facts.variables[KSYM_SUPER_BLOCKS];
	struct search search = { kernel, device, number, fn, arg, gaps };
	const struct list file_systems = {
		.head = list->address,
		.link = M_super_block_s_list,
		.what = "list of file systems",
		.entry = "super_block",
	};

	if (!list->present ||
	    !layout_has(&kernel->facts.layout, M_super_block_s_inodes) ||
	    !layout_has(&kernel->facts.layout, M_inode_i_sb_list))
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "where the file systems are is not known "
				 "(super_blocks, struct super_block, inode)");
	return list_for_each(kernel, &file_systems, look_at_super_block,
			     &search, gaps);
}
