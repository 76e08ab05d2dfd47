/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/cgroup.h"

#include "mm/guard.h"

static enum status open_cgroup(struct kernel *kernel, kaddr_t address,
			       struct object *ret_cgroup)
{
	enum status st = object_read(kernel, S_cgroup, address, ret_cgroup);

	if (st)
		return st;
	if (!kaddr_equal(object_pointer(ret_cgroup, M_cgroup_self_cgroup),
			 address))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "cgroup %#llx: its own css is of another",
				 (unsigned long long)address.v);
	return ST_OK;
}

enum status cgroup_check(struct kernel *kernel, kaddr_t cgroup)
{
	struct object object;

	return open_cgroup(kernel, cgroup, &object);
}

/* From a directory up to the root of its hierarchy, which has no name. */
static enum status climb(struct kernel *kernel, struct object *node,
			 struct path_builder *path)
{
	cleanup_guard struct guard guard = { 0 };

	for (;;) {
		kaddr_t parent = object_pointer(node, M_kernfs_node_parent);
		enum status st;

		if (!parent.v)
			return ST_OK;
		st = guard_visit(&guard, node->address, &kernel->diag);
		if (!st)
			st = path_prepend_name(kernel, path,
					       object_pointer(node,
							M_kernfs_node_name));
		if (!st)
			st = object_read(kernel, S_kernfs_node, parent, node);
		if (st)
			return st;
	}
}

enum status cgroup_read(struct kernel *kernel, kaddr_t address,
			struct cgroup *ret_cgroup)
{
	struct path_builder path;
	struct object cgroup, node;
	uint64_t inode;
	enum status st;

	st = open_cgroup(kernel, address, &cgroup);
	if (!st)
		st = object_read(kernel, S_kernfs_node,
				 object_pointer(&cgroup, M_cgroup_kn), &node);
	if (st)
		return st;
	inode = object_value(&node, M_kernfs_node_id);
	path_begin(&path, ret_cgroup->path);
	st = climb(kernel, &node, &path);
	if (!st)
		st = path_prepend_root(kernel, &path);
	if (st)
		return diag_under(&kernel->diag, st, "path of cgroup %#llx",
				  (unsigned long long)address.v);
	path_end(&path);
	ret_cgroup->inode = inode;
	return ST_OK;
}
