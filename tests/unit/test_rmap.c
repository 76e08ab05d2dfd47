/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/rmap over synthetic kernels: kinds of pages, the reverse walks of
 * anonymous, file and KSM pages, the scan, and both of them while one page of
 * the image after the other fails.
 */
#include "world.h"

#include "mm/page.h"
#include "mm/swap.h"
#include "mm/task.h"
#include "kind/kind.h"
#include "rmap/every_vma.h"
#include "rmap/ledger.h"
#include "rmap/mismatch.h"
#include "rmap/scan.h"
#include "rmap/walk.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

/* ---- what was found ---- */

struct place {
	uint64_t mm, address;
	enum map_state state;
	uint64_t pfn, n_pages;
};

DEFINE_VEC(place_vec, struct place)

struct found {
	struct place_vec places;
	struct gaps gaps;
	struct rmap_object object;
	bool folio;		/* all of it is asked about */
	size_t enough;		/* for done(); 0: never */
	kaddr_t unwanted;	/* mm, for invalid_vma(); 0: none */
	enum status answer;	/* of the visitor */
};

static void found_fini(struct found *found)
{
	place_vec_fini(&found->places);
	gaps_fini(&found->gaps);
}

static enum status keep(const struct rmap_hit *hit, void *arg)
{
	struct found *found = arg;
	struct place place = {
		hit->vma.mm.v, hit->address.v, hit->state, hit->pfn.v,
		hit->n_pages,
	};

	ck_ok(place_vec_push(&found->places, place));
	return found->answer;
}

static bool has_enough(void *arg)
{
	const struct found *found = arg;

	return found->enough && found->places.n >= found->enough;
}

static bool is_unwanted(const struct vma *vma, void *arg)
{
	const struct found *found = arg;

	return found->unwanted.v && kaddr_equal(vma->mm, found->unwanted);
}

/* What was found there; STATE_NONE: nothing. */
static enum map_state state_at(const struct found *found, uint64_t mm,
			       uint64_t address)
{
	for (size_t i = 0; i < found->places.n; i++)
		if (found->places.items[i].mm == mm &&
		    found->places.items[i].address == address)
			return found->places.items[i].state;
	return STATE_NONE;
}

static bool has_place(const struct found *found, uint64_t mm, uint64_t address)
{
	return state_at(found, mm, address) != STATE_NONE;
}

#define ck_place(found, mm, address)					\
	ck_assert_msg(has_place(found, (mm).v, address),		\
		      "not found: mm %#llx, address %#llx (%zu were, and %zu gaps)", \
		      (unsigned long long)(mm).v,			\
		      (unsigned long long)(address), (found)->places.n,	\
		      gaps_count(&(found)->gaps))

/* From PFN to its mappings, as a caller does it. */
static enum status walk(struct world *world, uint64_t pfn, bool exhaustive,
			struct found *found)
{
	struct rmap_walk_control control = {
		.arg = found,
		.rmap_one = keep,
		.done = has_enough,
		.invalid_vma = is_unwanted,
		.folio = found->folio,
		.exhaustive = exhaustive,
	};
	struct page page;
	enum status st = page_read(world->kernel, PFN(pfn), &page);

	if (st)
		return st;
	return rmap_walk(world->kernel, &page, page_kind(world->kernel, &page),
			 &control, &found->gaps, &found->object);
}

static enum status keep_scanned(pfn_t pfn, const struct rmap_hit *hit,
				void *arg)
{
	(void)pfn;
	return keep(hit, arg);
}

static void take_gaps(struct gaps *to, const struct gaps *from)
{
	for (size_t i = 0; i < from->list.n; i++)
		gaps_add(to, from->list.items[i].what,
			 from->list.items[i].where, from->list.items[i].why);
}

static enum status scan_for(struct world *world,
			    const struct scan_request *request,
			    struct found *found)
{
	struct tasks *tasks = NULL;
	enum status st = tasks_read(world->kernel, &tasks);

	if (st)
		return st;
	take_gaps(&found->gaps, &tasks->gaps);
	st = scan(world->kernel, tasks, request, keep_scanned, found,
		  &found->gaps);
	tasks_free(tasks);
	return st;
}

static enum status scan_ranges(struct world *world,
			       const struct pfn_range *ranges, size_t n,
			       struct found *found)
{
	struct scan_request request = { .ranges = ranges, .n_ranges = n };

	return scan_for(world, &request, found);
}

static enum status scan_one(struct world *world, uint64_t pfn,
			    struct found *found)
{
	struct pfn_range range = { pfn, pfn };
	struct wanted_swap swap = { .pfn = PFN(pfn) };
	struct scan_request request = { &range, 1, &swap, 0 };
	struct kernel *kernel = world->kernel;
	struct page page;
	enum status st = page_read(kernel, PFN(pfn), &page);

	if (!st && page_in_swap_cache(kernel, &page)) {
		st = page_swap_entry(kernel, &page, &swap.entry);
		request.n_swaps = !st;
	}
	if (st)
		gaps_add(&found->gaps, "struct page", "THE_PFN",
			 kernel->diag.text);
	return scan_for(world, &request, found);
}

/* ---- kinds ---- */

struct kind_row {
	enum world_like like;
	enum enumerator_id flag;
	uint32_t word;		/* _mapcount or page_type */
	uint64_t mapping;
	enum page_kind kind;
	enum rmap_type type;
};

#define NO_FLAG		N_ENUMERATORS
#define UNMAPPED	0xffffffff
#define OBJECT		0xffff888001000000ULL

static const struct kind_row kind_rows[] = {
	{ LIKE_5_10, NO_FLAG, UNMAPPED, 0, KIND_KERNEL, RMAP_NOT_KEPT },
	{ LIKE_5_10, NO_FLAG, 0, OBJECT | 1, KIND_ANON, RMAP_ANON },
	{ LIKE_5_10, E_PG_swapbacked, 0, OBJECT | 1, KIND_ANON, RMAP_ANON },
	{ LIKE_7_3, E_PG_swapbacked, 0, OBJECT | 3, KIND_KSM, RMAP_KSM },
	{ LIKE_5_10, NO_FLAG, 0, 3, KIND_KSM, RMAP_KSM },
	{ LIKE_5_10, NO_FLAG, 0, OBJECT, KIND_FILE, RMAP_FILE },
	{ LIKE_6_12, E_PG_swapbacked, 0, OBJECT, KIND_SHMEM, RMAP_FILE },
	/* movable_operations until 6.16: nobody's file */
	{ LIKE_6_12, NO_FLAG, UNMAPPED, OBJECT | 2, KIND_MOVABLE, RMAP_NOT_KEPT },
	{ LIKE_5_10, E_PG_slab, UNMAPPED, OBJECT, KIND_SLAB,
	  RMAP_NONE_POSSIBLE },
	{ LIKE_6_12, NO_FLAG, 0xf5000010, OBJECT, KIND_SLAB,
	  RMAP_NONE_POSSIBLE },
	{ LIKE_5_10, NO_FLAG, 0xffffff7f, 0, KIND_FREE, RMAP_NONE_POSSIBLE },
	{ LIKE_6_12, NO_FLAG, 0xf0000000, 0, KIND_FREE, RMAP_NONE_POSSIBLE },
	{ LIKE_5_10, NO_FLAG, 0xfffffbff, 0, KIND_PAGE_TABLE,
	  RMAP_NONE_POSSIBLE },
	{ LIKE_6_12, NO_FLAG, 0xf2000000, OBJECT, KIND_PAGE_TABLE,
	  RMAP_NONE_POSSIBLE },
	{ LIKE_6_12, NO_FLAG, 0xf1000000, 0, KIND_OFFLINE,
	  RMAP_NONE_POSSIBLE },
	{ LIKE_6_12, NO_FLAG, 0xfe000000, 0, KIND_TYPED, RMAP_NOT_KEPT },
	{ LIKE_5_10, E_PG_reserved, UNMAPPED, 0, KIND_RESERVED, RMAP_NOT_KEPT },
	{ LIKE_7_3, NO_FLAG, 0xf5000000, OBJECT | 1, KIND_SLAB,
	  RMAP_NONE_POSSIBLE },
};

START_TEST(kind_of_a_page)
{
	const struct kind_row *row = &kind_rows[_i];
	struct world *world = world_new(row->like);
	struct page page;
	enum page_kind kind;

	world_use_page(world, 0x2345, row->mapping, 0);
	world_set_page(world, 0x2345, M_page_mapcount, row->word);
	if (row->flag != NO_FLAG)
		world_flag_page(world, 0x2345, row->flag);
	ck_ok(page_read(world->kernel, PFN(0x2345), &page));
	kind = page_kind(world->kernel, &page);
	ck_assert_str_eq(page_kind_name(kind), page_kind_name(row->kind));
	ck_assert_int_eq(page_rmap_type(kind, &page), row->type);
	world_free(world);
}
END_TEST

START_TEST(every_kind_has_a_name_and_a_type)
{
	struct page page = { .mapping = 0 };

	for (int kind = 0; kind < N_KINDS; kind++) {
		ck_assert_ptr_nonnull(page_kind_name(kind));
		ck_assert_int_le(page_rmap_type(kind, &page), RMAP_KSM);
	}
	ck_assert_int_eq(page_rmap_type(KIND_NO_PAGE, NULL), RMAP_NOT_KEPT);
	ck_assert_int_eq(page_rmap_type(KIND_UNREADABLE, NULL), RMAP_NOT_KEPT);
}
END_TEST

