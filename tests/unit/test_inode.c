/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file behind an address_space, and a name for it. */
#include "mm/inode.h"
#include "mm/path_lookup.h"
#include "world.h"

#define DEV		0x800001u	/* 8:1 */
#define NUMBER		12u
#define SIZE		0x12345u

#define INTERNAL	((uint64_t)-22)	/* MNT_NS_INTERNAL */

struct disk {
	struct world *world;
	kaddr_t init_ns, other_ns;
	kaddr_t root, dir, file;	/* dentries: / and /dir and /dir/file */
	kaddr_t sb;
	kaddr_t mnt_root, mnt_point;	/* the root file system: / and /mnt */
	kaddr_t root_mount;
	kaddr_t inode, mapping;		/* of /dir/file */
};

static void make_init_ns(struct disk *d)
{
	struct world *world = d->world;
	kaddr_t nsproxy = world_object(world, S_nsproxy);

	d->init_ns = world_object(world, S_mnt_namespace);
	d->other_ns = world_alloc(world, 8);
	world_set(world, nsproxy, M_nsproxy_mnt_ns, d->init_ns.v);
	world_set(world,
		  world->kernel->facts.variables[KSYM_INIT_TASK].address,
		  M_task_struct_nsproxy, nsproxy.v);
}

static struct disk make_disk(enum world_like like)
{
	struct world *world = world_new(like);
	struct disk d = { .world = world };

	make_init_ns(&d);
	d.root = world_dentry(world, KADDR(0), "/");
	d.dir = world_dentry(world, d.root, "dir");
	d.file = world_dentry(world, d.dir, "file");
	d.sb = world_super_block(world, "ext4", DEV, d.root);
	d.mnt_root = world_dentry(world, KADDR(0), "/");
	d.mnt_point = world_dentry(world, d.mnt_root, "mnt");
	d.root_mount = world_mount(world, d.mnt_root, KADDR(0), KADDR(0));
	d.inode = world_inode(world, d.sb, NUMBER);
	world_set(world, d.inode, M_inode_i_size, SIZE);
	world_add_alias(world, d.inode, d.file);
	d.mapping = world_mapping(world);
	world_set(world, d.mapping, M_address_space_host, d.inode.v);
	return d;
}

/* Mount what lies below root on /mnt. */
static kaddr_t mount_on(const struct disk *d, kaddr_t root, uint64_t ns)
{
	kaddr_t mount = world_mount(d->world, root, d->root_mount,
				    d->mnt_point);

	world_set(d->world, mount, M_mount_mnt_ns, ns);
	world_add_mount(d->world, d->sb, mount);
	return mount;
}

static enum status name_of(const struct disk *d, char path[static PATH_SIZE])
{
	struct inode inode;

	ck_ok(inode_of_mapping(d->world->kernel, d->mapping, &inode));
	return path_of_inode(d->world->kernel, &inode, path);
}

static void ck_path(const struct disk *d, const char *want)
{
	char path[PATH_SIZE];

	ck_assert_msg(!name_of(d, path), "%s", d->world->kernel->diag.text);
	ck_assert_str_eq(path, want);
}

START_TEST(inode_of_a_file)
{
	struct disk d = make_disk(_i);
	struct inode inode;

	ck_ok(inode_of_mapping(d.world->kernel, d.mapping, &inode));
	ck_assert_uint_eq(inode.address.v, d.inode.v);
	ck_assert_uint_eq(inode.number, NUMBER);
	ck_assert_uint_eq(inode.major, 8);
	ck_assert_uint_eq(inode.minor, 1);
	ck_assert_uint_eq(inode.size, SIZE);
	ck_assert(!inode.deleted && !inode.block_device);
	ck_assert_str_eq(inode.fs, "ext4");
	world_set(d.world, d.inode, M_inode_i_nlink, 0);
	ck_ok(inode_of_mapping(d.world->kernel, d.mapping, &inode));
	ck_assert(inode.deleted);
	world_free(d.world);
}
END_TEST

