/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/path_lookup.h"

#include <string.h>

#include "mm/guard.h"
#include "mm/list.h"

#define NAME_SIZE	256u	/* NAME_MAX and a NUL */

/* As far as the path has been walked. */
struct lookup {
	struct kernel *kernel;
	struct gaps *gaps;
	kaddr_t mount;			/* struct mount */
	kaddr_t dentry;
	/* The next name, and what it leads to. */
	char name[NAME_SIZE];
	kaddr_t found, inode;
};

/* ---- mounts ---- */

static enum status root_of_mount(struct lookup *lookup, kaddr_t mount,
				 kaddr_t *ret_root)
{
	struct kernel *kernel = lookup->kernel;
	struct object vfsmount;
	enum status st = object_read(kernel, S_vfsmount,
				     kaddr_add(mount, kernel->facts.layout.
					       members[M_mount_mnt].offset),
				     &vfsmount);

	if (!st)
		*ret_root = object_pointer(&vfsmount, M_vfsmount_mnt_root);
	return st;
}

static enum status enter_mount(struct lookup *lookup, kaddr_t mount)
{
	enum status st = root_of_mount(lookup, mount, &lookup->dentry);

	if (!st)
		lookup->mount = mount;
	return st;
}

static enum status try_mount(kaddr_t address, void *arg)
{
	struct lookup *lookup = arg;
	struct object mount;
	enum status st = object_read(lookup->kernel, S_mount, address, &mount);

	if (st) {
		gaps_addf(lookup->gaps, "list of mounts",
			  lookup->kernel->diag.text, "mount %#llx",
			  (unsigned long long)address.v);
		return ST_OK;
	}
	if (!kaddr_equal(object_pointer(&mount, M_mount_mnt_parent),
			 lookup->mount) ||
	    !kaddr_equal(object_pointer(&mount, M_mount_mnt_mountpoint),
			 lookup->dentry))
		return ST_OK;
	lookup->found = address;
	return ST_STOPPED;
}

/* Up through all that is mounted here, one on top of the other. */
static enum status follow_mounts(struct lookup *lookup)
{
	struct kernel *kernel = lookup->kernel;
	cleanup_guard struct guard guard = { 0 };
	struct list children = {
		.link = M_mount_mnt_child,
		.what = "list of mounts",
		.entry = "mount",
	};

	for (;;) {
		enum status st = guard_visit(&guard, lookup->mount,
					     &kernel->diag);

		if (st)
			return st;
		children.head = kaddr_add(lookup->mount, kernel->facts.layout.
					  members[M_mount_mnt_mounts].offset);
		st = list_for_each(kernel, &children, try_mount, lookup,
				   lookup->gaps);
		if (st != ST_STOPPED)
			return st;
		st = enter_mount(lookup, lookup->found);
		if (st)
			return st;
	}
}

static enum status start_at_root(struct lookup *lookup)
{
	struct kernel *kernel = lookup->kernel;
	const struct kernel_variable *init =
		&kernel->facts.variables[KSYM_INIT_TASK];
	struct object task, nsproxy, ns;
	enum status st = object_read(kernel, S_task_struct, init->address,
				     &task);

	if (!st)
		st = object_read(kernel, S_nsproxy,
				 object_pointer(&task, M_task_struct_nsproxy),
				 &nsproxy);
	if (!st)
		st = object_read(kernel, S_mnt_namespace,
				 object_pointer(&nsproxy, M_nsproxy_mnt_ns),
				 &ns);
	if (!st)
		st = enter_mount(lookup, object_pointer(&ns,
						M_mnt_namespace_root));
	return st ? diag_under(&kernel->diag, st, "init's root") :
		    follow_mounts(lookup);
}

/* ---- names ---- */

static bool is_hashed_child(const struct lookup *lookup,
			    const struct object *dentry)
{
	return object_value(dentry, M_dentry_hash_pprev) &&
	       kaddr_equal(object_pointer(dentry, M_dentry_d_parent),
			   lookup->dentry);
}

static enum status try_dentry(kaddr_t address, void *arg)
{
	struct lookup *lookup = arg;
	struct kernel *kernel = lookup->kernel;
	struct object dentry;
	char name[NAME_SIZE];
	enum status st = object_read(kernel, S_dentry, address, &dentry);

