/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See dwarf_units.h. */
#include "debuginfo/dwarf_units.h"

#include "debuginfo/bytes.h"

enum status dwarf_units_init(struct dwarf_units *units, struct elf_file *file,
			     struct diag *diag)
{
	*units = (struct dwarf_units) { .file = file };
	return dwarf_sections_find(file, &units->sections, diag);
}

void dwarf_units_fini(struct dwarf_units *units)
{
	size_t i;

	for (i = 0; i < units->open.n; i++)
		dwarf_unit_close(units->open.items[i]);
	dwarf_unit_vec_fini(&units->open);
	dwarf_range_vec_fini(&units->all);
}

static bool contains(struct dwarf_range range, uint64_t offset)
{
	return offset >= range.offset && offset - range.offset < range.size;
}

static struct dwarf_unit *find_open(const struct dwarf_units *units,
				    uint64_t offset)
{
	size_t i;

	for (i = 0; i < units->open.n; i++) {
		struct dwarf_unit *unit = units->open.items[i];

		if (contains(dwarf_unit_range(unit), offset))
			return unit;
	}
	return NULL;
}

enum status dwarf_units_get(struct dwarf_units *units, uint64_t offset,
			    struct dwarf_unit **ret_unit, struct diag *diag)
{
	cleanup(dwarf_unit_close_cleanup) struct dwarf_unit *unit = NULL;
	struct dwarf_unit *open = find_open(units, offset);
	enum status st;

	if (open && dwarf_unit_range(open).offset == offset) {
		*ret_unit = open;
		return ST_OK;
	}
	st = dwarf_unit_open(&units->sections, offset, &unit, diag);
	if (st != ST_OK)
		return st;
	if (dwarf_unit_vec_push(&units->open, unit) != ST_OK)
		return diag_no_memory(diag);
	*ret_unit = take(unit);
	return ST_OK;
}

static enum status list_all(const struct dwarf_sections *sections,
			    struct dwarf_range_vec *all, struct diag *diag)
{
	uint64_t offset = 0;

	while (offset < sections->items[DWARF_INFO].size) {
		struct dwarf_range range;
		enum status st = dwarf_range_at(sections, offset, &range,
						diag);

		if (st != ST_OK)
			return st;
		if (dwarf_range_vec_push(all, range) != ST_OK)
			return diag_no_memory(diag);
		offset += range.size;
	}
	return ST_OK;
}

enum status dwarf_units_all(struct dwarf_units *units,
			    const struct dwarf_range_vec **ret_ranges,
			    struct diag *diag)
{
	enum status st = ST_OK;

	if (!units->all.n)
		st = list_all(&units->sections, &units->all, diag);
	if (st != ST_OK) {
		dwarf_range_vec_fini(&units->all);
		return st;
	}
	*ret_ranges = &units->all;
	return ST_OK;
}

static int compare_range(const void *key, const void *element)
{
	const uint64_t *offset = key;
	const struct dwarf_range *range = element;

	if (contains(*range, *offset))
		return 0;
	return *offset < range->offset ? -1 : 1;
}

static enum status unit_holding(struct dwarf_units *units, uint64_t offset,
				struct dwarf_unit **ret_unit,
				struct diag *diag)
{
	const struct dwarf_range_vec *all;
	const struct dwarf_range *range;
	enum status st;

	*ret_unit = find_open(units, offset);
	if (*ret_unit)
		return ST_OK;
	st = dwarf_units_all(units, &all, diag);
	if (st != ST_OK)
		return st;
	range = bsearch(&offset, all->items, all->n, sizeof(*all->items),
			compare_range);
	if (!range)
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: past the end of the section",
				 (uintmax_t)offset);
	return dwarf_units_get(units, range->offset, ret_unit, diag);
}

enum status dwarf_units_die(struct dwarf_units *units, uint64_t offset,
			    struct die *ret_die, struct diag *diag)
{
	struct dwarf_unit *unit = NULL;
	enum status st = unit_holding(units, offset, &unit, diag);

	if (st != ST_OK)
		return st;
	return die_at(unit, offset, ret_die, diag);
}

enum status dwarf_units_follow(struct dwarf_units *units,
			       const struct die *die, unsigned int attribute,
			       struct die *ret_target, struct diag *diag)
{
	uint64_t offset = 0;
	enum status st = die_reference(die, attribute, &offset, diag);

	if (st != ST_OK)
		return st;
	return dwarf_units_die(units, offset, ret_target, diag);
}

/* The header of one unit's list of address ranges. */
struct aranges {
	uint64_t unit;
	struct bytes ranges;
};

/* Take one list off the front; in 64-bit DWARF offsets are of 64 bits. */
static bool next_aranges(struct bytes *section, struct aranges *ret)
{
	const uint8_t *start = section->p;
	uint8_t address_size, selector_size;
	struct bytes list;
	uint32_t small;
	uint64_t length;
	uint16_t version;
	bool wide;

	if (!bytes_u32(section, &small))
		return false;
	length = small;
	wide = small == UINT32_MAX;
	if ((wide && !bytes_u64(section, &length)) ||
	    !bytes_split(section, length, &list) ||
	    !bytes_u16(&list, &version) || version != 2)
		return false;
	if (wide ? !bytes_u64(&list, &ret->unit) : !bytes_u32(&list, &small))
		return false;
	if (!wide)
		ret->unit = small;
	if (!bytes_u8(&list, &address_size) || address_size != 8 ||
	    !bytes_u8(&list, &selector_size) || selector_size)
		return false;
	/* The pairs are aligned to their size, from the start of the list. */
	if (!bytes_skip(&list, -(uint64_t)(list.p - start) & 15))
		return false;
	ret->ranges = list;
	return true;
}

static bool aranges_contain(struct bytes ranges, uint64_t address)
{
	uint64_t start, size;

	while (bytes_u64(&ranges, &start) && bytes_u64(&ranges, &size)) {
		if (address - start < size)
			return true;
	}
	return false;
}

enum status dwarf_units_by_address(struct dwarf_units *units,
				   uint64_t address, uint64_t *ret_offset,
				   struct diag *diag)
{
	struct elf_section section = { 0 };
	struct aranges aranges;
	struct bytes bytes;
	enum status st;

	st = elf_file_section(units->file, ".debug_aranges", &section, diag);
	if (st != ST_OK)
		return st;
	bytes = (struct bytes) { section.data, section.size };
	while (bytes.n) {
		if (!next_aranges(&bytes, &aranges))
			return diag_fail(diag, ST_CORRUPT,
					 ".debug_aranges: unreadable");
		if (aranges_contain(aranges.ranges, address)) {
			*ret_offset = aranges.unit;
			return ST_OK;
		}
	}
	return diag_fail(diag, ST_ABSENT, "no unit has address 0x%jx",
			 (uintmax_t)address);
}
