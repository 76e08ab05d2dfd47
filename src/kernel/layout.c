/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "kernel/wants.h"

/* "a, b, c" of a NULL-terminated list, for messages. */
static const char *join(const char *const *names, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; names[i] && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s", i ? ", " : "",
				names[i]);
	return buf;
}

static enum status resolve_member(struct type_source *types,
				  struct type_id type,
				  const struct member_want *want,
				  struct member_layout *ret_member,
				  struct diag *diag)
{
	struct member_info info;
	enum status st = ST_ABSENT;
	char tried[256];
	size_t i;

	for (i = 0; want->names[i] && st == ST_ABSENT; i++)
		st = types->ops->member(types, type, want->names[i], &info,
					diag);
	if (st == ST_ABSENT)
		return diag_fail(diag, st, "struct %s has no member %s",
				 struct_wants[want->structure].names[0],
				 join(want->names, tried, sizeof(tried)));
	if (st)
		return st;
	if (!info.size || (info.count && !info.element_size))
		return diag_fail(diag, ST_CORRUPT,
				 "struct %s: member %s without a size",
				 struct_wants[want->structure].names[0],
				 want->names[0]);
	*ret_member = (struct member_layout) {
		.present = true,
		.name = i - 1,
		.offset = info.offset,
		.size = info.count ? info.element_size : info.size,
		.count = info.count ? info.count : 1,
	};
	return ST_OK;
}

/* ST_ABSENT when this candidate lacks a required member: not the right one. */
static enum status resolve_members(struct layout *layout, enum struct_id id,
				   struct type_source *types,
				   struct type_id type, struct diag *diag)
{
	for (size_t m = 0; m < N_MEMBERS; m++) {
		const struct member_want *want = &member_wants[m];
		enum status st;

		if (want->structure != id)
			continue;
		layout->members[m] = (struct member_layout) { 0 };
		st = resolve_member(types, type, want, &layout->members[m],
				    diag);
		if (st == ST_ABSENT && want->need == OPTIONAL)
			continue;
		if (st)
			return st;
	}
	return ST_OK;
}

/* One name may be that of several types: take the one with our members. */
static enum status try_name(struct layout *layout, enum struct_id id,
			    const char *name, enum find_effort effort,
			    struct type_source *types, struct diag *diag)
{
	struct struct_layout *sl = &layout->structs[id];
	struct diag why = { "" };

	for (unsigned int nth = 0; ; nth++) {
		struct type_id type;
		enum status st = types->ops->find(types, name, nth, effort,
						  &type, diag);

		if (st == ST_ABSENT && why.text[0])
			return diag_fail(diag, st, "%s", why.text);
		if (st)
			return st;
		st = resolve_members(layout, id, types, type, &why);
		if (!st)
			st = types->ops->size(types, type, &sl->size, &why);
		if (!st && !sl->size)
			st = diag_fail(&why, ST_CORRUPT,
				       "struct %s without a size", name);
		if (!st) {
			sl->present = true;
			return ST_OK;
		}
		if (st != ST_ABSENT)
			return diag_fail(diag, st, "%s", why.text);
	}
}

static enum status try_names(struct layout *layout, enum struct_id id,
			     enum find_effort effort,
			     struct type_source *types, struct diag *diag)
{
	const char *const *names = struct_wants[id].names;
	enum status st = ST_ABSENT;
	size_t i;

	for (i = 0; names[i] && (st == ST_ABSENT || st == ST_UNKNOWN); i++)
		st = try_name(layout, id, names[i], effort, types, diag);
	if (!st)
		layout->structs[id].name = i - 1;
	return st;
}

/* Of an optional structure all required members are there, or none at all. */
static void forget_members(struct layout *layout, enum struct_id id)
{
	for (size_t m = 0; m < N_MEMBERS; m++)
		if (member_wants[m].structure == id)
			layout->members[m].present = false;
}

static bool is_met(const struct layout *layout, const struct condition *when)
{
	return when->member == NO_MEMBER ||
	       layout_has(layout, when->member) == when->present;
}

static enum status resolve_struct(struct layout *layout, enum struct_id id,
				  struct type_source *types, struct diag *diag)
{
	const struct struct_want *want = &struct_wants[id];
	enum status st;

	if (!is_met(layout, &want->when))
		return ST_OK;
	st = try_names(layout, id, FIND_NEARBY, types, diag);
	if (st)
		st = try_names(layout, id, FIND_EVERYWHERE, types, diag);
	if (st == ST_ABSENT && want->need == OPTIONAL) {
		forget_members(layout, id);
		return ST_OK;
	}
	return st;
}

