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

int main(void)
{
	static const struct test tests[] = {
		RANGE(a_free_block_tells_its_order, 0, N_LIKES),
		RANGE(a_page_inside_a_free_block_tells_nothing, 0, N_LIKES),
	};

	return run_suite("kind", tests, ARRAY_LEN(tests));
}
