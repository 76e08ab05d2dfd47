/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/memmap_scan.h"

#include <string.h>

#include "mm/memmap.h"

/* What of the memmap is read at once. */
#define CHUNK		4096u

/* Struct pages that were never set up are all ones (PAGE_POISON_PATTERN). */
#define NEVER_SET_UP	UINT64_MAX

struct walk {
	struct kernel *kernel;
	/* What is looked for: a word at this place, as far as the mask goes. */
	uint32_t offset;
	uint64_t mask, value;
	flagged_fn *fn;
	void *arg;
	struct gaps *gaps;
	/* Neighbours that cannot be read for one reason are one gap. */
	uint64_t first_unseen, end_unseen;
	char why[DIAG_SIZE];
};

static void flush_gap(struct walk *walk)
{
	if (walk->first_unseen == walk->end_unseen)
		return;
	gaps_addf(walk->gaps, "struct page", walk->why,
		  "PFN %#llx to %#llx",
		  (unsigned long long)walk->first_unseen,
		  (unsigned long long)walk->end_unseen - 1);
	walk->first_unseen = walk->end_unseen = 0;
}

static void record(struct walk *walk, uint64_t pfn, uint64_t n)
{
	if (walk->end_unseen != pfn)
		flush_gap(walk);
	if (walk->first_unseen == walk->end_unseen) {
		walk->first_unseen = pfn;
		memcpy(walk->why, walk->kernel->diag.text, sizeof(walk->why));
	}
	walk->end_unseen = pfn + n;
}

static uint64_t word_at(const uint8_t *page, uint32_t offset)
{
	uint64_t word;

	memcpy(&word, page + offset, sizeof(word));
	return word;
}

static bool is_wanted(const struct walk *walk, const uint8_t *page)
{
	const struct layout *layout = &walk->kernel->facts.layout;

	return (word_at(page, walk->offset) & walk->mask) == walk->value &&
	       word_at(page, layout->members[M_page_flags].offset) !=
	       NEVER_SET_UP;
}

/* n struct pages in a buffer. */
static enum status look_at_chunk(struct walk *walk, const uint8_t *bytes,
				 uint64_t pfn, size_t n)
{
	const uint64_t size = walk->kernel->facts.layout.structs[S_page].size;

	for (size_t i = 0; i < n; i++) {
		enum status st;

		if (!is_wanted(walk, bytes + i * size))
			continue;
		st = walk->fn(PFN(pfn + i), walk->arg);
		if (st)
			return st;
	}
	return ST_OK;
}

static enum status look_at_run(const struct memmap_run *run, void *arg)
{
	struct walk *walk = arg;
	const uint64_t size = walk->kernel->facts.layout.structs[S_page].size;
	const uint64_t per_chunk = CHUNK / size;
	uint8_t bytes[CHUNK];

	for (uint64_t i = 0; i < run->n; i += per_chunk) {
		uint64_t left = run->n - i;
		uint64_t n = left < per_chunk ? left : per_chunk;
		enum status st;

		if (kernel_read(walk->kernel, kaddr_add(run->page, i * size),
				bytes, n * size)) {
			record(walk, run->first.v + i, n);
			continue;
		}
		st = look_at_chunk(walk, bytes, run->first.v + i, n);
		if (st)
			return st;
	}
	return ST_OK;
}

static enum status find(struct walk *walk)
{
	enum status st = memmap_for_each(walk->kernel, look_at_run, walk,
					 walk->gaps);

	flush_gap(walk);
	return st;
}

enum status memmap_find_flagged(struct kernel *kernel,
				enum enumerator_id flag, flagged_fn *fn,
				void *arg, struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	struct walk walk = {
		.kernel = kernel,
		.offset = layout->members[M_page_flags].offset,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};

	if (!layout->has_enumerator[flag] ||
	    layout->structs[S_page].size > CHUNK)
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "this kernel's pages have no such flag");
	walk.mask = walk.value = 1ULL << (layout->enumerators[flag] & 63);
	return find(&walk);
}

enum status memmap_find_pointer(struct kernel *kernel, enum member_id member,
				kaddr_t pointer, flagged_fn *fn, void *arg,
				struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	struct walk walk = {
		.kernel = kernel,
		.offset = layout->members[member].offset,
		.mask = UINT64_MAX,
		.value = pointer.v,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};

	if (layout->structs[S_page].size > CHUNK ||
	    walk.offset + sizeof(pointer.v) > layout->structs[S_page].size)
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "this kernel's pages have no such member");
	return find(&walk);
}
