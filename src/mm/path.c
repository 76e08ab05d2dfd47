/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Building a path from its end: prepend_path() without the locks. */
#include "mm/path.h"

#include "mm/guard.h"

/*
 * include/linux/fs.h, since 4.19: a file that the kernel opened for itself, as
 * all that are part of a struct backing_file are. The flag for just these,
 * FMODE_BACKING, has been another bit in 6.5 and 6.12.
 */
#define FMODE_NOACCOUNT	(1u << 29)

static const char deleted[] = " (deleted)";
static const char unreachable[] = "(unreachable)";	/* as in getcwd() */

static enum status prepend_name(struct kernel *kernel,
				struct path_builder *path,
				const struct object *dentry)
{
	return path_prepend_name(kernel, path,
				 object_pointer(dentry, M_dentry_name));
}

struct place {
	kaddr_t dentry;
	kaddr_t mount;		/* struct mount, or 0 */
	kaddr_t mount_root;	/* its topmost dentry, or 0 */
	bool detached;		/* in no mount, or one of no namespace */
};

/* From the vfsmount that a struct path names to the struct mount around it. */
static enum status enter_mount(struct kernel *kernel, kaddr_t vfsmount,
			       struct place *place)
{
	struct object object;
	enum status st;

	/* Without these layouts the path ends at the root of its file system. */
	if (!vfsmount.v || !layout_has(&kernel->facts.layout, M_mount_mnt) ||
	    !layout_has(&kernel->facts.layout, M_vfsmount_mnt_root)) {
		place->mount = KADDR(0);
		place->mount_root = KADDR(0);
		return ST_OK;
	}
	st = object_read(kernel, S_vfsmount, vfsmount, &object);
	if (st)
		return st;
	place->mount = container_of_member(kernel, M_mount_mnt, vfsmount);
	place->mount_root = object_pointer(&object, M_vfsmount_mnt_root);
	return ST_OK;
}

/* To the mount point, in the mount above. *ret_top: there is none above. */
static enum status leave_mount(struct kernel *kernel, struct place *place,
			       bool *ret_top)
{
	struct object mount;
	kaddr_t parent;
	enum status st;

	*ret_top = true;
	if (!place->mount.v)
		return ST_OK;
	st = object_read(kernel, S_mount, place->mount, &mount);
	if (st)
		return st;
	parent = object_pointer(&mount, M_mount_mnt_parent);
	if (kaddr_equal(parent, place->mount)) {
		place->detached = !object_value(&mount, M_mount_mnt_ns);
		return ST_OK;
	}
	*ret_top = false;
	place->dentry = object_pointer(&mount, M_mount_mnt_mountpoint);
	return enter_mount(kernel,
			   kaddr_add(parent, kernel->facts.layout.members[
						M_mount_mnt].offset), place);
}

/* A dentry of no tree (memfd, SysV, shared anonymous memory): simple_dname(). */
static enum status pseudo_path(struct kernel *kernel, struct path_builder *path,
			       const struct object *dentry)
{
	enum status st = path_prepend(kernel, path, deleted);

	return st ? st : prepend_name(kernel, path, dentry);
}

static bool is_unhashed(const struct object *dentry)
{
	return !object_value(dentry, M_dentry_hash_pprev);
}

static bool is_root(const struct object *dentry)
{
	return kaddr_equal(object_pointer(dentry, M_dentry_d_parent),
			   dentry->address);
}

/* From the file's own dentry up to the root of the topmost mount. */
static enum status climb(struct kernel *kernel, struct place *place,
			 struct path_builder *path)
{
	cleanup_guard struct guard guard = { 0 };

	for (;;) {
		struct object dentry;
		bool top;
		enum status st;

		if (kaddr_equal(place->dentry, place->mount_root)) {
			st = guard_visit(&guard, place->mount, &kernel->diag);
			if (!st)
				st = leave_mount(kernel, place, &top);
			if (st || top)
				return st;
			continue;
		}
		st = guard_visit(&guard, place->dentry, &kernel->diag);
		if (!st)
			st = object_read(kernel, S_dentry, place->dentry,
					 &dentry);
		if (st || is_root(&dentry))
			return st;
		st = prepend_name(kernel, path, &dentry);
		if (st)
			return st;
		place->dentry = object_pointer(&dentry, M_dentry_d_parent);
	}
}

