/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What reclaim and migration can do with a page, a row for each reason.
 */
#include "world.h"

#include "rmap/verdict.h"

#define FLAGS(...)	{ __VA_ARGS__, N_ENUMERATORS }
#define NO_FLAGS	{ N_ENUMERATORS }
#define ANON_MAPPING	(0xffff888000100000ULL | MAPPING_ANON)

#define ON_LRU		E_PG_lru, E_PG_swapbacked
#define HELD(refs, maps)						\
	.refcount = refs, .has_folio_mapcount = true, .folio_mapcount = maps
#define ANON(refs, maps)	.mapping = ANON_MAPPING, HELD(refs, maps)
#define CACHED(refs)		HELD(refs, 0)

#define YES		VERDICT_YES
#define NO		VERDICT_NO
#define UNKNOWN		VERDICT_UNKNOWN

#define LOCKED		VMA_LOCKED
#define MAX_MAPPERS	6

struct wanted {
	enum verdict_answer answer;
	const char *reason;	/* all of them, joined; NULL: none */
};

static const struct row {
	const char *name;
	enum world_like like;
	enum page_kind kind;
	struct page page;
	bool without_page;
	enum enumerator_id flags[6];
	struct verdict_mapper mappers[MAX_MAPPERS];
	bool no_swap, swap_unseen;
	bool gaps;
	/* Of a page of a file; its address_space is made. */
	bool in_file, secret, file_unreadable;
	enum enumerator_id file_flag;	/* 0: none */
	struct wanted reclaim, migrate;
} rows[] = {
	{ .name = "an ordinary page", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU), .reclaim = { YES, NULL },
	  .migrate = { YES, NULL } },
	{ .name = "merged", .kind = KIND_KSM,
	  .page = { .mapping = ANON_MAPPING | MAPPING_KSM, HELD(1, 1) },
	  .flags = FLAGS(ON_LRU), .reclaim = { YES, NULL },
	  .migrate = { YES, NULL } },

	/* Nobody's, and the kernel's. */
	{ .name = "free", .kind = KIND_FREE, .flags = NO_FLAGS,
	  .reclaim = { VERDICT_NOT_ASKED, NULL },
	  .migrate = { VERDICT_NOT_ASKED, NULL } },
	{ .name = "no page", .kind = KIND_NO_PAGE, .without_page = true,
	  .flags = NO_FLAGS,
	  .reclaim = { VERDICT_NOT_ASKED, NULL },
	  .migrate = { VERDICT_NOT_ASKED, NULL } },
	{ .name = "unreadable", .kind = KIND_UNREADABLE, .without_page = true,
	  .flags = NO_FLAGS,
	  .reclaim = { UNKNOWN, "its struct page cannot be read" },
	  .migrate = { UNKNOWN, "its struct page cannot be read" } },
	{ .name = "slab", .kind = KIND_SLAB, .page = { .refcount = 1 },
	  .flags = NO_FLAGS,
	  .reclaim = { NO, "no page of users: slab" },
	  .migrate = { NO, "unmovable kind: slab" } },
	{ .name = "balloon, told by its mapping", .like = LIKE_6_12,
	  .kind = KIND_TYPED,
	  .page = { .mapping = MAPPING_MOVABLE, .refcount = 1 },
	  .flags = NO_FLAGS,
	  .reclaim = { NO, "no page of users: typed" },
	  .migrate = { YES, "by its owner (movable_ops)" } },
	{ .name = "balloon, told by its flag", .like = LIKE_7_3,
	  .kind = KIND_TYPED,
	  .page = { .type_word = 0xf1000000, .refcount = 1 },
	  .flags = FLAGS(E_PG_movable_ops),
	  .reclaim = { NO, "no page of users: typed" },
	  .migrate = { YES, "by its owner (movable_ops)" } },
	{ .name = "the same flag without a type", .like = LIKE_7_3,
	  .kind = KIND_KERNEL, .page = { .type_word = UINT32_MAX, .refcount = 1,
	  .mapping = MAPPING_MOVABLE }, .flags = FLAGS(E_PG_movable_ops),
	  .reclaim = { NO, "no page of users: kernel" },
	  .migrate = { NO, "unmovable kind: kernel" } },

	/* References. */
	{ .name = "pinned", .kind = KIND_ANON,
	  .page = { ANON(2049, 1) }, .flags = FLAGS(ON_LRU),
	  .reclaim = { NO, "pinned 2 times" },
	  .migrate = { NO, "pinned 2 times" } },
	{ .name = "one more than explained", .kind = KIND_ANON,
	  .page = { ANON(2, 1) }, .flags = FLAGS(ON_LRU),
	  .reclaim = { NO, "1 unexplained reference" },
	  .migrate = { NO, "1 unexplained reference" } },
	{ .name = "pinned, and more", .kind = KIND_ANON,
	  .page = { ANON(1027, 1) }, .flags = FLAGS(ON_LRU),
	  .reclaim = { NO, "pinned once, 2 unexplained references" },
	  .migrate = { NO, "pinned once, 2 unexplained references" } },
	{ .name = "fewer than explained", .kind = KIND_ANON,
	  .page = { ANON(1, 2) }, .flags = FLAGS(ON_LRU),
	  .reclaim = { UNKNOWN, "fewer references than holders: it was about "
		       "to change" },
	  .migrate = { UNKNOWN, "fewer references than holders: it was about "
		       "to change" } },
	{ .name = "frozen", .kind = KIND_ANON, .page = { ANON(0, 1) },
	  .flags = FLAGS(E_PG_swapbacked),
	  .reclaim = { NO, "frozen: it was being split, moved or freed" },
	  .migrate = { NO, "frozen: it was being split, moved or freed" } },
	{ .name = "no sum", .kind = KIND_ANON,
	  .page = { .mapping = ANON_MAPPING, .refcount = 1 },
	  .flags = FLAGS(ON_LRU),
	  .reclaim = { UNKNOWN, "its references cannot be added up" },
	  .migrate = { UNKNOWN, "its references cannot be added up" } },

	/* At that moment. */
	{ .name = "locked", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU, E_PG_locked),
	  .reclaim = { NO, "locked at that moment" },
	  .migrate = { NO, "locked at that moment" } },
	{ .name = "writeback", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU, E_PG_writeback),
	  .reclaim = { NO, "under writeback at that moment" },
	  .migrate = { NO, "under writeback at that moment" } },
	{ .name = "poisoned", .like = LIKE_6_12, .kind = KIND_ANON,
	  .page = { ANON(1, 1), .own_flags = 1 << 20 }, .flags = FLAGS(ON_LRU),
	  .reclaim = { NO, "hardware poison" },
	  .migrate = { NO, "hardware poison" } },
	{ .name = "isolated", .kind = KIND_ANON,
	  .page = { ANON(2, 1) }, .flags = FLAGS(E_PG_swapbacked),
	  .reclaim = { YES, "once it is back on the LRU (isolated, or in a "
		       "CPU's batch)" },
	  .migrate = { YES, "once it is back on the LRU (isolated, or in a "
		       "CPU's batch)" } },
	{ .name = "on no list", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(E_PG_swapbacked),
	  .reclaim = { NO, "on no LRU list" },
	  .migrate = { NO, "on no LRU list" } },

	/* Locked into memory. */
	{ .name = "mlocked", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU, E_PG_mlocked, E_PG_unevictable),
	  .mappers = { { 0, false, "PID 1 (init)" },
		       { LOCKED, false, "PID 97 (mlock)" } },
	  .reclaim = { NO, "mlocked by PID 97 (mlock)" },
	  .migrate = { YES, NULL } },
	{ .name = "mlocked by many", .kind = KIND_ANON,
	  .page = { ANON(6, 6) }, .flags = FLAGS(ON_LRU),
	  .mappers = { { LOCKED, false, "PID 1 (a)" },
		       { LOCKED, false, "PID 1 (a)" },
		       { LOCKED, false, "PID 2 (b)" },
		       { LOCKED, false, "PID 3 (c)" },
		       { LOCKED, false, "PID 4 (d)" },
		       { LOCKED, false, "PID 5 (e)" } },
	  .reclaim = { NO, "mlocked by PID 1 (a), PID 2 (b), PID 3 (c) and 2 "
		       "more" },
	  .migrate = { YES, NULL } },
	{ .name = "mlocked, pinned", .kind = KIND_ANON,
	  .page = { ANON(1025, 1) }, .flags = FLAGS(ON_LRU),
	  .mappers = { { LOCKED, false, "PID 97 (mlock)" } },
	  .reclaim = { NO, "pinned once, mlocked by PID 97 (mlock)" },
	  .migrate = { NO, "pinned once" } },
	{ .name = "mlocked once", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU, E_PG_mlocked),
	  .reclaim = { UNKNOWN, "PG_mlocked is set, and no locked VMA was "
		       "found" },
	  .migrate = { YES, NULL } },
	{ .name = "unevictable", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU, E_PG_unevictable),
	  .reclaim = { NO, "on the unevictable list" },
	  .migrate = { YES, NULL } },
	{ .name = "not all seen", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU), .gaps = true,
	  .reclaim = { UNKNOWN, "not all that maps it was seen" },
	  .migrate = { YES, NULL } },
	{ .name = "not all seen, but enough", .kind = KIND_ANON,
	  .page = { ANON(1, 1) }, .flags = FLAGS(ON_LRU), .gaps = true,
	  .mappers = { { LOCKED, false, "PID 97 (mlock)" } },
	  .reclaim = { NO, "mlocked by PID 97 (mlock)" },
	  .migrate = { YES, NULL } },

	/* Large folios. */
	{ .name = "whole", .kind = KIND_ANON,
	  .page = { ANON(1, 1), .order = 2 },
	  .flags = FLAGS(ON_LRU), .mappers = { { 0, true, "PID 1 (a)" } },
	  .reclaim = { YES, NULL }, .migrate = { YES, NULL } },
	{ .name = "in pieces", .kind = KIND_ANON, .page = { ANON(5, 5),
	  .order = 2 }, .flags = FLAGS(ON_LRU),
	  .mappers = { { 0, true, "PID 1 (a)" }, { 0, false, "PID 2 (b)" } },
	  .reclaim = { YES, NULL }, .migrate = { YES, NULL } },
	{ .name = "in other pieces", .kind = KIND_ANON,
	  .page = { ANON(4, 4), .order = 2 },
	  .flags = FLAGS(ON_LRU), .mappers = { { 0, true, "PID 1 (a)" } },
	  .reclaim = { UNKNOWN, "other pages of its folio may be locked" },
	  .migrate = { YES, NULL } },
	{ .name = "hugetlb", .like = LIKE_6_12, .kind = KIND_HUGETLB,
	  .page = { ANON(1, 1), .order = 9, .hugetlb = true },
	  .flags = NO_FLAGS,
	  .reclaim = { NO, "hugetlb pages are not reclaimed" },
	  .migrate = { YES, NULL } },
	{ .name = "hugetlb, in the pool", .like = LIKE_6_12,
	  .kind = KIND_HUGETLB, .page = { .order = 9, .hugetlb = true,
	  .has_folio_mapcount = true }, .flags = NO_FLAGS,
	  .reclaim = { NO, "hugetlb pages are not reclaimed" },
	  .migrate = { YES, "replaced, since it is free in its pool" } },

	/* Swap. */
	{ .name = "no swap", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU), .no_swap = true,
	  .reclaim = { NO, "no swap space is left" },
	  .migrate = { YES, NULL } },
	{ .name = "no swap, in the swap cache", .kind = KIND_ANON,
	  .page = { ANON(2, 1) },
	  .flags = FLAGS(ON_LRU, E_PG_swapcache), .no_swap = true,
	  .reclaim = { YES, NULL }, .migrate = { YES, NULL } },
	{ .name = "no swap, and free to be dropped", .kind = KIND_ANON,
	  .page = { ANON(1, 1) }, .flags = FLAGS(E_PG_lru), .no_swap = true,
	  .reclaim = { YES, NULL }, .migrate = { YES, NULL } },
	{ .name = "swap not known", .kind = KIND_ANON, .page = { ANON(1, 1) },
	  .flags = FLAGS(ON_LRU), .swap_unseen = true,
	  .reclaim = { UNKNOWN, "it is not known whether there is swap space" },
	  .migrate = { YES, NULL } },
	{ .name = "no swap for a file", .kind = KIND_FILE,
	  .page = { CACHED(1) },
	  .in_file = true, .flags = FLAGS(E_PG_lru), .no_swap = true,
	  .reclaim = { YES, NULL }, .migrate = { YES, NULL } },

	/* Files. */
	{ .name = "dirty", .kind = KIND_FILE,
	  .page = { CACHED(2) }, .in_file = true,
	  .flags = FLAGS(E_PG_lru, E_PG_dirty, E_PG_private),
	  .reclaim = { YES, "once it is written back (dirty), once its file "
		       "system lets go of it (private)" },
	  .migrate = { YES, NULL } },
	{ .name = "ramfs", .kind = KIND_FILE, .page = { CACHED(1) },
	  .in_file = true, .file_flag = E_AS_UNEVICTABLE,
	  .flags = FLAGS(E_PG_lru, E_PG_unevictable),
	  .reclaim = { NO, "its file is not evictable (ramfs, secretmem, "
		       "SHM_LOCK)" },
	  .migrate = { YES, NULL } },
	{ .name = "secretmem", .like = LIKE_6_12, .kind = KIND_FILE,
	  .page = { CACHED(1) }, .in_file = true, .secret = true,
	  .file_flag = E_AS_UNEVICTABLE, .flags = FLAGS(E_PG_lru),
	  .reclaim = { NO, "its file is not evictable (ramfs, secretmem, "
		       "SHM_LOCK)" },
	  .migrate = { NO, "secretmem" } },
	{ .name = "guest_memfd", .like = LIKE_7_3, .kind = KIND_FILE,
	  .page = { CACHED(1) }, .in_file = true,
	  .file_flag = E_AS_INACCESSIBLE, .flags = FLAGS(E_PG_lru),
	  .reclaim = { YES, NULL },
	  .migrate = { NO, "memory of a guest" } },
	{ .name = "a file that cannot be seen", .kind = KIND_FILE,
	  .page = { CACHED(1) }, .in_file = true, .file_unreadable = true,
	  .flags = FLAGS(E_PG_lru),
	  .reclaim = { UNKNOWN, "its address_space cannot be read" },
	  .migrate = { UNKNOWN, "its address_space cannot be read" } },
};

