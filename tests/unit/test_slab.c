/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which object of a slab an address lies in, and whether it is free. */
#include "mm/slab.h"
#include "world.h"

#define N_OBJECTS	40
#define SIZE		192
#define OBJECT_SIZE	150
#define RED_ZONE	16
#define FREE_POINTER	64
#define RANDOM		0x1122334455667788ULL
#define N_CPUS		2
#define CPU_DISTANCE	0x10000

/* A slab of two pages. */
struct a_slab {
	struct world *world;
	kaddr_t cache_address, name, base, cpu_slab;
	struct page page;
	struct slab_cache cache;
};

static void set_slab(const struct a_slab *slab, enum member_id member,
		     enum member_id of_page, uint64_t value)
{
	bool has_slab = layout_has(&slab->world->kernel->facts.layout, member);

	world_set(slab->world, slab->page.head, has_slab ? member : of_page,
		  value);
}

static void set_counters(const struct a_slab *slab, uint64_t inuse,
			 uint64_t objects)
{
	set_slab(slab, M_slab_counters, M_page_counters,
		 inuse | objects << 16 | 1ULL << 31);
}

static void set_freelist(const struct a_slab *slab, uint64_t first)
{
	set_slab(slab, M_slab_freelist, M_page_freelist, first);
}

static kaddr_t set_variable(struct world *world, enum kernel_symbol symbol,
			    size_t bytes)
{
	kaddr_t at = world_alloc(world, bytes);

	world->kernel->facts.variables[symbol] = (struct kernel_variable) {
		true, at, 0
	};
	return at;
}

static void make_cpus(struct a_slab *slab)
{
	struct world *world = slab->world;
	kaddr_t offsets = set_variable(world, KSYM_PER_CPU_OFFSET, 16);

	world_write_word(world, kaddr_add(offsets, 8), CPU_DISTANCE);
	world_write_word(world, set_variable(world, KSYM_CPU_POSSIBLE_MASK, 8),
			 3);
	world_write_word(world, set_variable(world, KSYM_NR_CPU_IDS, 8),
			 N_CPUS);
	slab->cpu_slab = world_alloc(world, CPU_DISTANCE * N_CPUS);
	world_set(world, slab->cache_address, M_kmem_cache_cpu_slab,
		  slab->cpu_slab.v);
}

static void read_again(struct a_slab *slab)
{
	struct kernel *kernel = slab->world->kernel;
	kaddr_t address;

	ck_ok(page_read(kernel, slab->page.pfn, &slab->page));
	ck_ok(slab_find_cache(kernel, &slab->page, &address));
	ck_ok(slab_read_cache(kernel, address, &slab->cache));
}

static struct a_slab make_slab(enum world_like like)
{
	struct a_slab slab = { .world = world_new(like) };
	struct world *world = slab.world;
	kaddr_t cache = world_object(world, S_kmem_cache);
	uint64_t pfn;

	slab.cache_address = cache;
	slab.base = world_alloc(world, 2 << 12);
	pfn = world_frame_of(world, slab.base);
	world_make_folio(world, pfn, 1);
	world_set_page(world, pfn, M_page_refcount, 1);
	slab.page = (struct page) {
		.pfn = PFN(pfn), .head = world_page(world, pfn)
	};
	slab.name = world_alloc(world, 64);
	world_set(world, cache, M_kmem_cache_name, slab.name.v);
	world_set(world, cache, M_kmem_cache_size, SIZE);
	world_set(world, cache, M_kmem_cache_object_size, OBJECT_SIZE);
	world_set(world, cache, M_kmem_cache_offset, FREE_POINTER);
	world_set(world, cache, M_kmem_cache_red_left_pad, RED_ZONE);
	set_slab(&slab, M_slab_slab_cache, M_page_slab_cache, cache.v);
	if (layout_has(&world->kernel->facts.layout, M_kmem_cache_cpu_slab))
		make_cpus(&slab);
	set_counters(&slab, N_OBJECTS, N_OBJECTS);
	set_freelist(&slab, 0);
	read_again(&slab);
	return slab;
}

