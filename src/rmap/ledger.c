/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rmap/ledger.h"

/* One pin of a page that is alone counts for this many (GUP_PIN_COUNTING_BIAS). */
#define PIN_BIAS	1024

static const char *const names[N_HOLDERS] = {
	[HOLDER_MAPPINGS] = "mappings",
	[HOLDER_PAGE_CACHE] = "page cache",
	[HOLDER_SWAP_CACHE] = "swap cache",
	[HOLDER_PRIVATE] = "private",
	[HOLDER_PINS] = "pinned references",
	[HOLDER_OFF_LRU] = "off the LRU",
};

const char *holder_name(enum holder holder)
{
	return names[holder];
}

static bool is_in_file(enum page_kind kind, const struct page *page)
{
	return kind == KIND_FILE || kind == KIND_SHMEM ||
	       (kind == KIND_HUGETLB && page->mapping &&
		!page_is_anonymous(page));
}

static bool is_users(enum page_kind kind)
{
	return kind == KIND_ANON || kind == KIND_KSM || kind == KIND_FILE ||
	       kind == KIND_SHMEM || kind == KIND_HUGETLB;
}

/* The page cache held a hugetlb folio once until 6.6, as it counted them. */
static int64_t in_page_cache(const struct kernel *kernel, enum page_kind kind,
			     const struct page *page)
{
	if (!is_in_file(kind, page))
		return 0;
	if (kind == KIND_HUGETLB &&
	    kernel->facts.variables[KSYM_HUGETLB_BASEPAGE_INDEX].present)
		return 1;
	return 1LL << page->order;
}

/* The bit alone means something else to some file systems (PG_checked). */
static int64_t in_swap_cache(const struct kernel *kernel, enum page_kind kind,
			     const struct page *page)
{
	return kind != KIND_HUGETLB &&
	       page_flag(kernel, page, E_PG_swapbacked) &&
	       page_flag(kernel, page, E_PG_swapcache) ?
	       1LL << page->order : 0;
}

/* hugetlb has uses of its own for the bit; anonymous pages never have it. */
static int64_t held_privately(const struct kernel *kernel, enum page_kind kind,
			      const struct page *page)
{
	return (kind == KIND_FILE || kind == KIND_SHMEM) &&
	       page_flag(kernel, page, E_PG_private);
}

/* Since 5.7; before, such references are as any others. */
static bool kernel_pins(const struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout_has(layout, M_page_hpage_pinned_refcount) ||
	       layout_has(layout, M_page_compound_pincount) ||
	       layout_has(layout, M_folio_pincount);
}

/* A large folio counts its pins apart, and each holds one reference. */
static int64_t pins_of(const struct kernel *kernel, const struct page *page,
		       int64_t others)
{
	if (page->counts_pins)
		return page->pincount;
	if (!kernel_pins(kernel))
		return 0;
	return others >= PIN_BIAS ? others / PIN_BIAS * PIN_BIAS : 0;
}

static int64_t off_lru(const struct kernel *kernel, enum page_kind kind,
		       const struct page *page, int64_t others)
{
	return kind != KIND_HUGETLB && others > 0 &&
	       !page_flag(kernel, page, E_PG_lru);
}

struct ledger ledger_of(const struct kernel *kernel, enum page_kind kind,
			const struct page *page)
{
	struct ledger ledger = { .known = is_users(kind) &&
					  page->has_folio_mapcount };
	int64_t *held = ledger.held, *others = &ledger.unexplained;

	if (!ledger.known)
		return ledger;
	held[HOLDER_MAPPINGS] = page->folio_mapcount;
	held[HOLDER_PAGE_CACHE] = in_page_cache(kernel, kind, page);
	held[HOLDER_SWAP_CACHE] = in_swap_cache(kernel, kind, page);
	held[HOLDER_PRIVATE] = held_privately(kernel, kind, page);
	*others = page->refcount;
	for (size_t i = 0; i < N_HOLDERS; i++)
		*others -= held[i];
	held[HOLDER_PINS] = pins_of(kernel, page, *others);
	*others -= held[HOLDER_PINS];
	held[HOLDER_OFF_LRU] = off_lru(kernel, kind, page, *others);
	*others -= held[HOLDER_OFF_LRU];
	return ledger;
}