START_TEST(inode_of_a_block_device)
{
	struct disk d = make_disk(_i);
	kaddr_t sb = world_super_block(d.world, "bdev", 14, d.root);
	struct inode inode;

	world_set(d.world, d.inode, M_inode_i_sb, sb.v);
	world_set(d.world, d.inode, M_inode_i_rdev, 1u << 20 | 3);
	ck_ok(inode_of_mapping(d.world->kernel, d.mapping, &inode));
	ck_assert(inode.block_device);
	ck_assert_uint_eq(inode.major, 1);
	ck_assert_uint_eq(inode.minor, 3);
	ck_path(&d, "block device 1:3");
	world_free(d.world);
}
END_TEST

START_TEST(path_in_a_mount)
{
	struct disk d = make_disk(_i);

	mount_on(&d, d.root, d.init_ns.v);
	ck_path(&d, "/mnt/dir/file");
	world_free(d.world);
}
END_TEST

/* Whatever the order, what init sees of the whole file system is taken. */
START_TEST(path_in_the_best_of_mounts)
{
	struct disk d = make_disk(_i);
	kaddr_t elsewhere = world_dentry(d.world, d.mnt_root, "elsewhere");
	kaddr_t other = world_dentry(d.world, d.root, "other");
	kaddr_t best;

	mount_on(&d, other, d.init_ns.v);	/* the file is not in it */
	mount_on(&d, d.root, INTERNAL);
	ck_path(&d, "/mnt/dir/file");
	mount_on(&d, d.dir, d.other_ns.v);
	ck_path(&d, "/mnt/file");
	mount_on(&d, d.root, d.other_ns.v);
	ck_path(&d, "/mnt/dir/file");
	mount_on(&d, d.dir, d.init_ns.v);
	ck_path(&d, "/mnt/file");
	best = mount_on(&d, d.root, d.init_ns.v);
	world_set(d.world, best, M_mount_mnt_mountpoint, elsewhere.v);
	ck_path(&d, "/elsewhere/dir/file");
	mount_on(&d, d.dir, d.init_ns.v);
	mount_on(&d, d.root, d.other_ns.v);
	ck_path(&d, "/elsewhere/dir/file");
	world_free(d.world);
}
END_TEST

START_TEST(path_in_no_mount)
{
	struct disk d = make_disk(_i);
	kaddr_t memfd = world_dentry(d.world, KADDR(0), "memfd:x");

	ck_path(&d, "(unreachable)/dir/file");
	world_set(d.world, d.inode, M_inode_i_dentry, 0);
	world_add_alias(d.world, d.inode, memfd);
	ck_path(&d, "/memfd:x (deleted)");
	world_free(d.world);
}
END_TEST

/* A hard link that was deleted is no name while there is another. */
START_TEST(path_by_a_name_that_is_left)
{
	struct disk d = make_disk(_i);
	kaddr_t gone = world_dentry(d.world, d.dir, "gone");

	mount_on(&d, d.root, d.init_ns.v);
	world_set(d.world, gone, M_dentry_hash_pprev, 0);
	world_add_alias(d.world, d.inode, gone);
	ck_path(&d, "/mnt/dir/file");
	world_set(d.world, d.file, M_dentry_hash_pprev, 0);
	ck_path(&d, "/mnt/dir/gone (deleted)");
	world_free(d.world);
}
END_TEST

/* ---- damage ---- */

enum damage {
	BAD_NO_NAME, BAD_ALIAS, BAD_ALIAS_CIRCLE, BAD_PARENT, BAD_MOUNT,
	BAD_MOUNT_CIRCLE, BAD_NO_LAYOUT,
};

static const struct {
	enum damage damage;
	enum status st;
	const char *words;
} damage_rows[] = {
	{ BAD_NO_NAME, ST_ABSENT, "none of its names is in memory" },
	{ BAD_ALIAS, ST_EXCLUDED, "dentry 0x" },
	{ BAD_ALIAS_CIRCLE, ST_BUDGET, "circle" },
	{ BAD_PARENT, ST_EXCLUDED, "dentry 0x" },
	{ BAD_MOUNT, ST_EXCLUDED, "mount 0x" },
	{ BAD_MOUNT_CIRCLE, ST_BUDGET, "circle" },
	{ BAD_NO_LAYOUT, ST_UNKNOWN, "layout of mounts" },
};

