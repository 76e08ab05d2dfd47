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
	uint64_t flag;		/* its bit in the flags word */
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

static uint64_t flags_of(const struct kernel *kernel, const uint8_t *page)
{
	const struct member_layout *ml =
		&kernel->facts.layout.members[M_page_flags];
	uint64_t flags;

	memcpy(&flags, page + ml->offset, sizeof(flags));
	return flags;
}

/* n struct pages in a buffer. */
static enum status look_at_chunk(struct walk *walk, const uint8_t *bytes,
				 uint64_t pfn, size_t n)
{
	const uint64_t size = walk->kernel->facts.layout.structs[S_page].size;

	for (size_t i = 0; i < n; i++) {
		uint64_t flags = flags_of(walk->kernel, bytes + i * size);
		enum status st;

		if (!(flags & walk->flag) || flags == NEVER_SET_UP)
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

enum status memmap_find_flagged(struct kernel *kernel,
				enum enumerator_id flag, flagged_fn *fn,
				void *arg, struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	struct walk walk = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st;

	if (!layout->has_enumerator[flag] ||
	    layout->structs[S_page].size > CHUNK)
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "this kernel's pages have no such flag");
	walk.flag = 1ULL << (layout->enumerators[flag] & 63);
	st = memmap_for_each(kernel, look_at_run, &walk, gaps);
	flush_gap(&walk);
	return st;
}
