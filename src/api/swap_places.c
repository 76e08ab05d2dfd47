/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/swap_places.h"

#include <stdio.h>

#include "base/search.h"
#include "mm/shmem.h"

void swap_places_fini(struct swap_places *places)
{
	swap_entry_vec_fini(&places->wanted);
	swap_place_vec_fini(&places->list);
	gaps_fini(&places->gaps);
}

/* ---- finding ---- */

static int by_value(const void *a, const void *b)
{
	const struct swap_entry *x = a, *y = b;

	return swap_entry_compare(*x, *y);
}

static int by_entry(const void *a, const void *b)
{
	const struct swap_place *x = a, *y = b;

	return swap_entry_compare(x->entry, y->entry);
}

static enum status want(struct swap_entry_vec *list,
			const struct wanted_swap *wanted, size_t n)
{
	size_t n_different = 0;

	for (size_t i = 0; i < n; i++)
		if (swap_entry_vec_push(list, wanted[i].entry))
			return ST_NO_MEMORY;
	if (n)
		qsort(list->items, n, sizeof(list->items[0]), by_value);
	for (size_t i = 0; i < n; i++)
		if (!i || !swap_entry_equal(list->items[i - 1],
					    list->items[i]))
			list->items[n_different++] = list->items[i];
	list->n = n_different;
	return ST_OK;
}

struct search {
	struct kernel *kernel;
	struct swap_places *places;
};

static size_t first_wanted(const struct swap_entry_vec *list,
			   struct swap_entry entry)
{
	return partition_point(i, list->n,
			       swap_entry_compare(list->items[i], entry) < 0);
}

/* The run has pages that nobody asks for, mostly. */
static enum status look_at_run(const struct shmem_swap *run, void *arg)
{
	struct search *search = arg;
	const struct swap_entry_vec *wanted = &search->places->wanted;

	for (size_t i = first_wanted(wanted, run->entry); i < wanted->n; i++) {
		struct swap_entry entry = wanted->items[i];
		uint64_t inside = entry.offset - run->entry.offset;
		struct swap_place place = {
			entry, run->mapping, run->index + inside
		};

		if (entry.type != run->entry.type || inside >= run->n)
			return ST_OK;
		if (swap_place_vec_push(&search->places->list, place))
			return diag_no_memory(&search->kernel->diag);
	}
	return ST_OK;
}

enum status swap_places_find(struct kernel *kernel,
			     const struct wanted_swap *wanted, size_t n,
			     struct swap_places *places)
{
	struct search search = { kernel, places };
	struct swap_place_vec *list = &places->list;
	enum status st;

	if (!n)
		return ST_OK;
	if (want(&places->wanted, wanted, n))
		return diag_no_memory(&kernel->diag);
	st = shmem_swap_for_each(kernel, look_at_run, &search, &places->gaps);
	if (st == ST_UNSUPPORTED) {
		gaps_add(&places->gaps, "shared memory", "swap",
			 kernel->diag.text);
		return ST_OK;
	}
	if (list->n)
		qsort(list->items, list->n, sizeof(list->items[0]), by_entry);
	return st;
}

static size_t first_place(const struct swap_place_vec *list,
			  struct swap_entry entry)
{
	return partition_point(i, list->n,
			       swap_entry_compare(list->items[i].entry,
						  entry) < 0);
}

const struct swap_place *swap_places_of(const struct swap_places *places,
					struct swap_entry entry, size_t *ret_n)
{
	const struct swap_place_vec *list = &places->list;
	size_t first = first_place(list, entry), end = first;

	while (end < list->n && swap_entry_equal(list->items[end].entry, entry))
		end++;
	*ret_n = end - first;
	return end > first ? &list->items[first] : NULL;
}

/* ---- doubts ---- */

struct tally {
	const struct swap_places *places;
	struct swap_entry entry;
	size_t n_entries, n_files;
	struct gaps *gaps;
};

static void doubt(const struct tally *tally, const char *why)
{
	gaps_addf(tally->gaps, "swap entry", why, "%u:%#llx",
		  tally->entry.type, (unsigned long long)tally->entry.offset);
}

static void doubt_files(const struct tally *tally)
{
	const struct gaps *gaps = &tally->places->gaps;
	char why[DIAG_SIZE + 80];

	if (!gaps_count(gaps))
		return;
	snprintf(why, sizeof(why), "part of the files of shared memory was not "
		 "seen: %s", gaps->list.n ? gaps->list.items[0].why :
		 "out of memory");
	doubt(tally, why);
}

/* Of a file's the kernel keeps no count (SWAP_MAP_SHMEM, until 6.15). */
static bool is_met(const struct tally *tally, const struct swap_slot *slot)
{
	if (slot->use == SWAP_SHMEM)
		return tally->n_files == 1 && !tally->n_entries;
	return tally->n_files <= 1 &&
	       slot->count == tally->n_entries + tally->n_files;
}

static void doubt_count(const struct tally *tally,
			const struct swap_slot *slot)
{
	char counted[64] = "that it is of a file of shared memory", why[200];

	if (slot->use != SWAP_SHMEM)
		snprintf(counted, sizeof(counted), "%u", slot->count);
	snprintf(why, sizeof(why), "the kernel counts %s; %zu in page tables "
		 "and %zu in files of shared memory were found", counted,
		 tally->n_entries, tally->n_files);
	doubt(tally, why);
}

static void doubt_without_count(const struct tally *tally)
{
	if (!tally->n_entries && !tally->n_files)
		doubt(tally, "neither page tables nor files of shared memory "
		      "hold it, and no count confirms that nobody does");
}

bool swap_places_check(const struct swap_places *places, struct kernel *kernel,
		       struct swap_entry entry, size_t n_entries,
		       struct gaps *gaps, struct swap_slot *ret_slot)
{
	struct tally tally = { places, entry, n_entries, 0, gaps };
	enum status st = swap_slot_read(kernel, entry, ret_slot);

	swap_places_of(places, entry, &tally.n_files);
	if (st == ST_UNKNOWN)
		doubt_without_count(&tally);
	else if (st)
		doubt(&tally, kernel->diag.text);
	else if (ret_slot->use == SWAP_CONTINUED)
		doubt(&tally, "more refer to it than the kernel's count can "
		      "tell, so that nothing confirms the number");
	else if (is_met(&tally, ret_slot))
		return true;
	else
		doubt_count(&tally, ret_slot);
	doubt_files(&tally);
	return !st;
}
