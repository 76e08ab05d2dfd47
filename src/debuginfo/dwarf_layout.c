/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See dwarf_layout.h. */
#include "debuginfo/dwarf_layout.h"

#include <string.h>

#include "debuginfo/dwarf_constants.h"

/*
 * Types refer to types, and damaged ones to themselves. No C compiler is
 * asked to go this deep.
 */
#define DEPTH_MAX	64

static bool is_transparent(unsigned int tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type ||
	       tag == DW_TAG_volatile_type || tag == DW_TAG_restrict_type ||
	       tag == DW_TAG_atomic_type;
}

static bool is_compound(unsigned int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static enum status too_deep(const struct die *die, struct diag *diag)
{
	return diag_fail(diag, ST_BUDGET,
			 ".debug_info+0x%jx: types are nested without end",
			 (uintmax_t)die_offset(die));
}

/* What DW_AT_type leads to, typedefs and qualifiers taken off. */
static enum status type_of(struct dwarf_units *units, const struct die *die,
			   struct die *ret_type, struct diag *diag)
{
	cleanup_die struct die type = { 0 };
	unsigned int depth;
	enum status st;

	st = dwarf_units_follow(units, die, DW_AT_type, &type, diag);
	for (depth = 0; st == ST_OK && is_transparent(die_tag(&type));
	     depth++) {
		if (depth == DEPTH_MAX)
			return too_deep(die, diag);
		st = dwarf_units_follow(units, &type, DW_AT_type, &type, diag);
	}
	if (st == ST_ABSENT)
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: is of type void",
				 (uintmax_t)die_offset(die));
	if (st != ST_OK)
		return st;
	die_fini(ret_type);
	*ret_type = type;
	type = (struct die) { 0 };
	return ST_OK;
}

/*
 * An attribute, plus add, that is a size or an offset. An upper bound of -1 is
 * how old compilers say "no elements", so it is judged after the addition.
 */
static enum status get_size(const struct die *die, unsigned int attribute,
			    int64_t add, uint64_t *ret_size,
			    struct diag *diag)
{
	int64_t number;
	enum status st = die_number(die, attribute, &number, diag);

	if (st != ST_OK)
		return st;
	if (__builtin_add_overflow(number, add, &number) || number < 0)
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: negative size",
				 (uintmax_t)die_offset(die));
	*ret_size = number;
	return ST_OK;
}

/* The number of elements in one dimension of an array. */
static enum status dimension(const struct die *subrange, uint64_t *ret_count,
			     struct diag *diag)
{
	enum status st = get_size(subrange, DW_AT_count, 0, ret_count, diag);

	if (st == ST_ABSENT)
		st = get_size(subrange, DW_AT_upper_bound, 1, ret_count,
			      diag);
	if (st == ST_ABSENT) {
		*ret_count = 0;
		st = ST_OK;
	}
	return st;
}

static enum status product(const struct die *die, uint64_t a, uint64_t b,
			   uint64_t *ret, struct diag *diag)
{
	if (__builtin_mul_overflow(a, b, ret))
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: size overflows",
				 (uintmax_t)die_offset(die));
	return ST_OK;
}

static enum status array_count(const struct die *array, uint64_t *ret_count,
			       struct diag *diag)
{
	cleanup_die struct die child = { 0 };
	uint64_t count = 1, n = 0;
	enum status st;

	for (st = die_first_child(array, &child, diag); st == ST_OK;
	     st = die_next(&child, diag)) {
		if (die_tag(&child) != DW_TAG_subrange_type)
			continue;
		st = dimension(&child, &n, diag);
		if (st == ST_OK)
			st = product(array, count, n, &count, diag);
		if (st != ST_OK)
			return st;
	}
	if (st != ST_ABSENT)
		return st;
	*ret_count = count;
	return ST_OK;
}

static enum status type_size(struct dwarf_units *units,
			     const struct die *type, unsigned int depth,
			     uint64_t *ret_bytes, struct diag *diag);

static enum status size_of_target(struct dwarf_units *units,
				  const struct die *die, unsigned int depth,
				  uint64_t *ret_bytes, struct diag *diag)
{
	cleanup_die struct die target = { 0 };
	enum status st = type_of(units, die, &target, diag);

	if (st != ST_OK)
		return st;
	return type_size(units, &target, depth, ret_bytes, diag);
}

