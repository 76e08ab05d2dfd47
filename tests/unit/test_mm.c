/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/mm over synthetic kernels: struct page, maple tree, VMAs, interval
 * trees, page tables, tasks and paths. Tests that hold for any kernel run
 * once for each that the world can be like (_i).
 */
#include "world.h"

#include "mm/inode_list.h"
#include "mm/interval_tree.h"
#include "mm/maple.h"
#include "mm/memmap.h"
#include "mm/memmap_scan.h"
#include "mm/page.h"
#include "mm/page_cache.h"
#include "mm/shmem.h"
#include "mm/path.h"
#include "mm/pgtable.h"
#include "mm/resident.h"
#include "mm/swap.h"
#include "mm/task.h"
#include "mm/vma.h"
#include "mm/xarray.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)
#define MAPLE_LIKES(test)	RANGE(test, LIKE_6_12, N_LIKES)

/* What a walk handed out, in order. */
DEFINE_VEC(told_vec, uint64_t)

struct told {
	struct told_vec list;
	enum status answer;	/* to the visit number stop_at */
	size_t stop_at;
};

static enum status tell(struct told *told, uint64_t value)
{
	ck_ok(told_vec_push(&told->list, value));
	return told->answer && told->list.n == told->stop_at ?
	       told->answer : ST_OK;
}

static void check_told(struct told *told, const uint64_t *want, size_t n)
{
	ck_assert_uint_eq(told->list.n, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(told->list.items[i] == want[i],
			      "number %zu is %#llx, not %#llx", i,
			      (unsigned long long)told->list.items[i],
			      (unsigned long long)want[i]);
	told_vec_fini(&told->list);
}

#define ck_told(told, ...) do {						\
	const uint64_t ck_want[] = { __VA_ARGS__ };			\
									\
	check_told(told, ck_want, ARRAY_LEN(ck_want));			\
} while (0)

#define ck_told_nothing(told)	check_told(told, NULL, 0)

/* ---- struct page ---- */

START_TEST(single_page)
{
	struct world *world = world_new(_i);
	struct page page;

	world_use_page(world, 0x1234, 0xdead0001, 77);
	ck_ok(page_read(world->kernel, PFN(0x1234), &page));
	ck_assert_uint_eq(page.pfn.v, 0x1234);
	ck_assert_uint_eq(page.address.v, world_page(world, 0x1234).v);
	ck_assert_uint_eq(page.head.v, page.address.v);
	ck_assert_uint_eq(page.head_pfn.v, 0x1234);
	ck_assert_uint_eq(page.order, 0);
	ck_assert_uint_eq(page.mapping, 0xdead0001);
	ck_assert_uint_eq(page_mapping_pointer(&page).v, 0xdead0000);
	ck_assert_uint_eq(page.index, 77);
	ck_assert_int_eq(page.refcount, 1);
	ck_assert_int_eq(page_mapcount(world->kernel, &page), 1);
	world_free(world);
}
END_TEST

/* ---- all struct pages ---- */

static enum status tell_run(const struct memmap_run *run, void *arg)
{
	enum status st = tell(arg, run->first.v);

	if (!st)
		st = tell(arg, run->n);
	return st ? st : tell(arg, run->page.v);
}

static kaddr_t second_section(const struct world *world)
{
	const struct layout *layout = &world->kernel->facts.layout;

	return kaddr_add(world->sections,
			 layout->structs[S_mem_section].size);
}

/* The second section was added later, and has two parts. */
static kaddr_t add_section(struct world *world)
{
	kaddr_t section = second_section(world);
	kaddr_t usage = world_object(world, S_mem_section_usage);

	world_set(world, section, M_mem_section_section_mem_map,
		  world_page(world, 0).v | 7);
	world_set(world, section, M_mem_section_usage, usage.v);
	world_set(world, usage, M_mem_section_usage_subsection_map,
		  1ULL << 1 | 1ULL << 63);
	return usage;
}

START_TEST(all_of_the_memmap)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	kaddr_t usage = add_section(world);

	ck_ok(memmap_for_each(world->kernel, tell_run, &told, &gaps));
	ck_told(&told, 0, 0x8000, world_page(world, 0).v,
		0x8200, 0x200, world_page(world, 0x8200).v,
		0xfe00, 0x200, world_page(world, 0xfe00).v);
	ck_no_gaps(&gaps);
	world_fail(world, usage, ST_EXCLUDED);
	ck_ok(memmap_for_each(world->kernel, tell_run, &told, &gaps));
	ck_told(&told, 0, 0x8000, world_page(world, 0).v);
	ck_gap(&gaps, "memory sections", "excluded");
	gaps_clear(&gaps);
	world_fail(world, world->sections, ST_EXCLUDED);
	ck_ok(memmap_for_each(world->kernel, tell_run, &told, &gaps));
	ck_told_nothing(&told);
	ck_gap(&gaps, "memory sections", "excluded");
	gaps_clear(&gaps);
	world_fail(world, world->kernel->section_table, ST_EXCLUDED);
	ck_ok(memmap_for_each(world->kernel, tell_run, &told, &gaps));
	ck_gap(&gaps, "memory sections", "excluded");
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(root_of_sections_that_stands_twice)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	world_write_word(world, kaddr_add(world->kernel->section_table, 8),
			 world->sections.v);
	ck_ok(memmap_for_each(world->kernel, tell_run, &told, &gaps));
	ck_told(&told, 0, 0x8000, world_page(world, 0).v);
	ck_gap(&gaps, "memory sections", "circle");
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

static enum status tell_frame(pfn_t pfn, void *arg)
{
	return tell(arg, pfn.v);
}

/* A tail has flags of its own; what was never set up has none. */
START_TEST(frames_with_a_flag)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	add_section(world);
	world_flag_page(world, 0x1000, E_PG_swapbacked);
	world_make_folio(world, 0x1400, 9);
	world_flag_page(world, 0x1405, E_PG_swapbacked);
	world_flag_page(world, 0x2000, E_PG_lru);
	world_set_page(world, 0x2001, M_page_flags, UINT64_MAX);
	world_flag_page(world, 0xffff, E_PG_swapbacked);
	ck_ok(memmap_find_flagged(world->kernel, E_PG_swapbacked, tell_frame,
				  &told, &gaps));
	ck_told(&told, 0x1000, 0x1405, 0xffff);
	gaps_clear(&gaps);
	told.answer = ST_STOPPED;
	told.stop_at = 1;
	ck_status(memmap_find_flagged(world->kernel, E_PG_swapbacked,
				      tell_frame, &told, &gaps), ST_STOPPED);
	told_vec_fini(&told.list);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

/* Pages of the memmap that cannot be read are one gap, if they are neighbours. */
START_TEST(memmap_that_cannot_be_read)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	/* All other frames have one that was written. */
	for (uint64_t pfn = 0; pfn < 0x8000; pfn += 64)
		world_set_page(world, pfn, M_page_refcount, 0);
	world_flag_page(world, 0x1000, E_PG_hwpoison);
	for (uint64_t pfn = 0x1040; pfn < 0x1100; pfn += 64)
		world_fail(world, world_page(world, pfn), ST_EXCLUDED);
	world_fail(world, world_page(world, 0x1200), ST_EXCLUDED);
	ck_ok(memmap_find_flagged(world->kernel, E_PG_hwpoison, tell_frame,
				  &told, &gaps));
	ck_told(&told, 0x1000);
	ck_assert_uint_eq(gaps_count(&gaps), 2);
	ck_assert_str_eq(gaps.list.items[0].where, "PFN 0x1040 to 0x10ff");
	ck_assert_str_eq(gaps.list.items[1].where, "PFN 0x1200 to 0x123f");
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(flag_that_the_kernel_does_not_have)
{
	struct world *world = world_new(LIKE_5_10);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	ck_status(memmap_find_flagged(world->kernel, E_PG_hwpoison, tell_frame,
				      &told, &gaps), ST_UNSUPPORTED);
	ck_contains(world->kernel->diag.text, "no such flag");
	world_free(world);
}
END_TEST

static const struct {
	uint64_t head;
	unsigned int order;
	uint64_t inside;
} folio_rows[] = {
	{ 0x1240, 0, 0 },
	{ 0x1240, 1, 0 }, { 0x1240, 1, 1 },
	{ 0x1240, 4, 15 },
	{ 0x1400, 9, 0 }, { 0x1400, 9, 1 }, { 0x1400, 9, 64 },
	{ 0x1400, 9, 511 },
};

/* By pointer in 5.10 and 6.12, by mask in 7.3. */
static void check_tail(enum world_like like, uint64_t head, unsigned int order,
		       uint64_t inside)
{
	struct world *world = world_new(like);
	struct page page;

	world_use_page(world, head, 0x1000, 500);
	if (order)
		world_make_folio(world, head, order);
	world_flag_page(world, head, E_PG_swapbacked);
	ck_ok(page_read(world->kernel, PFN(head + inside), &page));
	ck_assert_uint_eq(page.head_pfn.v, head);
	ck_assert_uint_eq(page.head.v, world_page(world, head).v);
	ck_assert_uint_eq(page.order, order);
	ck_assert_uint_eq(page.index, 500 + inside);
	ck_assert_uint_eq(page.mapping, 0x1000);
	ck_assert(page_flag(world->kernel, &page, E_PG_swapbacked));
	world_free(world);
}

START_TEST(tail_leads_to_its_head)
{
	for (int like = 0; like < N_LIKES; like++)
		check_tail(like, folio_rows[_i].head, folio_rows[_i].order,
			   folio_rows[_i].inside);
}
END_TEST

/* Tail pages of a kernel with masks can still hold pointers (its CONFIG). */
START_TEST(pointer_in_a_kernel_that_knows_masks)
{
	struct world *world = world_new(LIKE_7_3);
	struct page page;

	world_make_folio(world, 0x1400, 9);
	world_set_page(world, 0x1405, M_page_compound_info,
		       world_page(world, 0x1400).v | 1);
	ck_ok(page_read(world->kernel, PFN(0x1405), &page));
	ck_assert_uint_eq(page.head_pfn.v, 0x1400);
	world_free(world);
}
END_TEST

/*
 * The memmap of an optimised hugetlb folio: tails at the start of a memmap
 * page are copies of the head (until 7.0).
 */
START_TEST(fake_head_is_a_tail)
{
	struct world *world = world_new(LIKE_6_12);
	struct page page;

	world_use_page(world, 0x1400, 0x1000, 0);
	world_make_folio(world, 0x1400, 9);
	world_set_page(world, 0x1440, M_page_compound_info, 0);
	world_flag_page(world, 0x1440, E_PG_head);
	world_set_page(world, 0x1440, M_page_mapping, 0x1000);
	ck_ok(page_read(world->kernel, PFN(0x1440), &page));
	ck_assert_uint_eq(page.head_pfn.v, 0x1400);
	ck_assert_uint_eq(page.order, 9);
	ck_assert_uint_eq(page.index, 64);
	world_free(world);
}
END_TEST

/* A true head at the start of a memmap page, order 0 neighbours behind it. */
START_TEST(true_head_at_a_page_boundary)
{
	struct world *world = world_new(_i);
	struct page page;

	world_make_folio(world, 0x1440, 6);
	ck_ok(page_read(world->kernel, PFN(0x1440), &page));
	ck_assert_uint_eq(page.head_pfn.v, 0x1440);
	ck_assert_uint_eq(page.order, 6);
	world_free(world);
}
END_TEST

enum page_damage {
	DAMAGE_BEYOND_ROOTS,
	DAMAGE_NO_ROOT,
	DAMAGE_ABSENT_SECTION,
	DAMAGE_HOLE,
	DAMAGE_NOT_MAPPED,
	DAMAGE_EXCLUDED,
	DAMAGE_SECTION_EXCLUDED,
	DAMAGE_SECTION_HOLE,
	DAMAGE_TABLE_HOLE,
	DAMAGE_STRANGE_HEAD,
	DAMAGE_TAIL_OUTSIDE,
	DAMAGE_MISALIGNED_HEAD,
	DAMAGE_USER_HEAD,
	DAMAGE_ORDER,
};

static const struct {
	enum page_damage damage;
	uint64_t pfn;
	enum status st;
	const char *words;
} page_rows[] = {
	{ DAMAGE_BEYOND_ROOTS, 1ULL << 30, ST_NO_ADDRESS, "beyond" },
	{ DAMAGE_BEYOND_ROOTS, UINT64_MAX, ST_NO_ADDRESS, "beyond" },
	{ DAMAGE_NO_ROOT, 0x8000 * 300, ST_NO_ADDRESS, "not memory" },
	{ DAMAGE_ABSENT_SECTION, 0x8000, ST_NO_ADDRESS, "not memory" },
	/* The section says it is there: then it is damage, not "no memory". */
	{ DAMAGE_HOLE, 0x1234, ST_CORRUPT, "no such address" },
	{ DAMAGE_NOT_MAPPED, 0x1234, ST_CORRUPT, "not mapped" },
	{ DAMAGE_EXCLUDED, 0x1234, ST_EXCLUDED, "excluded" },
	{ DAMAGE_SECTION_EXCLUDED, 0x1234, ST_EXCLUDED, "mem_section" },
	{ DAMAGE_SECTION_HOLE, 0x1234, ST_CORRUPT, "no such address" },
	{ DAMAGE_TABLE_HOLE, 0x1234, ST_CORRUPT, "no such address" },
	{ DAMAGE_STRANGE_HEAD, 0x1234, ST_CORRUPT, "tail" },
	{ DAMAGE_TAIL_OUTSIDE, 0x1410, ST_CORRUPT, "tail" },
	{ DAMAGE_MISALIGNED_HEAD, 0x1234, ST_CORRUPT, "misaligned" },
	{ DAMAGE_USER_HEAD, 0x1234, ST_CORRUPT, "not a kernel address" },
	{ DAMAGE_ORDER, 0x1400, ST_CORRUPT, "order" },
};

static void damage_page(struct world *world, enum page_damage damage)
{
	kaddr_t page = world_page(world, 0x1234);

	switch (damage) {
	case DAMAGE_HOLE:
		return;		/* nothing was ever written there */
	case DAMAGE_NOT_MAPPED:
		world_map_raw(world, world->kernel->pgd, page.v, PT_PTE, 0);
		return;
	case DAMAGE_EXCLUDED:
		world_use_page(world, 0x1234, 0, 0);
		world_fail(world, page, ST_EXCLUDED);
		return;
	case DAMAGE_SECTION_EXCLUDED:
		world_fail(world, world->sections, ST_EXCLUDED);
		return;
	case DAMAGE_SECTION_HOLE:
		world_fail(world, world->sections, ST_NO_ADDRESS);
		return;
	case DAMAGE_TABLE_HOLE:
		world_fail(world, world->kernel->section_table, ST_NO_ADDRESS);
		return;
	case DAMAGE_STRANGE_HEAD:	/* a head that is none */
		world_use_page(world, 0x1230, 0, 0);
		world_set(world, page, M_page_compound_info,
			  world_page(world, 0x1230).v | 1);
		return;
	case DAMAGE_TAIL_OUTSIDE:	/* behind the end of its folio */
		world_make_folio(world, 0x1400, 4);
		world_set_page(world, 0x1410, M_page_compound_info,
			       world_page(world, 0x1400).v | 1);
		return;
	case DAMAGE_MISALIGNED_HEAD:
		world_set(world, page, M_page_compound_info,
			  world_page(world, 0x1230).v | 5);
		return;
	case DAMAGE_USER_HEAD:
		world_set(world, page, M_page_compound_info, 0x7fff00001001);
		return;
	case DAMAGE_ORDER:
		world_make_folio(world, 0x1400, 2);
		world_set_page(world, 0x1401, M_page_compound_order, 99);
		return;
	default:
		return;
	}
}

