/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a PFN to its struct page, from a tail to its head, and the fields. */
#include "mm/page.h"

#define MAX_ORDER_SEEN	30

/* ---- PFN to struct page ---- */

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

static enum status read_section(struct kernel *kernel, pfn_t pfn,
				unsigned int pfn_bits, struct object *section)
{
	const uint64_t size = kernel->facts.layout.structs[S_mem_section].size;
	const uint64_t page_size = 1ULL << kernel->arch->page_shift;
	uint64_t nr = pfn.v >> pfn_bits, per_root, root, entries;
	enum status st;

	if (!size || size > page_size)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "struct mem_section of %llu bytes",
				 (unsigned long long)size);
	per_root = page_size / size;
	root = nr / per_root;
	if (root >= kernel->section_roots)
		return no_page(kernel, "beyond the physical memory that "
			       "this kernel can address");
	st = kernel_read_word(kernel, kaddr_add(kernel->section_table,
						root * 8), &entries);
	if (st)
		return diag_under(&kernel->diag, st, "mem_section[%llu]",
				  (unsigned long long)root);
	if (!entries)
		return no_page(kernel, "not memory");
	return object_read(kernel, S_mem_section,
			   KADDR(entries + nr % per_root * size), section);
}

static bool is_early_section(const struct kernel *kernel, uint64_t map)
{
	unsigned int bit = DEFAULT_EARLY_BIT;

	if (kernel->facts.layout.has_enumerator[E_SECTION_IS_EARLY_BIT])
		bit = kernel->facts.layout.enumerators[E_SECTION_IS_EARLY_BIT];
	return map >> (bit & 63) & 1;
}

/* A section that was hot-added in part has struct pages for that part only. */
static enum status check_subsection(struct kernel *kernel, pfn_t pfn,
				    unsigned int pfn_bits,
				    const struct object *section)
{
	uint64_t map = object_value(section, M_mem_section_section_mem_map);
	uint64_t inside = pfn.v & ((1ULL << pfn_bits) - 1);
	uint64_t bit = inside >> (SUBSECTION_SHIFT - kernel->arch->page_shift);
	const struct member_layout *bits = &kernel->facts.layout.members[
					M_mem_section_usage_subsection_map];
	struct object usage;
	kaddr_t usage_addr;
	enum status st;

	if (!bits->present || is_early_section(kernel, map))
		return ST_OK;
	if (bit / 64 >= bits->count)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "a section has more parts than its map");
	usage_addr = object_pointer(section, M_mem_section_usage);
	if (!usage_addr.v)
		return no_page(kernel, "its memory was removed");
	st = object_read(kernel, S_mem_section_usage, usage_addr, &usage);
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
static enum status pfn_to_page(struct kernel *kernel, pfn_t pfn,
			       kaddr_t *ret_page)
{
	unsigned int pfn_bits = kernel->section_size_bits -
				kernel->arch->page_shift;
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
	*ret_page = KADDR((map & ~SECTION_FLAG_MASK) +
			  pfn.v * kernel->facts.layout.structs[S_page].size);
	return ST_OK;
}

/* ---- tail to head ---- */

/*
 * Since 7.1 a tail may hold a mask instead of a pointer: all ones above the
 * bits of the folio's own memmap. No struct page lies that close to the end
 * of the address space.
 */
static bool is_head_mask(uint64_t word)
{
	uint64_t ones = ~word;

	return (ones & (ones + 1)) == 0 && ones && ones < (1ULL << 41);
}

static kaddr_t head_from_word(kaddr_t page, uint64_t word)
{
	uint64_t value = word & ~1ULL;

	if (!(word & 1))
		return page;
	return is_head_mask(value) ? KADDR(page.v & value) : KADDR(value);
}

/*
 * Until 7.0 the memmap pages of an optimised hugetlb folio are all mapped to
 * the first one, so a tail at a page boundary reads as a copy of the head; the
 * struct page after it holds the true head.
 */
static enum status fake_head(struct kernel *kernel, const struct object *page,
			     kaddr_t *ret_head)
{
	const uint64_t page_size = 1ULL << kernel->arch->page_shift;
	const struct layout *layout = &kernel->facts.layout;
	struct object next;
	enum status st;

	*ret_head = page->address;
	if (page->address.v & (page_size - 1) ||
	    !layout_has(layout, M_page_flags) ||
	    !layout->has_enumerator[E_PG_head] ||
	    !(object_value(page, M_page_flags) >>
	      (layout->enumerators[E_PG_head] & 63) & 1))
		return ST_OK;
	st = object_read(kernel, S_page,
			 kaddr_add(page->address, layout->structs[S_page].size),
			 &next);
	if (st)
		return st;
	*ret_head = head_from_word(next.address,
				   object_value(&next, M_page_compound_info));
	if (!(object_value(&next, M_page_compound_info) & 1))
		*ret_head = page->address;
	return ST_OK;
}

