/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/inode.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "mm/guard.h"

/* include/linux/fs.h; the bit has no other use where DAX is not built in. */
#define S_DAX		(1u << 13)

static void set_device(struct inode *inode, uint64_t dev)
{
	inode->major = inode_major(dev);
	inode->minor = inode_minor(dev);
}

/* The file system's type, and by it whether the inode is a block device. */
static enum status read_type(struct kernel *kernel,
			     const struct object *super_block,
			     struct inode *inode)
{
	struct object type;
	enum status st;

	st = object_read(kernel, S_file_system_type,
			 object_pointer(super_block, M_super_block_s_type),
			 &type);
	if (!st)
		st = kernel_read_string(kernel,
					object_pointer(&type,
						M_file_system_type_name),
					inode->fs, sizeof(inode->fs));
	if (!st)
		inode->block_device = !strcmp(inode->fs, "bdev");
	return st;
}

enum status inode_read(struct kernel *kernel, kaddr_t address,
		       struct inode *ret_inode)
{
	struct inode inode = { .address = address };
	struct object object, super_block;
	enum status st = object_read(kernel, S_inode, address, &object);

	if (st)
		return st;
	inode.super_block = object_pointer(&object, M_inode_i_sb);
	inode.mapping = object_pointer(&object, M_inode_i_mapping);
	inode.number = object_value(&object, M_inode_i_ino);
	inode.dax = object_value(&object, M_inode_i_flags) & S_DAX;
	inode.size = object_value(&object, M_inode_i_size);
	inode.deleted = !object_value(&object, M_inode_i_nlink);
	st = object_read(kernel, S_super_block, inode.super_block,
			 &super_block);
	if (!st)
		st = read_type(kernel, &super_block, &inode);
	if (st)
		return diag_under(&kernel->diag, st, "inode %#llx",
				  (unsigned long long)address.v);
	set_device(&inode, inode.block_device ?
		   object_value(&object, M_inode_i_rdev) :
		   object_value(&super_block, M_super_block_s_dev));
	*ret_inode = inode;
	return ST_OK;
}

enum status mapping_of_file(struct kernel *kernel, kaddr_t file,
			    kaddr_t *ret_mapping)
{
	struct object object;
	enum status st = object_read(kernel, S_file, file, &object);

	if (!st)
		*ret_mapping = object_pointer(&object, M_file_f_mapping);
	return st;
}

enum status inode_of_mapping(struct kernel *kernel, kaddr_t address,
			     struct inode *ret_inode)
{
	struct object mapping;
	kaddr_t host;
	enum status st = object_read(kernel, S_address_space, address,
				     &mapping);

	if (st)
		return st;
	host = object_pointer(&mapping, M_address_space_host);
	if (!host.v)
		return diag_fail(&kernel->diag, ST_ABSENT,
				 "address_space %#llx: of no file",
				 (unsigned long long)address.v);
	return inode_read(kernel, host, ret_inode);
}

/* ---- its name ---- */

/* The first alias that is not deleted, or else the first. */
static enum status find_alias(struct kernel *kernel, kaddr_t first,
			      kaddr_t *ret_dentry)
{
	cleanup_guard struct guard guard = { 0 };
	kaddr_t found = KADDR(0);

	for (kaddr_t node = first; node.v; ) {
		kaddr_t at = container_of_member(kernel, M_dentry_d_alias,
						 node);
		struct object dentry;
		enum status st = guard_visit(&guard, at, &kernel->diag);

		if (!st)
			st = object_read(kernel, S_dentry, at, &dentry);
		if (st)
			return st;
		if (!found.v || object_value(&dentry, M_dentry_hash_pprev))
			found = at;
		if (object_value(&dentry, M_dentry_hash_pprev))
			break;
		node = object_pointer(&dentry, M_dentry_d_alias);
	}
	if (!found.v)
		return diag_fail(&kernel->diag, ST_ABSENT,
				 "none of its names is in memory");
	*ret_dentry = found;
	return ST_OK;
}

/* The best mount so far for a dentry of a file system. */
struct mount_search {
	struct kernel *kernel;
	kaddr_t init_ns;		/* 0: not known */
	kaddr_t fs_root;
	struct map above;		/* the dentry and all above it */
	int rank;			/* -1: there is none */
	kaddr_t vfsmount;
};

#define BEST_RANK	5

/* Kernel-internal mounts (MNT_NS_INTERNAL) and detached ones are in none. */
static bool is_namespace(kaddr_t ns)
{
	return ns.v && ns.v < -4095ULL;
}

/* All of the file system is better than a part; what init sees is best. */
static int rank_mount(const struct mount_search *search,
		      const struct object *mount, kaddr_t mount_root)
{
	kaddr_t ns = object_pointer(mount, M_mount_mnt_ns);
	int rank = kaddr_equal(mount_root, search->fs_root);

	if (!map_find(&search->above, mount_root.v))
		return -1;
	if (!is_namespace(ns))
		return rank;
	return rank + (kaddr_equal(ns, search->init_ns) ? 4 : 2);
}

