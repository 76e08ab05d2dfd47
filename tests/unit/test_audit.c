/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/audit over synthetic kernels: nothing is found in a healthy one, and in
 * one where a single thing has changed, the rule that it breaks and no other;
 * also with pointers that lead anywhere, and while one page of the image after
 * the other fails.
 */
#include "world.h"

#include "audit/audit.h"
#include "mm/page.h"
#include "mm/task.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

/* ---- a village ---- */

/* Small sections with struct pages: objects of the world, then other pages. */
#define SECTION_FRAMES	WORLD_SECTION_FRAMES
#define OBJECTS_SECTION	4u
#define PAGES_SECTION	9u
#define FRAME(n)	(PAGES_SECTION * SECTION_FRAMES + (n))

#define COMMON		FRAME(1)	/* anonymous, of all three */
#define OWN		FRAME(2)	/* anonymous, of the grandchild */
#define OF_FILE		FRAME(3)	/* of the first two */
#define MERGED		FRAME(4)	/* by ksmd, of the first two */
#define UNUSED		FRAME(5)
#define FOLIO		FRAME(64)	/* four pages, by four entries */
#define HUGE		FRAME(512)	/* by one entry */

#define HEAP		0x7f0000000000ULL
#define HEAP_PGOFF	(HEAP >> 12)
#define HUGE_AT		0x7f0040000000ULL
#define FILE_AT		0x7f0080000000ULL

/* A process, its child and its grandchild. */
#define N	3

enum { HEAP_VMA, HUGE_VMA, FILE_VMA, N_VMAS };

struct village {
	struct world *world;
	kaddr_t tasks[N], mms[N], anon_vmas[N];
	struct vma vmas[N][N_VMAS];
	kaddr_t avcs[N][N + 1];	/* by anon_vma and VMA; only of descendants */
	kaddr_t mapping, file, node, item;
	kaddr_t caches[N_STRUCTS];
	struct audit_result result;
};

static kaddr_t member_at(const struct village *village, kaddr_t object,
			 enum member_id member)
{
	return kaddr_add(object, village->world->kernel->facts.layout.members[
				 member].offset);
}

static bool has(const struct village *village, enum member_id member)
{
	return layout_has(&village->world->kernel->facts.layout, member);
}

/* ---- its frames ---- */

static void make_memmap(struct world *world)
{
	world->kernel->section_size_bits = WORLD_SECTION_BITS;
	world_give_struct_pages(world, OBJECTS_SECTION);
	world_give_struct_pages(world, PAGES_SECTION);
	world_set(world, world->sections, M_mem_section_section_mem_map, 0);
}

static void use(const struct village *village, uint64_t pfn, uint64_t mapping,
		uint64_t index, uint32_t n_mapped)
{
	world_use_page(village->world, pfn, mapping, index);
	world_set_page(village->world, pfn, M_page_mapcount, n_mapped - 1);
}

static void map_at(const struct village *village, size_t i, uint64_t address,
		   uint64_t raw)
{
	struct world *world = village->world;

	world_map_raw(world, world_pgd(world, village->mms[i]), address,
		      PT_PTE, raw);
}

#define READ_ONLY	(PTE_PRESENT & ~2ULL)

static void map_heap(const struct village *village, size_t i, uint64_t page,
		     uint64_t pfn, uint64_t bits)
{
	map_at(village, i, HEAP + page * 0x1000, pfn << 12 | bits);
}

static void make_huge(const struct village *village)
{
	struct world *world = village->world;
	kaddr_t head = world_page(world, HUGE);

	use(village, HUGE, village->anon_vmas[2].v | 1, HUGE_AT >> 12, 0);
	world_make_folio(world, HUGE, 9);
	for (uint64_t i = 0; i < 512; i++)
		world_set_page(world, HUGE + i, M_page_mapcount, UINT32_MAX);
	if (world->like == LIKE_5_10) {
		world_set_page(world, HUGE + 1, M_page_compound_mapcount, 0);
	} else {
		world_set(world, head, M_folio_entire_mapcount, 0);
		world_set(world, head, M_folio_large_mapcount, 0);
	}
	world_map_raw(world, world_pgd(world, village->mms[2]), HUGE_AT,
		      PT_PMD, (uint64_t)HUGE << 12 | PTE_HUGE);
}

static void make_pages(const struct village *village)
{
	use(village, COMMON, village->anon_vmas[0].v | 1, HEAP_PGOFF + 1, N);
	use(village, OWN, village->anon_vmas[2].v | 1, HEAP_PGOFF + 2, 1);
	use(village, OF_FILE, village->mapping.v, 0x11, 2);
	use(village, MERGED, village->node.v | 3, 0, 2);
	use(village, FOLIO, village->anon_vmas[2].v | 1, HEAP_PGOFF + 8, 1);
	world_make_folio(village->world, FOLIO, 2);
	for (size_t i = 0; i < N; i++)
		map_heap(village, i, 1, COMMON, READ_ONLY);
	map_heap(village, 2, 2, OWN, PTE_PRESENT);
	for (uint64_t i = 0; i < 4; i++)
		map_heap(village, 2, 8 + i, FOLIO + i, PTE_PRESENT);
	for (size_t i = 0; i < 2; i++) {
		map_heap(village, i, 5, MERGED, READ_ONLY);
		map_at(village, i, village->vmas[i][FILE_VMA].start +
		       (1 - i) * 0x1000, (uint64_t)OF_FILE << 12 | READ_ONLY);
	}
	make_huge(village);
}

/* ---- its address spaces ---- */

static void add_vma(struct village *village, size_t i, size_t which,
		    uint64_t start, uint64_t size, uint64_t pgoff)
{
	struct vma *vma = &village->vmas[i][which];

	*vma = (struct vma) {
		.mm = village->mms[i],
		.start = start,
		.end = start + size,
		.flags = VMA_READ | VMA_WRITE,
		.pgoff = pgoff,
		.anon_pgoff = start >> 12,
		.file = which == FILE_VMA ? village->file : KADDR(0),
	};
	world_vma(village->world, vma);
}