START_TEST(page_that_cannot_be_told)
{
	struct world *world = world_new(LIKE_5_10);
	struct page page = { .order = 4711 };

	damage_page(world, page_rows[_i].damage);
	ck_status(page_read(world->kernel, PFN(page_rows[_i].pfn), &page),
		  page_rows[_i].st);
	ck_contains(world->kernel->diag.text, page_rows[_i].words);
	ck_assert_uint_eq(page.order, 4711);
	world_free(world);
}
END_TEST

/* A hot-added section has struct pages for some subsections of 2 MiB. */
START_TEST(subsections_of_a_section_added_later)
{
	struct world *world = world_new(_i);
	kaddr_t section = second_section(world);
	kaddr_t usage = world_object(world, S_mem_section_usage);
	struct page page;

	world_set(world, section, M_mem_section_section_mem_map,
		  world_page(world, 0).v | 7);
	ck_status(page_read(world->kernel, PFN(0x8000), &page), ST_NO_ADDRESS);
	ck_contains(world->kernel->diag.text, "removed");
	world_set(world, section, M_mem_section_usage, usage.v);
	world_set(world, usage, M_mem_section_usage_subsection_map,
		  1ULL << 1 | 1ULL << 63);
	world_use_page(world, 0x8200, 0, 0);
	world_use_page(world, 0xffff, 0, 0);
	ck_ok(page_read(world->kernel, PFN(0x8200), &page));
	ck_ok(page_read(world->kernel, PFN(0xffff), &page));
	ck_status(page_read(world->kernel, PFN(0x81ff), &page), ST_NO_ADDRESS);
	ck_contains(world->kernel->diag.text, "never added");
	ck_status(page_read(world->kernel, PFN(0x8400), &page), ST_NO_ADDRESS);
	world_fail(world, usage, ST_EXCLUDED);
	ck_status(page_read(world->kernel, PFN(0x8200), &page), ST_EXCLUDED);
	world_free(world);
}
END_TEST

/* Without SPARSEMEM_EXTREME's pointer, mem_section is the table itself. */
START_TEST(static_table_of_sections)
{
	struct world *world = world_new(LIKE_5_10);
	struct kernel_variable *var =
		&world->kernel->facts.variables[KSYM_MEM_SECTION];
	kaddr_t roots = world_alloc(world, 4096);
	struct page page;

	world_write_word(world, roots, world->sections.v);
	*var = (struct kernel_variable) { true, roots, 4096 };
	world_use_page(world, 0x1234, 0, 5);
	ck_ok(page_read(world->kernel, PFN(0x1234), &page));
	ck_assert_uint_eq(page.index, 5);
	world_free(world);
}
END_TEST

static const struct {
	enum world_like like;
	uint32_t word;
	bool typed;
	int64_t count;
} mapcount_rows[] = {
	{ LIKE_5_10, 0xffffffff, false, 0 }, { LIKE_6_12, 0xffffffff, false, 0 },
	{ LIKE_5_10, 0, false, 1 }, { LIKE_7_3, 41, false, 42 },
	{ LIKE_5_10, 0xffffff80, false, -127 },	/* -128 is the reserve */
	{ LIKE_5_10, 0xffffff7f, true, 0 },	/* buddy: 0x80 cleared */
	{ LIKE_5_10, 0xfffffbff, true, 0 },	/* table: 0x400 cleared */
	{ LIKE_6_12, 0xf0000000, true, 0 },	/* PGTY_buddy */
	{ LIKE_6_12, 0xf2ffffff, true, 0 },
	{ LIKE_7_3, 0xfeffffff, true, 0 },
};

static const struct {
	int64_t distance;	/* from the struct page of frame 0x1234 */
	enum status st;
} find_rows[] = {
	{ 0, ST_OK },
	{ 1, ST_NO_ADDRESS },
	{ 32, ST_NO_ADDRESS },
	{ -(0x1235 * 64), ST_NO_ADDRESS },	/* before the memmap */
	{ 1 << 30, ST_NO_ADDRESS },		/* of no section */
};

START_TEST(frame_of_a_struct_page)
{
	struct world *world = world_new(LIKE_6_12);
	kaddr_t page = world_page(world, 0x1234);
	pfn_t pfn = PFN(0);

	ck_status(page_find(world->kernel, page, &pfn), ST_UNSUPPORTED);
	world->kernel->vmemmap = KADDR(page.v - 0x1234 * 64);
	ck_status(page_find(world->kernel,
			    KADDR(page.v + find_rows[_i].distance), &pfn),
		  find_rows[_i].st);
	ck_assert_uint_eq(pfn.v, find_rows[_i].st ? 0 : 0x1234);
	world_free(world);
}
END_TEST

/*
 * Page 3 of a folio of 4 pages, of which it is counted own times by itself;
 * the others once each.
 */
static const struct {
	enum world_like like;
	uint64_t mapping;
	int32_t own, entire;		/* as stored: one less */
	bool double_map;
	int32_t large;
	bool known;
	int64_t count;
} large_rows[] = {
	{ LIKE_5_10, MAPPING_ANON, 0, -1, false, 0, true, 1 },
	{ LIKE_5_10, MAPPING_ANON, -1, 1, false, 0, true, 2 },
	{ LIKE_5_10, MAPPING_ANON, 1, 0, false, 0, true, 3 },
	{ LIKE_5_10, MAPPING_ANON, 1, 0, true, 0, true, 2 },
	{ LIKE_5_10, 0, 2, 0, false, 0, true, 3 },	/* of a file */
	{ LIKE_6_12, MAPPING_ANON, 0, -1, false, 3, true, 1 },
	{ LIKE_6_12, MAPPING_ANON, 1, 2, false, 7, true, 5 },
	{ LIKE_7_3, 0, -1, 0, false, 3, true, 1 },
	{ LIKE_7_3, 0, -1, -1, false, 2, true, 0 },
	/* The pages do not come to what the folio counts. */
	{ LIKE_7_3, MAPPING_ANON, -1, -1, false, 3, false, 0 },
	{ LIKE_6_12, MAPPING_ANON, 0, -1, false, 2, false, 0 },
};

/* Where the pins of a folio are counted, if they are counted apart. */
static const struct {
	enum world_like like;
	unsigned int order;
	uint64_t at;		/* the page that holds the member */
	enum member_id member;
	bool counted;
} pin_rows[] = {
	{ LIKE_5_10, 9, 2, M_page_hpage_pinned_refcount, true },
	{ LIKE_5_10, 2, 2, M_page_hpage_pinned_refcount, true },
	/* Behind a folio of two pages lies a page of somebody else. */
	{ LIKE_5_10, 1, 2, M_page_hpage_pinned_refcount, false },
	{ LIKE_6_12, 9, 0, M_folio_pincount, true },
	{ LIKE_7_3, 1, 0, M_folio_pincount, true },
};

START_TEST(pins_of_a_folio)
{
	struct world *world = world_new(pin_rows[_i].like);
	struct page page;

	world_use_page(world, 0x1240, 0, 0);
	world_make_folio(world, 0x1240, pin_rows[_i].order);
	world_set_page(world, 0x1240 + pin_rows[_i].at, pin_rows[_i].member, 3);
	ck_ok(page_read(world->kernel, PFN(0x1240), &page));
	ck_assert_int_eq(page.counts_pins, pin_rows[_i].counted);
	ck_assert_int_eq(page.pincount, pin_rows[_i].counted ? 3 : 0);
	world_free(world);
}
END_TEST

START_TEST(mapcount_of_a_page_in_a_folio)
{
	struct world *world = world_new(large_rows[_i].like);
	kaddr_t head = world_page(world, 0x1234);
	const struct layout *layout = &world->kernel->facts.layout;
	struct page page;

	world_use_page(world, 0x1234, large_rows[_i].mapping, 0);
	world_make_folio(world, 0x1234, 2);
	world_set_page(world, 0x1237, M_page_mapcount, large_rows[_i].own);
	if (layout_has(layout, M_page_compound_mapcount)) {
		world_set_page(world, 0x1235, M_page_compound_mapcount,
			       large_rows[_i].entire);
		world_set_page(world, 0x1235, M_page_flags,
			       (uint64_t)large_rows[_i].double_map <<
			       layout->enumerators[E_PG_double_map]);
	} else {
		world_set(world, head, M_folio_entire_mapcount,
			  large_rows[_i].entire);
		world_set(world, head, M_folio_large_mapcount,
			  large_rows[_i].large);
	}
	ck_ok(page_read(world->kernel, PFN(0x1237), &page));
	ck_assert(page_has_mapcount(&page) == large_rows[_i].known);
	if (large_rows[_i].known)
		ck_assert_int_eq(page_mapcount(world->kernel, &page),
				 large_rows[_i].count);
	world_free(world);
}
END_TEST

static int64_t folio_mapcount_of(const struct world *world, uint64_t pfn)
{
	struct page page;

	ck_ok(page_read(world->kernel, PFN(pfn), &page));
	ck_assert(page.has_folio_mapcount);
	return page.folio_mapcount;
}

/* For all pages of one folio in a row; of a machine that runs, each time. */
START_TEST(counts_of_a_folio_are_added_up_once)
{
	struct world *world = world_new(LIKE_5_10);

	for (uint64_t pfn = 0x1234; pfn <= 0x1240; pfn += 12) {
		world_use_page(world, pfn, MAPPING_ANON, 0);
		world_make_folio(world, pfn, 2);
		world_set_page(world, pfn + 1, M_page_compound_mapcount,
			       (uint32_t)-1);
	}
	world_set_page(world, 0x1243, M_page_mapcount, 1);
	ck_assert_int_eq(folio_mapcount_of(world, 0x1237), 4);
	world_set_page(world, 0x1236, M_page_mapcount, 7);
	ck_assert_int_eq(folio_mapcount_of(world, 0x1235), 4);
	world->kernel->image->live = true;
	ck_assert_int_eq(folio_mapcount_of(world, 0x1235), 11);
	world->kernel->image->live = false;
	ck_assert_int_eq(folio_mapcount_of(world, 0x1240), 5);
	ck_assert_int_eq(folio_mapcount_of(world, 0x1235), 11);
	world_set_page(world, 0x1236, M_page_mapcount, 0);
	kernel_forget(world->kernel);
	ck_assert_int_eq(folio_mapcount_of(world, 0x1235), 4);
	world_make_folio(world, 0x1234, 1);
	ck_assert_int_eq(folio_mapcount_of(world, 0x1235), 2);
	world_free(world);
}
END_TEST

START_TEST(mapcount_or_type)
{
	struct world *world = world_new(mapcount_rows[_i].like);
	struct page page;

	world_set_page(world, 0x1234, M_page_mapcount, mapcount_rows[_i].word);
	ck_ok(page_read(world->kernel, PFN(0x1234), &page));
	ck_assert_int_eq(page_has_type(world->kernel, &page),
			 mapcount_rows[_i].typed);
	ck_assert_int_eq(page_mapcount(world->kernel, &page),
			 mapcount_rows[_i].count);
	world_free(world);
}
END_TEST

START_TEST(page_types_by_number)
{
	struct world *world = world_new(_i);
	struct page page;

	world_set_page(world, 0x1234, M_page_mapcount, 0xf5000123);
	ck_ok(page_read(world->kernel, PFN(0x1234), &page));
	ck_assert(page_is_type(world->kernel, &page, E_PGTY_slab));
	ck_assert(!page_is_type(world->kernel, &page, E_PGTY_buddy));
	ck_assert(!page_flag(world->kernel, &page, E_PG_slab));
	world_free(world);
}
END_TEST

START_TEST(node_and_zone)
{
	struct world *world = world_new(LIKE_6_12);
	struct page page;

	/* 10 bits of node, 3 of zone */
	world_set_page(world, 0x1234, M_page_flags, 3ULL << 54 | 2ULL << 51);
	ck_ok(page_read(world->kernel, PFN(0x1234), &page));
	ck_assert_int_eq(page_node(world->kernel, &page), -1);
	ck_assert_int_eq(page_zone(world->kernel, &page), -1);
	world->kernel->zone_bits = 3;
	ck_assert_int_eq(page_node(world->kernel, &page), 0);
	world->kernel->node_bits = 10;
	ck_assert_int_eq(page_node(world->kernel, &page), 3);
	ck_assert_int_eq(page_zone(world->kernel, &page), 2);
	world_free(world);
}
END_TEST

/* ---- maple tree ---- */

#define ENTRY(n)	(0xffff888000000000ULL + (n) * 0x100)

static enum status tell_entry(kaddr_t entry, void *arg)
{
	return tell(arg, entry.v);
}

static enum status walk_maple(struct world *world, uint64_t root,
			      struct told *told, struct gaps *gaps)
{
	return maple_for_each(world->kernel, root, tell_entry, told, gaps);
}

#define LIST(...)	(const uint64_t[]) { __VA_ARGS__ }

/* A leaf with two entries and a hole between them. */
static uint64_t small_leaf(struct world *world, uint64_t n, uint64_t max)
{
	return world_maple_node(world, 1,
				LIST(n * 0x1000 + 9, n * 0x1000 + 20, max),
				LIST(ENTRY(n), 0, ENTRY(n + 1)), 3);
}

START_TEST(maple_leaf_alone)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	ck_ok(walk_maple(world, small_leaf(world, 1, UINT64_MAX) | 2, &told,
			 &gaps));
	ck_told(&told, ENTRY(1), ENTRY(2));
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

static const struct {
	uint64_t root;
	const char *gap;	/* NULL: none */
} root_rows[] = {
	{ 0, NULL },			/* an empty tree */
	{ 0xffff888001234500, "not a node" },	/* one entry, at index 0 */
	{ 0x402, "not a node" },
	{ 0xffff88800123450eULL + 0x1000000000, "not mapped" },
	{ 0x00007f0000000a0eULL, "not a kernel address" },
	{ 0xffff88800123457e, "type 15" },
	{ 0xffff888001234526, "type 4" },	/* maple_copy of 7.x */
	{ 0xffff888001234502, "type 0" },	/* maple_dense */
};

START_TEST(maple_roots)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	ck_ok(walk_maple(world, root_rows[_i].root, &told, &gaps));
	ck_told_nothing(&told);
	if (root_rows[_i].gap)
		ck_gap(&gaps, "maple tree", root_rows[_i].gap);
	else
		ck_no_gaps(&gaps);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

/* Inner nodes of an mm are of type 3 (with gaps); type 2 reads as well. */
static const unsigned int inner_types[] = { 2, 3 };

START_TEST(maple_of_two_levels)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	uint64_t root = world_maple_node(world, inner_types[_i],
		LIST(0x1fff, UINT64_MAX),
		LIST(small_leaf(world, 1, 0x1fff),
		     small_leaf(world, 3, UINT64_MAX)), 2);

	ck_ok(walk_maple(world, root | 2, &told, &gaps));
	ck_told(&told, ENTRY(1), ENTRY(2), ENTRY(3), ENTRY(4));
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

