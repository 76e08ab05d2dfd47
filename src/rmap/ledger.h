/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who holds the references of a folio.
 *
 * The kernel counts them without saying whose they are; but for pages of users
 * it knows how many there should be, since migration depends on it
 * (folio_expected_ref_count() of 6.16 and later, expected_page_refs() before).
 * What is above that is a pin, or somebody who looks at the page at that
 * moment.
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
	HOLDER_PINS,		/* pin_user_pages(); 1024 for each of a small page */
	HOLDER_OFF_LRU,		/* isolated from its list, or not on it yet */
	N_HOLDERS,
};

struct ledger {
	bool known;		/* there is such a count for pages like this */
	int64_t held[N_HOLDERS];
	int64_t unexplained;	/* negative: references are missing */
};

/* "mappings", "page cache", … */
const char *holder_name(enum holder holder);

struct ledger ledger_of(const struct kernel *kernel, enum page_kind kind,
			const struct page *page);

#endif