/* The children map later parts of the file: their VMAs have an order. */
static void add_process(struct village *village, size_t i)
{
	struct world *world = village->world;

	village->mms[i] = world_mm(world);
	add_vma(village, i, HEAP_VMA, HEAP, 0x10000, HEAP_PGOFF);
	add_vma(village, i, HUGE_VMA, HUGE_AT, 2 << 20, HUGE_AT >> 12);
	add_vma(village, i, FILE_VMA, FILE_AT, 0x4000, 0x10 + i);
	world_set_vmas(world, village->mms[i], village->vmas[i], N_VMAS);
	village->tasks[i] = world_task(world, 100 + i, village->mms[i],
				       "villager");
	village->anon_vmas[i] = world_anon_vma(world, i ?
					       village->anon_vmas[0] :
					       KADDR(0));
	if (i)
		world_set(world, village->anon_vmas[i], M_anon_vma_parent,
			  village->anon_vmas[i - 1].v);
	world_set(world, village->vmas[i][HEAP_VMA].address,
		  M_vm_area_struct_anon_vma, village->anon_vmas[i].v);
}

static void set_counters(const struct village *village, size_t i,
			 uint64_t children, uint64_t vmas)
{
	struct world *world = village->world;
	kaddr_t anon_vma = village->anon_vmas[i];

	world_set(world, anon_vma, M_anon_vma_refcount, i ? 1 : N);
	if (has(village, M_anon_vma_degree)) {
		world_set(world, anon_vma, M_anon_vma_degree, children + vmas);
		return;
	}
	world_set(world, anon_vma, M_anon_vma_num_children, children);
	world_set(world, anon_vma, M_anon_vma_num_active_vmas, vmas);
}

/*
 * The heap of each leads to its ancestors' anon_vmas, too; what is mapped by
 * the huge page is the grandchild's alone.
 */
static void grow_trees(struct village *village)
{
	struct vma vmas[N + 1];

	for (size_t i = 0; i < N; i++) {
		bool last = i == N - 1;

		for (size_t j = i; j < N; j++)
			vmas[j - i] = village->vmas[j][HEAP_VMA];
		if (last)
			vmas[1] = village->vmas[i][HUGE_VMA];
		world_anon_tree(village->world, village->anon_vmas[i], vmas,
				N - i + last, village->avcs[i] + i);
		/* The root is a child of its own. */
		set_counters(village, i, (i == 0) + !last, 1 + last);
	}
	world_set(village->world, village->vmas[2][HUGE_VMA].address,
		  M_vm_area_struct_anon_vma, village->anon_vmas[2].v);
}

static void make_file(struct village *village)
{
	struct world *world = village->world;

	village->mapping = world_mapping(world);
	village->file = world_object(world, S_file);
	world_set(world, village->file, M_file_f_mapping, village->mapping.v);
}

static void grow_i_mmap(struct village *village)
{
	struct vma vmas[N];

	for (size_t i = 0; i < N; i++)
		vmas[i] = village->vmas[i][FILE_VMA];
	world_file_tree(village->world, village->mapping, vmas, N);
}

/* ---- KSM ---- */

static void set_variable(struct world *world, enum kernel_symbol symbol,
			 uint64_t value)
{
	kaddr_t at = world_alloc(world, 16);

	world->kernel->facts.variables[symbol] = (struct kernel_variable) {
		true, at, 8
	};
	world_write_word(world, at, value);
}

static void empty_list(struct world *world, enum kernel_symbol symbol)
{
	set_variable(world, symbol, 0);
	world_write_word(world, world->kernel->facts.variables[symbol].address,
			 world->kernel->facts.variables[symbol].address.v);
}

static void merge(struct village *village)
{
	struct world *world = village->world;

	village->node = world_stable_node(world, MERGED);
	village->item = world_rmap_item(world, village->node,
					village->anon_vmas[0], HEAP + 0x5000);
	set_variable(world, KSYM_ONE_STABLE_TREE, member_at(village,
			village->node, M_ksm_stable_node_node).v);
	empty_list(world, KSYM_MIGRATE_NODES);
	set_variable(world, KSYM_KSM_PAGES_SHARED, 1);
	set_variable(world, KSYM_KSM_PAGES_SHARING, 0);
	set_variable(world, KSYM_KSM_STABLE_NODE_CHAINS, 0);
	set_variable(world, KSYM_KSM_STABLE_NODE_DUPS, 0);
}

/* ---- slabs ---- */

static void make_cache(struct village *village, enum struct_id type,
		       enum kernel_symbol pointer)
{
	struct world *world = village->world;
	uint64_t size = world->kernel->facts.layout.structs[type].size;
	kaddr_t cache = world_object(world, S_kmem_cache);
	kaddr_t name = world_alloc(world, 64);

	world_write(world, name, "a_cache", sizeof("a_cache"));
	world_set(world, cache, M_kmem_cache_name, name.v);
	world_set(world, cache, M_kmem_cache_size, size + 8);
	world_set(world, cache, M_kmem_cache_object_size, size);
	world_set(world, cache, M_kmem_cache_offset, size);
	if (has(village, M_kmem_cache_cpu_sheaves))
		world_set(world, cache, M_kmem_cache_cpu_sheaves, 0x30);
	set_variable(world, pointer, cache.v);
	village->caches[type] = cache;
}

/* inuse:16, objects:15 of a slab of one object. */
#define ONE_IN_USE	(1 | 1 << 16)
#define NONE_IN_USE	(1 << 16)

static void set_slab(const struct village *village, kaddr_t object,
		     enum member_id member, enum member_id of_page,
		     uint64_t value)
{
	kaddr_t page = world_page(village->world,
				  world_frame_of(village->world, object));

	world_set(village->world, page, has(village, member) ? member :
		  of_page, value);
}

/* Each object has pages of its own: the first is a slab of one object. */
static void lay_into_slab(const struct village *village, enum struct_id type,
			  kaddr_t object)
{
	struct world *world = village->world;
	uint64_t pfn = world_frame_of(world, object);

	world_set_page(world, pfn, M_page_refcount, 1);
	if (world->kernel->facts.layout.has_enumerator[E_PG_slab])
		world_flag_page(world, pfn, E_PG_slab);
	else
		world_set_page(world, pfn, M_page_mapcount, 0xf5000000);
	set_slab(village, object, M_slab_slab_cache, M_page_slab_cache,
		 village->caches[type].v);
	set_slab(village, object, M_slab_freelist, M_page_freelist, 0);
	set_slab(village, object, M_slab_counters, M_page_counters,
		 ONE_IN_USE);
}