static void harm(struct disk *d, enum damage damage)
{
	struct world *world = d->world;
	kaddr_t mount, other;

	switch (damage) {
	case BAD_NO_NAME:
		world_set(world, d->inode, M_inode_i_dentry, 0);
		break;
	case BAD_ALIAS:
		world_fail(world, d->file, ST_EXCLUDED);
		break;
	case BAD_ALIAS_CIRCLE:
		world_set(world, d->file, M_dentry_hash_pprev, 0);
		world_add_alias(world, d->inode, d->file);
		break;
	case BAD_PARENT:
		world_fail(world, d->dir, ST_EXCLUDED);
		break;
	case BAD_MOUNT:
		world_fail(world, mount_on(d, d->root, d->init_ns.v),
			   ST_EXCLUDED);
		break;
	case BAD_MOUNT_CIRCLE:
		other = world_dentry(world, d->root, "other");
		mount = mount_on(d, other, d->init_ns.v);
		world_add_mount(world, d->sb, mount);
		break;
	case BAD_NO_LAYOUT:
		world->kernel->facts.layout.members[M_mount_mnt].present =
			false;
		break;
	}
}

START_TEST(name_that_cannot_be_told)
{
	struct disk d = make_disk(LIKE_7_3);
	char path[PATH_SIZE];

	harm(&d, damage_rows[_i].damage);
	ck_status(name_of(&d, path), damage_rows[_i].st);
	ck_contains(d.world->kernel->diag.text, damage_rows[_i].words);
	ck_contains(d.world->kernel->diag.text, "inode 0x");
	world_free(d.world);
}
END_TEST

/* A mount that serves is enough, though not all could be seen. */
START_TEST(path_when_the_list_of_mounts_breaks_off)
{
	struct disk d = make_disk(_i);
	kaddr_t lost = mount_on(&d, d.root, d.init_ns.v);

	mount_on(&d, d.dir, d.init_ns.v);
	world_fail(d.world, lost, ST_EXCLUDED);
	ck_path(&d, "/mnt/file");
	world_free(d.world);
}
END_TEST

static enum status find_name(const struct disk *d, char path[static PATH_SIZE])
{
	struct inode inode;
	enum status st = inode_of_mapping(d->world->kernel, d->mapping,
					  &inode);

	return st ? st : path_of_inode(d->world->kernel, &inode, path);
}

/* Whatever page fails, the answer is the right one or a failure. */
START_TEST(name_right_or_silent)
{
	struct disk d = make_disk(_i);
	const struct pfn_vec *pages = &d.world->pages;
	size_t n_failed = 0;

	mount_on(&d, d.root, d.init_ns.v);
	for (size_t i = 0; i < pages->n; i++) {
		char path[PATH_SIZE];
		enum status st;

		world_fail_frame(d.world, pages->items[i], ST_EXCLUDED);
		st = find_name(&d, path);
		if (!st)
			ck_assert_str_eq(path, "/mnt/dir/file");
		n_failed += st != ST_OK;
		world_fail_frame(d.world, pages->items[i], ST_OK);
	}
	/* Five dentries, three names, two mounts, and six more of the file. */
	ck_assert_uint_ge(n_failed, 16);
	world_free(d.world);
}
END_TEST

START_TEST(mapping_of_no_file)
{
	struct disk d = make_disk(LIKE_6_12);
	struct inode inode;

	world_set(d.world, d.mapping, M_address_space_host, 0);
	ck_status(inode_of_mapping(d.world->kernel, d.mapping, &inode),
		  ST_ABSENT);
	world_set(d.world, d.mapping, M_address_space_host, d.inode.v);
	world_fail(d.world, d.sb, ST_EXCLUDED);
	ck_status(inode_of_mapping(d.world->kernel, d.mapping, &inode),
		  ST_EXCLUDED);
	ck_contains(d.world->kernel->diag.text, "super_block 0x");
	world_fail(d.world, d.inode, ST_EXCLUDED);
	ck_status(inode_of_mapping(d.world->kernel, d.mapping, &inode),
		  ST_EXCLUDED);
	ck_contains(d.world->kernel->diag.text, "inode 0x");
	world_free(d.world);
}
END_TEST

