/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the unit tests share: short assertions, and a synthetic machine.
 *
 * A world is a memory image with a kernel bound to it: a kernel page table
 * with a direct map and a virtual memmap, an init_task, and builders for the
 * structures that the walks read. Everything goes into the image through the
 * same layout table that the code under test reads with, so that a test names
 * members, never offsets.
 *
 * Each object gets pages of its own: one page that fails is one object that
 * cannot be seen.
 */
#ifndef RMAP_INSPECT_TESTS_WORLD_H
#define RMAP_INSPECT_TESTS_WORLD_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/gaps.h"
#include "base/map.h"
#include "base/status.h"
#include "base/vec.h"
#include "image/image.h"
#include "kernel/kernel.h"
#include "mm/interval_tree.h"
#include "mm/vma.h"

/* ---- assertions ---- */

#define ck_status(expr, want) do {					\
	enum status ck_got = (expr);					\
									\
	ck_assert_msg(ck_got == (want), "%s: \"%s\", not \"%s\"",	\
		      #expr, status_text(ck_got), status_text(want));	\
} while (0)

#define ck_ok(expr)	ck_status(expr, ST_OK)

#define ck_contains(text, words)					\
	ck_assert_msg(strstr(text, words) != NULL,			\
		      "\"%s\" does not say \"%s\"", text, words)

#define ARRAY_LEN(array)	(sizeof(array) / sizeof((array)[0]))

/* Some gap says all of what and why (parts of the words are enough). */
static inline bool has_gap(const struct gaps *gaps, const char *what,
			   const char *why)
{
	for (size_t i = 0; i < gaps->list.n; i++)
		if (strstr(gaps->list.items[i].what, what) &&
		    strstr(gaps->list.items[i].why, why))
			return true;
	return false;
}

#define ck_gap(gaps, of, words)						\
	ck_assert_msg(has_gap(gaps, of, words),				\
		      "%zu gaps, none of them \"%s: %s\"; the first: %s",	\
		      gaps_count(gaps), of, words,			\
		      (gaps)->list.n ? (gaps)->list.items[0].why : "-")

#define ck_no_gaps(gaps)						\
	ck_assert_msg(gaps_count(gaps) == 0, "%zu gaps, the first: %s: %s",	\
		      gaps_count(gaps),					\
		      (gaps)->list.n ? (gaps)->list.items[0].what : "-",	\
		      (gaps)->list.n ? (gaps)->list.items[0].why : "-")

/* A test, and the values of _i that it runs for: mostly rows of its table. */
struct test {
	const TTest *const *test;
	size_t first, end;
};

#define PLAIN(test)		{ &(test), 0, 1 }
#define ROWS(test, table)	{ &(test), 0, ARRAY_LEN(table) }
#define RANGE(test, first, end)	{ &(test), first, end }

/* Run the tests as one suite. The exit code of main(). */
static inline int run_suite(const char *name, const struct test *tests,
			    size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < n; i++)
		tcase_add_loop_test(tcase, *tests[i].test, tests[i].first,
				    tests[i].end);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- the world ---- */

/* Which kernel it looks like; offsets as in kernel-facts section 0. */
enum world_like {
	LIKE_5_10,	/* 4 levels, VMA list, compound_head, compound_order */
	LIKE_6_12,	/* 4 levels, maple tree, compound_head, page types */
	LIKE_7_3,	/* 5 levels, maple tree, masks in tails, anon_pgoff */
	N_LIKES,
};

DEFINE_VEC(pfn_vec, uint64_t)

struct world {
	enum world_like like;
	struct image *image;
	struct kernel *kernel;
	struct pfn_vec pages;	/* all frames of the image, for faults */
	struct map known;	/* the same, as a set */
	uint64_t next_pfn;	/* the next frame for world_alloc() */
	kaddr_t sections;	/* the array of struct mem_section */
	kaddr_t last_task;	/* the end of the task list */
};

struct world *world_new(enum world_like like);
void world_free(struct world *world);

/* Zeroed kernel memory on pages of its own. */
kaddr_t world_alloc(struct world *world, size_t size);

/* A structure of the kernel's size. */
kaddr_t world_object(struct world *world, enum struct_id type);

void world_write(struct world *world, kaddr_t address, const void *bytes,
		 size_t len);
void world_write_word(struct world *world, kaddr_t address, uint64_t value);

/* Set a member, or one element of a member that is an array. */
void world_set(struct world *world, kaddr_t object, enum member_id member,
	       uint64_t value);
void world_set_element(struct world *world, kaddr_t object,
		       enum member_id member, size_t i, uint64_t value);
uint64_t world_get(struct world *world, kaddr_t object, enum member_id member);

/* The frame that holds a kernel address; failing pages, and healing them. */
uint64_t world_frame_of(struct world *world, kaddr_t address);
void world_fail_frame(struct world *world, uint64_t frame, enum status st);
void world_fail(struct world *world, kaddr_t address, enum status st);

/* ---- page tables ---- */

#define PTE_PRESENT	0x067ULL	/* present, writable, user, A, D */
#define PTE_HUGE	0x0e7ULL	/* the same and PSE */

/* Store an entry, making the tables above it. pgd is physical. */
void world_map_raw(struct world *world, paddr_t pgd, uint64_t address,
		   enum pt_level level, uint64_t raw);