static void make_slabs(struct village *village)
{
	make_cache(village, S_anon_vma, KSYM_ANON_VMA_CACHEP);
	make_cache(village, S_anon_vma_chain, KSYM_ANON_VMA_CHAIN_CACHEP);
	make_cache(village, S_vm_area_struct, KSYM_VM_AREA_CACHEP);
	make_cache(village, S_mm_struct, KSYM_MM_CACHEP);
	make_cache(village, S_ksm_stable_node, KSYM_STABLE_NODE_CACHE);
	make_cache(village, S_ksm_rmap_item, KSYM_RMAP_ITEM_CACHE);
	for (size_t i = 0; i < N; i++) {
		lay_into_slab(village, S_mm_struct, village->mms[i]);
		lay_into_slab(village, S_anon_vma, village->anon_vmas[i]);
		for (size_t j = i; j < N + (i == N - 1); j++)
			lay_into_slab(village, S_anon_vma_chain,
				      village->avcs[i][j]);
		for (size_t j = 0; j < N_VMAS; j++)
			lay_into_slab(village, S_vm_area_struct,
				      village->vmas[i][j].address);
	}
	lay_into_slab(village, S_ksm_stable_node, village->node);
	lay_into_slab(village, S_ksm_rmap_item, village->item);
}

/* ---- the whole ---- */

static struct village *village_new(enum world_like like)
{
	struct village *village = calloc(1, sizeof(*village));

	ck_assert_ptr_nonnull(village);
	village->world = world_new(like);
	make_memmap(village->world);
	make_file(village);
	for (size_t i = 0; i < N; i++)
		add_process(village, i);
	grow_trees(village);
	grow_i_mmap(village);
	merge(village);
	make_slabs(village);
	make_pages(village);
	ck_assert_uint_lt(village->world->next_pfn,
			  (OBJECTS_SECTION + 1) * SECTION_FRAMES);
	return village;
}

static void village_free(struct village *village)
{
	audit_result_fini(&village->result);
	world_free(village->world);
	free(village);
}

static enum status audit_by(struct village *village, size_t n_workers)
{
	struct kernel *kernel = village->world->kernel;
	struct tasks *tasks = NULL;
	struct crew *crew = NULL;
	enum status st = tasks_read(kernel, &tasks);

	audit_result_fini(&village->result);
	village->result = (struct audit_result) { 0 };
	if (!st)
		st = crew_new(kernel, n_workers, &crew);
	if (!st)
		st = audit_run(crew, tasks, &village->result);
	if (tasks)
		gaps_move(&tasks->gaps, &village->result.gaps);
	crew_free(crew);
	tasks_free(tasks);
	return st;
}

static enum status audit(struct village *village)
{
	return audit_by(village, 1);
}

static uint64_t count_findings(const struct village *village)
{
	uint64_t n = 0;

	for (size_t i = 0; i < N_RULES; i++)
		n += village->result.findings.counts[i];
	return n;
}

static const char *first_finding(const struct village *village)
{
	const struct finding_vec *list = &village->result.findings.list;
	static char text[256];

	if (!list->n)
		return "-";
	snprintf(text, sizeof(text), "%s: %s",
		 audit_rule_name(list->items[0].rule), list->items[0].detail);
	return text;
}

static void check_silent(const struct village *village)
{
	ck_assert_msg(!count_findings(village), "%s", first_finding(village));
}

START_TEST(nothing_is_found_in_a_healthy_kernel)
{
	struct village *village = village_new(_i);

	for (size_t n_workers = 1; n_workers < 4; n_workers++) {
		const struct audit_extent *extent = &village->result.extent;

		ck_ok(audit_by(village, n_workers));
		check_silent(village);
		ck_no_gaps(&village->result.gaps);
		ck_assert_uint_eq(extent->n_spaces, N);
		ck_assert_uint_eq(extent->n_vmas, N * N_VMAS);
		ck_assert_uint_eq(extent->n_avcs, 7);
		ck_assert_uint_eq(extent->n_anon_vmas, N);
		ck_assert_uint_eq(extent->n_files, 1);
		ck_assert_uint_eq(extent->n_stable_nodes, 1);
		ck_assert_uint_eq(extent->n_mappings, 3 + 1 + 2 + 2 + 4 + 512);
	}
	village_free(village);
}
END_TEST

/* ---- one thing changes ---- */

static void add_to(const struct village *village, kaddr_t object,
		   enum member_id member, int64_t n)
{
	world_set(village->world, object, member,
		  world_get(village->world, object, member) + n);
}

static kaddr_t page_of(const struct village *village, uint64_t pfn)
{
	return world_page(village->world, pfn);
}

static kaddr_t root_of(const struct village *village, size_t i)
{
	return KADDR(world_get(village->world, village->anon_vmas[i],
			       M_anon_vma_rb_root));
}

static kaddr_t file_root(const struct village *village)
{
	return KADDR(world_get(village->world, village->mapping,
			       M_address_space_i_mmap));
}

static kaddr_t child(const struct village *village, kaddr_t rb,
		     enum member_id side)
{
	return KADDR(world_get(village->world, rb, side));
}

static void stray_entry(const struct village *village)
{
	map_heap(village, 0, 0x100, UNUSED, PTE_PRESENT);
}

static void anon_index(const struct village *village)
{
	add_to(village, page_of(village, OWN), M_page_index, 1);
}

static void anon_of_a_sibling(const struct village *village)
{
	map_heap(village, 2, 2, UNUSED, 0);
	map_heap(village, 1, 2, OWN, PTE_PRESENT);
}

static void file_index(const struct village *village)
{
	add_to(village, page_of(village, OF_FILE), M_page_index, 1);
}

static void file_of_nobody(const struct village *village)
{
	add_to(village, page_of(village, OF_FILE), M_page_mapping, 0x1000);
}

static void merged_elsewhere(const struct village *village)
{
	add_to(village, village->item, M_ksm_rmap_item_address, 0x1000);
}

static void merged_by_nobody(const struct village *village)
{
	world_set(village->world, village->item, M_ksm_rmap_item_anon_vma,
		  village->anon_vmas[2].v);
}

static void slab_is_mapped(const struct village *village)
{
	map_heap(village, 0, 12, world_frame_of(village->world,
						village->anon_vmas[0]),
		 PTE_PRESENT);
}

