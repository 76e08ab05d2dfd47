/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages that a part of the kernel took for itself and keeps: those that its
 * own structures lead to, and no others. What a page holds is never looked at.
 */
#include "kind/surveyor.h"
#include "base/search.h"
#include "mm/zone.h"

/* ---- for those who know owners ---- */

enum status owner_add(struct surveyor *surveyor, const struct owner *owner,
		      size_t *ret_owner)
{
	if (owner_vec_push(&surveyor->owners, *owner))
		return diag_no_memory(&surveyor->kernel->diag);
	*ret_owner = surveyor->owners.n - 1;
	return ST_OK;
}

enum status owner_take_frames(struct surveyor *surveyor,
			      const struct owned_range *range)
{
	if (owned_range_vec_push(&surveyor->owned_ranges, *range))
		return diag_no_memory(&surveyor->kernel->diag);
	return ST_OK;
}

static uint64_t page_size(const struct surveyor *surveyor)
{
	return 1ULL << surveyor->kernel->mmu.page_shift;
}

static void tell_gap(struct surveyor *surveyor, size_t owner, kaddr_t address)
{
	gaps_addf(&surveyor->owned.gaps, surveyor->owners.items[owner].name,
		  surveyor->kernel->diag.text, "%s, %#llx",
		  surveyor->owners.items[owner].of,
		  (unsigned long long)address.v);
}

/* ST_ABSENT, and a gap: nothing is mapped there. */
static enum status frame_at(struct surveyor *surveyor, size_t owner,
			    kaddr_t address, pfn_t *ret_pfn)
{
	struct kernel *kernel = surveyor->kernel;
	paddr_t phys;

	if (kernel_translate(kernel, address, &phys)) {
		tell_gap(surveyor, owner, address);
		return ST_ABSENT;
	}
	*ret_pfn = PFN(phys.v >> kernel->mmu.page_shift);
	return ST_OK;
}

/* Page by page, since a large table may be an area of vmalloc(). */
static enum status take_pages(struct surveyor *surveyor, size_t owner,
			      kaddr_t address, uint64_t n)
{
	struct owned_range range = { .owner = owner };
	enum status st = ST_OK;

	for (uint64_t i = 0; i < n && !st; i++) {
		pfn_t pfn;

		if (frame_at(surveyor, owner,
			     kaddr_add(address, i * page_size(surveyor)),
			     &pfn))
			break;
		if (range.frames.first + range.frames.n == pfn.v) {
			range.frames.n++;
			continue;
		}
		if (range.frames.n)
			st = owner_take_frames(surveyor, &range);
		range.frames = (struct frame_range) { pfn.v, 1 };
	}
	if (!st && range.frames.n)
		st = owner_take_frames(surveyor, &range);
	return st;
}

static bool begins_page(const struct surveyor *surveyor, kaddr_t address)
{
	return address.v && address.v % page_size(surveyor) == 0;
}

enum status owner_take_memory(struct surveyor *surveyor, size_t owner,
			      kaddr_t address, uint64_t size)
{
	const uint64_t n = (size - 1) / page_size(surveyor) + 1;

	if (!size || !begins_page(surveyor, address) ||
	    n > 1ULL << (free_orders(surveyor->kernel) - 1))
		return ST_OK;
	return take_pages(surveyor, owner, address, n);
}

/* Of one that is not compound the first frame: claim_behind_first(). */
enum status owner_take_allocation(struct surveyor *surveyor, size_t owner,
				  kaddr_t address)
{
	struct kernel *kernel = surveyor->kernel;
	struct owned_range range = { .owner = owner };
	struct page page;
	pfn_t pfn;
	enum status st;

	if (!begins_page(surveyor, address) ||
	    frame_at(surveyor, owner, address, &pfn))
		return ST_OK;
	st = page_read(kernel, pfn, &page);
	if (st == ST_NO_MEMORY)
		return st;
	if (st && st != ST_NO_ADDRESS)
		tell_gap(surveyor, owner, address);
	if (st || page.head_pfn.v != pfn.v)
		return ST_OK;
	range.frames = (struct frame_range) { pfn.v, 1ULL << page.order };
	return owner_take_frames(surveyor, &range);
}

/* ---- the chapter ---- */

static owner_fn *const finders[] = { own_tables, own_pools, own_disks };

static int by_frame(const void *a, const void *b)
{
	const struct owned_range *x = a, *y = b;

	return (x->frames.first > y->frames.first) -
	       (x->frames.first < y->frames.first);
}

/* A frame has one owner: what two claim, in a damaged dump, neither gets. */
static void drop_disputed(struct surveyor *surveyor)
{
	struct owned_range_vec *ranges = &surveyor->owned_ranges;
	uint64_t end = 0;	/* of all before */
	size_t kept = 0;

	for (size_t i = 0; i < ranges->n; i++) {
		const struct owned_range range = ranges->items[i];
		const uint64_t next = i + 1 < ranges->n ?
			ranges->items[i + 1].frames.first : ~0ULL;
		const bool disputed = range.frames.first < end ||
			next - range.frames.first < range.frames.n;

		if (range.frames.first + range.frames.n > end)
			end = range.frames.first + range.frames.n;
		if (!disputed)
			ranges->items[kept++] = range;
		else
			gaps_addf(&surveyor->owned.gaps, "owners",
				  "more than one", "PFN %#llx",
				  (unsigned long long)range.frames.first);
	}
	ranges->n = kept;
}

static enum status read_owners(struct surveyor *surveyor)
{
	struct owned_range_vec *ranges = &surveyor->owned_ranges;
	enum status st = ST_OK;

	if (surveyor->owned.is_read)
		return ST_OK;
	surveyor->owned.is_read = true;
	for (size_t i = 0; i < sizeof(finders) / sizeof(finders[0]) && !st; i++)
		st = finders[i](surveyor);
	if (ranges->n)
		qsort(ranges->items, ranges->n, sizeof(ranges->items[0]),
		      by_frame);
	drop_disputed(surveyor);
	return st;
}

void owner_fini(struct surveyor *surveyor)
{
	owner_vec_fini(&surveyor->owners);
	owned_range_vec_fini(&surveyor->owned_ranges);
	gaps_fini(&surveyor->owned.gaps);
}

/* ---- claiming ---- */

/* The last range that begins at or below pfn, if it reaches there. */
static const struct owned_range *find(const struct owned_range_vec *ranges,
				      pfn_t pfn)
{
	size_t n = partition_point(i, ranges->n,
				   ranges->items[i].frames.first <= pfn.v);
	const struct owned_range *range = n ? &ranges->items[n - 1] : NULL;

	return range && pfn.v - range->frames.first < range->frames.n ?
	       range : NULL;
}

/*
 * Whatever the structures say, struct page has to bear out that the frame is
 * in use, and by nobody else that is known.
 */
enum status claim_owned(struct surveyor *surveyor, const struct frame *frame,
			struct survey *survey)
{
	const struct owned_range *range;
	const struct owner *owner;
	enum status st;

	if (survey->kind != KIND_KERNEL)
		return ST_OK;
	st = read_owners(surveyor);
	if (st)
		return st;
	range = find(&surveyor->owned_ranges, frame->pfn);
	if (!range)
		return ST_OK;
	owner = &surveyor->owners.items[range->owner];
	survey->kind = KIND_OWNED;
	details_text(survey->details, "owner", "%s", owner->name);
	details_text(survey->details, "of", "%s", owner->of);
	if (owner->is_disk)
		details_number(survey->details, "index", range->index);
	return ST_OK;
}