static enum status array_size(struct dwarf_units *units,
			      const struct die *array, unsigned int depth,
			      uint64_t *ret_bytes, struct diag *diag)
{
	uint64_t element = 0, count = 0;
	enum status st;

	st = size_of_target(units, array, depth, &element, diag);
	if (st == ST_OK)
		st = array_count(array, &count, diag);
	if (st == ST_OK)
		st = product(array, element, count, ret_bytes, diag);
	return st;
}

/* DW_AT_byte_size is left out where the rest of the entry implies it. */
static enum status type_size(struct dwarf_units *units,
			     const struct die *type, unsigned int depth,
			     uint64_t *ret_bytes, struct diag *diag)
{
	unsigned int tag = die_tag(type);
	enum status st;

	if (depth == DEPTH_MAX)
		return too_deep(type, diag);
	st = get_size(type, DW_AT_byte_size, 0, ret_bytes, diag);
	if (st != ST_ABSENT)
		return st;
	if (tag == DW_TAG_array_type)
		return array_size(units, type, depth + 1, ret_bytes, diag);
	if (tag == DW_TAG_enumeration_type || is_transparent(tag))
		return size_of_target(units, type, depth + 1, ret_bytes, diag);
	if (tag == DW_TAG_pointer_type) {
		*ret_bytes = sizeof(uint64_t);
		return ST_OK;
	}
	return diag_fail(diag, ST_CORRUPT,
			 ".debug_info+0x%jx: a type without a size",
			 (uintmax_t)die_offset(type));
}

enum status dwarf_layout_size(struct dwarf_units *units,
			      const struct die *type, uint64_t *ret_bytes,
			      struct diag *diag)
{
	return type_size(units, type, 0, ret_bytes, diag);
}

/*
 * A bit-field of DWARF 4 and later counts its bits from the start of the
 * struct; before, it counted them from the top of a storage unit.
 */
static enum status first_bit(const struct die *member, uint64_t *ret_bit,
			     uint64_t *ret_n_bits, struct diag *diag)
{
	uint64_t location = 0, storage = 0, from_top = 0;
	enum status st;

	st = get_size(member, DW_AT_bit_size, 0, ret_n_bits, diag);
	if (st == ST_OK)
		st = get_size(member, DW_AT_data_bit_offset, 0, ret_bit, diag);
	if (st != ST_ABSENT || !die_has(member, DW_AT_bit_size))
		return st;
	st = get_size(member, DW_AT_data_member_location, 0, &location, diag);
	if (st == ST_OK)
		st = get_size(member, DW_AT_byte_size, 0, &storage, diag);
	if (st == ST_OK)
		st = get_size(member, DW_AT_bit_offset, 0, &from_top, diag);
	*ret_bit = (location + storage) * 8 - from_top - *ret_n_bits;
	return st;
}

/* Where a member is within its struct; *ret_size only if it is a bit-field. */
static enum status locate(const struct die *member, uint64_t *ret_offset,
			  uint64_t *ret_size, struct diag *diag)
{
	uint64_t bit = 0, n_bits = 0;
	enum status st = first_bit(member, &bit, &n_bits, diag);

	if (st == ST_OK) {
		*ret_offset = bit / 8;
		*ret_size = (bit % 8 + n_bits + 7) / 8;
		return ST_OK;
	}
	if (st != ST_ABSENT)
		return st;
	*ret_offset = 0;	/* as in a union */
	st = get_size(member, DW_AT_data_member_location, 0, ret_offset, diag);
	return st == ST_ABSENT ? ST_OK : st;
}

/* A member that has been found, and where it is in the type asked about. */
struct place {
	struct die member;
	uint64_t offset;
	uint64_t size;	/* of a bit-field */
};

static void place_fini(struct place *place)
{
	die_fini(&place->member);
}

struct component {
	const char *text;
	size_t len;
};

static bool is_called(const char *name, struct component component)
{
	return !strncmp(name, component.text, component.len) &&
	       !name[component.len];
}

static enum status find_member(struct dwarf_units *units,
			       const struct die *type,
			       struct component name, unsigned int depth,
			       struct place *place, struct diag *diag);