static void free_is_mapped(const struct village *village)
{
	map_heap(village, 0, 12, UNUSED, PTE_PRESENT);
}

static void common_is_writable(const struct village *village)
{
	map_heap(village, 1, 1, COMMON, PTE_PRESENT);
}

static void mapcount_more(const struct village *village)
{
	add_to(village, page_of(village, OWN), M_page_mapcount, 1);
}

static void mapcount_less(const struct village *village)
{
	add_to(village, page_of(village, OF_FILE), M_page_mapcount, -1);
}

static void entry_lost(const struct village *village)
{
	map_heap(village, 0, 1, 0, 0);
}

static void folio_once_more(const struct village *village)
{
	add_to(village, page_of(village, FOLIO), M_folio_large_mapcount, 1);
}

static void entire_once_more(const struct village *village)
{
	add_to(village, page_of(village, HUGE), M_folio_entire_mapcount, 1);
}

static void compound_once_more(const struct village *village)
{
	add_to(village, page_of(village, HUGE + 1), M_page_compound_mapcount,
	       1);
}

static void vma_uncounted(const struct village *village)
{
	add_to(village, village->mms[1], M_mm_struct_map_count, 1);
}

static void avc_of_another_vma(const struct village *village)
{
	world_set(village->world, village->avcs[1][2], M_anon_vma_chain_vma,
		  village->vmas[0][HEAP_VMA].address.v);
}

static void list_does_not_lead_back(const struct village *village)
{
	kaddr_t link = member_at(village, village->avcs[1][2],
				 M_anon_vma_chain_same_vma);

	world_set(village->world, link, M_list_head_prev, link.v);
}

static void leaf_is_cut_off(const struct village *village)
{
	world_set(village->world, root_of(village, 0), M_rb_node_right, 0);
}

/* The AVC to the parent's anon_vma, for which the grandchild has no page. */
static void avc_leaves_its_list(const struct village *village)
{
	struct world *world = village->world;
	kaddr_t link = member_at(village, village->avcs[1][2],
				 M_anon_vma_chain_same_vma);
	kaddr_t next = KADDR(world_get(world, link, M_list_head_next));
	kaddr_t prev = KADDR(world_get(world, link, M_list_head_prev));

	world_set(world, prev, M_list_head_next, next.v);
	world_set(world, next, M_list_head_prev, prev.v);
}

static void avc_of_another_anon_vma(const struct village *village)
{
	world_set(village->world, village->avcs[1][2],
		  M_anon_vma_chain_anon_vma, village->anon_vmas[2].v);
}

static void own_is_an_uncle(const struct village *village)
{
	world_set(village->world, village->vmas[1][HEAP_VMA].address,
		  M_vm_area_struct_anon_vma, village->anon_vmas[2].v);
}

static void i_mmap_is_empty(const struct village *village)
{
	world_set(village->world, village->mapping, M_address_space_i_mmap, 0);
	world_set(village->world, village->mapping, M_address_space_leftmost,
		  0);
}

static void vma_without_file(const struct village *village)
{
	world_set(village->world, village->vmas[2][FILE_VMA].address,
		  M_vm_area_struct_vm_file, 0);
}

static void frame_of_avc_is_no_slab(const struct village *village)
{
	uint64_t pfn = world_frame_of(village->world, village->avcs[0][1]);

	world_set_page(village->world, pfn, M_page_flags, 0);
	world_set_page(village->world, pfn, M_page_mapcount, UINT32_MAX);
}

static void object_begins_elsewhere(const struct village *village)
{
	world_set(village->world, village->caches[S_anon_vma],
		  M_kmem_cache_red_left_pad, 8);
}

static void cache_is_another(const struct village *village)
{
	set_slab(village, village->avcs[0][1], M_slab_slab_cache,
		 M_page_slab_cache, village->caches[S_mm_struct].v);
}

/* The last word of a slab's only object is 0: there is no other one. */
static void set_free(const struct village *village, kaddr_t object)
{
	set_slab(village, object, M_slab_freelist, M_page_freelist, object.v);
	set_slab(village, object, M_slab_counters, M_page_counters,
		 NONE_IN_USE);
}

static void mm_is_free(const struct village *village)
{
	set_free(village, village->mms[1]);
}

static void vma_is_free(const struct village *village)
{
	set_free(village, village->vmas[0][HEAP_VMA].address);
}

static void vma_of_a_file_is_free(const struct village *village)
{
	set_free(village, village->vmas[2][FILE_VMA].address);
}

static void avc_is_free(const struct village *village)
{
	set_free(village, village->avcs[0][1]);
}

static void anon_vma_is_free(const struct village *village)
{
	set_free(village, village->anon_vmas[2]);
}

static void stable_node_is_free(const struct village *village)
{
	set_free(village, village->node);
}

static void rmap_item_is_free(const struct village *village)
{
	set_free(village, village->item);
}

static void children_change_sides(const struct village *village)
{
	kaddr_t root = file_root(village);
	kaddr_t left = child(village, root, M_rb_node_left);
	kaddr_t right = child(village, root, M_rb_node_right);

	world_set(village->world, root, M_rb_node_left, right.v);
	world_set(village->world, root, M_rb_node_right, left.v);
	world_set(village->world, village->mapping, M_address_space_leftmost,
		  right.v);
}

static void augmented_is_stale(const struct village *village)
{
	add_to(village, village->avcs[0][0],
	       M_anon_vma_chain_rb_subtree_last, 1);
}

static void parent_is_itself(const struct village *village)
{
	kaddr_t leaf = child(village, root_of(village, 0), M_rb_node_left);

	world_set(village->world, leaf, M_rb_node_parent_color, leaf.v);
}

static void root_is_red(const struct village *village)
{
	add_to(village, root_of(village, 0), M_rb_node_parent_color, -1);
}

static void leaf_is_black(const struct village *village)
{
	add_to(village, child(village, file_root(village), M_rb_node_left),
	       M_rb_node_parent_color, 1);
}

static void leftmost_is_the_root(const struct village *village)
{
	world_set(village->world, village->anon_vmas[0], M_anon_vma_leftmost,
		  root_of(village, 0).v);
}

static void root_is_no_root(const struct village *village)
{
	world_set(village->world, village->anon_vmas[2], M_anon_vma_root,
		  village->anon_vmas[1].v);
}