/* ---- families ---- */

#define N_PROCESSES	5
#define COPIED		3	/* this process has copied the page since */
#define THE_PFN		0x2345
#define INSIDE		5	/* page of the VMA */
#define PGOFF		0x7f0000000ULL

/*
 * Five processes with one VMA each that may map the page; one of them maps
 * another frame there. Every other structure that could lead to the page is
 * made by the test.
 */
struct family {
	struct world *world;
	struct vma vmas[N_PROCESSES];
	kaddr_t mms[N_PROCESSES];
	kaddr_t anon_vma, mapping;
	struct found found;
};

static uint64_t address_in(const struct family *f, size_t process)
{
	return f->vmas[process].start + INSIDE * 0x1000;
}

static void add_process(struct family *f, size_t i, uint64_t anon_pgoff)
{
	struct world *world = f->world;

	f->mms[i] = world_mm(world);
	f->vmas[i] = (struct vma) {
		.mm = f->mms[i],
		.start = 0x7f0000000000 + i * 0x10000000,
		.end = 0x7f0000010000 + i * 0x10000000,
		.flags = VMA_READ | VMA_WRITE,
		.pgoff = PGOFF,
		.anon_pgoff = anon_pgoff,
	};
	world_vma(world, &f->vmas[i]);
	world_set_vmas(world, f->mms[i], &f->vmas[i], 1);
	world_map(world, f->mms[i], address_in(f, i),
		  i == COPIED ? THE_PFN + 1 : THE_PFN);
	world_map(world, f->mms[i], f->vmas[i].start, THE_PFN + 2 + i);
	world_task(world, 100 + i, f->mms[i], "member");
}

static struct family *family_new(enum world_like like)
{
	struct family *f = calloc(1, sizeof(*f));

	ck_assert_ptr_nonnull(f);
	f->world = world_new(like);
	for (size_t i = 0; i < N_PROCESSES; i++)
		add_process(f, i, PGOFF);
	world_use_page(f->world, THE_PFN, 0, 0);
	return f;
}

static struct family *anon_family(enum world_like like)
{
	struct family *f = family_new(like);
	kaddr_t root = world_anon_vma(f->world, KADDR(0));

	f->anon_vma = world_anon_vma(f->world, root);
	world_anon_tree(f->world, f->anon_vma, f->vmas, N_PROCESSES, NULL);
	world_use_page(f->world, THE_PFN, f->anon_vma.v | 1, PGOFF + INSIDE);
	return f;
}

static struct family *file_family(enum world_like like)
{
	struct family *f = family_new(like);

	f->mapping = world_mapping(f->world);
	world_file_tree(f->world, f->mapping, f->vmas, N_PROCESSES);
	world_use_page(f->world, THE_PFN, f->mapping.v, PGOFF + INSIDE);
	return f;
}

/* Two items in one mm's name and two processes forked since; see ksm.c. */
static struct family *ksm_family(enum world_like like)
{
	struct family *f = anon_family(like);
	kaddr_t node = world_stable_node(f->world, THE_PFN);

	for (size_t i = 0; i < N_PROCESSES; i++)
		world_rmap_item(f->world, node, f->anon_vma,
				address_in(f, i));
	world_use_page(f->world, THE_PFN, node.v | 3, 4711);
	return f;
}

static void family_free(struct family *f)
{
	found_fini(&f->found);
	world_free(f->world);
	free(f);
}

static void forget(struct found *found)
{
	place_vec_fini(&found->places);
	gaps_clear(&found->gaps);
}

static void check_all_found(const struct family *f)
{
	ck_no_gaps(&f->found.gaps);
	ck_assert_uint_eq(f->found.places.n, N_PROCESSES - 1);
	for (size_t i = 0; i < N_PROCESSES; i++)
		if (i != COPIED)
			ck_place(&f->found, f->mms[i], address_in(f, i));
}

/* Poisoned in one process, and being moved in another. */
static struct family *moving_family(enum world_like like)
{
	struct family *f = anon_family(like);
	uint64_t raw;

	ck_assert(world_special_entry(f->world, SWAP_HWPOISON, THE_PFN, &raw));
	world_map_raw(f->world, world_pgd(f->world, f->mms[0]),
		      address_in(f, 0), PT_PTE, raw);
	ck_assert(world_special_entry(f->world, SWAP_MIGRATION,
				      THE_PFN - 5, &raw));
	world_map_raw(f->world, world_pgd(f->world, f->mms[1]),
		      address_in(f, 1), PT_PMD, raw);
	return f;
}

#define THE_SWAP_TYPE	1
#define THE_SWAP_OFFSET	0x20b

/* In the swap cache, by the entry of the folio or of the page itself. */
static void put_in_swap_cache(struct world *world, uint64_t pfn, uint64_t inside)
{
	uint64_t value = 1ULL << 58 | THE_SWAP_OFFSET;

	world_flag_page(world, pfn, E_PG_swapbacked);
	world_flag_page(world, pfn, E_PG_swapcache);
	if (world->like == LIKE_5_10)
		world_set_page(world, pfn + inside, M_page_private, value);
	else
		world_set(world, world_page(world, pfn), M_folio_swap,
			  value - inside);
}

/* One process has faulted the page in again, the others not. */
static void swap_out(struct family *f, size_t first)
{
	uint64_t raw = world_swap_entry(THE_SWAP_TYPE, THE_SWAP_OFFSET);

	put_in_swap_cache(f->world, THE_PFN, 0);
	for (size_t i = first; i < N_PROCESSES; i++)
		if (i != COPIED)
			world_map_raw(f->world, world_pgd(f->world, f->mms[i]),
				      address_in(f, i), PT_PTE, raw);
}

static struct family *swapped_family(enum world_like like)
{
	struct family *f = anon_family(like);

	swap_out(f, 1);
	return f;
}

static struct family *swapped_ksm_family(enum world_like like)
{
	struct family *f = ksm_family(like);

	swap_out(f, 0);
	return f;
}

typedef struct family *make_fn(enum world_like like);

static make_fn *const makers[] = {
	anon_family, file_family, ksm_family, moving_family,
	swapped_family, swapped_ksm_family,
};

static const char *const object_types[] = {
	"anon_vma", "address_space", "stable node", "anon_vma",
	"anon_vma", "stable node",
};

START_TEST(walk_finds_what_is_mapped)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = makers[_i](like);

		for (int exhaustive = 0; exhaustive < 2; exhaustive++) {
			ck_ok(walk(f->world, THE_PFN, exhaustive, &f->found));
			check_all_found(f);
			ck_assert_str_eq(f->found.object.type,
					 object_types[_i]);
			ck_assert_uint_ge(f->found.object.n_candidates,
					  N_PROCESSES);
			forget(&f->found);
		}
		ck_ok(scan_one(f->world, THE_PFN, &f->found));
		check_all_found(f);
		family_free(f);
	}
}
END_TEST

START_TEST(walk_ends_when_it_is_told_to)
{
	struct family *f = makers[_i](LIKE_6_12);

	f->found.enough = 2;
	ck_status(walk(f->world, THE_PFN, false, &f->found), ST_STOPPED);
	ck_assert_uint_eq(f->found.places.n, 2);
	forget(&f->found);
	f->found.enough = 0;
	f->found.answer = ST_STOPPED;
	ck_status(walk(f->world, THE_PFN, false, &f->found), ST_STOPPED);
	ck_assert_uint_eq(f->found.places.n, 1);
	ck_no_gaps(&f->found.gaps);
	forget(&f->found);
	ck_status(scan_one(f->world, THE_PFN, &f->found), ST_STOPPED);
	ck_assert_uint_eq(f->found.places.n, 1);
	family_free(f);
}
END_TEST

START_TEST(unwanted_vmas_are_not_looked_into)
{
	struct family *f = makers[_i](LIKE_6_12);

	f->found.unwanted = f->mms[0];
	/* Not even read: its page table would be a gap. */
	world_fail_frame(f->world, world_pgd(f->world, f->mms[0]).v >> 12,
			 ST_EXCLUDED);
	ck_ok(walk(f->world, THE_PFN, false, &f->found));
	ck_no_gaps(&f->found.gaps);
	ck_assert_uint_eq(f->found.places.n, N_PROCESSES - 2);
	ck_assert(!has_place(&f->found, f->mms[0].v, address_in(f, 0)));
	family_free(f);
}
END_TEST

static enum status keep_place(const struct vma *vma, uaddr_t address,
			      void *arg)
{
	struct found *found = arg;
	struct place place = { .mm = vma->mm.v, .address = address.v };

	ck_ok(place_vec_push(&found->places, place));
	return found->answer;
}

static enum status drop(const struct rmap_hit *hit, void *arg)
{
	(void)hit;
	(void)arg;
	return ST_OK;
}

