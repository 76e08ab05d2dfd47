/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which memory cgroup a page is charged to, its path, and the container that a
 * path tells of.
 */
#include "mm/container.h"
#include "mm/memcg.h"
#include "world.h"

#define PFN_USED	0x100u
#define ONLINE		0x0au	/* CSS_ONLINE, CSS_VISIBLE */
#define DYING		0x10u
#define KMEM		2u
#define INODE		0x100002323ULL

struct groups {
	struct world *world;
	kaddr_t root, lab, a;		/* cgroups: / and /lab and /lab/a */
	kaddr_t memcg;			/* of /lab/a */
	kaddr_t objcg;
};

static struct groups make_groups(enum world_like like, uint64_t flags)
{
	struct groups g = { .world = world_new(like) };

	g.root = world_cgroup(g.world, KADDR(0), "", 1);
	g.lab = world_cgroup(g.world, g.root, "lab", 17);
	g.a = world_cgroup(g.world, g.lab, "a", INODE);
	g.memcg = world_memcg(g.world, g.a, flags);
	g.objcg = world_obj_cgroup(g.world, g.memcg);
	return g;
}

static struct page charged_page(const struct groups *g, uint64_t data)
{
	struct page page;

	world_use_page(g->world, PFN_USED, 0, 0);
	world_set_page(g->world, PFN_USED, M_page_memcg_data, data);
	ck_ok(page_read(g->world->kernel, PFN(PFN_USED), &page));
	return page;
}

static enum status read_memcg(const struct groups *g, uint64_t data,
			      struct memcg *ret_memcg)
{
	struct page page = charged_page(g, data);

	ck_assert(page_has_memcg(&page));
	return memcg_of_page(g->world->kernel, &page, ret_memcg);
}

static void ck_memcg(const struct groups *g, uint64_t data, const char *path,
		     uint64_t inode)
{
	struct memcg memcg;

	ck_ok(read_memcg(g, data, &memcg));
	ck_assert_str_eq(memcg.cgroup.path, path);
	ck_assert_uint_eq(memcg.cgroup.inode, inode);
	ck_assert_uint_eq(memcg.address.v, g->memcg.v);
}

START_TEST(memcg_by_each_kind_of_pointer)
{
	struct groups g = make_groups(_i, ONLINE);

	ck_memcg(&g, g.memcg.v, "/lab/a", INODE);
	ck_memcg(&g, g.objcg.v, "/lab/a", INODE);
	ck_memcg(&g, g.objcg.v | KMEM, "/lab/a", INODE);
	world_free(g.world);
}
END_TEST

START_TEST(memcg_of_the_root)
{
	struct groups g = make_groups(_i, ONLINE);

	world_set(g.world, g.memcg, M_mem_cgroup_cgroup, g.root.v);
	ck_memcg(&g, g.memcg.v, "/", 1);
	world_free(g.world);
}
END_TEST

/* Pages of a folio are charged as one: the tail's own word is nothing. */
START_TEST(memcg_of_a_tail_is_its_heads)
{
	struct groups g = make_groups(_i, ONLINE);
	struct memcg memcg;
	struct page page;

	world_make_folio(g.world, PFN_USED, 2);
	(void)charged_page(&g, g.memcg.v);
	ck_ok(page_read(g.world->kernel, PFN(PFN_USED + 3), &page));
	ck_assert(page_has_memcg(&page));
	ck_ok(memcg_of_page(g.world->kernel, &page, &memcg));
	ck_assert_str_eq(memcg.cgroup.path, "/lab/a");
	world_free(g.world);
}
END_TEST

static const struct {
	uint64_t flags;
	bool dying;
} state_rows[] = {
	{ ONLINE, false },
	{ ONLINE | DYING, true },	/* rmdir has begun */
	{ DYING, true },
	{ 0, true },
};

