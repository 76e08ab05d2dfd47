/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/kind: what a page is used for, and what can be told of it. */
#include "kind/kind.h"
#include "kind/survey.h"
#include "mm/free_list.h"
#include "mm/hugetlb.h"
#include "mm/kernel_map.h"
#include "mm/table_map.h"
#include "world.h"

#define THE_PFN	0x2400

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
	/* Of a page that somebody has still, it is no more than a flag. */
	{ LIKE_6_12, E_PG_hwpoison, NO_FLAG, NO_TYPE, 0, KIND_HWPOISON },
	{ LIKE_6_12, E_PG_hwpoison, NO_FLAG, 0, OBJECT | 1, KIND_ANON },
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

/* ---- surveys ---- */

/* The answer for one frame. */
struct answer {
	struct arena arena;
	struct details details;
	struct gaps gaps;
	enum page_kind kind;
	enum status st;
};

static void answer_fini(struct answer *answer)
{
	details_fini(&answer->details);
	arena_fini(&answer->arena);
	gaps_fini(&answer->gaps);
}

/* Ask anew: a surveyor keeps what it has read. */
static void ask(struct world *world, uint64_t pfn, struct answer *answer)
{
	struct survey found = { .details = &answer->details,
				.gaps = &answer->gaps };
	struct tasks *tasks = NULL;
	struct surveyor *surveyor;
	struct page page;

	memset(answer, 0, sizeof(*answer));
	answer->details.arena = &answer->arena;
	ck_ok(tasks_read(world->kernel, &tasks));
	surveyor = surveyor_new(world->kernel, tasks);
	ck_assert_ptr_nonnull(surveyor);
	ck_ok(page_read(world->kernel, PFN(pfn), &page));
	found.kind = page_kind(world->kernel, &page);
	answer->st = survey(surveyor, PFN(pfn), &page, &found);
	answer->kind = found.kind;
	ck_assert(!answer->details.out_of_memory);
	surveyor_free(surveyor);
	tasks_free(tasks);
}

static const struct detail *find_detail(const struct answer *answer,
					const char *name)
{
	for (size_t i = 0; i < answer->details.list.n; i++)
		if (!strcmp(answer->details.list.items[i].name, name))
			return &answer->details.list.items[i];
	return NULL;
}

#define ck_kind(answer, want)						\
	ck_assert_str_eq(page_kind_name((answer)->kind),		\
			 page_kind_name(want))

#define ck_number(answer, name, want) do {				\
	const struct detail *ck_detail = find_detail(answer, name);	\
									\
	ck_assert_msg(ck_detail, "no detail %s", name);			\
	ck_assert_uint_eq(ck_detail->number, want);			\
} while (0)

#define ck_text(answer, name, want) do {				\
	const struct detail *ck_detail = find_detail(answer, name);	\
									\
	ck_assert_msg(ck_detail, "no detail %s", name);			\
	ck_assert_str_eq(ck_detail->text, want);			\
} while (0)

/* A frame that somebody in the kernel has allocated. */
static void take_frame(struct world *world, uint64_t pfn)
{
	world_set_page(world, pfn, M_page_refcount, 1);
	world_set_page(world, pfn, M_page_mapcount, NO_TYPE);
}

static void map_in_kernel(struct world *world, uint64_t address, uint64_t pfn)
{
	world_map_raw(world, world->kernel->pgd, address, PT_PTE,
		      pfn << 12 | PTE_PRESENT);
}

static uint64_t vmalloc_base(const struct world *world)
{
	struct kernel_region regions[N_REGIONS];

	world->kernel->arch->regions(&world->kernel->mmu, regions);
	return regions[REGION_VMALLOC].first;
}

static uint64_t module_base(const struct world *world)
{
	struct kernel_region regions[N_REGIONS];

	world->kernel->arch->regions(&world->kernel->mmu, regions);
	return regions[REGION_MODULES].first;
}