START_TEST(places_that_do_not_map_the_page)
{
	struct family *f = file_family(_i);
	struct rmap_walk_control control = { .arg = &f->found,
					     .rmap_one = drop,
					     .not_mapped = keep_place };
	struct page page;

	ck_ok(page_read(f->world->kernel, PFN(THE_PFN), &page));
	ck_ok(rmap_walk(f->world->kernel, &page, KIND_FILE, &control,
			&f->found.gaps, NULL));
	ck_assert_uint_eq(f->found.places.n, 1);
	ck_assert_uint_eq(f->found.places.items[0].mm, f->mms[COPIED].v);
	ck_assert_uint_eq(f->found.places.items[0].address,
			  address_in(f, COPIED));
	f->found.answer = ST_STOPPED;
	ck_status(rmap_walk(f->world->kernel, &page, KIND_FILE, &control,
			    &f->found.gaps, NULL), ST_STOPPED);
	family_free(f);
}
END_TEST

START_TEST(control_without_questions)
{
	struct family *f = anon_family(LIKE_5_10);
	struct rmap_walk_control control = { .arg = &f->found,
					     .rmap_one = keep };
	struct page page;

	ck_ok(page_read(f->world->kernel, PFN(THE_PFN), &page));
	ck_ok(rmap_walk(f->world->kernel, &page, KIND_ANON, &control,
			&f->found.gaps, NULL));
	check_all_found(f);
	family_free(f);
}
END_TEST

START_TEST(pages_without_a_reverse_map)
{
	static const enum page_kind kinds[] = {
		KIND_FREE, KIND_SLAB, KIND_PAGE_TABLE, KIND_TYPED,
		KIND_RESERVED, KIND_KERNEL,
	};
	struct family *f = family_new(LIKE_6_12);
	struct rmap_walk_control control = { .arg = &f->found,
					     .rmap_one = keep };
	struct page page = { .mapping = OBJECT | 1 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		ck_ok(rmap_walk(f->world->kernel, &page, kinds[i], &control,
				&f->found.gaps, &f->found.object));
	ck_assert_uint_eq(f->found.places.n, 0);
	ck_no_gaps(&f->found.gaps);
	family_free(f);
}
END_TEST

/* ---- confirmation ---- */

#define PTE_PFN_BITS	0x000ffffffffff000ULL

static const struct {
	const char *what;
	enum pt_level level;
	uint64_t raw;
	enum map_state state;
} confirm_rows[] = {
	{ "the frame", PT_PTE, (uint64_t)THE_PFN << 12 | 0x67, STATE_MAPPED },
	{ "read-only", PT_PTE, (uint64_t)THE_PFN << 12 | 0x25, STATE_MAPPED },
	{ "another frame", PT_PTE, (THE_PFN + 1ULL) << 12 | 0x67, STATE_NONE },
	{ "PROT_NONE", PT_PTE, ((uint64_t)THE_PFN << 12 ^ PTE_PFN_BITS) | 0x100,
	  STATE_MAPPED },
	{ "PROT_NONE, not inverted", PT_PTE, (uint64_t)THE_PFN << 12 | 0x100,
	  STATE_NONE },
	{ "special", PT_PTE, (uint64_t)THE_PFN << 12 | 0x267, STATE_SPECIAL },
	{ "special, another frame", PT_PTE, (THE_PFN + 1ULL) << 12 | 0x267,
	  STATE_NONE },
	{ "swapped to the place of that number", PT_PTE,
	  (~(uint64_t)THE_PFN << 14 >> 5) | 3ULL << 59, STATE_NONE },
	{ "migration of another frame", PT_PTE,
	  (~(THE_PFN + 1ULL) << 14 >> 5) | 28ULL << 59, STATE_NONE },
	{ "nothing", PT_PTE, 0, STATE_NONE },
	{ "accessed and dirty alone", PT_PTE, 0x60, STATE_NONE },
	/* 0x2345 is 0x145 inside of 2M; the address is 5 inside */
	{ "huge, elsewhere", PT_PMD, 0x22000e7, STATE_NONE },
	{ "huge, of another", PT_PMD, 0x40000e7, STATE_NONE },
};

START_TEST(page_table_decides)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = anon_family(like);
		paddr_t pgd = world_pgd(f->world, f->mms[1]);

		world_map_raw(f->world, pgd, address_in(f, 1),
			      confirm_rows[_i].level, confirm_rows[_i].raw);
		ck_ok(walk(f->world, THE_PFN, false, &f->found));
		ck_no_gaps(&f->found.gaps);
		ck_assert_msg(state_at(&f->found, f->mms[1].v,
				       address_in(f, 1)) ==
			      confirm_rows[_i].state, "%s",
			      confirm_rows[_i].what);
		family_free(f);
	}
}
END_TEST

/* ---- entries that name the page and map nothing ---- */

static const struct {
	enum swap_meaning meaning;
	enum map_state state;
	bool counted;
} state_rows[] = {
	{ SWAP_HWPOISON, STATE_POISONED, false },
	{ SWAP_MIGRATION, STATE_MIGRATING, false },
	{ SWAP_DEVICE_PRIVATE, STATE_DEVICE_PRIVATE, true },
	{ SWAP_DEVICE_EXCLUSIVE, STATE_DEVICE_EXCLUSIVE, true },
	{ SWAP_FILE, STATE_NONE, false },
	{ SWAP_MARKER, STATE_NONE, false },
};

/* Accessed and dirty, above the frame of a migration entry (6.1). */
#define YOUNG_AND_DIRTY(world)						\
	(3ULL << ((world)->kernel->mmu.physmem_bits - 12))

static void check_state(struct family *f, enum map_state state)
{
	struct found by_scan = { .enough = 0 };
	uint64_t mm = f->mms[1].v, address = address_in(f, 1);

	ck_ok(walk(f->world, THE_PFN, false, &f->found));
	ck_no_gaps(&f->found.gaps);
	ck_assert_int_eq(state_at(&f->found, mm, address), state);
	ck_ok(scan_one(f->world, THE_PFN, &by_scan));
	ck_no_gaps(&by_scan.gaps);
	ck_assert_int_eq(state_at(&by_scan, mm, address), state);
	ck_assert_uint_eq(by_scan.places.n, f->found.places.n);
	found_fini(&by_scan);
}

START_TEST(entry_that_names_the_page)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = anon_family(like);
		uint64_t bits = state_rows[_i].meaning == SWAP_MIGRATION ?
				YOUNG_AND_DIRTY(f->world) : 0;
		uint64_t raw;

		if (world_special_entry(f->world, state_rows[_i].meaning,
					THE_PFN | bits, &raw)) {
			world_map_raw(f->world, world_pgd(f->world, f->mms[1]),
				      address_in(f, 1), PT_PTE, raw);
			check_state(f, state_rows[_i].state);
		}
		family_free(f);
	}
	ck_assert_int_eq(map_state_is_counted(state_rows[_i].state),
			 state_rows[_i].counted);
}
END_TEST

/* Of a huge page: the entry names the head, and stands for all of it. */
START_TEST(huge_entry_that_names_the_page)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = anon_family(like);
		uint64_t inside = address_in(f, 1) >> 12 & 511, raw;

		if (world_special_entry(f->world, state_rows[_i].meaning,
					THE_PFN - inside, &raw)) {
			world_map_raw(f->world, world_pgd(f->world, f->mms[1]),
				      address_in(f, 1), PT_PMD, raw);
			check_state(f, state_rows[_i].state);
		}
		family_free(f);
	}
}
END_TEST

static const struct {
	const char *what;
	unsigned int type;
	uint64_t offset;
	enum map_state state;
} swap_rows[] = {
	{ "its entry", THE_SWAP_TYPE, THE_SWAP_OFFSET, STATE_SWAPPED },
	{ "another file", THE_SWAP_TYPE + 1, THE_SWAP_OFFSET, STATE_NONE },
	{ "another place", THE_SWAP_TYPE, THE_SWAP_OFFSET + 1, STATE_NONE },
	{ "a place of the frame's number", THE_SWAP_TYPE, THE_PFN, STATE_NONE },
};

START_TEST(entry_of_the_page_in_swap_cache)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = swapped_family(like);

		world_map_raw(f->world, world_pgd(f->world, f->mms[1]),
			      address_in(f, 1), PT_PTE,
			      world_swap_entry(swap_rows[_i].type,
					       swap_rows[_i].offset));
		check_state(f, swap_rows[_i].state);
		ck_assert_int_eq(state_at(&f->found, f->mms[0].v,
					  address_in(f, 0)), STATE_MAPPED);
		ck_assert_int_eq(state_at(&f->found, f->mms[2].v,
					  address_in(f, 2)), STATE_SWAPPED);
		family_free(f);
	}
	ck_assert(!map_state_is_counted(STATE_SWAPPED));
}
END_TEST

/* Both flags, or it is no page in the swap cache: PG_checked of a file's. */
START_TEST(entry_of_a_page_that_is_not_in_swap_cache)
{
	struct family *f = anon_family(_i);

	world_map_raw(f->world, world_pgd(f->world, f->mms[1]),
		      address_in(f, 1), PT_PTE,
		      world_swap_entry(THE_SWAP_TYPE, THE_SWAP_OFFSET));
	put_in_swap_cache(f->world, THE_PFN, 0);
	world_set_page(f->world, THE_PFN, M_page_flags, 1ULL <<
		       f->world->kernel->facts.layout.enumerators[
							E_PG_swapcache]);
	check_state(f, STATE_NONE);
	family_free(f);
}
END_TEST

