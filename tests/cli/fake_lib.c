/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library without a dump, to test the tool alone.
 *
 * Implements the installed header with canned answers chosen by PFN: see
 * pages[] and answer_for(). A PFN that is not named there is an anonymous page
 * with one mapping. The environment variable FAKE_RMI holds words that change
 * the session: see the calls of asked_for().
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rmap-inspect/rmap-inspect.h>

#define N_ITEMS(array)	(sizeof(array) / sizeof((array)[0]))

/* A counted array, as the structs of the header have them. */
#define LIST(name, array)	.n_##name = N_ITEMS(array), .name = array

struct rmi_session {
	struct rmi_open_options opts;
	struct rmi_source source;
	bool is_clone;
	char error[256];
};

/* ---- canned parts ---- */

static const char *const lru_flags[] = {
	"uptodate", "lru", "active", "swapbacked",
};

static const struct rmi_task tree_tasks[] = {
	{ 97, "treeA0" }, { 98, "treeA1" }, { 1099, "treeA2" },
};

#define TREE(i)								\
	{								\
		.mm = 0xffff8b1501000000 + (i) * 0x1000,		\
		.n_tasks = 1, .tasks = &tree_tasks[i],			\
		.vma = 0xffff8b1502000000 + (i) * 0x100,		\
		.vma_start = 0x7f1c6ff15000, .vma_end = 0x7f1c6ff35000,	\
		.vma_flags = 0x100073, .vma_perm = "rw-p",		\
		.address = 0x7f1c6ff15000, .level = "pte",		\
		.pte = 0x800000000afab025, .state = "mapped",		\
		.note = "read-only (copy on write)",			\
	}

static const struct rmi_mapping tree_mappings[] = {
	TREE(0), TREE(1), TREE(2),
};

static const struct rmi_step anon_steps[] = {
	{ "page.mapping", "anon_vma", 0xffff8b1503c0a270, "root, 3 VMAs" },
};

static const struct rmi_step tree_steps[] = {
	{ "page.mapping", "anon_vma", 0x1000 + 100, "root" },
};

static const struct rmi_step flat_steps[] = {
	{ "page.mapping", "anon_vma", 0x400, "root" },
};

static const struct rmi_step ksm_steps[] = {
	{ "page.mapping", "stable node", 0xffff8b1507000080, NULL },
};

static const struct rmi_mapping libc_mappings[] = {
	{
		.mm = 0xffff8b1501000000, .n_tasks = 1, .tasks = tree_tasks,
		.vma = 0xffff8b1502000300,
		.vma_start = 0x7f0000000000, .vma_end = 0x7f0000020000,
		.vma_flags = 0x75, .vma_perm = "r-xp",
		.path = "/usr/lib/libc.so.6", .address = 0x7f0000012000,
		.level = "pte", .pte = 0x100025, .state = "mapped",
	}, {
		.mm = 0xffff8b1501001000, .n_tasks = 1,
		.tasks = &tree_tasks[1], .vma = 0xffff8b1502000400,
		.vma_start = 0x7f0000000000, .vma_end = 0x7f0000020000,
		.vma_flags = 0x75, .vma_perm = "r-xp",
		.path = "/usr/lib/libc.so.6", .address = 0x7f0000012000,
		.level = "pte", .pte = 0x100025, .state = "mapped",
	},
};

static const struct rmi_step file_steps[] = {
	{ "page.mapping", "address_space", 0xffff8b1504000178, NULL },
	{ "address_space.i_mmap", "interval tree", 0, "2 of 5 VMAs overlap" },
};

static const struct rmi_gap excluded_gaps[] = {
	{ "anon_vma_chain", "rb node 0xffff88800512ba80",
	  "page excluded from the dump" },
	{ NULL, NULL, NULL },
};

static const struct rmi_gap hole_gaps[] = {
	{ "struct page", NULL, "no memory section at PFN 0x300" },
};

/* Names that nobody should trust. */
static const struct rmi_task hostile_tasks[] = {
	{ 1, "\x1b[31mred" },		/* a terminal escape */
	{ 2, "bad\xff\xc0\xafz" },	/* no UTF-8; overlong */
	{ 3, "na\xc3\xafve" },		/* ï */
	{ 4, "q\"b\\x1b\n\t\r\b\f\x7f" },	/* all that JSON escapes, and DEL */
	{ 5, "\xed\xa0\x80\xc2\x9b" },	/* a surrogate; CSI as one character */
	{ 6, "" },
	{ 7, NULL },
	{ 8, "cut\xe2\x82" },		/* a character cut short by comm */
};

static const struct rmi_mapping hostile_mappings[] = {
	{
		.mm = 0xffff8b1501000000, LIST(tasks, hostile_tasks),
		.vma = 0xffff8b1502000500, .vma_start = 0x1000,
		.vma_end = 0x2000, .vma_flags = 0x3, .vma_perm = "rw-s",
		.path = "/tmp/\x1b]0;title\x07/\xf0\x9f\x90\xa7",
		.address = 0x1000, .level = "pte", .pte = 0x25,
		.state = "mapped",
	},
};

static const struct rmi_task sharing_tasks[] = {
	{ 200, "parent" }, { 4194304, "clone_vm" },
};

/* One mm of two processes, one mm of none, one entry that is not present. */
static const struct rmi_mapping shared_mm_mappings[] = {
	{
		.mm = 0xffff8b1501000000, LIST(tasks, sharing_tasks),
		.vma = 0xffff8b1502000600, .vma_start = 0x10000,
		.vma_end = 0x20000, .vma_flags = 0x3, .vma_perm = "rw-p",
		.address = 0x11000, .level = "pte", .pte = 0x25,
		.state = "mapped",
	}, {
		.mm = 0xffff8b1501009000, .vma = 0xffff8b1502000700,
		.vma_start = 0x10000, .vma_end = 0x20000, .vma_flags = 0x3,
		.address = 0x11000, .level = "pte", .pte = 0x25,
		.state = "mapped",
	}, {
		.mm = 0xffff8b1501001000, .n_tasks = 1, .tasks = tree_tasks,
		.address = 0x12000, .level = "pte", .pte = 0x7c00000000000200,
		.state = "migrating",
	},
};

static const char *const reserved_flags[] = { "reserved" };

static const struct rmi_mapping raw_mappings[] = {
	{
		.mm = 0xffff8b1501000000, .n_tasks = 1, .tasks = tree_tasks,
		.vma = 0xffff8b1502000800, .vma_start = 0x400000,
		.vma_end = 0x402000, .vma_flags = 0x1, .vma_perm = "r--p",
		.address = 0x401000, .level = "pte",
		.pte = 0x8000000000700225, .state = "special",
	},
};

/* More processes than are told of in one line. */
static const struct rmi_mapping crowd_mappings[] = {
	TREE(0), TREE(0), TREE(1), TREE(2),
	{ .mm = 0xffff8b1501009000, .level = "pte", .state = "mapped" },
	{ .mm = 0xffff8b150100a000, .level = "pte", .state = "mapped" },
};

static const struct rmi_difference differences[] = {
	{ "scan", TREE(1) },
	{ "rmap", TREE(2) },
};

#define SWAPPED(i)							\
	{								\
		.mm = 0xffff8b1501000000 + (i) * 0x1000,		\
		.n_tasks = 1, .tasks = &tree_tasks[i],			\
		.vma = 0xffff8b1502000000 + (i) * 0x100,		\
		.vma_start = 0x7f1c6ff15000, .vma_end = 0x7f1c6ff35000,	\
		.vma_flags = 0x100073, .vma_perm = "rw-p",		\
		.address = 0x7f1c6ff15000, .level = "pte",		\
		.pte = 0x7ffffffffef9600, .state = "swapped",		\
	}

