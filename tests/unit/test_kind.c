/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/kind: what a page is used for, and what can be told of it. */
#include "kind/kind.h"
#include "world.h"

#define THE_PFN	0x2400

static const uint32_t buddy_words[N_LIKES] = {
	[LIKE_5_10] = 0xffffff7f, [LIKE_6_12] = 0xf0000000,
	[LIKE_7_3] = 0xf0000000,
};

START_TEST(a_free_block_tells_its_order)
{
	struct world *world = world_new(_i);
	struct arena arena = { NULL };
	struct details details = { .arena = &arena };
	struct page page;

	world_set_page(world, THE_PFN, M_page_mapcount, buddy_words[_i]);
	world_set_page(world, THE_PFN, M_page_private, 7);
	ck_ok(page_read(world->kernel, PFN(THE_PFN), &page));
	ck_assert_int_eq(page_kind(world->kernel, &page), KIND_FREE);
	page_details(world->kernel, KIND_FREE, &page, &details);
	ck_assert_uint_eq(details.list.n, 1);
	ck_assert_str_eq(details.list.items[0].name, "order");
	ck_assert_uint_eq(details.list.items[0].number, 7);
	details_fini(&details);
	arena_fini(&arena);
	world_free(world);
}
END_TEST

/* Behind the head of its block a page has no type, and tells nothing. */
START_TEST(a_page_inside_a_free_block_tells_nothing)
{
	struct world *world = world_new(_i);
	struct arena arena = { NULL };
	struct details details = { .arena = &arena };
	struct page page;

	world_set_page(world, THE_PFN, M_page_mapcount, 0xffffffff);
	world_set_page(world, THE_PFN, M_page_private, 7);
	ck_ok(page_read(world->kernel, PFN(THE_PFN), &page));
	ck_assert_int_eq(page_kind(world->kernel, &page), KIND_FREE);
	page_details(world->kernel, KIND_FREE, &page, &details);
	ck_assert_uint_eq(details.list.n, 0);
	details_fini(&details);
	arena_fini(&arena);
	world_free(world);
}
END_TEST

/* ---- from struct page alone ---- */

#define NO_FLAG		N_ENUMERATORS
#define NO_TYPE		0xffffffff
#define OBJECT		0xffff888001000000ULL

struct kind_row {
	enum world_like like;
	enum enumerator_id flag, other_flag;
	uint32_t word;
	uint64_t mapping;
	enum page_kind kind;
};

static const struct kind_row kind_rows[] = {
	/* Bits until 6.11; 0x200 says until 5.10 that a page is charged. */
	{ LIKE_5_10, NO_FLAG, NO_FLAG, ~0x100u, 0, KIND_OFFLINE },
	{ LIKE_5_10, NO_FLAG, NO_FLAG, ~0x200u, 0, KIND_KERNEL },
	{ LIKE_5_10, NO_FLAG, NO_FLAG, ~0x400u, 0, KIND_PAGE_TABLE },
	{ LIKE_5_10, NO_FLAG, NO_FLAG, ~0x600u, 0, KIND_PAGE_TABLE },
	{ LIKE_5_10, NO_FLAG, NO_FLAG, ~0x800u, 0, KIND_GUARD },
	{ LIKE_5_10, NO_FLAG, NO_FLAG, ~0x1000u, 0, KIND_TYPED },
	/* Numbers since 6.12; the low bits are the owner's. */
	{ LIKE_6_12, NO_FLAG, NO_FLAG, 0xf1000000, 0, KIND_OFFLINE },
	{ LIKE_6_12, NO_FLAG, NO_FLAG, 0xf2000001, 0, KIND_PAGE_TABLE },
	{ LIKE_6_12, NO_FLAG, NO_FLAG, 0xf3000000, 0, KIND_GUARD },
	{ LIKE_6_12, NO_FLAG, NO_FLAG, 0xf6000000, 0, KIND_ZSMALLOC },
	{ LIKE_6_12, NO_FLAG, NO_FLAG, 0xf7000000, 0, KIND_UNACCEPTED },
	{ LIKE_6_12, NO_FLAG, NO_FLAG, 0xf8000000, 0, KIND_TYPED },
	{ LIKE_7_3, NO_FLAG, NO_FLAG, 0xf8000000, 0, KIND_KMALLOC },
	/* Both flags make the swap cache; alone each is something else's. */
	{ LIKE_6_12, E_PG_swapbacked, E_PG_swapcache, NO_TYPE, 0,
	  KIND_SWAP_CACHE },
	{ LIKE_6_12, E_PG_swapcache, NO_FLAG, NO_TYPE, 0, KIND_KERNEL },
	{ LIKE_6_12, E_PG_swapbacked, E_PG_swapcache, 0, OBJECT, KIND_SHMEM },
	/* Since 6.17 a flag says so, and mapping is not told apart. */
	{ LIKE_6_12, NO_FLAG, NO_FLAG, NO_TYPE, OBJECT | 2, KIND_MOVABLE },
	{ LIKE_7_3, NO_FLAG, NO_FLAG, NO_TYPE, OBJECT | 2, KIND_KERNEL },
};