/* Each page of a folio has the entry after that of the page before it. */
START_TEST(entry_of_a_page_inside_a_folio_in_swap_cache)
{
	struct family *f = anon_family(_i);
	uint64_t head = 0x2400, inside = 7;
	struct page page;
	struct swap_entry entry = { 0, 0 };

	world_use_page(f->world, head, f->anon_vma.v | 1, 0);
	world_make_folio(f->world, head, 4);
	put_in_swap_cache(f->world, head, inside);
	ck_ok(page_read(f->world->kernel, PFN(head + inside), &page));
	ck_assert(page_in_swap_cache(f->world->kernel, &page));
	ck_ok(page_swap_entry(f->world->kernel, &page, &entry));
	ck_assert_uint_eq(entry.type, THE_SWAP_TYPE);
	ck_assert_uint_eq(entry.offset, THE_SWAP_OFFSET);
	family_free(f);
}
END_TEST

/* The folio has it since 6.6; before, whoever can read the page can read that. */
START_TEST(swap_entry_that_cannot_be_told_is_a_gap)
{
	struct family *f = swapped_family(_i);

	f->world->kernel->facts.layout.structs[S_folio].present = false;
	ck_ok(walk(f->world, THE_PFN, false, &f->found));
	ck_gap(&f->found.gaps, "swap entry", "not known");
	ck_assert_uint_eq(f->found.places.n, 1);
	family_free(f);
}
END_TEST

/* Unknown never falls into absent: it may be the page's. */
START_TEST(entry_of_an_unknown_type_is_a_gap)
{
	struct family *f = anon_family(_i);

	f->world->kernel->swap_types.meanings[28] = SWAP_UNKNOWN;
	world_map_raw(f->world, world_pgd(f->world, f->mms[1]),
		      address_in(f, 1), PT_PTE, world_swap_entry(28, THE_PFN));
	world_map_raw(f->world, world_pgd(f->world, f->mms[0]),
		      address_in(f, 0), PT_PTE,
		      world_swap_entry(28, THE_PFN + 1));
	ck_ok(walk(f->world, THE_PFN, false, &f->found));
	ck_assert_uint_eq(gaps_count(&f->found.gaps), 1);
	ck_gap(&f->found.gaps, "page table", "not known");
	ck_assert(!has_place(&f->found, f->mms[1].v, address_in(f, 1)));
	forget(&f->found);
	ck_ok(scan_one(f->world, THE_PFN, &f->found));
	ck_assert_uint_eq(gaps_count(&f->found.gaps), 1);
	ck_gap(&f->found.gaps, "page table", "not known");
	family_free(f);
}
END_TEST

START_TEST(every_state_has_a_name)
{
	for (int state = 0; state < N_STATES; state++)
		ck_assert_ptr_nonnull(map_state_name(state));
}
END_TEST

/* ---- all of a folio ---- */

#define FOLIO_PFN	0x2400
#define FOLIO_INDEX	0x7e0000000ULL
#define FOLIO_START	(FOLIO_INDEX << 12)

struct folio_row {
	const char *what;
	uint64_t start, end;		/* pages of the folio that the VMA covers */
	enum pt_level level;		/* of its entries, one for each page */
	uint64_t mapped[3];		/* at these pages; at PMD level none */
	size_t n_mapped;
	size_t n_hits;
	uint64_t pfn, n_pages;		/* of the first hit */
};

static const struct folio_row folio_rows[] = {
	{ "by one entry", 0, 512, PT_PMD, { 0 }, 1, 1, FOLIO_PFN, 512 },
	{ "page by page", 0, 512, PT_PTE, { 0, 7, 511 }, 3, 3, FOLIO_PFN, 1 },
	{ "a part", 100, 200, PT_PTE, { 100, 199 }, 2, 2, FOLIO_PFN + 100, 1 },
	{ "not at all", 0, 512, PT_PTE, { 0 }, 0, 0, 0, 0 },
};

/* A folio of 2 MiB in a VMA that begins and ends in it, or with it. */
static struct family *folio_family(enum world_like like, bool anon,
				   const struct folio_row *row, kaddr_t *ret_mm)
{
	struct family *f = anon ? anon_family(like) : file_family(like);
	uint64_t mapping = anon ? f->anon_vma.v | 1 : f->mapping.v;
	struct vma vma = {
		.mm = f->mms[0], .start = FOLIO_START + (row->start << 12),
		.end = FOLIO_START + (row->end << 12), .flags = VMA_READ,
		.pgoff = FOLIO_INDEX + row->start,
		.anon_pgoff = FOLIO_INDEX + row->start,
	};
	paddr_t pgd = world_pgd(f->world, f->mms[0]);

	world_vma(f->world, &vma);
	if (anon)
		world_anon_tree(f->world, f->anon_vma, &vma, 1, NULL);
	else
		world_file_tree(f->world, f->mapping, &vma, 1);
	world_use_page(f->world, FOLIO_PFN, mapping, FOLIO_INDEX);
	world_make_folio(f->world, FOLIO_PFN, 9);
	for (size_t i = 0; i < row->n_mapped; i++) {
		uint64_t page = row->mapped[i];

		world_map_raw(f->world, pgd, FOLIO_START + (page << 12),
			      row->level, (FOLIO_PFN + page) << 12 |
			      (row->level == PT_PMD ? PTE_HUGE : PTE_PRESENT));
	}
	*ret_mm = vma.mm;
	f->found.folio = true;
	return f;
}

/* Whichever of its pages is asked for. */
START_TEST(folio_is_walked_as_a_whole)
{
	static const uint64_t asked[] = { 0, 5, 511 };
	const struct folio_row *row = &folio_rows[_i];
	kaddr_t mm;

	for (int like = 0; like < 2 * N_LIKES; like++) {
		struct family *f = folio_family(like % N_LIKES, like < N_LIKES,
						row, &mm);

		for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
			ck_ok(walk(f->world, FOLIO_PFN + asked[i], false,
				   &f->found));
			ck_no_gaps(&f->found.gaps);
			ck_assert_msg(f->found.places.n == row->n_hits,
				      "%s: %zu", row->what, f->found.places.n);
			for (size_t k = 0; k < row->n_mapped; k++)
				ck_place(&f->found, mm, FOLIO_START +
					 (row->mapped[k] << 12));
			if (row->n_hits) {
				struct place *first = f->found.places.items;

				ck_assert_uint_eq(first->pfn, row->pfn);
				ck_assert_uint_eq(first->n_pages, row->n_pages);
			}
			forget(&f->found);
		}
		family_free(f);
	}
}
END_TEST

/* A page of it that is somewhere else is not one of its mappings. */
START_TEST(folio_and_frames_of_others)
{
	const struct folio_row row = { "", 0, 512, PT_PTE, { 3 }, 1, 1, 0, 0 };
	kaddr_t mm;
	struct family *f = folio_family(_i, true, &row, &mm);
	paddr_t pgd = world_pgd(f->world, mm);
	uint64_t raw;

	world_map_raw(f->world, pgd, FOLIO_START + 0x4000, PT_PTE,
		      (FOLIO_PFN + 5) << 12 | PTE_PRESENT);
	ck_assert(world_special_entry(f->world, SWAP_MIGRATION, FOLIO_PFN + 6,
				      &raw));
	world_map_raw(f->world, pgd, FOLIO_START + 0x6000, PT_PTE, raw);
	put_in_swap_cache(f->world, FOLIO_PFN, 0);
	world_map_raw(f->world, pgd, FOLIO_START + 0x9000, PT_PTE,
		      world_swap_entry(THE_SWAP_TYPE, THE_SWAP_OFFSET + 9));
	world_map_raw(f->world, pgd, FOLIO_START + 0xa000, PT_PTE,
		      world_swap_entry(THE_SWAP_TYPE, THE_SWAP_OFFSET + 9));
	/* Asked for by its head: the entries of 5.10 are each page's own. */
	ck_ok(walk(f->world, FOLIO_PFN, false, &f->found));
	ck_no_gaps(&f->found.gaps);
	ck_assert_uint_eq(f->found.places.n, 3);
	ck_assert_int_eq(state_at(&f->found, mm.v, FOLIO_START + 0x3000),
			 STATE_MAPPED);
	ck_assert_int_eq(state_at(&f->found, mm.v, FOLIO_START + 0x6000),
			 STATE_MIGRATING);
	ck_assert_int_eq(state_at(&f->found, mm.v, FOLIO_START + 0x9000),
			 STATE_SWAPPED);
	family_free(f);
}
END_TEST

/* One table that cannot be read is one gap, and what lies behind it is seen. */
START_TEST(folio_with_a_table_that_cannot_be_read)
{
	const struct folio_row row = { "", 0, 512, PT_PTE, { 3 }, 1, 1, 0, 0 };
	kaddr_t mm;
	struct family *f = folio_family(_i, true, &row, &mm);

	world_fail(f->world, world_entry(f->world, world_pgd(f->world, mm),
					 FOLIO_START, PT_PTE), ST_EXCLUDED);
	ck_ok(walk(f->world, FOLIO_PFN + 3, false, &f->found));
	ck_assert_uint_eq(f->found.places.n, 0);
	ck_assert_uint_eq(gaps_count(&f->found.gaps), 1);
	ck_gap(&f->found.gaps, "page table", "excluded");
	family_free(f);
}
END_TEST