/* Without init's namespace any other serves. */
START_TEST(path_without_the_namespace_of_init)
{
	struct disk d = make_disk(LIKE_6_12);

	mount_on(&d, d.root, d.other_ns.v);
	world_set(d.world,
		  d.world->kernel->facts.variables[KSYM_INIT_TASK].address,
		  M_task_struct_nsproxy, 0);
	ck_path(&d, "/mnt/dir/file");
	world_free(d.world);
}
END_TEST

/* ---- by name ---- */

static kaddr_t member_at(struct world *world, kaddr_t object,
			 enum member_id member)
{
	return kaddr_add(object,
			 world->kernel->facts.layout.members[member].offset);
}

/* Link the objects behind head, in a circle or not. */
static void link_all(struct world *world, kaddr_t head, bool circle,
		     enum member_id link, const kaddr_t *objects, size_t n)
{
	kaddr_t at = head;

	for (size_t i = 0; i < n; i++) {
		kaddr_t next = member_at(world, objects[i], link);

		world_write_word(world, at, next.v);
		at = next;
	}
	world_write_word(world, at, circle ? head.v : 0);
}

static void set_children(const struct disk *d, kaddr_t dentry,
			 const kaddr_t *children, size_t n)
{
	bool circle = !layout_has(&d->world->kernel->facts.layout,
				  M_dentry_d_children);
	kaddr_t head = member_at(d->world, dentry, circle ?
				 M_dentry_d_subdirs : M_dentry_d_children);

	link_all(d->world, head, circle, M_dentry_d_child, children, n);
}

static void set_mounts(const struct disk *d, kaddr_t mount,
		       const kaddr_t *mounts, size_t n)
{
	link_all(d->world, member_at(d->world, mount, M_mount_mnt_mounts),
		 true, M_mount_mnt_child, mounts, n);
}

/* The disk on /mnt, where names are found from the top. */
struct tree {
	struct disk d;
	kaddr_t mount;
	kaddr_t gone, negative;		/* /dir/gone, deleted; /dir/none */
	struct gaps gaps;
};

static struct tree make_tree(enum world_like like)
{
	struct tree t = { .d = make_disk(like) };
	struct world *world = t.d.world;

	t.mount = mount_on(&t.d, t.d.root, t.d.init_ns.v);
	t.gone = world_dentry(world, t.d.dir, "file");
	t.negative = world_dentry(world, t.d.dir, "none");
	world_set(world, t.gone, M_dentry_hash_pprev, 0);
	world_set(world, t.gone, M_dentry_d_inode, 0x4711);
	world_set(world, t.d.mnt_root, M_dentry_d_inode, 1);
	world_set(world, t.d.mnt_point, M_dentry_d_inode, 2);
	world_set(world, t.d.root, M_dentry_d_inode, 3);
	world_set(world, t.d.dir, M_dentry_d_inode, 4);
	world_set(world, t.d.file, M_dentry_d_inode, t.d.inode.v);
	world_set(world, t.d.init_ns, M_mnt_namespace_root,
		  t.d.root_mount.v);
	set_children(&t.d, t.d.mnt_root, &t.d.mnt_point, 1);
	set_children(&t.d, t.d.mnt_point, NULL, 0);
	set_children(&t.d, t.d.root, &t.d.dir, 1);
	set_children(&t.d, t.d.file, NULL, 0);
	set_children(&t.d, t.d.dir, (kaddr_t []) {
		t.gone, t.negative, t.d.file }, 3);
	set_mounts(&t.d, t.d.root_mount, &t.mount, 1);
	set_mounts(&t.d, t.mount, NULL, 0);
	return t;
}

static enum status look_up(struct tree *t, const char *path, kaddr_t *ret)
{
	return path_lookup(t->d.world->kernel, path, ret, &t->gaps);
}

static void tree_free(struct tree *t)
{
	gaps_fini(&t->gaps);
	world_free(t->d.world);
}