START_TEST(kind_of_a_struct_page)
{
	const struct kind_row *row = &kind_rows[_i];
	struct world *world = world_new(row->like);
	struct page page;

	world_use_page(world, THE_PFN, row->mapping, 0);
	world_set_page(world, THE_PFN, M_page_mapcount, row->word);
	if (row->flag != NO_FLAG)
		world_flag_page(world, THE_PFN, row->flag);
	if (row->other_flag != NO_FLAG)
		world_flag_page(world, THE_PFN, row->other_flag);
	ck_ok(page_read(world->kernel, PFN(THE_PFN), &page));
	ck_assert_str_eq(page_kind_name(page_kind(world->kernel, &page)),
			 page_kind_name(row->kind));
	world_free(world);
}
END_TEST

/* PAGE_BUDDY_MAPCOUNT_VALUE of 6.11, whose other types stand below it. */
START_TEST(types_of_6_11_begin_at_the_top)
{
	struct world *world = world_new(LIKE_5_10);
	struct page page;

	world->kernel->buddy_type.value = ~0x40000000;
	world_use_page(world, THE_PFN, 0, 0);
	world_set_page(world, THE_PFN, M_page_mapcount, ~0x10000000u);
	ck_ok(page_read(world->kernel, PFN(THE_PFN), &page));
	ck_assert_int_eq(page_kind(world->kernel, &page), KIND_PAGE_TABLE);
	world_free(world);
}
END_TEST

/* Nothing tells 5.10 from 6.1 there, and they have the bits at other places. */
START_TEST(types_without_memory_cgroups_have_no_names)
{
	struct world *world = world_new(LIKE_5_10);
	struct page page;

	world->kernel->facts.layout.members[M_page_mem_cgroup].present = false;
	world->kernel->facts.layout.members[M_page_memcg_data].present = false;
	world_use_page(world, THE_PFN, 0, 0);
	world_set_page(world, THE_PFN, M_page_mapcount, ~0x400u);
	ck_ok(page_read(world->kernel, PFN(THE_PFN), &page));
	ck_assert_int_eq(page_kind(world->kernel, &page), KIND_TYPED);
	world_free(world);
}
END_TEST

START_TEST(a_struct_page_of_ones_was_never_filled_in)
{
	struct world *world = world_new(_i);
	struct page page = { .flags = ~0ULL };

	ck_assert_int_eq(page_kind(world->kernel, &page), KIND_UNINITIALIZED);
	world_free(world);
}
END_TEST

START_TEST(memory_of_a_device_is_told_by_its_zone)
{
	struct world *world = world_new(_i);
	struct page page = { .flags = 4ULL << 61, .type_word = NO_TYPE };

	ck_assert_int_eq(page_kind(world->kernel, &page), KIND_FREE);
	world->kernel->zone_bits = 3;
	ck_assert_int_eq(page_kind(world->kernel, &page), KIND_DEVICE);
	world_free(world);
}
END_TEST

int main(void)
{
	static const struct test tests[] = {
		RANGE(a_free_block_tells_its_order, 0, N_LIKES),
		RANGE(a_page_inside_a_free_block_tells_nothing, 0, N_LIKES),
		ROWS(kind_of_a_struct_page, kind_rows),
		PLAIN(types_of_6_11_begin_at_the_top),
		PLAIN(types_without_memory_cgroups_have_no_names),
		RANGE(a_struct_page_of_ones_was_never_filled_in, 0, N_LIKES),
		RANGE(memory_of_a_device_is_told_by_its_zone, 0, N_LIKES),
	};

	return run_suite("kind", tests, ARRAY_LEN(tests));
}