/* A pivot of zero ends the node; so does one that reaches its upper bound. */
START_TEST(maple_slots_behind_the_end_are_not_read)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	uint64_t garbage = 0xdeadbeefdeadbe00;
	uint64_t zero_pivot = world_maple_node(world, 1, LIST(9, 0, 0, 0),
		LIST(ENTRY(1), ENTRY(2), garbage, garbage), 4);
	uint64_t reached = world_maple_node(world, 1,
		LIST(9, UINT64_MAX, 0x5000, 0x6000),
		LIST(ENTRY(3), ENTRY(4), garbage, garbage), 4);

	ck_ok(walk_maple(world, zero_pivot | 2, &told, &gaps));
	ck_ok(walk_maple(world, reached | 2, &told, &gaps));
	ck_told(&told, ENTRY(1), ENTRY(2), ENTRY(3), ENTRY(4));
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

START_TEST(maple_full_leaf_uses_the_last_slot)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	uint64_t pivots[16], slots[16];

	for (size_t i = 0; i < 16; i++) {
		pivots[i] = i * 0x1000 + 0xfff;
		slots[i] = ENTRY(i);
	}
	ck_ok(walk_maple(world, world_maple_node(world, 1, pivots, slots, 16)
			 | 2, &told, &gaps));
	check_told(&told, slots, 16);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

enum maple_damage {
	MAPLE_DEAD, MAPLE_EXCLUDED, MAPLE_CYCLE, MAPLE_TYPE, MAPLE_NULL,
	MAPLE_USER,
};

static const struct {
	enum maple_damage damage;
	const char *words;
} maple_rows[] = {
	{ MAPLE_DEAD, "freed" },
	{ MAPLE_EXCLUDED, "excluded" },
	{ MAPLE_CYCLE, "circle" },
	{ MAPLE_TYPE, "type 9" },
	{ MAPLE_NULL, "type 0" },
	{ MAPLE_USER, "not a kernel address" },
};

/* The first of two leaves is damaged: the second is still told. */
START_TEST(maple_node_that_is_damaged)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	uint64_t bad = small_leaf(world, 1, 0x1fff);
	kaddr_t bad_node = KADDR(bad & ~0xffULL);
	uint64_t root = world_maple_node(world, 3, LIST(0x1fff, UINT64_MAX),
		LIST(bad, small_leaf(world, 3, UINT64_MAX)), 2);
	kaddr_t root_node = KADDR(root & ~0xffULL);

	switch (maple_rows[_i].damage) {
	case MAPLE_DEAD:
		world_set(world, bad_node, M_maple_node_parent, bad_node.v);
		break;
	case MAPLE_EXCLUDED:
		world_fail(world, bad_node, ST_EXCLUDED);
		break;
	case MAPLE_CYCLE:
		world_set(world, root_node, M_maple_node_arange_slot, root);
		break;
	case MAPLE_TYPE:
		world_set(world, root_node, M_maple_node_arange_slot,
			  bad_node.v | 9 << 3 | 4);
		break;
	case MAPLE_NULL:
		world_set(world, root_node, M_maple_node_arange_slot, 0);
		break;
	case MAPLE_USER:
		world_set(world, root_node, M_maple_node_arange_slot,
			  0x00007f000000000cULL);
		break;
	}
	ck_ok(walk_maple(world, root | 2, &told, &gaps));
	ck_told(&told, ENTRY(3), ENTRY(4));
	ck_assert_uint_eq(gaps_count(&gaps), 1);
	ck_gap(&gaps, "maple tree", maple_rows[_i].words);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

/* XA_ZERO_ENTRY marks a fork that failed; it is no VMA and no damage. */
START_TEST(maple_reserved_entries_are_nothing)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	ck_ok(walk_maple(world, world_maple_node(world, 1,
			 LIST(9, 19, UINT64_MAX), LIST(0x406, ENTRY(1), 0x402),
			 3) | 2, &told, &gaps));
	ck_told(&told, ENTRY(1));
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

/* A node word in a leaf is damage: what stood there is not seen. */
START_TEST(maple_node_word_in_a_leaf_is_a_gap)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	ck_ok(walk_maple(world, world_maple_node(world, 1,
			 LIST(9, UINT64_MAX), LIST(ENTRY(1) | 2, ENTRY(2)),
			 2) | 2, &told, &gaps));
	ck_told(&told, ENTRY(2));
	ck_gap(&gaps, "maple tree", "");
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

static const enum status answers[] = { ST_STOPPED, ST_NO_MEMORY, ST_BUDGET };

START_TEST(maple_visitor_ends_the_walk)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = answers[_i], .stop_at = 1 };
	struct gaps gaps = { 0 };

	ck_status(walk_maple(world, small_leaf(world, 1, UINT64_MAX) | 2, &told,
			     &gaps), answers[_i]);
	ck_told(&told, ENTRY(1));
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

/* ---- XArray ---- */

/* Index, how many, and the pointer or the value. */
static enum status tell_xarray(const struct xarray_entry *entry, void *arg)
{
	enum status st = tell(arg, entry->index);

	if (!st)
		st = tell(arg, entry->n);
	return st ? st : tell(arg, entry->is_value ? entry->value :
						     entry->pointer.v);
}

static enum status walk_xarray(struct world *world, uint64_t root,
			       struct told *told, struct gaps *gaps)
{
	kaddr_t mapping = world_mapping(world);
	struct object object;

	world_set(world, mapping, M_address_space_i_pages, root);
	ck_ok(object_read(world->kernel, S_address_space, mapping, &object));
	return xarray_for_each(world->kernel, &object, M_address_space_i_pages,
			       tell_xarray, told, gaps);
}

/* A node's word; slots are set with set_slot(). */
static uint64_t xarray_node(struct world *world, unsigned int shift)
{
	kaddr_t node = world_object(world, S_xa_node);

	world_set(world, node, M_xa_node_shift, shift);
	return node.v | 2;
}

static void set_slot(struct world *world, uint64_t node, size_t i,
		     uint64_t word)
{
	world_set_element(world, KADDR(node & ~3ULL), M_xa_node_slots, i,
			  word);
}

#define SIBLING(first)	((uint64_t)(first) << 2 | 2)
#define VALUE(value)	((uint64_t)(value) << 1 | 1)
#define XA_RETRY	0x402ULL

static const struct {
	uint64_t root;
	size_t n;
	uint64_t told[3];
} xarray_roots[] = {
	{ 0, 0, { 0 } },
	{ XA_RETRY, 0, { 0 } },
	{ 0xffff888000001000, 3, { 0, 1, 0xffff888000001000 } },
	{ VALUE(0x1234), 3, { 0, 1, 0x1234 } },
};

START_TEST(xarray_without_nodes)
{
	struct world *world = world_new(LIKE_6_12);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };

	ck_ok(walk_xarray(world, xarray_roots[_i].root, &told, &gaps));
	check_told(&told, xarray_roots[_i].told, xarray_roots[_i].n);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

/* Pages, a value, a page of four slots, one of a whole lower node. */
static uint64_t mixed_xarray(struct world *world, uint64_t *ret_low)
{
	uint64_t top = xarray_node(world, 12), middle = xarray_node(world, 6);
	uint64_t low = xarray_node(world, 0);

	set_slot(world, top, 0, middle);
	set_slot(world, top, 2, 0x7000);
	set_slot(world, top, 3, SIBLING(2));
	set_slot(world, middle, 0, low);
	set_slot(world, middle, 63, 0x6000);
	set_slot(world, low, 0, 0x1000);
	set_slot(world, low, 1, XA_RETRY);
	set_slot(world, low, 4, 0x2000);
	for (size_t i = 5; i < 8; i++)
		set_slot(world, low, i, SIBLING(4));
	set_slot(world, low, 63, VALUE(77));
	*ret_low = low;
	return top;
}

START_TEST(xarray_of_three_levels)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	uint64_t low, top = mixed_xarray(world, &low);

	ck_ok(walk_xarray(world, top, &told, &gaps));
	ck_told(&told, 0, 1, 0x1000, 4, 4, 0x2000, 63, 1, 77,
		63 << 6, 64, 0x6000, 2 << 12, 2 << 12, 0x7000);
	ck_no_gaps(&gaps);
	told.answer = ST_STOPPED;
	told.stop_at = 4;
	ck_status(walk_xarray(world, top, &told, &gaps), ST_STOPPED);
	told_vec_fini(&told.list);
	world_free(world);
}
END_TEST