static void parent_is_itself_but_no_root(const struct village *village)
{
	world_set(village->world, village->anon_vmas[2], M_anon_vma_parent,
		  village->anon_vmas[2].v);
}

static void children_more(const struct village *village)
{
	add_to(village, village->anon_vmas[1], M_anon_vma_num_children, 1);
}

static void active_vmas_less(const struct village *village)
{
	add_to(village, village->anon_vmas[2], M_anon_vma_num_active_vmas, -1);
}

static void degree_more(const struct village *village)
{
	add_to(village, village->anon_vmas[0], M_anon_vma_degree, 1);
}

static void no_reference(const struct village *village)
{
	world_set(village->world, village->anon_vmas[1], M_anon_vma_refcount,
		  0);
}

static void root_lacks_references(const struct village *village)
{
	add_to(village, village->anon_vmas[0], M_anon_vma_refcount, -1);
}

static void node_of_another_frame(const struct village *village)
{
	world_set(village->world, village->node, M_ksm_stable_node_kpfn,
		  OWN);
}

typedef void change_fn(const struct village *village);

#define NO_RULE	N_RULES

static const struct change_row {
	change_fn *change;
	enum audit_rule rule;
	/* What the same change breaks besides. */
	enum audit_rule others[2];
	/* Without these there is nothing to change. */
	enum member_id needs;
} change_rows[] = {
#define BREAKS(change, rule)	\
	{ change, RULE_##rule, { NO_RULE, NO_RULE }, NO_MEMBER }
#define BREAKS_BOTH(change, rule, other)	\
	{ change, RULE_##rule, { RULE_##other, NO_RULE }, NO_MEMBER }
#define BREAKS_WITH(member, change, rule)	\
	{ change, RULE_##rule, { NO_RULE, NO_RULE }, M_##member }
	BREAKS(stray_entry, STRAY_ENTRY),
	BREAKS(anon_index, ANON_REACH),
	BREAKS(anon_of_a_sibling, ANON_REACH),
	BREAKS(file_index, FILE_REACH),
	BREAKS(file_of_nobody, FILE_REACH),
	BREAKS(merged_elsewhere, KSM_REACH),
	BREAKS(merged_by_nobody, KSM_REACH),
	BREAKS(slab_is_mapped, FRAME_KIND),
	BREAKS(free_is_mapped, FRAME_KIND),
	BREAKS(common_is_writable, ANON_WRITABLE),
	BREAKS(mapcount_more, MAPCOUNT),
	BREAKS(mapcount_less, MAPCOUNT),
	BREAKS(entry_lost, MAPCOUNT),
	BREAKS_WITH(folio_large_mapcount, folio_once_more, LARGE_MAPCOUNT),
	BREAKS_WITH(folio_entire_mapcount, entire_once_more, ENTIRE_MAPCOUNT),
	{ compound_once_more, RULE_ENTIRE_MAPCOUNT,
	  { RULE_LARGE_MAPCOUNT, RULE_MAPCOUNT }, M_page_compound_mapcount },
	BREAKS(vma_uncounted, MAP_COUNT),
	{ avc_of_another_vma, RULE_AVC_VMA, { RULE_AVC_LIST, RULE_AVC_TREE },
	  NO_MEMBER },
	BREAKS(list_does_not_lead_back, AVC_LINKS),
	BREAKS(leaf_is_cut_off, AVC_TREE),
	BREAKS(avc_leaves_its_list, AVC_LIST),
	BREAKS_BOTH(avc_of_another_anon_vma, AVC_LIST, AVC_TREE),
	{ own_is_an_uncle, RULE_OWN_ANON_VMA,
	  { RULE_ANON_VMA_ACTIVE, RULE_ANON_VMA_DEGREE }, NO_MEMBER },
	BREAKS(i_mmap_is_empty, I_MMAP_MISSING),
	BREAKS(vma_without_file, I_MMAP_FOREIGN),
	BREAKS(frame_of_avc_is_no_slab, SLAB_OBJECT),
	BREAKS(object_begins_elsewhere, SLAB_OBJECT),
	BREAKS(cache_is_another, SLAB_CACHE),
	BREAKS(mm_is_free, FREED_OBJECT),
	BREAKS(vma_is_free, FREED_OBJECT),
	BREAKS(vma_of_a_file_is_free, FREED_OBJECT),
	BREAKS(avc_is_free, FREED_OBJECT),
	BREAKS(anon_vma_is_free, FREED_OBJECT),
	BREAKS(stable_node_is_free, FREED_OBJECT),
	BREAKS(rmap_item_is_free, FREED_OBJECT),
	BREAKS(children_change_sides, TREE_ORDER),
	BREAKS(augmented_is_stale, TREE_AUGMENTED),
	BREAKS(parent_is_itself, TREE_PARENT),
	BREAKS(root_is_red, TREE_COLOUR),
	BREAKS(leaf_is_black, TREE_BALANCE),
	BREAKS(leftmost_is_the_root, TREE_LEFTMOST),
	BREAKS(root_is_no_root, ANON_VMA_ROOT),
	{ parent_is_itself_but_no_root, RULE_ANON_VMA_ROOT,
	  { RULE_ANON_VMA_CHILDREN, RULE_ANON_VMA_DEGREE }, NO_MEMBER },
	BREAKS_WITH(anon_vma_num_children, children_more, ANON_VMA_CHILDREN),
	BREAKS_WITH(anon_vma_num_active_vmas, active_vmas_less,
		    ANON_VMA_ACTIVE),
	BREAKS_WITH(anon_vma_degree, degree_more, ANON_VMA_DEGREE),
	BREAKS(no_reference, ANON_VMA_REFCOUNT),
	BREAKS(root_lacks_references, ANON_VMA_REFCOUNT),
	BREAKS(node_of_another_frame, STABLE_NODE),
};

static bool is_among(const struct change_row *row, enum audit_rule rule)
{
	return rule == row->rule || rule == row->others[0] ||
	       rule == row->others[1];
}

START_TEST(a_change_breaks_its_rule_and_no_other)
{
	const struct change_row *row = &change_rows[_i];

	for (int like = 0; like < N_LIKES; like++) {
		struct village *village = village_new(like);
		const uint64_t *counts = village->result.findings.counts;

		if (row->needs != NO_MEMBER && !has(village, row->needs)) {
			village_free(village);
			continue;
		}
		row->change(village);
		ck_ok(audit(village));
		ck_no_gaps(&village->result.gaps);
		ck_assert_msg(counts[row->rule], "not found, but %s",
			      first_finding(village));
		for (size_t i = 0; i < N_RULES; i++)
			ck_assert_msg(!counts[i] || is_among(row, i),
				      "%s was found, too: %s",
				      audit_rule_name(i),
				      first_finding(village));
		village_free(village);
	}
}
END_TEST

/* A rule that no row breaks is a rule that nobody has tried. */
START_TEST(every_rule_is_tried)
{
	for (size_t i = 0; i < N_RULES; i++) {
		size_t n = 0;

		for (size_t j = 0; j < ARRAY_LEN(change_rows); j++)
			n += change_rows[j].rule == (enum audit_rule)i;
		ck_assert_msg(n, "no row breaks %s", audit_rule_name(i));
	}
}
END_TEST

/* Until 5.8 a memory cgroup's VMAs are in a cache of its own. */
START_TEST(a_cache_of_a_cgroup_is_no_other_cache)
{
	struct village *village = village_new(_i);

	village->world->kernel->facts.layout.members[
				M_kmem_cache_memcg_params].present = true;
	cache_is_another(village);
	ck_ok(audit(village));
	ck_assert_uint_eq(village->result.findings.counts[RULE_SLAB_CACHE], 0);
	village_free(village);
}
END_TEST

/* Whoever does not know the caches cannot tell one from the other. */
START_TEST(caches_without_symbols_are_not_compared)
{
	struct village *village = village_new(_i);

	village->world->kernel->facts.variables[
			KSYM_ANON_VMA_CHAIN_CACHEP].present = false;
	cache_is_another(village);
	ck_ok(audit(village));
	ck_assert_uint_eq(village->result.findings.counts[RULE_SLAB_CACHE], 0);
	village_free(village);
}
END_TEST

static void slab_miscounts(const struct village *village)
{
	set_free(village, village->avcs[0][1]);
	set_slab(village, village->avcs[0][1], M_slab_counters,
		 M_page_counters, ONE_IN_USE);
}

static void freelist_leads_out(const struct village *village)
{
	set_free(village, village->avcs[0][1]);
	set_slab(village, village->avcs[0][1], M_slab_freelist,
		 M_page_freelist, village->avcs[0][0].v);
}

static void slab_is_overfull(const struct village *village)
{
	set_slab(village, village->avcs[0][1], M_slab_counters,
		 M_page_counters, UINT64_MAX);
}

static void cache_has_no_size(const struct village *village)
{
	world_set(village->world, village->caches[S_anon_vma_chain],
		  M_kmem_cache_size, 0);
}

static change_fn *const slab_damages[] = {
	slab_miscounts, freelist_leads_out, slab_is_overfull,
	cache_has_no_size,
};

/* What such a slab would say of its objects is not worth an accusation. */
START_TEST(a_slab_that_makes_no_sense_is_a_gap)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct village *village = village_new(like);

		slab_damages[_i](village);
		ck_ok(audit(village));
		check_silent(village);
		ck_gap(&village->result.gaps, "slab", "");
		village_free(village);
	}
}
END_TEST

/* ---- a writer was at it ---- */

static kaddr_t root_of_family(const struct village *village)
{
	return village->anon_vmas[0];
}

static kaddr_t file_itself(const struct village *village)
{
	return village->mapping;
}

static kaddr_t second_mm(const struct village *village)
{
	return village->mms[1];
}

static const struct {
	change_fn *change;
	enum audit_rule rule;
	kaddr_t (*object)(const struct village *village);
	enum member_id count, owner;
	const char *lock;
} lock_rows[] = {
	{ augmented_is_stale, RULE_TREE_AUGMENTED, root_of_family,
	  M_anon_vma_rwsem_count, M_anon_vma_rwsem_owner, "anon_vma.rwsem" },
	{ leaf_is_cut_off, RULE_AVC_TREE, root_of_family,
	  M_anon_vma_rwsem_count, M_anon_vma_rwsem_owner, "anon_vma.rwsem" },
	{ mapcount_more, RULE_MAPCOUNT, root_of_family,
	  M_anon_vma_rwsem_count, M_anon_vma_rwsem_owner, "anon_vma.rwsem" },
	{ children_change_sides, RULE_TREE_ORDER, file_itself,
	  M_address_space_i_mmap_rwsem_count,
	  M_address_space_i_mmap_rwsem_owner, "i_mmap_rwsem" },
	{ vma_uncounted, RULE_MAP_COUNT, second_mm, M_mm_struct_mmap_lock_count,
	  M_mm_struct_mmap_lock_owner, "mmap_lock" },
};

static const struct finding *find(const struct village *village,
				  enum audit_rule rule)
{
	const struct finding_vec *list = &village->result.findings.list;

	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].rule == rule)
			return &list->items[i];
	ck_abort_msg("no finding of %s", audit_rule_name(rule));
	return NULL;
}