/* A tail of a huge page, in a candidate that maps it by one PMD. */
START_TEST(page_inside_of_a_huge_mapping)
{
	struct family *f = anon_family(_i);
	uint64_t head = 0x2400, inside = 77;
	struct vma vma = {
		.mm = f->mms[0], .start = 0x7e0000000000,
		.end = 0x7e0000200000, .pgoff = 0x7e0000000,
		.anon_pgoff = 0x7e0000000, .flags = VMA_READ,
	};

	world_vma(f->world, &vma);
	world_anon_tree(f->world, f->anon_vma, &vma, 1, NULL);
	world_use_page(f->world, head, f->anon_vma.v | 1, 0x7e0000000);
	world_make_folio(f->world, head, 9);
	world_map_raw(f->world, world_pgd(f->world, f->mms[0]), vma.start,
		      PT_PMD, head << 12 | PTE_HUGE);
	ck_ok(walk(f->world, head + inside, false, &f->found));
	ck_no_gaps(&f->found.gaps);
	ck_assert_uint_eq(f->found.places.n, 1);
	ck_place(&f->found, f->mms[0], vma.start + inside * 0x1000);
	family_free(f);
}
END_TEST

/* 7.3: a page copied on write in a private file mapping. */
START_TEST(copied_page_of_a_private_file_mapping)
{
	struct world *world = world_new(LIKE_7_3);
	struct found found = { .enough = 0 };
	kaddr_t mm = world_mm(world), anon_vma = world_anon_vma(world, KADDR(0));
	struct vma vma = { .mm = mm, .start = 0x401000, .end = 0x409000,
			   .pgoff = 1, .anon_pgoff = 0x401 };

	world_vma(world, &vma);
	world_anon_tree(world, anon_vma, &vma, 1, NULL);
	world_use_page(world, THE_PFN, anon_vma.v | 1, 0x404);
	world_map(world, mm, 0x404000, THE_PFN);
	ck_ok(walk(world, THE_PFN, false, &found));
	ck_place(&found, mm, 0x404000);
	ck_no_gaps(&found.gaps);
	found_fini(&found);
	world_free(world);
}
END_TEST

/*
 * hugetlb: until 6.6 the index counts huge pages, since 6.7 small ones; the
 * tree counts small ones in both (kernel-facts section 2.4). Either the
 * mapping is found or something is said: silence would be a lie.
 */
START_TEST(hugetlb_page_in_the_middle_of_its_file)
{
	struct world *world = world_new(_i);
	struct found found = { .enough = 0 };
	kaddr_t mm = world_mm(world), mapping = world_mapping(world);
	struct vma vma = { .mm = mm, .start = 0x7f0000000000,
			   .end = 0x7f0000800000, .pgoff = 0 };

	world_vma(world, &vma);
	world_file_tree(world, mapping, &vma, 1);
	world_use_page(world, 0x2400, mapping.v, _i == LIKE_5_10 ? 1 : 512);
	world_make_folio(world, 0x2400, 9);
	if (_i == LIKE_5_10)
		world_set_page(world, 0x2401, M_page_compound_dtor, 2);
	else
		world_set_page(world, 0x2400, M_page_mapcount, 0xf4000000);
	world_map_raw(world, world_pgd(world, mm), 0x7f0000200000, PT_PMD,
		      0x2400ULL << 12 | PTE_HUGE);
	ck_ok(walk(world, 0x2400, false, &found));
	ck_assert_str_eq(found.object.type, "address_space");
	ck_assert_msg(found.places.n || gaps_count(&found.gaps),
		      "mapped, and neither found nor a gap");
	if (found.places.n)
		ck_place(&found, mm, 0x7f0000200000);
	found_fini(&found);
	world_free(world);
}
END_TEST

/* ---- what costs a gap ---- */

enum walk_damage {
	WRITER, READERS, NO_OBJECT, OBJECT_EXCLUDED, ROOT_EXCLUDED,
	VMA_EXCLUDED, TABLE_EXCLUDED, MM_EXCLUDED, NO_MM, KERNEL_ADDRESS,
};

static const struct {
	enum walk_damage damage;
	size_t n_found;		/* of N_PROCESSES - 1 */
	const char *words;	/* of the gap; NULL: none */
} damage_rows[] = {
	{ WRITER, 4, "locked for writing" },
	{ READERS, 4, NULL },
	{ NO_OBJECT, 0, "not a kernel address" },
	{ OBJECT_EXCLUDED, 0, "excluded" },
	{ ROOT_EXCLUDED, 4, "excluded" },
	{ VMA_EXCLUDED, 3, "excluded" },
	{ TABLE_EXCLUDED, 3, "excluded" },
	{ MM_EXCLUDED, 3, "excluded" },
	{ NO_MM, 3, "not a kernel address" },
	{ KERNEL_ADDRESS, 3, "not a user address" },
};

/* Of an anonymous family, in its first process where it is about one. */
static void damage_family(struct family *f, enum walk_damage damage)
{
	kaddr_t root = KADDR(world_get(f->world, f->anon_vma,
				       M_anon_vma_root));

	switch (damage) {
	case WRITER:
		world_set(f->world, root, M_anon_vma_rwsem_count, 1);
		break;
	case READERS:		/* three of them, and waiters */
		world_set(f->world, root, M_anon_vma_rwsem_count, 0x302);
		break;
	case NO_OBJECT:
		world_set_page(f->world, THE_PFN, M_page_mapping, 0x1001);
		break;
	case OBJECT_EXCLUDED:
		world_fail(f->world, f->anon_vma, ST_EXCLUDED);
		break;
	case ROOT_EXCLUDED:
		world_fail(f->world, root, ST_EXCLUDED);
		break;
	case VMA_EXCLUDED:
		world_fail(f->world, f->vmas[0].address, ST_EXCLUDED);
		break;
	case TABLE_EXCLUDED:
		world_fail(f->world, world_entry(f->world,
				world_pgd(f->world, f->mms[0]),
				address_in(f, 0), PT_PTE), ST_EXCLUDED);
		break;
	case MM_EXCLUDED:
		world_fail(f->world, f->mms[0], ST_EXCLUDED);
		break;
	case NO_MM:
		world_set(f->world, f->vmas[0].address, M_vm_area_struct_vm_mm,
			  0);
		break;
	case KERNEL_ADDRESS:
		world_set(f->world, f->vmas[0].address,
			  M_vm_area_struct_vm_start, 0xffff888000000000);
		world_set(f->world, f->vmas[0].address,
			  M_vm_area_struct_vm_end, 0xffff888000010000);
		break;
	}
}

START_TEST(damage_costs_a_gap)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = anon_family(like);

		damage_family(f, damage_rows[_i].damage);
		ck_ok(walk(f->world, THE_PFN, false, &f->found));
		if (damage_rows[_i].words)
			ck_gap(&f->found.gaps, "", damage_rows[_i].words);
		else
			ck_no_gaps(&f->found.gaps);
		ck_assert_uint_eq(f->found.places.n, damage_rows[_i].n_found);
		family_free(f);
	}
}
END_TEST

START_TEST(file_tree_under_a_writer)
{
	struct family *f = file_family(_i);

	world_set(f->world, f->mapping, M_address_space_i_mmap_rwsem_count, 1);
	ck_ok(walk(f->world, THE_PFN, false, &f->found));
	ck_gap(&f->found.gaps, "i_mmap tree", "locked for writing");
	ck_assert_uint_eq(f->found.places.n, N_PROCESSES - 1);
	forget(&f->found);
	world_fail(f->world, f->mapping, ST_EXCLUDED);
	ck_ok(walk(f->world, THE_PFN, false, &f->found));
	ck_gap(&f->found.gaps, "address_space", "excluded");
	family_free(f);
}
END_TEST

/* ---- KSM ---- */

/* Everything at one address, one item: the rest have forked since. */
START_TEST(ksm_page_of_processes_forked_since)
{
	struct world *world = world_new(_i);
	struct found found = { .enough = 0 };
	kaddr_t anon_vma = world_anon_vma(world, KADDR(0));
	kaddr_t node = world_stable_node(world, THE_PFN);
	struct vma vmas[4];

	for (size_t i = 0; i < 4; i++) {
		vmas[i] = (struct vma) {
			.mm = world_mm(world), .start = 0x400000,
			.end = 0x410000, .pgoff = 0x400, .anon_pgoff = 0x400,
		};
		world_vma(world, &vmas[i]);
		world_map(world, vmas[i].mm, 0x404000,
			  i == 2 ? THE_PFN + 1 : THE_PFN);
	}
	world_anon_tree(world, anon_vma, vmas, 4, NULL);
	world_rmap_item(world, node, anon_vma, 0x404000);
	world_rmap_item(world, node, anon_vma, 0x404000);
	world_use_page(world, THE_PFN, node.v | 3, 0);
	ck_ok(walk(world, THE_PFN, false, &found));
	ck_no_gaps(&found.gaps);
	ck_assert_uint_eq(found.places.n, 3);	/* each told once */
	ck_place(&found, vmas[0].mm, 0x404000);
	ck_place(&found, vmas[1].mm, 0x404000);
	ck_place(&found, vmas[3].mm, 0x404000);
	found_fini(&found);
	world_free(world);
}
END_TEST

