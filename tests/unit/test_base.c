/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/base: status and diagnostics, vectors, map, gaps, log. */
#include "world.h"

#include "base/cleanup.h"
#include "base/details.h"
#include "base/log.h"
#include "base/map.h"

/* ---- details ---- */

START_TEST(details_keep_what_they_are_given)
{
	struct arena arena = { NULL };
	struct details details = { .arena = &arena };
	char word[] = "slab";

	details_text(&details, "cache", "%s-%d", word, 64);
	details_number(&details, "order", 3);
	details_address(&details, "object", 0xffff888000001000);
	word[0] = 'X';
	ck_assert_uint_eq(details.list.n, 3);
	ck_assert_int_eq(details.list.items[0].type, DETAIL_TEXT);
	ck_assert_str_eq(details.list.items[0].text, "slab-64");
	ck_assert_int_eq(details.list.items[1].type, DETAIL_NUMBER);
	ck_assert_uint_eq(details.list.items[1].number, 3);
	ck_assert_int_eq(details.list.items[2].type, DETAIL_ADDRESS);
	ck_assert_uint_eq(details.list.items[2].number, 0xffff888000001000);
	ck_assert(!details.out_of_memory);
	details.out_of_memory = true;
	details_clear(&details);
	ck_assert_uint_eq(details.list.n, 0);
	ck_assert(!details.out_of_memory);
	details_fini(&details);
	arena_fini(&arena);
}
END_TEST

/* ---- status ---- */

START_TEST(every_status_has_words)
{
	for (int st = ST_OK; st <= ST_STOPPED; st++) {
		ck_assert_ptr_nonnull(status_text(st));
		ck_assert_uint_gt(strlen(status_text(st)), 3);
	}
	ck_assert_str_eq(status_text(ST_EXCLUDED), "page excluded from the dump");
}
END_TEST

START_TEST(diag_grows_in_front)
{
	struct diag diag = { "what was there before" };

	ck_status(diag_fail(&diag, ST_CORRUPT, "node %#x: %s", 0x40, "bad"),
		  ST_CORRUPT);
	ck_assert_str_eq(diag.text, "node 0x40: bad");
	ck_status(diag_under(&diag, ST_CORRUPT, "tree %d", 7), ST_CORRUPT);
	ck_status(diag_under(&diag, ST_IO, "PFN %#x", 0x1a2b), ST_IO);
	ck_assert_str_eq(diag.text, "PFN 0x1a2b: tree 7: node 0x40: bad");
	ck_status(diag_no_memory(&diag), ST_NO_MEMORY);
	ck_assert_str_eq(diag.text, "out of memory");
}
END_TEST

START_TEST(nobody_has_to_listen)
{
	ck_status(diag_fail(NULL, ST_IO, "x"), ST_IO);
	ck_status(diag_under(NULL, ST_ABSENT, "x"), ST_ABSENT);
	ck_status(diag_no_memory(NULL), ST_NO_MEMORY);
}
END_TEST

/* Lengths of the lower message and of the prefix; what fits must be kept. */
static const struct {
	size_t below, prefix;
} diag_lengths[] = {
	{ 0, 0 }, { 10, 10 },
	{ 1000, 21 },			/* just fits: 21 + 2 + 1000 = 1023 */
	{ 1000, 22 }, { 1023, 1 }, { 5000, 1 },
	{ 10, 1021 }, { 10, 1022 }, { 10, 1023 }, { 10, 1024 }, { 10, 5000 },
};

static void fill(char *buf, char c, size_t n)
{
	memset(buf, c, n);
	buf[n] = '\0';
}