START_TEST(inode_by_its_names)
{
	struct tree t = make_tree(_i);
	kaddr_t inode;

	ck_ok(look_up(&t, "/mnt/dir/file", &inode));
	ck_assert_uint_eq(inode.v, t.d.inode.v);
	ck_ok(look_up(&t, "//mnt//dir/", &inode));
	ck_assert_uint_eq(inode.v, 4);
	ck_ok(look_up(&t, "/mnt", &inode));
	ck_assert_uint_eq(inode.v, 3);
	ck_ok(look_up(&t, "/", &inode));
	ck_assert_uint_eq(inode.v, 1);
	ck_no_gaps(&t.gaps);
	tree_free(&t);
}
END_TEST

static const struct {
	const char *path, *words;
} absent_rows[] = {
	{ "/mnt/dir/none", "there is no 'none'" },
	{ "/mnt/dir/other", "the name 'other' is not in memory" },
	{ "/dir/file", "the name 'dir' is not in memory" },
	{ "/mnt/dir/file/more", "the name 'more' is not in memory" },
	{ "mnt/dir/file", "begins with '/'" },
};

START_TEST(names_that_are_not_there)
{
	for (enum world_like like = 0; like < N_LIKES; like++) {
		struct tree t = make_tree(like);
		kaddr_t inode = KADDR(4711);

		ck_status(look_up(&t, absent_rows[_i].path, &inode),
			  ST_ABSENT);
		ck_contains(t.d.world->kernel->diag.text,
			    absent_rows[_i].words);
		ck_assert_uint_eq(inode.v, 4711);
		ck_no_gaps(&t.gaps);
		tree_free(&t);
	}
}
END_TEST

/* Two mounts at one place, each on top of the other. */
START_TEST(mounts_in_a_circle)
{
	struct tree t = make_tree(_i);
	kaddr_t inode;

	world_set(t.d.world, t.mount, M_mount_mnt_parent, t.mount.v);
	world_set(t.d.world, t.mount, M_mount_mnt_mountpoint, t.d.root.v);
	set_mounts(&t.d, t.mount, &t.mount, 1);
	ck_status(look_up(&t, "/mnt/dir/file", &inode), ST_ABSENT);
	world_set(t.d.world, t.d.init_ns, M_mnt_namespace_root, t.mount.v);
	ck_status(look_up(&t, "/dir/file", &inode), ST_BUDGET);
	tree_free(&t);
}
END_TEST

/* The right inode, or none and the reason, whichever page fails. */
START_TEST(lookup_right_or_silent)
{
	struct tree t = make_tree(_i);
	struct world *world = t.d.world;
	size_t n = world->pages.n;

	for (size_t i = 0; i < n; i++) {
		kaddr_t inode = t.d.inode;

		gaps_clear(&t.gaps);
		world_fail_frame(world, world->pages.items[i], ST_EXCLUDED);
		if (look_up(&t, "/mnt/dir/file", &inode))
			ck_assert(gaps_count(&t.gaps) ||
				  world->kernel->diag.text[0]);
		ck_assert_uint_eq(inode.v, t.d.inode.v);
		world_fail_frame(world, world->pages.items[i], ST_OK);
	}
	tree_free(&t);
}
END_TEST

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

static const struct test tests[] = {
	EACH_LIKE(inode_of_a_file),
	EACH_LIKE(inode_of_a_block_device),
	EACH_LIKE(path_in_a_mount),
	EACH_LIKE(path_in_the_best_of_mounts),
	EACH_LIKE(path_in_no_mount),
	EACH_LIKE(path_by_a_name_that_is_left),
	ROWS(name_that_cannot_be_told, damage_rows),
	EACH_LIKE(path_when_the_list_of_mounts_breaks_off),
	EACH_LIKE(name_right_or_silent),
	PLAIN(mapping_of_no_file),
	PLAIN(path_without_the_namespace_of_init),
	EACH_LIKE(inode_by_its_names),
	ROWS(names_that_are_not_there, absent_rows),
	EACH_LIKE(mounts_in_a_circle),
	EACH_LIKE(lookup_right_or_silent),
};

int main(void)
{
	return run_suite("inode", tests, ARRAY_LEN(tests));
}