static const struct rmi_mapping swap_mappings[] = { SWAPPED(0), SWAPPED(1) };

static const struct rmi_gap swap_gaps[] = {
	{ "swap entry", "0:0x1", "no page table holds it" },
};

/* ---- canned pages ---- */

#define SEEN	.page = 0xfffff677002beac0, .node = 0, .zone = "DMA32",	\
		.has_page = true, .has_mapcount = true

static const struct rmi_reference tree_references[] = {
	{ "mappings", 3 },
};

static const struct rmi_reference libc_references[] = {
	{ "mappings", 2 }, { "page cache", 1 },
};

static const struct rmi_reference lonely_references[] = {
	{ "mappings", 1 },
};

static const struct rmi_detail slab_details[] = {
	{ "cache", RMI_DETAIL_TEXT, "task_\x1bstruct", 0 },
	{ "kmem_cache", RMI_DETAIL_ADDRESS, NULL, 0xffff8b1501000000 },
	{ "size", RMI_DETAIL_NUMBER, NULL, 64 },
};

#define CONTAINER_ID	"0123456789abcdef0123456789abcdef"	\
			"0123456789abcdef0123456789abcdef"

static const struct rmi_memcg docker_memcg = {
	0xffff8b1505000000, "/system.slice/docker-" CONTAINER_ID ".scope",
	"online", 4411, CONTAINER_ID,
};

static const struct rmi_memcg hostile_memcg = {
	0xffff8b1505001000, "/lxc.payload.\x1b[1m", "dying", 4412, "\x1b[1m",
};

static const char *const slab_reasons[] = { "unmovable kind: slab" };

static const char *const hostile_reasons[] = {
	"mlocked by PID 1 (\x1b[31mred)", "on the unevictable list",
};

static const char *const dirty_reasons[] = { "once it is written back" };

static const struct rmi_file libc_file = {
	.path = "/usr/lib/libc.so.6", .filesystem = "ext4",
	.device_major = 8, .device_minor = 1, .inode = 12, .size = 1800000,
	.offset = 0x12000, .has_mapped_by = true, .n_vmas = 5,
	.n_processes = 5,
};

static const struct rmi_candidate candidates[] = {
	{
		.mm = 0xffff8b1501001000, .n_tasks = 1, .tasks = tree_tasks,
		.vma = 0xffff8b1502000900, .vma_start = 0x1000,
		.vma_end = 0x2000, .address = 0x1000,
	},
};

static const struct rmi_file hostile_file = {
	.path = "/tmp/\x1b]0;title\x07/\xf0\x9f\x90\xa7",
	.filesystem = "tmpfs", .device_minor = 25, .inode = 2,
	.deleted = true, .dirty = true, .has_mapped_by = true, .n_vmas = 2,
	.n_processes = 8, LIST(candidates, candidates),
};

static const struct rmi_file unmapped_file = {
	.path = "/disk/data", .filesystem = "ext4", .device_major = 8,
	.device_minor = 17, .inode = 13, .size = 4096, .dirty = true,
	.writeback = true, .has_mapped_by = true, .n_vmas = 3,
	.n_processes = 2,
};

static const struct rmi_file swapped_file = {
	.path = "/memfd:lab (deleted)", .filesystem = "tmpfs",
	.device_minor = 1, .inode = 1024, .size = 0x18000, .offset = 0x7000,
	.deleted = true, .has_mapped_by = true, .n_vmas = 1,
	.n_processes = 1, LIST(candidates, candidates),
};

static const struct rmi_file nameless_file = {
	.filesystem = "ext\x1b" "4", .device_major = 8, .device_minor = 17,
	.inode = UINT64_MAX - 7, .offset = 0x8000, .has_mapped_by = true,
};

/* The tree of its mappings was not seen as a whole. */
static const struct rmi_file damaged_file = {
	.path = "/disk/data", .filesystem = "ext4", .device_major = 8,
	.device_minor = 17, .inode = 13,
};

#define REFERENCES(list)	.has_references = true, LIST(references, list)

static const struct rmi_page pages[] = {
	{	/* the sample of the README */
		.pfn = 0xafab, SEEN, .kind = "anon", LIST(flags, lru_flags),
		.refcount = 3, .mapcount = 3, .head_pfn = 0xafab,
		.has_index = true, .index = 0x7f1c6ff15,
		.mapping = 0xffff8b1503c0a271, LIST(steps, anon_steps),
		LIST(mappings, tree_mappings), .complete = true,
		REFERENCES(tree_references),
		.reclaim.answer = "yes", .migrate.answer = "yes",
		.found_by = "rmap",
	}, {	/* a file, with a reference beside the mappings */
		.pfn = 0x100, SEEN, .kind = "file", LIST(flags, lru_flags),
		.refcount = 3, .mapcount = 2, .head_pfn = 0x100,
		.has_index = true, .index = 0x12,
		.mapping = 0xffff8b1504000178, LIST(steps, file_steps),
		.path = "/usr/lib/libc.so.6",
		LIST(mappings, libc_mappings), .complete = true,
		REFERENCES(libc_references), .memcg = &docker_memcg,
		.reclaim = { "yes", LIST(reasons, dirty_reasons) },
		.migrate = { .answer = "unknown" },
		.file = &libc_file,
	}, {	/* gaps, one of them without words */
		.pfn = 0x200, SEEN, .kind = "anon", LIST(flags, lru_flags),
		.refcount = 3, .mapcount = 3, .head_pfn = 0x200,
		.mapping = 0xffff8b1503c0a271, LIST(steps, anon_steps),
		LIST(mappings, tree_mappings), LIST(gaps, excluded_gaps),
	}, {	/* gaps and nothing found */
		.pfn = 0x201, SEEN, .kind = "anon", .refcount = 1,
		.mapcount = 0, .head_pfn = 0x201, LIST(gaps, excluded_gaps),
	}, {	/* a hole: nothing is known */
		.pfn = 0x300, .node = -1, LIST(gaps, hole_gaps),
	}, {	/* of no process */
		.pfn = 0x301, SEEN, .kind = "slab", .refcount = 1,
		.head_pfn = 0x301, .complete = true,
		LIST(details, slab_details),
		.reclaim = { "no", LIST(reasons, slab_reasons) },
		.migrate = { "no", LIST(reasons, slab_reasons) },
	}, {	/* a struct page, but what is in it was not told */
		.pfn = 0x302, .page = 0xfffff6770000c080, .node = -1,
	}, {
		.pfn = 0x400, SEEN, .kind = "shmem", LIST(flags, lru_flags),
		.refcount = 2, .mapcount = 1, .head_pfn = 0x400,
		.path = "/tmp/\x1b]0;title\x07/\xf0\x9f\x90\xa7",
		LIST(mappings, hostile_mappings), .complete = true,
		REFERENCES(lonely_references), .unexplained = 1,
		.memcg = &hostile_memcg,
		.reclaim = { "no", LIST(reasons, hostile_reasons) },
		.migrate = { .answer = "yes" },
		.file = &hostile_file,
	}, {	/* page cache that nobody maps */
		.pfn = 0x401, SEEN, .kind = "file", .head_pfn = 0x401,
		.refcount = 1, .path = "/disk/data", .file = &unmapped_file,
		.complete = true,
	}, {
		.pfn = 0x402, SEEN, .kind = "file", .head_pfn = 0x402,
		.refcount = 1, .file = &nameless_file, .complete = true,
	}, {
		.pfn = 0x403, SEEN, .kind = "file", .head_pfn = 0x403,
		.refcount = 1, .path = "/disk/data", .file = &damaged_file,
	}, {	/* a name by its mapping, and the inode cannot be seen */
		.pfn = 0x404, SEEN, .kind = "file", .head_pfn = 0x404,
		.refcount = 1, .path = "/disk/\x1b",
	}, {
		.pfn = 0x500, SEEN, .kind = "ksm", LIST(flags, lru_flags),
		.refcount = 2, .mapcount = 2, .head_pfn = 0x500,
		LIST(mappings, shared_mm_mappings), .complete = true,
	}, {	/* of zeros: mapped raw, and found by looking everywhere */
		.pfn = 0x700, SEEN, .kind = "reserved",
		LIST(flags, reserved_flags), .refcount = 1,
		.head_pfn = 0x700, LIST(mappings, raw_mappings),
		.complete = true, .found_by = "scan",
	}, {
		.pfn = 0x701, SEEN, .kind = "other", .refcount = 1,
		.head_pfn = 0x701, .complete = true, .found_by = "scan",
	}, {	/* the methods differ, if both are asked */
		.pfn = 0x600, SEEN, .kind = "anon", LIST(flags, lru_flags),
		.refcount = 1, .mapcount = 1, .head_pfn = 0x600,
		.n_mappings = 1, .mappings = tree_mappings, .complete = true,
		LIST(differences, differences),
	}, {
		.pfn = 0x720, SEEN, .kind = "ksm", .refcount = 6,
		.mapcount = 6, .head_pfn = 0x720, LIST(steps, ksm_steps),
		LIST(mappings, crowd_mappings),
		.complete = true,
	}, {	/* of families that are made */
		.pfn = 0x721, SEEN, .kind = "anon", LIST(flags, lru_flags),
		.refcount = 3, .mapcount = 3, .head_pfn = 0x721,
		LIST(steps, tree_steps), LIST(mappings, tree_mappings),
		.complete = true,
	}, {
		.pfn = 0x702, SEEN, .kind = "anon", LIST(flags, lru_flags),
		.refcount = 3, .mapcount = 3, .head_pfn = 0x702,
		LIST(steps, flat_steps), LIST(mappings, tree_mappings),
		.complete = true,
	}, {	/* a tail page of 2 MiB */
		.pfn = 0x805, SEEN, .kind = "anon", LIST(flags, lru_flags),
		.refcount = 1, .mapcount = 1, .order = 9, .head_pfn = 0x800,
		.n_mappings = 1, .mappings = tree_mappings, .complete = true,
	}, {	/* damaged: no folio has this order */
		.pfn = 0x900, SEEN, .kind = "anon", .order = 200,
		.head_pfn = 0x900, .refcount = -1, .mapcount = -128,
		.complete = true,
	}, {
		.pfn = 0, .page = 0xfffff67700000000, .node = 0,
		.zone = "DMA", .kind = "reserved", .has_page = true,
		.has_mapcount = true,
		.refcount = 1, .complete = true,
	},
};

