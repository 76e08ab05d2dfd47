/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests that tell kinds apart, in the order in which they mean something. */
#include "kind/kind.h"

static bool is_slab(const struct kernel *kernel, const struct page *page)
{
	return page_flag(kernel, page, E_PG_slab) ||
	       page_is_type(kernel, page, E_PGTY_slab);
}

static bool is_page_table(const struct kernel *kernel, const struct page *page)
{
	return page_is_type(kernel, page, E_PGTY_table);
}

static bool is_hugetlb(const struct kernel *kernel, const struct page *page)
{
	(void)kernel;
	return page->hugetlb;
}

static bool is_typed(const struct kernel *kernel, const struct page *page)
{
	return page_has_type(kernel, page);
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
static const struct kind_test tests[] = {
	{ KIND_HUGETLB, is_hugetlb },
	{ KIND_FREE, page_is_buddy },
	{ KIND_SLAB, is_slab },
	{ KIND_PAGE_TABLE, is_page_table },
	{ KIND_TYPED, is_typed },
	{ KIND_RESERVED, is_reserved },
	{ KIND_KSM, is_ksm },
	{ KIND_ANON, is_anon },
	{ KIND_SHMEM, is_shmem },
	{ KIND_FILE, is_file },
	{ KIND_FREE, is_unused },
	{ KIND_OTHER, is_any },
};

enum page_kind page_kind(const struct kernel *kernel, const struct page *page)
{
	size_t i = 0;

	while (!tests[i].is(kernel, page))
		i++;
	return tests[i].kind;
}

static const char *const names[N_KINDS] = {
	[KIND_NO_PAGE] = "no-page",
	[KIND_UNREADABLE] = "unreadable",
	[KIND_ANON] = "anon",
	[KIND_KSM] = "ksm",
	[KIND_FILE] = "file",
	[KIND_SHMEM] = "shmem",
	[KIND_HUGETLB] = "hugetlb",
	[KIND_FREE] = "free",
	[KIND_SLAB] = "slab",
	[KIND_PAGE_TABLE] = "page-table",
	[KIND_TYPED] = "typed",
	[KIND_RESERVED] = "reserved",
	[KIND_OTHER] = "other",
};

const char *page_kind_name(enum page_kind kind)
{
	return names[kind];
}

/* ---- details ---- */

/* Only the first frame of a block knows its size (buddy_order()). */
static void free_details(const struct kernel *kernel, const struct page *page,
			 struct details *details)
{
	if (page_is_buddy(kernel, page))
		details_number(details, "order", page->private);
}

static void (*const describers[N_KINDS])(const struct kernel *kernel,
					 const struct page *page,
					 struct details *details) = {
	[KIND_FREE] = free_details,
};

void page_details(const struct kernel *kernel, enum page_kind kind,
		  const struct page *page, struct details *details)
{
	if (describers[kind])
		describers[kind](kernel, page, details);
}

/* ---- the reverse map ---- */

static const enum rmap_type rmap_types[N_KINDS] = {
	[KIND_NO_PAGE] = RMAP_NOT_KEPT,
	[KIND_UNREADABLE] = RMAP_NOT_KEPT,
	[KIND_ANON] = RMAP_ANON,
	[KIND_KSM] = RMAP_KSM,
	[KIND_FILE] = RMAP_FILE,
	[KIND_SHMEM] = RMAP_FILE,
	[KIND_FREE] = RMAP_NONE_POSSIBLE,
	[KIND_SLAB] = RMAP_NONE_POSSIBLE,
	[KIND_PAGE_TABLE] = RMAP_NONE_POSSIBLE,
	[KIND_TYPED] = RMAP_NOT_KEPT,
	[KIND_RESERVED] = RMAP_NOT_KEPT,
	[KIND_OTHER] = RMAP_NOT_KEPT,
};

enum rmap_type page_rmap_type(enum page_kind kind, const struct page *page)
{
	if (kind != KIND_HUGETLB)
		return rmap_types[kind];
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