static enum status try_mount(struct mount_search *search,
			     const struct object *mount)
{
	kaddr_t at = kaddr_add(mount->address,
			       mount->layout->members[M_mount_mnt].offset);
	struct object vfsmount;
	int rank;
	enum status st = object_read(search->kernel, S_vfsmount, at,
				     &vfsmount);

	if (st)
		return st;
	rank = rank_mount(search, mount,
			  object_pointer(&vfsmount, M_vfsmount_mnt_root));
	if (rank > search->rank) {
		search->rank = rank;
		search->vfsmount = at;
	}
	return ST_OK;
}

/*
 * super_block.s_mounts heads a list of mounts, and is a chain of pointers to
 * them by 7.2.
 */
static enum member_id mount_link(const struct layout *layout)
{
	return layout_has(layout, M_mount_mnt_next_for_sb) ?
	       M_mount_mnt_next_for_sb : M_mount_mnt_instance;
}

static kaddr_t mount_at(struct kernel *kernel, kaddr_t link, kaddr_t list_head)
{
	enum member_id member = mount_link(&kernel->facts.layout);

	if (member == M_mount_mnt_next_for_sb)
		return link;
	return kaddr_equal(link, list_head) ? KADDR(0) :
	       container_of_member(kernel, member, link);
}

static enum status try_mounts(struct mount_search *search,
			      const struct object *super_block)
{
	struct kernel *kernel = search->kernel;
	const struct layout *layout = &kernel->facts.layout;
	const kaddr_t head = kaddr_add(super_block->address,
			layout->members[M_super_block_s_mounts].offset);
	kaddr_t link = object_pointer(super_block, M_super_block_s_mounts);
	cleanup_guard struct guard guard = { 0 };

	while (search->rank < BEST_RANK) {
		kaddr_t at = mount_at(kernel, link, head);
		struct object mount;
		enum status st;

		if (!at.v)
			return ST_OK;
		st = guard_visit(&guard, at, &kernel->diag);
		if (!st)
			st = object_read(kernel, S_mount, at, &mount);
		if (!st)
			st = try_mount(search, &mount);
		if (st)
			return st;
		link = object_pointer(&mount, mount_link(layout));
	}
	return ST_OK;
}

static enum status note_dentries(struct mount_search *search, kaddr_t at)
{
	struct kernel *kernel = search->kernel;
	bool added = true;

	while (added) {
		struct object dentry;
		enum status st = object_read(kernel, S_dentry, at, &dentry);

		if (st)
			return st;
		/* The root is its own parent; a circle ends here, too. */
		if (map_add(&search->above, at.v, 0, &added))
			return diag_no_memory(&kernel->diag);
		at = object_pointer(&dentry, M_dentry_d_parent);
	}
	return ST_OK;
}

/* The mount namespace of init_task, which is that of init. */
static kaddr_t init_namespace(struct kernel *kernel)
{
	const struct kernel_variable *init =
		&kernel->facts.variables[KSYM_INIT_TASK];
	struct object task, nsproxy;

	if (object_read(kernel, S_task_struct, init->address, &task) ||
	    object_read(kernel, S_nsproxy,
			object_pointer(&task, M_task_struct_nsproxy),
			&nsproxy))
		return KADDR(0);
	return object_pointer(&nsproxy, M_nsproxy_mnt_ns);
}

static bool mounts_are_known(const struct layout *layout)
{
	return layout_has(layout, M_mount_mnt) &&
	       layout_has(layout, mount_link(layout));
}

/* *ret_vfsmount 0: it is in no mount. */
static enum status find_mount(struct kernel *kernel, kaddr_t super_block,
			      kaddr_t dentry, kaddr_t *ret_vfsmount)
{
	struct mount_search search = { .kernel = kernel, .rank = -1 };
	struct object object;
	enum status st;

	if (!mounts_are_known(&kernel->facts.layout))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "the layout of mounts is not known");
	st = object_read(kernel, S_super_block, super_block, &object);
	if (st)
		return st;
	search.init_ns = init_namespace(kernel);
	search.fs_root = object_pointer(&object, M_super_block_s_root);
	st = note_dentries(&search, dentry);
	if (!st)
		st = try_mounts(&search, &object);
	map_fini(&search.above);
	/* One that serves was found before the list broke off. */
	if (st && search.rank < 0)
		return st;
	*ret_vfsmount = search.vfsmount;
	return ST_OK;
}

static enum status name_inode(struct kernel *kernel, const struct inode *inode,
			      char buf[static PATH_SIZE])
{
	struct object object;
	kaddr_t dentry, vfsmount;
	enum status st = object_read(kernel, S_inode, inode->address, &object);

	if (!st)
		st = find_alias(kernel,
				object_pointer(&object, M_inode_i_dentry),
				&dentry);
	if (!st)
		st = find_mount(kernel, inode->super_block, dentry, &vfsmount);
	return st ? st : path_of_dentry(kernel, vfsmount, dentry, buf);
}

enum status path_of_inode(struct kernel *kernel, const struct inode *inode,
			  char buf[static PATH_SIZE])
{
	enum status st;

	if (inode->block_device) {
		snprintf(buf, PATH_SIZE, "block device %u:%u", inode->major,
			 inode->minor);
		return ST_OK;
	}
	st = name_inode(kernel, inode, buf);
	if (st)
		return diag_under(&kernel->diag, st, "path of inode %#llx",
				  (unsigned long long)inode->address.v);
	return ST_OK;
}
