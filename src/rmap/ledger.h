/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who holds the references of a folio.
 *
 * The kernel counts them without saying whose they are; but for pages of users
 * it knows how many there should be, since migration depends on it
 * (folio_expected_ref_count() of 6.16 and later, expected_page_refs() before).
 * What is above that is a pin, or somebody who looks at the page at that
 * moment.
 *
 * A KSM stable node holds none ("keyhole" in mm/ksm.c). Who has taken a folio
 * off the LRU, or keeps it in a CPU's batch for it, struct page does not tell
 * apart: both hold one reference and clear PG_lru. A folio without references
 * that is in use is frozen (folio_ref_freeze()): the one who froze it had
 * made sure that there were as many as there should be.
 */
#ifndef RMAP_INSPECT_RMAP_LEDGER_H
#define RMAP_INSPECT_RMAP_LEDGER_H

#include "mm/page.h"
#include "kind/kind.h"

enum holder {
	HOLDER_MAPPINGS,	/* one for each page-table entry */
	HOLDER_PAGE_CACHE,
	HOLDER_SWAP_CACHE,
	HOLDER_PRIVATE,		/* of the file system: buffer heads and such */
	HOLDER_DEVICE,		/* of device memory, until 5.17 */
	HOLDER_PINS,		/* pin_user_pages(); 1024 for each of a small page */
	HOLDER_PRIVATE_2,	/* a local cache of a network file system */
	HOLDER_POISON,		/* memory_failure(), which keeps it from use */
	HOLDER_OFF_LRU,		/* isolated from its list, or in a CPU's batch */
	HOLDER_FROZEN,		/* negative: taken away for the time being */
	N_HOLDERS,
};

struct ledger {
	bool known;		/* there is such a count for pages like this */
	bool frozen;		/* being split, moved or freed */
	int64_t pins;		/* calls of pin_user_pages() */
	int64_t held[N_HOLDERS];
	int64_t unexplained;	/* negative: references are missing */
};

/* "mappings", "page cache", … */
const char *holder_name(enum holder holder);

/* Whether the kernel itself knows how many references such a page should have. */
bool ledger_is_for(enum page_kind kind);

struct ledger ledger_of(const struct kernel *kernel, enum page_kind kind,
			const struct page *page);

#endif