/* Map one small page in the mm. */
void world_map(struct world *world, kaddr_t mm, uint64_t address,
	       uint64_t pfn);
paddr_t world_pgd(struct world *world, kaddr_t mm);

/* A swap entry as x86 stores it in a page table. */
uint64_t world_swap_entry(unsigned int type, uint64_t offset);

/*
 * An entry that means this and names the frame; false: this kernel has no such
 * type.
 */
bool world_special_entry(const struct world *world, enum swap_meaning meaning,
			 uint64_t pfn, uint64_t *ret_raw);

/* Where the entry of that level for address is stored, in kernel memory. */
kaddr_t world_entry(struct world *world, paddr_t pgd, uint64_t address,
		    enum pt_level level);

/* ---- struct page ---- */

kaddr_t world_page(struct world *world, uint64_t pfn);
void world_set_page(struct world *world, uint64_t pfn, enum member_id member,
		    uint64_t value);

/* mapping with its low bits, index in the object, mapcount and refcount 1. */
void world_use_page(struct world *world, uint64_t pfn, uint64_t mapping,
		    uint64_t index);

/* Make pfn the head of a folio, its tails as the kernel has them. */
void world_make_folio(struct world *world, uint64_t pfn, unsigned int order);

void world_flag_page(struct world *world, uint64_t pfn,
		     enum enumerator_id flag);

/* ---- address spaces ---- */

/* An mm with an empty page table. */
kaddr_t world_mm(struct world *world);

/* A VMA; where and of what, as in vma (its address is filled in). */
void world_vma(struct world *world, struct vma *vma);

/* The container of an mm, list or maple tree, as the kernel has. */
void world_set_vmas(struct world *world, kaddr_t mm, const struct vma *vmas,
		    size_t n);

/* A maple node of type 1 (leaf), 2 or 3, with pivots and slots; its word. */
uint64_t world_maple_node(struct world *world, unsigned int type,
			  const uint64_t *pivots, const uint64_t *slots,
			  size_t n);

/* A process at the end of the task list; a thread of one. mm may be 0. */
kaddr_t world_task(struct world *world, uint32_t pid, kaddr_t mm,
		   const char *comm);
kaddr_t world_thread(struct world *world, kaddr_t leader, uint32_t pid,
		     kaddr_t mm);

/* ---- the reverse map ---- */

#define WORLD_TREE_MAX	64

/* An anon_vma, its root also its parent; root 0: its own root. */
kaddr_t world_anon_vma(struct world *world, kaddr_t root);

/*
 * Link the VMAs into the anon_vma's tree, and the AVCs in front of the VMAs'
 * lists; ret_avcs (or NULL) gets the AVCs.
 */
void world_anon_tree(struct world *world, kaddr_t anon_vma,
		     const struct vma *vmas, size_t n, kaddr_t *ret_avcs);

/* An address_space, and its i_mmap tree. */
kaddr_t world_mapping(struct world *world);
void world_file_tree(struct world *world, kaddr_t mapping,
		     const struct vma *vmas, size_t n);

/* A KSM stable node of a frame; rmap items in front of its list. */
kaddr_t world_stable_node(struct world *world, uint64_t pfn);
kaddr_t world_rmap_item(struct world *world, kaddr_t stable_node,
			kaddr_t anon_vma, uint64_t address);

/* ---- cgroups ---- */

/* A cgroup and its directory; parent 0: the root of its hierarchy. */
kaddr_t world_cgroup(struct world *world, kaddr_t parent, const char *name,
		     uint64_t inode);

/* A mem_cgroup of it, with css.flags; an obj_cgroup that charges one. */
kaddr_t world_memcg(struct world *world, kaddr_t cgroup, uint64_t flags);
kaddr_t world_obj_cgroup(struct world *world, kaddr_t memcg);

/* ---- paths ---- */

/* A hashed dentry; parent 0: its own parent, unhashed. */
kaddr_t world_dentry(struct world *world, kaddr_t parent, const char *name);

/* A mount; parent 0: nothing above. */
kaddr_t world_mount(struct world *world, kaddr_t root, kaddr_t parent,
		    kaddr_t mountpoint);
kaddr_t world_file(struct world *world, kaddr_t mount, kaddr_t dentry);

/* The same below overlayfs, and where the user opened it. */
kaddr_t world_backing_file(struct world *world, kaddr_t mount, kaddr_t dentry,
			   kaddr_t user_mount, kaddr_t user_dentry);

/* The superblock of a file system; its mounts are added one by one. */
kaddr_t world_super_block(struct world *world, const char *type, uint32_t dev,
			  kaddr_t root);
void world_add_mount(struct world *world, kaddr_t sb, kaddr_t mount);

/* An inode with one link; its names in memory are added one by one. */
kaddr_t world_inode(struct world *world, kaddr_t sb, uint64_t number);
void world_add_alias(struct world *world, kaddr_t inode, kaddr_t dentry);

/*
 * Struct pages for a small section, each of a page that nobody maps; where they
 * lie is what the memmap says of section 0.
 */
#define WORLD_SECTION_BITS	22
#define WORLD_SECTION_FRAMES	(1u << (WORLD_SECTION_BITS - 12))

void world_give_struct_pages(struct world *world, unsigned int section);

#endif