START_TEST(memcg_online_or_dying)
{
	struct groups g = make_groups(LIKE_6_12, state_rows[_i].flags);
	struct memcg memcg;

	ck_ok(read_memcg(&g, g.memcg.v, &memcg));
	ck_assert_int_eq(memcg.dying, state_rows[_i].dying);
	world_free(g.world);
}
END_TEST

/* Nobody's, a slab's vector, flags alone. */
static const uint64_t no_memcg_rows[] = { 0, 0xffff888001000001, 1, 2 };

START_TEST(page_of_no_memcg)
{
	struct groups g = make_groups(LIKE_6_12, ONLINE);
	struct page page = charged_page(&g, no_memcg_rows[_i]);

	ck_assert(!page_has_memcg(&page));
	world_free(g.world);
}
END_TEST

START_TEST(kernel_without_memory_cgroups)
{
	struct groups g = make_groups(LIKE_6_12, ONLINE);
	struct page page;

	world_set_page(g.world, PFN_USED, M_page_memcg_data, g.memcg.v);
	g.world->kernel->facts.layout.members[M_page_memcg_data].present =
		false;
	ck_ok(page_read(g.world->kernel, PFN(PFN_USED), &page));
	ck_assert(!page_has_memcg(&page));
	world_free(g.world);
}
END_TEST

/* ---- damage ---- */

enum damage {
	BAD_POINTER, BAD_CGROUP, BAD_BOTH, BAD_MEMCG_PAGE, BAD_OBJCG_PAGE,
	BAD_CGROUP_PAGE, BAD_NODE_PAGE, BAD_NAME_PAGE, BAD_CIRCLE, BAD_ENDLESS,
	BAD_NO_LAYOUT,
};

static const struct {
	enum damage damage;
	enum status st;
	const char *words;
} damage_rows[] = {
	{ BAD_POINTER, ST_CORRUPT, "neither a mem_cgroup" },
	{ BAD_CGROUP, ST_CORRUPT, "its own css is of another" },
	{ BAD_BOTH, ST_CORRUPT, "both a mem_cgroup and an obj_cgroup" },
	{ BAD_MEMCG_PAGE, ST_EXCLUDED, "mem_cgroup 0x" },
	{ BAD_OBJCG_PAGE, ST_EXCLUDED, "obj_cgroup 0x" },
	{ BAD_CGROUP_PAGE, ST_EXCLUDED, "cgroup 0x" },
	{ BAD_NODE_PAGE, ST_EXCLUDED, "kernfs_node 0x" },
	{ BAD_NAME_PAGE, ST_EXCLUDED, "path of cgroup 0x" },
	{ BAD_CIRCLE, ST_BUDGET, "circle" },
	{ BAD_ENDLESS, ST_CORRUPT, "does not end" },
	{ BAD_NO_LAYOUT, ST_UNKNOWN, "layout is not known" },
};

static kaddr_t node_of(const struct groups *g, kaddr_t cgroup)
{
	return KADDR(world_get(g->world, cgroup, M_cgroup_kn));
}

/* Do the damage; the word of the page that then meets it. */
static uint64_t harm(const struct groups *g, enum damage damage)
{
	struct world *world = g->world;
	kaddr_t lab = node_of(g, g->lab);
	char endless[300];

	switch (damage) {
	case BAD_POINTER:
		return g->memcg.v + 0x100;
	case BAD_CGROUP:	/* freed, and in use for another */
		world_set(world, g->a, M_cgroup_self_cgroup, g->lab.v);
		break;
	case BAD_BOTH:
		world_set(world, g->memcg, M_obj_cgroup_memcg, g->memcg.v);
		break;
	case BAD_MEMCG_PAGE:
		world_fail(world, g->memcg, ST_EXCLUDED);
		break;
	case BAD_OBJCG_PAGE:
		world_fail(world, g->objcg, ST_EXCLUDED);
		return g->objcg.v;
	case BAD_CGROUP_PAGE:
		world_fail(world, g->a, ST_EXCLUDED);
		break;
	case BAD_NODE_PAGE:
		world_fail(world, lab, ST_EXCLUDED);
		break;
	case BAD_NAME_PAGE:
		world_fail(world, KADDR(world_get(world, lab,
						  M_kernfs_node_name)),
			   ST_EXCLUDED);
		break;
	case BAD_CIRCLE:
		world_set(world, lab, M_kernfs_node_parent,
			  node_of(g, g->a).v);
		break;
	case BAD_ENDLESS:
		memset(endless, 'x', sizeof(endless));
		world_write(world, KADDR(world_get(world, lab,
						   M_kernfs_node_name)),
			    endless, sizeof(endless));
		break;
	case BAD_NO_LAYOUT:
		world->kernel->facts.layout.structs[S_mem_cgroup].present =
			false;
		break;
	}
	return g->memcg.v;
}