#define PFN_BROKEN	0xdead	/* the query breaks off here */
#define PFN_SLOW	0xbeef	/* answered after 1.3 s, with progress */

static const struct rmi_page ordinary_page = {
	SEEN, .kind = "anon", LIST(flags, lru_flags), .refcount = 1,
	.mapcount = 1, .n_mappings = 1, .mappings = tree_mappings,
	.complete = true,
};

/* Each of the page itself, or of all pages of its folio. */
static const struct rmi_mapping *mappings_of(const struct rmi_page *page)
{
	static _Thread_local struct rmi_mapping copies[8];

	for (size_t i = 0; i < page->n_mappings; i++) {
		copies[i] = page->mappings[i];
		copies[i].pfn = page->folio ? page->head_pfn : page->pfn;
		copies[i].n_pages = page->folio ? 1ULL << page->order : 1;
	}
	return copies;
}

static struct rmi_page answer_for(uint64_t pfn, const struct rmi_query *query)
{
	struct rmi_page page = ordinary_page;

	page.head_pfn = pfn;
	for (size_t i = 0; i < N_ITEMS(pages); i++)
		if (pages[i].pfn == pfn)
			page = pages[i];
	page.pfn = pfn;
	page.phys = pfn << 12;
	if (query->method != RMI_METHOD_BOTH)
		page.n_differences = 0;
	page.folio = query->folio;
	page.mappings = mappings_of(&page);
	return page;
}

/* ---- canned families ---- */

#define MEMBER_VMA(i, the_own, the_reused)				\
	{								\
		.vma = 0xffff8b1502000000 + (i) * 0x100,		\
		.mm = 0xffff8b1501000000 + (i) * 0x1000,		\
		.n_tasks = 1, .tasks = &tree_tasks[i],			\
		.start = 0x7f1c6ff15000, .end = 0x7f1c6ff35000,		\
		.flags = 0x100073, .perm = "rw-p",			\
		.own = the_own, .reused = the_reused,			\
	}

static const struct rmi_family_vma family_vmas[] = {
	MEMBER_VMA(0, 0, RMI_NONE),
	MEMBER_VMA(1, 2, 1),
	{	/* of no process, and with names that nobody should trust */
		.vma = 0xffff8b1502000900, .mm = 0xffff8b1501009000,
		.start = 0x1000, .end = 0x2000, .flags = 3, .perm = "rw-p",
		.own = RMI_NONE, .reused = RMI_NONE,
	}, {
		.vma = 0xffff8b1502000a00, .mm = 0xffff8b150100a000,
		LIST(tasks, hostile_tasks), .start = 0x1000, .end = 0x2000,
		.flags = 3, .perm = "rw-p", .own = 3, .reused = RMI_NONE,
	},
};

static const struct rmi_avc root_avcs[] = {
	{ 0xffff8b1504000000, 0 }, { 0xffff8b1504000040, 1 },
	{ 0xffff8b1504000080, 2 }, { 0xffff8b15040000c0, 3 },
};
static const struct rmi_avc middle_avcs[] = { { 0xffff8b1504000100, 1 } };
static const struct rmi_avc last_avcs[] = { { 0xffff8b1504000140, 1 } };
static const struct rmi_avc other_avcs[] = { { 0xffff8b1504000180, 3 } };

static const struct rmi_anon_vma family_anon_vmas[] = {
	{
		.anon_vma = 0xffff8b1503c0a000, .parent = RMI_NONE,
		.seen = true, .refcount = 4, .degree = -1, .n_children = 3,
		.n_active_vmas = 1, LIST(avcs, root_avcs),
	}, {	/* nobody's own any more */
		.anon_vma = 0xffff8b1503c0a100, .parent = 0, .depth = 1,
		.seen = true, .refcount = 1, .degree = -1, .n_children = 1,
		.reusable = true, LIST(avcs, middle_avcs),
	}, {
		.anon_vma = 0xffff8b1503c0a200, .parent = 1, .depth = 2,
		.seen = true, .refcount = 1, .degree = 1, .n_children = -1,
		.n_active_vmas = -1, LIST(avcs, last_avcs),
	}, {
		.anon_vma = 0xffff8b1503c0a300, .parent = RMI_NONE,
		.refcount = -1, .degree = -1, .n_children = -1,
		.n_active_vmas = -1, LIST(avcs, other_avcs),
	},
};

static const struct rmi_family small_family = {
	.asked = 2, LIST(anon_vmas, family_anon_vmas),
	LIST(vmas, family_vmas), .complete = true,
};

/* A family to be made: each member has a process, numbered as they are. */
#define MAX_MEMBERS	1000

static struct {
	struct rmi_task tasks[MAX_MEMBERS];
	struct rmi_family_vma vmas[MAX_MEMBERS];
	struct rmi_avc avcs[MAX_MEMBERS];	/* one set serves them all */
	struct rmi_anon_vma anon_vmas[MAX_MEMBERS];
	size_t n;
} made;