static void set_swap(struct world *world, bool left, bool unseen)
{
	kaddr_t counter = world_alloc(world, 8);

	world_write_word(world, counter, left);
	world->kernel->facts.variables[KSYM_NR_SWAP_PAGES] =
		(struct kernel_variable) { !unseen, counter, 8 };
}

static void make_file(struct world *world, const struct row *row,
		      struct page *page)
{
	const struct layout *layout = &world->kernel->facts.layout;
	kaddr_t file = world_mapping(world);
	kaddr_t operations = world_alloc(world, 8);

	page->mapping = file.v;
	if (row->file_flag)
		world_set(world, file, M_address_space_flags,
			  1ULL << layout->enumerators[row->file_flag]);
	world->kernel->facts.variables[KSYM_SECRETMEM_AOPS] =
		(struct kernel_variable) { true, operations, 8 };
	world_set(world, file, M_address_space_a_ops,
		  row->secret ? operations.v : file.v);
	if (row->file_unreadable)
		world_fail(world, file, ST_EXCLUDED);
}

static void check_verdict(const char *row, const struct verdict *got,
			  const struct wanted *wanted)
{
	char reasons[512] = "";

	for (size_t i = 0; i < got->n_reasons; i++) {
		strcat(reasons, i ? ", " : "");
		strcat(reasons, got->reasons[i]);
	}
	ck_assert_msg(got->answer == wanted->answer, "%s: answer %d (%s)", row,
		      (int)got->answer, reasons);
	ck_assert_msg(!strcmp(reasons, wanted->reason ? wanted->reason : ""),
		      "%s: because \"%s\"", row, reasons);
}

