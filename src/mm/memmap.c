/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a PFN to its struct page and back, by the table of memory sections.
 */
#include "mm/memmap.h"

#include "mm/guard.h"

/* include/linux/mmzone.h; the bits have stood at these places since 4.13. */
#define SECTION_HAS_MEM_MAP	(1ULL << 1)
/* Wide enough for every release: the map is aligned far beyond it. */
#define SECTION_FLAG_MASK	0x3fULL
/* SECTION_IS_EARLY_BIT, where it is a macro still and no type information tells. */
#define DEFAULT_EARLY_BIT	3

#define SUBSECTION_SHIFT	21

static enum status no_page(struct kernel *kernel, const char *why)
{
	return diag_fail(&kernel->diag, ST_NO_ADDRESS, "no struct page: %s",
			 why);
}

/* ST_NO_ADDRESS is said of frames: the tables themselves are there. */
static enum status of_table(enum status st)
{
	return st == ST_NO_ADDRESS ? ST_CORRUPT : st;
}

static enum status entries_of_root(struct kernel *kernel,
				   uint64_t *ret_entries)
{
	const uint64_t size = kernel->facts.layout.structs[S_mem_section].size;
	const uint64_t page_size = 1ULL << kernel->mmu.page_shift;

	if (!size || size > page_size)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "struct mem_section of %llu bytes",
				 (unsigned long long)size);
	*ret_entries = page_size / size;
	return ST_OK;
}

static enum status read_section(struct kernel *kernel, pfn_t pfn,
				unsigned int pfn_bits, struct object *section)
{
	const uint64_t size = kernel->facts.layout.structs[S_mem_section].size;
	uint64_t nr = pfn.v >> pfn_bits, per_root, root, entries;
	enum status st = entries_of_root(kernel, &per_root);

	if (st)
		return st;
	root = nr / per_root;
	if (root >= kernel->section_roots)
		return no_page(kernel, "beyond the physical memory that "
			       "this kernel can address");
	st = kernel_read_word(kernel, kaddr_add(kernel->section_table,
						root * 8), &entries);
	if (st)
		return diag_under(&kernel->diag, of_table(st),
				  "mem_section[%llu]",
				  (unsigned long long)root);
	if (!entries)
		return no_page(kernel, "not memory");
	return of_table(object_read(kernel, S_mem_section,
				    KADDR(entries + nr % per_root * size),
				    section));
}

static bool is_early_section(const struct kernel *kernel, uint64_t map)
{
	unsigned int bit = DEFAULT_EARLY_BIT;

	if (kernel->facts.layout.has_enumerator[E_SECTION_IS_EARLY_BIT])
		bit = kernel->facts.layout.enumerators[E_SECTION_IS_EARLY_BIT];
	return map >> (bit & 63) & 1;
}

static bool has_parts(const struct kernel *kernel, uint64_t map)
{
	return layout_has(&kernel->facts.layout,
			  M_mem_section_usage_subsection_map) &&
	       !is_early_section(kernel, map);
}

/* A section that was hot-added in part has struct pages for that part only. */
static enum status check_subsection(struct kernel *kernel, pfn_t pfn,
				    unsigned int pfn_bits,
				    const struct object *section)
{
	uint64_t map = object_value(section, M_mem_section_section_mem_map);
	uint64_t inside = pfn.v & ((1ULL << pfn_bits) - 1);
	uint64_t bit = inside >> (SUBSECTION_SHIFT - kernel->mmu.page_shift);
	const struct member_layout *bits = &kernel->facts.layout.members[
					M_mem_section_usage_subsection_map];
	struct object usage;
	kaddr_t usage_addr;
	enum status st;

	if (!has_parts(kernel, map))
		return ST_OK;
	if (bit / 64 >= bits->count)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "a section has more parts than its map");
	usage_addr = object_pointer(section, M_mem_section_usage);
	if (!usage_addr.v)
		return no_page(kernel, "its memory was removed");
	st = of_table(object_read(kernel, S_mem_section_usage, usage_addr,
				  &usage));
	if (st)
		return st;
	if (!(object_element(&usage, M_mem_section_usage_subsection_map,
			     bit / 64) >> (bit % 64) & 1))
		return no_page(kernel, "in a part of its section that "
			       "was never added");
	return ST_OK;
}

/*
 * The section's map pointer is biased by the section's first PFN, also with a
 * virtual memmap: no other variable is needed.
 */
static kaddr_t page_in_map(const struct kernel *kernel, uint64_t map, pfn_t pfn)
{
	return KADDR((map & ~SECTION_FLAG_MASK) +
		     pfn.v * kernel->facts.layout.structs[S_page].size);
}

enum status memmap_section(struct kernel *kernel, pfn_t pfn,
			   struct object *ret_section)
{
	return read_section(kernel, pfn, kernel->section_size_bits -
			    kernel->mmu.page_shift, ret_section);
}

enum status pfn_to_page(struct kernel *kernel, pfn_t pfn, kaddr_t *ret_page)
{
	unsigned int pfn_bits = kernel->section_size_bits -
				kernel->mmu.page_shift;
	struct object section;
	uint64_t map;
	enum status st;