	if (!st)
		st = kernel_read_string(kernel,
					object_pointer(&dentry,
						       M_dentry_name),
					name, sizeof(name));
	if (st) {
		gaps_addf(lookup->gaps, "directory", kernel->diag.text,
			  "dentry %#llx", (unsigned long long)address.v);
		return ST_OK;
	}
	if (!is_hashed_child(lookup, &dentry) || strcmp(name, lookup->name))
		return ST_OK;
	lookup->found = address;
	lookup->inode = object_pointer(&dentry, M_dentry_d_inode);
	return ST_STOPPED;
}

/* A list_head d_subdirs until 6.7, a list without a tail since. */
static enum status search_directory(struct lookup *lookup)
{
	struct kernel *kernel = lookup->kernel;
	const struct layout *layout = &kernel->facts.layout;
	struct list children = {
		.link = M_dentry_d_child,
		.what = "directory",
		.entry = "dentry",
	};
	struct object dentry;
	enum status st = object_read(kernel, S_dentry, lookup->dentry,
				     &dentry);

	if (st)
		return st;
	if (layout_has(layout, M_dentry_d_children)) {
		children.head = object_pointer(&dentry, M_dentry_d_children);
		return hlist_for_each(kernel, &children, try_dentry, lookup,
				      lookup->gaps);
	}
	children.head = kaddr_add(lookup->dentry,
				  layout->members[M_dentry_d_subdirs].offset);
	return list_for_each(kernel, &children, try_dentry, lookup,
			     lookup->gaps);
}

/* Negative dentries say that there is no such file. */
static enum status enter_name(struct lookup *lookup)
{
	enum status st = search_directory(lookup);

	if (st == ST_STOPPED && lookup->inode.v) {
		lookup->dentry = lookup->found;
		return follow_mounts(lookup);
	}
	if (st && st != ST_STOPPED)
		return st;
	return diag_fail(&lookup->kernel->diag, ST_ABSENT,
			 st ? "there is no '%s'" :
			 "the name '%s' is not in memory", lookup->name);
}

/* The next name of a path; *path is moved behind it. False: there is none. */
static bool next_name(struct lookup *lookup, const char **path)
{
	size_t len;

	*path += strspn(*path, "/");
	len = strcspn(*path, "/");
	if (!len || len >= NAME_SIZE)
		return false;
	memcpy(lookup->name, *path, len);
	lookup->name[len] = '\0';
	*path += len;
	return true;
}

static bool is_known(const struct layout *layout)
{
	return layout_has(layout, M_mount_mnt_mounts) &&
	       layout_has(layout, M_mount_mnt_child) &&
	       layout_has(layout, M_mnt_namespace_root) &&
	       layout_has(layout, M_dentry_d_child) &&
	       (layout_has(layout, M_dentry_d_children) ||
		layout_has(layout, M_dentry_d_subdirs));
}

/* Of what the last name led to; a mount on it has a root of its own. */
static enum status inode_at(struct lookup *lookup, kaddr_t *ret_inode)
{
	struct object dentry;
	enum status st = object_read(lookup->kernel, S_dentry, lookup->dentry,
				     &dentry);

	if (!st)
		*ret_inode = object_pointer(&dentry, M_dentry_d_inode);
	return st;
}

enum status path_lookup(struct kernel *kernel, const char *path,
			kaddr_t *ret_inode, struct gaps *gaps)
{
	struct lookup lookup = { .kernel = kernel, .gaps = gaps };
	enum status st;

	if (!is_known(&kernel->facts.layout))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "the layout of directories or mounts is not "
				 "known");
	if (path[0] != '/')
		return diag_fail(&kernel->diag, ST_ABSENT,
				 "a path begins with '/'");
	st = start_at_root(&lookup);
	while (!st && next_name(&lookup, &path))
		st = enter_name(&lookup);
	if (!st && path[strspn(path, "/")])
		st = diag_fail(&kernel->diag, ST_ABSENT,
			       "no name is that long");
	return st ? st : inode_at(&lookup, ret_inode);
}