/* The smallest piece of each structure that holds all members we read. */
static void measure_structs(struct layout *layout)
{
	for (size_t i = 0; i < N_STRUCTS; i++) {
		layout->structs[i].first = UINT32_MAX;
		layout->structs[i].end = 0;
	}
	for (size_t m = 0; m < N_MEMBERS; m++) {
		const struct member_layout *ml = &layout->members[m];
		struct struct_layout *sl =
			&layout->structs[member_wants[m].structure];
		uint32_t end = ml->offset + member_bytes_wanted(ml);

		if (!ml->present)
			continue;
		if (ml->offset < sl->first)
			sl->first = ml->offset;
		if (end > sl->end)
			sl->end = end;
	}
}

static enum status resolve_enumerator(struct layout *layout,
				      enum enumerator_id id,
				      struct type_source *types,
				      struct diag *diag)
{
	const struct enumerator_want *want = &enumerator_wants[id];
	enum status st = ST_ABSENT;
	int64_t value;

	for (size_t i = 0; want->names[i] && st == ST_ABSENT; i++)
		st = types->ops->enumerator(types, want->names[i], &value,
					    diag);
	layout->has_enumerator[id] = st == ST_OK;
	if (st)
		return st == ST_ABSENT ? ST_OK : st;
	/* Bit numbers, page types and the number of zones: all are small. */
	if (value < 0 || value > UINT8_MAX)
		return diag_fail(diag, ST_CORRUPT, "enumerator %s is %lld",
				 want->names[0], (long long)value);
	layout->enumerators[id] = value;
	return ST_OK;
}

/*
 * Of two ways to keep the VMAs of an mm a kernel has one; a third would need
 * code of its own.
 */
static enum status check_shape(const struct layout *layout, struct diag *diag)
{
	if (layout_has(layout, M_mm_struct_ma_root) ||
	    (layout_has(layout, M_mm_struct_mmap) &&
	     layout_has(layout, M_vm_area_struct_vm_next)))
		return ST_OK;
	return diag_fail(diag, ST_ABSENT,
			 "struct mm_struct has neither a maple tree (mm_mt) "
			 "nor a list of VMAs (mmap)");
}

/* ---- a layout from elsewhere ---- */

static enum status check_struct(const struct layout *layout, enum struct_id id,
				struct diag *diag)
{
	const struct struct_want *want = &struct_wants[id];

	if (!is_met(layout, &want->when))
		return layout->structs[id].present ?
		       diag_fail(diag, ST_CORRUPT,
				 "struct %s where it cannot be", want->id) :
		       ST_OK;
	if (layout->structs[id].present ? layout->structs[id].size > 0 :
	    want->need == OPTIONAL)
		return ST_OK;
	return diag_fail(diag, ST_CORRUPT, "struct %s is missing or empty",
			 want->id);
}

static enum status check_member(const struct layout *layout, enum member_id id,
				struct diag *diag)
{
	const struct member_layout *ml = &layout->members[id];
	const struct member_want *want = &member_wants[id];
	const struct struct_layout *sl = &layout->structs[want->structure];

	if (!ml->present && (!sl->present || want->need == OPTIONAL))
		return ST_OK;
	if (!ml->present || !sl->present || !ml->size || !ml->count)
		return diag_fail(diag, ST_CORRUPT,
				 "member %s is missing or empty", want->id);
	/* All are 32 bits wide, but for the size of the structure. */
	if ((unsigned __int128)ml->size * ml->count + ml->offset > sl->size)
		return diag_fail(diag, ST_CORRUPT,
				 "member %s lies outside of its struct",
				 want->id);
	return ST_OK;
}

enum status layout_check(struct layout *layout, struct diag *diag)
{
	enum status st = ST_OK;

	for (int i = 0; i < N_STRUCTS && !st; i++)
		st = check_struct(layout, i, diag);
	for (int i = 0; i < N_MEMBERS && !st; i++)
		st = check_member(layout, i, diag);
	if (!st)
		st = check_shape(layout, diag);
	if (!st)
		measure_structs(layout);
	return st;
}

/* ---- a layout from types ---- */

enum status layout_resolve(struct layout *layout, struct type_source *types,
			   struct diag *diag)
{
	enum status st = ST_OK;

	memset(layout, 0, sizeof(*layout));
	for (int i = 0; i < N_STRUCTS && !st; i++)
		st = resolve_struct(layout, i, types, diag);
	for (int i = 0; i < N_ENUMERATORS && !st; i++)
		st = resolve_enumerator(layout, i, types, diag);
	if (!st)
		st = check_shape(layout, diag);
	if (st)
		return diag_under(diag, st, "%s", types->ops->name);
	measure_structs(layout);
	return ST_OK;
}