START_TEST(a_writer_is_named)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct village *village = village_new(like);
		kaddr_t object = lock_rows[_i].object(village);
		const struct lock_holder *holder;

		lock_rows[_i].change(village);
		world_set(village->world, object, lock_rows[_i].count, 1);
		world_set(village->world, object, lock_rows[_i].owner,
			  village->tasks[1].v | 1);
		ck_ok(audit(village));
		holder = &find(village, lock_rows[_i].rule)->holder;
		ck_assert_str_eq(holder->lock, lock_rows[_i].lock);
		ck_assert_uint_eq(holder->object.v, object.v);
		ck_assert_uint_eq(holder->task.v, village->tasks[1].v);
		ck_assert_str_eq(holder->comm, "villager");
		village_free(village);
	}
}
END_TEST

/* Readers change nothing: the word counts them from its ninth bit on. */
START_TEST(a_reader_is_no_excuse)
{
	struct village *village = village_new(_i);

	augmented_is_stale(village);
	world_set(village->world, village->anon_vmas[0],
		  M_anon_vma_rwsem_count, 0x300);
	ck_ok(audit(village));
	ck_assert_ptr_null(find(village, RULE_TREE_AUGMENTED)->holder.lock);
	village_free(village);
}
END_TEST

/* ---- the answer does not depend on who found it ---- */