/* Until 4.19: other low bits, and siblings by address. */
START_TEST(radix_tree)
{
	struct world *world = world_new(LIKE_5_10);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	uint64_t top = xarray_node(world, 6) & ~3ULL;
	uint64_t low = xarray_node(world, 0) & ~3ULL;

	world->kernel->facts.layout.structs[S_xa_node].name = 1;
	set_slot(world, top, 1, low | 1);
	set_slot(world, low, 0, 0x1000);
	set_slot(world, low, 1, 1);		/* RADIX_TREE_RETRY */
	set_slot(world, low, 2, 77 << 2 | 2);
	set_slot(world, low, 4, 0x2000);
	set_slot(world, low, 5, (low + 40 + 4 * 8) | 1);
	ck_ok(walk_xarray(world, top | 1, &told, &gaps));
	ck_told(&told, 64, 1, 0x1000, 66, 1, 77, 68, 2, 0x2000);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

enum xarray_damage {
	XA_CIRCLE, XA_WRONG_SHIFT, XA_ODD_ROOT_SHIFT, XA_HUGE_ROOT_SHIFT,
	XA_NODE_TOO_LOW, XA_UNREADABLE, XA_NOWHERE,
};

static const struct {
	enum xarray_damage damage;
	const char *words;
} xarray_rows[] = {
	{ XA_CIRCLE, "circle" },
	{ XA_WRONG_SHIFT, "shift 12 makes no sense" },
	{ XA_ODD_ROOT_SHIFT, "shift 13 makes no sense" },
	{ XA_HUGE_ROOT_SHIFT, "shift 66 makes no sense" },
	{ XA_NODE_TOO_LOW, "a node below the lowest" },
	{ XA_UNREADABLE, "excluded" },
	{ XA_NOWHERE, "not mapped" },
};

static void damage_xarray(struct world *world, enum xarray_damage damage,
			  uint64_t top, uint64_t low)
{
	switch (damage) {
	case XA_CIRCLE:
		set_slot(world, top, 1, top);
		break;
	case XA_WRONG_SHIFT:
		set_slot(world, top, 1, xarray_node(world, 12));
		break;
	case XA_ODD_ROOT_SHIFT:
		world_set(world, KADDR(top - 2), M_xa_node_shift, 13);
		break;
	case XA_HUGE_ROOT_SHIFT:
		world_set(world, KADDR(top - 2), M_xa_node_shift, 66);
		break;
	case XA_NODE_TOO_LOW:
		set_slot(world, low, 2, xarray_node(world, 0));
		break;
	case XA_UNREADABLE:
		world_fail(world, KADDR(low - 2), ST_EXCLUDED);
		break;
	case XA_NOWHERE:
		set_slot(world, top, 1, 0xffff900000000002);
		break;
	}
}

/* What is beside the damage is still told, if the top can be trusted. */
START_TEST(damaged_xarray_costs_a_gap)
{
	struct world *world = world_new(LIKE_6_12);
	enum xarray_damage damage = xarray_rows[_i].damage;
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	uint64_t low, top = mixed_xarray(world, &low);
	bool lost = damage == XA_ODD_ROOT_SHIFT ||
		    damage == XA_HUGE_ROOT_SHIFT;

	damage_xarray(world, damage, top, low);
	ck_ok(walk_xarray(world, top, &told, &gaps));
	ck_assert_uint_eq(gaps_count(&gaps), 1);
	ck_gap(&gaps, "xarray", xarray_rows[_i].words);
	ck_assert_uint_eq(told.list.n, lost ? 0 :
			  damage == XA_UNREADABLE ? 6 : 15);
	told_vec_fini(&told.list);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

/* ---- page cache ---- */

static enum status tell_cached(pfn_t first, uint64_t n, uint64_t index,
			       void *arg)
{
	enum status st = tell(arg, index);

	if (!st)
		st = tell(arg, first.v);
	return st ? st : tell(arg, n);
}

/* A file of three pages, two of them in the folio 0x1400, and a value. */
struct cached_file {
	struct world *world;
	kaddr_t mapping;
	uint64_t node;
	struct told told;
	struct gaps gaps;
	struct page_cache cache;
};

static struct cached_file cached_file(enum world_like like)
{
	struct world *world = world_new(like);
	struct cached_file f = {
		.world = world,
		.mapping = world_mapping(world),
		.node = xarray_node(world, 0),
	};

	world->kernel->vmemmap = world_page(world, 0);
	world_use_page(world, 0x1234, f.mapping.v, 1);
	world_use_page(world, 0x1400, f.mapping.v, 4);
	world_make_folio(world, 0x1400, 1);
	set_slot(world, f.node, 1, world_page(world, 0x1234).v);
	set_slot(world, f.node, 4, world_page(world, 0x1400).v);
	set_slot(world, f.node, 5, SIBLING(4));
	set_slot(world, f.node, 9, VALUE(3ULL << 58 | 0x1234));
	world_set(world, f.mapping, M_address_space_i_pages, f.node);
	world_set(world, f.mapping, M_address_space_nrpages, 3);
	return f;
}

static enum status walk_file(struct cached_file *f)
{
	return page_cache_for_each(f->world->kernel, f->mapping, tell_cached,
				   &f->told, &f->cache, &f->gaps);
}

static void cached_file_free(struct cached_file *f)
{
	told_vec_fini(&f->told.list);
	gaps_fini(&f->gaps);
	world_free(f->world);
}

START_TEST(pages_of_a_file)
{
	struct cached_file f = cached_file(_i);

	ck_ok(walk_file(&f));
	ck_told(&f.told, 1, 0x1234, 1, 4, 0x1400, 2);
	ck_assert_uint_eq(f.cache.present, 3);
	ck_assert_uint_eq(f.cache.n_values, 1);
	ck_assert_uint_eq(f.cache.swapped[0].type, 3);
	ck_assert_uint_eq(f.cache.swapped[0].offset, 0x1234);
	ck_assert(!f.cache.is_told);
	ck_no_gaps(&f.gaps);
	cached_file_free(&f);
}
END_TEST

/* From 5.2 to 5.16 each slot of a large page holds its head. */
START_TEST(every_slot_holds_the_head)
{
	struct cached_file f = cached_file(_i);

	set_slot(f.world, f.node, 5, world_page(f.world, 0x1400).v);
	ck_ok(walk_file(&f));
	ck_told(&f.told, 1, 0x1234, 1, 4, 0x1400, 1, 5, 0x1401, 1);
	ck_no_gaps(&f.gaps);
	cached_file_free(&f);
}
END_TEST

START_TEST(shmem_by_its_operations)
{
	struct cached_file f = cached_file(_i);

	f.world->kernel->facts.variables[KSYM_SHMEM_AOPS] =
		(struct kernel_variable) { true, KADDR(0xffffffff82000000), 8 };
	ck_ok(walk_file(&f));
	ck_assert(f.cache.is_told && !f.cache.is_shmem);
	world_set(f.world, f.mapping, M_address_space_a_ops,
		  0xffffffff82000000);
	ck_ok(walk_file(&f));
	ck_assert(f.cache.is_told && f.cache.is_shmem);
	cached_file_free(&f);
}
END_TEST

enum cache_damage {
	CACHE_OTHER_FILE, CACHE_OTHER_INDEX, CACHE_TOO_MANY, CACHE_NO_PAGE,
	CACHE_UNREADABLE,
};

static const struct {
	enum cache_damage damage;
	const char *words;
} cache_rows[] = {
	{ CACHE_OTHER_FILE, "(PFN 0x1234) has mapping 0xffff888000000000" },
	{ CACHE_OTHER_INDEX, "(PFN 0x1234) has index 0x2" },
	{ CACHE_TOO_MANY, "(PFN 0x1400) has index 0x4" },
	{ CACHE_NO_PAGE, "no struct page is at 0x" },
	{ CACHE_UNREADABLE, "excluded" },
};

static void damage_cache(struct cached_file *f, enum cache_damage damage)
{
	struct world *world = f->world;

	switch (damage) {
	case CACHE_OTHER_FILE:
		world_set_page(world, 0x1234, M_page_mapping,
			       0xffff888000000000);
		break;
	case CACHE_OTHER_INDEX:
		world_set_page(world, 0x1234, M_page_index, 2);
		break;
	case CACHE_TOO_MANY:
		set_slot(world, f->node, 6, SIBLING(4));
		break;
	case CACHE_NO_PAGE:
		set_slot(world, f->node, 1, f->mapping.v);
		break;
	case CACHE_UNREADABLE:
		world_fail(world, world_page(world, 0x1234), ST_EXCLUDED);
		break;
	}
}

/* The wrong page is left out, and missed by the count besides. */
START_TEST(page_that_does_not_belong_there)
{
	struct cached_file f = cached_file(LIKE_6_12);

	damage_cache(&f, cache_rows[_i].damage);
	ck_ok(walk_file(&f));
	ck_assert_uint_eq(gaps_count(&f.gaps), 2);
	ck_gap(&f.gaps, "page cache", cache_rows[_i].words);
	ck_gap(&f.gaps, "page cache", "the kernel counts 3 pages");
	cached_file_free(&f);
}
END_TEST

/* ---- inodes ---- */

static enum status tell_inode(const struct inode *inode, void *arg)
{
	return tell(arg, inode->address.v);
}

static void link_after(struct world *world, kaddr_t head, kaddr_t node)
{
	struct diag diag;
	uint64_t next = 0;
	paddr_t phys;

	ck_ok(kernel_translate(world->kernel, head, &phys));
	ck_ok(image_read(world->image, phys, &next, 8, &diag));
	world_write_word(world, node, next);
	world_write_word(world, head, node.v);
}

static kaddr_t member_at(struct world *world, kaddr_t object,
			 enum member_id member)
{
	return kaddr_add(object,
			 world->kernel->facts.layout.members[member].offset);
}

static void empty_list(struct world *world, kaddr_t head)
{
	world_write_word(world, head, head.v);
}

static kaddr_t add_file_system(struct world *world, kaddr_t list, uint64_t dev)
{
	kaddr_t sb = world_super_block(world, "ext4", dev, KADDR(0));

	empty_list(world, member_at(world, sb, M_super_block_s_inodes));
	link_after(world, list, member_at(world, sb, M_super_block_s_list));
	return sb;
}

static kaddr_t add_inode(struct world *world, kaddr_t sb, uint64_t number)
{
	kaddr_t inode = world_object(world, S_inode);

	world_set(world, inode, M_inode_i_sb, sb.v);
	world_set(world, inode, M_inode_i_ino, number);
	link_after(world, member_at(world, sb, M_super_block_s_inodes),
		   member_at(world, inode, M_inode_i_sb_list));
	return inode;
}

START_TEST(inode_by_device_and_number)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	kaddr_t list = world_alloc(world, 16);
	kaddr_t one, other, unreadable, wanted;
	struct device device = { 0xfe, 3 };

	ck_status(inode_find(world->kernel, device, 12, tell_inode, &told,
			     &gaps), ST_UNSUPPORTED);
	world->kernel->facts.variables[KSYM_SUPER_BLOCKS] =
		(struct kernel_variable) { true, list, 16 };
	empty_list(world, list);
	one = add_file_system(world, list, 0xfe << 20 | 3);
	other = add_file_system(world, list, 0xfe << 20 | 4);
	add_inode(world, one, 11);
	wanted = add_inode(world, one, 12);
	add_inode(world, other, 12);
	ck_ok(inode_find(world->kernel, device, 12, tell_inode, &told, &gaps));
	ck_told(&told, wanted.v);
	ck_no_gaps(&gaps);
	unreadable = add_inode(world, one, 13);
	world_fail(world, unreadable, ST_EXCLUDED);
	ck_ok(inode_find(world->kernel, device, 12, tell_inode, &told, &gaps));
	ck_gap(&gaps, "inode list", "excluded");
	told_vec_fini(&told.list);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

/* ---- shared memory in swap ---- */

static enum status tell_swapped(const struct shmem_swap *swap, void *arg)
{
	enum status st = tell(arg, swap->mapping.v);

	if (!st)
		st = tell(arg, swap->index);
	if (!st)
		st = tell(arg, swap->entry.type);
	if (!st)
		st = tell(arg, swap->entry.offset);
	return st ? st : tell(arg, swap->n);
}

/*
 * A file with two pages in swap and four more as one entry, besides one in
 * memory and one that could not be read back, which is no swap entry any more.
 */
struct swapped_file {
	struct world *world;
	kaddr_t list, info, mapping;
	struct told told;
	struct gaps gaps;
};

static kaddr_t add_swapped_file(struct world *world, kaddr_t list,
				kaddr_t *ret_mapping)
{
	kaddr_t info = world_object(world, S_shmem_inode_info);
	kaddr_t inode = member_at(world, info, M_shmem_inode_info_vfs_inode);

	*ret_mapping = world_mapping(world);
	world_set(world, inode, M_inode_i_mapping, ret_mapping->v);
	world_set(world, *ret_mapping, M_address_space_host, inode.v);
	link_after(world, list,
		   member_at(world, info, M_shmem_inode_info_swaplist));
	return info;
}

static struct swapped_file swapped_file(enum world_like like)
{
	struct world *world = world_new(like);
	struct swapped_file f = {
		.world = world,
		.list = world_alloc(world, 16),
	};
	uint64_t node = xarray_node(world, 0);

	world->kernel->swap_types.meanings[0] = SWAP_FILE;
	world->kernel->swap_types.meanings[31] = SWAP_MARKER;
	world->kernel->facts.variables[KSYM_SHMEM_SWAPLIST] =
		(struct kernel_variable) { true, f.list, 16 };
	empty_list(world, f.list);
	f.info = add_swapped_file(world, f.list, &f.mapping);
	set_slot(world, node, 1, world_page(world, 0x1234).v);
	set_slot(world, node, 2, VALUE(0x77));
	set_slot(world, node, 3, VALUE(0x50));
	set_slot(world, node, 4, VALUE(0x100));
	for (size_t i = 5; i < 8; i++)
		set_slot(world, node, i, SIBLING(4));
	set_slot(world, node, 9, VALUE(31ULL << 58 | 1));
	world_set(world, f.mapping, M_address_space_i_pages, node);
	world_set(world, f.info, M_shmem_inode_info_swapped, 6);
	return f;
}

static enum status walk_swapped(struct swapped_file *f)
{
	return shmem_swap_for_each(f->world->kernel, tell_swapped, &f->told,
				   &f->gaps);
}

static void swapped_file_free(struct swapped_file *f)
{
	told_vec_fini(&f->told.list);
	gaps_fini(&f->gaps);
	world_free(f->world);
}

START_TEST(shared_memory_in_swap)
{
	struct swapped_file f = swapped_file(_i);
	uint64_t mapping = f.mapping.v;

	ck_ok(walk_swapped(&f));
	ck_told(&f.told, mapping, 2, 0, 0x77, 1, mapping, 3, 0, 0x50, 1,
		mapping, 4, 0, 0x100, 4);
	ck_no_gaps(&f.gaps);
	swapped_file_free(&f);
}
END_TEST

START_TEST(shared_memory_whose_list_is_not_known)
{
	struct swapped_file f = swapped_file(_i);

	f.world->kernel->facts.variables[KSYM_SHMEM_SWAPLIST].present = false;
	ck_status(walk_swapped(&f), ST_UNSUPPORTED);
	ck_contains(f.world->kernel->diag.text, "shmem_swaplist");
	swapped_file_free(&f);
}
END_TEST

/* What is wrong with one file costs a gap, and the other is searched. */
START_TEST(damaged_shared_memory_costs_a_gap)
{
	struct swapped_file f = swapped_file(LIKE_6_12);
	struct world *world = f.world;
	kaddr_t mapping, info = add_swapped_file(world, f.list, &mapping);

	world_set(world, info, M_shmem_inode_info_swapped, 3);
	ck_ok(walk_swapped(&f));
	ck_gap(&f.gaps, "shared memory",
	       "the kernel counts 3 pages in swap, 0 were found");
	ck_assert_uint_eq(f.told.list.n, 15);
	world_set(world, mapping, M_address_space_host, f.mapping.v);
	gaps_clear(&f.gaps);
	ck_ok(walk_swapped(&f));
	ck_gap(&f.gaps, "shared memory", "is of another file");
	ck_assert_uint_eq(f.told.list.n, 30);
	world_fail(world, info, ST_EXCLUDED);
	gaps_clear(&f.gaps);
	ck_ok(walk_swapped(&f));
	ck_gap(&f.gaps, "list of shared memory in swap", "excluded");
	swapped_file_free(&f);
}
END_TEST

/* ---- VMAs ---- */

static enum status tell_vma(const struct vma *vma, void *arg)
{
	return tell(arg, vma->start);
}

/* n VMAs of one page at 0x10000, 0x20000, … in an mm. */
static kaddr_t mm_with_vmas(struct world *world, struct vma *vmas, size_t n)
{
	kaddr_t mm = world_mm(world);

	for (size_t i = 0; i < n; i++) {
		vmas[i] = (struct vma) {
			.mm = mm,
			.start = (i + 1) << 16,
			.end = ((i + 1) << 16) + 0x1000,
			.flags = VMA_READ | VMA_WRITE,
			.pgoff = (i + 1) << 4,
			.anon_pgoff = (i + 1) << 4,
		};
		world_vma(world, &vmas[i]);
	}
	world_set_vmas(world, mm, vmas, n);
	return mm;
}

static enum status walk_vmas(struct world *world, kaddr_t mm,
			     struct told *told, struct gaps *gaps)
{
	return vma_for_each(world->kernel, mm, tell_vma, told, gaps);
}

START_TEST(vma_is_read)
{
	struct world *world = world_new(_i);
	struct vma in = {
		.mm = KADDR(0x1000), .start = 0x7f0000000000,
		.end = 0x7f0000003000, .flags = VMA_READ | VMA_EXEC,
		.pgoff = 0x123, .anon_pgoff = 0x7f0000000,
		.file = KADDR(0x2000),
	}, out;

	world_vma(world, &in);
	ck_ok(vma_read(world->kernel, in.address, &out));
	ck_assert_uint_eq(out.address.v, in.address.v);
	ck_assert_uint_eq(out.mm.v, 0x1000);
	ck_assert_uint_eq(out.start, in.start);
	ck_assert_uint_eq(out.end, in.end);
	ck_assert_uint_eq(out.pgoff, 0x123);
	ck_assert_uint_eq(out.anon_pgoff, _i == LIKE_7_3 ? 0x7f0000000 : 0x123);
	ck_assert_uint_eq(out.file.v, 0x2000);
	ck_assert_str_eq(vma_perm(&out), "r-xp");
	out.flags = VMA_WRITE | VMA_MAYSHARE;
	ck_assert_str_eq(vma_perm(&out), "-w-s");
	world_free(world);
}
END_TEST

static const struct {
	uint64_t start, end;
} bad_bounds[] = {
	{ 0, 0 }, { 0x2000, 0x1000 }, { 0x1000, 0x1000 }, { 0x1001, 0x3000 },
	{ 0x1000, 0x2fff }, { 0xdead000000000100, 0xdead000000000122 },
};

START_TEST(vma_with_bad_bounds)
{
	struct world *world = world_new(LIKE_6_12);
	struct vma in = { .start = bad_bounds[_i].start,
			  .end = bad_bounds[_i].end };
	struct vma out = { .pgoff = 4711 };

	world_vma(world, &in);
	ck_status(vma_read(world->kernel, in.address, &out), ST_CORRUPT);
	ck_contains(world->kernel->diag.text, "vm_area_struct 0x");
	ck_assert_uint_eq(out.pgoff, 4711);
	world_free(world);
}
END_TEST

START_TEST(all_vmas_in_order)
{
	static const size_t counts[] = { 0, 1, 2, 7, 8, 30 };
	struct world *world = world_new(_i);
	struct vma vmas[30];

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		kaddr_t mm = mm_with_vmas(world, vmas, counts[i]);
		struct told told = { .answer = ST_OK };
		struct gaps gaps = { 0 };
		uint64_t want[30];

		for (size_t k = 0; k < counts[i]; k++)
			want[k] = vmas[k].start;
		ck_ok(walk_vmas(world, mm, &told, &gaps));
		check_told(&told, want, counts[i]);
		ck_no_gaps(&gaps);
	}
	world_free(world);
}
END_TEST

START_TEST(vma_that_cannot_be_read_is_a_gap)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct vma vmas[3];
	kaddr_t mm = mm_with_vmas(world, vmas, 3);

	world_fail(world, vmas[1].address, ST_EXCLUDED);
	ck_ok(walk_vmas(world, mm, &told, &gaps));
	ck_gap(&gaps, "VMA list", "excluded");
	ck_contains(gaps.list.items[0].where, "mm 0x");
	if (_i == LIKE_5_10)	/* the rest of the list hangs on it */
		ck_told(&told, vmas[0].start);
	else
		ck_told(&told, vmas[0].start, vmas[2].start);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(vma_list_that_is_a_circle)
{
	struct world *world = world_new(LIKE_5_10);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct vma vmas[3];
	kaddr_t mm = mm_with_vmas(world, vmas, 3);

	world_set(world, vmas[2].address, M_vm_area_struct_vm_next,
		  vmas[1].address.v);
	ck_ok(walk_vmas(world, mm, &told, &gaps));
	ck_told(&told, vmas[0].start, vmas[1].start, vmas[2].start);
	ck_gap(&gaps, "VMA list", "circle");
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

/* While a fork goes on, the child's tree holds VMAs of the parent. */
START_TEST(vma_of_another_mm_is_left_out)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct vma vmas[3];
	kaddr_t mm = mm_with_vmas(world, vmas, 3);

	world_set(world, vmas[1].address, M_vm_area_struct_vm_mm,
		  world_mm(world).v);
	world_set(world, mm, M_mm_struct_map_count, 2);
	ck_ok(walk_vmas(world, mm, &told, &gaps));
	ck_told(&told, vmas[0].start, vmas[2].start);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

/* Both containers can end early without a sign but the kernel's own count. */
START_TEST(vmas_that_do_not_come_to_the_count_are_a_gap)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct vma vmas[3];
	kaddr_t mm = mm_with_vmas(world, vmas, 3);

	world_set(world, mm, M_mm_struct_map_count, 4);
	ck_ok(walk_vmas(world, mm, &told, &gaps));
	ck_told(&told, vmas[0].start, vmas[1].start, vmas[2].start);
	ck_gap(&gaps, "VMA list", "counts 4 VMAs, 3 were found");
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(mm_that_cannot_be_read_is_a_gap)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct vma vmas[1];
	kaddr_t mm = mm_with_vmas(world, vmas, 1);

	world_fail(world, mm, ST_CORRUPT);
	ck_ok(walk_vmas(world, mm, &told, &gaps));
	ck_ok(walk_vmas(world, KADDR(0), &told, &gaps));
	ck_told_nothing(&told);
	ck_assert_uint_eq(gaps_count(&gaps), 2);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(vma_visitor_ends_the_walk)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct world *world = world_new(_i);
		struct told told = { .answer = answers[i], .stop_at = 2 };
		struct gaps gaps = { 0 };
		struct vma vmas[3];
		kaddr_t mm = mm_with_vmas(world, vmas, 3);

		ck_status(walk_vmas(world, mm, &told, &gaps), answers[i]);
		ck_told(&told, vmas[0].start, vmas[1].start);
		ck_no_gaps(&gaps);
		world_free(world);
	}
}
END_TEST