static enum status find_head(struct kernel *kernel, const struct object *page,
			     kaddr_t *ret_head)
{
	kaddr_t head = head_from_word(page->address,
				      object_value(page, M_page_compound_info));

	if (!kaddr_equal(head, page->address)) {
		*ret_head = head;
		return ST_OK;
	}
	return fake_head(kernel, page, ret_head);
}

/* ---- folio size and counts ---- */

/* Of a gigantic folio nobody wants all struct pages read for one answer. */
#define MAX_SUMMED_ORDER	13u

static uint64_t optional_value(const struct object *object,
			       enum member_id member)
{
	return layout_has(object->layout, member) ?
	       object_value(object, member) : 0;
}

/* The constants of enum compound_dtor_id (until 6.5), with HUGETLB_PAGE on. */
#define HUGETLB_PAGE_DTOR	2

/*
 * hugetlb is told by the folio's destructor until 6.5, by a flag of its second
 * page from 6.6 to 6.8, and by the page type since.
 */
static bool is_hugetlb(const struct kernel *kernel, const struct page *page,
		       uint64_t dtor, uint64_t flags_1)
{
	const struct told_number *flag = &kernel->hugetlb_flag;
	const struct told_number *type = &kernel->hugetlb_type;

	if (dtor == HUGETLB_PAGE_DTOR ||
	    page_is_type(kernel, page, E_PGTY_hugetlb))
		return true;
	if (flag->known && flags_1 >> (flag->value & 63) & 1)
		return true;
	return type->known &&
	       !kernel->facts.layout.has_enumerator[E_PGTY_buddy] &&
	       page->type_word == (uint32_t)type->value;
}

/* What the pages of a folio count by themselves. */
static enum status sum_page_mapcounts(struct kernel *kernel,
				      const struct page *page, int64_t *ret_sum)
{
	const uint64_t size = kernel->facts.layout.structs[S_page].size;

	*ret_sum = 0;
	for (uint64_t i = 0; i < 1ULL << page->order; i++) {
		struct object object;
		enum status st = object_read(kernel, S_page,
					     kaddr_add(page->head, i * size),
					     &object);

		if (st)
			return st;
		*ret_sum += object_signed(&object, M_page_mapcount) + 1;
	}
	return ST_OK;
}

static bool is_anonymous(const struct page *page)
{
	return page->mapping & MAPPING_ANON;
}

/*
 * Until 6.1 mapping all of a file's folio counts for each page as well; so does
 * mapping an anonymous one both whole and in pieces, but just once, and the
 * second page says so (PG_double_map, 9091af55ba5a until 4b51634cd16a).
 */
static enum status read_old_mapcounts(struct kernel *kernel,
				      const struct object *second,
				      struct page *page)
{
	const struct layout *layout = &kernel->facts.layout;
	int64_t pages = 1LL << page->order, sum = 0;
	enum status st;

	page->pincount = optional_value(second, M_page_compound_pincount);
	if (!layout_has(layout, M_page_compound_mapcount))
		return ST_OK;
	page->has_entire_mapcount = true;
	page->entire_mapcount =
		object_signed(second, M_page_compound_mapcount) + 1;
	page->has_page_mapcounts = true;
	page->double_map = layout->has_enumerator[E_PG_double_map] &&
		(object_value(second, M_page_flags) >>
		 (layout->enumerators[E_PG_double_map] & 63) & 1);
	page->has_folio_mapcount = page->hugetlb ||
				   page->order <= MAX_SUMMED_ORDER;
	page->folio_mapcount = page->entire_mapcount;
	if (page->hugetlb || !page->has_folio_mapcount)
		return ST_OK;
	st = sum_page_mapcounts(kernel, page, &sum);
	page->folio_mapcount += sum - (is_anonymous(page) ? page->double_map :
				       page->entire_mapcount) * pages;
	return st;
}

static enum status read_second_page(struct kernel *kernel,
				    const struct object *head,
				    struct page *page)
{
	struct object second;
	enum status st;

	st = object_read(kernel, S_page,
			 kaddr_add(head->address,
				   kernel->facts.layout.structs[S_page].size),
			 &second);
	if (st)
		return st;
	page->order = object_value(&second, M_page_compound_order);
	page->hugetlb = is_hugetlb(kernel, page,
				   optional_value(&second,
						  M_page_compound_dtor), 0);
	return page->order > MAX_ORDER_SEEN ? ST_OK :	/* seen later */
	       read_old_mapcounts(kernel, &second, page);
}