enum ksm_damage {
	KSM_NOT_STABLE, KSM_OTHER_FRAME, KSM_NO_NODE, KSM_CIRCLE,
	KSM_ITEM_EXCLUDED, KSM_NODE_EXCLUDED, KSM_NO_LAYOUT, KSM_ANON_VMA,
};

static const struct {
	enum ksm_damage damage;
	const char *words;
} ksm_rows[] = {
	{ KSM_NOT_STABLE, "not in a stable" },
	{ KSM_OTHER_FRAME, "frame 0x9999" },
	{ KSM_NO_NODE, "being merged" },
	{ KSM_CIRCLE, "circle" },
	{ KSM_ITEM_EXCLUDED, "excluded" },
	{ KSM_NODE_EXCLUDED, "excluded" },
	{ KSM_NO_LAYOUT, "no layout" },
	{ KSM_ANON_VMA, "not a kernel address" },
};

static void damage_ksm(struct family *f, enum ksm_damage damage)
{
	struct layout *layout = &f->world->kernel->facts.layout;
	kaddr_t node = KADDR(world_get(f->world, world_page(f->world, THE_PFN),
				       M_page_mapping) & ~3ULL);
	kaddr_t first = KADDR(world_get(f->world, node,
					M_ksm_stable_node_hlist));
	kaddr_t item = KADDR(first.v -
			     layout->members[M_ksm_rmap_item_hlist].offset);

	switch (damage) {
	case KSM_NOT_STABLE:
		world_set(f->world, item, M_ksm_rmap_item_address, 0x404100);
		break;
	case KSM_OTHER_FRAME:
		world_set(f->world, node, M_ksm_stable_node_kpfn, 0x9999);
		break;
	case KSM_NO_NODE:
		world_set_page(f->world, THE_PFN, M_page_mapping, 3);
		break;
	case KSM_CIRCLE:
		world_write_word(f->world, first, first.v);
		break;
	case KSM_ITEM_EXCLUDED:
		world_fail(f->world, item, ST_EXCLUDED);
		break;
	case KSM_NODE_EXCLUDED:
		world_fail(f->world, node, ST_EXCLUDED);
		break;
	case KSM_NO_LAYOUT:
		layout->structs[S_ksm_rmap_item].present = false;
		break;
	case KSM_ANON_VMA:
		world_set(f->world, item, M_ksm_rmap_item_anon_vma, 0);
		break;
	}
}

START_TEST(ksm_damage_costs_a_gap)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = ksm_family(like);

		damage_ksm(f, ksm_rows[_i].damage);
		ck_ok(walk(f->world, THE_PFN, false, &f->found));
		ck_gap(&f->found.gaps, "", ksm_rows[_i].words);
		for (size_t i = 0; i < f->found.places.n; i++)
			ck_assert_uint_ne(f->found.places.items[i].mm,
					  f->mms[COPIED].v);
		family_free(f);
	}
}
END_TEST

/* ---- scan ---- */

START_TEST(scan_finds_an_entry_without_vma)
{
	struct family *f = family_new(_i);

	world_map(f->world, f->mms[0], 0x401000, THE_PFN);
	ck_ok(scan_one(f->world, THE_PFN, &f->found));
	ck_assert_uint_eq(f->found.places.n, N_PROCESSES - 1);
	ck_gap(&f->found.gaps, "VMA", "no VMA covers");
	ck_contains(f->found.gaps.list.items[0].where, "0x401000");
	family_free(f);
}
END_TEST

static const struct {
	size_t n;
	struct pfn_range ranges[4];
	size_t n_found;		/* counting the other frames too, see below */
} range_rows[] = {
	{ 0, { { 0, 0 } }, 0 },
	{ 1, { { THE_PFN, THE_PFN } }, 4 },
	{ 1, { { THE_PFN + 1, THE_PFN + 1 } }, 1 },
	{ 1, { { 0, UINT64_MAX } }, 10 },
	{ 1, { { 0, THE_PFN - 1 } }, 0 },
	{ 2, { { THE_PFN, THE_PFN }, { THE_PFN, THE_PFN } }, 4 },
	{ 2, { { THE_PFN + 1, THE_PFN + 1 }, { THE_PFN, THE_PFN } }, 5 },
	{ 3, { { THE_PFN, THE_PFN + 1 }, { 0, THE_PFN }, { THE_PFN, THE_PFN } },
	  5 },
	{ 2, { { 0, UINT64_MAX }, { THE_PFN, THE_PFN } }, 10 },
	{ 4, { { THE_PFN + 3, THE_PFN + 6 }, { 7, 9 }, { THE_PFN + 2,
	  THE_PFN + 4 }, { 0, 3 } }, 5 },
};

/* Four map the page, one the next frame; each maps one more of its own. */
START_TEST(scan_of_ranges)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct family *f = family_new(like);

		ck_ok(scan_ranges(f->world, range_rows[_i].ranges,
				  range_rows[_i].n, &f->found));
		ck_assert_uint_eq(f->found.places.n, range_rows[_i].n_found);
		ck_no_gaps(&f->found.gaps);
		family_free(f);
	}
}
END_TEST

START_TEST(scan_looks_into_huge_entries)
{
	struct world *world = world_new(_i);
	struct found found = { .enough = 0 };
	struct vma vma = { .mm = world_mm(world), .start = 0x7e0000000000,
			   .end = 0x7e0000200000 };
	struct pfn_range ranges[] = { { 0x2580, 0x2590 }, { 0x2401, 0x2402 },
				      { 0x25ff, 0x2700 }, { 0x2300, 0x2400 } };

	world_vma(world, &vma);
	world_set_vmas(world, vma.mm, &vma, 1);
	world_task(world, 100, vma.mm, "huge");
	world_map_raw(world, world_pgd(world, vma.mm), vma.start, PT_PMD,
		      0x2400ULL << 12 | PTE_HUGE);
	ck_ok(scan_ranges(world, ranges, ARRAY_LEN(ranges), &found));
	ck_assert_uint_eq(found.places.n, 17 + 2 + 1 + 1);
	ck_place(&found, vma.mm, vma.start);
	ck_place(&found, vma.mm, vma.start + 0x180000);
	ck_place(&found, vma.mm, vma.start + 0x1ff000);
	ck_no_gaps(&found.gaps);
	found_fini(&found);
	world_free(world);
}
END_TEST

/* ---- fault injection ---- */

static const enum status faults[] = { ST_EXCLUDED, ST_CORRUPT };

static void check_right_or_silent(const struct found *all,
				  const struct found *found, enum status st,
				  uint64_t frame)
{
	for (size_t i = 0; i < found->places.n; i++)
		ck_assert_msg(state_at(all, found->places.items[i].mm,
				       found->places.items[i].address) ==
			      found->places.items[i].state,
			      "frame %#llx failing: a wrong mapping",
			      (unsigned long long)frame);
	ck_assert_msg(found->places.n == all->places.n || st ||
		      gaps_count(&found->gaps),
		      "frame %#llx failing: %zu of %zu mappings, and no word",
		      (unsigned long long)frame, found->places.n,
		      all->places.n);
}

enum method { WALK, WALK_EXHAUSTIVE, SCAN, N_METHODS };

static enum status find(struct family *f, enum method method,
			struct found *found)
{
	return method == SCAN ? scan_one(f->world, THE_PFN, found) :
	       walk(f->world, THE_PFN, method == WALK_EXHAUSTIVE, found);
}

/* How many of the pages matter at all: the test would prove nothing else. */
static size_t fail_every_page(struct family *f, enum method method,
			      enum status fault)
{
	const struct pfn_vec *pages = &f->world->pages;
	size_t n_noticed = 0;

	for (size_t i = 0; i < pages->n; i++) {
		struct found found = { .enough = 0 };
		enum status st;

		world_fail_frame(f->world, pages->items[i], fault);
		st = find(f, method, &found);
		check_right_or_silent(&f->found, &found, st, pages->items[i]);
		n_noticed += st || gaps_count(&found.gaps);
		world_fail_frame(f->world, pages->items[i], ST_OK);
		found_fini(&found);
	}
	return n_noticed;
}

START_TEST(right_or_silent)
{
	struct family *f = makers[_i / N_LIKES](_i % N_LIKES);

	for (enum method method = WALK; method < N_METHODS; method++) {
		forget(&f->found);
		ck_ok(find(f, method, &f->found));
		check_all_found(f);
		for (size_t i = 0; i < ARRAY_LEN(faults); i++)
			ck_assert_uint_gt(fail_every_page(f, method,
							  faults[i]), 20);
	}
	family_free(f);
}
END_TEST