START_TEST(a_frame_of_vmalloc)
{
	struct world *world = world_new(_i);
	struct answer answer;

	take_frame(world, THE_PFN);
	map_in_kernel(world, vmalloc_base(world) + 0x5000, THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	ck_number(&answer, "address", vmalloc_base(world) + 0x5000);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_frame_inside_a_huge_mapping)
{
	struct world *world = world_new(_i);
	struct answer answer;

	take_frame(world, THE_PFN);
	world_map_raw(world, world->kernel->pgd, vmalloc_base(world), PT_PMD,
		      (THE_PFN & ~511ULL) << 12 | PTE_HUGE);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	ck_number(&answer, "address",
		  vmalloc_base(world) + ((THE_PFN & 511ULL) << 12));
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_frame_of_a_module)
{
	struct world *world = world_new(_i);
	struct answer answer;

	take_frame(world, THE_PFN);
	map_in_kernel(world, module_base(world), THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_MODULE);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* The world maps its memmap page by page. */
START_TEST(a_frame_of_the_memmap)
{
	struct world *world = world_new(_i);
	uint64_t pfn = world_frame_of(world, world_page(world, THE_PFN));
	struct kernel_map *map = NULL;
	struct gaps gaps = { { NULL, 0, 0 }, 0 };
	kaddr_t address;

	ck_ok(kernel_map_read(world->kernel, &gaps, &map));
	ck_assert(kernel_map_find(map, REGION_MEMMAP, PFN(pfn), &address));
	ck_assert(!kernel_map_find(map, REGION_VMALLOC, PFN(pfn), &address));
	ck_assert_uint_eq(address.v,
			  world_page(world, THE_PFN).v & ~0xfffULL);
	ck_no_gaps(&gaps);
	kernel_map_free(map);
	world_free(world);
}
END_TEST

static void set_variable(struct world *world, enum kernel_symbol symbol,
			 kaddr_t address)
{
	world->kernel->facts.variables[symbol] = (struct kernel_variable) {
		true, address, 0
	};
}

static void set_word(struct world *world, enum kernel_symbol symbol,
		     uint64_t value)
{
	kaddr_t at = world_alloc(world, 8);

	world_write_word(world, at, value);
	set_variable(world, symbol, at);
}

#define CALLER	0xffffffff81234567ULL

/* A frame of vmalloc(), its area, and the list that this is on. */
struct vmalloced {
	struct world *world;
	kaddr_t list, area, vm;
};

static void put_on_list(struct world *world, kaddr_t list, kaddr_t area)
{
	kaddr_t link = kaddr_add(area, world->kernel->facts.layout.members[
						M_vmap_area_list].offset);

	world_write_word(world, list, link.v);
	world_write_word(world, link, list.v);
}

/* The second of two nodes has it, where there are nodes. */
static kaddr_t make_lists(struct world *world)
{
	const struct layout *layout = &world->kernel->facts.layout;
	uint64_t size = layout->structs[S_vmap_node].size;
	kaddr_t nodes = world_alloc(world, 2 * (size + 64)), list = nodes;

	if (world->like == LIKE_5_10) {
		set_variable(world, KSYM_VMAP_AREA_LIST, list);
		world_write_word(world, list, list.v);
		return list;
	}
	set_word(world, KSYM_VMAP_NODES, nodes.v);
	set_word(world, KSYM_NR_VMAP_NODES, 2);
	for (int i = 0; i < 2; i++) {
		list = kaddr_add(nodes, i * size + layout->members[
						M_vmap_node_busy].offset);
		world_write_word(world, list, list.v);
	}
	return list;
}

static struct vmalloced vmalloc_frame(enum world_like like)
{
	struct vmalloced v = { .world = world_new(like) };
	struct world *world = v.world;

	take_frame(world, THE_PFN);
	map_in_kernel(world, vmalloc_base(world) + 0x5000, THE_PFN);
	v.list = make_lists(world);
	v.area = world_object(world, S_vmap_area);
	v.vm = world_object(world, S_vm_struct);
	world_set(world, v.area, M_vmap_area_va_start,
		  vmalloc_base(world) + 0x4000);
	world_set(world, v.area, M_vmap_area_va_end,
		  vmalloc_base(world) + 0x7000);
	world_set(world, v.area, M_vmap_area_vm, v.vm.v);
	world_set(world, v.vm, M_vm_struct_addr,
		  vmalloc_base(world) + 0x4000);
	world_set(world, v.vm, M_vm_struct_size, 0x3000);
	world_set(world, v.vm, M_vm_struct_caller, CALLER);
	put_on_list(world, v.list, v.area);
	return v;
}

/* Without kallsyms it has no name. */
START_TEST(the_caller_of_vmalloc)
{
	struct vmalloced v = vmalloc_frame(_i);
	struct answer answer;

	ask(v.world, THE_PFN, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	ck_text(&answer, "caller", "0xffffffff81234567");
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(v.world);
}
END_TEST

START_TEST(an_area_of_vm_map_ram_has_no_caller)
{
	struct vmalloced v = vmalloc_frame(_i);
	struct answer answer;

	world_set(v.world, v.area, M_vmap_area_vm, 0);
	ask(v.world, THE_PFN, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	ck_assert_ptr_null(find_detail(&answer, "caller"));
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(v.world);
}
END_TEST

static void move_vm(const struct vmalloced *v)
{
	world_set(v->world, v->vm, M_vm_struct_addr, 0x1000);
}

static void grow_vm(const struct vmalloced *v)
{
	world_set(v->world, v->vm, M_vm_struct_size, 0x3001);
}

static void lose_area(const struct vmalloced *v)
{
	world_fail(v->world, v->area, ST_EXCLUDED);
}

static void lose_vm(const struct vmalloced *v)
{
	world_fail(v->world, v->vm, ST_EXCLUDED);
}

static void turn_in_circle(const struct vmalloced *v)
{
	kaddr_t link = kaddr_add(v->area,
				 v->world->kernel->facts.layout.members[
						M_vmap_area_list].offset);

	world_set(v->world, v->area, M_vmap_area_va_start, 0x1000);
	world_set(v->world, v->area, M_vmap_area_va_end, 0x4000);
	move_vm(v);
	world_write_word(v->world, link, link.v);
}

static void lose_list(const struct vmalloced *v)
{
	v->world->kernel->facts.variables[KSYM_VMAP_AREA_LIST].present = false;
	v->world->kernel->facts.variables[KSYM_VMAP_NODES].present = false;
}

static const struct {
	void (*damage)(const struct vmalloced *v);
	const char *words;
} area_rows[] = {
	{ move_vm, "is of another area" },
	{ grow_vm, "is of another area" },
	{ lose_area, "excluded" },
	{ lose_vm, "excluded" },
	{ turn_in_circle, "" },
	{ lose_list, "the list of areas is not known" },
};

START_TEST(a_caller_that_is_not_seen_is_a_gap)
{
	struct vmalloced v = vmalloc_frame(_i % N_LIKES);
	size_t row = _i / N_LIKES;
	struct answer answer;

	area_rows[row].damage(&v);
	ask(v.world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_VMALLOC);
	ck_gap(&answer.gaps, "callers of vmalloc", area_rows[row].words);
	ck_assert_ptr_null(find_detail(&answer, "caller"));
	answer_fini(&answer);
	world_free(v.world);
}
END_TEST

START_TEST(an_absurd_number_of_nodes_is_a_gap)
{
	struct vmalloced v = vmalloc_frame(_i);
	struct answer answer;

	set_word(v.world, KSYM_NR_VMAP_NODES, 0xffffffff);
	ask(v.world, THE_PFN, &answer);
	ck_gap(&answer.gaps, "callers of vmalloc", "4294967295 nodes");
	answer_fini(&answer);
	world_free(v.world);
}
END_TEST

/* Two threads in one process, a gap of one page between their stacks. */
struct stacks {
	struct world *world;
	kaddr_t leader;			/* whose stack is the first */
	uint64_t first, second;		/* addresses */
};

#define STACK_PAGES	4

static struct stacks stacks_new(enum world_like like)
{
	struct stacks stacks = { .world = world_new(like) };
	struct world *world = stacks.world;
	kaddr_t leader = world_task(world, 41, world_mm(world), "two");
	kaddr_t thread = world_thread(world, leader, 42,
				      KADDR(world_get(world, leader,
						      M_task_struct_mm)));

	stacks.leader = leader;
	stacks.first = vmalloc_base(world);
	stacks.second = stacks.first + ((STACK_PAGES + 1) << 12);
	world_set(world, leader, M_task_struct_stack, stacks.first);
	world_set(world, leader, M_task_struct_pid, 41);
	world_set(world, thread, M_task_struct_stack, stacks.second);
	world_set(world, thread, M_task_struct_pid, 42);
	world_write(world, kaddr_add(thread, world->kernel->facts.layout.
				     members[M_task_struct_comm].offset),
		    "worker", 7);
	for (uint64_t i = 0; i < STACK_PAGES; i++) {
		take_frame(world, THE_PFN + i);
		take_frame(world, THE_PFN + 16 + i);
		map_in_kernel(world, stacks.first + (i << 12), THE_PFN + i);
		map_in_kernel(world, stacks.second + (i << 12),
			      THE_PFN + 16 + i);
	}
	return stacks;
}

START_TEST(the_stack_of_a_thread)
{
	struct stacks stacks = stacks_new(_i);
	struct answer answer;

	ask(stacks.world, THE_PFN + 16 + 2, &answer);
	ck_kind(&answer, KIND_STACK);
	ck_number(&answer, "pid", 42);
	ck_text(&answer, "comm", "worker");
	ck_number(&answer, "address", stacks.second + 0x2000);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(stacks.world);
}
END_TEST

/* Two CPUs; the idle thread of the second has the first stack. */
static kaddr_t make_idle(const struct stacks *stacks)
{
	struct world *world = stacks->world;
	kaddr_t idle = world_object(world, S_task_struct);
	kaddr_t offsets = world_alloc(world, 16), at = world_alloc(world, 8);

	world_set(world, idle, M_task_struct_stack, stacks->first);
	world_write(world, kaddr_add(idle, world->kernel->facts.layout.
				     members[M_task_struct_comm].offset),
		    "swapper/1", 10);
	world_write_word(world, kaddr_add(offsets, 8), at.v - 0x20038);
	world_write_word(world, at, idle.v);
	set_variable(world, KSYM_IDLE_THREADS, KADDR(0x20038));
	set_variable(world, KSYM_PER_CPU_OFFSET, offsets);
	set_word(world, KSYM_CPU_POSSIBLE_MASK, 2);
	set_word(world, KSYM_NR_CPU_IDS, 2);
	return at;
}

/* It is in no list of tasks. */
START_TEST(the_stack_of_an_idle_thread)
{
	struct stacks stacks = stacks_new(_i);
	struct answer answer;

	world_set(stacks.world, stacks.leader, M_task_struct_stack, 0);
	make_idle(&stacks);
	ask(stacks.world, THE_PFN, &answer);
	ck_kind(&answer, KIND_STACK);
	ck_number(&answer, "pid", 0);
	ck_text(&answer, "comm", "swapper/1");
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(stacks.world);
}
END_TEST

START_TEST(an_idle_thread_that_is_not_seen_is_a_gap)
{
	struct stacks stacks = stacks_new(_i);
	struct answer answer;

	world_set(stacks.world, stacks.leader, M_task_struct_stack, 0);
	world_fail(stacks.world, make_idle(&stacks), ST_EXCLUDED);
	ask(stacks.world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_VMALLOC);
	ck_gap(&answer.gaps, "stacks", "excluded");
	answer_fini(&answer);
	world_free(stacks.world);
}
END_TEST

START_TEST(an_absurd_number_of_idle_threads_is_a_gap)
{
	struct stacks stacks = stacks_new(_i);
	struct answer answer;

	world_set(stacks.world, stacks.leader, M_task_struct_stack, 0);
	make_idle(&stacks);
	set_word(stacks.world, KSYM_NR_CPU_IDS, 0xffffffff);
	ask(stacks.world, THE_PFN, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	ck_gap(&answer.gaps, "stacks", "4294967295 CPUs");
	answer_fini(&answer);
	world_free(stacks.world);
}
END_TEST

/* What lies behind the guard page of a stack is not that stack. */
START_TEST(a_stack_ends_at_what_is_not_mapped)
{
	struct stacks stacks = stacks_new(_i);
	struct world *world = stacks.world;
	struct answer answer;

	take_frame(world, THE_PFN + 40);
	map_in_kernel(world, stacks.second + ((STACK_PAGES + 1) << 12),
		      THE_PFN + 40);
	ask(world, THE_PFN + 40, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* Then it may be a stack, too. */
START_TEST(a_thread_that_is_not_seen_is_a_gap)
{
	struct stacks stacks = stacks_new(_i);
	struct world *world = stacks.world;
	struct answer answer;

	world_fail(world, world->last_task, ST_EXCLUDED);
	ask(world, THE_PFN + 16, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_VMALLOC);
	ck_gap(&answer.gaps, "stacks", "excluded");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* Of all that is read on the way nothing is missed in silence. */
START_TEST(each_page_that_fails_is_a_gap_or_does_not_matter)
{
	size_t n_gaps = 0, n = 1;

	for (size_t i = 0; i < n; i++) {
		struct stacks stacks = stacks_new(_i);
		struct world *world = stacks.world;
		struct answer answer;
		struct page page;

		n = world->pages.n;
		world_fail_frame(world, world->pages.items[i], ST_EXCLUDED);
		if (page_read(world->kernel, PFN(THE_PFN + 16), &page)) {
			world_free(world);
			continue;
		}
		ask(world, THE_PFN + 16, &answer);
		ck_ok(answer.st);
		ck_assert_msg(answer.kind == KIND_STACK ||
			      gaps_count(&answer.gaps), "page %zu", i);
		n_gaps += gaps_count(&answer.gaps);
		answer_fini(&answer);
		world_free(world);
	}
	ck_assert_uint_gt(n_gaps, 0);
}
END_TEST

/* ---- page tables ---- */

static uint64_t table_frame(struct world *world, kaddr_t mm, uint64_t address,
			    enum pt_level level)
{
	return world_frame_of(world, world_entry(world, world_pgd(world, mm),
						 address, level));
}

/* Their own struct pages lie in the world's memmap, and say nothing. */
START_TEST(a_table_without_a_type_is_found_by_its_entries)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);
	uint64_t pfn;
	struct answer answer;

	world_task(world, 77, mm, "owner");
	world_map(world, mm, 0x400000, THE_PFN);
	pfn = table_frame(world, mm, 0x400000, PT_PTE);
	take_frame(world, pfn);
	ask(world, pfn, &answer);
	ck_kind(&answer, KIND_PAGE_TABLE);
	ck_text(&answer, "level", "pte");
	ck_number(&answer, "pid", 77);
	ck_text(&answer, "comm", "owner");
	ck_number(&answer, "mm", mm.v);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(the_table_at_the_top_is_a_pgd)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);
	uint64_t pfn = world_pgd(world, mm).v >> 12;
	struct answer answer;

	world_task(world, 77, mm, "owner");
	take_frame(world, pfn);
	ask(world, pfn, &answer);
	ck_kind(&answer, KIND_PAGE_TABLE);
	ck_text(&answer, "level", "pgd");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_table_of_the_kernel_has_no_process)
{
	struct world *world = world_new(_i);
	uint64_t pfn;
	struct answer answer;

	pfn = world_frame_of(world, world_entry(world, world->kernel->pgd,
						vmalloc_base(world), PT_PTE));
	take_frame(world, pfn);
	map_in_kernel(world, vmalloc_base(world), THE_PFN);
	ask(world, pfn, &answer);
	ck_kind(&answer, KIND_PAGE_TABLE);
	ck_text(&answer, "of", "kernel");
	ck_assert_ptr_null(find_detail(&answer, "mm"));
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* The type says that it is one; whose, no address space says. */
START_TEST(a_table_of_nobody_keeps_its_kind)
{
	struct world *world = world_new(LIKE_6_12);
	struct answer answer;

	take_frame(world, THE_PFN);
	world_set_page(world, THE_PFN, M_page_mapcount, 0xf2000000);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_PAGE_TABLE);
	ck_assert_uint_eq(answer.details.list.n, 0);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_table_that_cannot_be_read_is_a_gap)
{
	struct world *world = world_new(_i);
	kaddr_t mm = world_mm(world);
	struct answer answer;

	world_task(world, 77, mm, "owner");
	world_map(world, mm, 0x400000, THE_PFN);
	world_fail_frame(world, table_frame(world, mm, 0x400000, PT_PMD),
			 ST_EXCLUDED);
	take_frame(world, THE_PFN + 1);
	ask(world, THE_PFN + 1, &answer);
	ck_kind(&answer, KIND_KERNEL);
	ck_gap(&answer.gaps, "page tables", "excluded");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- files ---- */

/* Of a file with these operations; secretmem's are at 0x…1000. */
static struct world *world_with_file(enum world_like like, uint64_t operations,
				     kaddr_t *ret_mapping)
{
	struct world *world = world_new(like);

	*ret_mapping = world_mapping(world);
	set_variable(world, KSYM_SECRETMEM_AOPS, KADDR(0xffffffff82001000));
	world_set(world, *ret_mapping, M_address_space_a_ops, operations);
	world_use_page(world, THE_PFN, ret_mapping->v, 0);
	return world;
}

START_TEST(memory_of_memfd_secret)
{
	kaddr_t mapping;
	struct world *world = world_with_file(_i, 0xffffffff82001000,
					      &mapping);
	struct answer answer;

	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_FILE);
	ck_text(&answer, "memory", "secretmem");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(other_files_are_no_secret)
{
	kaddr_t mapping;
	struct world *world = world_with_file(_i, 0xffffffff82001008,
					      &mapping);
	struct answer answer;

	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_FILE);
	ck_assert_uint_eq(answer.details.list.n, 0);
	answer_fini(&answer);
	world_set(world, mapping, M_address_space_a_ops, 0xffffffff82001000);
	world_fail(world, mapping, ST_EXCLUDED);
	ask(world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_assert_uint_eq(answer.details.list.n, 0);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- who has allocated a page ---- */

#define EXT_SIZE	80
#define EXT_OFFSET	16

/* A record of THE_PFN; *ret_section: where the section has the pointer. */
static struct world *world_with_owner(uint64_t flags, kaddr_t *ret_ext,
				      kaddr_t *ret_section)
{
	struct world *world = world_new(LIKE_6_12);
	kaddr_t size = world_alloc(world, 8);
	kaddr_t operations = world_object(world, S_page_ext_operations);
	kaddr_t owner;

	take_frame(world, THE_PFN);
	set_variable(world, KSYM_PAGE_EXT_SIZE, size);
	set_variable(world, KSYM_PAGE_OWNER_OPS, operations);
	world_write_word(world, size, EXT_SIZE);
	world_set(world, operations, M_page_ext_operations_offset,
		  EXT_OFFSET);
	*ret_ext = world_alloc(world, EXT_SIZE);
	*ret_section = world->sections;	/* 128 MiB */
	world_set(world, *ret_section, M_mem_section_page_ext,
		  ret_ext->v - THE_PFN * EXT_SIZE);
	world_set(world, *ret_ext, M_page_ext_flags, flags);
	owner = kaddr_add(*ret_ext, EXT_OFFSET);
	world_set(world, owner, M_page_owner_order, 3);
	world_set(world, owner, M_page_owner_gfp_mask, 0x140dca);
	world_set(world, owner, M_page_owner_ts_nsec, 1124312513);
	world_set(world, owner, M_page_owner_pid, 77);
	world_write(world, kaddr_add(owner, 32), "sixteen letters!", 16);
	return world;
}

START_TEST(the_owner_of_a_page)
{
	kaddr_t ext, section;
	struct world *world = world_with_owner(3, &ext, &section);
	struct answer answer;

	ask(world, THE_PFN, &answer);
	ck_text(&answer, "allocated_by", "sixteen letters!");
	ck_number(&answer, "allocated_by_pid", 77);
	ck_number(&answer, "allocated_order", 3);
	ck_text(&answer, "allocated_gfp", "0x140dca");
	ck_number(&answer, "allocated_ns", 1124312513);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

static const struct {
	uint64_t flags, set_in_base;
	bool no_base;
} unowned_rows[] = {
	{ .flags = 0 },		/* never allocated */
	{ .flags = 1 },		/* freed */
	{ .flags = 3, .set_in_base = 1 },
	{ .flags = 3, .no_base = true },
};

START_TEST(a_page_without_an_owner_tells_none)
{
	kaddr_t ext, section;
	struct world *world = world_with_owner(unowned_rows[_i].flags, &ext,
					       &section);
	uint64_t base = world_get(world, section, M_mem_section_page_ext);
	struct answer answer;

	world_set(world, section, M_mem_section_page_ext,
		  unowned_rows[_i].no_base ? 0 :
		  base | unowned_rows[_i].set_in_base);
	ask(world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_assert_ptr_null(find_detail(&answer, "allocated_by"));
	ck_assert(!has_gap(&answer.gaps, "page_owner", ""));
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(an_owner_that_is_not_seen_is_a_gap)
{
	kaddr_t ext, section;
	struct world *world = world_with_owner(3, &ext, &section);
	struct answer answer;

	world_fail(world, ext, ST_EXCLUDED);
	ask(world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_assert_ptr_null(find_detail(&answer, "allocated_by"));
	ck_gap(&answer.gaps, "page_owner", "");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- memory of devices ---- */

/* THE_PFN belongs to a device, whose pagemap has this type. */
static struct world *world_with_device(enum world_like like, uint64_t type,
				       kaddr_t *ret_pagemap)
{
	struct world *world = world_new(like);
	kaddr_t page = world_page(world, THE_PFN);

	world->kernel->zone_bits = 3;
	take_frame(world, THE_PFN);
	world_set_page(world, THE_PFN, M_page_flags, 4ULL << 61);
	*ret_pagemap = world_object(world, S_dev_pagemap);
	world_set(world, *ret_pagemap, M_dev_pagemap_type, type);
	if (like == LIKE_7_3)
		world_set(world, page, M_folio_pgmap, ret_pagemap->v);
	else
		world_set(world, page, M_page_pgmap, ret_pagemap->v);
	return world;
}

static const struct {
	enum world_like like;
	uint64_t type;
	const char *words;
} device_rows[] = {
	{ LIKE_5_10, 2, "MEMORY_DEVICE_FS_DAX" },
	{ LIKE_5_10, 3, "MEMORY_DEVICE_GENERIC" },
	{ LIKE_6_12, 2, "MEMORY_DEVICE_COHERENT" },
	{ LIKE_6_12, 3, "MEMORY_DEVICE_FS_DAX" },
	{ LIKE_7_3, 1, "MEMORY_DEVICE_PRIVATE" },
	{ LIKE_7_3, 77, "77" },
};

START_TEST(memory_of_a_device_tells_its_type)
{
	kaddr_t pagemap;
	struct world *world = world_with_device(device_rows[_i].like,
						device_rows[_i].type,
						&pagemap);
	struct answer answer;

	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_DEVICE);
	ck_text(&answer, "type", device_rows[_i].words);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_device_that_is_not_seen_is_a_gap)
{
	kaddr_t pagemap;
	struct world *world = world_with_device(_i, 1, &pagemap);
	struct answer answer;

	world_fail(world, pagemap, ST_EXCLUDED);
	ask(world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_DEVICE);
	ck_assert_ptr_null(find_detail(&answer, "type"));
	ck_gap(&answer.gaps, "device", "dev_pagemap");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- poisoned pages of hugetlb ---- */

#define POISONED_ORDER	9

/* A folio at THE_PFN with PG_hwpoison, and the nth pages on its list. */
static struct world *world_with_poison(enum world_like like,
				       const uint64_t *nth, size_t n,
				       kaddr_t *ret_first)
{
	struct world *world = world_new(like);
	uint64_t next = 0;

	world_use_page(world, THE_PFN, OBJECT | 1, 0);
	world_make_folio(world, THE_PFN, POISONED_ORDER);
	world_set_page(world, THE_PFN, M_page_mapcount, 0xf4000000);
	world_flag_page(world, THE_PFN, E_PG_hwpoison);
	for (size_t i = 0; i < n; i++) {
		*ret_first = world_object(world, S_raw_hwp_page);
		world_set(world, *ret_first, M_raw_hwp_page_node, next);
		world_set(world, *ret_first, M_raw_hwp_page_page,
			  world_page(world, THE_PFN + nth[i]).v);
		next = ret_first->v;
	}
	world_set(world, world_page(world, THE_PFN), M_folio_hugetlb_hwpoison,
		  next);
	return world;
}

static void ck_poisoned(struct world *world, uint64_t pfn, const char *want)
{
	struct answer answer;

	ask(world, pfn, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_HUGETLB);
	if (want)
		ck_text(&answer, "poisoned", want);
	else
		ck_assert_ptr_null(find_detail(&answer, "poisoned"));
	ck_assert_int_eq(!gaps_count(&answer.gaps), want != NULL);
	answer_fini(&answer);
}

START_TEST(each_poisoned_page_of_hugetlb_is_told)
{
	static const uint64_t nth[] = { 511, 0, 7 };
	kaddr_t first;
	struct world *world = world_with_poison(_i, nth, 3, &first);
	struct frame_vec frames = { 0 };
	struct gaps gaps = { 0 };
	struct page page;

	ck_poisoned(world, THE_PFN, "yes");
	ck_poisoned(world, THE_PFN + 1, "no");
	ck_poisoned(world, THE_PFN + 7, "yes");
	ck_poisoned(world, THE_PFN + 511, "yes");
	ck_ok(page_read(world->kernel, PFN(THE_PFN + 3), &page));
	ck_ok(hugetlb_find_poisoned(world->kernel, &page, &frames, &gaps));
	ck_no_gaps(&gaps);
	ck_assert_uint_eq(frames.n, 3);
	ck_assert_uint_eq(frames.items[0], THE_PFN);
	ck_assert_uint_eq(frames.items[1], THE_PFN + 7);
	ck_assert_uint_eq(frames.items[2], THE_PFN + 511);
	frame_vec_fini(&frames);
	world_free(world);
}
END_TEST

enum poison_damage {
	POISON_EMPTY,
	POISON_UNRELIABLE,
	POISON_CIRCLE,
	POISON_BEHIND_FOLIO,
	POISON_BEFORE_FOLIO,
	POISON_BETWEEN_PAGES,
	POISON_NOT_SEEN,
	POISON_MISALIGNED,
	POISON_NO_LAYOUT,
	N_POISON_DAMAGES,
};

static const char *const poison_words[N_POISON_DAMAGES] = {
	[POISON_EMPTY] = "none is in the folio's list",
	[POISON_UNRELIABLE] = "lost track",
	[POISON_CIRCLE] = "circle",
	[POISON_BEHIND_FOLIO] = "not of the folio",
	[POISON_BEFORE_FOLIO] = "not of the folio",
	[POISON_BETWEEN_PAGES] = "not of the folio",
	[POISON_NOT_SEEN] = "",
	[POISON_MISALIGNED] = "misaligned",
	[POISON_NO_LAYOUT] = "not known of this kernel",
};

static void damage_poison(struct world *world, enum poison_damage damage,
			  kaddr_t first)
{
	kaddr_t head = world_page(world, THE_PFN);
	const uint64_t page_of[N_POISON_DAMAGES] = {
		[POISON_BEHIND_FOLIO] = world_page(world, THE_PFN + 512).v,
		[POISON_BEFORE_FOLIO] = world_page(world, THE_PFN - 1).v,
		[POISON_BETWEEN_PAGES] = head.v + 8,
	};

	if (damage == POISON_EMPTY)
		world_set(world, head, M_folio_hugetlb_hwpoison, 0);
	if (damage == POISON_UNRELIABLE)
		world_set_page(world, THE_PFN, M_page_private, 1 << 5);
	if (damage == POISON_CIRCLE)
		world_set(world, first, M_raw_hwp_page_node, first.v);
	if (page_of[damage])
		world_set(world, first, M_raw_hwp_page_page, page_of[damage]);
	if (damage == POISON_NOT_SEEN)
		world_fail(world, first, ST_EXCLUDED);
	if (damage == POISON_MISALIGNED)
		world_set(world, head, M_folio_hugetlb_hwpoison, first.v + 4);
	if (damage == POISON_NO_LAYOUT)
		world->kernel->facts.layout.members[M_raw_hwp_page_page]
			.present = false;
}

/* Of the page after the one on the list, nothing can be said either. */
START_TEST(a_list_of_poisoned_pages_that_does_not_tell_is_a_gap)
{
	const enum poison_damage damage = _i % N_POISON_DAMAGES;
	static const uint64_t nth[] = { 7 };
	kaddr_t first;
	struct world *world = world_with_poison(_i / N_POISON_DAMAGES, nth, 1,
						&first);
	struct answer answer;

	damage_poison(world, damage, first);
	ck_poisoned(world, THE_PFN + 8, NULL);
	ask(world, THE_PFN + 8, &answer);
	ck_gap(&answer.gaps, "poisoned pages", poison_words[damage]);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_sound_hugetlb_folio_has_no_poisoned_pages)
{
	struct world *world = world_new(_i);
	struct answer answer;

	world_use_page(world, THE_PFN, OBJECT | 1, 0);
	world_make_folio(world, THE_PFN, POISONED_ORDER);
	world_set_page(world, THE_PFN, M_page_mapcount, 0xf4000000);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_HUGETLB);
	ck_assert_ptr_null(find_detail(&answer, "poisoned"));
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- slabs ---- */

static void make_slab_page(struct world *world, uint64_t pfn, kaddr_t cache)
{
	bool old = world->like == LIKE_5_10;

	take_frame(world, pfn);
	if (old)
		world_flag_page(world, pfn, E_PG_slab);
	else
		world_set_page(world, pfn, M_page_mapcount, 0xf5000000);
	world_set(world, world_page(world, pfn),
		  old ? M_page_slab_cache : M_slab_slab_cache, cache.v);
	/* 21 objects, all in use. */
	world_set(world, world_page(world, pfn),
		  old ? M_page_counters : M_slab_counters, 21 << 16 | 21);
}

/* THE_PFN is the head of a slab of two pages. */
static kaddr_t make_slab(struct world *world, const char *name)
{
	kaddr_t cache = world_object(world, S_kmem_cache);
	kaddr_t text = world_alloc(world, 64);

	world_write(world, text, name, strlen(name) + 1);
	world_set(world, cache, M_kmem_cache_name, text.v);
	world_set(world, cache, M_kmem_cache_size, 192);
	world_set(world, cache, M_kmem_cache_object_size, 168);
	world_make_folio(world, THE_PFN, 1);
	make_slab_page(world, THE_PFN, cache);
	return cache;
}

START_TEST(a_slab_tells_its_cache)
{
	struct world *world = world_new(_i / 2);
	struct answer answer;
	kaddr_t cache = make_slab(world, "task_struct");

	ask(world, THE_PFN + _i % 2, &answer);
	ck_kind(&answer, KIND_SLAB);
	ck_text(&answer, "cache", "task_struct");
	ck_number(&answer, "kmem_cache", cache.v);
	ck_number(&answer, "object_size", 168);
	ck_number(&answer, "size", 192);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_cache_that_cannot_be_read_is_a_gap)
{
	struct world *world = world_new(_i);
	struct answer answer;

	world_fail(world, make_slab(world, "lost"), ST_EXCLUDED);
	ask(world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_SLAB);
	ck_gap(&answer.gaps, "slab cache", "excluded");
	ck_assert_uint_eq(answer.details.list.n, 0);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- free frames ---- */

static void free_block(struct world *world, uint64_t pfn, uint64_t order)
{
	world_set_page(world, pfn, M_page_mapcount,
		       world->like == LIKE_5_10 ? 0xffffff7f : 0xf0000000);
	world_set_page(world, pfn, M_page_private, order);
}

static void idle_frame(struct world *world, uint64_t pfn)
{
	world_set_page(world, pfn, M_page_mapcount, NO_TYPE);
}

#define N_CPUS		2
#define CPU_DISTANCE	0x10000

/* One node with one zone, and two CPUs whose lists are empty. */
struct machine {
	struct world *world;
	kaddr_t zone, pageset;
};

static kaddr_t list_of(const struct machine *machine, unsigned int cpu,
		       unsigned int list)
{
	const struct layout *layout = &machine->world->kernel->facts.layout;
	uint64_t inside = layout_has(layout, M_per_cpu_pageset_pcp) ?
			  layout->members[M_per_cpu_pageset_pcp].offset : 0;

	return kaddr_add(machine->pageset, cpu * CPU_DISTANCE + inside +
			 layout->members[M_per_cpu_pages_lists].offset +
			 16 * list);
}

static struct machine machine_new(enum world_like like)
{
	struct machine machine = { .world = world_new(like) };
	struct world *world = machine.world;
	const struct layout *layout = &world->kernel->facts.layout;
	kaddr_t node = world_object(world, S_pglist_data);
	kaddr_t offsets = world_alloc(world, 8 * N_CPUS);

	machine.zone = node;
	machine.pageset = world_alloc(world, CPU_DISTANCE * N_CPUS);
	world_set(world, machine.zone, M_zone_pageset, machine.pageset.v);
	world_set(world, machine.zone, M_zone_present_pages, 1000);
	set_variable(world, KSYM_CONTIG_PAGE_DATA, node);
	set_variable(world, KSYM_PER_CPU_OFFSET, offsets);
	set_word(world, KSYM_CPU_POSSIBLE_MASK, 3);
	set_word(world, KSYM_NR_CPU_IDS, N_CPUS);
	world->kernel->vmemmap = world_page(world, 0);
	for (unsigned int cpu = 0; cpu < N_CPUS; cpu++) {
		world_write_word(world, kaddr_add(offsets, 8 * cpu),
				 cpu * CPU_DISTANCE);
		for (unsigned int i = 0; i < layout->members[
					M_per_cpu_pages_lists].count; i++)
			world_write_word(world, list_of(&machine, cpu, i),
					 list_of(&machine, cpu, i).v);
	}
	return machine;
}

static kaddr_t lru_of(struct world *world, uint64_t pfn)
{
	return kaddr_add(world_page(world, pfn),
			 world->kernel->facts.layout.members[
							M_page_lru].offset);
}

/* Put the frame in front of a list. */
static void give_to_cpu(struct machine *machine, uint64_t pfn,
			unsigned int cpu, unsigned int list)
{
	struct world *world = machine->world;
	kaddr_t head = list_of(machine, cpu, list);
	kaddr_t lru = lru_of(world, pfn);

	idle_frame(world, pfn);
	world_write_word(world, lru, head.v);
	world_write_word(world, head, lru.v);
}

/* The head of a list of the buddy allocator. */
static kaddr_t area_of(const struct machine *machine, uint64_t order,
		       unsigned int type)
{
	const struct member_layout *areas =
		&machine->world->kernel->facts.layout.members[
							M_zone_free_area];

	return kaddr_add(machine->zone, areas->offset + order * areas->size +
			 16 * type);
}

/* Two blocks on one list, the second behind the first. */
static struct machine machine_with_blocks(enum world_like like, uint64_t order,
					  unsigned int type)
{
	struct machine machine = machine_new(like);
	struct world *world = machine.world;
	kaddr_t first = lru_of(world, 0x2400), second = lru_of(world, 0x2600);

	strcpy(world->kernel->facts.names.migratetypes[1].text,
	       "MIGRATE_MOVABLE");
	free_block(world, 0x2400, 7);
	free_block(world, 0x2600, 7);
	world_write_word(world, first, second.v);
	world_write_word(world, second, area_of(&machine, order, type).v);
	return machine;
}

START_TEST(each_frame_of_a_free_block_tells_its_order)
{
	static const uint64_t inside[] = { 0, 1, 63, 127 };
	struct machine machine = machine_with_blocks(_i, 7, 1);
	struct world *world = machine.world;

	for (size_t i = 0; i < ARRAY_LEN(inside); i++) {
		struct answer answer;

		if (inside[i])
			idle_frame(world, 0x2400 + inside[i]);
		ask(world, 0x2400 + inside[i], &answer);
		ck_kind(&answer, KIND_FREE);
		ck_number(&answer, "order", 7);
		ck_text(&answer, "block", "0x2400");
		ck_text(&answer, "migratetype", "movable");
		ck_no_gaps(&answer.gaps);
		answer_fini(&answer);
	}
	world_free(world);
}
END_TEST

START_TEST(a_migratetype_without_a_name_is_a_number)
{
	struct machine machine = machine_with_blocks(_i, 7, 5);
	struct answer answer;

	ask(machine.world, 0x2400, &answer);
	ck_text(&answer, "migratetype", "5");
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(machine.world);
}
END_TEST

/* Where the list of a block may lead to when memory is damaged. */
enum astray { TO_OTHER_ORDER, INTO_CIRCLE, NOWHERE, TO_COUNTER, N_ASTRAY };

static const char *const astray_words[] = {
	[TO_OTHER_ORDER] = "a block of order 7 on a list of order 6",
	[INTO_CIRCLE] = "circle",
	[NOWHERE] = "not a kernel address",
	[TO_COUNTER] = "circle",
};

static void lead_astray(struct machine *machine, enum astray where)
{
	struct world *world = machine->world;
	const uint64_t ends[] = {
		[TO_OTHER_ORDER] = area_of(machine, 6, 1).v,
		[INTO_CIRCLE] = lru_of(world, 0x2400).v,
		[NOWHERE] = 0x10,
		[TO_COUNTER] = area_of(machine, 7, 6).v,	/* nr_free */
	};

	world_write_word(world, area_of(machine, 7, 6),
			 lru_of(world, 0x2600).v);
	world_write_word(world, lru_of(world, 0x2600), ends[where]);
}

START_TEST(a_free_list_that_leads_astray_is_a_gap)
{
	struct machine machine = machine_with_blocks(_i / N_ASTRAY, 7, 1);
	struct answer answer;

	lead_astray(&machine, _i % N_ASTRAY);
	ask(machine.world, 0x2400, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_FREE);
	ck_number(&answer, "order", 7);
	ck_gap(&answer.gaps, "migratetype", astray_words[_i % N_ASTRAY]);
	ck_assert_ptr_null(find_detail(&answer, "migratetype"));
	answer_fini(&answer);
	world_free(machine.world);
}
END_TEST

/* The second time it is not followed again. */
START_TEST(a_free_list_is_followed_once)
{
	struct machine machine = machine_with_blocks(_i, 7, 1);
	struct free_lists lists = { .kernel = machine.world->kernel };
	struct free_list list;

	lead_astray(&machine, NOWHERE);
	ck_status(free_list_find(&lists, world_page(machine.world, 0x2400),
				 &list), ST_CORRUPT);
	ck_contains(machine.world->kernel->diag.text,
		    "not a kernel address");
	ck_status(free_list_find(&lists, world_page(machine.world, 0x2600),
				 &list), ST_CORRUPT);
	ck_contains(machine.world->kernel->diag.text, "no zone that was seen");
	free_lists_fini(&lists);
	world_free(machine.world);
}
END_TEST

/* One that ends before the frame does not hold it. */
START_TEST(a_block_below_does_not_count)
{
	struct machine machine = machine_new(_i);
	struct answer answer;

	free_block(machine.world, 0x2400, 3);
	give_to_cpu(&machine, 0x2408, 1, 0);
	ask(machine.world, 0x2408, &answer);
	ck_kind(&answer, KIND_FREE);
	ck_text(&answer, "list", "per-CPU");
	ck_number(&answer, "cpu", 1);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(machine.world);
}
END_TEST

/* Since 5.14 a CPU keeps blocks, too: three lists for each order. */
START_TEST(a_block_on_the_list_of_a_cpu)
{
	struct machine machine = machine_new(LIKE_6_12);
	struct answer answer;

	give_to_cpu(&machine, 0x2408, 0, 2 * 3 + 1);
	idle_frame(machine.world, 0x240b);
	ask(machine.world, 0x240b, &answer);
	ck_kind(&answer, KIND_FREE);
	ck_number(&answer, "cpu", 0);
	answer_fini(&answer);
	world_free(machine.world);
}
END_TEST

START_TEST(a_block_of_an_absurd_order_is_a_gap)
{
	struct world *world = world_new(_i);
	struct answer answer;

	free_block(world, THE_PFN, 64);
	ask(world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_FREE);
	ck_gap(&answer.gaps, "free block", "order 64");
	ck_assert_ptr_null(find_detail(&answer, "order"));
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* Neither in a block nor on a list: it belongs to what begins below it. */
START_TEST(frames_behind_the_first_of_an_allocation)
{
	struct machine machine = machine_new(_i);
	struct world *world = machine.world;
	struct answer answer;

	take_frame(world, 0x2400);
	make_lists(world);
	map_in_kernel(world, vmalloc_base(world), 0x2400);
	for (uint64_t i = 1; i < 4; i++)
		idle_frame(world, 0x2400 + i);
	ask(world, 0x2403, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	ck_text(&answer, "first", "0x2400");
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* One of two begins at an even frame, one of four at a multiple of four. */
START_TEST(allocations_begin_at_multiples_of_their_size)
{
	struct machine machine = machine_new(LIKE_6_12);
	struct world *world = machine.world;
	struct answer answer;

	take_frame(world, 0x2402);
	make_lists(world);
	map_in_kernel(world, vmalloc_base(world), 0x2402);
	idle_frame(world, 0x2403);
	idle_frame(world, 0x2404);
	ask(world, 0x2403, &answer);
	ck_kind(&answer, KIND_VMALLOC);
	answer_fini(&answer);
	ask(world, 0x2404, &answer);
	ck_kind(&answer, KIND_FREE);
	ck_assert_ptr_null(find_detail(&answer, "first"));
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* A page of a user is never the first of several. */
START_TEST(a_frame_that_is_just_being_freed)
{
	struct machine machine = machine_new(_i);
	struct answer answer;

	world_use_page(machine.world, 0x2400, OBJECT | 1, 0);
	idle_frame(machine.world, 0x2401);
	ask(machine.world, 0x2401, &answer);
	ck_kind(&answer, KIND_FREE);
	ck_assert_uint_eq(answer.details.list.n, 0);
	answer_fini(&answer);
	world_free(machine.world);
}
END_TEST

/* It may be on one of those, so nobody says that it is in use. */
START_TEST(lists_that_cannot_be_read_are_a_gap)
{
	struct machine machine = machine_new(_i);
	struct answer answer;

	take_frame(machine.world, 0x2400);
	idle_frame(machine.world, 0x2401);
	world_fail(machine.world, list_of(&machine, 1, 0), ST_EXCLUDED);
	ask(machine.world, 0x2401, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_FREE);
	ck_gap(&answer.gaps, "free lists", "excluded");
	answer_fini(&answer);
	world_free(machine.world);
}
END_TEST

START_TEST(lists_that_go_in_a_circle_are_a_gap)
{
	struct machine machine = machine_new(_i);
	struct world *world = machine.world;
	kaddr_t lru = lru_of(world, 0x2410);
	struct answer answer;

	give_to_cpu(&machine, 0x2410, 0, 0);
	world_write_word(world, lru, lru.v);
	idle_frame(world, 0x2401);
	ask(world, 0x2401, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_FREE);
	ck_gap(&answer.gaps, "free lists", "circle");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(an_absurd_number_of_cpus_is_a_gap)
{
	struct machine machine = machine_new(_i);
	struct answer answer;

	set_word(machine.world, KSYM_NR_CPU_IDS, 0xffffffff);
	idle_frame(machine.world, 0x2401);
	ask(machine.world, 0x2401, &answer);
	ck_kind(&answer, KIND_FREE);
	ck_gap(&answer.gaps, "free lists", "4294967295 CPUs");
	answer_fini(&answer);
	world_free(machine.world);
}
END_TEST

/* ---- zero pages ---- */

START_TEST(the_zero_page_is_told_by_its_number)
{
	struct world *world = world_new(_i);
	struct answer answer;

	set_word(world, _i == LIKE_7_3 ? KSYM_ZERO_PAGE_PFN : KSYM_ZERO_PFN,
		 THE_PFN);
	take_frame(world, THE_PFN);
	world_flag_page(world, THE_PFN, E_PG_reserved);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_ZERO);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(each_frame_of_the_huge_zero_page)
{
	struct world *world = world_new(_i);
	struct answer answer;

	set_word(world, KSYM_HUGE_ZERO_PFN, 0x2400);
	world_make_folio(world, 0x2400, 9);
	take_frame(world, 0x2400);
	ask(world, 0x25ff, &answer);
	ck_kind(&answer, KIND_HUGE_ZERO);
	answer_fini(&answer);
	take_frame(world, 0x2600);
	ask(world, 0x2600, &answer);
	ck_kind(&answer, KIND_KERNEL);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_number_that_cannot_be_read_is_a_gap)
{
	struct world *world = world_new(_i);
	struct answer answer;

	set_word(world, KSYM_ZERO_PFN, THE_PFN);
	world_fail(world, world->kernel->facts.variables[KSYM_ZERO_PFN].address,
		   ST_EXCLUDED);
	take_frame(world, THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_KERNEL);
	ck_gap(&answer.gaps, "zero page", "excluded");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- per-CPU memory ---- */

#define UNIT_PAGES	8

/*
 * Two chunks of a unit for each of two CPUs: the first in the direct map, with
 * two pages of variables, and one in the area of vmalloc().
 */
struct chunks {
	struct machine machine;
	kaddr_t first, lists, second;
};

static kaddr_t add_chunk(struct chunks *chunks, kaddr_t base, uint64_t pages)
{
	struct world *world = chunks->machine.world;
	kaddr_t chunk = world_object(world, S_pcpu_chunk);

	world_set(world, chunk, M_pcpu_chunk_base_addr, base.v);
	world_set(world, chunk, M_pcpu_chunk_nr_pages, pages);
	/* The link is the first member. */
	world_write_word(world, chunk, chunks->lists.v);
	world_write_word(world, chunks->lists, chunk.v);
	return chunk;
}

static struct chunks chunks_new(enum world_like like)
{
	struct chunks chunks = { .machine = machine_new(like) };
	struct world *world = chunks.machine.world;
	kaddr_t offsets = world_alloc(world, 8 * N_CPUS);

	chunks.first = world_alloc(world, N_CPUS * UNIT_PAGES << 12);
	chunks.lists = world_alloc(world, 2 * 16);
	for (unsigned int i = 0; i < 2; i++)
		world_write_word(world, kaddr_add(chunks.lists, 16 * i),
				 chunks.lists.v + 16 * i);
	for (unsigned int cpu = 0; cpu < N_CPUS; cpu++)
		world_write_word(world, kaddr_add(offsets, 8 * cpu),
				 cpu * (UNIT_PAGES << 12));
	set_word(world, KSYM_PCPU_BASE_ADDR, chunks.first.v);
	set_word(world, KSYM_PCPU_UNIT_OFFSETS, offsets.v);
	set_word(world, KSYM_PCPU_UNIT_SIZE, UNIT_PAGES << 12);
	set_word(world, KSYM_PCPU_CHUNK_LISTS, chunks.lists.v);
	set_word(world, KSYM_PCPU_NR_SLOTS, 2);
	add_chunk(&chunks, kaddr_add(chunks.first, 0x2000), 4);
	return chunks;
}

START_TEST(a_frame_that_nothing_tells_of)
{
	struct world *world = chunks_new(_i).machine.world;
	struct answer answer;

	take_frame(world, THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_KERNEL);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ~0: nobody has needed it yet. */
START_TEST(there_may_be_no_huge_zero_page)
{
	struct world *world = chunks_new(_i).machine.world;
	struct answer answer;

	set_word(world, KSYM_HUGE_ZERO_PFN, ~0ULL);
	take_frame(world, 0x10);
	ask(world, 0x10, &answer);
	ck_kind(&answer, KIND_KERNEL);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(the_first_chunk_begins_with_variables)
{
	struct chunks chunks = chunks_new(_i);
	struct world *world = chunks.machine.world;
	uint64_t second_unit = world_frame_of(world, chunks.first) +
			       UNIT_PAGES;
	struct answer answer;

	/* Two pages of variables, four to allocate from, two given back. */
	for (uint64_t i = 0; i < UNIT_PAGES; i++) {
		take_frame(world, second_unit + i);
		world_flag_page(world, second_unit + i, E_PG_reserved);
		ask(world, second_unit + i, &answer);
		ck_kind(&answer, i < 6 ? KIND_PERCPU : KIND_RESERVED);
		if (i < 6)
			ck_number(&answer, "cpu", 1);
		ck_no_gaps(&answer.gaps);
		answer_fini(&answer);
	}
	world_free(world);
}
END_TEST

START_TEST(other_chunks_are_areas_of_vmalloc)
{
	struct chunks chunks = chunks_new(_i);
	struct world *world = chunks.machine.world;
	uint64_t base = vmalloc_base(world) + 0x100000;
	struct answer answer;

	add_chunk(&chunks, KADDR(base), UNIT_PAGES);
	take_frame(world, THE_PFN);
	map_in_kernel(world, base + 0x3000, THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_PERCPU);
	ck_number(&answer, "cpu", 0);
	ck_number(&answer, "address", base + 0x3000);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(chunks_that_cannot_be_read_are_a_gap)
{
	struct chunks chunks = chunks_new(_i);
	struct world *world = chunks.machine.world;
	struct answer answer;

	world_fail(world, chunks.lists, ST_EXCLUDED);
	take_frame(world, THE_PFN);
	world_flag_page(world, THE_PFN, E_PG_reserved);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_RESERVED);
	ck_gap(&answer.gaps, "per-CPU memory", "excluded");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(chunks_of_absurd_size_are_a_gap)
{
	struct chunks chunks = chunks_new(_i);
	struct world *world = chunks.machine.world;
	struct answer answer;

	set_word(world, KSYM_PCPU_NR_SLOTS, 0x7fffffff);
	take_frame(world, THE_PFN);
	world_flag_page(world, THE_PFN, E_PG_reserved);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_RESERVED);
	ck_gap(&answer.gaps, "per-CPU memory", "2147483647 lists");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- modules and the image ---- */

/* One module whose data lie at an address. */
static kaddr_t load_module(struct world *world, const char *name,
			   uint64_t base, uint64_t size)
{
	const struct layout *layout = &world->kernel->facts.layout;
	kaddr_t module = world_object(world, S_module);
	kaddr_t head = world_alloc(world, 16);
	kaddr_t link = kaddr_add(module,
				 layout->members[M_module_list].offset);

	set_variable(world, KSYM_MODULES, head);
	world_write_word(world, head, link.v);
	world_write_word(world, link, head.v);
	world_write(world, kaddr_add(module, layout->members[
						M_module_name].offset),
		    name, strlen(name) + 1);
	if (layout_has(layout, M_module_core_base)) {
		world_set(world, module, M_module_core_base, base);
		world_set(world, module, M_module_core_size, size);
	} else {
		const struct member_layout *mem =
			&layout->members[M_module_mem];
		kaddr_t data = kaddr_add(module, mem->offset + mem->size);

		world_set(world, data, M_module_memory_base, base);
		world_set(world, data, M_module_memory_size, size);
	}
	return module;
}

START_TEST(a_frame_of_a_module_tells_its_name)
{
	struct world *world = world_new(_i);
	struct answer answer;

	load_module(world, "brd", module_base(world), 0x2000);
	for (uint64_t i = 0; i < 3; i++) {
		take_frame(world, THE_PFN + i);
		map_in_kernel(world, module_base(world) + (i << 12),
			      THE_PFN + i);
	}
	ask(world, THE_PFN + 1, &answer);
	ck_kind(&answer, KIND_MODULE);
	ck_text(&answer, "module", "brd");
	answer_fini(&answer);
	ask(world, THE_PFN + 2, &answer);
	ck_kind(&answer, KIND_MODULE);
	ck_assert_ptr_null(find_detail(&answer, "module"));
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_module_that_cannot_be_read_is_a_gap)
{
	struct world *world = world_new(_i);
	struct answer answer;

	world_fail(world, load_module(world, "lost", module_base(world),
				      0x2000), ST_EXCLUDED);
	take_frame(world, THE_PFN);
	map_in_kernel(world, module_base(world), THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_MODULE);
	ck_gap(&answer.gaps, "modules", "excluded");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/*
 * As on arm64: nothing but what VMCOREINFO tells, the image somewhere in the
 * region of vmalloc(), and modules around it.
 */
#define OPEN_FIRST	0xffffa00000000000ULL
#define OPEN_IMAGE	(OPEN_FIRST + (1ULL << 30))
#define OPEN_MEMMAP	0xfffffc0000000000ULL

static struct world *open_world(enum world_like like, struct arch *arch)
{
	struct world *world = world_new(like);
	struct kernel *kernel = world->kernel;

	*arch = arch_x86_64;
	arch->regions = arch_arm64.regions;
	arch->has_modules_in_vmalloc = arch_arm64.has_modules_in_vmalloc;
	kernel->arch = arch;
	for (size_t i = 0; i < N_REGIONS; i++)
		kernel->told_regions[i] = (struct kernel_region) NO_REGION;
	kernel->told_regions[REGION_VMALLOC] = (struct kernel_region) {
		OPEN_FIRST, OPEN_MEMMAP - (1ULL << 30)
	};
	kernel->told_regions[REGION_MEMMAP] = (struct kernel_region) {
		OPEN_MEMMAP, OPEN_MEMMAP + (1ULL << 30)
	};
	set_variable(world, KSYM_STEXT, KADDR(OPEN_IMAGE));
	set_variable(world, KSYM_END, KADDR(OPEN_IMAGE + 0x10000));
	return world;
}

static const struct {
	uint64_t address;
	bool reserved;
	enum page_kind kind;
} open_rows[] = {
	{ OPEN_FIRST, false, KIND_VMALLOC },
	{ OPEN_IMAGE - 0x1000, false, KIND_VMALLOC },
	{ OPEN_IMAGE, true, KIND_IMAGE },
	{ OPEN_IMAGE + 0xf000, true, KIND_IMAGE },
	/* free_initmem() has given it back */
	{ OPEN_IMAGE + 0xf000, false, KIND_KERNEL },
	{ OPEN_IMAGE + 0x10000, false, KIND_VMALLOC },
	{ OPEN_IMAGE + 0x20000, false, KIND_MODULE },
	{ OPEN_IMAGE + 0x22000, false, KIND_VMALLOC },
	{ OPEN_MEMMAP, false, KIND_MEMMAP },
	{ OPEN_MEMMAP + (1ULL << 31), false, KIND_KERNEL },
};

START_TEST(regions_without_a_place_of_their_own)
{
	for (enum world_like like = 0; like < N_LIKES; like++) {
		struct arch arch;
		struct world *world = open_world(like, &arch);
		struct answer answer;

		load_module(world, "brd", OPEN_IMAGE + 0x20000, 0x2000);
		take_frame(world, THE_PFN);
		if (open_rows[_i].reserved)
			world_flag_page(world, THE_PFN, E_PG_reserved);
		map_in_kernel(world, open_rows[_i].address, THE_PFN);
		ask(world, THE_PFN, &answer);
		ck_kind(&answer, open_rows[_i].kind);
		answer_fini(&answer);
		world_free(world);
	}
}
END_TEST

START_TEST(a_module_that_cannot_be_read_is_none_of_vmalloc)
{
	struct arch arch;
	struct world *world = open_world(_i, &arch);
	struct answer answer;

	world_fail(world, load_module(world, "lost", OPEN_FIRST, 0x2000),
		   ST_EXCLUDED);
	take_frame(world, THE_PFN);
	map_in_kernel(world, OPEN_FIRST, THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_gap(&answer.gaps, "modules", "excluded");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(a_frame_of_the_image_tells_its_part)
{
	struct world *world = world_new(_i);
	const uint64_t image = 0xffffffff81000000ULL;
	struct answer answer;

	set_variable(world, KSYM_STEXT, KADDR(image));
	set_variable(world, KSYM_ETEXT, KADDR(image + 0x1f00));
	set_variable(world, KSYM_START_RODATA, KADDR(image + 0x2000));
	set_variable(world, KSYM_END_RODATA, KADDR(image + 0x3000));
	take_frame(world, THE_PFN);
	world_flag_page(world, THE_PFN, E_PG_reserved);
	map_in_kernel(world, image + 0x1000, THE_PFN);
	take_frame(world, THE_PFN + 1);
	world_flag_page(world, THE_PFN + 1, E_PG_reserved);
	map_in_kernel(world, image + 0x2000, THE_PFN + 1);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_IMAGE);
	ck_text(&answer, "section", "text");
	answer_fini(&answer);
	ask(world, THE_PFN + 1, &answer);
	ck_text(&answer, "section", "rodata");
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* free_initmem() leaves it mapped, and somebody else takes it. */
START_TEST(a_frame_that_the_image_has_given_back)
{
	struct world *world = world_new(_i);
	struct answer answer;

	take_frame(world, THE_PFN);
	map_in_kernel(world, 0xffffffff81000000ULL, THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_KERNEL);
	answer_fini(&answer);
	map_in_kernel(world, module_base(world), THE_PFN);
	ask(world, THE_PFN, &answer);
	ck_kind(&answer, KIND_MODULE);
	ck_number(&answer, "address", module_base(world));
	answer_fini(&answer);
	world_free(world);
}
END_TEST

/* ---- owners ---- */

/* Frames in a row that somebody has allocated; the address of the first. */
static kaddr_t take_memory(struct world *world, uint64_t frames)
{
	kaddr_t memory = world_alloc(world, frames << 12);

	for (uint64_t i = 0; i < frames; i++)
		take_frame(world, world_frame_of(world, memory) + i);
	return memory;
}

/* What is told of the frame behind so many of memory. */
static void ask_memory(struct world *world, kaddr_t memory, uint64_t behind,
		       struct answer *answer)
{
	ask(world, world_frame_of(world, memory) + behind, answer);
	ck_ok(answer->st);
}

static void ck_owned(struct world *world, kaddr_t memory, uint64_t behind,
		     const char *owner, const char *of)
{
	struct answer answer;

	ask_memory(world, memory, behind, &answer);
	ck_kind(&answer, KIND_OWNED);
	ck_text(&answer, "owner", owner);
	ck_text(&answer, "of", of);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
}

static void ck_not_owned(struct world *world, kaddr_t memory, uint64_t behind)
{
	struct answer answer;

	ask_memory(world, memory, behind, &answer);
	ck_kind(&answer, KIND_KERNEL);
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
}

static void ck_in_doubt(struct world *world, kaddr_t memory, uint64_t behind,
			const char *why)
{
	struct answer answer;

	ask_memory(world, memory, behind, &answer);
	ck_kind(&answer, KIND_KERNEL);
	ck_gap(&answer.gaps, "owners of pages", why);
	answer_fini(&answer);
}

START_TEST(a_table_that_a_variable_points_to)
{
	struct world *world = machine_new(_i).world;
	kaddr_t table = take_memory(world, 2);

	set_word(world, KSYM_SAVEDCMD, table.v);
	ck_owned(world, table, 0, "trace", "savedcmd");
	ck_not_owned(world, table, 1);
	world_free(world);
}
END_TEST

/* Its frames do not know that they belong together. */
START_TEST(a_hash_table_is_as_long_as_its_mask_says)
{
	struct world *world = machine_new(_i).world;
	kaddr_t info = world_object(world, S_inet_hashinfo);
	kaddr_t table = take_memory(world, 3);

	set_variable(world, KSYM_TCP_HASHINFO, info);
	world_set(world, info, M_inet_hashinfo_ehash, table.v);
	world_set(world, info, M_inet_hashinfo_ehash_mask, 0x3ff);
	ck_owned(world, table, 1, "hash table", "tcp_hashinfo.ehash");
	ck_not_owned(world, table, 2);
	world_set(world, info, M_inet_hashinfo_ehash_mask, ~0u);
	ck_not_owned(world, table, 1);
	world_fail(world, info, ST_EXCLUDED);
	ck_in_doubt(world, table, 1, "excluded");
	world_free(world);
}
END_TEST

/* A frame that belongs to a user is that user's, whatever points there. */
START_TEST(what_is_in_use_otherwise_is_not_owned)
{
	struct world *world = machine_new(_i).world;
	kaddr_t table = take_memory(world, 1);
	struct answer answer;

	set_word(world, KSYM_SAVEDCMD, table.v);
	world_set_page(world, world_frame_of(world, table), M_page_mapping,
		       OBJECT | 1);
	ask_memory(world, table, 0, &answer);
	ck_kind(&answer, KIND_ANON);
	answer_fini(&answer);
	world_free(world);
}
END_TEST

START_TEST(what_two_claim_neither_gets)
{
	struct world *world = machine_new(_i).world;
	kaddr_t table = take_memory(world, 1);

	set_word(world, KSYM_SAVEDCMD, table.v);
	set_word(world, KSYM_TCP_METRICS_HASH, table.v);
	ck_in_doubt(world, table, 0, "more than one");
	world_free(world);
}
END_TEST

struct dma_pool {
	struct world *world;
	kaddr_t memory, chunk;
};

/* One chunk of two frames. */
static struct dma_pool dma_pool_new(enum world_like like)
{
	struct world *world = machine_new(like).world;
	const struct layout *layout = &world->kernel->facts.layout;
	kaddr_t pool = world_object(world, S_gen_pool);
	kaddr_t chunk = world_object(world, S_gen_pool_chunk);
	kaddr_t head = kaddr_add(pool,
				 layout->members[M_gen_pool_chunks].offset);
	kaddr_t variable = world_alloc(world, 64);
	struct dma_pool made = { world, take_memory(world, 3), chunk };

	world_write_word(world, head, chunk.v);
	world_write_word(world, chunk, head.v);
	world_set(world, chunk, M_gen_pool_chunk_start_addr, made.memory.v);
	world_set(world, chunk, M_gen_pool_chunk_end_addr,
		  made.memory.v + 0x1fff);
	world_write_word(world, kaddr_add(variable, layout->members[
					M_dma_gen_pool_pool].offset), pool.v);
	set_variable(world, KSYM_ATOMIC_POOL_DMA32, variable);
	return made;
}

START_TEST(a_pool_for_dma)
{
	struct dma_pool pool = dma_pool_new(_i);

	ck_owned(pool.world, pool.memory, 1, "DMA pool", "atomic_pool_dma32");
	ck_not_owned(pool.world, pool.memory, 2);
	world_free(pool.world);
}
END_TEST

START_TEST(chunks_that_go_in_a_circle_are_a_gap)
{
	struct dma_pool pool = dma_pool_new(_i);

	world_write_word(pool.world, pool.chunk, pool.chunk.v);
	ck_in_doubt(pool.world, pool.memory, 2, "circle");
	world_free(pool.world);
}
END_TEST

START_TEST(a_chunk_of_absurd_size_is_nobodys)
{
	struct dma_pool pool = dma_pool_new(_i);

	world_set(pool.world, pool.chunk, M_gen_pool_chunk_end_addr, ~0ULL);
	ck_not_owned(pool.world, pool.memory, 1);
	world_set(pool.world, pool.chunk, M_gen_pool_chunk_end_addr, 0);
	ck_not_owned(pool.world, pool.memory, 1);
	world_free(pool.world);
}
END_TEST

/* Two pages of order 1, of which one waits in the pool. */
START_TEST(pages_that_wait_in_a_mempool)
{
	struct world *world = machine_new(_i).world;
	kaddr_t pool = world_object(world, S_mempool);
	kaddr_t elements = world_alloc(world, 64);
	kaddr_t memory = take_memory(world, 4);
	uint64_t first = world_frame_of(world, memory);

	set_variable(world, KSYM_INTEGRITY_BUF_POOL, pool);
	world_write_word(world, elements, world_page(world, first).v);
	world_write_word(world, kaddr_add(elements, 8),
			 world_page(world, first + 2).v);
	world_set(world, pool, M_mempool_elements, elements.v);
	world_set(world, pool, M_mempool_pool_data, 1);
	world_set(world, pool, M_mempool_curr_nr, 1);
	ck_owned(world, memory, 1, "mempool", "integrity_buf_pool");
	ck_not_owned(world, memory, 2);
	world_set(world, pool, M_mempool_pool_data, 64);
	ck_in_doubt(world, memory, 1, "order 64");
	world_set(world, pool, M_mempool_curr_nr, ~0u);
	ck_in_doubt(world, memory, 1, "4294967295 elements");
	world_free(world);
}
END_TEST

START_TEST(records_of_ftrace)
{
	struct world *world = machine_new(_i).world;
	kaddr_t pages[] = { world_object(world, S_ftrace_page),
			    world_object(world, S_ftrace_page) };
	kaddr_t records[] = { take_memory(world, 1), take_memory(world, 2) };

	set_word(world, KSYM_FTRACE_PAGES_START, pages[0].v);
	world_set(world, pages[0], M_ftrace_page_next, pages[1].v);
	for (int i = 0; i < 2; i++) {
		world_set(world, pages[i], M_ftrace_page_records,
			  records[i].v);
		world_set(world, pages[i], M_ftrace_page_order, i);
	}
	ck_owned(world, records[0], 0, "ftrace", "ftrace_pages_start");
	ck_owned(world, records[1], 1, "ftrace", "ftrace_pages_start");
	world_set(world, pages[1], M_ftrace_page_next, pages[0].v);
	ck_in_doubt(world, take_memory(world, 1), 0, "circle");
	world_set(world, pages[1], M_ftrace_page_order, 60);
	ck_in_doubt(world, records[1], 0, "order 60");
	world_free(world);
}
END_TEST

/* A disk of brd, one page in it, at index 3. */
struct ram_disk {
	struct world *world;
	kaddr_t memory, gendisk, device, node, inode;
};

#define XARRAY_AT	64	/* in struct brd_device */

static void link_inode(struct ram_disk *disk)
{
	struct world *world = disk->world;
	const struct layout *layout = &world->kernel->facts.layout;
	kaddr_t super_block = world_object(world, S_super_block);
	kaddr_t inode = world_object(world, S_bdev_inode);
	kaddr_t head = kaddr_add(super_block, layout->members[
					M_super_block_s_inodes].offset);

	world_set(world, inode, M_bdev_inode_bd_disk, disk->gendisk.v);
	disk->inode = kaddr_add(inode, layout->members[
					M_bdev_inode_vfs_inode].offset +
				layout->members[M_inode_i_sb_list].offset);
	world_write_word(world, head, disk->inode.v);
	world_write_word(world, disk->inode, head.v);
	set_word(world, KSYM_BLOCKDEV_SUPERBLOCK, super_block.v);
}

static struct ram_disk ram_disk_new(enum world_like like)
{
	struct world *world = machine_new(like).world;
	struct ram_disk disk = { .world = world };
	kaddr_t operations = world_alloc(world, 64);
	kaddr_t xarray;

	disk.memory = take_memory(world, 2);
	disk.gendisk = world_object(world, S_gendisk);
	disk.device = world_alloc(world, 192);
	disk.node = world_object(world, S_xa_node);
	xarray = kaddr_add(disk.device, XARRAY_AT);
	make_slab_page(world, world_frame_of(world, disk.device),
		       make_slab(world, "kmalloc-192"));
	world_write_word(world, kaddr_add(xarray, 8), disk.node.v | 2);
	world_set(world, disk.node, M_xa_node_array, xarray.v);
	world_set_element(world, disk.node, M_xa_node_slots, 3,
			  world_page(world, world_frame_of(
					world, disk.memory)).v);
	world_write(world, kaddr_add(disk.gendisk, world->kernel->facts.layout.
				     members[M_gendisk_disk_name].offset),
		    "ram7", 5);
	world_set(world, disk.gendisk, M_gendisk_fops, operations.v);
	world_set(world, disk.gendisk, M_gendisk_private_data, disk.device.v);
	set_variable(world, KSYM_BRD_FOPS, operations);
	link_inode(&disk);
	return disk;
}

START_TEST(a_page_of_a_ram_disk)
{
	struct ram_disk disk = ram_disk_new(_i);
	struct answer answer;

	ck_owned(disk.world, disk.memory, 0, "brd", "ram7");
	ask_memory(disk.world, disk.memory, 0, &answer);
	ck_number(&answer, "index", 3);
	answer_fini(&answer);
	ck_not_owned(disk.world, disk.memory, 1);
	world_free(disk.world);
}
END_TEST

/* An XArray of pages is not enough to be one. */
START_TEST(a_disk_of_another_driver)
{
	struct ram_disk disk = ram_disk_new(_i);

	world_set(disk.world, disk.gendisk, M_gendisk_fops,
		  disk.gendisk.v);
	ck_not_owned(disk.world, disk.memory, 0);
	world_free(disk.world);
}
END_TEST

/* Neither is a word that looks like one: the node has to name the place. */
START_TEST(a_node_of_another_xarray)
{
	struct ram_disk disk = ram_disk_new(_i);

	world_set(disk.world, disk.node, M_xa_node_array, disk.device.v);
	ck_not_owned(disk.world, disk.memory, 0);
	world_free(disk.world);
}
END_TEST

/* What lies behind the driver's object is another's. */
START_TEST(an_xarray_behind_the_object)
{
	struct ram_disk disk = ram_disk_new(_i);

	world_set(disk.world, disk.gendisk, M_gendisk_private_data,
		  disk.device.v + 192 - XARRAY_AT);
	world_write_word(disk.world,
			 kaddr_add(disk.device, 192 + 8), disk.node.v | 2);
	world_set(disk.world, disk.node, M_xa_node_array,
		  disk.device.v + 192);
	ck_not_owned(disk.world, disk.memory, 0);
	world_free(disk.world);
}
END_TEST

START_TEST(a_disk_that_cannot_be_read_is_a_gap)
{
	struct ram_disk disk = ram_disk_new(_i);

	world_write_word(disk.world, disk.inode, disk.inode.v);
	ck_in_doubt(disk.world, disk.memory, 1, "circle");
	world_fail(disk.world, disk.gendisk, ST_EXCLUDED);
	ck_in_doubt(disk.world, disk.memory, 0, "excluded");
	world_free(disk.world);
}
END_TEST

START_TEST(an_entry_that_is_no_page_is_a_gap)
{
	struct ram_disk disk = ram_disk_new(_i);

	world_set_element(disk.world, disk.node, M_xa_node_slots, 5,
			  disk.device.v);
	ck_in_doubt(disk.world, disk.memory, 1, "not a page");
	world_free(disk.world);
}
END_TEST

/* ---- resources ---- */

static kaddr_t add_resource(struct world *world, kaddr_t parent,
			    uint64_t first, uint64_t last, const char *name)
{
	kaddr_t resource = world_object(world, S_resource);
	kaddr_t text = world_alloc(world, 64);

	world_write(world, text, name, strlen(name) + 1);
	world_set(world, resource, M_resource_start, first);
	world_set(world, resource, M_resource_end, last);
	world_set(world, resource, M_resource_name, text.v);
	if (!parent.v)
		return resource;
	world_set(world, resource, M_resource_sibling,
		  world_get(world, parent, M_resource_child));
	world_set(world, parent, M_resource_child, resource.v);
	return resource;
}

/* iomem_resource, RAM, and a region of it. */
struct tree {
	struct world *world;
	kaddr_t root, ram, crash;
};

static struct tree tree_new(enum world_like like)
{
	struct tree tree = { .world = chunks_new(like).machine.world };
	struct world *world = tree.world;

	tree.root = add_resource(world, KADDR(0), 0, ~0ULL, "PCI mem");
	tree.ram = add_resource(world, tree.root, 0x1000, 0x9ffffff,
				"System RAM");
	add_resource(world, tree.root, 0xfed00000, 0xfed003ff, "HPET 0");
	tree.crash = add_resource(world, tree.ram, 0x2400000, 0x25fffff,
				  "Crash kernel");
	set_variable(world, KSYM_IOMEM_RESOURCE, tree.root);
	world_flag_page(world, THE_PFN, E_PG_reserved);
	take_frame(world, THE_PFN);
	return tree;
}

START_TEST(a_reserved_frame_tells_the_closest_resource)
{
	struct tree tree = tree_new(_i);
	struct answer answer;

	ask(tree.world, THE_PFN, &answer);
	ck_kind(&answer, KIND_RESERVED);
	ck_text(&answer, "resource", "Crash kernel");
	ck_no_gaps(&answer.gaps);
	answer_fini(&answer);
	world_free(tree.world);
}
END_TEST

/* No struct page is needed for that. */
START_TEST(what_is_no_memory_tells_its_device)
{
	struct tree tree = tree_new(_i);
	struct arena arena = { NULL };
	struct details details = { .arena = &arena };
	struct gaps gaps = { { NULL, 0, 0 }, 0 };
	struct survey found = { KIND_NO_PAGE, &details, &gaps };
	struct surveyor *surveyor = surveyor_new(tree.world->kernel, NULL);

	ck_ok(survey(surveyor, PFN(0xfed00), NULL, &found));
	ck_assert_int_eq(found.kind, KIND_NO_PAGE);
	ck_assert_uint_eq(details.list.n, 1);
	ck_assert_str_eq(details.list.items[0].text, "HPET 0");
	details_clear(&details);
	ck_ok(survey(surveyor, PFN(0xfed01), NULL, &found));
	ck_assert_uint_eq(details.list.n, 0);
	ck_no_gaps(&gaps);
	surveyor_free(surveyor);
	details_fini(&details);
	arena_fini(&arena);
	world_free(tree.world);
}
END_TEST

START_TEST(resources_in_a_circle_are_a_gap)
{
	struct tree tree = tree_new(_i);
	struct answer answer;

	world_set(tree.world, tree.ram, M_resource_start, 0x9000000);
	world_set(tree.world, tree.crash, M_resource_start, 0x9000000);
	world_set(tree.world, tree.crash, M_resource_child, tree.ram.v);
	ask(tree.world, THE_PFN, &answer);
	ck_ok(answer.st);
	ck_kind(&answer, KIND_RESERVED);
	ck_gap(&answer.gaps, "resources", "circle");
	answer_fini(&answer);
	world_free(tree.world);
}
END_TEST

START_TEST(a_resource_that_cannot_be_read_is_a_gap)
{
	struct tree tree = tree_new(_i);
	struct answer answer;

	world_fail(tree.world, tree.ram, ST_EXCLUDED);
	ask(tree.world, THE_PFN, &answer);
	ck_kind(&answer, KIND_RESERVED);
	ck_gap(&answer.gaps, "resources", "excluded");
	ck_assert_ptr_null(find_detail(&answer, "resource"));
	answer_fini(&answer);
	world_free(tree.world);
}
END_TEST

int main(void)
{
	static const struct test tests[] = {
		ROWS(kind_of_a_struct_page, kind_rows),
		PLAIN(types_of_6_11_begin_at_the_top),
		PLAIN(types_without_memory_cgroups_have_no_names),
		RANGE(a_struct_page_of_ones_was_never_filled_in, 0, N_LIKES),
		RANGE(memory_of_a_device_is_told_by_its_zone, 0, N_LIKES),
		RANGE(a_frame_that_nothing_tells_of, 0, N_LIKES),
		RANGE(a_frame_of_vmalloc, 0, N_LIKES),
		RANGE(a_frame_inside_a_huge_mapping, 0, N_LIKES),
		RANGE(a_frame_of_a_module, 0, N_LIKES),
		RANGE(a_frame_of_the_memmap, 0, N_LIKES),
		RANGE(the_stack_of_a_thread, 0, N_LIKES),
		RANGE(memory_of_memfd_secret, 0, N_LIKES),
		RANGE(other_files_are_no_secret, 0, N_LIKES),
		PLAIN(the_owner_of_a_page),
		ROWS(a_page_without_an_owner_tells_none, unowned_rows),
		PLAIN(an_owner_that_is_not_seen_is_a_gap),
		ROWS(memory_of_a_device_tells_its_type, device_rows),
		RANGE(a_device_that_is_not_seen_is_a_gap, 0, N_LIKES),
		RANGE(each_poisoned_page_of_hugetlb_is_told, LIKE_6_12,
		      N_LIKES),
		RANGE(a_list_of_poisoned_pages_that_does_not_tell_is_a_gap,
		      LIKE_6_12 * N_POISON_DAMAGES,
		      N_LIKES * N_POISON_DAMAGES),
		RANGE(a_sound_hugetlb_folio_has_no_poisoned_pages, LIKE_6_12,
		      N_LIKES),
		RANGE(the_caller_of_vmalloc, 0, N_LIKES),
		RANGE(an_area_of_vm_map_ram_has_no_caller, 0, N_LIKES),
		RANGE(a_caller_that_is_not_seen_is_a_gap, 0,
		      N_LIKES * ARRAY_LEN(area_rows)),
		RANGE(an_absurd_number_of_nodes_is_a_gap, LIKE_6_12, N_LIKES),
		RANGE(the_stack_of_an_idle_thread, 0, N_LIKES),
		RANGE(an_idle_thread_that_is_not_seen_is_a_gap, 0, N_LIKES),
		RANGE(an_absurd_number_of_idle_threads_is_a_gap, 0, N_LIKES),
		RANGE(a_stack_ends_at_what_is_not_mapped, 0, N_LIKES),
		RANGE(a_thread_that_is_not_seen_is_a_gap, 0, N_LIKES),
		RANGE(each_page_that_fails_is_a_gap_or_does_not_matter, 0,
		      N_LIKES),
		RANGE(a_table_without_a_type_is_found_by_its_entries, 0,
		      N_LIKES),
		RANGE(the_table_at_the_top_is_a_pgd, 0, N_LIKES),
		RANGE(a_table_of_the_kernel_has_no_process, 0, N_LIKES),
		PLAIN(a_table_of_nobody_keeps_its_kind),
		RANGE(a_table_that_cannot_be_read_is_a_gap, 0, N_LIKES),
		RANGE(each_frame_of_a_free_block_tells_its_order, 0, N_LIKES),
		RANGE(a_migratetype_without_a_name_is_a_number, 0, N_LIKES),
		RANGE(a_free_list_that_leads_astray_is_a_gap, 0,
		      N_LIKES * N_ASTRAY),
		RANGE(a_free_list_is_followed_once, 0, N_LIKES),
		RANGE(a_block_below_does_not_count, 0, N_LIKES),
		PLAIN(a_block_on_the_list_of_a_cpu),
		RANGE(a_block_of_an_absurd_order_is_a_gap, 0, N_LIKES),
		RANGE(frames_behind_the_first_of_an_allocation, 0, N_LIKES),
		PLAIN(allocations_begin_at_multiples_of_their_size),
		RANGE(a_frame_that_is_just_being_freed, 0, N_LIKES),
		RANGE(lists_that_cannot_be_read_are_a_gap, 0, N_LIKES),
		RANGE(lists_that_go_in_a_circle_are_a_gap, 0, N_LIKES),
		RANGE(an_absurd_number_of_cpus_is_a_gap, 0, N_LIKES),
		RANGE(the_zero_page_is_told_by_its_number, 0, N_LIKES),
		RANGE(each_frame_of_the_huge_zero_page, 0, N_LIKES),
		RANGE(there_may_be_no_huge_zero_page, 0, N_LIKES),
		RANGE(a_number_that_cannot_be_read_is_a_gap, 0, N_LIKES),
		RANGE(the_first_chunk_begins_with_variables, 0, N_LIKES),
		RANGE(other_chunks_are_areas_of_vmalloc, 0, N_LIKES),
		RANGE(chunks_that_cannot_be_read_are_a_gap, 0, N_LIKES),
		RANGE(chunks_of_absurd_size_are_a_gap, 0, N_LIKES),
		RANGE(a_frame_of_a_module_tells_its_name, 0, N_LIKES),
		ROWS(regions_without_a_place_of_their_own, open_rows),
		RANGE(a_module_that_cannot_be_read_is_none_of_vmalloc, 0,
		      N_LIKES),
		RANGE(a_module_that_cannot_be_read_is_a_gap, 0, N_LIKES),
		RANGE(a_frame_of_the_image_tells_its_part, 0, N_LIKES),
		RANGE(a_frame_that_the_image_has_given_back, 0, N_LIKES),
		RANGE(a_table_that_a_variable_points_to, 0, N_LIKES),
		RANGE(a_hash_table_is_as_long_as_its_mask_says, 0, N_LIKES),
		RANGE(what_is_in_use_otherwise_is_not_owned, 0, N_LIKES),
		RANGE(what_two_claim_neither_gets, 0, N_LIKES),
		RANGE(a_pool_for_dma, 0, N_LIKES),
		RANGE(chunks_that_go_in_a_circle_are_a_gap, 0, N_LIKES),
		RANGE(a_chunk_of_absurd_size_is_nobodys, 0, N_LIKES),
		RANGE(pages_that_wait_in_a_mempool, 0, N_LIKES),
		RANGE(records_of_ftrace, 0, N_LIKES),
		RANGE(a_page_of_a_ram_disk, 0, N_LIKES),
		RANGE(a_disk_of_another_driver, 0, N_LIKES),
		RANGE(a_node_of_another_xarray, 0, N_LIKES),
		RANGE(an_xarray_behind_the_object, 0, N_LIKES),
		RANGE(a_disk_that_cannot_be_read_is_a_gap, 0, N_LIKES),
		RANGE(an_entry_that_is_no_page_is_a_gap, 0, N_LIKES),
		RANGE(a_reserved_frame_tells_the_closest_resource, 0, N_LIKES),
		RANGE(what_is_no_memory_tells_its_device, 0, N_LIKES),
		RANGE(resources_in_a_circle_are_a_gap, 0, N_LIKES),
		RANGE(a_resource_that_cannot_be_read_is_a_gap, 0, N_LIKES),
		RANGE(a_slab_tells_its_cache, 0, 2 * N_LIKES),
		RANGE(a_cache_that_cannot_be_read_is_a_gap, 0, N_LIKES),
	};

	return run_suite("kind", tests, ARRAY_LEN(tests));
}