static void end_slab(struct a_slab *slab)
{
	world_free(slab->world);
}

static kaddr_t object_at(const struct a_slab *slab, uint64_t index)
{
	return kaddr_add(slab->base, index * SIZE + RED_ZONE);
}

static enum status find(const struct a_slab *slab, uint64_t bytes,
			struct slab_object *ret_object)
{
	return slab_find_object(slab->world->kernel, &slab->page, &slab->cache,
				PADDR((slab->page.pfn.v << 12) + bytes),
				ret_object);
}

static enum status state_of(const struct a_slab *slab, uint64_t index,
			    enum slab_object_state *ret_state)
{
	struct slab_object object;

	ck_ok(find(slab, index * SIZE + RED_ZONE, &object));
	return slab_object_state(slab->world->kernel, &slab->page,
				 &slab->cache, &object, ret_state);
}

#define ck_state(slab, i, want) do {					\
	enum slab_object_state ck_state_got;				\
									\
	ck_ok(state_of(slab, i, &ck_state_got));			\
	ck_assert_int_eq(ck_state_got, want);				\
} while (0)

/* ---- objects ---- */

static const struct {
	uint64_t bytes;		/* into the slab */
	uint64_t index;
	bool is_inside;
	uint64_t offset;
} place_rows[] = {
	{ RED_ZONE, 0, true, 0 },
	{ 0, 0, false, 0 },			/* the red zone on its left */
	{ RED_ZONE + OBJECT_SIZE - 1, 0, true, OBJECT_SIZE - 1 },
	{ RED_ZONE + OBJECT_SIZE, 0, false, 0 },
	{ 21 * SIZE + RED_ZONE + 5, 21, true, 5 },	/* across two pages */
	{ 39 * SIZE + RED_ZONE, 39, true, 0 },
};

START_TEST(an_address_names_an_object)
{
	struct a_slab slab = make_slab(_i % N_LIKES);
	size_t row = _i / N_LIKES;
	struct slab_object object;

	ck_ok(find(&slab, place_rows[row].bytes, &object));
	ck_assert_uint_eq(object.index, place_rows[row].index);
	ck_assert_uint_eq(object.address.v,
			  object_at(&slab, place_rows[row].index).v);
	ck_assert_int_eq(object.is_inside, place_rows[row].is_inside);
	if (object.is_inside)
		ck_assert_uint_eq(object.offset, place_rows[row].offset);
	end_slab(&slab);
}
END_TEST

START_TEST(what_is_left_at_the_end_is_no_object)
{
	struct a_slab slab = make_slab(_i);
	struct slab_object object;

	ck_status(find(&slab, N_OBJECTS * SIZE, &object), ST_ABSENT);
	end_slab(&slab);
}
END_TEST

/* ---- free or not ---- */

/* How a kernel hides the pointers of a freelist. */
enum way { PLAIN_POINTERS, SWAPPED, NOT_SWAPPED, N_WAYS };

static uint64_t hide(enum way way, kaddr_t at, uint64_t pointer)
{
	if (way == PLAIN_POINTERS)
		return pointer;
	return pointer ^ RANDOM ^ (way == SWAPPED ? __builtin_bswap64(at.v) :
						    at.v);
}

static void link_free(const struct a_slab *slab, enum way way, uint64_t index,
		      uint64_t next)
{
	kaddr_t at = kaddr_add(object_at(slab, index), FREE_POINTER);

	world_write_word(slab->world, at, hide(way, at, next));
}

/* 30 and, behind it, 3. */
static uint64_t make_freelist(struct a_slab *slab, enum way way)
{
	link_free(slab, way, 30, object_at(slab, 3).v);
	link_free(slab, way, 3, 0);
	if (way != PLAIN_POINTERS)
		world_set(slab->world, slab->cache_address,
			  M_kmem_cache_random, RANDOM);
	read_again(slab);
	return object_at(slab, 30).v;
}

