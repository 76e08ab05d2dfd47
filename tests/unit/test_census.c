/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/census over synthetic kernels: records of all frames, sums of address
 * spaces for any number of threads, tallies, lineages; and all of it while one
 * page of the image after the other fails.
 */
#include "world.h"

#include <sched.h>

#include "census/crew.h"
#include "census/frames.h"
#include "census/lineage.h"
#include "census/spaces.h"
#include "census/swapped.h"
#include "census/tally.h"
#include "mm/task.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

/* ---- a town ---- */

/* Two small sections that have struct pages, and none between. */
#define SECTION_FRAMES	WORLD_SECTION_FRAMES
#define LOW_SECTION	2u
#define HIGH_SECTION	9u
#define LOW(n)		(LOW_SECTION * SECTION_FRAMES + (n))
#define HIGH(n)		(HIGH_SECTION * SECTION_FRAMES + (n))

#define COMMON		HIGH(1)		/* anonymous, of all three */
#define PRIVATE		HIGH(2)		/* anonymous, of the first */
#define OF_FILE		HIGH(16)	/* of the first two, dirty */
#define OF_SHMEM	HIGH(17)	/* of the third */
#define FOLIO		LOW(64)		/* four anonymous pages of the third */
#define HUGE		LOW(512)	/* hugetlb, of the second */
#define OUTSIDE		0x100		/* no struct page */

#define START		0x7f0000000000ULL
#define HUGE_AT		0x7f0040000000ULL
#define N_MMS		3

struct town {
	struct world *world;
	kaddr_t mms[N_MMS];
	kaddr_t anon_vma, mapping;
};

static void make_memmap(struct world *world)
{
	world->kernel->section_size_bits = WORLD_SECTION_BITS;
	world_give_struct_pages(world, LOW_SECTION);
	world_give_struct_pages(world, HIGH_SECTION);
	world_set(world, world->sections, M_mem_section_section_mem_map, 0);
}

static void use(const struct town *town, uint64_t pfn, uint64_t mapping,
		uint32_t n_mapped)
{
	world_use_page(town->world, pfn, mapping, 0);
	world_set_page(town->world, pfn, M_page_mapcount, n_mapped - 1);
}

static void make_huge(const struct town *town)
{
	struct world *world = town->world;

	world_use_page(world, HUGE, town->mapping.v, 0);
	world_make_folio(world, HUGE, 9);
	if (world->like == LIKE_5_10)
		world_set_page(world, HUGE + 1, M_page_compound_dtor, 2);
	else
		world_set_page(world, HUGE, M_page_mapcount, 0xf4000000);
}

static void make_pages(const struct town *town)
{
	struct world *world = town->world;
	uint64_t anon = town->anon_vma.v | 1;

	use(town, COMMON, anon, 3);
	use(town, PRIVATE, anon, 1);
	use(town, OF_FILE, town->mapping.v, 2);
	world_flag_page(world, OF_FILE, E_PG_dirty);
	use(town, OF_SHMEM, town->mapping.v, 1);
	world_flag_page(world, OF_SHMEM, E_PG_swapbacked);
	use(town, FOLIO, anon, 1);
	world_make_folio(world, FOLIO, 2);
	make_huge(town);
}

static void map_at(const struct town *town, size_t i, uint64_t page,
		   uint64_t raw)
{
	world_map_raw(town->world, world_pgd(town->world, town->mms[i]),
		      START + page * 0x1000, PT_PTE, raw);
}

static void map_page(const struct town *town, size_t i, uint64_t page,
		     uint64_t pfn)
{
	map_at(town, i, page, pfn << 12 | PTE_PRESENT);
}

static void map_pages(const struct town *town)
{
	struct world *world = town->world;
	uint64_t raw = 0;

	for (size_t i = 0; i < N_MMS; i++)
		map_page(town, i, 1, COMMON);
	map_page(town, 0, 2, PRIVATE);
	map_page(town, 0, 3, OF_FILE);
	map_page(town, 1, 3, OF_FILE);
	map_page(town, 2, 3, OF_SHMEM);
	for (size_t i = 0; i < 4; i++)
		map_page(town, 2, 8 + i, FOLIO + i);
	map_page(town, 0, 12, OUTSIDE);
	map_at(town, 1, 12, PRIVATE << 12 | PTE_PRESENT | 1 << 9);
	map_at(town, 1, 13, world_swap_entry(1, 0x20b));
	map_at(town, 1, 14, world_swap_entry(1, 0x20c));
	ck_assert(world_special_entry(world, SWAP_HWPOISON, PRIVATE, &raw));
	map_at(town, 2, 13, raw);
	world_map_raw(world, world_pgd(world, town->mms[1]), HUGE_AT, PT_PMD,
		      (uint64_t)HUGE << 12 | PTE_HUGE);
}

static void make_process(struct town *town, size_t i)
{
	struct world *world = town->world;
	struct vma vma = { .start = START, .end = START + 0x10000 };

	town->mms[i] = vma.mm = world_mm(world);
	world_vma(world, &vma);
	world_set_vmas(world, vma.mm, &vma, 1);
	world_task(world, 100 + i, vma.mm, "townsman");
}

static void town_init(struct town *town, enum world_like like)
{
	town->world = world_new(like);
	make_memmap(town->world);
	town->anon_vma = world_anon_vma(town->world, KADDR(0));
	town->mapping = world_mapping(town->world);
	for (size_t i = 0; i < N_MMS; i++)
		make_process(town, i);
	make_pages(town);
	map_pages(town);
}