/* n members from one on, which are that one and all below it. */
static void make_subtree(size_t n, size_t n_children, size_t parent,
			 unsigned int depth)
{
	size_t first = made.n++, left = n - 1;

	made.tasks[first] = (struct rmi_task) { 100 + first, "worker" };
	made.vmas[first] = family_vmas[0];
	made.vmas[first].vma += first * 0x100;
	made.vmas[first].mm += first * 0x1000;
	made.vmas[first].tasks = &made.tasks[first];
	made.vmas[first].own = first;
	made.avcs[first] = (struct rmi_avc) {
		0xffff8b1504000000 + first * 64, first
	};
	made.anon_vmas[first] = family_anon_vmas[0];
	made.anon_vmas[first].anon_vma += first * 0x100;
	made.anon_vmas[first].parent = parent;
	made.anon_vmas[first].depth = depth;
	made.anon_vmas[first].n_avcs = n;
	made.anon_vmas[first].avcs = &made.avcs[first];
	for (; n_children && left; n_children--) {
		size_t some = (left + n_children - 1) / n_children;

		left -= some;
		make_subtree(some, n_children > 2 ? 0 : 2, first, depth + 1);
	}
}

/* A root with 400 children, or a tree of n in which each has two. */
static void tell_made_family(size_t n, size_t n_children, rmi_family_fn *fn,
			     void *arg)
{
	struct rmi_family family = {
		.n_anon_vmas = n, .anon_vmas = made.anon_vmas,
		.n_vmas = n, .vmas = made.vmas, .complete = n_children == 2,
	};

	if (n_children > 2) {
		family.n_gaps = N_ITEMS(hole_gaps);
		family.gaps = hole_gaps;
	}
	made.n = 0;
	make_subtree(n, n_children, RMI_NONE, 0);
	fn(&family, arg);
}

/* ---- canned stable nodes ---- */

static const struct rmi_ksm_item ksm_items[] = {
	{ 0xffff8b1506000000, 0xffff8b1503c0a000, 0x11000,
	  0xffff8b1501000000 },
	{ 0xffff8b1506000040, 0xffff8b1503c0a100, 0x11000, 0 },
};

static const struct rmi_ksm_cgroup ksm_cgroups[] = {
	{ &docker_memcg, 9 }, { NULL, 3 },
};

/* The last two stand without their page. */
static const struct rmi_ksm_node ksm_nodes[] = {
	{ .node = 0xffff8b1507000000, .role = "chain" },
	{ .node = 0xffff8b1507000040, .role = "dup",
	  .chain = 0xffff8b1507000000, .has_pfn = true, .pfn = 0x500,
	  LIST(items, ksm_items), .n_sharers = 3, .saved = 2 },
	{ .node = 0xffff8b1507000080, .role = "node", .has_pfn = true,
	  .pfn = 0x720, LIST(items, ksm_items), .n_sharers = 6, .saved = 5 },
	{ .node = 0xffff8b15070000c0, .role = "migrated", .has_pfn = true,
	  .pfn = 0x200, .n_sharers = 3, .saved = 2 },
	{ .node = 0xffff8b1507000100, .role = "node", .has_pfn = true,
	  .pfn = 0x999, .stale = true },
};

static const struct rmi_ksm_summary ksm_summary = {
	.n_nodes = 4, .n_chains = 1, .n_stale = 1, .n_items = 4,
	.n_sharers = 12, .saved = 9, .has_pages_shared = true,
	.pages_shared = 2, .has_pages_sharing = true, .pages_sharing = 2,
	LIST(gaps, hole_gaps), LIST(cgroups, ksm_cgroups),
};

/* ---- the header ---- */

static bool asked_for(const char *word)
{
	const char *words = getenv("FAKE_RMI");

	return words && strstr(words, word);
}

__attribute__((format(printf, 3, 4)))
static rmi_status fail(struct rmi_session *session, rmi_status status,
		       const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(session->error, sizeof(session->error), fmt, args);
	va_end(args);
	return status;
}

__attribute__((format(printf, 3, 4)))
static void tell(struct rmi_session *session, rmi_log_level level,
		 const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	session->opts.log(level, text, session->opts.arg);
}

struct rmi_session *rmi_session_new(void)
{
	return calloc(1, sizeof(struct rmi_session));
}

void rmi_session_free(struct rmi_session *session)
{
	free(session);
}

rmi_status rmi_session_clone(struct rmi_session *session,
			     struct rmi_session **ret_clone)
{
	if (asked_for("no-clone"))
		return fail(session, RMI_ERR_NO_MEMORY, "out of memory");
	*ret_clone = malloc(sizeof(**ret_clone));
	**ret_clone = *session;
	(*ret_clone)->is_clone = true;
	return RMI_OK;
}

static void tell_sources(struct rmi_session *session)
{
	const struct rmi_open_options *opts = &session->opts;
	char dirs[128] = "";

	for (size_t i = 0; opts->debug_dirs && opts->debug_dirs[i]; i++) {
		strcat(dirs, " ");
		strcat(dirs, opts->debug_dirs[i]);
	}
	tell(session, RMI_LOG_STEP, "btf %s map %s dirs%s debuginfod %d",
	     opts->btf ? opts->btf : "-",
	     opts->system_map ? opts->system_map : "-", dirs,
	     opts->debuginfod);
}

/* Far longer than any test has patience for. */
static rmi_status download(struct rmi_session *session)
{
	tell(session, RMI_LOG_STEP, "downloading");
	for (int i = 0; i < 6000; i++) {
		if (session->opts.cancelled(session->opts.arg))
			return fail(session, RMI_ERR_CANCELLED, "cancelled");
		usleep(10 * 1000);
	}
	return RMI_OK;
}

rmi_status rmi_session_open(struct rmi_session *session,
			    const struct rmi_open_options *opts)
{
	static const struct rmi_layout_source sources[] = {
		{ "cached layout", false, "none in \x1b[1m" },
		{ "the dump itself", true, NULL },
	}, declined[] = {
		{ "cached layout", false, "none in \x1b[1m" },
		{ "the dump itself", false, "too old" },
	};

	session->opts = *opts;
	if (asked_for("no-dump"))
		return fail(session, RMI_ERR_UNSUPPORTED, "not a dump");
	session->source = (struct rmi_source) {
		.core = opts->live ? "/proc/kcore" : opts->core, .format = "ELF dump",
		.architecture = "x86_64", .release = "6.1.0-56-cloud-amd64",
		.vmlinux = opts->vmlinux, .layouts = "DWARF", .symbols = ".symtab",
		.incomplete = asked_for("incomplete"),
		.matched = !asked_for("mismatch"), .has_kaslr_offset = true,
		.has_phys_base = true,
		.kaslr_offset = 0x1e000000,
		.page_size = 4096, .n_sources = 2,
		.vmcoreinfo_from = asked_for("found") ? "cpu" : "dump",
		.has_vmcoreinfo_address = asked_for("found"),
		.vmcoreinfo_address = asked_for("found") ? 0x3e8c0000 : 0,
		.sources = asked_for("no-debuginfo") ? declined : sources,
	};
	tell(session, RMI_LOG_STEP, "core %s, vmlinux %s", session->source.core,
	     opts->vmlinux ? opts->vmlinux : "(none)");
	for (size_t i = 0; opts->parts && opts->parts[i]; i++)
		tell(session, RMI_LOG_STEP, "part %s", opts->parts[i]);
	if (asked_for("tell-cache"))
		tell(session, RMI_LOG_STEP, "cache %s",
		     opts->cache_dir ? opts->cache_dir : "(none)");
	if (asked_for("tell-tmpdir"))
		tell(session, RMI_LOG_STEP, "tmpdir %s",
		     opts->tmpdir ? opts->tmpdir : "(none)");
	if (asked_for("tell-live"))
		tell(session, RMI_LOG_STEP, "live%s", opts->core ? " core" : "");
	if (asked_for("tell-sources"))
		tell_sources(session);
	if (opts->redact)
		tell(session, RMI_LOG_STEP, "redacting");
	if (asked_for("download"))
		return download(session);
	if (asked_for("mismatch") && !opts->force)
		return fail(session, RMI_ERR_MISMATCH,
			    "build-id of the dump is aa, of the vmlinux bb");
	if (asked_for("no-debuginfo"))
		return fail(session, RMI_ERR_NOT_FOUND,
			    "no debug information found");
	if (asked_for("no-memory"))
		return fail(session, RMI_ERR_NO_MEMORY, "out of memory");
	if (asked_for("warning"))
		tell(session, RMI_LOG_WARNING, "a \x1b[1mwarning");
	return RMI_OK;
}