START_TEST(verdict_and_its_reasons)
{
	const struct row *row = &rows[_i];
	struct world *world = world_new(row->like);
	const struct layout *layout = &world->kernel->facts.layout;
	struct page page = row->page;
	struct verdict_subject subject = {
		.kind = row->kind,
		.page = row->without_page ? NULL : &page,
		.mappers = row->mappers,
		.has_gaps = row->gaps,
	};
	struct arena arena = { NULL };
	struct verdicts verdicts;

	for (size_t i = 0; row->flags[i] != N_ENUMERATORS; i++)
		page.flags |= 1ULL << layout->enumerators[row->flags[i]];
	set_swap(world, !row->no_swap, row->swap_unseen);
	if (row->in_file)
		make_file(world, row, &page);
	while (subject.n_mappers < MAX_MAPPERS &&
	       row->mappers[subject.n_mappers].who)
		subject.n_mappers++;
	subject.ledger = ledger_of(world->kernel, row->kind, &page);
	ck_ok(verdict_of(world->kernel, &subject, &arena, &verdicts));
	check_verdict(row->name, &verdicts.reclaim, &row->reclaim);
	check_verdict(row->name, &verdicts.migrate, &row->migrate);
	arena_fini(&arena);
	world_free(world);
}
END_TEST

START_TEST(answers_have_names)
{
	ck_assert_ptr_null(verdict_answer_name(VERDICT_NOT_ASKED));
	ck_assert_str_eq(verdict_answer_name(VERDICT_YES), "yes");
	ck_assert_str_eq(verdict_answer_name(VERDICT_NO), "no");
	ck_assert_str_eq(verdict_answer_name(VERDICT_UNKNOWN), "unknown");
}
END_TEST

static const struct test tests[] = {
	ROWS(verdict_and_its_reasons, rows),
	PLAIN(answers_have_names),
};

int main(void)
{
	return run_suite("verdict", tests, ARRAY_LEN(tests));
}