/* The same of a folio that is mapped page by page, asked for as a whole. */
START_TEST(folio_right_or_silent)
{
	kaddr_t mm;
	struct family *f = folio_family(_i, true, &folio_rows[1], &mm);
	const struct pfn_vec *pages = &f->world->pages;

	ck_ok(walk(f->world, FOLIO_PFN, false, &f->found));
	ck_assert_uint_eq(f->found.places.n, 3);
	for (size_t i = 0; i < pages->n; i++) {
		struct found found = { .folio = true };
		enum status st;

		world_fail_frame(f->world, pages->items[i], ST_EXCLUDED);
		st = walk(f->world, FOLIO_PFN, false, &found);
		check_right_or_silent(&f->found, &found, st, pages->items[i]);
		world_fail_frame(f->world, pages->items[i], ST_OK);
		found_fini(&found);
	}
	family_free(f);
}
END_TEST

/* ---- references ---- */

#define FILE_MAPPING	0xffff888000100000ULL
#define ANON_MAPPING	(0xffff888000100000ULL | MAPPING_ANON)

/* The zone in page.flags, where it has three bits at the top. */
#define IN_ZONE_DEVICE	(4ULL << 61)

/* flags: of struct page, by enumerator; FLAGS ends them. */
#define FLAGS(...)	{ __VA_ARGS__, N_ENUMERATORS }
#define NO_FLAGS	{ N_ENUMERATORS }

static const struct {
	enum world_like like;
	enum page_kind kind;
	struct page page;
	enum enumerator_id flags[4];
	int64_t held[N_HOLDERS];
	int64_t unexplained;
} ledger_rows[] = {
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 3,
	  .folio_mapcount = 3 }, FLAGS(E_PG_lru), { [HOLDER_MAPPINGS] = 3 },
	  0 },
	/* Not on the LRU: the one who took it off has one. */
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 4,
	  .folio_mapcount = 3 }, NO_FLAGS,
	  { [HOLDER_MAPPINGS] = 3, [HOLDER_OFF_LRU] = 1 }, 0 },
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 4,
	  .folio_mapcount = 3 }, FLAGS(E_PG_lru), { [HOLDER_MAPPINGS] = 3 },
	  1 },
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 2,
	  .folio_mapcount = 3 }, FLAGS(E_PG_lru), { [HOLDER_MAPPINGS] = 3 },
	  -1 },
	/* What memory_failure() has taken from its users stays with it. */
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 1 },
	  FLAGS(E_PG_hwpoison), { [HOLDER_POISON] = 1 }, 0 },
	/* In the swap cache alone. */
	{ LIKE_6_12, KIND_SWAP_CACHE, { .refcount = 1 },
	  FLAGS(E_PG_lru, E_PG_swapbacked, E_PG_swapcache),
	  { [HOLDER_SWAP_CACHE] = 1 }, 0 },
	/* In the swap cache: only with both flags. */
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 2,
	  .folio_mapcount = 1 },
	  FLAGS(E_PG_lru, E_PG_swapbacked, E_PG_swapcache),
	  { [HOLDER_MAPPINGS] = 1, [HOLDER_SWAP_CACHE] = 1 }, 0 },
	{ LIKE_6_12, KIND_FILE, { .mapping = FILE_MAPPING, .refcount = 3,
	  .folio_mapcount = 1 }, FLAGS(E_PG_lru, E_PG_swapcache),
	  { [HOLDER_MAPPINGS] = 1, [HOLDER_PAGE_CACHE] = 1 }, 1 },
	{ LIKE_5_10, KIND_FILE, { .mapping = FILE_MAPPING, .refcount = 2 },
	  FLAGS(E_PG_lru, E_PG_private),
	  { [HOLDER_PAGE_CACHE] = 1, [HOLDER_PRIVATE] = 1 }, 0 },
	{ LIKE_7_3, KIND_SHMEM, { .mapping = FILE_MAPPING, .refcount = 513,
	  .order = 9, .folio_mapcount = 1 }, FLAGS(E_PG_lru),
	  { [HOLDER_MAPPINGS] = 1, [HOLDER_PAGE_CACHE] = 512 }, 0 },
	/* The page cache held a hugetlb folio once, and now for each page. */
	{ LIKE_5_10, KIND_HUGETLB, { .mapping = FILE_MAPPING, .refcount = 3,
	  .order = 9, .folio_mapcount = 2 }, NO_FLAGS,
	  { [HOLDER_MAPPINGS] = 2, [HOLDER_PAGE_CACHE] = 1 }, 0 },
	{ LIKE_6_12, KIND_HUGETLB, { .mapping = FILE_MAPPING, .refcount = 514,
	  .order = 9, .folio_mapcount = 2 }, NO_FLAGS,
	  { [HOLDER_MAPPINGS] = 2, [HOLDER_PAGE_CACHE] = 512 }, 0 },
	{ LIKE_6_12, KIND_HUGETLB, { .mapping = ANON_MAPPING, .refcount = 1,
	  .order = 9, .folio_mapcount = 1 }, NO_FLAGS,
	  { [HOLDER_MAPPINGS] = 1 }, 0 },
	/* Pins: 1024 references each, and of a large folio a count. */
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 2050,
	  .folio_mapcount = 1 }, FLAGS(E_PG_lru),
	  { [HOLDER_MAPPINGS] = 1, [HOLDER_PINS] = 2048 }, 1 },
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 4,
	  .order = 9, .folio_mapcount = 1, .counts_pins = true,
	  .pincount = 3 }, FLAGS(E_PG_lru),
	  { [HOLDER_MAPPINGS] = 1, [HOLDER_PINS] = 3 }, 0 },
	/* The stable node has none. */
	{ LIKE_7_3, KIND_KSM, { .mapping = ANON_MAPPING | MAPPING_KSM,
	  .refcount = 4, .folio_mapcount = 3 },
	  FLAGS(E_PG_lru, E_PG_swapbacked, E_PG_swapcache),
	  { [HOLDER_MAPPINGS] = 3, [HOLDER_SWAP_CACHE] = 1 }, 0 },
	/* A local cache may have one, or the flag means something else. */
	{ LIKE_6_12, KIND_FILE, { .mapping = FILE_MAPPING, .refcount = 3,
	  .folio_mapcount = 1 }, FLAGS(E_PG_lru, E_PG_private_2),
	  { [HOLDER_MAPPINGS] = 1, [HOLDER_PAGE_CACHE] = 1,
	    [HOLDER_PRIVATE_2] = 1 }, 0 },
	{ LIKE_6_12, KIND_FILE, { .mapping = FILE_MAPPING, .refcount = 2,
	  .folio_mapcount = 1 }, FLAGS(E_PG_lru, E_PG_private_2),
	  { [HOLDER_MAPPINGS] = 1, [HOLDER_PAGE_CACHE] = 1 }, 0 },
	{ LIKE_6_12, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 2,
	  .folio_mapcount = 1 }, FLAGS(E_PG_lru, E_PG_private_2),
	  { [HOLDER_MAPPINGS] = 1 }, 1 },
	/* Device memory in a process, before and after 5.18. */
	{ LIKE_5_10, KIND_ANON, { .flags = IN_ZONE_DEVICE,
	  .mapping = ANON_MAPPING, .refcount = 2, .folio_mapcount = 1 },
	  FLAGS(E_PG_lru), { [HOLDER_MAPPINGS] = 1, [HOLDER_DEVICE] = 1 }, 0 },
	{ LIKE_6_12, KIND_ANON, { .flags = IN_ZONE_DEVICE,
	  .mapping = ANON_MAPPING, .refcount = 2, .folio_mapcount = 1 },
	  FLAGS(E_PG_lru), { [HOLDER_MAPPINGS] = 1 }, 1 },
	/* Frozen: all references are taken away, but not their reasons. */
	{ LIKE_6_12, KIND_FILE, { .mapping = FILE_MAPPING, .refcount = 0,
	  .folio_mapcount = 2 }, NO_FLAGS,
	  { [HOLDER_MAPPINGS] = 2, [HOLDER_PAGE_CACHE] = 1,
	    [HOLDER_FROZEN] = -3 }, 0 },
	/* In the pool of hugetlb nobody has any. */
	{ LIKE_7_3, KIND_HUGETLB, { .order = 9 }, NO_FLAGS, { 0 }, 0 },
	/* Before 5.18 a folio of two pages has no place for that count. */
	{ LIKE_5_10, KIND_ANON, { .mapping = ANON_MAPPING, .refcount = 1026,
	  .order = 1, .folio_mapcount = 2 }, FLAGS(E_PG_lru),
	  { [HOLDER_MAPPINGS] = 2, [HOLDER_PINS] = 1024 }, 0 },
};

START_TEST(references_are_held_by_somebody)
{
	struct world *world = world_new(ledger_rows[_i].like);
	const struct layout *layout = &world->kernel->facts.layout;
	struct page page = ledger_rows[_i].page;
	struct ledger ledger;

	for (size_t i = 0; ledger_rows[_i].flags[i] != N_ENUMERATORS; i++)
		page.flags |= 1ULL <<
			layout->enumerators[ledger_rows[_i].flags[i]];
	world->kernel->zone_bits = 3;
	page.has_folio_mapcount = true;
	ledger = ledger_of(world->kernel, ledger_rows[_i].kind, &page);
	ck_assert(ledger.known);
	for (size_t i = 0; i < N_HOLDERS; i++)
		ck_assert_msg(ledger.held[i] == ledger_rows[_i].held[i],
			      "%s: %lld", holder_name(i),
			      (long long)ledger.held[i]);
	ck_assert_int_eq(ledger.unexplained, ledger_rows[_i].unexplained);
	ck_assert_int_eq(ledger.frozen, ledger.held[HOLDER_FROZEN] != 0);
	world_free(world);
}
END_TEST