/* ---- a census of it ---- */

struct census {
	struct crew *crew;
	struct tasks *tasks;
	struct frames *frames;
	struct spaces *spaces;
};

static enum status census_take(struct census *census, struct kernel *kernel,
			       size_t n_workers)
{
	enum status st = tasks_read(kernel, &census->tasks);

	if (!st)
		st = crew_new(kernel, n_workers, &census->crew);
	if (!st)
		st = frames_read(census->crew, &census->frames);
	if (!st)
		st = spaces_count(census->crew, census->tasks, census->frames,
				  &census->spaces);
	if (!st)
		st = spaces_weigh(census->crew, census->spaces,
				  census->frames);
	return st;
}

static void census_fini(struct census *census)
{
	spaces_free(census->spaces);
	frames_free(census->frames);
	tasks_free(census->tasks);
	crew_free(census->crew);
}

static size_t count_gaps(const struct census *census)
{
	size_t n = gaps_count(&census->tasks->gaps) +
		   gaps_count(&census->frames->gaps);

	for (size_t i = 0; i < census->spaces->n; i++)
		n += gaps_count(&census->spaces->list[i].gaps);
	return n;
}

static const struct frame_use *use_of(const struct frames *frames,
				      uint64_t pfn)
{
	size_t place = frames_place(frames, pfn);

	ck_assert_uint_ne(place, NO_PLACE);
	return &frames->uses[place];
}

static const struct frame_words *words_of(const struct frames *frames,
					  uint64_t pfn)
{
	return &frames->words[frames_place(frames, pfn)];
}

/* The same sums but for pointers and gaps. */
static bool is_same_space(const struct space *a, const struct space *b)
{
	return kaddr_equal(a->mm->mm, b->mm->mm) && a->n_vmas == b->n_vmas &&
	       a->covered == b->covered &&
	       !memcmp(a->classes, b->classes, sizeof(a->classes)) &&
	       a->unique == b->unique && a->proportional == b->proportional &&
	       a->raw == b->raw && a->swapped == b->swapped &&
	       a->poisoned == b->poisoned && a->not_present == b->not_present;
}

static bool is_same_use(const struct frame_use *a, const struct frame_use *b)
{
	return a->sharers == b->sharers && a->n_mappings == b->n_mappings &&
	       a->kind == b->kind && a->has_count == b->has_count &&
	       a->dirty == b->dirty;
}

static bool is_same_words(const struct frame_words *a,
			  const struct frame_words *b)
{
	return a->mapping == b->mapping && a->memcg_data == b->memcg_data &&
	       a->counted == b->counted;
}

static bool is_same(const struct census *a, const struct census *b)
{
	if (a->spaces->n != b->spaces->n || a->frames->n != b->frames->n)
		return false;
	for (size_t i = 0; i < a->spaces->n; i++)
		if (!is_same_space(&a->spaces->list[i], &b->spaces->list[i]))
			return false;
	for (size_t i = 0; i < a->frames->n; i++)
		if (!is_same_use(&a->frames->uses[i], &b->frames->uses[i]) ||
		    !is_same_words(&a->frames->words[i], &b->frames->words[i]))
			return false;
	return true;
}

/* ---- frames ---- */

static const struct {
	uint64_t pfn;
	enum page_kind kind;
	int64_t counted;	/* -1: the kernel does not say */
	bool dirty;
} frame_rows[] = {
	{ COMMON, KIND_ANON, 3, false },
	{ PRIVATE, KIND_ANON, 1, false },
	{ OF_FILE, KIND_FILE, 2, true },
	{ OF_SHMEM, KIND_SHMEM, 1, false },
	{ FOLIO, KIND_ANON, 1, false },
	{ FOLIO + 3, KIND_ANON, 1, false },
	{ HUGE, KIND_HUGETLB, -1, false },
	{ HUGE + 511, KIND_HUGETLB, -1, false },
	{ HIGH(100), KIND_FREE, -1, false },
};