const char *rmi_session_error(const struct rmi_session *session)
{
	return session->error;
}

const struct rmi_source *rmi_session_source(const struct rmi_session *session)
{
	return &session->source;
}

rmi_status rmi_session_find(struct rmi_session *session,
			    const struct rmi_place *place, uint64_t *ret_pfn)
{
	if (place->address == 0xdead)
		return fail(session, RMI_ERR_NOT_FOUND,
			    "nothing is mapped there");
	if (asked_for("real-places")) {
		*ret_pfn = place->door == RMI_DOOR_PHYS ?
			   place->address >> 12 :
			   (place->address & 0xffffffffff) / 64;
		return RMI_OK;
	}
	*ret_pfn = place->door == RMI_DOOR_VIRT ? place->pid :
						  place->address;
	return RMI_OK;
}

/* ---- places of many pages ---- */

static const struct rmi_found some_found[] = {
	{ { 0xafab, 0xafab }, true, 0x7f1c6ff15000 },
	{ { 0x805, 0x806 }, true, 0x7f1c6ff16000 },
};

static const struct rmi_detail mm_details[] = {
	{ "VMAs", RMI_DETAIL_NUMBER, NULL, 31 },
	{ "pages present", RMI_DETAIL_NUMBER, NULL, 3 },
	{ "swapped", RMI_DETAIL_NUMBER, NULL, 12 },
};

static const struct rmi_detail file_details[] = {
	{ "pages present", RMI_DETAIL_NUMBER, NULL, 1 },
	{ "swapped", RMI_DETAIL_NUMBER, NULL, 2 },
	{ "to", RMI_DETAIL_TEXT, "0:0x12 0:0x13", 0 },
};

static const struct rmi_detail poison_details[] = {
	{ "pages poisoned", RMI_DETAIL_NUMBER, NULL, 1 },
};

static const struct rmi_detail no_details[] = {
	{ "pages present", RMI_DETAIL_NUMBER, NULL, 0 },
};

static const struct rmi_gap place_gaps[] = {
	{ "page table", "pte table at frame 0x12", "\x1b[1mexcluded" },
};

#define MM_OF(address_, tasks_)						\
	.type = "mm", .address = address_, .in_mm = true, tasks_,	\
	.complete = true

#define ALL_OF_MEMORY	UINT64_MAX

static const struct {
	uint64_t id;		/* the PID or the address asked for */
	size_t n_found;
	struct rmi_object object;
} objects[] = {
	{ 97, 2, { MM_OF(0xffff8b1501000000, LIST(tasks, sharing_tasks)),
		   LIST(details, mm_details) } },
	{ 98, 0, { MM_OF(0xffff8b1501001000, LIST(tasks, hostile_tasks)),
		   LIST(details, no_details) } },
	{ 0xffff8b1501009000, 1, {
		.type = "mm", .address = 0xffff8b1501009000, .in_mm = true,
		LIST(details, no_details), LIST(gaps, place_gaps) } },
	{ 0xffff8b1502000400, 1, {
		.type = "vma", .address = 0xffff8b1502000400, .in_mm = true,
		.n_tasks = 1, .tasks = tree_tasks, .has_bounds = true,
		.start = 0x7f0000000000, .end = 0x7f0000020000,
		.path = "/usr/lib/\x1blibc.so.6", LIST(details, no_details),
		.complete = true } },
	{ ALL_OF_MEMORY, 1, { .type = "memory", LIST(details, poison_details),
		  LIST(gaps, place_gaps) } },
	{ 12, 1, {
		.type = "file", .address = 0xffff8b1505000000,
		.path = "/disk/data", .has_inode = true, .dev_major = 0xfe,
		.dev_minor = 1, .inode = 12, LIST(details, file_details),
		.complete = true } },
	{ (0xfeULL << 32 | 0x10) + 4711, 1, {
		.type = "file", .address = 0xffff8b1505001000,
		.has_inode = true, .dev_major = 0xfe, .dev_minor = 0x10,
		.inode = 4711, LIST(details, no_details), .complete = true } },
};

/* A file is known by its device and inode; one by a path is inode 12. */
static uint64_t id_of(const struct rmi_place *place)
{
	if (place->door == RMI_DOOR_FILE && !place->path)
		return ((uint64_t)place->dev_major << 32 | place->dev_minor) +
		       place->inode;
	if (place->door == RMI_DOOR_HWPOISON)
		return asked_for("no-poison") ? 0 : ALL_OF_MEMORY;
	if (place->door == RMI_DOOR_FILE)
		return strcmp(place->path, "/disk/data") ? 0 : 12;
	return place->door == RMI_DOOR_PID ? place->pid : place->address;
}

rmi_status rmi_session_find_all(struct rmi_session *session,
				const struct rmi_place *place,
				const struct rmi_find_control *control)
{
	struct rmi_found one = { .has_at = false };

	if (place->door <= RMI_DOOR_VIRT) {
		rmi_status status = rmi_session_find(session, place,
						     &one.range.first);

		one.range.last = one.range.first;
		if (status == RMI_OK)
			control->found(&one, control->arg);
		return status;
	}
	for (size_t i = 0; i < N_ITEMS(objects); i++) {
		if (objects[i].id != id_of(place))
			continue;
		for (size_t n = 0; n < objects[i].n_found; n++) {
			struct rmi_found found = some_found[n];

			found.has_at = place->door != RMI_DOOR_HWPOISON;
			control->found(&found, control->arg);
		}
		control->object(&objects[i].object, control->arg);
		return RMI_OK;
	}
	return fail(session, RMI_ERR_NOT_FOUND, "no such address space");
}

/* FAKE_LOG: a file; each line is a record, in which a tab stands for newline. */
rmi_status rmi_session_log(struct rmi_session *session, rmi_log_record_fn *fn,
			   void *arg)
{
	const char *path = getenv("FAKE_LOG");
	FILE *file = path ? fopen(path, "r") : NULL;
	struct rmi_log_record record = { .seq = 40 };
	char text[1024];
	bool more = true;

	if (!file)
		return fail(session, RMI_ERR_NOT_FOUND,
			    "the log cannot be found");
	while (more && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		for (char *c = text; *c; c++)
			if (*c == '\t')
				*c = '\n';
		record.ns = record.seq * 1000000100;
		record.text = text;
		more = fn(&record, arg);
		record.seq++;
	}
	fclose(file);
	return RMI_OK;
}

rmi_status rmi_session_info(struct rmi_session *session,
			    struct rmi_info *ret_info)
{
	(void)session;
	*ret_info = (struct rmi_info) { .size = ret_info->size };
	if (asked_for("know-nothing"))
		return RMI_OK;
	*ret_info = (struct rmi_info) {
		.size = ret_info->size,
		.compression = "zstd",
		.has_pages_present = true, .pages_present = 24140,
		.has_pages_excluded = true, .pages_excluded = 155793,
		.has_crash_time = true,
		.crash_time = asked_for("any-time") ? INT64_MAX : 1795370815,
		.host = "db\x1b[31m1",
	};
	return RMI_OK;
}