START_TEST(findings_are_the_same_for_any_number_of_threads)
{
	struct village *village = village_new(LIKE_6_12);
	char *texts[2][64];
	size_t n[2];

	for (size_t i = 0; i < ARRAY_LEN(change_rows); i += 3)
		if (change_rows[i].needs == NO_MEMBER ||
		    has(village, change_rows[i].needs))
			change_rows[i].change(village);
	for (size_t run = 0; run < 2; run++) {
		const struct finding_vec *list;

		ck_ok(audit_by(village, 1 + 3 * run));
		list = &village->result.findings.list;
		n[run] = list->n;
		ck_assert_uint_lt(list->n, ARRAY_LEN(texts[0]));
		for (size_t i = 0; i < list->n; i++)
			texts[run][i] = strdup(list->items[i].detail);
	}
	ck_assert_uint_eq(n[0], n[1]);
	ck_assert_uint_gt(n[0], 5);
	for (size_t i = 0; i < n[0]; i++)
		ck_assert_str_eq(texts[0][i], texts[1][i]);
	for (size_t run = 0; run < 2; run++)
		for (size_t i = 0; i < n[run]; i++)
			free(texts[run][i]);
	village_free(village);
}
END_TEST

/* ---- pointers that lead anywhere ---- */

static kaddr_t heap_vma(const struct village *village)
{
	return village->vmas[2][HEAP_VMA].address;
}

static kaddr_t file_vma(const struct village *village)
{
	return village->vmas[0][FILE_VMA].address;
}

static kaddr_t avc(const struct village *village)
{
	return village->avcs[0][2];
}

static kaddr_t avc_rb(const struct village *village)
{
	return root_of(village, 0);
}

static kaddr_t file_rb(const struct village *village)
{
	return file_root(village);
}

static kaddr_t avc_link(const struct village *village)
{
	return member_at(village, avc(village), M_anon_vma_chain_same_vma);
}

static kaddr_t vma_list(const struct village *village)
{
	return member_at(village, heap_vma(village),
			 M_vm_area_struct_anon_vma_chain);
}

static kaddr_t grandchild(const struct village *village)
{
	return village->anon_vmas[2];
}

static kaddr_t the_file(const struct village *village)
{
	return village->file;
}

static kaddr_t common(const struct village *village)
{
	return page_of(village, COMMON);
}

static kaddr_t of_file(const struct village *village)
{
	return page_of(village, OF_FILE);
}

static kaddr_t node(const struct village *village)
{
	return village->node;
}

static kaddr_t item(const struct village *village)
{
	return village->item;
}

static kaddr_t node_rb(const struct village *village)
{
	return member_at(village, village->node, M_ksm_stable_node_node);
}

static kaddr_t slab_of_avc(const struct village *village)
{
	return page_of(village, world_frame_of(village->world, avc(village)));
}

static kaddr_t cache_of_avc(const struct village *village)
{
	return village->caches[S_anon_vma_chain];
}

static const struct {
	kaddr_t (*object)(const struct village *village);
	enum member_id member;
} hostile_rows[] = {
	{ slab_of_avc, M_slab_slab_cache },
	{ slab_of_avc, M_page_slab_cache },
	{ slab_of_avc, M_slab_freelist },
	{ slab_of_avc, M_page_freelist },
	{ cache_of_avc, M_kmem_cache_object_size },
	{ cache_of_avc, M_kmem_cache_red_left_pad },
	{ second_mm, M_mm_struct_pgd },
	{ second_mm, M_mm_struct_mmap },
	{ second_mm, M_mm_struct_ma_root },
	{ second_mm, M_mm_struct_map_count },
	{ heap_vma, M_vm_area_struct_vm_start },
	{ heap_vma, M_vm_area_struct_vm_end },
	{ heap_vma, M_vm_area_struct_vm_mm },
	{ heap_vma, M_vm_area_struct_anon_vma },
	{ vma_list, M_list_head_next },
	{ vma_list, M_list_head_prev },
	{ file_vma, M_vm_area_struct_vm_file },
	{ file_vma, M_vm_area_struct_vm_pgoff },
	{ file_vma, M_vm_area_struct_rb_subtree_last },
	{ the_file, M_file_f_mapping },
	{ avc, M_anon_vma_chain_vma },
	{ avc, M_anon_vma_chain_anon_vma },
	{ avc, M_anon_vma_chain_rb_subtree_last },
	{ avc_link, M_list_head_next },
	{ avc_link, M_list_head_prev },
	{ avc_rb, M_rb_node_left },
	{ avc_rb, M_rb_node_right },
	{ avc_rb, M_rb_node_parent_color },
	{ file_rb, M_rb_node_left },
	{ file_rb, M_rb_node_right },
	{ file_rb, M_rb_node_parent_color },
	{ root_of_family, M_anon_vma_root },
	{ root_of_family, M_anon_vma_rb_root },
	{ root_of_family, M_anon_vma_leftmost },
	{ grandchild, M_anon_vma_root },
	{ grandchild, M_anon_vma_parent },
	{ grandchild, M_anon_vma_degree },
	{ grandchild, M_anon_vma_num_children },
	{ grandchild, M_anon_vma_num_active_vmas },
	{ file_itself, M_address_space_i_mmap },
	{ file_itself, M_address_space_leftmost },
	{ common, M_page_mapping },
	{ common, M_page_index },
	{ common, M_page_mapcount },
	{ of_file, M_page_mapping },
	{ node, M_ksm_stable_node_kpfn },
	{ node, M_ksm_stable_node_hlist },
	{ node, M_ksm_stable_node_rmap_hlist_len },
	{ node_rb, M_rb_node_left },
	{ node_rb, M_rb_node_right },
	{ item, M_ksm_rmap_item_anon_vma },
	{ item, M_ksm_rmap_item_address },
};

enum value {
	ITSELF, ODD, BESIDE, ANOTHER_TYPE, USER, NOT_CANONICAL, ALL_ONES,
	NO_MEMORY_THERE, N_VALUES
};

static uint64_t hostile(const struct village *village, kaddr_t object,
			enum value value)
{
	switch (value) {
	case ITSELF:
		return object.v;
	case ODD:
		return object.v + 3;
	case BESIDE:
		return object.v + 8;
	case ANOTHER_TYPE:
		return village->tasks[0].v;
	case USER:
		return HEAP + 0x1000;
	case NOT_CANONICAL:
		return 0x8000000000001000;
	case ALL_ONES:
		return UINT64_MAX;
	case NO_MEMORY_THERE:
		return object.v + (512 << 20);
	case N_VALUES:
		break;
	}
	return 0;
}