START_TEST(references_that_cannot_be_told)
{
	struct world *world = world_new(LIKE_6_12);
	struct page page = { .refcount = 5, .has_folio_mapcount = true };

	ck_assert(!ledger_of(world->kernel, KIND_SLAB, &page).known);
	page.has_folio_mapcount = false;
	ck_assert(!ledger_of(world->kernel, KIND_ANON, &page).known);
	world_free(world);
}
END_TEST

/* ---- counts that are not met ---- */

START_TEST(page_that_was_being_changed)
{
	struct world *world = world_new(_i);
	struct page page = { .refcount = 1 };

	ck_assert_ptr_null(page_change(world->kernel, &page));
	page.flags = 1;		/* PG_locked */
	ck_contains(page_change(world->kernel, &page), "locked");
	page.refcount = 0;
	ck_contains(page_change(world->kernel, &page), "frozen");
	world_free(world);
}
END_TEST

START_TEST(address_space_that_was_being_changed)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);

	world_set(world, mm, M_mm_struct_mmap_lock_count, 0x300);
	ck_assert(!mm_is_changing(world->kernel, mm));
	world_set(world, mm, M_mm_struct_mmap_lock_count, 1);
	ck_assert(mm_is_changing(world->kernel, mm));
	world_fail(world, mm, ST_EXCLUDED);
	ck_assert(!mm_is_changing(world->kernel, mm));
	world_free(world);
}
END_TEST

/* ---- without a tree ---- */

DEFINE_VEC(vma_vec, struct vma)

static enum status keep_candidate(const struct vma *vma, uaddr_t address,
				  uint64_t nth, uint64_t n, void *arg)
{
	ck_assert_uint_eq(nth, 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(address.v, vma->start + INSIDE * 0x1000);
	return vma_vec_push(arg, *vma) ? ST_NO_MEMORY : ST_OK;
}

/* The VMAs that may map THE_PFN, by a list of all. */
static enum status candidates_of_all(struct family *f, bool anonymous,
				     candidate_fn *fn, void *arg)
{
	struct page page;
	const struct candidate_query query = {
		.page = &page, .index = PGOFF + INSIDE, .n = 1,
	};
	struct every_vma *every = NULL;
	struct tasks *tasks = NULL;
	enum status st;

	ck_ok(page_read(f->world->kernel, PFN(THE_PFN), &page));
	ck_ok(tasks_read(f->world->kernel, &tasks));
	ck_ok(every_vma_read(f->world->kernel, tasks, &every));
	tasks_free(tasks);
	st = every_vma_candidates(every, f->world->kernel, anonymous, &query,
				  fn, arg);
	every_vma_free(every);
	return st;
}

static void ck_candidates(struct family *f, bool anonymous, unsigned int want)
{
	struct vma_vec found = { 0 };
	unsigned int set = 0;

	ck_ok(candidates_of_all(f, anonymous, keep_candidate, &found));
	for (size_t i = 0; i < found.n; i++)
		for (size_t j = 0; j < N_PROCESSES; j++)
			if (kaddr_equal(found.items[i].address,
					f->vmas[j].address))
				set |= 1u << j;
	ck_assert_uint_eq(set, want);
	ck_assert_uint_eq(found.n, __builtin_popcount(want));
	vma_vec_fini(&found);
}

static void set_vma(struct family *f, size_t i, enum member_id member,
		    uint64_t value)
{
	world_set(f->world, f->vmas[i].address, member, value);
}

/* Whose tree it stands in does not matter, and where it begins does. */
START_TEST(an_anonymous_page_may_be_in_any_vma_with_its_index)
{
	struct family *f = anon_family(_i);

	for (size_t i = 0; i < N_PROCESSES; i++)
		set_vma(f, i, M_vm_area_struct_anon_vma,
			i == 4 ? 0 : f->anon_vma.v + 8 * i);
	if (_i == LIKE_7_3)
		set_vma(f, 1, M_vm_area_struct_anon_pgoff_lo,
			(uint32_t)PGOFF + INSIDE + 1);
	else
		set_vma(f, 1, M_vm_area_struct_vm_pgoff, PGOFF + INSIDE + 1);
	ck_candidates(f, true, 0x0d);
	family_free(f);
}
END_TEST

START_TEST(a_page_of_a_file_may_be_in_vmas_of_that_file)
{
	struct family *f = file_family(_i);
	const struct { kaddr_t mapping; } rows[N_PROCESSES] = {
		{ f->mapping },			/* the file */
		{ KADDR(f->mapping.v + 64) },	/* another */
		{ f->mapping },			/* it, elsewhere */
		{ f->mapping },			/* no file at all */
		{ f->mapping },			/* cannot be read */
	};

	for (size_t i = 0; i < N_PROCESSES; i++) {
		kaddr_t file = world_file(f->world, KADDR(0), KADDR(0));

		world_set(f->world, file, M_file_f_mapping,
			  rows[i].mapping.v);
		if (i != 3)
			set_vma(f, i, M_vm_area_struct_vm_file, file.v);
		if (i == 4)
			world_fail(f->world, file, ST_EXCLUDED);
	}
	set_vma(f, 2, M_vm_area_struct_vm_pgoff, PGOFF - 0x10);
	ck_candidates(f, false, 0x11);
	family_free(f);
}
END_TEST

static enum status refuse(const struct vma *vma, uaddr_t address,
			  uint64_t nth, uint64_t n, void *arg)
{
	(void)vma;
	(void)address;
	(void)nth;
	(void)n;
	++*(size_t *)arg;
	return ST_STOPPED;
}

START_TEST(a_search_of_all_vmas_ends_when_it_is_told_to)
{
	struct family *f = anon_family(_i);
	size_t n = 0;

	for (size_t i = 0; i < N_PROCESSES; i++)
		set_vma(f, i, M_vm_area_struct_anon_vma, f->anon_vma.v);
	ck_status(candidates_of_all(f, true, refuse, &n), ST_STOPPED);
	ck_assert_uint_eq(n, 1);
	family_free(f);
}
END_TEST

static const struct test tests[] = {
	ROWS(kind_of_a_page, kind_rows),
	PLAIN(every_kind_has_a_name_and_a_type),
	ROWS(walk_finds_what_is_mapped, makers),
	ROWS(walk_ends_when_it_is_told_to, makers),
	RANGE(places_that_do_not_map_the_page, 0, N_LIKES),
	ROWS(unwanted_vmas_are_not_looked_into, makers),
	PLAIN(control_without_questions),
	PLAIN(pages_without_a_reverse_map),
	ROWS(page_table_decides, confirm_rows),
	ROWS(entry_that_names_the_page, state_rows),
	ROWS(huge_entry_that_names_the_page, state_rows),
	ROWS(entry_of_the_page_in_swap_cache, swap_rows),
	EACH_LIKE(entry_of_a_page_that_is_not_in_swap_cache),
	EACH_LIKE(entry_of_a_page_inside_a_folio_in_swap_cache),
	RANGE(swap_entry_that_cannot_be_told_is_a_gap, LIKE_6_12, N_LIKES),
	EACH_LIKE(entry_of_an_unknown_type_is_a_gap),
	PLAIN(every_state_has_a_name),
	ROWS(folio_is_walked_as_a_whole, folio_rows),
	EACH_LIKE(folio_and_frames_of_others),
	EACH_LIKE(folio_with_a_table_that_cannot_be_read),
	EACH_LIKE(page_inside_of_a_huge_mapping),
	PLAIN(copied_page_of_a_private_file_mapping),
	EACH_LIKE(hugetlb_page_in_the_middle_of_its_file),
	ROWS(damage_costs_a_gap, damage_rows),
	EACH_LIKE(file_tree_under_a_writer),
	EACH_LIKE(ksm_page_of_processes_forked_since),
	ROWS(ksm_damage_costs_a_gap, ksm_rows),
	EACH_LIKE(scan_finds_an_entry_without_vma),
	ROWS(scan_of_ranges, range_rows),
	EACH_LIKE(scan_looks_into_huge_entries),
	RANGE(right_or_silent, 0, ARRAY_LEN(makers) * N_LIKES),
	EACH_LIKE(folio_right_or_silent),
	ROWS(references_are_held_by_somebody, ledger_rows),
	PLAIN(references_that_cannot_be_told),
	EACH_LIKE(page_that_was_being_changed),
	EACH_LIKE(address_space_that_was_being_changed),
	EACH_LIKE(an_anonymous_page_may_be_in_any_vma_with_its_index),
	EACH_LIKE(a_page_of_a_file_may_be_in_vmas_of_that_file),
	EACH_LIKE(a_search_of_all_vmas_ends_when_it_is_told_to),
};

int main(void)
{
	return run_suite("rmap", tests, ARRAY_LEN(tests));
}
