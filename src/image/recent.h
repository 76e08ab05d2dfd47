/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of an image that were read of late.
 *
 * Does not know where they come from: who does not find a page claims a place
 * for it, fills that and settles it.
 */
#ifndef RMAP_INSPECT_IMAGE_RECENT_H
#define RMAP_INSPECT_IMAGE_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/remote.h"
#include "base/status.h"

/* How many there can be, of the smallest; larger ones come to as many bytes. */
#define RECENT_PAGES	4096u

struct recent_set;

struct recent {
	struct recent_set *sets;
	size_t n_sets;		/* a power of 2 */
	uint8_t *pages;
	unsigned int page_shift;
};

enum status recent_init(struct recent *recent, unsigned int page_shift,
			struct diag *diag) must_check;
void recent_fini(struct recent *recent);

/* The page, until the next claim; NULL: it is not there. */
const uint8_t *recent_find(struct recent *recent, pfn_t pfn);

/*
 * Room for the page, in place of another. NULL: it would be that of pages
 * that are claimed and not settled.
 */
uint8_t *recent_claim(struct recent *recent, pfn_t pfn);

/* filled: the page is found from now on. */
void recent_settle(struct recent *recent, const uint8_t *bytes, bool filled);

void recent_forget(struct recent *recent, pfn_t pfn);
void recent_forget_all(struct recent *recent);

#endif
