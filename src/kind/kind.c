/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests that tell kinds apart, in the order in which they mean something. */
#include "kind/kind.h"

#include "kind/page_type.h"
#include "mm/swap.h"

/* A struct page that nobody has ever filled in (PAGE_POISON_PATTERN). */
static bool is_uninitialized(const struct kernel *kernel,
			     const struct page *page)
{
	(void)kernel;
	return page->flags == ~0ULL;
}

static bool is_hugetlb(const struct kernel *kernel, const struct page *page)
{
	(void)kernel;
	return page->hugetlb;
}

static bool is_slab_by_flag(const struct kernel *kernel,
			    const struct page *page)
{
	return page_flag(kernel, page, E_PG_slab);
}

static bool is_reserved(const struct kernel *kernel, const struct page *page)
{
	return page_flag(kernel, page, E_PG_reserved);
}

static bool is_ksm(const struct kernel *kernel, const struct page *page)
{
	(void)kernel;
	return (page->mapping & MAPPING_FLAGS) == MAPPING_KSM;
}

static bool is_anon(const struct kernel *kernel, const struct page *page)
{
	(void)kernel;
	/* 1 alone marks pages that DAX files share (6.1 to 6.14). */
	return (page->mapping & MAPPING_FLAGS) == MAPPING_ANON &&
	       page_mapping_pointer(page).v;
}

/* The other low bit alone: PAGE_MAPPING_MOVABLE, until 6.16. */
static bool is_movable(const struct kernel *kernel, const struct page *page)
{
	return (page->mapping & MAPPING_FLAGS) == MAPPING_MOVABLE &&
	       !kernel->facts.layout.has_enumerator[E_PG_movable_ops];
}

static bool is_in_file(const struct page *page)
{
	return page->mapping && !(page->mapping & MAPPING_FLAGS);
}

/* Only pages that can go to swap have the flag: shmem, among those of files. */
static bool is_shmem(const struct kernel *kernel, const struct page *page)
{
	return is_in_file(page) && page_flag(kernel, page, E_PG_swapbacked);
}

static bool is_file(const struct kernel *kernel, const struct page *page)
{
	(void)kernel;
	return is_in_file(page);
}

/*
 * Shared memory on its way to swap has left its file (shmem_writepage()); the
 * flag means that only where it stands beside the other.
 */
static bool is_swap_cache(const struct kernel *kernel, const struct page *page)
{
	return !page->mapping && page_in_swap_cache(kernel, page);
}

/* Taken out of use: nobody has it any more but memory_failure(). */
static bool is_hwpoison(const struct kernel *kernel, const struct page *page)
{
	return page_flag(kernel, page, E_PG_hwpoison);
}

/* Memory of a device: one that is mapped to users is anonymous or of a file. */
static bool is_device(const struct kernel *kernel, const struct page *page)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout->has_enumerator[E_ZONE_DEVICE] &&
	       page_zone(kernel, page) ==
	       (int)layout->enumerators[E_ZONE_DEVICE];
}

/* Nothing refers to it: free behind the head of its block, or on a CPU's list. */
static bool is_unused(const struct kernel *kernel, const struct page *page)
{
	(void)kernel;
	return !page->refcount && !page->mapping;
}

static bool is_any(const struct kernel *kernel, const struct page *page)
{
	(void)kernel;
	(void)page;
	return true;
}

struct kind_test {
	enum page_kind kind;
	bool (*is)(const struct kernel *kernel, const struct page *page);
};

/*
 * The order matters: a type or the slab flag gives the other words another
 * meaning, and a hugetlb page is anonymous or of a file besides.
 */
static const struct kind_test before_types[] = {
	{ KIND_UNINITIALIZED, is_uninitialized },
	{ KIND_HUGETLB, is_hugetlb },
	{ KIND_FREE, page_is_buddy },
	{ KIND_SLAB, is_slab_by_flag },
};

static const enum page_kind kinds_of_types[N_TYPES] = {
	[TYPE_OFFLINE] = KIND_OFFLINE,
	[TYPE_TABLE] = KIND_PAGE_TABLE,
	[TYPE_GUARD] = KIND_GUARD,
	[TYPE_SLAB] = KIND_SLAB,
	[TYPE_ZSMALLOC] = KIND_ZSMALLOC,
	[TYPE_UNACCEPTED] = KIND_UNACCEPTED,
	[TYPE_LARGE_KMALLOC] = KIND_KMALLOC,
};

static const struct kind_test behind_types[] = {
	{ KIND_TYPED, page_is_typed },
	{ KIND_RESERVED, is_reserved },
	{ KIND_KSM, is_ksm },
	{ KIND_ANON, is_anon },
	{ KIND_MOVABLE, is_movable },
	{ KIND_SHMEM, is_shmem },
	{ KIND_FILE, is_file },
	{ KIND_SWAP_CACHE, is_swap_cache },
	{ KIND_HWPOISON, is_hwpoison },
	{ KIND_DEVICE, is_device },
	{ KIND_FREE, is_unused },
	{ KIND_KERNEL, is_any },
};

#define N_TESTS(tests)	(sizeof(tests) / sizeof((tests)[0]))

static const struct kind_test *first_met(const struct kind_test *tests,
					 size_t n, const struct kernel *kernel,
					 const struct page *page)
{
	for (size_t i = 0; i < n; i++)
		if (tests[i].is(kernel, page))
			return &tests[i];
	return NULL;
}

enum page_kind page_kind(const struct kernel *kernel, const struct page *page)
{
	const struct kind_test *met = first_met(before_types,
						N_TESTS(before_types),
						kernel, page);
	enum page_type type;

