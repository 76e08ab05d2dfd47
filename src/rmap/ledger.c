/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rmap/ledger.h"

#include "mm/swap.h"

/* One pin of a page that is alone counts for this many (GUP_PIN_COUNTING_BIAS). */
#define PIN_BIAS	1024

static const char *const names[N_HOLDERS] = {
	[HOLDER_MAPPINGS] = "mappings",
	[HOLDER_PAGE_CACHE] = "page cache",
	[HOLDER_SWAP_CACHE] = "swap cache",
	[HOLDER_PRIVATE] = "private",
	[HOLDER_DEVICE] = "device memory",
	[HOLDER_PINS] = "pinned references",
	[HOLDER_PRIVATE_2] = "private_2",
	[HOLDER_POISON] = "memory failure",
	[HOLDER_OFF_LRU] = "isolated or in an LRU batch",
	[HOLDER_FROZEN] = "frozen",
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

bool ledger_is_for(enum page_kind kind)
{
	return kind == KIND_ANON || kind == KIND_KSM || kind == KIND_FILE ||
	       kind == KIND_SHMEM || kind == KIND_SWAP_CACHE ||
	       kind == KIND_HUGETLB;
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

static int64_t in_swap_cache(const struct kernel *kernel, enum page_kind kind,
			     const struct page *page)
{
	return kind != KIND_HUGETLB && page_in_swap_cache(kernel, page) ?
	       1LL << page->order : 0;
}

/* hugetlb has uses of its own for the bit; anonymous pages never have it. */
static int64_t held_privately(const struct kernel *kernel, enum page_kind kind,
			      const struct page *page)
{
	return (kind == KIND_FILE || kind == KIND_SHMEM) &&
	       page_flag(kernel, page, E_PG_private);
}

/*
 * Device memory that a process has was never down to no reference until 5.17
 * (27674ef6c73f); 5.18 moved the counter of pins, too.
 */
static int64_t held_for_device(const struct kernel *kernel,
			       enum page_kind kind, const struct page *page)
{
	const struct layout *layout = &kernel->facts.layout;

	return kind == KIND_ANON && layout->has_enumerator[E_ZONE_DEVICE] &&
	       page_zone(kernel, page) == layout->enumerators[E_ZONE_DEVICE] &&
	       !layout_has(layout, M_page_compound_pincount) &&
	       !layout_has(layout, M_folio_pincount);
}

/* What follows explains references that nothing above holds: others. */

/* Since 5.7; before, such references are as any others. */
static bool kernel_pins(const struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout_has(layout, M_page_hpage_pinned_refcount) ||
	       layout_has(layout, M_page_compound_pincount) ||
	       layout_has(layout, M_folio_pincount);
}

/* A large folio counts its pins apart, and each holds one reference. */
static int64_t pins_of(const struct kernel *kernel, enum page_kind kind,
		       const struct page *page, int64_t others)
{
	(void)kind;
	if (page->counts_pins)
		return page->pincount;
	if (!kernel_pins(kernel))
		return 0;
	return others >= PIN_BIAS ? others / PIN_BIAS * PIN_BIAS : 0;
}

/*
 * folio_start_fscache() takes one since 5.13; before, and for other users of
 * the bit, there is none.
 */
static int64_t held_by_cache(const struct kernel *kernel, enum page_kind kind,
			     const struct page *page, int64_t others)
{
	return kind == KIND_FILE && others > 0 &&
	       page_flag(kernel, page, E_PG_private_2);
}

/* A page that is no part of a folio; a folio's flags are those of its head. */
static int64_t held_as_poisoned(const struct kernel *kernel,
				enum page_kind kind, const struct page *page,
				int64_t others)
{
	(void)kind;
	return !page->order && others > 0 &&
	       page_flag(kernel, page, E_PG_hwpoison);
}

static int64_t off_lru(const struct kernel *kernel, enum page_kind kind,
		       const struct page *page, int64_t others)
{
	return kind != KIND_HUGETLB && others > 0 &&
	       !page_flag(kernel, page, E_PG_lru);
}

/* The sum, less those that are held. */
static int64_t not_held(const struct page *page, const struct ledger *ledger)
{
	int64_t others = page->refcount;

	for (size_t i = 0; i < N_HOLDERS; i++)
		others -= ledger->held[i];
	return others;
}

static void freeze(const struct page *page, struct ledger *ledger)
{
	int64_t missing = not_held(page, ledger);

	ledger->frozen = !page->refcount && missing < 0;
	if (ledger->frozen)
		ledger->held[HOLDER_FROZEN] = missing;
}

static int64_t count_pins(const struct page *page, const struct ledger *ledger)
{
	int64_t held = ledger->held[HOLDER_PINS];

	return page->counts_pins ? held : held / PIN_BIAS;
}

static void explain_others(const struct kernel *kernel, enum page_kind kind,
			   const struct page *page, struct ledger *ledger)
{
	static const struct {
		enum holder holder;
		int64_t (*count)(const struct kernel *kernel,
				 enum page_kind kind, const struct page *page,
				 int64_t others);
	} rows[] = {
		{ HOLDER_PINS, pins_of },
		{ HOLDER_PRIVATE_2, held_by_cache },
		{ HOLDER_POISON, held_as_poisoned },
		{ HOLDER_OFF_LRU, off_lru },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ledger->held[rows[i].holder] =
			rows[i].count(kernel, kind, page,
				      not_held(page, ledger));
}

struct ledger ledger_of(const struct kernel *kernel, enum page_kind kind,
			const struct page *page)
{
	struct ledger ledger = { .known = ledger_is_for(kind) &&
					  page->has_folio_mapcount };
	int64_t *held = ledger.held;

	if (!ledger.known)
		return ledger;
	held[HOLDER_MAPPINGS] = page->folio_mapcount;
	held[HOLDER_PAGE_CACHE] = in_page_cache(kernel, kind, page);
	held[HOLDER_SWAP_CACHE] = in_swap_cache(kernel, kind, page);
	held[HOLDER_PRIVATE] = held_privately(kernel, kind, page);
	held[HOLDER_DEVICE] = held_for_device(kernel, kind, page);
	freeze(page, &ledger);
	if (!ledger.frozen)
		explain_others(kernel, kind, page, &ledger);
	ledger.pins = count_pins(page, &ledger);
	ledger.unexplained = not_held(page, &ledger);
	return ledger;
}