START_TEST(memcg_that_cannot_be_told)
{
	struct groups g = make_groups(LIKE_6_12, ONLINE);
	struct memcg memcg;

	ck_status(read_memcg(&g, harm(&g, damage_rows[_i].damage), &memcg),
		  damage_rows[_i].st);
	ck_contains(g.world->kernel->diag.text, damage_rows[_i].words);
	ck_contains(g.world->kernel->diag.text, "cg");
	world_free(g.world);
}
END_TEST

/* Whatever page fails, the answer is the right one or a failure. */
START_TEST(memcg_right_or_silent)
{
	struct groups g = make_groups(_i, ONLINE);
	const struct pfn_vec *pages = &g.world->pages;
	struct page page = charged_page(&g, g.objcg.v);
	size_t n_failed = 0;

	for (size_t i = 0; i < pages->n; i++) {
		struct memcg memcg;
		enum status st;

		world_fail_frame(g.world, pages->items[i], ST_EXCLUDED);
		st = memcg_of_page(g.world->kernel, &page, &memcg);
		if (!st)
			ck_assert_str_eq(memcg.cgroup.path, "/lab/a");
		n_failed += st != ST_OK;
		world_fail_frame(g.world, pages->items[i], ST_OK);
	}
	/* Two cgroups' names, three nodes, a cgroup, a mem_ and obj_cgroup. */
	ck_assert_uint_ge(n_failed, 8);
	world_free(g.world);
}
END_TEST

/* ---- tasks ---- */

#define SUBSYS		0xffffffff82001000ULL

START_TEST(memcg_of_a_process)
{
	struct groups g = make_groups(_i, ONLINE);
	struct kernel *kernel = g.world->kernel;
	kaddr_t task = world_task(g.world, 100, KADDR(0), "worker");
	kaddr_t css_set = world_object(g.world, S_css_set);
	kaddr_t other = world_memcg(g.world, g.lab, ONLINE);
	struct memcg memcg;

	ck_assert(!tasks_have_memcgs(kernel));
	ck_status(memcg_of_task(kernel, task, &memcg), ST_UNKNOWN);
	kernel->facts.variables[KSYM_MEMORY_CGRP_SUBSYS] =
		(struct kernel_variable) { true, KADDR(SUBSYS), 8 };
	world_set(g.world, task, M_task_cgroups_cgroups, css_set.v);
	world_set_element(g.world, css_set, M_css_set_subsys, 2, other.v);
	ck_status(memcg_of_task(kernel, task, &memcg), ST_CORRUPT);
	ck_contains(kernel->diag.text, "no memory cgroup");
	world_set_element(g.world, css_set, M_css_set_subsys, 4, g.memcg.v);
	world_set(g.world, g.memcg, M_mem_cgroup_ss, SUBSYS);
	ck_ok(memcg_of_task(kernel, task, &memcg));
	ck_assert_str_eq(memcg.cgroup.path, "/lab/a");
	ck_assert_uint_eq(memcg.cgroup.inode, INODE);
	ck_assert_uint_eq(memcg.address.v, g.memcg.v);
	world_fail(g.world, css_set, ST_EXCLUDED);
	ck_status(memcg_of_task(kernel, task, &memcg), ST_EXCLUDED);
	ck_contains(kernel->diag.text, "css_set 0x");
	world_free(g.world);
}
END_TEST