START_TEST(frames_are_what_their_struct_pages_say)
{
	struct town town;
	struct census census = { 0 };

	town_init(&town, _i);
	ck_ok(census_take(&census, town.world->kernel, 1));
	ck_no_gaps(&census.frames->gaps);
	ck_assert_uint_eq(census.frames->n, 2 * SECTION_FRAMES);
	for (size_t i = 0; i < ARRAY_LEN(frame_rows); i++) {
		uint64_t pfn = frame_rows[i].pfn;
		const struct frame_use *use = use_of(census.frames, pfn);

		ck_assert_str_eq(page_kind_name(use->kind),
				 page_kind_name(frame_rows[i].kind));
		ck_assert_int_eq(use->dirty, frame_rows[i].dirty);
		if (frame_rows[i].counted >= 0 && use->has_count)
			ck_assert_int_eq(words_of(census.frames, pfn)->counted,
					 frame_rows[i].counted);
	}
	ck_assert(use_of(census.frames, COMMON)->has_count);
	ck_assert_uint_eq(words_of(census.frames, FOLIO + 3)->mapping,
			  town.anon_vma.v | 1);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

START_TEST(frames_have_places_where_there_are_struct_pages)
{
	struct town town;
	struct census census = { 0 };

	town_init(&town, LIKE_6_12);
	ck_ok(census_take(&census, town.world->kernel, 1));
	ck_assert_uint_eq(frames_place(census.frames, LOW(0)), 0);
	ck_assert_uint_eq(frames_place(census.frames, HIGH(0)),
			  SECTION_FRAMES);
	ck_assert_uint_eq(frames_place(census.frames, LOW(0) - 1), NO_PLACE);
	ck_assert_uint_eq(frames_place(census.frames, LOW(SECTION_FRAMES)),
			  NO_PLACE);
	ck_assert_uint_eq(frames_place(census.frames, HIGH(SECTION_FRAMES)),
			  NO_PLACE);
	ck_assert_uint_eq(frames_place(census.frames, UINT64_MAX), NO_PLACE);
	ck_assert(frames_has(census.frames, LOW(0)));
	ck_assert(frames_has(census.frames, HIGH(SECTION_FRAMES - 1)));
	ck_assert(!frames_has(census.frames, LOW(0) - 1));
	ck_assert(!frames_has(census.frames, LOW(SECTION_FRAMES)));
	ck_assert(!frames_has(census.frames, UINT64_MAX));
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* One page of the memmap has the struct pages of 64 frames. */
START_TEST(frames_that_cannot_be_read_are_gaps)
{
	struct town town;
	struct census census = { 0 };
	const struct frames *frames;

	town_init(&town, _i);
	world_fail(town.world, world_page(town.world, HIGH(16)), ST_EXCLUDED);
	ck_ok(census_take(&census, town.world->kernel, 2));
	frames = census.frames;
	ck_gap(&frames->gaps, "struct page", "excluded");
	ck_assert_uint_eq(gaps_count(&frames->gaps), 64);
	ck_assert_uint_eq(use_of(frames, COMMON)->kind, KIND_UNREADABLE);
	ck_assert(!use_of(frames, COMMON)->has_count);
	ck_assert_uint_eq(use_of(frames, HIGH(64))->kind, KIND_FREE);
	ck_assert_uint_eq(use_of(frames, FOLIO)->kind, KIND_ANON);
	ck_assert_uint_eq(use_of(frames, HUGE)->kind, KIND_HUGETLB);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* The head is on another page than most of the tails. */
START_TEST(tails_that_cannot_be_read_are_gaps)
{
	struct town town;
	struct census census = { 0 };
	const struct frames *frames;

	town_init(&town, _i);
	world_fail(town.world, world_page(town.world, HUGE + 128),
		   ST_EXCLUDED);
	ck_ok(census_take(&census, town.world->kernel, 1));
	frames = census.frames;
	ck_assert_uint_eq(gaps_count(&frames->gaps), 64);
	ck_assert_uint_eq(use_of(frames, HUGE + 127)->kind, KIND_HUGETLB);
	ck_assert_uint_eq(use_of(frames, HUGE + 128)->kind, KIND_UNREADABLE);
	ck_assert_uint_eq(use_of(frames, HUGE + 191)->kind, KIND_UNREADABLE);
	ck_assert_uint_eq(use_of(frames, HUGE + 192)->kind, KIND_HUGETLB);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* ---- address spaces ---- */

#define PAGE_SHARE	(4096ULL << PSS_SHIFT)

START_TEST(spaces_are_summed_up_as_smaps_does)
{
	struct town town;
	struct census census = { 0 };
	const struct space *spaces;

	town_init(&town, _i);
	ck_ok(census_take(&census, town.world->kernel, 1));
	ck_assert_uint_eq(count_gaps(&census), 0);
	ck_assert_uint_eq(census.spaces->n, N_MMS);
	spaces = census.spaces->list;
	for (size_t i = 0; i < N_MMS; i++) {
		ck_assert_uint_eq(spaces[i].mm->mm.v, town.mms[i].v);
		ck_assert_uint_eq(spaces[i].n_vmas, 1);
		ck_assert_uint_eq(spaces[i].covered, 16);
	}
	ck_assert_uint_eq(spaces[0].classes[CLASS_ANON], 2);
	ck_assert_uint_eq(spaces[0].classes[CLASS_FILE], 1);
	ck_assert_uint_eq(spaces[0].raw, 1);
	ck_assert_uint_eq(spaces[0].unique, 1);
	/* A third of a page is no whole number: the rest is lost. */
	ck_assert_uint_eq(spaces[0].proportional, PAGE_SHARE +
			  PAGE_SHARE / 2 + PAGE_SHARE / 3);
	ck_assert_uint_eq(spaces[1].classes[CLASS_ANON], 1);
	ck_assert_uint_eq(spaces[1].classes[CLASS_FILE], 1);
	ck_assert_uint_eq(spaces[1].classes[CLASS_HUGETLB], 512);
	ck_assert_uint_eq(space_resident(&spaces[1]), 2);
	ck_assert_uint_eq(spaces[1].raw, 1);
	ck_assert_uint_eq(spaces[1].swapped, 2);
	ck_assert_uint_eq(spaces[1].unique, 0);
	ck_assert_uint_eq(spaces[1].proportional,
			  PAGE_SHARE / 2 + PAGE_SHARE / 3);
	ck_assert_uint_eq(spaces[2].classes[CLASS_ANON], 5);
	ck_assert_uint_eq(spaces[2].classes[CLASS_SHMEM], 1);
	ck_assert_uint_eq(spaces[2].poisoned, 1);
	ck_assert_uint_eq(spaces[2].not_present, 0);
	ck_assert_uint_eq(spaces[2].unique, 5);
	ck_assert_uint_eq(spaces[2].proportional,
			  5 * PAGE_SHARE + PAGE_SHARE / 3);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* What struct page says of the mappings is believed if they come to it. */
START_TEST(shares_are_those_of_what_was_found)
{
	struct town town;
	struct census right = { 0 }, wrong = { 0 };

	town_init(&town, _i);
	ck_ok(census_take(&right, town.world->kernel, 1));
	world_set_page(town.world, COMMON, M_page_mapcount, 6);
	ck_ok(census_take(&wrong, town.world->kernel, 1));
	for (size_t i = 0; i < N_MMS; i++) {
		const struct space *a = &right.spaces->list[i];
		const struct space *b = &wrong.spaces->list[i];

		ck_assert_uint_eq(a->unique, b->unique);
		ck_assert_uint_eq(a->proportional, b->proportional);
	}
	ck_assert_uint_eq(use_of(wrong.frames, COMMON)->guess, 7);
	census_fini(&right);
	census_fini(&wrong);
	world_free(town.world);
}
END_TEST

/* The kernel has taken it off the page's count, and smaps counts it still. */
START_TEST(page_under_migration_is_resident_and_not_counted)
{
	struct town town;
	struct census census = { 0 };
	const struct space *space;
	uint64_t raw = 0;

	town_init(&town, _i);
	ck_assert(world_special_entry(town.world, SWAP_MIGRATION, PRIVATE,
				      &raw));
	map_at(&town, 0, 2, raw);
	ck_ok(census_take(&census, town.world->kernel, 1));
	ck_assert_uint_eq(count_gaps(&census), 0);
	ck_assert_uint_eq(use_of(census.frames, PRIVATE)->n_mappings, 0);
	space = &census.spaces->list[0];
	ck_assert_uint_eq(space->classes[CLASS_ANON], 2);
	ck_assert_uint_eq(space->not_present, 0);
	ck_assert_uint_eq(space->unique, 1);
	ck_assert_uint_eq(space->proportional, PAGE_SHARE +
			  PAGE_SHARE / 2 + PAGE_SHARE / 3);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

START_TEST(frames_with_the_same_sharers_have_the_same_sum)
{
	struct town town;
	struct census census = { 0 };
	const struct frames *frames;

	town_init(&town, LIKE_6_12);
	map_page(&town, 0, 4, HIGH(200));
	map_page(&town, 1, 4, HIGH(200));
	ck_ok(census_take(&census, town.world->kernel, 2));
	frames = census.frames;
	ck_assert_uint_eq(use_of(frames, OF_FILE)->n_mappings, 2);
	ck_assert_uint_eq(use_of(frames, OF_FILE)->sharers,
			  use_of(frames, HIGH(200))->sharers);
	ck_assert_uint_ne(use_of(frames, OF_FILE)->sharers,
			  use_of(frames, COMMON)->sharers);
	ck_assert_uint_eq(use_of(frames, FOLIO)->sharers,
			  use_of(frames, OF_SHMEM)->sharers);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* No type of entry is left that nothing is known of: make one. */
START_TEST(entry_of_an_unknown_type_is_a_gap)
{
	struct town town;
	struct census census = { 0 };
	struct space *spaces;

	town_init(&town, _i);
	town.world->kernel->swap_types.meanings[1] = SWAP_UNKNOWN;
	ck_ok(census_take(&census, town.world->kernel, 2));
	spaces = census.spaces->list;
	ck_gap(&spaces[1].gaps, "page table", "not known");
	ck_assert_uint_eq(spaces[1].swapped, 0);
	ck_assert_uint_eq(spaces[1].not_present, 2);
	ck_no_gaps(&spaces[0].gaps);
	ck_no_gaps(&spaces[2].gaps);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

START_TEST(table_that_cannot_be_read_is_a_gap)
{
	struct town town;
	struct census census = { 0 };
	const struct space *spaces;

	town_init(&town, _i);
	world_fail(town.world,
		   world_entry(town.world,
			       world_pgd(town.world, town.mms[1]), START,
			       PT_PTE), ST_EXCLUDED);
	ck_ok(census_take(&census, town.world->kernel, 2));
	spaces = census.spaces->list;
	ck_gap(&spaces[1].gaps, "page table", "excluded");
	ck_assert_uint_eq(gaps_count(&spaces[1].gaps), 1);
	ck_assert_uint_eq(spaces[1].classes[CLASS_HUGETLB], 512);
	ck_no_gaps(&spaces[0].gaps);
	ck_assert_uint_eq(spaces[0].classes[CLASS_ANON], 2);
	ck_assert_uint_eq(use_of(census.frames, COMMON)->n_mappings, 2);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* ---- swap ---- */

/* A file of shared memory whose first page is in swap, and nothing else. */
static kaddr_t add_swapped_file(struct world *world)
{
	const struct member_layout *members =
		world->kernel->facts.layout.members;
	kaddr_t list = world_alloc(world, 16);
	kaddr_t info = world_object(world, S_shmem_inode_info);
	kaddr_t inode = kaddr_add(info, members[
					M_shmem_inode_info_vfs_inode].offset);
	kaddr_t link = kaddr_add(info, members[
					M_shmem_inode_info_swaplist].offset);
	kaddr_t mapping = world_mapping(world);
	kaddr_t file = world_object(world, S_file);

	world->kernel->facts.variables[KSYM_SHMEM_SWAPLIST] =
		(struct kernel_variable) { true, list, 16 };
	world_write_word(world, list, link.v);
	world_write_word(world, link, list.v);
	world_set(world, inode, M_inode_i_mapping, mapping.v);
	world_set(world, mapping, M_address_space_host, inode.v);
	world_set(world, mapping, M_address_space_i_pages, 0x20bULL << 1 | 1);
	world_set(world, info, M_shmem_inode_info_swapped, 1);
	world_set(world, file, M_file_f_mapping, mapping.v);
	return file;
}

/* A VMA of two pages of the file, in place of those that the process has. */
static void map_file(const struct town *town, size_t i, kaddr_t file,
		     uint64_t page, uint64_t pgoff, uint64_t flags)
{
	struct vma vma = {
		.mm = town->mms[i], .start = START + page * 0x1000,
		.end = START + (page + 2) * 0x1000,
		.file = file, .pgoff = pgoff, .flags = flags,
	};

	world_vma(town->world, &vma);
	world_set_vmas(town->world, vma.mm, &vma, 1);
}

/* Nothing is mapped at page 0, and something at page 1. */
static const struct {
	const char *what;
	uint64_t page, pgoff, flags;
	uint64_t n;
} file_rows[] = {
	{ "shared", 0, 0, VMA_WRITE | VMA_MAYSHARE, 1 },
	{ "shared, and something is there", 1, 0, VMA_WRITE | VMA_MAYSHARE, 1 },
	{ "behind what is in swap", 0, 1, VMA_READ | VMA_MAYSHARE, 0 },
	{ "private, and nothing is there", 0, 0, VMA_READ | VMA_WRITE, 1 },
	{ "private, and a page of its own is", 1, 0, VMA_READ | VMA_WRITE, 0 },
	{ "read-only: smaps does not look", 1, 0, VMA_READ, 1 },
};

START_TEST(shared_memory_in_swap_is_of_those_that_map_it)
{
	struct town town;
	struct census census = { 0 };
	struct gaps gaps = { 0 };

	town_init(&town, _i % N_LIKES);
	map_file(&town, 2, add_swapped_file(town.world),
		 file_rows[_i / N_LIKES].page, file_rows[_i / N_LIKES].pgoff,
		 file_rows[_i / N_LIKES].flags);
	ck_ok(census_take(&census, town.world->kernel, 2));
	ck_ok(spaces_count_swap(census.crew, census.spaces, &gaps));
	ck_no_gaps(&gaps);
	ck_no_gaps(&census.spaces->list[2].gaps);
	ck_assert_uint_eq(census.spaces->list[0].swapped_shmem, 0);
	ck_assert_msg(census.spaces->list[2].swapped_shmem ==
		      file_rows[_i / N_LIKES].n, "%s",
		      file_rows[_i / N_LIKES].what);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* And nobody's if it is not known. */
START_TEST(shared_memory_in_swap_that_cannot_be_seen_is_a_gap)
{
	struct town town;
	struct census census = { 0 };
	struct gaps gaps = { 0 };
	kaddr_t file;

	town_init(&town, _i);
	file = add_swapped_file(town.world);
	map_file(&town, 2, file, 0, 0, VMA_READ);
	world_fail(town.world, file, ST_EXCLUDED);
	ck_ok(census_take(&census, town.world->kernel, 2));
	ck_ok(spaces_count_swap(census.crew, census.spaces, &gaps));
	ck_gap(&census.spaces->list[2].gaps, "file", "excluded");
	ck_no_gaps(&gaps);
	town.world->kernel->facts.variables[KSYM_SHMEM_SWAPLIST].present =
		false;
	ck_ok(spaces_count_swap(census.crew, census.spaces, &gaps));
	ck_gap(&gaps, "shared memory", "shmem_swaplist");
	gaps_fini(&gaps);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* The counts of the two swap entries of the second; 7.3 has no such map. */
static void count_entries(const struct town *town, const uint8_t counts[2])
{
	struct world *world = town->world;
	kaddr_t table = world_alloc(world, 32 * 8);
	kaddr_t file = world_object(world, S_swap_info_struct);
	kaddr_t map = world_alloc(world, 0x1000);

	world->kernel->facts.variables[KSYM_SWAP_INFO] =
		(struct kernel_variable) { true, table, 0 };
	world_write_word(world, kaddr_add(table, 8), file.v);
	world_set(world, file, M_swap_info_struct_max, 0x1000);
	world_set(world, file, M_swap_info_struct_swap_map, map.v);
	world_write(world, kaddr_add(map, 0x20b), counts, 2);
}

static const struct {
	uint8_t counts[2];
	uint64_t share;
	uint64_t n_unweighed;
} share_rows[] = {
	{ { 0x02, 0x41 }, PAGE_SHARE / 2 + PAGE_SHARE, 0 },
	{ { 0x03, 0x00 }, PAGE_SHARE / 3 + PAGE_SHARE, 0 },
	{ { 0x02, 0x80 }, PAGE_SHARE / 2, 1 },
	{ { 0x3f, 0xbf }, 0, 2 },
};

START_TEST(swap_entries_are_shared_by_those_that_refer_to_them)
{
	struct town town;
	struct census census = { 0 };
	struct gaps gaps = { 0 };
	const struct space *spaces;

	town_init(&town, _i % LIKE_7_3);
	add_swapped_file(town.world);
	count_entries(&town, share_rows[_i / LIKE_7_3].counts);
	ck_ok(census_take(&census, town.world->kernel, 2));
	ck_ok(spaces_count_swap(census.crew, census.spaces, &gaps));
	ck_no_gaps(&gaps);
	spaces = census.spaces->list;
	ck_assert_uint_eq(spaces[1].swap_proportional,
			  share_rows[_i / LIKE_7_3].share);
	ck_assert_uint_eq(spaces[1].n_unweighed,
			  share_rows[_i / LIKE_7_3].n_unweighed);
	ck_assert_uint_eq(gaps_count(&spaces[1].gaps),
			  spaces[1].n_unweighed > 0);
	ck_assert_uint_eq(spaces[0].swap_proportional, 0);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* ---- any number of workers ---- */

static const size_t crews[] = { 2, 7, MAX_CREW };

START_TEST(any_number_of_workers_finds_the_same)
{
	struct town town;
	struct census alone = { 0 };

	town_init(&town, _i);
	ck_ok(census_take(&alone, town.world->kernel, 1));
	for (size_t i = 0; i < ARRAY_LEN(crews); i++) {
		struct census many = { 0 };

		ck_ok(census_take(&many, town.world->kernel, crews[i]));
		ck_assert(is_same(&alone, &many));
		ck_assert_uint_eq(count_gaps(&many), 0);
		census_fini(&many);
	}
	census_fini(&alone);
	world_free(town.world);
}
END_TEST

/* ---- fault injection ---- */

static const enum status faults[] = { ST_EXCLUDED, ST_CORRUPT };

/* Whether the failing frame was noticed. */
static bool check_right_or_silent(const struct town *town,
				  const struct census *whole, uint64_t frame)
{
	struct census census = { 0 };
	enum status st = census_take(&census, town->world->kernel, 1);
	bool noticed = st || count_gaps(&census);

	ck_assert_msg(noticed || is_same(whole, &census),
		      "frame %#llx failing: other sums, and no word",
		      (unsigned long long)frame);
	census_fini(&census);
	return noticed;
}

START_TEST(right_or_silent)
{
	struct town town;
	struct census whole = { 0 };
	size_t n_noticed = 0;

	town_init(&town, _i % N_LIKES);
	ck_ok(census_take(&whole, town.world->kernel, 1));
	for (size_t i = 0; i < town.world->pages.n; i++) {
		uint64_t frame = town.world->pages.items[i];

		world_fail_frame(town.world, frame, faults[_i / N_LIKES]);
		n_noticed += check_right_or_silent(&town, &whole, frame);
		world_fail_frame(town.world, frame, ST_OK);
	}
	/* The memmap alone has as many. */
	ck_assert_uint_gt(n_noticed, 2 * SECTION_FRAMES / 64);
	census_fini(&whole);
	world_free(town.world);
}
END_TEST

/* ---- crews ---- */

#define N_PARTS	1000

struct errand {
	uint8_t done[N_PARTS];
	size_t first_bad, step;	/* which parts fail; step 0: none */
};

static enum status run_errand(struct kernel *kernel, size_t i, void *arg)
{
	struct errand *errand = arg;

	errand->done[i]++;
	if (errand->step && i >= errand->first_bad &&
	    (i - errand->first_bad) % errand->step == 0)
		return diag_fail(&kernel->diag, ST_CORRUPT, "part %zu", i);
	return ST_OK;
}

static const size_t crew_sizes[] = { 1, 2, 7, 64 };

static struct crew *crew_of(struct world *world, size_t n)
{
	struct crew *crew = NULL;

	ck_ok(crew_new(world->kernel, n, &crew));
	ck_assert_uint_eq(crew->n, n);
	return crew;
}

START_TEST(crew_does_each_part_once)
{
	struct world *world = world_new(LIKE_6_12);
	struct crew *crew = crew_of(world, crew_sizes[_i]);
	struct errand errand = { .step = 0 };

	ck_ok(crew_work(crew, "errands", 0, run_errand, &errand));
	ck_ok(crew_work(crew, "errands", N_PARTS, run_errand, &errand));
	for (size_t i = 0; i < N_PARTS; i++)
		ck_assert_uint_eq(errand.done[i], 1);
	crew_free(crew);
	world_free(world);
}
END_TEST

START_TEST(failure_of_the_lowest_part_wins)
{
	struct world *world = world_new(LIKE_6_12);
	struct crew *crew = crew_of(world, crew_sizes[_i]);

	for (size_t step = 1; step < 5; step++) {
		struct errand errand = { .first_bad = 13, .step = step };

		ck_status(crew_work(crew, "errands", N_PARTS, run_errand,
				    &errand), ST_CORRUPT);
		ck_assert_str_eq(world->kernel->diag.text, "part 13");
	}
	crew_free(crew);
	world_free(world);
}
END_TEST

/* A caller who wants it to stop when he is asked for the nth time. */
struct caller {
	size_t n_reports;
	size_t n_questions, patience;
	bool tired;
	struct errand errand;
};

static bool be_asked(void *arg)
{
	struct caller *caller = arg;

	if (++caller->n_questions > caller->patience)
		__atomic_store_n(&caller->tired, true, __ATOMIC_RELAXED);
	return caller->tired;
}

static void count_reports(const char *what, uint64_t done, uint64_t total,
			  void *arg)
{
	struct caller *caller = arg;

	ck_assert_str_eq(what, "errands");
	ck_assert_uint_lt(done, total);
	caller->n_reports++;
}

/* So that the others, who are not asked, cannot do it all before. */
static enum status wait_until_tired(struct kernel *kernel, size_t i, void *arg)
{
	struct caller *caller = arg;

	while (!kernel->log &&
	       !__atomic_load_n(&caller->tired, __ATOMIC_RELAXED))
		sched_yield();
	return run_errand(kernel, i, &caller->errand);
}

static void check_first_are_done(const struct errand *errand, size_t n)
{
	for (size_t i = 0; i < N_PARTS; i++)
		ck_assert_uint_eq(errand->done[i], i < n);
}

START_TEST(crew_stops_when_it_is_told_to)
{
	for (size_t patience = 0; patience < 3; patience++) {
		struct world *world = world_new(LIKE_6_12);
		struct caller caller = { .patience = patience };
		const struct log log = { .cancelled = be_asked,
					 .progress = count_reports,
					 .arg = &caller };
		struct crew *crew;
		size_t n_done;

		world->kernel->log = &log;
		crew = crew_of(world, crew_sizes[_i]);
		ck_status(crew_work(crew, "errands", N_PARTS, wait_until_tired,
				    &caller), ST_STOPPED);
		ck_assert_int_eq(sscanf(world->kernel->diag.text,
					"stopped at %zu of 1000 errands",
					&n_done), 1);
		check_first_are_done(&caller.errand, n_done);
		ck_assert_uint_eq(caller.n_reports, caller.n_questions);
		crew_free(crew);
		world_free(world);
	}
}
END_TEST

/* ---- tallies ---- */

static bool anon_or_file(const struct frame_use *use,
			 const struct frame_words *words, uint64_t *ret_key)
{
	*ret_key = words->mapping;
	return use->kind == KIND_ANON || use->kind == KIND_FILE;
}

START_TEST(tally_sums_up_by_key)
{
	struct town town;
	struct census census = { 0 };
	struct tally tally = { 0 };
	const struct tally_row *rows;

	town_init(&town, _i);
	ck_ok(census_take(&census, town.world->kernel, 1));
	ck_ok(tally_frames(&tally, census.frames, anon_or_file));
	tally_sort(&tally);
	ck_assert_uint_eq(tally.rows.n, 2);
	rows = tally.rows.items;
	ck_assert_uint_eq(rows[0].key, town.anon_vma.v | 1);
	ck_assert_uint_eq(rows[0].first, FOLIO);
	ck_assert_uint_eq(rows[0].n_frames, 6);
	ck_assert_uint_eq(rows[0].n_mapped, 6);
	ck_assert_uint_eq(rows[0].n_mappings, 8);
	ck_assert_uint_eq(rows[0].n_dirty, 0);
	ck_assert_uint_eq(rows[1].key, town.mapping.v);
	ck_assert_uint_eq(rows[1].first, OF_FILE);
	ck_assert_uint_eq(rows[1].n_frames, 1);
	ck_assert_uint_eq(rows[1].n_mappings, 2);
	ck_assert_uint_eq(rows[1].n_dirty, 1);
	tally_fini(&tally);
	census_fini(&census);
	world_free(town.world);
}
END_TEST

/* ---- lineages ---- */

/* A root, and below it one child after the other. */
#define DEPTH	5

struct dynasty {
	struct world *world;
	kaddr_t line[DEPTH + 1];
	struct tally tally;	/* of each: a frame, mapped twice */
	struct lineage_vec families;
	struct gaps gaps;
};

static void dynasty_init(struct dynasty *dynasty, enum world_like like)
{
	struct world *world = world_new(like);

	*dynasty = (struct dynasty) { .world = world };
	for (size_t i = 0; i <= DEPTH; i++) {
		dynasty->line[i] = world_anon_vma(world, i ? dynasty->line[0] :
							     KADDR(0));
		if (i)
			world_set(world, dynasty->line[i], M_anon_vma_parent,
				  dynasty->line[i - 1].v);
	}
}

static void add_row(struct dynasty *dynasty, kaddr_t anon_vma, uint64_t pfn)
{
	ck_ok(tally_row_vec_push(&dynasty->tally.rows, (struct tally_row) {
			.key = anon_vma.v, .first = pfn, .n_frames = 1,
			.n_mapped = 1, .n_mappings = 2 }));
}

static void find_lineages(struct dynasty *dynasty)
{
	ck_ok(lineages_find(dynasty->world->kernel, &dynasty->tally,
			    &dynasty->families, &dynasty->gaps));
}

static void dynasty_fini(struct dynasty *dynasty)
{
	tally_fini(&dynasty->tally);
	lineage_vec_fini(&dynasty->families);
	gaps_fini(&dynasty->gaps);
	world_free(dynasty->world);
}

START_TEST(lineage_goes_back_to_its_root)
{
	struct dynasty dynasty;
	const struct lineage *families;

	dynasty_init(&dynasty, _i);
	/* Youngest in the middle: some ways up are known by then. */
	add_row(&dynasty, dynasty.line[2], 12);
	add_row(&dynasty, world_anon_vma(dynasty.world, KADDR(0)), 7);
	add_row(&dynasty, dynasty.line[DEPTH], 15);
	add_row(&dynasty, dynasty.line[1], 11);
	find_lineages(&dynasty);
	ck_no_gaps(&dynasty.gaps);
	ck_assert_uint_eq(dynasty.families.n, 2);
	families = dynasty.families.items;
	ck_assert_uint_eq(families[0].root.v, dynasty.line[0].v);
	ck_assert_uint_eq(families[0].n_anon_vmas, 3);
	ck_assert_uint_eq(families[0].depth, DEPTH);
	ck_assert_uint_eq(families[0].sum.first, 11);
	ck_assert_uint_eq(families[0].sum.n_frames, 3);
	ck_assert_uint_eq(families[0].sum.n_mappings, 6);
	ck_assert_uint_eq(families[1].n_anon_vmas, 1);
	ck_assert_uint_eq(families[1].depth, 0);
	dynasty_fini(&dynasty);
}
END_TEST

START_TEST(parents_in_a_circle_are_a_gap)
{
	struct dynasty dynasty;

	dynasty_init(&dynasty, _i);
	world_set(dynasty.world, dynasty.line[1], M_anon_vma_parent,
		  dynasty.line[3].v);
	add_row(&dynasty, dynasty.line[DEPTH], 15);
	add_row(&dynasty, dynasty.line[2], 12);
	find_lineages(&dynasty);
	ck_gap(&dynasty.gaps, "anon_vma", "circle");
	ck_assert_uint_eq(gaps_count(&dynasty.gaps), 1);
	ck_assert_uint_eq(dynasty.families.n, 1);
	ck_assert_uint_eq(dynasty.families.items[0].n_anon_vmas, 2);
	ck_assert_uint_le(dynasty.families.items[0].depth, DEPTH);
	dynasty_fini(&dynasty);
}
END_TEST

START_TEST(parent_that_cannot_be_read_is_a_gap)
{
	struct dynasty dynasty;

	dynasty_init(&dynasty, _i);
	world_fail(dynasty.world, dynasty.line[2], ST_EXCLUDED);
	add_row(&dynasty, dynasty.line[DEPTH], 15);
	add_row(&dynasty, dynasty.line[3], 13);
	find_lineages(&dynasty);
	ck_gap(&dynasty.gaps, "anon_vma", "excluded");
	ck_assert_uint_eq(gaps_count(&dynasty.gaps), 1);
	ck_assert_uint_eq(dynasty.families.items[0].n_anon_vmas, 2);
	dynasty_fini(&dynasty);
}
END_TEST

START_TEST(anon_vma_that_cannot_be_read_is_a_gap)
{
	struct dynasty dynasty;

	dynasty_init(&dynasty, _i);
	world_fail(dynasty.world, dynasty.line[2], ST_EXCLUDED);
	add_row(&dynasty, dynasty.line[2], 12);
	add_row(&dynasty, dynasty.line[1], 11);
	find_lineages(&dynasty);
	ck_gap(&dynasty.gaps, "anon_vma", "excluded");
	ck_assert_uint_eq(dynasty.families.n, 1);
	ck_assert_uint_eq(dynasty.families.items[0].n_anon_vmas, 1);
	ck_assert_uint_eq(dynasty.families.items[0].depth, 1);
	dynasty_fini(&dynasty);
}
END_TEST

/* ---- all ---- */

static const struct test tests[] = {
	EACH_LIKE(frames_are_what_their_struct_pages_say),
	PLAIN(frames_have_places_where_there_are_struct_pages),
	EACH_LIKE(frames_that_cannot_be_read_are_gaps),
	EACH_LIKE(tails_that_cannot_be_read_are_gaps),
	EACH_LIKE(spaces_are_summed_up_as_smaps_does),
	EACH_LIKE(shares_are_those_of_what_was_found),
	EACH_LIKE(page_under_migration_is_resident_and_not_counted),
	PLAIN(frames_with_the_same_sharers_have_the_same_sum),
	EACH_LIKE(entry_of_an_unknown_type_is_a_gap),
	EACH_LIKE(table_that_cannot_be_read_is_a_gap),
	RANGE(shared_memory_in_swap_is_of_those_that_map_it, 0,
	      ARRAY_LEN(file_rows) * N_LIKES),
	EACH_LIKE(shared_memory_in_swap_that_cannot_be_seen_is_a_gap),
	RANGE(swap_entries_are_shared_by_those_that_refer_to_them, 0,
	      ARRAY_LEN(share_rows) * LIKE_7_3),
	EACH_LIKE(any_number_of_workers_finds_the_same),
	RANGE(right_or_silent, 0, ARRAY_LEN(faults) * N_LIKES),
	ROWS(crew_does_each_part_once, crew_sizes),
	ROWS(failure_of_the_lowest_part_wins, crew_sizes),
	ROWS(crew_stops_when_it_is_told_to, crew_sizes),
	EACH_LIKE(tally_sums_up_by_key),
	EACH_LIKE(lineage_goes_back_to_its_root),
	EACH_LIKE(parents_in_a_circle_are_a_gap),
	EACH_LIKE(parent_that_cannot_be_read_is_a_gap),
	EACH_LIKE(anon_vma_that_cannot_be_read_is_a_gap),
};

int main(void)
{
	return run_suite("census", tests, ARRAY_LEN(tests));
}