/*
 * Since 6.2 both counts stand for themselves. Since 6.10 the folio has the
 * sum, too: if the pages do not come to it, the kernel does not keep their
 * counts (NO_PAGE_MAPCOUNT), or was about to change one. hugetlb pages are
 * never mapped one by one, and most of their struct pages may be gone.
 */
static enum status read_mapcounts(struct kernel *kernel,
				  const struct object *folio,
				  struct page *page)
{
	const struct layout *layout = &kernel->facts.layout;
	bool has_sum = layout_has(layout, M_folio_large_mapcount);
	int64_t sum = 0;
	enum status st;

	page->pincount = optional_value(folio, M_folio_pincount);
	if (!layout_has(layout, M_folio_entire_mapcount))
		return ST_OK;
	page->has_entire_mapcount = true;
	page->entire_mapcount =
		object_signed(folio, M_folio_entire_mapcount) + 1;
	page->has_page_mapcounts = page->order <= MAX_SUMMED_ORDER;
	page->has_folio_mapcount = page->hugetlb || page->has_page_mapcounts;
	page->folio_mapcount = page->entire_mapcount;
	if (page->hugetlb || !page->has_page_mapcounts)
		return ST_OK;
	st = sum_page_mapcounts(kernel, page, &sum);
	page->folio_mapcount += sum;
	if (has_sum) {
		int64_t large = object_signed(folio, M_folio_large_mapcount);

		page->has_page_mapcounts = page->folio_mapcount == large + 1;
		page->folio_mapcount = large + 1;
	}
	return st;
}

static enum status read_folio(struct kernel *kernel, const struct object *head,
			      struct page *page)
{
	struct object folio;
	uint64_t flags_1;
	enum status st = object_read(kernel, S_folio, head->address, &folio);

	if (st)
		return st;
	flags_1 = object_value(&folio, M_folio_flags_1);
	page->order = layout_has(&kernel->facts.layout, M_folio_folio_order) ?
		      object_value(&folio, M_folio_folio_order) :
		      flags_1 & 0xff;
	page->hugetlb = is_hugetlb(kernel, page,
				   optional_value(&folio, M_folio_folio_dtor),
				   flags_1);
	return page->order > MAX_ORDER_SEEN ? ST_OK :	/* seen later */
	       read_mapcounts(kernel, &folio, page);
}

/* The size of a folio, by the shape that this kernel has. */
static enum status read_folio_words(struct kernel *kernel,
				    const struct object *head,
				    struct page *page)
{
	if (layout_has(&kernel->facts.layout, M_page_compound_order))
		return read_second_page(kernel, head, page);
	return read_folio(kernel, head, page);
}

static enum status read_order(struct kernel *kernel, const struct object *head,
			      struct page *page)
{
	enum status st;

	page->order = 0;
	if (!page_flag(kernel, page, E_PG_head))
		return ST_OK;
	st = read_folio_words(kernel, head, page);
	if (st)
		return st;
	if (page->order > MAX_ORDER_SEEN)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "page %#llx: folio of order %u",
				 (unsigned long long)head->address.v,
				 page->order);
	return ST_OK;
}

/* ---- reading ---- */

static enum status check_head(struct kernel *kernel, const struct page *page,
			      uint64_t distance)
{
	const uint64_t size = kernel->facts.layout.structs[S_page].size;

	/* Seen while a folio is split or freed: it is no tail any more. */
	if (distance % size || distance / size >= 1ULL << page->order)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "page %#llx: says that it is a tail of "
				 "%#llx, which has order %u",
				 (unsigned long long)page->address.v,
				 (unsigned long long)page->head.v,
				 page->order);
	return ST_OK;
}

static void take_head_words(struct page *page, const struct object *head)
{
	page->flags = object_value(head, M_page_flags);
	page->mapping = object_value(head, M_page_mapping);
	page->index = object_value(head, M_page_index);
	page->refcount = object_signed(head, M_page_refcount);
	page->type_word = object_value(head, M_page_mapcount);
}

/*
 * The index of a hugetlb page counted huge pages until 6.6 (a08c7193e4f1,
 * "mm/filemap: remove hugetlb special casing in filemap.c"); the function that
 * converted went away with that.
 */
static bool counts_huge_pages(const struct kernel *kernel,
			      const struct page *page)
{
	return page->hugetlb &&
	       kernel->facts.variables[KSYM_HUGETLB_BASEPAGE_INDEX].present;
}

static enum status decode(struct kernel *kernel, const struct object *self,
			  struct page *page)
{
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	struct object head;
	uint64_t distance;
	enum status st;