/* In sheaves, which nobody looks through, it may be free as well. */
static enum slab_object_state not_listed(const struct a_slab *slab)
{
	return slab->cache.has_sheaves ? SLAB_OBJECT_UNTOLD :
					 SLAB_OBJECT_ALLOCATED;
}

START_TEST(an_object_on_the_list_of_its_slab_is_free)
{
	struct a_slab slab = make_slab(_i % N_LIKES);

	set_freelist(&slab, make_freelist(&slab, _i / N_LIKES));
	set_counters(&slab, N_OBJECTS - 2, N_OBJECTS);
	if (slab.world->like == LIKE_7_3)
		world_set(slab.world, slab.cache_address,
			  M_kmem_cache_cpu_sheaves, 0x30);
	read_again(&slab);
	ck_state(&slab, 30, SLAB_OBJECT_FREE);
	ck_state(&slab, 3, SLAB_OBJECT_FREE);
	ck_state(&slab, 4, not_listed(&slab));
	end_slab(&slab);
}
END_TEST

START_TEST(an_object_on_the_list_of_a_cpu_is_free)
{
	struct a_slab slab = make_slab(_i);
	kaddr_t cpu = kaddr_add(slab.cpu_slab, CPU_DISTANCE);

	world_set(slab.world, cpu, M_kmem_cache_cpu_freelist,
		  make_freelist(&slab, SWAPPED));
	world_set(slab.world, cpu, M_kmem_cache_cpu_slab_page,
		  slab.page.head.v);
	ck_state(&slab, 3, SLAB_OBJECT_FREE);
	ck_state(&slab, 4, SLAB_OBJECT_ALLOCATED);
	end_slab(&slab);
}
END_TEST

/* ---- damage ---- */

static void end_in_circle(struct a_slab *slab)
{
	link_free(slab, PLAIN_POINTERS, 3, object_at(slab, 30).v);
}

static void leave_slab(struct a_slab *slab)
{
	link_free(slab, PLAIN_POINTERS, 3, object_at(slab, N_OBJECTS).v);
}

static void point_between(struct a_slab *slab)
{
	link_free(slab, PLAIN_POINTERS, 3, object_at(slab, 4).v + 8);
}

static void miscount(struct a_slab *slab)
{
	set_counters(slab, N_OBJECTS - 3, N_OBJECTS);
}

static void count_too_many(struct a_slab *slab)
{
	set_counters(slab, N_OBJECTS + 3, N_OBJECTS);
}

static void overfill(struct a_slab *slab)
{
	set_counters(slab, 0, 0x7fff);
}

static void lose_size(struct a_slab *slab)
{
	world_set(slab->world, slab->cache_address, M_kmem_cache_size, 0);
}

static void lose_pages(struct a_slab *slab)
{
	world_fail(slab->world, slab->base, ST_EXCLUDED);
}

static const struct {
	void (*damage)(struct a_slab *slab);
	enum status st;
	const char *words;
} damage_rows[] = {
	{ end_in_circle, ST_CORRUPT, "freelist" },
	{ leave_slab, ST_CORRUPT, "freelist" },
	{ point_between, ST_CORRUPT, "freelist" },
	{ miscount, ST_CORRUPT, "2 objects, the slab counts 3" },
	{ count_too_many, ST_CORRUPT, "objects" },
	{ overfill, ST_CORRUPT, "32767 objects" },
	{ lose_size, ST_CORRUPT, "of 0 bytes" },
	{ lose_pages, ST_EXCLUDED, "freelist" },
};

START_TEST(damage_leaves_the_state_open)
{
	struct a_slab slab = make_slab(_i % N_LIKES);
	size_t row = _i / N_LIKES;
	struct slab_object object;
	enum slab_object_state state;

	set_freelist(&slab, make_freelist(&slab, PLAIN_POINTERS));
	set_counters(&slab, N_OBJECTS - 2, N_OBJECTS);
	ck_ok(find(&slab, RED_ZONE, &object));
	damage_rows[row].damage(&slab);
	read_again(&slab);
	ck_status(slab_object_state(slab.world->kernel, &slab.page,
				    &slab.cache, &object, &state),
		  damage_rows[row].st);
	ck_contains(slab.world->kernel->diag.text, damage_rows[row].words);
	end_slab(&slab);
}
END_TEST