START_TEST(diag_is_cut_not_overrun)
{
	size_t below = diag_lengths[_i].below, prefix = diag_lengths[_i].prefix;
	char low[5001], high[5001], whole[10010];
	struct diag diag;

	fill(low, 'l', below);
	fill(high, 'h', prefix);
	ck_status(diag_fail(&diag, ST_IO, "%s", low), ST_IO);
	ck_status(diag_under(&diag, ST_IO, "%s", high), ST_IO);
	snprintf(whole, sizeof(whole), "%s: %s", high, low);
	ck_assert_uint_eq(strlen(diag.text), strlen(whole) < DIAG_SIZE ?
			  strlen(whole) : DIAG_SIZE - 1);
	ck_assert(!strncmp(diag.text, whole, strlen(diag.text)));
}
END_TEST

START_TEST(under_an_empty_diag)
{
	struct diag diag = { "" };

	ck_status(diag_under(&diag, ST_IO, "top"), ST_IO);
	ck_contains(diag.text, "top");
}
END_TEST

/* ---- cleanup ---- */

START_TEST(take_leaves_null)
{
	char *p = strdup("x");
	cleanup_free char *moved = take(p);

	ck_assert_ptr_null(p);
	ck_assert_str_eq(moved, "x");
}
END_TEST

/* ---- vectors ---- */

DEFINE_VEC(number_vec, uint64_t)

START_TEST(vec_keeps_what_was_pushed)
{
	struct number_vec vec = { 0 };
	size_t wrong = 0;

	for (uint64_t i = 0; i < 10000; i++)
		wrong += number_vec_push(&vec, i * 3) != ST_OK;
	ck_assert_uint_eq(vec.n, 10000);
	ck_assert_uint_ge(vec.room, vec.n);
	for (uint64_t i = 0; i < 10000; i++)
		wrong += vec.items[i] != i * 3;
	ck_assert_uint_eq(wrong, 0);
	number_vec_fini(&vec);
	ck_assert_ptr_null(vec.items);
	ck_assert_uint_eq(vec.n, 0);
	number_vec_fini(&vec);
}
END_TEST

/* ---- map ---- */

#define N_KEYS	100000u

/* Numbers in a row, kernel addresses a page apart, and only the top bits. */
static const struct {
	uint64_t first, step;
} key_rows[] = {
	{ 0, 1 },
	{ 0xffff888000000000ULL, 0x1000 },
	{ 0, 1ULL << 40 },
	{ UINT64_MAX - N_KEYS + 1, 1 },
};