/* Look into a member without a name. ST_ABSENT also when it is no struct. */
static enum status find_within(struct dwarf_units *units,
			       const struct die *anonymous,
			       struct component name, unsigned int depth,
			       struct place *place, struct diag *diag)
{
	cleanup_die struct die type = { 0 };
	uint64_t offset = 0, unused;
	enum status st;

	if (depth == DEPTH_MAX)
		return too_deep(anonymous, diag);
	st = type_of(units, anonymous, &type, diag);
	if (st != ST_OK)
		return st;
	if (!is_compound(die_tag(&type)))
		return ST_ABSENT;
	st = find_member(units, &type, name, depth + 1, place, diag);
	if (st == ST_OK)
		st = locate(anonymous, &offset, &unused, diag);
	place->offset += offset;
	return st;
}

/* Whether this member is the one, or has it. */
static enum status try_member(struct dwarf_units *units, struct die *member,
			      struct component name, unsigned int depth,
			      struct place *place, struct diag *diag)
{
	const char *its_name;
	enum status st;

	if (die_tag(member) != DW_TAG_member)
		return ST_ABSENT;
	st = die_name(member, &its_name, diag);
	if (st == ST_ABSENT)
		return find_within(units, member, name, depth, place, diag);
	if (st != ST_OK)
		return st;
	if (!is_called(its_name, name))
		return ST_ABSENT;
	die_fini(&place->member);
	place->member = *member;
	*member = (struct die) { 0 };
	return locate(&place->member, &place->offset, &place->size, diag);
}

static enum status find_member(struct dwarf_units *units,
			       const struct die *type,
			       struct component name, unsigned int depth,
			       struct place *place, struct diag *diag)
{
	cleanup_die struct die member = { 0 };
	enum status st, found;

	for (st = die_first_child(type, &member, diag); st == ST_OK;
	     st = die_next(&member, diag)) {
		found = try_member(units, &member, name, depth, place, diag);
		if (found != ST_ABSENT)
			return found;
	}
	return st;
}

static struct component first_component(const char *path)
{
	return (struct component) { path, strcspn(path, ".") };
}

/* Follow path down from type; place ends at its last component. */
static enum status walk(struct dwarf_units *units, const struct die *type,
			const char *path, struct place *place,
			const char **ret_reached, struct diag *diag)
{
	struct component name = first_component(path);
	cleanup_die struct die inner = { 0 };
	uint64_t base = place->offset;
	enum status st;

	*ret_reached = path + name.len;
	if (!is_compound(die_tag(type)))
		return ST_ABSENT;
	place->offset = 0;
	st = find_member(units, type, name, 0, place, diag);
	if (st != ST_OK)
		return st;
	place->offset += base;
	if (!path[name.len])
		return ST_OK;
	st = type_of(units, &place->member, &inner, diag);
	if (st != ST_OK)
		return st;
	return walk(units, &inner, path + name.len + 1, place, ret_reached,
		    diag);
}

static enum status fit(const struct die *die, uint64_t offset, uint64_t size,
		       struct diag *diag)
{
	uint64_t end;

	if (__builtin_add_overflow(offset, size, &end) || end > UINT32_MAX)
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: absurd size or offset",
				 (uintmax_t)die_offset(die));
	return ST_OK;
}

/*
 * All dimensions multiply, also those of an array type that is behind a
 * typedef: gcc merges them into one, clang does not.
 */
static enum status describe_array(struct dwarf_units *units,
				  const struct die *array, unsigned int depth,
				  struct member_info *info, struct diag *diag)
{
	cleanup_die struct die element = { 0 };
	uint64_t count = 0, size = 0;
	enum status st;

	if (depth == DEPTH_MAX)
		return too_deep(array, diag);
	st = array_count(array, &count, diag);
	if (st == ST_OK)
		st = product(array, count, info->count, &count, diag);
	if (st == ST_OK)
		st = type_of(units, array, &element, diag);
	if (st == ST_OK)
		st = type_size(units, &element, 0, &size, diag);
	if (st == ST_OK)
		st = fit(array, count, size, diag);
	if (st != ST_OK)
		return st;
	info->count = count;
	info->element_size = size;
	if (die_tag(&element) != DW_TAG_array_type)
		return ST_OK;
	return describe_array(units, &element, depth + 1, info, diag);
}