/* An object of KFENCE begins at one end of its page or at the other. */
START_TEST(a_page_of_kfence_tells_no_object)
{
	struct a_slab slab = make_slab(_i);
	struct slab_object object;

	set_variable(slab.world, KSYM_KFENCE_POOL, 8);
	set_counters(&slab, 1, 1);
	ck_ok(find(&slab, RED_ZONE, &object));
	slab.page.order = 0;
	ck_status(find(&slab, RED_ZONE, &object), ST_UNKNOWN);
	end_slab(&slab);
}
END_TEST

/* Other allocators have no such members. */
START_TEST(slabs_of_another_allocator_tell_no_object)
{
	struct a_slab slab = make_slab(_i);
	struct slab_object object;

	slab.world->kernel->facts.layout.members[
				M_kmem_cache_red_left_pad].present = false;
	ck_status(find(&slab, RED_ZONE, &object), ST_UNKNOWN);
	end_slab(&slab);
}
END_TEST

/* The first caches are of the image, which is mapped elsewhere. */
START_TEST(a_cache_outside_of_the_direct_map_tells_no_address)
{
	struct a_slab slab = make_slab(_i);
	struct slab_object object;

	slab.cache.address = kaddr_add(world_page(slab.world, 0x100), 0);
	ck_status(find(&slab, RED_ZONE, &object), ST_UNKNOWN);
	end_slab(&slab);
}
END_TEST

static const struct {
	const char *name, *want;
} name_rows[] = {
	{ "kmalloc-64", "kmalloc-64" },
	{ "dentry(17:secret)", "dentry(17:g2bb80d537b1d)" },
	{ "dentry(17:se)ret)", "dentry(17:g5f5bdec2bcf8)" },
	{ "dentry(1:)", "dentry(1:)" },
	/* as it is cut where a name is too long */
	{ "dentry(17:secret", "dentry(17:g2bb80d537b1d" },
	{ "raid5-md_secret", "raid5-md_p2bb80d537b1d" },
	{ "raid5-md127", "raid5-md127" },
};

START_TEST(what_of_a_name_was_chosen_is_redacted)
{
	struct a_slab slab = make_slab(LIKE_7_3);
	const char *name = name_rows[_i].name;

	world_write(slab.world, slab.name, name, strlen(name) + 1);
	read_again(&slab);
	ck_assert_str_eq(slab.cache.name, name);
	slab.world->kernel->redact = true;
	read_again(&slab);
	ck_assert_str_eq(slab.cache.name, name_rows[_i].want);
	end_slab(&slab);
}
END_TEST

static const struct test tests[] = {
	RANGE(an_address_names_an_object, 0, N_LIKES * ARRAY_LEN(place_rows)),
	RANGE(what_is_left_at_the_end_is_no_object, 0, N_LIKES),
	RANGE(an_object_on_the_list_of_its_slab_is_free, 0, N_LIKES * N_WAYS),
	RANGE(an_object_on_the_list_of_a_cpu_is_free, 0, LIKE_7_3),
	RANGE(damage_leaves_the_state_open, 0,
	      N_LIKES * ARRAY_LEN(damage_rows)),
	RANGE(a_page_of_kfence_tells_no_object, 0, N_LIKES),
	RANGE(slabs_of_another_allocator_tell_no_object, 0, N_LIKES),
	RANGE(a_cache_outside_of_the_direct_map_tells_no_address, 0, N_LIKES),
	ROWS(what_of_a_name_was_chosen_is_redacted, name_rows),
};

int main(void)
{
	return run_suite("slab", tests, ARRAY_LEN(tests));
}