START_TEST(map_holds_many_keys)
{
	uint64_t first = key_rows[_i].first, step = key_rows[_i].step;
	struct map map = { 0 };
	size_t wrong = 0;	/* counted: an assertion each is slow */
	bool added = false;

	for (uint64_t i = 0; i < N_KEYS; i++)
		wrong += map_add(&map, first + i * step, i, &added) || !added;
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(map.n, N_KEYS);
	ck_assert_uint_eq(map.room & (map.room - 1), 0);
	for (uint64_t i = 0; i < N_KEYS; i++) {
		const uint64_t *value = map_find(&map, first + i * step);

		wrong += !value || *value != i;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_ptr_null(map_find(&map, first + N_KEYS * step + 1));
	map_fini(&map);
}
END_TEST

START_TEST(map_old_key_keeps_its_value)
{
	struct map map = { 0 };
	bool added = false;

	ck_ok(map_add(&map, 5, 1, &added));
	ck_assert(added);
	ck_ok(map_add(&map, 5, 2, &added));
	ck_assert(!added);
	ck_assert_uint_eq(*map_find(&map, 5), 1);
	*map_find(&map, 5) = 9;
	ck_assert_uint_eq(*map_find(&map, 5), 9);
	ck_assert_uint_eq(map.n, 1);
	map_fini(&map);
}
END_TEST

START_TEST(map_key_zero_is_a_key)
{
	struct map map = { 0 };
	bool added;

	ck_assert_ptr_null(map_find(&map, 0));
	ck_ok(map_add(&map, 1, 0, &added));
	ck_assert_ptr_null(map_find(&map, 0));
	ck_ok(map_add(&map, 0, 0, &added));
	ck_assert(added);
	ck_assert_ptr_nonnull(map_find(&map, 0));
	map_fini(&map);
}
END_TEST

START_TEST(map_cleared_is_empty_and_usable)
{
	struct map map = { 0 };
	size_t room;
	bool added;

	map_clear(&map);
	for (uint64_t i = 0; i < 1000; i++)
		ck_ok(map_add(&map, i, i, &added));
	room = map.room;
	map_clear(&map);
	ck_assert_uint_eq(map.n, 0);
	ck_assert_uint_eq(map.room, room);
	ck_assert_ptr_null(map_find(&map, 7));
	ck_ok(map_add(&map, 7, 70, &added));
	ck_assert(added);
	ck_assert_uint_eq(*map_find(&map, 7), 70);
	map_fini(&map);
	ck_assert_uint_eq(map.room, 0);
	map_fini(&map);
}
END_TEST

/* ---- gaps ---- */

START_TEST(gap_keeps_its_words)
{
	char why[] = "excluded";
	struct gaps gaps = { 0 };

	gaps_addf(&gaps, "anon_vma tree", why, "avc %#llx", 0xffffULL);
	why[0] = 'X';		/* the gap has a copy */
	ck_assert_uint_eq(gaps_count(&gaps), 1);
	ck_assert_str_eq(gaps.list.items[0].what, "anon_vma tree");
	ck_assert_str_eq(gaps.list.items[0].where, "avc 0xffff");
	ck_assert_str_eq(gaps.list.items[0].why, "excluded");
	gaps_fini(&gaps);
}
END_TEST

START_TEST(gaps_move_to_others)
{
	struct gaps from = { 0 }, to = { 0 };

	gaps_add(&to, "one", "here", "gone");
	gaps_add(&from, "two", "there", "gone");
	from.n_unlisted = 3;
	gaps_move(&from, &to);
	ck_assert_uint_eq(gaps_count(&from), 0);
	ck_assert_uint_eq(to.list.n, 2);
	ck_assert_str_eq(to.list.items[1].what, "two");
	ck_assert_uint_eq(gaps_count(&to), 2 + 3);
	for (size_t i = 0; i < 2000; i++)
		gaps_add(&from, "more", "there", "gone");
	gaps_move(&from, &to);
	ck_assert_uint_eq(gaps_count(&to), 5 + 2000);
	ck_assert_uint_eq(to.list.n, 1000);
	gaps_fini(&from);
	gaps_fini(&to);
}
END_TEST

START_TEST(gaps_after_a_thousand_are_counted)
{
	struct gaps gaps = { 0 };

	for (int i = 0; i < 1500; i++)
		gaps_addf(&gaps, "x", "y", "%d", i);
	ck_assert_uint_eq(gaps.list.n, 1000);
	ck_assert_uint_eq(gaps.n_unlisted, 500);
	ck_assert_uint_eq(gaps_count(&gaps), 1500);
	ck_assert_str_eq(gaps.list.items[999].where, "999");
	gaps_clear(&gaps);
	ck_assert_uint_eq(gaps_count(&gaps), 0);
	gaps_add(&gaps, "a", "b", "c");
	ck_assert_uint_eq(gaps.list.n, 1);
	gaps_fini(&gaps);
	ck_assert_uint_eq(gaps_count(&gaps), 0);
}
END_TEST

START_TEST(gap_with_a_long_place_is_cut)
{
	char place[5000];
	struct gaps gaps = { 0 };

	fill(place, 'p', sizeof(place) - 1);
	gaps_addf(&gaps, "x", "y", "%s", place);
	ck_assert_uint_eq(strlen(gaps.list.items[0].where), DIAG_SIZE - 1);
	gaps_fini(&gaps);
}
END_TEST

/* ---- log ---- */

struct heard {
	char text[DIAG_SIZE];
	enum log_level level;
	uint64_t done, total;
	int n;
};

static void hear(enum log_level level, const char *text, void *arg)
{
	struct heard *heard = arg;

	heard->n++;
	heard->level = level;
	snprintf(heard->text, sizeof(heard->text), "%s", text);
}

static void hear_progress(const char *what, uint64_t done, uint64_t total,
			  void *arg)
{
	struct heard *heard = arg;

	heard->n++;
	heard->done = done;
	heard->total = total;
	snprintf(heard->text, sizeof(heard->text), "%s", what);
}

START_TEST(log_reaches_the_caller)
{
	struct heard heard = { .n = 0 };
	struct log log = {
		.write = hear,
		.steps = true,
		.progress = hear_progress,
		.arg = &heard,
	};
	char longer[2 * DIAG_SIZE];

	log_step(&log, "read %d of %s", 3, "x");
	ck_assert_str_eq(heard.text, "read 3 of x");
	ck_assert_int_eq(heard.level, LOG_STEP);
	log_warning(&log, "%s", "careful");
	ck_assert_int_eq(heard.level, LOG_WARNING);
	fill(longer, 'x', sizeof(longer) - 1);
	log_step(&log, "%s", longer);
	ck_assert_uint_eq(strlen(heard.text), DIAG_SIZE - 1);
	log_progress(&log, "spaces", 3, 10);
	ck_assert_str_eq(heard.text, "spaces");
	ck_assert_uint_eq(heard.done, 3);
	ck_assert_uint_eq(heard.total, 10);
	ck_assert_int_eq(heard.n, 4);
}
END_TEST

START_TEST(unwanted_steps_are_not_told)
{
	struct heard heard = { .n = 0 };
	struct log log = { .write = hear, .arg = &heard };

	log_step(&log, "not asked for");
	ck_assert_int_eq(heard.n, 0);
	log_warning(&log, "always");
	ck_assert_str_eq(heard.text, "always");
}
END_TEST

START_TEST(log_without_listeners_is_silent)
{
	struct log deaf = { .arg = NULL };

	log_step(NULL, "x");
	log_step(&deaf, "x");
	log_progress(NULL, "x", 1, 2);
	log_progress(&deaf, "x", 1, 2);
	ck_assert(!log_is_cancelled(NULL));
	ck_assert(!log_is_cancelled(&deaf));
}
END_TEST

static bool cancel_at_the_third(void *arg)
{
	struct heard *heard = arg;

	return ++heard->n >= 3;
}

START_TEST(the_caller_can_cancel)
{
	struct heard heard = { .n = 0 };
	struct log log = { .cancelled = cancel_at_the_third, .arg = &heard };

	ck_assert(!log_is_cancelled(&log));
	ck_assert(!log_is_cancelled(&log));
	ck_assert(log_is_cancelled(&log));
	ck_assert_int_eq(heard.n, 3);
}
END_TEST

static const struct test tests[] = {
	PLAIN(details_keep_what_they_are_given),
	PLAIN(every_status_has_words),
	PLAIN(diag_grows_in_front),
	PLAIN(nobody_has_to_listen),
	ROWS(diag_is_cut_not_overrun, diag_lengths),
	PLAIN(under_an_empty_diag),
	PLAIN(take_leaves_null),
	PLAIN(vec_keeps_what_was_pushed),
	ROWS(map_holds_many_keys, key_rows),
	PLAIN(map_old_key_keeps_its_value),
	PLAIN(map_key_zero_is_a_key),
	PLAIN(map_cleared_is_empty_and_usable),
	PLAIN(gap_keeps_its_words),
	PLAIN(gaps_move_to_others),
	PLAIN(gaps_after_a_thousand_are_counted),
	PLAIN(gap_with_a_long_place_is_cut),
	PLAIN(log_reaches_the_caller),
	PLAIN(unwanted_steps_are_not_told),
	PLAIN(log_without_listeners_is_silent),
	PLAIN(the_caller_can_cancel),
};

int main(void)
{
	return run_suite("base", tests, ARRAY_LEN(tests));
}