	if (met)
		return met->kind;
	type = page_type(kernel, page);
	if (type != TYPE_NONE)
		return kinds_of_types[type];
	return first_met(behind_types, N_TESTS(behind_types), kernel,
			 page)->kind;
}

struct kind_row {
	const char *name;
	enum rmap_type rmap;	/* of hugetlb see page_rmap_type() */
};

static const struct kind_row kinds[N_KINDS] = {
	[KIND_NO_PAGE] = { "no-page", RMAP_NOT_KEPT },
	[KIND_UNREADABLE] = { "unreadable", RMAP_NOT_KEPT },
	[KIND_UNINITIALIZED] = { "uninitialized", RMAP_NOT_KEPT },
	[KIND_ANON] = { "anon", RMAP_ANON },
	[KIND_KSM] = { "ksm", RMAP_KSM },
	[KIND_FILE] = { "file", RMAP_FILE },
	[KIND_SHMEM] = { "shmem", RMAP_FILE },
	[KIND_SWAP_CACHE] = { "swap-cache", RMAP_NOT_KEPT },
	[KIND_HUGETLB] = { "hugetlb", RMAP_NONE_POSSIBLE },
	[KIND_HWPOISON] = { "hwpoison", RMAP_NOT_KEPT },
	[KIND_DEVICE] = { "device", RMAP_NOT_KEPT },
	[KIND_FREE] = { "free", RMAP_NONE_POSSIBLE },
	[KIND_SLAB] = { "slab", RMAP_NONE_POSSIBLE },
	[KIND_KMALLOC] = { "kmalloc", RMAP_NOT_KEPT },
	[KIND_PAGE_TABLE] = { "page-table", RMAP_NONE_POSSIBLE },
	[KIND_GUARD] = { "guard", RMAP_NONE_POSSIBLE },
	[KIND_OFFLINE] = { "offline", RMAP_NONE_POSSIBLE },
	[KIND_ZSMALLOC] = { "zsmalloc", RMAP_NONE_POSSIBLE },
	[KIND_UNACCEPTED] = { "unaccepted", RMAP_NONE_POSSIBLE },
	[KIND_MOVABLE] = { "movable", RMAP_NOT_KEPT },
	[KIND_TYPED] = { "typed", RMAP_NOT_KEPT },
	[KIND_ZERO] = { "zero", RMAP_NOT_KEPT },
	[KIND_HUGE_ZERO] = { "huge-zero", RMAP_NOT_KEPT },
	[KIND_PERCPU] = { "percpu", RMAP_NONE_POSSIBLE },
	[KIND_STACK] = { "stack", RMAP_NONE_POSSIBLE },
	[KIND_VMALLOC] = { "vmalloc", RMAP_NOT_KEPT },
	[KIND_MODULE] = { "module", RMAP_NONE_POSSIBLE },
	[KIND_MEMMAP] = { "memmap", RMAP_NONE_POSSIBLE },
	[KIND_CPU_ENTRY] = { "cpu-entry", RMAP_NONE_POSSIBLE },
	[KIND_IMAGE] = { "kernel-image", RMAP_NOT_KEPT },
	[KIND_OWNED] = { "owned", RMAP_NOT_KEPT },
	[KIND_RESERVED] = { "reserved", RMAP_NOT_KEPT },
	[KIND_KERNEL] = { "kernel", RMAP_NOT_KEPT },
};

const char *page_kind_name(enum page_kind kind)
{
	return kinds[kind].name;
}

/* ---- details ---- */

/* A page of the pool that nobody has taken: it is in no file and has no user. */
static void hugetlb_details(const struct kernel *kernel,
			    const struct page *page, struct details *details)
{
	(void)kernel;
	details_text(details, "pool", "%s", page->refcount || page->mapping ?
		     "in use" : "free");
}

/* Balloons give pages to the hypervisor and can move them. */
static void offline_details(const struct kernel *kernel,
			    const struct page *page, struct details *details)
{
	if (is_movable(kernel, page) ||
	    page_flag(kernel, page, E_PG_movable_ops))
		details_text(details, "by", "balloon");
}

static void movable_details(const struct kernel *kernel,
			    const struct page *page, struct details *details)
{
	(void)kernel;
	details_address(details, "ops", page_mapping_pointer(page).v);
}

static void typed_details(const struct kernel *kernel, const struct page *page,
			  struct details *details)
{
	(void)kernel;
	details_text(details, "type", "%#x", page->type_word);
}

static void (*const describers[N_KINDS])(const struct kernel *kernel,
					 const struct page *page,
					 struct details *details) = {
	[KIND_HUGETLB] = hugetlb_details,
	[KIND_OFFLINE] = offline_details,
	[KIND_MOVABLE] = movable_details,
	[KIND_TYPED] = typed_details,
};

void page_details(const struct kernel *kernel, enum page_kind kind,
		  const struct page *page, struct details *details)
{
	if (describers[kind])
		describers[kind](kernel, page, details);
}

/* ---- the reverse map ---- */

enum rmap_type page_rmap_type(enum page_kind kind, const struct page *page)
{
	if (kind != KIND_HUGETLB)
		return kinds[kind].rmap;
	if ((page->mapping & MAPPING_FLAGS) == MAPPING_ANON)
		return RMAP_ANON;
	return is_in_file(page) ? RMAP_FILE : RMAP_NONE_POSSIBLE;
}

bool page_keeps_rmap(enum page_kind kind, const struct page *page)
{
	enum rmap_type type = page_rmap_type(kind, page);

	return type != RMAP_NONE_POSSIBLE && type != RMAP_NOT_KEPT;
}

bool page_has_count(const struct page *page, enum page_kind kind)
{
	return page_has_mapcount(page) && page_keeps_rmap(kind, page);
}