rmi_status rmi_session_layout(struct rmi_session *session, rmi_layout_fn *fn,
			      void *arg)
{
	static const char *const info[] = { "compound_info", "compound_head" };
	static const char *const order[] = { "compound_order" };
	static const struct rmi_layout_entry entries[] = {
		{ .kind = "struct", .name = "page", .n_paths = 1,
		  .paths = order, .required = true, .path = "page",
		  .bytes = 64, .source = "BTF" },
		{ .kind = "member", .name = "page.compound_info",
		  .n_paths = 2, .paths = info, .required = true,
		  .path = "compound_head", .offset = 8, .bytes = 8,
		  .count = 1, .source = "BTF" },
		{ .kind = "member", .name = "page.compound_order",
		  .n_paths = 1, .paths = order, .source = "BTF" },
		{ .kind = "enumerator", .name = "PG_head", .path = "PG_head",
		  .value = 6, .source = "BTF" },
		{ .kind = "symbol", .name = "init_task", .required = true,
		  .path = "init_task", .address = 0xffffffff9f00f940,
		  .source = "kallsyms in the dump" },
	};

	(void)session;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		fn(&entries[i], arg);
	return RMI_OK;
}

const struct rmi_gap *rmi_session_gaps(struct rmi_session *session,
				       size_t *ret_n)
{
	static const struct rmi_gap gaps[] = {
		{ "task list", "task 0xffff88800512ba80", "cut short" },
		{ "task list", NULL, "seen by a clone" },
	};

	*ret_n = asked_for("session-gap") ? 1 : 0;
	if (session->is_clone && asked_for("clone-gap"))
		*ret_n = 2;
	return gaps;
}

rmi_status rmi_session_family(struct rmi_session *session, uint64_t anon_vma,
			      rmi_family_fn *fn, void *arg)
{
	if (anon_vma == 0xdead)
		return fail(session, RMI_ERR_CORRUPT,
			    "0xdead is no anon_vma");
	if (anon_vma == 0x400)
		tell_made_family(401, 400, fn, arg);
	else if (anon_vma > 0x1000 && anon_vma < 0x1000 + MAX_MEMBERS)
		tell_made_family(anon_vma - 0x1000, 2, fn, arg);
	else
		fn(&small_family, arg);
	return RMI_OK;
}

rmi_status rmi_session_ksm(struct rmi_session *session,
			   const struct rmi_ksm_request *request)
{
	static const struct rmi_query plain = { .method = RMI_METHOD_RMAP };
	struct rmi_ksm_summary summary = ksm_summary;

	if (asked_for("no-ksm"))
		return fail(session, RMI_ERR_NOT_FOUND, "no KSM");
	for (size_t i = 0; i < N_ITEMS(ksm_nodes); i++) {
		struct rmi_ksm_node node = ksm_nodes[i];
		struct rmi_page page = answer_for(node.pfn, &plain);

		if (request->node && request->node != node.node)
			continue;
		if (node.has_pfn && !node.stale)
			node.page = &page;
		request->node_fn(&node, request->arg);
	}
	if (request->node) {
		summary.complete = true;
		summary.n_gaps = 0;
	}
	request->summary_fn(&summary, request->arg);
	return RMI_OK;
}

static const struct rmi_task summary_tasks[] = {
	{ 300, "server" }, { 301, "\x1b[1mworker" }, { 302, "helper" },
};

static const struct rmi_process_sum process_sums[] = {
	{
		.mm = 0xffff8b1501000000, .n_tasks = 1, .tasks = summary_tasks,
		.n_vmas = 12, .covered = 4096, .resident = 300, .anon = 200,
		.file = 60, .shmem = 40, .unique = 100,
		.proportional = 819200, .hugetlb = 512, .raw = 2,
		.swapped = 7, .not_present = 1, .swapped_shmem = 2,
		.swap_proportional = 14336, .has_swap_proportional = true,
	}, {
		.mm = 0xffff8b1501001000, .n_tasks = 2,
		.tasks = &summary_tasks[1], .n_vmas = 11, .covered = 4096,
		.resident = 280, .anon = 180, .file = 60, .shmem = 40,
		.unique = 80, .proportional = 921600,
	}, {
		.mm = 0xffff8b1501002000, .n_vmas = 1, .covered = 1,
	},
};

static const struct rmi_process_sum *const summary_sharers[] = {
	&process_sums[0], &process_sums[1],
};

static const struct rmi_kind_sum kind_sums[] = {
	{ "free", { .frames = 200000 } },
	{ "anon", { 61000, 60000, 120000, 59000 } },
	{ "kernel", { .frames = 1144 } },
};

static const struct rmi_sharing sharings[] = {
	{ 200, 400, 0x1000, N_ITEMS(summary_sharers), summary_sharers },
};

static const struct rmi_memcg summary_memcg = {
	0xffff8b1509000000, "/lab", "dying", 77, NULL,
};

static const struct rmi_file_sum file_sums[] = {
	{
		.mapping = 0xffff8b1508000000, .path = "/srv/\x1b" "data",
		.filesystem = "ext4", .inode = 12, .major = 8, .minor = 1,
		.known = true, .sum = { 100, 60, 120, 3 },
	}, {
		.mapping = 0xffff8b1508000100, .filesystem = "tmpfs",
		.inode = 5, .minor = 24, .known = true,
		.sum = { .frames = 40 },
	}, {
		.mapping = 0xffff8b1508000200, .sum = { .frames = 1 },
	},
};

/* For who writes HTML, or JSON into it. */
#define MARKUP	"</script><script>owned=1</script><!--<script><b>" \
		"<img src=x onerror=owned=1>\"'&amp;\u2028\xff\u202e"

static const struct rmi_task markup_tasks[] = { { 300, MARKUP } };

static const struct rmi_process_sum markup_processes[] = {
	{
		.mm = 0xffff8b1501000000, LIST(tasks, markup_tasks),
		.proportional = 819200,
	},
};

static const struct rmi_file_sum markup_files[] = {
	{ .path = MARKUP, .filesystem = MARKUP, .sum = { .frames = 9 } },
};

static const struct rmi_gap markup_gaps[] = { { MARKUP, MARKUP, MARKUP } };

static const struct rmi_memcg_sum memcg_sums[] = {
	{ &summary_memcg, { 500, 400, 800, 0 } },
	{ NULL, { .frames = 3 } },
};

static const struct rmi_family_sum family_sums[] = {
	{ 0xffff8b1503c0a270, 3, 2, { 380, 380, 700, 1 } },
};

static const struct rmi_page_sum page_sums[] = {
	{ 0x1000, "anon", 65 }, { 0x1001, "file", 3 },
};

static const struct rmi_gap summary_gaps[] = {
	{ "mappings", "PFN 0x2000", "the kernel counts 3, 2 were found" },
};

static const struct rmi_gap summary_stop_gaps[] = {
	{ "address spaces", "1 of 3", "stopped at 1 of 3 address spaces" },
};

static const struct rmi_kind_sum stopped_kinds[] = {
	{ "anon", { 61000, RMI_UNKNOWN, RMI_UNKNOWN, 59000 } },
};

static const struct rmi_process_sum stopped_process = {
	.mm = 0xffff8b1501000000, .n_tasks = 1, .tasks = summary_tasks,
	.n_vmas = 12, .covered = 4096, .resident = 300, .anon = 200,
	.file = 60, .shmem = 40, .unique = RMI_UNKNOWN,
	.proportional = RMI_UNKNOWN, .hugetlb = 512, .swapped = 7,
	.swapped_shmem = RMI_UNKNOWN,
};