/* Whether it is deleted is asked of the file's own dentry alone (d_path()). */
static enum status build_path(struct kernel *kernel, struct place *place,
			      struct path_builder *path)
{
	struct object dentry;
	enum status st;

	st = object_read(kernel, S_dentry, place->dentry, &dentry);
	if (st)
		return st;
	if (is_root(&dentry) && !kaddr_equal(place->dentry, place->mount_root))
		return pseudo_path(kernel, path, &dentry);
	if (!is_root(&dentry) && is_unhashed(&dentry))
		st = path_prepend(kernel, path, deleted);
	if (!st)
		st = climb(kernel, place, path);
	if (!st)
		st = path_prepend_root(kernel, path);
	if (!st && place->detached)
		st = path_prepend(kernel, path, unreachable);
	return st;
}

/* Both halves of a struct path are of one file system. ST_CORRUPT: none. */
static enum status check_path(struct kernel *kernel, kaddr_t vfsmount,
			      kaddr_t address)
{
	struct object mount, dentry;
	enum status st = object_read(kernel, S_vfsmount, vfsmount, &mount);

	if (!st)
		st = object_read(kernel, S_dentry, address, &dentry);
	if (st)
		return st == ST_NO_ADDRESS ? ST_CORRUPT : st;
	return kaddr_equal(object_pointer(&mount, M_vfsmount_mnt_sb),
			   object_pointer(&dentry, M_dentry_d_sb)) ?
	       ST_OK : ST_CORRUPT;
}

struct vfs_path {
	kaddr_t mount;		/* struct vfsmount */
	kaddr_t dentry;
};

/*
 * What a file of overlayfs maps is the file below, and that is in its VMA. The
 * path that was opened stands beside it since 6.7; until then, it is f_path
 * (def3ae83da02, "fs: store real path instead of fake path in backing file
 * f_path"). ST_ABSENT: this file has none.
 */
static enum status find_user_path(struct kernel *kernel,
				  const struct object *file,
				  struct vfs_path *ret_path)
{
	struct object backing;
	struct vfs_path path;
	enum status st;

	if (!layout_has(file->layout, M_backing_file_file) ||
	    !(object_value(file, M_file_f_mode) & FMODE_NOACCOUNT))
		return ST_ABSENT;
	st = object_read(kernel, S_backing_file,
			 container_of_member(kernel, M_backing_file_file,
					     file->address), &backing);
	if (st)
		return st;
	path.mount = object_pointer(&backing, M_backing_file_user_mnt);
	path.dentry = object_pointer(&backing, M_backing_file_user_dentry);
	st = check_path(kernel, path.mount, path.dentry);
	if (!st)
		*ret_path = path;
	return st == ST_CORRUPT ? ST_ABSENT : st;
}

/* The path of a file as it was opened. */
static enum status open_path(struct kernel *kernel, kaddr_t address,
			     struct vfs_path *ret_path)
{
	struct object file;
	enum status st = object_read(kernel, S_file, address, &file);

	if (st)
		return st;
	st = find_user_path(kernel, &file, ret_path);
	if (st != ST_ABSENT)
		return st;
	ret_path->mount = object_pointer(&file, M_file_mnt);
	ret_path->dentry = object_pointer(&file, M_file_dentry);
	return ST_OK;
}

enum status path_of_dentry(struct kernel *kernel, kaddr_t vfsmount,
			   kaddr_t dentry, char buf[static PATH_SIZE])
{
	struct place place = { .dentry = dentry, .detached = !vfsmount.v };
	struct path_builder path;
	enum status st = enter_mount(kernel, vfsmount, &place);

	path_begin(&path, buf);
	if (!st)
		st = build_path(kernel, &place, &path);
	if (!st)
		path_end(&path);
	return st;
}

enum status path_of_file(struct kernel *kernel, kaddr_t file,
			 char buf[static PATH_SIZE])
{
	struct vfs_path path;
	enum status st = open_path(kernel, file, &path);

	if (!st)
		st = path_of_dentry(kernel, path.mount, path.dentry, buf);
	if (st)
		return diag_under(&kernel->diag, st, "path of file %#llx",
				  (unsigned long long)file.v);
	return ST_OK;
}