/* ---- interval trees ---- */

static enum status tell_hit(const struct tree_hit *hit, void *arg)
{
	return tell(arg, hit->vma.start);
}

struct forest {
	struct world *world;
	struct vma vmas[40];
	kaddr_t avcs[40];
	kaddr_t owner;
	struct told told;
	struct gaps gaps;
	struct tree_query query;
};

/* n VMAs of one page each, at offsets 0x10, 0x20, …, in a tree of the type. */
static struct forest *forest_new(enum world_like like,
				 enum interval_tree_type type, size_t n)
{
	struct forest *f = calloc(1, sizeof(*f));

	ck_assert_ptr_nonnull(f);
	f->world = world_new(like);
	mm_with_vmas(f->world, f->vmas, n);
	if (type == TREE_ANON) {
		f->owner = world_anon_vma(f->world, KADDR(0));
		world_anon_tree(f->world, f->owner, f->vmas, n, f->avcs);
	} else {
		f->owner = world_mapping(f->world);
		world_file_tree(f->world, f->owner, f->vmas, n);
	}
	f->query = (struct tree_query) {
		.type = type,
		.owner = f->owner,
		.root = KADDR(world_get(f->world, f->owner, type == TREE_ANON ?
					M_anon_vma_rb_root :
					M_address_space_i_mmap)),
		.first = 0,
		.last = UINT64_MAX,
	};
	return f;
}

static void forest_free(struct forest *f)
{
	told_vec_fini(&f->told.list);
	gaps_fini(&f->gaps);
	world_free(f->world);
	free(f);
}

static enum status walk_forest(struct forest *f)
{
	return interval_tree_for_each(f->world->kernel, &f->query, tell_hit,
				      &f->told, &f->gaps);
}

/* The embedded rb_node of the nth item. */
static kaddr_t rb_of(struct forest *f, size_t n)
{
	bool anon = f->query.type == TREE_ANON;

	return kaddr_add(anon ? f->avcs[n] : f->vmas[n].address,
			 f->world->kernel->facts.layout.members[anon ?
				M_anon_vma_chain_rb :
				M_vm_area_struct_rb].offset);
}

static bool was_told(const struct forest *f, uint64_t start)
{
	for (size_t i = 0; i < f->told.list.n; i++)
		if (f->told.list.items[i] == start)
			return true;
	return false;
}

static const size_t tree_sizes[] = { 0, 1, 2, 3, 10, 40 };

static void find_every_offset(struct forest *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		f->query.first = f->query.last = (i + 1) << 4;
		f->told.list.n = 0;
		ck_ok(walk_forest(f));
		ck_assert_uint_eq(f->told.list.n, 1);
		ck_assert_uint_eq(f->told.list.items[0], f->vmas[i].start);
	}
}

START_TEST(tree_finds_what_covers_an_offset)
{
	for (enum interval_tree_type type = TREE_ANON; type <= TREE_FILE;
	     type++) {
		for (int like = 0; like < N_LIKES; like++) {
			size_t n = tree_sizes[_i];
			struct forest *f = forest_new(like, type, n);

			ck_ok(walk_forest(f));
			ck_assert_uint_eq(f->told.list.n, n);
			find_every_offset(f, n);
			f->query.exhaustive = true;
			find_every_offset(f, n);
			f->query.first = f->query.last = 0x11;
			f->told.list.n = 0;
			ck_ok(walk_forest(f));
			ck_assert_uint_eq(f->told.list.n, 0);
			ck_no_gaps(&f->gaps);
			forest_free(f);
		}
	}
}
END_TEST

/* 7.3: private file mappings have an anonymous offset of their own. */
START_TEST(anon_tree_goes_by_the_anonymous_offset)
{
	struct world *world = world_new(LIKE_7_3);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct vma vma = { .start = 0x10000, .end = 0x14000, .pgoff = 3,
			   .anon_pgoff = 0x100000010 };
	kaddr_t anon_vma = world_anon_vma(world, KADDR(0));
	struct tree_query query = { .type = TREE_ANON, .owner = anon_vma };

	world_vma(world, &vma);
	world_anon_tree(world, anon_vma, &vma, 1, NULL);
	query.root = KADDR(world_get(world, anon_vma, M_anon_vma_rb_root));
	query.first = query.last = 4;
	ck_ok(interval_tree_for_each(world->kernel, &query, tell_hit, &told,
				     &gaps));
	ck_assert_uint_eq(told.list.n, 0);
	query.first = query.last = 0x100000013;
	ck_ok(interval_tree_for_each(world->kernel, &query, tell_hit, &told,
				     &gaps));
	ck_told(&told, 0x10000);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

enum tree_damage {
	TREE_CYCLE, TREE_DANGLING, TREE_MISALIGNED, TREE_USER, TREE_EXCLUDED,
	TREE_FOREIGN, TREE_BAD_VMA,
};

/* Which of the ten nodes is hit, and whether the others are still found. */
static const struct {
	enum interval_tree_type type;
	enum tree_damage damage;
	size_t victim;
	size_t n_lost;
	const char *words;
} tree_rows[] = {
	{ TREE_ANON, TREE_CYCLE, 0, 0, "circle" },
	{ TREE_FILE, TREE_CYCLE, 0, 0, "circle" },
	{ TREE_ANON, TREE_DANGLING, 0, 0, "not mapped" },
	{ TREE_FILE, TREE_DANGLING, 9, 0, "not mapped" },
	{ TREE_ANON, TREE_MISALIGNED, 0, 0, "misaligned" },
	{ TREE_FILE, TREE_MISALIGNED, 0, 0, "misaligned" },
	{ TREE_ANON, TREE_USER, 0, 0, "not a kernel address" },
	{ TREE_FILE, TREE_USER, 0, 0, "not a kernel address" },
	{ TREE_ANON, TREE_EXCLUDED, 0, 1, "excluded" },
	{ TREE_FILE, TREE_EXCLUDED, 0, 1, "excluded" },
	{ TREE_ANON, TREE_FOREIGN, 5, 1, "belongs to anon_vma" },
	{ TREE_ANON, TREE_FOREIGN, 0, 1, "belongs to anon_vma" },
	{ TREE_ANON, TREE_BAD_VMA, 5, 1, "vm_area_struct" },
	{ TREE_FILE, TREE_BAD_VMA, 5, 1, "vm_area_struct" },
};

static void damage_tree(struct forest *f, enum tree_damage damage, size_t n)
{
	kaddr_t rb = rb_of(f, n);

	switch (damage) {
	case TREE_CYCLE:
		world_set(f->world, rb, M_rb_node_left, f->query.root.v);
		break;
	case TREE_DANGLING:
		world_set(f->world, rb, M_rb_node_right, f->query.root.v +
			  (1ULL << 45));
		break;
	case TREE_MISALIGNED:
		world_set(f->world, rb, M_rb_node_left, f->query.root.v + 1);
		break;
	case TREE_USER:
		world_set(f->world, rb, M_rb_node_right, 0x7fff00000000);
		break;
	case TREE_EXCLUDED:
		world_fail(f->world, rb, ST_EXCLUDED);
		break;
	case TREE_FOREIGN:
		world_set(f->world, f->avcs[n], M_anon_vma_chain_anon_vma,
			  f->owner.v + 0x60);
		break;
	case TREE_BAD_VMA:
		world_set(f->world, f->vmas[n].address,
			  M_vm_area_struct_vm_end, 0);
		break;
	}
}

START_TEST(damaged_tree_costs_a_gap)
{
	size_t victim = tree_rows[_i].victim;

	for (int like = 0; like < N_LIKES; like++) {
		struct forest *f = forest_new(like, tree_rows[_i].type, 10);

		damage_tree(f, tree_rows[_i].damage, victim);
		ck_ok(walk_forest(f));
		ck_gap(&f->gaps, tree_rows[_i].type == TREE_ANON ?
		       "anon_vma tree" : "i_mmap tree", tree_rows[_i].words);
		ck_assert_uint_eq(f->told.list.n, 10 - tree_rows[_i].n_lost);
		ck_assert_int_eq(was_told(f, f->vmas[victim].start),
				 !tree_rows[_i].n_lost);
		forest_free(f);
	}
}
END_TEST

/* A stale augmented value hides a subtree from the kernel's own way. */
START_TEST(wrong_augmented_value_needs_the_exhaustive_walk)
{
	for (enum interval_tree_type type = TREE_ANON; type <= TREE_FILE;
	     type++) {
		struct forest *f = forest_new(_i, type, 10);
		size_t top = 5;		/* build() puts the middle on top */

		ck_assert_uint_eq(rb_of(f, top).v, f->query.root.v);
		world_set(f->world, type == TREE_ANON ? f->avcs[top] :
			  f->vmas[top].address, type == TREE_ANON ?
			  M_anon_vma_chain_rb_subtree_last :
			  M_vm_area_struct_rb_subtree_last, 1);
		f->query.first = f->query.last = 0x90;
		ck_ok(walk_forest(f));
		ck_assert_uint_eq(f->told.list.n, 0);
		f->query.exhaustive = true;
		ck_ok(walk_forest(f));
		ck_assert_uint_eq(f->told.list.n, 1);
		ck_no_gaps(&f->gaps);
		forest_free(f);
	}
}
END_TEST

/* Behind an unreadable VMA the tree must not be pruned by guesswork. */
START_TEST(children_of_a_bad_node_are_visited)
{
	struct forest *f = forest_new(LIKE_5_10, TREE_ANON, 10);

	world_fail(f->world, f->vmas[5].address, ST_EXCLUDED);
	f->query.first = f->query.last = 0x10;
	ck_ok(walk_forest(f));
	ck_assert(was_told(f, f->vmas[0].start));
	ck_gap(&f->gaps, "anon_vma tree", "excluded");
	forest_free(f);
}
END_TEST

/* An interval that runs over the end of all numbers is damage. */
START_TEST(interval_that_wraps_around_is_a_gap)
{
	struct forest *f = forest_new(LIKE_5_10, TREE_FILE, 1);

	world_set(f->world, f->vmas[0].address, M_vm_area_struct_vm_end,
		  f->vmas[0].start + 0x8000);
	world_set(f->world, f->vmas[0].address, M_vm_area_struct_vm_pgoff,
		  UINT64_MAX - 1);
	f->query.exhaustive = true;
	f->query.first = f->query.last = 3;
	ck_ok(walk_forest(f));
	ck_assert_uint_ge(f->told.list.n + gaps_count(&f->gaps), 1);
	forest_free(f);
}
END_TEST

START_TEST(tree_visitor_ends_the_walk)
{
	struct forest *f = forest_new(LIKE_6_12, TREE_FILE, 10);

	f->told.answer = answers[_i];
	f->told.stop_at = 3;
	ck_status(walk_forest(f), answers[_i]);
	ck_assert_uint_eq(f->told.list.n, 3);
	ck_no_gaps(&f->gaps);
	forest_free(f);
}
END_TEST

/* ---- page tables ---- */

#define PMD_PFN_BITS	0x000fffffffe00000ULL
#define PTE_PFN_BITS	0x000ffffffffff000ULL
#define PROTNONE_PTE(pfn)	(((uint64_t)(pfn) << 12 ^ PTE_PFN_BITS) | 0x100)
#define PROTNONE_PMD(pfn)	(((uint64_t)(pfn) << 12 ^ PMD_PFN_BITS) | 0x180)

static const struct {
	uint64_t address;
	enum pt_level level;
	uint64_t raw, asked;
	enum pte_kind kind;
	uint64_t covers, pfn;
} lookup_rows[] = {
	{ 0x401000, PT_PTE, 0x1234067, 0x401fff, PTE_PAGE, 0x401000, 0x1234 },
	{ 0x401000, PT_PTE, 0x1234067, 0x402000, PTE_NONE, 0x402000, 0 },
	{ 0x401000, PT_PTE, 0x1234067, 0x601000, PTE_NONE, 0x600000, 0 },
	{ 0x401000, PT_PTE, PROTNONE_PTE(0x1234), 0x401000, PTE_PAGE,
	  0x401000, 0x1234 },
	{ 0x401000, PT_PTE, 0x07fffffffffffe00ULL & ~0x5ULL, 0x401000, PTE_SWAP,
	  0x401000, 0 },
	{ 0x7f0000200000, PT_PMD, 0x402000e7, 0x7f0000234567, PTE_PAGE,
	  0x7f0000200000, 0x40200 },
	{ 0x7f0000200000, PT_PMD, PROTNONE_PMD(0x40200), 0x7f0000234567,
	  PTE_PAGE, 0x7f0000200000, 0x40200 },
	{ 0x7f0040000000, PT_PUD, 0x800000e7, 0x7f007fffffff, PTE_PAGE,
	  0x7f0040000000, 0x80000 },
	{ 0x7f0040000000, PT_PUD, 0x800000e7, 0x7f0080000000, PTE_NONE,
	  0x7f0080000000, 0 },
	{ 0, PT_PTE, 0x5067, 0, PTE_PAGE, 0, 5 },
	{ 0x7ffffffff000, PT_PTE, 0x5067, 0x7fffffffffff, PTE_PAGE,
	  0x7ffffffff000, 5 },
};

START_TEST(lookup_finds_the_entry)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct world *world = world_new(like);
		paddr_t pgd = world_pgd(world, world_mm(world));
		struct pgtable_entry entry;

		world_map_raw(world, pgd, lookup_rows[_i].address,
			      lookup_rows[_i].level, lookup_rows[_i].raw);
		ck_ok(pgtable_lookup(world->kernel, pgd,
				     UADDR(lookup_rows[_i].asked), &entry));
		ck_assert_int_eq(entry.pte.kind, lookup_rows[_i].kind);
		ck_assert_uint_eq(entry.address.v, lookup_rows[_i].covers);
		if (entry.pte.kind == PTE_PAGE)
			ck_assert_uint_eq(entry.pte.pfn.v, lookup_rows[_i].pfn);
		world_free(world);
	}
}
END_TEST

/* Each table on the way, from the top: failing it is a failure, not "none". */
START_TEST(unreadable_table_is_a_failure)
{
	for (enum pt_level level = PT_PTE; level <= PT_PGD; level++) {
		struct world *world = world_new(_i);
		paddr_t pgd = world_pgd(world, world_mm(world));
		struct pgtable_entry entry = { .address = { 4711 } };

		if (level > mmu_top(&world->kernel->mmu)) {
			world_free(world);
			break;
		}
		world_map_raw(world, pgd, 0x401000, PT_PTE, 0x1234067);
		world_fail(world, world_entry(world, pgd, 0x401000, level),
			   ST_EXCLUDED);
		ck_status(pgtable_lookup(world->kernel, pgd, UADDR(0x401000),
					 &entry), ST_EXCLUDED);
		ck_contains(world->kernel->diag.text, "page table (");
		ck_contains(world->kernel->diag.text, pt_level_name(level));
		ck_assert_uint_eq(entry.address.v, 4711);
		world_free(world);
	}
}
END_TEST