static const struct rmi_summary stopped_summary = {
	.page_size = 4096,
	.all = { 262144, RMI_UNKNOWN, RMI_UNKNOWN, 59003 },
	LIST(kinds, stopped_kinds),
	.n_processes = 1, .processes = &stopped_process,
	.n_all_sharings = RMI_UNKNOWN, .n_all_pages = RMI_UNKNOWN,
	.ksm_saved = RMI_UNKNOWN,
	.partial = true,
	LIST(gaps, summary_stop_gaps),
};

static const struct rmi_gap stop_gaps[] = {
	{ "pages", "4 of 4000", "stopped at 1 of 100 stretches" },
};

rmi_status rmi_session_summary(struct rmi_session *session,
			       const struct rmi_summary_request *request)
{
	struct rmi_summary summary = {
		.page_size = 4096,
		.all = { 262144, 60000, 120000, 59003 },
		LIST(kinds, kind_sums),
		LIST(processes, process_sums),
		LIST(sharings, sharings), .n_all_sharings = 9,
		LIST(files, file_sums), .n_all_files = 30,
		LIST(memcgs, memcg_sums),
		LIST(families, family_sums), .n_all_families = 4,
		LIST(pages, page_sums), .n_all_pages = 1000,
		.ksm_saved = 31,
		.complete = !asked_for("summary-gaps"),
		.n_gaps = asked_for("summary-gaps"),
		.gaps = summary_gaps,
	};

	if (asked_for("slow-memmap"))
		return download(session);
	if (asked_for("slow") && download(session) == RMI_ERR_CANCELLED) {
		request->fn(&stopped_summary, request->arg);
		return RMI_OK;
	}
	if (asked_for("markup")) {
		summary.n_processes = N_ITEMS(markup_processes);
		summary.processes = markup_processes;
		summary.n_files = N_ITEMS(markup_files);
		summary.files = markup_files;
		summary.n_gaps = N_ITEMS(markup_gaps);
		summary.gaps = markup_gaps;
		summary.complete = false;
	}
	if (asked_for("no-summary"))
		return fail(session, RMI_ERR_NO_MEMORY, "out of memory");
	snprintf(session->error, sizeof(session->error), "%zu jobs, top %zu",
		 request->jobs, request->top);
	request->fn(&summary, request->arg);
	return RMI_OK;
}

static const struct rmi_stretch_vma stretch_vmas[] = {
	{
		.mm = 0xffff8b1501000000, .n_tasks = 2, .tasks = summary_tasks,
		.vma = 0xffff8b1502000000, .start = 0x400000, .end = 0x402000,
		.perm = "rw-p",
	}, {
		.mm = 0xffff8b1501001000, .vma = 0xffff8b1502000100,
		.start = 0, .end = 0x1000, .perm = "r--p",
	},
};

static const struct rmi_stretch_mapping stretch_mappings[] = {
	{ .vma = 0, .plain = true, .address = 0x400000 }, { .vma = 1 },
	{ .vma = 0, .level = 1, .address = 0x401000 },
	{ .vma = 0, .state = 1, .address = 0x400000 },
};

const char *rmi_level_name(uint8_t level)
{
	static const char *const names[] = { "pte", "pmd" };

	return names[level];
}

const char *rmi_state_name(uint8_t state)
{
	static const char *const names[] = { "mapped", "device-private" };

	return names[state];
}

static const struct rmi_memcg quoted_memcg = {
	.address = 0xffff8b1509000100, .path = "/\"\x1b", .state = "online",
};

static const struct rmi_stretch_page stretch_pages[] = {
	{
		.pfn = 0x1000, .kind = "anon", .object = 0xffff8b1503c0a270,
		.index = 0x7f1c6ff15, .memcg = &quoted_memcg,
		.has_count = true, .count = 2, .listed = true,
		.order = 2, .dirty = true,
		LIST(mappings, stretch_mappings),
	}, {
		.pfn = 0, .kind = "file", .object = 0xffff8b1503c0a280,
		.path = "/srv/\"\033data",
		.has_count = true, .count = -1, .listed = true,
		.n_mappings = 1, .mappings = &stretch_mappings[1],
		.gap = "excluded from the dump",
	},
	{ .pfn = 0xfffffffff, .kind = "zero" },
	{ .pfn = 0x2000, .kind = "free", .listed = true },
};

/* Whose bytes go straight to the caller. */
struct rmi_sheet {
	char bytes[4096];
	const struct rmi_all_request *request;
};

char *rmi_sheet_room(struct rmi_sheet *sheet, size_t n)
{
	return n <= sizeof(sheet->bytes) ? sheet->bytes : NULL;
}

void rmi_sheet_filled(struct rmi_sheet *sheet, size_t n)
{
	sheet->request->print(sheet->bytes, n, sheet->request->arg);
}

static void work_slowly(struct rmi_session *session)
{
	for (uint64_t i = 0; i < 13; i++) {
		session->opts.progress("page tables", i, 13,
				       session->opts.arg);
		usleep(100 * 1000);
	}
}

rmi_status rmi_session_all(struct rmi_session *session,
			   const struct rmi_all_request *request,
			   struct rmi_all *ret_all)
{
	const struct rmi_stretch stretch = {
		LIST(vmas, stretch_vmas), LIST(pages, stretch_pages),
	};
	struct rmi_sheet sheet = { .request = request };

	if (request->filter.kinds)
		return fail(session, RMI_ERR_NOT_FOUND,
			    "there is no kind of page called '%s'",
			    request->filter.kinds[0]);
	if (asked_for("long"))
		work_slowly(session);
	request->stretch(&stretch, &sheet, request->arg);
	if (asked_for("long"))
		work_slowly(session);
	*ret_all = (struct rmi_all) {
		.n_pages = N_ITEMS(stretch_pages), .n_mappings = 3,
		.n_incomplete = 1, .n_wanted = N_ITEMS(stretch_pages),
		.n_gaps = asked_for("summary-gaps"), .gaps = summary_gaps,
	};
	if (asked_for("slow") && download(session) == RMI_ERR_CANCELLED) {
		ret_all->partial = true;
		ret_all->n_wanted = asked_for("slow-count") ? 0 : 4000;
		ret_all->n_gaps = N_ITEMS(stop_gaps);
		ret_all->gaps = stop_gaps;
	}
	return RMI_OK;
}

static const struct rmi_finding_object finding_objects[] = {
	{ "anon_vma", 0xffff8b1503c0a270 }, { "AVC", 0xffff8b1503c0b000 },
};

static const struct rmi_audit_rule broken_rules[] = {
	{ "anon-reach", "a page is mapped where it should be", 0, true },
	{ "tree-order", "intervals are ordered", 3, true },
};

static const struct rmi_audit_rule kept_rules[] = {
	{ "anon-reach", "a page is mapped where it should be", 0, true },
	{ "tree-order", "intervals are ordered", 0, true },
};

static const struct rmi_audit_rule stopped_rules[] = {
	{ "anon-reach", "a page is mapped where it should be", 0, true },
	{ "tree-order", "intervals are ordered", 0, false },
};

static const struct rmi_finding findings[] = {
	{ "tree-order", "intervals are ordered", "corruption",
	  N_ITEMS(finding_objects), finding_objects, "start: 2 before 1",
	  NULL, 0, 0, 0, NULL },
	{ "tree-order", "intervals are ordered", "mid-update",
	  1, finding_objects, "start: 4 before 3", "anon_vma.rwsem",
	  0xffff8b1503c0a270, 0xffff8b1504000000, 1201, "work\033er" },
};

