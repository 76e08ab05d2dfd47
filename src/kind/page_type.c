/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Four schemes: a value in the top byte since 6.12, and before it one bit a
 * type, cleared in a word of ones, at three sets of places.
 */
#include "kind/page_type.h"

enum scheme {
	SCHEME_KMEMCG,		/* 4.18 to 5.10 */
	SCHEME_LOW,		/* 5.11 to 6.10: bit 0x200 was given up */
	SCHEME_HIGH,		/* 6.11 */
	N_BIT_SCHEMES,
	SCHEME_BYTE = N_BIT_SCHEMES,	/* 6.12 */
	SCHEME_UNKNOWN,
};

/* Bits that are set in the word of each typed page: PAGE_TYPE_BASE. */
static const uint32_t bases[N_BIT_SCHEMES] = {
	[SCHEME_KMEMCG] = 0xf0000000,
	[SCHEME_LOW] = 0xf0000000,
	[SCHEME_HIGH] = 0x80000000,
};

#define PG_KMEMCG	0x200u	/* until 5.10: charged, whatever else it is */

/* What PAGE_BUDDY_MAPCOUNT_VALUE says where the others are macros. */
#define BUDDY_LOW	(~0x00000080u)
#define BUDDY_HIGH	(~0x40000000u)

struct type_row {
	enum page_type type;
	enum enumerator_id pgty;
	uint32_t bits[N_BIT_SCHEMES];	/* 0: no such type */
};

static const struct type_row rows[] = {
	{ TYPE_OFFLINE, E_PGTY_offline, { 0x100, 0x100, 0x20000000 } },
	{ TYPE_TABLE, E_PGTY_table, { 0x400, 0x200, 0x10000000 } },
	{ TYPE_GUARD, E_PGTY_guard, { 0x800, 0x400, 0x08000000 } },
	/* A flag until 6.9. */
	{ TYPE_SLAB, E_PGTY_slab, { 0, 0x1000, 0x02000000 } },
	{ TYPE_ZSMALLOC, E_PGTY_zsmalloc, { 0, 0, 0x01000000 } },
	{ TYPE_UNACCEPTED, E_PGTY_unaccepted, { 0, 0, 0 } },
	{ TYPE_LARGE_KMALLOC, E_PGTY_large_kmalloc, { 0, 0, 0 } },
};

#define N_ROWS	(sizeof(rows) / sizeof(rows[0]))

/*
 * The bits were macros, so other things have to tell which they are.
 * PG_kmemcg went together with page.mem_cgroup (18b2db3b0385, 5.11); of a
 * kernel without memory cgroups nothing tells.
 */
static enum scheme scheme_of(const struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;

	if (layout->has_enumerator[E_PGTY_buddy])
		return SCHEME_BYTE;
	if (!kernel->buddy_type.known)
		return SCHEME_UNKNOWN;
	if ((uint32_t)kernel->buddy_type.value == BUDDY_HIGH)
		return SCHEME_HIGH;
	if ((uint32_t)kernel->buddy_type.value != BUDDY_LOW)
		return SCHEME_UNKNOWN;
	if (layout_has(layout, M_page_mem_cgroup))
		return SCHEME_KMEMCG;
	return layout_has(layout, M_page_memcg_data) ? SCHEME_LOW :
						       SCHEME_UNKNOWN;
}

static bool has_bit(enum scheme scheme, uint32_t word, uint32_t bit)
{
	return bit && (word & (bases[scheme] | bit)) == bases[scheme];
}

static bool row_matches(const struct kernel *kernel, const struct page *page,
			enum scheme scheme, const struct type_row *row)
{
	if (scheme == SCHEME_BYTE)
		return page_is_type(kernel, page, row->pgty);
	return has_bit(scheme, page->type_word, row->bits[scheme]);
}

enum page_type page_type(const struct kernel *kernel, const struct page *page)
{
	enum scheme scheme;

	if (!page_has_type(kernel, page))
		return TYPE_NONE;
	scheme = scheme_of(kernel);
	if (scheme == SCHEME_UNKNOWN)
		return TYPE_NONE;
	for (size_t i = 0; i < N_ROWS; i++)
		if (row_matches(kernel, page, scheme, &rows[i]))
			return rows[i].type;
	return TYPE_NONE;
}

bool page_is_typed(const struct kernel *kernel, const struct page *page)
{
	uint32_t word = page->type_word;

	if (scheme_of(kernel) == SCHEME_KMEMCG &&
	    has_bit(SCHEME_KMEMCG, word, PG_KMEMCG) && (word | PG_KMEMCG) == ~0u)
		return false;
	return page_has_type(kernel, page);
}