/* It ends, with at most so many words, and not without any. */
static void check_hostile(struct village *village, size_t row,
			  enum value value)
{
	enum status st = audit(village);

	ck_assert_msg(st || count_findings(village) ||
		      gaps_count(&village->result.gaps),
		      "row %zu with value %d: not a word", row, value);
	ck_assert_uint_le(village->result.findings.list.n,
			  N_RULES * FINDINGS_TOLD);
	ck_assert_uint_lt(gaps_count(&village->result.gaps), 1000);
}

static void try_values(struct village *village, size_t row)
{
	kaddr_t object = hostile_rows[row].object(village);
	enum member_id member = hostile_rows[row].member;
	uint64_t healthy = world_get(village->world, object, member);

	for (int i = 0; i < N_VALUES; i++) {
		world_set(village->world, object, member,
			  hostile(village, object, i));
		if (world_get(village->world, object, member) != healthy)
			check_hostile(village, row, i);
	}
	world_set(village->world, object, member, healthy);
}

START_TEST(a_pointer_that_leads_anywhere_is_said)
{
	struct village *village = village_new(_i);

	for (size_t row = 0; row < ARRAY_LEN(hostile_rows); row++)
		if (has(village, hostile_rows[row].member))
			try_values(village, row);
	ck_ok(audit(village));
	check_silent(village);
	village_free(village);
}
END_TEST

/* ---- what was not seen accuses nobody ---- */

static const enum status faults[] = { ST_EXCLUDED, ST_IO };

START_TEST(what_cannot_be_read_accuses_nobody)
{
	struct village *village = village_new(_i);
	const struct pfn_vec *pages = &village->world->pages;
	size_t n_noticed = 0;

	for (size_t i = 0; i < 2 * pages->n; i++) {
		uint64_t frame = pages->items[i / 2];
		enum status st;

		world_fail_frame(village->world, frame, faults[i % 2]);
		st = audit(village);
		ck_assert_msg(!count_findings(village),
			      "frame %#llx failing: %s",
			      (unsigned long long)frame,
			      first_finding(village));
		n_noticed += st || gaps_count(&village->result.gaps);
		world_fail_frame(village->world, frame, ST_OK);
	}
	/* Each AVC, VMA and anon_vma, at least. */
	ck_assert_uint_ge(n_noticed, 2 * (7 + N * N_VMAS + N));
	village_free(village);
}
END_TEST

/* ---- the caller wants an end ---- */

/* When he is asked for the nth time. */
struct caller {
	size_t patience;
};

static bool is_tired(void *arg)
{
	struct caller *caller = arg;

	return !caller->patience || !--caller->patience;
}

static void check_partial(const struct village *village,
			  const struct audit_result *whole, size_t patience)
{
	const struct audit_result *part = &village->result;
	bool partial = audit_is_partial(part);

	for (size_t i = 0; i < N_RULES; i++) {
		uint64_t found = part->findings.counts[i];
		uint64_t is = whole->findings.counts[i];

		ck_assert_msg(audit_rule_is_checked(part, i) ? found == is :
			      partial && found <= is,
			      "stopped at question %zu: %s %llu times, not %llu",
			      patience, audit_rule_name(i),
			      (unsigned long long)found,
			      (unsigned long long)is);
	}
	ck_assert_uint_eq(gaps_count(&part->gaps),
			  gaps_count(&whole->gaps) + partial);
	ck_assert_uint_le(part->extent.n_spaces, whole->extent.n_spaces);
	ck_assert_uint_le(part->extent.n_anon_vmas, whole->extent.n_anon_vmas);
}

/* At each question; the last one comes when all is done. */
static void stop_anywhere(struct village *village, size_t n_workers)
{
	struct kernel *kernel = village->world->kernel;
	struct caller caller;
	const struct log log = { .cancelled = is_tired, .arg = &caller };
	struct audit_result whole;
	size_t patience = 0;

	ck_ok(audit(village));
	whole = village->result;
	village->result = (struct audit_result) { 0 };
	kernel->log = &log;
	do {
		caller.patience = ++patience;
		ck_ok(audit_by(village, n_workers));
		check_partial(village, &whole, patience);
	} while (audit_is_partial(&village->result));
	kernel->log = NULL;
	audit_result_fini(&whole);
	/* Some for each step: sections, spaces, trees, sections again. */
	ck_assert_uint_gt(patience, n_workers > 1 ? 2 : 2 + N + N + 2);
}

START_TEST(who_stops_gets_no_false_findings)
{
	struct village *village = village_new(_i);

	stop_anywhere(village, 1);
	stop_anywhere(village, 3);
	village_free(village);
}
END_TEST

START_TEST(who_stops_gets_what_was_found)
{
	const struct change_row *row = &change_rows[_i];

	for (int like = 0; like < N_LIKES; like++) {
		struct village *village = village_new(like);

		if (row->needs == NO_MEMBER || has(village, row->needs)) {
			row->change(village);
			stop_anywhere(village, 1);
		}
		village_free(village);
	}
}
END_TEST

static const struct test tests[] = {
	EACH_LIKE(nothing_is_found_in_a_healthy_kernel),
	ROWS(a_change_breaks_its_rule_and_no_other, change_rows),
	PLAIN(every_rule_is_tried),
	EACH_LIKE(a_cache_of_a_cgroup_is_no_other_cache),
	EACH_LIKE(caches_without_symbols_are_not_compared),
	ROWS(a_slab_that_makes_no_sense_is_a_gap, slab_damages),
	ROWS(a_writer_is_named, lock_rows),
	EACH_LIKE(a_reader_is_no_excuse),
	PLAIN(findings_are_the_same_for_any_number_of_threads),
	EACH_LIKE(a_pointer_that_leads_anywhere_is_said),
	EACH_LIKE(what_cannot_be_read_accuses_nobody),
	EACH_LIKE(who_stops_gets_no_false_findings),
	ROWS(who_stops_gets_what_was_found, change_rows),
};

int main(void)
{
	return run_suite("audit", tests, ARRAY_LEN(tests));
}