static enum status describe(struct dwarf_units *units,
			    const struct place *place,
			    struct member_info *ret_info, struct diag *diag)
{
	cleanup_die struct die type = { 0 };
	struct member_info info = { 0 };
	uint64_t size = place->size;
	enum status st;

	st = type_of(units, &place->member, &type, diag);
	if (st == ST_OK && !size)
		st = type_size(units, &type, 0, &size, diag);
	if (st == ST_OK)
		st = fit(&place->member, place->offset, size, diag);
	if (st != ST_OK)
		return st;
	info.offset = place->offset;
	info.size = size;
	info.element_size = size;
	if (die_tag(&type) == DW_TAG_array_type) {
		info.count = 1;
		st = describe_array(units, &type, 0, &info, diag);
	}
	if (st == ST_OK)
		*ret_info = info;
	return st;
}

enum status dwarf_layout_member(struct dwarf_units *units,
				const struct die *type, const char *path,
				struct member_info *ret_member,
				struct diag *diag)
{
	cleanup(place_fini) struct place place = { 0 };
	const char *reached = path;
	enum status st;

	st = walk(units, type, path, &place, &reached, diag);
	if (st == ST_ABSENT)
		return diag_fail(diag, st, "no member %.*s",
				 (int)(reached - path), path);
	if (st != ST_OK)
		return st;
	return describe(units, &place, ret_member, diag);
}

static void mix(uint64_t *hash, uint64_t value)
{
	*hash = (*hash ^ value) * 0x100000001b3;
	*hash ^= *hash >> 29;
}

static void mix_text(uint64_t *hash, const char *text)
{
	for (; *text; text++)
		mix(hash, (unsigned char)*text);
}

static enum status mix_members(struct dwarf_units *units,
			       const struct die *type, unsigned int depth,
			       uint64_t *hash, struct diag *diag);

static enum status mix_anonymous(struct dwarf_units *units,
				 const struct die *member, unsigned int depth,
				 uint64_t *hash, struct diag *diag)
{
	cleanup_die struct die type = { 0 };
	enum status st;

	if (depth == DEPTH_MAX)
		return too_deep(member, diag);
	st = type_of(units, member, &type, diag);
	if (st != ST_OK)
		return st;
	return mix_members(units, &type, depth + 1, hash, diag);
}

static enum status mix_member(struct dwarf_units *units,
			      const struct die *member, unsigned int depth,
			      uint64_t *hash, struct diag *diag)
{
	uint64_t offset = 0, size = 0;
	const char *name;
	enum status st;

	if (die_tag(member) != DW_TAG_member)
		return ST_OK;
	st = locate(member, &offset, &size, diag);
	if (st != ST_OK)
		return st;
	mix(hash, offset);
	st = die_name(member, &name, diag);
	if (st == ST_OK)
		mix_text(hash, name);
	else if (st == ST_ABSENT)
		st = mix_anonymous(units, member, depth, hash, diag);
	return st;
}

static enum status mix_members(struct dwarf_units *units,
			       const struct die *type, unsigned int depth,
			       uint64_t *hash, struct diag *diag)
{
	cleanup_die struct die member = { 0 };
	enum status st, mixed;

	mix(hash, die_tag(type));
	for (st = die_first_child(type, &member, diag); st == ST_OK;
	     st = die_next(&member, diag)) {
		mixed = mix_member(units, &member, depth, hash, diag);
		if (mixed != ST_OK)
			return mixed;
	}
	return st == ST_ABSENT ? ST_OK : st;
}

enum status dwarf_layout_fingerprint(struct dwarf_units *units,
				     const struct die *type,
				     uint64_t *ret_fingerprint,
				     struct diag *diag)
{
	uint64_t hash = 0, size = 0;
	enum status st = type_size(units, type, 0, &size, diag);

	if (st != ST_OK)
		return st;
	mix(&hash, size);
	st = mix_members(units, type, 0, &hash, diag);
	if (st == ST_OK)
		*ret_fingerprint = hash;
	return st;
}