START_TEST(bad_entry_is_a_failure)
{
	struct world *world = world_new(_i);
	enum pt_level top = mmu_top(&world->kernel->mmu);
	paddr_t pgd = world_pgd(world, world_mm(world));
	struct pgtable_entry entry;

	world_map_raw(world, pgd, 0x401000, top, 0x12340e7);
	ck_status(pgtable_lookup(world->kernel, pgd, UADDR(0x401000), &entry),
		  ST_CORRUPT);
	ck_contains(world->kernel->diag.text, "makes no sense");
	world_free(world);
}
END_TEST

static enum status tell_entry_address(const struct pgtable_entry *entry,
				      void *arg)
{
	return tell(arg, entry->address.v);
}

/* Two pages, a huge one, a swap entry; nothing of the kernel's half. */
static paddr_t mixed_table(struct world *world)
{
	paddr_t pgd = world_pgd(world, world_mm(world));
	uint64_t kernel_half = mmu_user_end(&world->kernel->mmu);

	world_map_raw(world, pgd, 0x7f0000200000, PT_PMD, 0x402000e7);
	world_map_raw(world, pgd, 0x402000, PT_PTE, 0x1235067);
	world_map_raw(world, pgd, 0x401000, PT_PTE, 0x1234067);
	world_map_raw(world, pgd, 0x403000, PT_PTE, 0x07fffffffffffe00ULL);
	world_map_raw(world, pgd, 0x404000, PT_PTE, 0x60);	/* A and D */
	world_map_raw(world, pgd, kernel_half, PT_PTE, 0x1236067);
	return pgd;
}

static enum status tell_slot(const struct pgtable_entry *entry, void *arg)
{
	return tell(arg, entry->slot.v);
}

/* Two address spaces with a table in common, as of hugetlb: one entry. */
START_TEST(entry_of_a_shared_table)
{
	struct world *world = world_new(_i);
	paddr_t one = world_pgd(world, world_mm(world));
	paddr_t other = world_pgd(world, world_mm(world));
	struct gaps gaps = { .n_unlisted = 0 };
	struct told told = { .stop_at = 0 };
	struct pgtable_entry entry;
	kaddr_t slot;
	uint64_t where;

	world_map_raw(world, one, 0x40200000, PT_PMD,
		      0x2400ULL << 12 | PTE_HUGE);
	slot = world_entry(world, one, 0x40200000, PT_PMD);
	world_map_raw(world, other, 0x40000000, PT_PUD,
		      world_frame_of(world, slot) << 12 | PTE_PRESENT);
	where = (world_frame_of(world, slot) << 12) + (slot.v & 4095);
	ck_ok(pgtable_lookup(world->kernel, one, UADDR(0x40201000), &entry));
	ck_assert_uint_eq(entry.slot.v, where);
	ck_ok(pgtable_lookup(world->kernel, other, UADDR(0x40201000), &entry));
	ck_assert_uint_eq(entry.slot.v, where);
	ck_ok(pgtable_for_each(world->kernel, other, tell_slot, &told, &gaps));
	ck_told(&told, where);
	ck_no_gaps(&gaps);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(every_entry_of_the_user_half)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	paddr_t pgd = mixed_table(world);

	ck_ok(pgtable_for_each(world->kernel, pgd, tell_entry_address, &told,
			       &gaps));
	ck_told(&told, 0x401000, 0x402000, 0x403000, 0x7f0000200000);
	ck_no_gaps(&gaps);
	told.answer = ST_STOPPED;
	told.stop_at = 2;
	ck_status(pgtable_for_each(world->kernel, pgd, tell_entry_address,
				   &told, &gaps), ST_STOPPED);
	ck_told(&told, 0x401000, 0x402000);
	world_free(world);
}
END_TEST

static enum status tell_plain(uaddr_t address, const uint64_t *frames,
			      size_t n, void *arg)
{
	for (size_t i = 0; i < n; i++) {
		enum status st = frames[i] == NOT_PLAIN ? ST_OK :
				 tell(arg, address.v + i * 4096 +
				      frames[i] % 4096);

		if (st)
			return st;
	}
	return ST_OK;
}

/* The two small pages, and then what needs a second look. */
START_TEST(plain_entries_come_at_once)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	paddr_t pgd = mixed_table(world);
	const struct pgtable_control control = {
		.last = mmu_user_end(&world->kernel->mmu) - 1,
		.entry = tell_entry_address,
		.plain = tell_plain,
		.arg = &told,
	};

	ck_ok(pgtable_walk(world->kernel, pgd, &control, &gaps));
	ck_told(&told, 0x401234, 0x402235, 0x403000, 0x7f0000200000);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

/* A huge page counts if any of it is inside; what lies outside is not read. */
START_TEST(entries_of_a_range)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	paddr_t pgd = mixed_table(world);

	ck_ok(pgtable_for_each_in(world->kernel, pgd,
				  (struct uaddr_range) { 0x402000, 0x403000 },
				  tell_entry_address, &told, &gaps));
	ck_told(&told, 0x402000);
	ck_ok(pgtable_for_each_in(world->kernel, pgd,
				  (struct uaddr_range) { 0x7f00003ff000,
							 UINT64_MAX },
				  tell_entry_address, &told, &gaps));
	ck_told(&told, 0x7f0000200000);
	world_fail(world, world_entry(world, pgd, 0x401000, PT_PTE),
		   ST_EXCLUDED);
	ck_ok(pgtable_for_each_in(world->kernel, pgd,
				  (struct uaddr_range) { 0x600000,
							 0x7f0000200000 },
				  tell_entry_address, &told, &gaps));
	ck_told_nothing(&told);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

START_TEST(unreadable_table_is_passed_over)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	paddr_t pgd = mixed_table(world);

	world_fail(world, world_entry(world, pgd, 0x401000, PT_PTE),
		   ST_EXCLUDED);
	/* An entry of the top table that no kernel sets. */
	world_map_raw(world, pgd, mmu_user_end(&world->kernel->mmu) / 2,
		      mmu_top(&world->kernel->mmu), 0x12340e7);
	ck_ok(pgtable_for_each(world->kernel, pgd, tell_entry_address, &told,
			       &gaps));
	ck_told(&told, 0x7f0000200000);
	ck_gap(&gaps, "page table", "makes no sense");
	ck_gap(&gaps, "page table", "excluded");
	ck_contains(gaps.list.items[0].where, "pte table");
	ck_contains(gaps.list.items[0].where, "0x400000");
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

/* A table that holds itself ends after as many levels as there are. */
START_TEST(table_that_holds_itself)
{
	struct world *world = world_new(LIKE_5_10);
	struct told told = { .answer = ST_STOPPED, .stop_at = 10 };
	struct gaps gaps = { 0 };
	paddr_t pgd = world_pgd(world, world_mm(world));

	world_map_raw(world, pgd, 0, PT_P4D, pgd.v | PTE_PRESENT);
	ck_ok(pgtable_for_each(world->kernel, pgd, tell_entry_address, &told,
			       &gaps));
	ck_assert_uint_le(told.list.n, 1);
	told_vec_fini(&told.list);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(pgd_of_an_mm)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);
	paddr_t pgd = { 4711 };

	ck_ok(pgtable_of_mm(world->kernel, mm, &pgd));
	ck_assert_uint_eq(pgd.v, world_pgd(world, mm).v);
	pgd.v = 4711;
	world_set(world, mm, M_mm_struct_pgd, 0x1000);
	ck_status(pgtable_of_mm(world->kernel, mm, &pgd), ST_CORRUPT);
	world_fail(world, mm, ST_EXCLUDED);
	ck_status(pgtable_of_mm(world->kernel, mm, &pgd), ST_EXCLUDED);
	ck_contains(world->kernel->diag.text, "pgd: mm_struct 0x");
	ck_assert_uint_eq(pgd.v, 4711);
	world_free(world);
}
END_TEST

/* ---- what is present ---- */

static enum status tell_page(pfn_t first, uint64_t n, uaddr_t address,
			     void *arg)
{
	enum status st = tell(arg, address.v);

	if (!st)
		st = tell(arg, first.v);
	return st ? st : tell(arg, n);
}

/* An mm with the mixed table, and two VMAs. */
static kaddr_t populated_mm(struct world *world, struct vma vmas[static 2])
{
	kaddr_t mm = world_mm(world);
	paddr_t pgd = world_pgd(world, mm);

	vmas[0] = (struct vma) { .mm = mm, .start = 0x400000, .end = 0x405000 };
	vmas[1] = (struct vma) {
		.mm = mm, .start = 0x7f0000200000, .end = 0x7f0000600000
	};
	for (size_t i = 0; i < 2; i++)
		world_vma(world, &vmas[i]);
	world_set_vmas(world, mm, vmas, 2);
	world_map_raw(world, pgd, 0x401000, PT_PTE, 0x1234067);
	world_map_raw(world, pgd, 0x402000, PT_PTE, 0x1235067);
	world_map_raw(world, pgd, 0x403000, PT_PTE, 0x07fffffffffffe00ULL);
	/* of type 31: of no swap device */
	world_map_raw(world, pgd, 0x404000, PT_PTE, 0xffffffffffffe000ULL);
	world_map_raw(world, pgd, 0x7f0000200000, PT_PMD, 0x402000e7);
	return mm;
}

START_TEST(present_pages_of_an_mm)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct resident resident;
	struct vma vmas[2];
	kaddr_t mm = populated_mm(world, vmas);

	ck_ok(mm_find(world->kernel, mm));
	ck_ok(resident_of_mm(world->kernel, mm, tell_page, &told, &resident,
			     &gaps));
	ck_told(&told, 0x401000, 0x1234, 1, 0x402000, 0x1235, 1,
		0x7f0000200000, 0x40200, 512);
	ck_assert_uint_eq(resident.n_vmas, 2);
	ck_assert_uint_eq(resident.covered, 5 + 1024);
	ck_assert_uint_eq(resident.present, 2 + 512);
	ck_assert_uint_eq(resident.swapped, 1);
	ck_assert_uint_eq(resident.unmapped, 1);
	ck_no_gaps(&gaps);
	told.answer = ST_STOPPED;
	told.stop_at = 1;
	ck_status(resident_of_mm(world->kernel, mm, tell_page, &told,
				 &resident, &gaps), ST_STOPPED);
	told_vec_fini(&told.list);
	world_free(world);
}
END_TEST

/* A huge page that reaches out of its VMA counts inside of it. */
START_TEST(present_pages_of_a_vma)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct resident resident;
	struct vma vmas[2], vma;

	populated_mm(world, vmas);
	ck_ok(vma_find(world->kernel, vmas[0].address, &vma));
	ck_ok(resident_of_vma(world->kernel, &vma, tell_page, &told,
			      &resident, &gaps));
	ck_told(&told, 0x401000, 0x1234, 1, 0x402000, 0x1235, 1);
	ck_assert_uint_eq(resident.swapped, 1);
	vma = vmas[1];
	vma.start = 0x7f0000201000;
	vma.end = 0x7f0000203000;
	ck_ok(resident_of_vma(world->kernel, &vma, tell_page, &told,
			      &resident, &gaps));
	ck_told(&told, 0x7f0000201000, 0x40201, 2);
	ck_assert_uint_eq(resident.present, 2);
	ck_no_gaps(&gaps);
	world_free(world);
}
END_TEST

START_TEST(more_entries_than_vmas_are_a_gap)
{
	struct world *world = world_new(_i);
	struct told told = { .answer = ST_OK };
	struct gaps gaps = { 0 };
	struct resident resident;
	struct vma vmas[2];
	kaddr_t mm = populated_mm(world, vmas);

	world_set_vmas(world, mm, vmas, 1);
	ck_ok(resident_of_mm(world->kernel, mm, tell_page, &told, &resident,
			     &gaps));
	ck_gap(&gaps, "page table", "entries for 516 pages, and VMAs for 5");
	told_vec_fini(&told.list);
	gaps_fini(&gaps);
	world_free(world);
}
END_TEST

START_TEST(vma_or_mm_that_is_none)
{
	struct world *world = world_new(_i);
	struct diag *diag = &world->kernel->diag;
	struct vma vmas[2], vma = { .pgoff = 4711 };
	kaddr_t mm = populated_mm(world, vmas);

	/* Freed: it names its mm still. */
	world_set_vmas(world, mm, vmas, 1);
	ck_status(vma_find(world->kernel, vmas[1].address, &vma),
		  ST_NO_ADDRESS);
	ck_contains(diag->text, "which does not have it");
	/* The mm that it names is none; the reason is told. */
	world_set(world, vmas[1].address, M_vm_area_struct_vm_mm, 0x1001);
	ck_status(vma_find(world->kernel, vmas[1].address, &vma),
		  ST_NO_ADDRESS);
	ck_contains(diag->text, "0x1001: misaligned");
	ck_status(vma_find(world->kernel, mm, &vma), ST_CORRUPT);
	world_fail(world, vmas[1].address, ST_EXCLUDED);
	ck_status(vma_find(world->kernel, vmas[1].address, &vma), ST_EXCLUDED);
	ck_assert_uint_eq(vma.pgoff, 4711);
	ck_status(mm_find(world->kernel, world_mm(world)), ST_NO_ADDRESS);
	ck_contains(diag->text, "no VMA says that it belongs there");
	ck_status(mm_find(world->kernel, vmas[0].address), ST_NO_ADDRESS);
	world_free(world);
}
END_TEST

/* ---- tasks ---- */

static struct tasks *read_tasks(struct world *world)
{
	struct tasks *tasks = NULL;

	ck_ok(tasks_read(world->kernel, &tasks));
	return tasks;
}

static bool mm_has_pids(const struct tasks *tasks, kaddr_t mm,
			const uint32_t *pids, size_t n)
{
	const struct user_mm *user = tasks_of_mm(tasks, mm);

	if (!user || user->n_processes != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (user->processes[i].pid != pids[i])
			return false;
	return true;
}

#define ck_pids(tasks, mm, ...)						\
	ck_assert(mm_has_pids(tasks, mm,				\
		(const uint32_t[]) { __VA_ARGS__ },			\
		ARRAY_LEN(((const uint32_t[]) { __VA_ARGS__ }))))

START_TEST(no_processes)
{
	struct world *world = world_new(_i);
	struct tasks *tasks = read_tasks(world);

	ck_assert_uint_eq(tasks->n_mms, 0);
	ck_assert_ptr_null(tasks_of_mm(tasks, KADDR(0)));
	ck_no_gaps(&tasks->gaps);
	tasks_free(tasks);
	tasks_free(NULL);
	world_free(world);
}
END_TEST

START_TEST(processes_by_mm)
{
	struct world *world = world_new(_i);
	kaddr_t shared = world_mm(world), own = world_mm(world);
	struct tasks *tasks;

	world_task(world, 300, shared, "vfork-child");
	world_task(world, 100, own, "sh");
	world_task(world, 200, shared, "sixteen-bytes-xx");
	tasks = read_tasks(world);
	ck_no_gaps(&tasks->gaps);
	ck_assert_uint_eq(tasks->n_mms, 2);
	ck_assert_uint_eq(tasks->mms[0].mm.v, own.v);
	ck_pids(tasks, own, 100);
	ck_pids(tasks, shared, 200, 300);
	ck_assert_str_eq(tasks_of_mm(tasks, own)->processes[0].comm, "sh");
	ck_assert_str_eq(tasks_of_mm(tasks, shared)->processes[0].comm,
			 "sixteen-bytes-xx");
	tasks_free(tasks);
	world_free(world);
}
END_TEST

START_TEST(no_comm_is_read_as_it_is_under_redact)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);
	const struct process *processes;
	struct tasks *tasks;

	world->kernel->redact = true;
	world_task(world, 100, mm, "sh");
	world_task(world, 200, mm, "sixteen-bytes-xx");
	world_task(world, 300, mm, "");
	tasks = read_tasks(world);
	processes = tasks_of_mm(tasks, mm)->processes;
	ck_assert_str_eq(processes[0].comm, "c89c4ec9f6b3f");
	ck_assert_str_eq(processes[1].comm, "cdff977091d10");
	ck_assert_str_eq(processes[2].comm, "");
	tasks_free(tasks);
	world_free(world);
}
END_TEST