	page->mapcount_word = object_value(self, M_page_mapcount);
	st = find_head(kernel, self, &page->head);
	if (!st)
		st = object_read(kernel, S_page, page->head, &head);
	if (st)
		return st;
	take_head_words(page, &head);
	st = read_order(kernel, &head, page);
	if (st)
		return st;
	if (!page->order) {
		page->has_folio_mapcount = true;
		page->folio_mapcount = page_mapcount(kernel, page);
	}
	distance = page->address.v - page->head.v;
	st = check_head(kernel, page, distance);
	if (st)
		return st;
	page->head_pfn = PFN(page->pfn.v - distance / size);
	if (counts_huge_pages(kernel, page))
		page->index <<= page->order;
	page->index += distance / size;
	return ST_OK;
}

enum status page_read(struct kernel *kernel, pfn_t pfn, struct page *ret_page)
{
	struct page page = { .pfn = pfn };
	struct object self;
	enum status st;

	st = pfn_to_page(kernel, pfn, &page.address);
	if (st)
		return st;
	st = object_read(kernel, S_page, page.address, &self);
	if (!st)
		st = decode(kernel, &self, &page);
	if (st == ST_NO_ADDRESS)
		st = ST_CORRUPT;	/* the section said that it is there */
	if (st)
		return st;
	*ret_page = page;
	return ST_OK;
}

static enum status not_a_page(struct kernel *kernel, kaddr_t page)
{
	return diag_fail(&kernel->diag, ST_NO_ADDRESS,
			 "no struct page is at %#llx",
			 (unsigned long long)page.v);
}

/* __page_to_pfn() with a virtual memmap, and back to see that it is true. */
enum status page_find(struct kernel *kernel, kaddr_t page, pfn_t *ret_pfn)
{
	const struct kernel_variable *base =
		&kernel->facts.variables[KSYM_VMEMMAP_BASE];
	const uint64_t size = kernel->facts.layout.structs[S_page].size;
	kaddr_t vmemmap, back;
	enum status st;
	pfn_t pfn;

	if (!base->present)
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "without a virtual memmap a struct page does "
				 "not tell its frame");
	st = kernel_read_word(kernel, base->address, &vmemmap.v);
	if (st)
		return diag_under(&kernel->diag, st, "vmemmap_base");
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

/* ---- fields ---- */

bool page_flag(const struct kernel *kernel, const struct page *page,
	       enum enumerator_id flag)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout->has_enumerator[flag] &&
	       (page->flags >> (layout->enumerators[flag] & 63) & 1);
}

/* 6.12 and later give types in the top byte, from 0xf0 up; before, small negatives are counts. */
bool page_has_type(const struct kernel *kernel, const struct page *page)
{
	int32_t word = (int32_t)page->type_word;

	if (kernel->facts.layout.has_enumerator[E_PGTY_buddy])
		return word < (int32_t)0xff000000;
	return word < -128;	/* PAGE_MAPCOUNT_RESERVE */
}

bool page_is_type(const struct kernel *kernel, const struct page *page,
		  enum enumerator_id type)
{
	const struct layout *layout = &kernel->facts.layout;

	return layout->has_enumerator[type] &&
	       page->type_word >> 24 == (uint32_t)layout->enumerators[type];
}

/* The value has been another one in 4.14, 4.18, 6.11 and 6.12. */
bool page_is_buddy(const struct kernel *kernel, const struct page *page)
{
	if (kernel->facts.layout.has_enumerator[E_PGTY_buddy])
		return page_is_type(kernel, page, E_PGTY_buddy);
	return kernel->buddy_type.known &&
	       page->type_word == (uint32_t)kernel->buddy_type.value;
}

bool page_has_mapcount(const struct page *page)
{
	return !page->order ||
	       (page->has_entire_mapcount &&
		(page->hugetlb || page->has_page_mapcounts));
}

int64_t page_mapcount(const struct kernel *kernel, const struct page *page)
{
	int64_t own = page_has_type(kernel, page) ? 0 :
		      (int64_t)(int32_t)page->mapcount_word + 1;

	if (!page->order)
		return own;
	if (page->hugetlb)
		return page->entire_mapcount;
	/* Until 6.1 mapping a file's folio whole counts for each page. */
	if (layout_has(&kernel->facts.layout, M_page_compound_mapcount) &&
	    !is_anonymous(page))
		return own;
	return own + page->entire_mapcount - page->double_map;
}

static uint64_t top_bits(uint64_t word, unsigned int skip, unsigned int width)
{
	return width ? word << skip >> (64 - width) : 0;
}

int page_node(const struct kernel *kernel, const struct page *page)
{
	if (!kernel->zone_bits)
		return -1;
	return top_bits(page->flags, 0, kernel->node_bits);
}

int page_zone(const struct kernel *kernel, const struct page *page)
{
	if (!kernel->zone_bits)
		return -1;
	return top_bits(page->flags, kernel->node_bits, kernel->zone_bits);
}
