/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/swap.h"

#include "mm/xarray.h"

/* MAX_SWAPFILES_SHIFT */
#define TYPE_BITS	5

/*
 * One bit has several meanings (PG_owner_priv_1); for pages that can go to
 * swap it is this. hugetlb has yet others.
 */
bool page_in_swap_cache(const struct kernel *kernel, const struct page *page)
{
	return !page->hugetlb &&
	       page_flag(kernel, page, E_PG_swapbacked) &&
	       page_flag(kernel, page, E_PG_swapcache);
}

/* SWP_TYPE_SHIFT: an entry has to fit into an xarray's value. */
struct swap_entry swap_entry_of(const struct kernel *kernel, uint64_t value)
{
	unsigned int type_shift = xarray_value_bits(kernel) - TYPE_BITS;

	return (struct swap_entry) {
		.type = value >> type_shift,
		.offset = value & ((1ULL << type_shift) - 1),
	};
}

/* Since 6.6 the folio has the entry of its first page. */
static enum status entry_of_folio(struct kernel *kernel,
				  const struct page *page,
				  struct swap_entry *ret_entry)
{
	struct object folio;
	enum status st = object_read(kernel, S_folio, page->head, &folio);

	if (st)
		return st;
	*ret_entry = swap_entry_of(kernel, object_value(&folio, M_folio_swap));
	ret_entry->offset += page->pfn.v - page->head_pfn.v;
	return ST_OK;
}

/* Before, each page has its own. */
static enum status entry_of_page(struct kernel *kernel,
				 const struct page *page,
				 struct swap_entry *ret_entry)
{
	struct object object;
	enum status st = object_read(kernel, S_page, page->address, &object);

	if (st)
		return st;
	*ret_entry = swap_entry_of(kernel, object_value(&object, M_page_private));
	return ST_OK;
}

/* A page table's worth, on machines with pages of 64 KiB. */
#define MAX_SWAP_ORDER	13

enum status page_swap_entry(struct kernel *kernel, const struct page *page,
			    struct swap_entry *ret_entry)
{
	if (page->order > MAX_SWAP_ORDER)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "no folio of order %u goes to swap",
				 page->order);
	if (layout_has(&kernel->facts.layout, M_folio_swap))
		return entry_of_folio(kernel, page, ret_entry);
	return entry_of_page(kernel, page, ret_entry);
}

/* ---- the kernel's own count ---- */

/* include/linux/swap.h: the bytes of swap_map. */
#define MAP_HAS_CACHE		0x40
#define MAP_COUNT_CONTINUED	0x80
#define MAP_BAD			0x3f
#define MAP_SHMEM		0xbf

static struct swap_slot decode_slot(uint8_t byte)
{
	uint8_t count = byte & ~MAP_HAS_CACHE;
	struct swap_slot slot = { .cached = byte & MAP_HAS_CACHE };

	if (count == MAP_SHMEM)
		slot.use = SWAP_SHMEM;
	else if (count & MAP_COUNT_CONTINUED)
		slot.use = SWAP_CONTINUED;
	else if (count == MAP_BAD)
		slot.use = SWAP_BAD;
	else
		slot.use = count ? SWAP_COUNTED : SWAP_UNUSED;
	slot.count = slot.use == SWAP_COUNTED ? count : 0;
	return slot;
}

static enum status no_such_place(struct kernel *kernel, const char *what)
{
	return diag_fail(&kernel->diag, ST_ABSENT, "%s", what);
}

/* Where it cannot be told, the swap files themselves may. */
static enum status check_type(struct kernel *kernel, unsigned int type)
{
	enum swap_meaning meaning;

	if (type >= N_SWAP_TYPES)
		return no_such_place(kernel, "no swap entry has this type");
	meaning = kernel->swap_types.meanings[type];
	if (meaning == SWAP_FILE || meaning == SWAP_UNKNOWN)
		return ST_OK;
	return diag_fail(&kernel->diag, ST_ABSENT,
			 "no swap file has this type: in a page table it means "
			 "%s", swap_meaning_words(meaning));
}

/* The struct of a swap file; its pointer stays when it is switched off. */
static enum status read_swap_file(struct kernel *kernel, unsigned int type,
				  struct object *ret_file)
{
	const struct kernel_variable *table =
		&kernel->facts.variables[KSYM_SWAP_INFO];
	kaddr_t file;
	enum status st;

	st = check_type(kernel, type);
	if (st)
		return st;
	if (!table->present ||
	    !kernel->facts.layout.structs[S_swap_info_struct].present)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "where the swap files are is not known");
	st = kernel_read_word(kernel,
			      kaddr_add(table->address, type * sizeof(file.v)),
			      &file.v);
	if (st)
		return diag_under(&kernel->diag, st, "swap_info");
	if (!file.v)
		return no_such_place(kernel, "there is no such swap file");
	st = object_read(kernel, S_swap_info_struct, file, ret_file);
	return st ? diag_under(&kernel->diag, st, "swap file %u", type) : ST_OK;
}