START_TEST(threads_under_a_zombie_leader)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);
	kaddr_t leader = world_task(world, 100, KADDR(0), "main");
	struct tasks *tasks;

	world_task(world, 200, KADDR(0), "zombie");
	world_thread(world, leader, 102, mm);
	world_thread(world, leader, 101, KADDR(0));
	tasks = read_tasks(world);
	ck_no_gaps(&tasks->gaps);
	ck_assert_uint_eq(tasks->n_mms, 1);
	ck_pids(tasks, mm, 100);
	ck_assert_str_eq(tasks->mms[0].processes[0].comm, "main");
	tasks_free(tasks);
	world_free(world);
}
END_TEST

/* kthread_use_mm() lends a user's mm to a kernel thread. */
START_TEST(kernel_thread_with_a_borrowed_mm)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);
	struct tasks *tasks;

	world_set(world, world_task(world, 50, mm, "vhost-1"),
		  M_task_struct_flags, 0x00200000);
	world_task(world, 100, mm, "qemu");
	tasks = read_tasks(world);
	ck_pids(tasks, mm, 100);
	tasks_free(tasks);
	world_free(world);
}
END_TEST

enum task_damage {
	TASK_CYCLE, TASK_EXCLUDED, TASK_NULL, TASK_MISALIGNED,
	THREAD_EXCLUDED, THREAD_CYCLE, SIGNAL_EXCLUDED,
};

static const struct {
	enum task_damage damage;
	const char *what, *why;
} task_rows[] = {
	{ TASK_CYCLE, "task list", "circle" },
	{ TASK_EXCLUDED, "", "excluded" },
	{ TASK_NULL, "", "not a kernel address" },
	{ TASK_MISALIGNED, "", "" },
	{ THREAD_EXCLUDED, "thread", "excluded" },
	{ THREAD_CYCLE, "thread list", "circle" },
	{ SIGNAL_EXCLUDED, "thread list", "excluded" },
};

/* The first process (a zombie leader with threads) is damaged. */
static void damage_task(struct world *world, kaddr_t first, kaddr_t thread,
			enum task_damage damage)
{
	const struct layout *layout = &world->kernel->facts.layout;
	kaddr_t tasks = kaddr_add(first,
			layout->members[M_task_struct_tasks].offset);
	kaddr_t node = kaddr_add(thread,
			layout->members[M_task_struct_thread_node].offset);

	switch (damage) {
	case TASK_CYCLE:
		world_write_word(world, tasks, tasks.v);
		break;
	case TASK_EXCLUDED:
		world_fail(world, tasks, ST_EXCLUDED);
		break;
	case TASK_NULL:
		world_write_word(world, tasks, 0);
		break;
	case TASK_MISALIGNED:
		world_write_word(world, tasks, tasks.v + 3);
		break;
	case THREAD_EXCLUDED:
		world_fail(world, node, ST_EXCLUDED);
		break;
	case THREAD_CYCLE:
		world_write_word(world, node, node.v);
		break;
	case SIGNAL_EXCLUDED:
		world_fail(world, KADDR(world_get(world, first,
						  M_task_struct_signal)),
			   ST_EXCLUDED);
		break;
	}
}

START_TEST(damaged_task_costs_a_gap)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct world *world = world_new(like);
		kaddr_t mm = world_mm(world);
		kaddr_t first = world_task(world, 100, KADDR(0), "first");
		kaddr_t thread = world_thread(world, first, 101, KADDR(0));
		struct tasks *tasks;

		world_task(world, 200, mm, "second");
		damage_task(world, first, thread, task_rows[_i].damage);
		tasks = read_tasks(world);
		ck_gap(&tasks->gaps, task_rows[_i].what, task_rows[_i].why);
		/* It is found from the other end. */
		ck_pids(tasks, mm, 200);
		tasks_free(tasks);
		world_free(world);
	}
}
END_TEST

/* ---- paths ---- */

struct tree_of_files {
	kaddr_t root, home, file_dentry;	/* of the root file system */
	kaddr_t root_mount;
	kaddr_t sub_root, sub_dir, sub_mount;	/* mounted on /home */
};

static struct tree_of_files make_files(struct world *world)
{
	struct tree_of_files t = { .root = world_dentry(world, KADDR(0), "/") };

	t.home = world_dentry(world, t.root, "home");
	t.file_dentry = world_dentry(world, t.home, "a file");
	t.root_mount = world_mount(world, t.root, KADDR(0), KADDR(0));
	t.sub_root = world_dentry(world, KADDR(0), "/");
	t.sub_dir = world_dentry(world, t.sub_root, "dir");
	t.sub_mount = world_mount(world, t.sub_root, t.root_mount, t.home);
	return t;
}

enum path_case {
	PATH_PLAIN, PATH_ROOT, PATH_NESTED, PATH_BIND, PATH_BIND_FILE,
	PATH_DELETED, PATH_BIND_FILE_DELETED, PATH_MEMFD, PATH_NO_MOUNT,
	PATH_DETACHED, PATH_DETACHED_ROOT,
};

static const struct {
	enum path_case what;
	const char *path;
} path_rows[] = {
	{ PATH_PLAIN, "/home/a file" },
	{ PATH_ROOT, "/" },
	{ PATH_NESTED, "/home/dir/x" },
	{ PATH_BIND, "/home/x" },		/* mnt_root is not its fs's root */
	{ PATH_BIND_FILE, "/home" },		/* a file mounted on a file */
	{ PATH_DELETED, "/home/a file (deleted)" },
	{ PATH_BIND_FILE_DELETED, "/home (deleted)" },
	{ PATH_MEMFD, "/memfd:name (deleted)" },
	{ PATH_NO_MOUNT, "(unreachable)/home/a file" },
	{ PATH_DETACHED, "(unreachable)/dir/x" },
	{ PATH_DETACHED_ROOT, "(unreachable)/" },
};

/* umount_tree() */
static kaddr_t detach(struct world *world, kaddr_t mount)
{
	world_set(world, mount, M_mount_mnt_parent, mount.v);
	world_set(world, mount, M_mount_mnt_ns, 0);
	return mount;
}

static kaddr_t file_of_case(struct world *world, enum path_case what)
{
	struct tree_of_files t = make_files(world);
	kaddr_t inside = world_dentry(world, t.sub_dir, "x");
	kaddr_t memfd = world_dentry(world, KADDR(0), "memfd:name");
	kaddr_t bind = world_mount(world, t.sub_dir, t.root_mount, t.home);

	switch (what) {
	case PATH_PLAIN:
		break;
	case PATH_ROOT:
		return world_file(world, t.root_mount, t.root);
	case PATH_NESTED:
		return world_file(world, t.sub_mount, inside);
	case PATH_BIND:
		return world_file(world, bind, inside);
	case PATH_BIND_FILE_DELETED:
		world_set(world, t.sub_dir, M_dentry_hash_pprev, 0);
		/* fall through */
	case PATH_BIND_FILE:
		return world_file(world, bind, t.sub_dir);
	case PATH_DELETED:
		world_set(world, t.file_dentry, M_dentry_hash_pprev, 0);
		break;
	case PATH_MEMFD:	/* shm_mnt: its root is another dentry */
		return world_file(world, world_mount(world,
				world_dentry(world, KADDR(0), "/"), KADDR(0),
				KADDR(0)), memfd);
	case PATH_NO_MOUNT:
		return world_file(world, KADDR(0), t.file_dentry);
	case PATH_DETACHED:
		return world_file(world, detach(world, t.sub_mount), inside);
	case PATH_DETACHED_ROOT:
		return world_file(world, detach(world, t.sub_mount),
				  t.sub_root);
	}
	return world_file(world, t.root_mount, t.file_dentry);
}

START_TEST(path_as_in_proc_maps)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct world *world = world_new(like);
		char path[PATH_SIZE];

		ck_ok(path_of_file(world->kernel,
				   file_of_case(world, path_rows[_i].what),
				   path));
		ck_assert_str_eq(path, path_rows[_i].path);
		world_free(world);
	}
}
END_TEST

enum path_damage {
	BAD_DENTRY_CYCLE, BAD_MOUNT_CYCLE, BAD_NAME, BAD_DENTRY, BAD_MOUNT,
	BAD_FILE, BAD_NULL, BAD_LONG, BAD_ENDLESS_NAME,
};

static const struct {
	enum path_damage damage;
	enum status st;
	const char *words;
} bad_path_rows[] = {
	{ BAD_DENTRY_CYCLE, ST_BUDGET, "circle" },
	{ BAD_MOUNT_CYCLE, ST_BUDGET, "circle" },
	{ BAD_NAME, ST_EXCLUDED, "excluded" },
	{ BAD_DENTRY, ST_EXCLUDED, "dentry 0x" },
	{ BAD_MOUNT, ST_EXCLUDED, "0x" },
	{ BAD_FILE, ST_EXCLUDED, "file 0x" },
	{ BAD_NULL, ST_CORRUPT, "" },	/* a struct file that was freed */
	{ BAD_LONG, ST_CORRUPT, "longer" },
	{ BAD_ENDLESS_NAME, ST_CORRUPT, "does not end" },
};

static kaddr_t deep_dentry(struct world *world, kaddr_t parent)
{
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	for (int i = 0; i < 20; i++)
		parent = world_dentry(world, parent, name);
	return parent;
}

static kaddr_t dentry_without_end(struct world *world, kaddr_t parent)
{
	char name[257];

	memset(name, 'n', 256);
	name[256] = '\0';
	return world_dentry(world, parent, name);
}

static kaddr_t file_with_damage(struct world *world, enum path_damage damage)
{
	struct tree_of_files t = make_files(world);
	kaddr_t file = world_file(world, t.sub_mount, t.sub_dir);

	switch (damage) {
	case BAD_DENTRY_CYCLE:
		world_set(world, t.sub_root, M_dentry_d_parent, t.sub_dir.v);
		return world_file(world, t.root_mount, t.sub_dir);
	case BAD_MOUNT_CYCLE:
		world_set(world, t.root_mount, M_mount_mnt_parent,
			  t.sub_mount.v);
		world_set(world, t.root_mount, M_mount_mnt_mountpoint,
			  t.sub_dir.v);
		break;
	case BAD_NAME:
		world_fail(world, KADDR(world_get(world, t.sub_dir,
						  M_dentry_name)), ST_EXCLUDED);
		break;
	case BAD_DENTRY:
		world_fail(world, t.sub_dir, ST_EXCLUDED);
		break;
	case BAD_MOUNT:
		world_fail(world, t.sub_mount, ST_EXCLUDED);
		break;
	case BAD_FILE:
		world_fail(world, file, ST_EXCLUDED);
		break;
	case BAD_NULL:
		return world_file(world, KADDR(0), KADDR(0));
	case BAD_LONG:
		return world_file(world, t.root_mount,
				  deep_dentry(world, t.root));
	case BAD_ENDLESS_NAME:
		return world_file(world, t.root_mount,
				  dentry_without_end(world, t.root));
	}
	return file;
}

START_TEST(path_that_cannot_be_told)
{
	struct world *world = world_new(LIKE_6_12);
	kaddr_t file = file_with_damage(world, bad_path_rows[_i].damage);
	char path[PATH_SIZE];

	ck_status(path_of_file(world->kernel, file, path),
		  bad_path_rows[_i].st);
	ck_contains(world->kernel->diag.text, bad_path_rows[_i].words);
	world_free(world);
}
END_TEST

START_TEST(path_that_an_overlay_shows)
{
	for (int like = LIKE_6_12; like < N_LIKES; like++) {
		struct world *world = world_new(like);
		struct tree_of_files t = make_files(world);
		kaddr_t below = world_dentry(world, t.sub_dir, "below");
		kaddr_t file = world_backing_file(world, t.sub_mount, below,
						  t.root_mount, t.file_dentry);
		char path[PATH_SIZE];

		ck_ok(path_of_file(world->kernel, file, path));
		ck_assert_str_eq(path, "/home/a file");
		world_set(world, file, M_file_f_mode, 0);
		ck_ok(path_of_file(world->kernel, file, path));
		ck_assert_str_eq(path, "/home/dir/below");
		world_free(world);
	}
}
END_TEST

/* Behind a file of its own stands what was there before. */
START_TEST(what_is_no_user_path)
{
	for (int like = LIKE_6_12; like < N_LIKES; like++) {
		struct world *world = world_new(like);
		struct tree_of_files t = make_files(world);
		kaddr_t file = world_backing_file(world, t.root_mount,
						  t.file_dentry, t.sub_mount,
						  t.sub_dir);
		char path[PATH_SIZE];

		world_set(world, t.sub_dir, M_dentry_d_sb, t.root.v);
		ck_ok(path_of_file(world->kernel, file, path));
		ck_assert_str_eq(path, "/home/a file");
		world_fail(world, t.sub_dir, ST_EXCLUDED);
		ck_status(path_of_file(world->kernel, file, path), ST_EXCLUDED);
		world_free(world);
	}
}
END_TEST

START_TEST(mode_of_a_kernel_without_backing_files)
{
	struct world *world = world_new(LIKE_5_10);
	struct tree_of_files t = make_files(world);
	kaddr_t file = world_file(world, t.root_mount, t.file_dentry);
	char path[PATH_SIZE];

	world_set(world, file, M_file_f_mode, UINT32_MAX);
	ck_ok(path_of_file(world->kernel, file, path));
	ck_assert_str_eq(path, "/home/a file");
	world_free(world);
}
END_TEST

/* The name ends just before a page that is not there. */
START_TEST(name_at_the_end_of_a_page)
{
	struct world *world = world_new(LIKE_6_12);
	struct tree_of_files t = make_files(world);
	kaddr_t page = world_alloc(world, 4096);
	char path[PATH_SIZE];

	world_write(world, kaddr_add(page, 4096 - 5), "edge", 5);
	world_set(world, t.file_dentry, M_dentry_name, page.v + 4096 - 5);
	world_fail(world, world_alloc(world, 4096), ST_EXCLUDED);
	ck_ok(path_of_file(world->kernel,
			   world_file(world, t.root_mount, t.file_dentry),
			   path));
	ck_assert_str_eq(path, "/home/edge");
	world_free(world);
}
END_TEST

/* ---- swap entries ---- */

#define SWAP_OFFSET	0x20b