static const struct rmi_gap audit_gaps[] = {
	{ "AVC list", "VMA 0xffff8b1501000000", "page excluded" },
};

static const struct rmi_gap audit_stop_gaps[] = {
	{ "rules", "1 of 2 checked wholly", "stopped at 1 of 9 spaces" },
};

rmi_status rmi_session_audit(struct rmi_session *session,
			     const struct rmi_audit_request *request)
{
	struct rmi_audit audit = {
		.n_frames = 262144, .n_processes = 2, .n_vmas = 30,
		.n_avcs = 7, .n_anon_vmas = 5, .n_files = 3,
		.n_stable_nodes = 1, .n_mappings = 4096,
		LIST(rules, kept_rules),
		.complete = !asked_for("audit-gaps"),
		.n_gaps = asked_for("audit-gaps"),
		.gaps = audit_gaps,
	};

	if (asked_for("no-audit"))
		return fail(session, RMI_ERR_NO_MEMORY, "out of memory");
	if (asked_for("findings")) {
		audit.rules = broken_rules;
		audit.n_findings = N_ITEMS(findings);
		audit.findings = findings;
		audit.n_all_findings = 3;
	}
	if (asked_for("slow") && download(session) == RMI_ERR_CANCELLED) {
		audit.rules = stopped_rules;
		audit.partial = true;
		audit.complete = false;
		audit.n_gaps = N_ITEMS(audit_stop_gaps);
		audit.gaps = audit_stop_gaps;
	}
	request->fn(&audit, request->arg);
	return RMI_OK;
}

/* ---- an export: of each type a value, and the tables that views are of ---- */

static const struct rmi_column export_dump[] = {
	{ "key", RMI_VALUE_TEXT, "" }, { "value", RMI_VALUE_TEXT, "" },
};

static const struct rmi_column export_page[] = {
	{ "pfn", RMI_VALUE_INTEGER, "" },
	{ "mappings", RMI_VALUE_INTEGER, "" },
	{ "unexplained", RMI_VALUE_INTEGER, "" },
	{ "anon_vma", RMI_VALUE_INTEGER, "anon_vma" },
};

static const struct rmi_column export_anon_vma[] = {
	{ "id", RMI_VALUE_INTEGER, "" }, { "address", RMI_VALUE_ADDRESS, "" },
};

static const struct rmi_column export_mapping[] = {
	{ "pfn", RMI_VALUE_INTEGER, "page" },
	{ "address", RMI_VALUE_INTEGER, "" },
};

enum { FAKE_DUMP, FAKE_PAGE, FAKE_ANON_VMA, FAKE_MAPPING };

static const struct rmi_table export_tables[] = {
	[FAKE_DUMP] = { "dump", N_ITEMS(export_dump), export_dump, true },
	[FAKE_PAGE] = { "page", N_ITEMS(export_page), export_page, true },
	[FAKE_ANON_VMA] = { "anon_vma", N_ITEMS(export_anon_vma),
			    export_anon_vma, true },
	[FAKE_MAPPING] = { "mapping", N_ITEMS(export_mapping), export_mapping,
			   false },
};

const struct rmi_table *rmi_export_tables(size_t *ret_n)
{
	*ret_n = N_ITEMS(export_tables);
	return export_tables;
}

#define INTEGER(n)	{ RMI_VALUE_INTEGER, n, NULL }
#define TEXT(s)		{ RMI_VALUE_TEXT, 0, s }
#define UNKNOWN		{ RMI_VALUE_NULL, 0, NULL }

static const struct {
	size_t table;
	struct rmi_value values[4];
} export_rows[] = {
	{ FAKE_DUMP, { TEXT("core"), TEXT("/a \"quoted\" \x1b name \xff") } },
	{ FAKE_DUMP, { TEXT("host"), UNKNOWN } },
	{ FAKE_MAPPING, { INTEGER(0x1000), INTEGER(0x7fffffffe000) } },
	{ FAKE_MAPPING, { INTEGER(0x1000), INTEGER(0x7fffffffe000) } },
	{ FAKE_PAGE, { INTEGER(0x1000), INTEGER(2), INTEGER(-1), INTEGER(1) } },
	{ FAKE_PAGE, { INTEGER(0xfffffffff), INTEGER(0), UNKNOWN, UNKNOWN } },
	{ FAKE_ANON_VMA, { INTEGER(1), { RMI_VALUE_ADDRESS,
				(int64_t)0xffff8b1503c0a270, NULL } } },
};

/* As many as a disk has no room for. */
static bool export_without_end(const struct rmi_export_request *request)
{
	struct rmi_value row[] = { INTEGER(0), INTEGER(0x400000) };

	while (row[0].number++ < 10000000)
		if (!request->row(&export_tables[FAKE_MAPPING], row,
				  request->arg))
			return false;
	return true;
}

rmi_status rmi_session_export(struct rmi_session *session,
			      const struct rmi_export_request *request,
			      struct rmi_export *ret_export)
{
	*ret_export = (struct rmi_export) {
		N_ITEMS(export_rows), asked_for("export-gaps") ? 2 : 0,
	};
	if (asked_for("slow-export"))
		return download(session);
	if (asked_for("no-export"))
		return fail(session, RMI_ERR_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < N_ITEMS(export_rows); i++)
		if (!request->row(&export_tables[export_rows[i].table],
				  export_rows[i].values, request->arg))
			return fail(session, RMI_ERR_CANCELLED, "cancelled");
	if (asked_for("endless-export") && !export_without_end(request))
		return fail(session, RMI_ERR_CANCELLED, "cancelled");
	return RMI_OK;
}

rmi_status rmi_session_query(struct rmi_session *session,
			     const struct rmi_query *query,
			     rmi_page_fn *fn, void *arg)
{
	for (size_t i = 0; i < query->n_ranges; i++) {
		uint64_t last = query->ranges[i].last;
		uint64_t pfn = query->ranges[i].first;

		/* last may be the last there is, so it cannot be passed. */
		do {
			struct rmi_page page = answer_for(pfn, query);

			if (pfn == PFN_BROKEN)
				return fail(session, RMI_ERR_CORRUPT,
					    "PFN 0x%" PRIx64 ": damaged", pfn);
			if (pfn == PFN_SLOW)
				work_slowly(session);
			if (!fn(&page, arg))
				return RMI_OK;
		} while (pfn++ != last);
	}
	return RMI_OK;
}

/*
 * Offset 0: nobody's; 1: not all was seen; 4: of shared memory; others: two
 * entries.
 */
rmi_status rmi_session_swap(struct rmi_session *session,
			    const struct rmi_swap_query *query,
			    rmi_swap_fn *fn, void *arg)
{
	for (size_t i = 0; i < query->n_entries; i++) {
		struct rmi_swap swap = {
			.entry = query->entries[i],
			.complete = true, .has_count = true,
			.has_cached = true,
		};

		if (swap.entry.offset == 0xdead)
			return fail(session, RMI_ERR_CORRUPT, "damaged");
		if (swap.entry.offset == 1) {
			swap.complete = swap.has_count = false;
			swap.has_cached = false;
			swap.n_gaps = N_ITEMS(swap_gaps);
			swap.gaps = swap_gaps;
		} else if (swap.entry.offset == 4) {
			swap.has_count = false;
			swap.file = &swapped_file;
		} else if (swap.entry.offset) {
			swap.count = swap.n_mappings = N_ITEMS(swap_mappings);
			swap.mappings = swap_mappings;
			swap.cached = swap.has_pfn = true;
			swap.pfn = 0x700;
		}
		if (!fn(&swap, arg))
			return RMI_OK;
	}
	return RMI_OK;
}

const char *rmi_version(void)
{
	return "1.0.0-fake";
}