static enum status read_map(struct kernel *kernel, const struct object *file,
			    uint64_t offset, struct swap_slot *ret_slot)
{
	kaddr_t map = object_pointer(file, M_swap_info_struct_swap_map);
	uint8_t byte;
	enum status st;

	if (!map.v)
		return no_such_place(kernel, "the swap file is switched off");
	st = kernel_read(kernel, kaddr_add(map, offset), &byte, sizeof(byte));
	if (st)
		return diag_under(&kernel->diag, st, "swap_map");
	*ret_slot = decode_slot(byte);
	return ST_OK;
}

/* ---- the swap table ---- */

/*
 * mm/swap_table.h: a word for each place. Its lowest bits say what it is, its
 * four highest count; the highest count stands for what extend_table tells.
 */
#define TABLE_BAD		(~0ULL << 3)
#define TABLE_IS_SHADOW(word)	((word) & 1)
#define TABLE_IS_PFN(word)	(((word) & 3) == 2)
#define TABLE_PFN(word)		((word) >> 2 & ((1ULL << 40) - 1))
#define TABLE_COUNT(word)	((word) >> 60)
#define TABLE_COUNT_MAX		15

static enum status read_extended(struct kernel *kernel,
				 const struct object *cluster, uint64_t place,
				 struct swap_slot *slot)
{
	kaddr_t table;
	uint32_t count;
	enum status st;

	slot->use = SWAP_CONTINUED;
	slot->count = 0;
	if (!layout_has(cluster->layout, M_swap_cluster_info_extend_table))
		return ST_OK;
	table = object_pointer(cluster, M_swap_cluster_info_extend_table);
	if (!table.v)
		return ST_OK;
	st = kernel_read(kernel, kaddr_add(table, place * sizeof(count)),
			 &count, sizeof(count));
	if (st)
		return diag_under(&kernel->diag, st, "swap extend_table");
	slot->use = SWAP_COUNTED;
	slot->count = count;
	return ST_OK;
}

static enum status decode_word(struct kernel *kernel,
			       const struct object *cluster, uint64_t place,
			       uint64_t word, struct swap_slot *ret_slot)
{
	struct swap_slot slot = { .count = TABLE_COUNT(word) };
	enum status st = ST_OK;

	if (!word || word == TABLE_BAD) {
		*ret_slot = (struct swap_slot) {
			.use = word ? SWAP_BAD : SWAP_UNUSED
		};
		return ST_OK;
	}
	if (!TABLE_IS_SHADOW(word) && !TABLE_IS_PFN(word))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "swap table: %#llx makes no sense",
				 (unsigned long long)word);
	slot.use = slot.count ? SWAP_COUNTED : SWAP_UNUSED;
	slot.cached = slot.has_pfn = !TABLE_IS_SHADOW(word);
	slot.pfn = PFN(slot.cached ? TABLE_PFN(word) : 0);
	if (slot.count == TABLE_COUNT_MAX)
		st = read_extended(kernel, cluster, place, &slot);
	if (!st)
		*ret_slot = slot;
	return st;
}

static enum status read_table(struct kernel *kernel, const struct object *file,
			      uint64_t offset, struct swap_slot *ret_slot)
{
	const struct layout *layout = &kernel->facts.layout;
	uint64_t size = layout->members[M_swap_table_entries].count;
	kaddr_t clusters = object_pointer(file,
					  M_swap_info_struct_cluster_info);
	struct object cluster;
	kaddr_t table;
	uint64_t word = 0;
	enum status st;

	if (!clusters.v)
		return no_such_place(kernel, "the swap file is switched off");
	st = object_read(kernel, S_swap_cluster_info,
			 kaddr_add(clusters, offset / size *
				   layout->structs[S_swap_cluster_info].size),
			 &cluster);
	if (st)
		return diag_under(&kernel->diag, st, "swap cluster");
	table = object_pointer(&cluster, M_swap_cluster_info_table);
	if (table.v)	/* else all of the cluster is free */
		st = kernel_read_word(kernel,
				      kaddr_add(table, offset % size *
						sizeof(word)), &word);
	if (st)
		return diag_under(&kernel->diag, st, "swap table");
	return decode_word(kernel, &cluster, offset % size, word, ret_slot);
}

static bool has_table(const struct layout *layout)
{
	return layout_has(layout, M_swap_info_struct_cluster_info) &&
	       layout_has(layout, M_swap_cluster_info_table) &&
	       layout_has(layout, M_swap_table_entries) &&
	       layout->members[M_swap_table_entries].count;
}

enum status swap_slot_read(struct kernel *kernel, struct swap_entry entry,
			   struct swap_slot *ret_slot)
{
	const struct layout *layout = &kernel->facts.layout;
	struct object file;
	enum status st = read_swap_file(kernel, entry.type, &file);

	if (st)
		return st;
	if (entry.offset >= object_value(&file, M_swap_info_struct_max))
		return no_such_place(kernel, "the swap file ends before it");
	if (layout_has(layout, M_swap_info_struct_swap_map))
		return read_map(kernel, &file, entry.offset, ret_slot);
	if (has_table(layout))
		return read_table(kernel, &file, entry.offset, ret_slot);
	return diag_fail(&kernel->diag, ST_UNKNOWN,
			 "where this kernel keeps its count is not known");
}