static const struct {
	const char *what;
	uint8_t byte;
	struct swap_slot slot;
} slot_rows[] = {
	{ "free", 0, { .use = SWAP_UNUSED } },
	{ "read ahead, and nobody's", 0x40, { .use = SWAP_UNUSED, .count = 0,
	  .cached = true } },
	{ "of one", 1, { .use = SWAP_COUNTED, .count = 1,
	  .cached = false } },
	{ "of three, and cached", 0x43, { .use = SWAP_COUNTED, .count = 3,
	  .cached = true } },
	{ "of 62", 0x3e, { .use = SWAP_COUNTED, .count = 62,
	  .cached = false } },
	{ "bad", 0x3f, { .use = SWAP_BAD, .count = 0,
	  .cached = false } },
	{ "of shared memory", 0xbf, { .use = SWAP_SHMEM, .count = 0,
	  .cached = false } },
	{ "the same, cached", 0xff, { .use = SWAP_SHMEM, .count = 0,
	  .cached = true } },
	{ "continued", 0x80, { .use = SWAP_CONTINUED, .count = 0,
	  .cached = false } },
	{ "continued", 0xbe, { .use = SWAP_CONTINUED, .count = 0,
	  .cached = false } },
};

/* A swap file of that type, and its swap_map (0: none, as when switched off). */
static kaddr_t make_swap_file(struct world *world, unsigned int type,
			      uint64_t max, kaddr_t map)
{
	kaddr_t table = world_alloc(world, 32 * 8);
	kaddr_t file = world_object(world, S_swap_info_struct);

	world->kernel->facts.variables[KSYM_SWAP_INFO] =
		(struct kernel_variable) { true, table, 0 };
	world_write_word(world, kaddr_add(table, type * 8), file.v);
	world_set(world, file, M_swap_info_struct_max, max);
	if (world->like != LIKE_7_3)
		world_set(world, file, M_swap_info_struct_swap_map, map.v);
	return file;
}

START_TEST(kernel_counts_a_swap_entry)
{
	for (int like = 0; like < LIKE_7_3; like++) {
		struct world *world = world_new(like);
		kaddr_t map = world_alloc(world, 0x1000);
		struct swap_slot slot;

		make_swap_file(world, 1, 0x1000, map);
		world_write(world, kaddr_add(map, SWAP_OFFSET),
			    &slot_rows[_i].byte, 1);
		ck_ok(swap_slot_read(world->kernel,
				     (struct swap_entry) { 1, SWAP_OFFSET },
				     &slot));
		ck_assert_msg(slot.use == slot_rows[_i].slot.use &&
			      slot.count == slot_rows[_i].slot.count &&
			      slot.cached == slot_rows[_i].slot.cached,
			      "%s", slot_rows[_i].what);
		world_free(world);
	}
}
END_TEST

static const struct {
	struct swap_entry entry;
	enum status status;
	const char *words;
} no_slot_rows[] = {
	{ { 0, SWAP_OFFSET }, ST_ABSENT, "no such swap file" },
	{ { 1, 0x1000 }, ST_ABSENT, "ends before it" },
	{ { 1, UINT64_MAX }, ST_ABSENT, "ends before it" },
	{ { 27, SWAP_OFFSET }, ST_ABSENT, "has this type: in a page table it" },
	{ { 31, SWAP_OFFSET }, ST_ABSENT, "no swap file has this type" },
	{ { 32, SWAP_OFFSET }, ST_ABSENT, "no swap entry has this type" },
	{ { UINT32_MAX, SWAP_OFFSET }, ST_ABSENT, "no swap entry has" },
};

START_TEST(swap_entries_that_are_none)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct world *world = world_new(like);
		struct swap_slot slot = { .count = 4711 };

		make_swap_file(world, 1, 0x1000, world_alloc(world, 0x1000));
		ck_status(swap_slot_read(world->kernel, no_slot_rows[_i].entry,
					 &slot), no_slot_rows[_i].status);
		ck_contains(world->kernel->diag.text, no_slot_rows[_i].words);
		ck_assert_uint_eq(slot.count, 4711);
		world_free(world);
	}
}
END_TEST

START_TEST(swap_count_that_cannot_be_seen)
{
	const struct swap_entry entry = { 1, SWAP_OFFSET };
	struct world *world = world_new(LIKE_6_12);
	kaddr_t map = world_alloc(world, 0x1000);
	kaddr_t file = make_swap_file(world, 1, 0x1000, map);
	struct swap_slot slot;

	world_fail(world, map, ST_EXCLUDED);
	ck_status(swap_slot_read(world->kernel, entry, &slot), ST_EXCLUDED);
	ck_contains(world->kernel->diag.text, "swap_map");
	world_set(world, file, M_swap_info_struct_swap_map, 0);
	ck_status(swap_slot_read(world->kernel, entry, &slot), ST_ABSENT);
	ck_contains(world->kernel->diag.text, "switched off");
	world_fail(world, file, ST_EXCLUDED);
	ck_status(swap_slot_read(world->kernel, entry, &slot), ST_EXCLUDED);
	ck_contains(world->kernel->diag.text, "swap file 1");
	world->kernel->facts.variables[KSYM_SWAP_INFO].present = false;
	ck_status(swap_slot_read(world->kernel, entry, &slot), ST_UNKNOWN);
	world_free(world);
}
END_TEST

/* ---- the swap table of 7.2 ---- */

#define COUNT(n)	((uint64_t)(n) << 60)

static const struct {
	const char *what;
	uint64_t word;
	struct swap_slot slot;
} table_rows[] = {
	{ "free", 0, { .use = SWAP_UNUSED,
	  .count = 0 } },
	{ "bad", ~0ULL << 3, { .use = SWAP_BAD,
	  .count = 0 } },
	{ "of three, with a shadow", COUNT(3) | 0x1234567, { .use = SWAP_COUNTED,
	  .count = 3 } },
	{ "the same, all zeros", COUNT(3) | 1ULL << 59 | 1, { .use = SWAP_COUNTED,
	  .count = 3 } },
	{ "of two, cached", COUNT(2) | 0x2345 << 2 | 2, { .use = SWAP_COUNTED,
	  .count = 2, .cached = true, .has_pfn = true,
	  .pfn = { 0x2345 } } },
	{ "nobody's, cached", 0x2345 << 2 | 2, { SWAP_UNUSED, 0, true, true,
	  { 0x2345 } } },
	{ "of fourteen", COUNT(14) | 1, { .use = SWAP_COUNTED,
	  .count = 14 } },
	{ "of more", COUNT(15) | 1, { .use = SWAP_COUNTED,
	  .count = 4711 } },
};

struct swap_table_world {
	struct world *world;
	kaddr_t file, cluster, table;
};

static struct swap_table_world make_swap_table(uint64_t word)
{
	struct swap_table_world t = { .world = world_new(LIKE_7_3) };
	kaddr_t extended = world_alloc(t.world, 0x1000);
	uint64_t inside = SWAP_OFFSET % 512;
	uint32_t many = 4711;

	t.file = make_swap_file(t.world, 1, 0x1000, KADDR(0));
	t.cluster = world_alloc(t.world, 0x1000);
	t.table = world_alloc(t.world, 0x1000);
	world_set(t.world, t.file, M_swap_info_struct_cluster_info,
		  t.cluster.v);
	t.cluster = kaddr_add(t.cluster, SWAP_OFFSET / 512 * 48);
	world_set(t.world, t.cluster, M_swap_cluster_info_table, t.table.v);
	world_set(t.world, t.cluster, M_swap_cluster_info_extend_table,
		  extended.v);
	world_write_word(t.world, kaddr_add(t.table, inside * 8), word);
	world_write(t.world, kaddr_add(extended, inside * 4), &many,
		    sizeof(many));
	return t;
}

START_TEST(kernel_counts_in_a_swap_table)
{
	struct swap_table_world t = make_swap_table(table_rows[_i].word);
	const struct swap_slot *want = &table_rows[_i].slot;
	struct swap_slot slot;

	ck_ok(swap_slot_read(t.world->kernel,
			     (struct swap_entry) { 1, SWAP_OFFSET }, &slot));
	ck_assert_msg(slot.use == want->use && slot.count == want->count &&
		      slot.cached == want->cached &&
		      slot.has_pfn == want->has_pfn &&
		      slot.pfn.v == want->pfn.v, "%s", table_rows[_i].what);
	world_free(t.world);
}
END_TEST

START_TEST(swap_table_that_cannot_be_seen)
{
	const struct swap_entry entry = { 1, SWAP_OFFSET };
	struct swap_table_world t = make_swap_table(4);
	struct kernel *kernel = t.world->kernel;
	struct swap_slot slot;

	ck_status(swap_slot_read(kernel, entry, &slot), ST_CORRUPT);
	ck_contains(kernel->diag.text, "makes no sense");
	/* The count goes on in a table that is not there. */
	world_write_word(t.world, kaddr_add(t.table, SWAP_OFFSET % 512 * 8),
			 COUNT(15) | 1);
	world_set(t.world, t.cluster, M_swap_cluster_info_extend_table, 0);
	ck_ok(swap_slot_read(kernel, entry, &slot));
	ck_assert_int_eq(slot.use, SWAP_CONTINUED);
	world_fail(t.world, t.table, ST_EXCLUDED);
	ck_status(swap_slot_read(kernel, entry, &slot), ST_EXCLUDED);
	ck_contains(kernel->diag.text, "swap table");
	world_set(t.world, t.cluster, M_swap_cluster_info_table, 0);
	ck_ok(swap_slot_read(kernel, entry, &slot));
	ck_assert_int_eq(slot.use, SWAP_UNUSED);
	world_fail(t.world, t.cluster, ST_EXCLUDED);
	ck_status(swap_slot_read(kernel, entry, &slot), ST_EXCLUDED);
	ck_contains(kernel->diag.text, "swap cluster");
	world_set(t.world, t.file, M_swap_info_struct_cluster_info, 0);
	ck_status(swap_slot_read(kernel, entry, &slot), ST_ABSENT);
	kernel->facts.layout.members[M_swap_table_entries].present = false;
	ck_status(swap_slot_read(kernel, entry, &slot), ST_UNKNOWN);
	world_free(t.world);
}
END_TEST

static const struct test tests[] = {
	ROWS(kernel_counts_a_swap_entry, slot_rows),
	ROWS(swap_entries_that_are_none, no_slot_rows),
	PLAIN(swap_count_that_cannot_be_seen),
	ROWS(kernel_counts_in_a_swap_table, table_rows),
	PLAIN(swap_table_that_cannot_be_seen),
	EACH_LIKE(single_page),
	ROWS(tail_leads_to_its_head, folio_rows),
	PLAIN(pointer_in_a_kernel_that_knows_masks),
	PLAIN(fake_head_is_a_tail),
	EACH_LIKE(true_head_at_a_page_boundary),
	ROWS(page_that_cannot_be_told, page_rows),
	EACH_LIKE(subsections_of_a_section_added_later),
	PLAIN(static_table_of_sections),
	EACH_LIKE(all_of_the_memmap),
	EACH_LIKE(root_of_sections_that_stands_twice),
	EACH_LIKE(frames_with_a_flag),
	PLAIN(memmap_that_cannot_be_read),
	PLAIN(flag_that_the_kernel_does_not_have),
	ROWS(frame_of_a_struct_page, find_rows),
	ROWS(mapcount_of_a_page_in_a_folio, large_rows),
	PLAIN(counts_of_a_folio_are_added_up_once),
	ROWS(mapcount_or_type, mapcount_rows),
	MAPLE_LIKES(page_types_by_number),
	PLAIN(node_and_zone),
	MAPLE_LIKES(maple_leaf_alone),
	ROWS(maple_roots, root_rows),
	ROWS(maple_of_two_levels, inner_types),
	PLAIN(maple_slots_behind_the_end_are_not_read),
	PLAIN(maple_full_leaf_uses_the_last_slot),
	ROWS(maple_node_that_is_damaged, maple_rows),
	PLAIN(maple_reserved_entries_are_nothing),
	PLAIN(maple_node_word_in_a_leaf_is_a_gap),
	ROWS(maple_visitor_ends_the_walk, answers),
	ROWS(xarray_without_nodes, xarray_roots),
	EACH_LIKE(xarray_of_three_levels),
	PLAIN(radix_tree),
	ROWS(damaged_xarray_costs_a_gap, xarray_rows),
	EACH_LIKE(pages_of_a_file),
	EACH_LIKE(every_slot_holds_the_head),
	EACH_LIKE(shmem_by_its_operations),
	ROWS(page_that_does_not_belong_there, cache_rows),
	EACH_LIKE(inode_by_device_and_number),
	EACH_LIKE(shared_memory_in_swap),
	EACH_LIKE(shared_memory_whose_list_is_not_known),
	PLAIN(damaged_shared_memory_costs_a_gap),
	EACH_LIKE(vma_is_read),
	ROWS(vma_with_bad_bounds, bad_bounds),
	ROWS(pins_of_a_folio, pin_rows),
	EACH_LIKE(entry_of_a_shared_table),
	EACH_LIKE(all_vmas_in_order),
	EACH_LIKE(vma_that_cannot_be_read_is_a_gap),
	PLAIN(vma_list_that_is_a_circle),
	EACH_LIKE(vma_of_another_mm_is_left_out),
	EACH_LIKE(vmas_that_do_not_come_to_the_count_are_a_gap),
	EACH_LIKE(mm_that_cannot_be_read_is_a_gap),
	EACH_LIKE(vma_visitor_ends_the_walk),
	ROWS(tree_finds_what_covers_an_offset, tree_sizes),
	PLAIN(anon_tree_goes_by_the_anonymous_offset),
	ROWS(damaged_tree_costs_a_gap, tree_rows),
	EACH_LIKE(wrong_augmented_value_needs_the_exhaustive_walk),
	PLAIN(children_of_a_bad_node_are_visited),
	PLAIN(interval_that_wraps_around_is_a_gap),
	ROWS(tree_visitor_ends_the_walk, answers),
	ROWS(lookup_finds_the_entry, lookup_rows),
	EACH_LIKE(unreadable_table_is_a_failure),
	EACH_LIKE(bad_entry_is_a_failure),
	EACH_LIKE(every_entry_of_the_user_half),
	EACH_LIKE(plain_entries_come_at_once),
	EACH_LIKE(entries_of_a_range),
	EACH_LIKE(unreadable_table_is_passed_over),
	PLAIN(table_that_holds_itself),
	EACH_LIKE(pgd_of_an_mm),
	EACH_LIKE(present_pages_of_an_mm),
	EACH_LIKE(present_pages_of_a_vma),
	EACH_LIKE(more_entries_than_vmas_are_a_gap),
	EACH_LIKE(vma_or_mm_that_is_none),
	EACH_LIKE(no_processes),
	EACH_LIKE(processes_by_mm),
	EACH_LIKE(no_comm_is_read_as_it_is_under_redact),
	EACH_LIKE(threads_under_a_zombie_leader),
	EACH_LIKE(kernel_thread_with_a_borrowed_mm),
	ROWS(damaged_task_costs_a_gap, task_rows),
	ROWS(path_as_in_proc_maps, path_rows),
	ROWS(path_that_cannot_be_told, bad_path_rows),
	PLAIN(path_that_an_overlay_shows),
	PLAIN(what_is_no_user_path),
	PLAIN(mode_of_a_kernel_without_backing_files),
	PLAIN(name_at_the_end_of_a_page),
};

int main(void)
{
	return run_suite("mm", tests, ARRAY_LEN(tests));
}