/* ---- containers ---- */

#define ID	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2	"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID_	"1b4e28ba_2fa1_11d2_883f_0016d3cca427"
#define UID	"1b4e28ba-2fa1-11d2-883f-0016d3cca427"

static const struct {
	const char *path;
	const char *name;	/* NULL: none */
} container_rows[] = {
	{ "/docker/" ID, ID },
	{ "/system.slice/docker-" ID ".scope", ID },
	{ "/docker/" ID "/system.slice/cron.service", ID },
	{ "/docker/" ID "/docker/" ID2, ID2 },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"
	  UID_ ".slice/cri-containerd-" ID ".scope", ID },
	{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod"
	  UID_ ".slice", "pod" UID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope", ID },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice", "pod" UID },
	{ "/kubepods/burstable/pod" UID "/" ID, ID },
	{ "/kubepods/burstable/pod" UID, "pod" UID },
	{ "/machine.slice/libpod-" ID ".scope/container", ID },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-"
	  ID ".scope", ID },
	{ "/machine.slice/libpod-conmon-" ID ".scope", NULL },
	{ "/lxc.payload.web/system.slice/nginx.service", "web" },
	{ "/lxc/web", "web" },
	{ "/machine.slice/machine-qemu\\x2d1\\x2ddeb.scope/libvirt/emulator",
	  "qemu-1-deb" },
	{ "/machine.slice/systemd-nspawn@sid.service/payload", "sid" },
	{ "/", NULL },
	{ "", NULL },
	{ "/docker", NULL },
	{ "/docker/0123", NULL },
	{ "/docker-" ID, NULL },
	{ "/docker-.scope", NULL },
	{ "/lxc.payload.", NULL },
	{ "/notlxc/web", NULL },
	{ "/podinfo", NULL },
	{ "/system.slice/machine-x.scope", NULL },
	{ "/user.slice/user-1000.slice/session-2.scope", NULL },
	{ "/docker/" ID "0", NULL },
};

START_TEST(container_by_its_path)
{
	char name[CONTAINER_SIZE] = "untouched";
	bool found = container_of_path(container_rows[_i].path, name);

	if (container_rows[_i].name) {
		ck_assert_msg(found, "%s", container_rows[_i].path);
		ck_assert_str_eq(name, container_rows[_i].name);
	} else {
		ck_assert_msg(!found, "%s: %s", container_rows[_i].path, name);
		ck_assert_str_eq(name, "untouched");
	}
}
END_TEST

/* A component that no file system can hold. */
START_TEST(container_name_that_is_too_long)
{
	char path[2 * CONTAINER_SIZE] = "/lxc.payload.";
	char name[CONTAINER_SIZE];

	memset(path + strlen(path), 'x', CONTAINER_SIZE - 1);
	ck_assert(container_of_path(path, name));
	ck_assert_uint_eq(strlen(name), CONTAINER_SIZE - 1);
	strcat(path, "x");
	ck_assert(!container_of_path(path, name));
}
END_TEST

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

static const struct test tests[] = {
	EACH_LIKE(memcg_by_each_kind_of_pointer),
	EACH_LIKE(memcg_of_the_root),
	EACH_LIKE(memcg_of_a_tail_is_its_heads),
	ROWS(memcg_online_or_dying, state_rows),
	ROWS(page_of_no_memcg, no_memcg_rows),
	PLAIN(kernel_without_memory_cgroups),
	ROWS(memcg_that_cannot_be_told, damage_rows),
	EACH_LIKE(memcg_right_or_silent),
	EACH_LIKE(memcg_of_a_process),
	ROWS(container_by_its_path, container_rows),
	PLAIN(container_name_that_is_too_long),
};

int main(void)
{
	return run_suite("memcg", tests, ARRAY_LEN(tests));
}