	st = read_section(kernel, pfn, pfn_bits, &section);
	if (st)
		return st;
	map = object_value(&section, M_mem_section_section_mem_map);
	if (!(map & SECTION_HAS_MEM_MAP))
		return no_page(kernel, "not memory");
	st = check_subsection(kernel, pfn, pfn_bits, &section);
	if (st)
		return st;
	*ret_page = page_in_map(kernel, map, pfn);
	return ST_OK;
}

/* ---- all of it ---- */

struct sections {
	struct kernel *kernel;
	memmap_fn *fn;
	void *arg;
	struct gaps *gaps;
	struct guard guard;	/* over the arrays of sections */
	uint64_t per_root;
	unsigned int pfn_bits;	/* of a frame inside of its section */
};

static void record(const struct sections *all, uint64_t root)
{
	gaps_addf(all->gaps, "memory sections", all->kernel->diag.text,
		  "mem_section[%llu]", (unsigned long long)root);
}

static enum status hand_out(const struct sections *all,
			    const struct object *section, uint64_t pfn,
			    uint64_t n)
{
	uint64_t map = object_value(section, M_mem_section_section_mem_map);
	struct memmap_run run = { PFN(pfn), n, page_in_map(all->kernel, map,
							   PFN(pfn)) };

	return all->fn(&run, all->arg);
}

/* Part by part; what check_subsection() cannot tell is a gap. */
static enum status look_at_parts(const struct sections *all,
				 const struct object *section, uint64_t first,
				 uint64_t root)
{
	struct kernel *kernel = all->kernel;
	uint64_t part = 1ULL << (SUBSECTION_SHIFT - kernel->mmu.page_shift);
	uint64_t end = first + (1ULL << all->pfn_bits);

	for (uint64_t pfn = first; pfn < end; pfn += part) {
		enum status st = check_subsection(kernel, PFN(pfn),
						  all->pfn_bits, section);

		if (st == ST_NO_ADDRESS)
			continue;
		if (st) {
			record(all, root);
			return ST_OK;
		}
		st = hand_out(all, section, pfn, part);
		if (st)
			return st;
	}
	return ST_OK;
}

static enum status look_at_section(const struct sections *all, kaddr_t address,
				   uint64_t nr, uint64_t root)
{
	const uint64_t first = nr << all->pfn_bits;
	struct object section;
	uint64_t map;

	if (object_read(all->kernel, S_mem_section, address, &section)) {
		record(all, root);
		return ST_OK;
	}
	map = object_value(&section, M_mem_section_section_mem_map);
	if (!(map & SECTION_HAS_MEM_MAP))
		return ST_OK;
	if (has_parts(all->kernel, map))
		return look_at_parts(all, &section, first, root);
	return hand_out(all, &section, first, 1ULL << all->pfn_bits);
}

static enum status look_at_root(struct sections *all, uint64_t root)
{
	struct kernel *kernel = all->kernel;
	const uint64_t size = kernel->facts.layout.structs[S_mem_section].size;
	uint64_t entries = 0;
	enum status st = kernel_read_word(kernel,
					  kaddr_add(kernel->section_table,
						    root * 8), &entries);

	if (!st && !entries)
		return ST_OK;
	if (!st)
		st = guard_visit(&all->guard, KADDR(entries), &kernel->diag);
	if (st) {
		record(all, root);
		return st == ST_NO_MEMORY ? st : ST_OK;
	}
	for (uint64_t i = 0; i < all->per_root; i++) {
		st = look_at_section(all, KADDR(entries + i * size),
				     root * all->per_root + i, root);
		if (st)
			return st;
	}
	return ST_OK;
}

enum status memmap_for_each(struct kernel *kernel, memmap_fn *fn, void *arg,
			    struct gaps *gaps)
{
	struct sections all = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
		.pfn_bits = kernel->section_size_bits -
			    kernel->mmu.page_shift,
	};
	enum status st = entries_of_root(kernel, &all.per_root);

	for (uint64_t root = 0; root < kernel->section_roots && !st; root++) {
		log_progress(kernel->log, "memory sections", root,
			     kernel->section_roots);
		st = look_at_root(&all, root);
	}
	guard_fini(&all.guard);
	return st;
}

/* ---- and back ---- */

static enum status not_a_page(struct kernel *kernel, kaddr_t page)
{
	return diag_fail(&kernel->diag, ST_NO_ADDRESS,
			 "no struct page is at %#llx",
			 (unsigned long long)page.v);
}

/* __page_to_pfn() with a virtual memmap, and back to see that it is true. */
enum status page_find(struct kernel *kernel, kaddr_t page, pfn_t *ret_pfn)
{
	const kaddr_t vmemmap = kernel->vmemmap;
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	kaddr_t back;
	enum status st;
	pfn_t pfn;

	if (!vmemmap.v)
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "without a virtual memmap a struct page does "
				 "not tell its frame");
	if (page.v < vmemmap.v || (page.v - vmemmap.v) % size)
		return not_a_page(kernel, page);
	pfn = PFN((page.v - vmemmap.v) / size);
	st = pfn_to_page(kernel, pfn, &back);
	if (st == ST_NO_ADDRESS || (!st && !kaddr_equal(back, page)))
		return not_a_page(kernel, page);
	if (!st)
		*ret_pfn = pfn;
	return st;
}
