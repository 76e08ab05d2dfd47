/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See dwarf_types.h. Decides which units are read, and when; remembers the
 * names of the types in them.
 *
 * Units are read one after another, until the question at hand is answered:
 * those that the anchors' symbols lead to, those that are called like an
 * anchor, and, for structs only, all others. The last step takes up to a second
 * and keeps only what it was made for.
 */
#include "debuginfo/dwarf_types.h"

#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "debuginfo/dwarf_constants.h"
#include "debuginfo/dwarf_layout.h"
#include "debuginfo/dwarf_units.h"
#include "debuginfo/name_table.h"

DEFINE_VEC(offset_vec, uint64_t)
DEFINE_VEC(text_vec, char *)

struct anchor {
	const struct dwarf_anchor *wanted;
	struct symbol_want *symbols;
	size_t n_symbols;
	bool read;
};

struct dwarf_types {
	struct type_source source;	/* must be the first */
	struct elf_file *file;
	struct dwarf_units units;

	struct anchor *anchors;
	size_t n_anchors;
	struct symbol_want *symbols;	/* of all anchors */
	size_t n_symbols;
	bool symbols_known;
	size_t next_anchor;		/* first one not followed yet */
	bool names_tried;
	bool incomplete;		/* a wanted unit may have been missed */

	struct map read;		/* offsets of the units read in full */
	struct name_table types;	/* structs and unions by name */
	struct name_table enums;	/* enums by name */
	struct offset_vec all_enums;	/* nameless ones too */
	size_t n_enums_read;		/* whose enumerators are in the table */
	struct name_table enumerators;
	struct text_vec searched;	/* names looked for in every unit */
};

static struct dwarf_types *dwarf_types(struct type_source *source)
{
	return (struct dwarf_types *)source;
}

/* Going through the types of a unit. */
struct walk {
	enum status (*visit)(void *arg, const struct die *die,
			     struct diag *diag);
	void *arg;
	bool nested;		/* there are types within types */
	unsigned int depth;
};

/* No C programmer nests structs deeper than this. */
#define DEPTH_MAX	64

static bool is_compound(const struct die *die)
{
	unsigned int tag = die_tag(die);

	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static enum status walk_children(struct walk *walk, const struct die *parent,
				 struct diag *diag)
{
	cleanup_die struct die die = { 0 };
	enum status st, visited;

	if (walk->depth == DEPTH_MAX)
		return diag_fail(diag, ST_BUDGET,
				 ".debug_info+0x%jx: types are nested without end",
				 (uintmax_t)die_offset(parent));
	walk->depth++;
	for (st = die_first_child(parent, &die, diag); st == ST_OK;
	     st = die_next(&die, diag)) {
		visited = walk->visit(walk->arg, &die, diag);
		if (visited == ST_OK && walk->nested && is_compound(&die))
			visited = walk_children(walk, &die, diag);
		if (visited != ST_OK)
			return visited;
	}
	walk->depth--;
	return st == ST_ABSENT ? ST_OK : st;
}

/* -gsplit-dwarf leaves a unit without types in the linked file. */
static enum status check_complete(const struct die *root, struct diag *diag)
{
	if (die_has(root, DW_AT_dwo_name) || die_has(root, DW_AT_GNU_dwo_name))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "the debug information is in separate .dwo files");
	return ST_OK;
}

/*
 * In C a struct that is defined within another is no less visible, and gcc
 * puts all on one level; clang does not.
 */
static bool nests_types(const struct die *root)
{
	const char *producer;

	return die_text(root, DW_AT_producer, &producer, NULL) == ST_OK &&
	       strstr(producer, "clang");
}

static enum status walk_unit(struct walk *walk, struct dwarf_unit *unit,
			     struct diag *diag)
{
	cleanup_die struct die root = { 0 };
	enum status st;

	st = die_root(unit, &root, diag);
	if (st == ST_OK)
		st = check_complete(&root, diag);
	if (st != ST_OK)
		return st;
	walk->nested = nests_types(&root);
	return walk_children(walk, &root, diag);
}

/*
 * Reading a unit: the names of its types go into the tables, the units that
 * it imports (dwz moves what units share into partial ones) onto a list.
 */
struct reading {
	struct dwarf_types *types;
	struct offset_vec units;	/* still to be read, last one next */
};

static void reading_fini(struct reading *reading)
{
	offset_vec_fini(&reading->units);
}

/* The name of a complete struct or union, NULL when this is none. */
static enum status type_name(const struct die *die, const char **ret_name,
			     struct diag *diag)
{
	enum status st;

	*ret_name = NULL;
	if (die_has(die, DW_AT_declaration))
		return ST_OK;
	st = die_name(die, ret_name, diag);
	return st == ST_ABSENT ? ST_OK : st;
}

static enum status note_type(struct reading *reading, const struct die *die,
			     struct diag *diag)
{
	const char *name;
	enum status st = type_name(die, &name, diag);

	if (st != ST_OK || !name)
		return st;
	if (name_table_add(&reading->types->types, name, die_offset(die)))
		return diag_no_memory(diag);
	return ST_OK;
}

static enum status note_enum(struct reading *reading, const struct die *die,
			     struct diag *diag)
{
	struct dwarf_types *types = reading->types;
	const char *name;
	enum status st;

	if (die_has(die, DW_AT_declaration))
		return ST_OK;
	if (offset_vec_push(&types->all_enums, die_offset(die)))
		return diag_no_memory(diag);
	st = die_name(die, &name, diag);
	if (st == ST_ABSENT)
		return ST_OK;
	if (st == ST_OK && name_table_add(&types->enums, name,
					  die_offset(die)))
		return diag_no_memory(diag);
	return st;
}

static enum status note_import(struct reading *reading, const struct die *die,
			       struct diag *diag)
{
	cleanup_die struct die root = { 0 };
	enum status st;

	st = dwarf_units_follow(&reading->types->units, die, DW_AT_import,
				&root, diag);
	if (st != ST_OK)
		return st;
	if (offset_vec_push(&reading->units,
			    dwarf_unit_range(root.unit).offset))
		return diag_no_memory(diag);
	return ST_OK;
}

static const struct {
	unsigned int tag;
	enum status (*note)(struct reading *reading, const struct die *die,
			    struct diag *diag);
} noted[] = {
	{ DW_TAG_structure_type, note_type },
	{ DW_TAG_union_type, note_type },
	{ DW_TAG_enumeration_type, note_enum },
	{ DW_TAG_imported_unit, note_import },
};

static enum status note(void *arg, const struct die *die, struct diag *diag)
{
	unsigned int tag = die_tag(die);
	size_t i;

	for (i = 0; i < sizeof(noted) / sizeof(noted[0]); i++) {
		if (noted[i].tag == tag)
			return noted[i].note(arg, die, diag);
	}
	return ST_OK;
}

static enum status read_one(struct reading *reading, uint64_t offset,
			    struct diag *diag)
{
	struct walk walk = { .visit = note, .arg = reading };
	struct dwarf_unit *unit = NULL;
	enum status st;

	st = dwarf_units_get(&reading->types->units, offset, &unit, diag);
	if (st != ST_OK)
		return st;
	return walk_unit(&walk, unit, diag);
}

static enum status read_unit(struct dwarf_types *types, uint64_t offset,
			     struct diag *diag)
{
	cleanup(reading_fini) struct reading reading = { .types = types };
	enum status st;
	bool added;

	if (offset_vec_push(&reading.units, offset))
		return diag_no_memory(diag);
	while (reading.units.n) {
		offset = reading.units.items[--reading.units.n];
		if (map_find(&types->read, offset))
			continue;
		st = read_one(&reading, offset, diag);
		if (st != ST_OK)
			return st;
		if (map_add(&types->read, offset, 0, &added))
			return diag_no_memory(diag);
	}
	return ST_OK;
}

/* Whether path is name, or ends with it after a slash. */
static bool is_path_to(const char *path, const char *name, size_t name_len)
{
	size_t path_len = strlen(path);

	if (path_len < name_len ||
	    memcmp(path + path_len - name_len, name, name_len))
		return false;
	return path_len == name_len || path[path_len - name_len - 1] == '/';
}

static bool is_path_to_any(const char *path, const char *names)
{
	while (*names) {
		size_t len = strcspn(names, " ");

		if (is_path_to(path, names, len))
			return true;
		names += len + strspn(names + len, " ");
	}
	return false;
}

static enum status is_unit_of(struct dwarf_unit *unit,
			      const struct anchor *anchor, bool *ret_is,
			      struct diag *diag)
{
	cleanup_die struct die root = { 0 };
	const char *name;
	enum status st;

	st = die_root(unit, &root, diag);
	if (st == ST_OK)
		st = die_name(&root, &name, diag);
	if (st == ST_OK)
		*ret_is = is_path_to_any(name, anchor->wanted->unit);
	else if (st == ST_ABSENT)
		*ret_is = false;
	return st == ST_ABSENT ? ST_OK : st;
}

/* Tables of addresses only spare us the search by name, missing or damaged. */
static enum status dispensable(enum status st)
{
	return st == ST_CORRUPT ? ST_ABSENT : st;
}

static enum status know_symbols(struct dwarf_types *types, struct diag *diag)
{
	enum status st;

	if (types->symbols_known)
		return ST_OK;
	st = elf_file_symbols(types->file, types->symbols, types->n_symbols,
			      diag);
	types->symbols_known = true;
	return dispensable(st);
}

/*
 * Follow one symbol to its unit. ST_ABSENT when it leads nowhere, or to the
 * unit of another function of the same name.
 */
static enum status follow_symbol(struct dwarf_types *types,
				 struct anchor *anchor,
				 const struct symbol_want *symbol,
				 struct diag *diag)
{
	struct dwarf_unit *unit = NULL;
	uint64_t offset = 0;
	bool is = false;
	enum status st;

	if (!symbol->found)
		return ST_ABSENT;
	st = dwarf_units_by_address(&types->units, symbol->address, &offset,
				    diag);
	st = dispensable(st);
	if (st == ST_OK)
		st = dwarf_units_get(&types->units, offset, &unit, diag);
	if (st == ST_OK)
		st = is_unit_of(unit, anchor, &is, diag);
	if (st == ST_OK && !is)
		st = ST_ABSENT;
	if (st != ST_OK)
		return st;
	anchor->read = true;
	return read_unit(types, offset, diag);
}

static enum status follow_anchor(struct dwarf_types *types,
				 struct anchor *anchor, struct diag *diag)
{
	enum status st;
	size_t i;

	st = know_symbols(types, diag);
	if (st != ST_OK)
		return st;
	for (i = 0; i < anchor->n_symbols; i++) {
		st = follow_symbol(types, anchor, &anchor->symbols[i], diag);
		if (st != ST_ABSENT)
			return st;
	}
	return ST_ABSENT;
}

/* Mark the anchor, if any, that this unit is still wanted for. */
static enum status match_anchors(struct dwarf_types *types,
				 struct dwarf_unit *unit, bool *ret_wanted,
				 struct diag *diag)
{
	enum status st;
	size_t i;

	for (i = 0; i < types->n_anchors; i++) {
		bool is = false;

		if (types->anchors[i].read)
			continue;
		st = is_unit_of(unit, &types->anchors[i], &is, diag);
		if (st != ST_OK)
			return st;
		if (is)
			types->anchors[i].read = true;
		*ret_wanted |= is;
	}
	return ST_OK;
}

static enum status read_if_named(struct dwarf_types *types, uint64_t offset,
				 bool *ret_read, struct diag *diag)
{
	cleanup(dwarf_unit_close_cleanup) struct dwarf_unit *unit = NULL;
	bool wanted = false;
	enum status st;

	st = dwarf_unit_open(&types->units.sections, offset, &unit, diag);
	if (st == ST_OK)
		st = match_anchors(types, unit, &wanted, diag);
	if (st != ST_OK || !wanted)
		return st;
	*ret_read = true;
	return read_unit(types, offset, diag);
}

static bool all_anchors_read(const struct dwarf_types *types)
{
	size_t i;

	for (i = 0; i < types->n_anchors; i++) {
		if (!types->anchors[i].read)
			return false;
	}
	return true;
}

/*
 * Read the units called like the anchors that no symbol led to. ST_ABSENT
 * when there are none. One damaged unit does not hide the others.
 */
static enum status read_by_name(struct dwarf_types *types, struct diag *diag)
{
	const struct dwarf_range_vec *all = NULL;
	bool read = false;
	enum status st;
	size_t i;

	st = dwarf_units_all(&types->units, &all, diag);
	if (st != ST_OK)
		return st;
	for (i = 0; i < all->n && !all_anchors_read(types); i++) {
		st = read_if_named(types, all->items[i].offset, &read, diag);
		if (st == ST_NO_MEMORY)
			return st;
		if (st != ST_OK)
			types->incomplete = true;
	}
	return read ? ST_OK : ST_ABSENT;
}

static enum status read_next(struct dwarf_types *types,
			     enum find_effort effort, struct diag *diag)
{
	enum status st;

	while (types->next_anchor < types->n_anchors) {
		st = follow_anchor(types,
				   &types->anchors[types->next_anchor++],
				   diag);
		if (st != ST_ABSENT)
			return st;
	}
	if (effort == FIND_NEARBY || types->names_tried ||
	    all_anchors_read(types))
		return ST_ABSENT;
	types->names_tried = true;
	return read_by_name(types, diag);
}

/*
 * Read the next unit that may answer. ST_ABSENT when there is none left. A
 * failure ends the question at hand only: the next one goes on from there.
 */
static enum status read_more(struct dwarf_types *types,
			     enum find_effort effort, struct diag *diag)
{
	enum status st = read_next(types, effort, diag);

	if (st != ST_OK && st != ST_ABSENT)
		types->incomplete = true;
	return st;
}

/*
 * The units of the anchors see the enums that are asked for; if one of them
 * has been read, the others are not worth a walk over all units.
 */
static enum find_effort enum_effort(const struct dwarf_types *types)
{
	return types->read.n ? FIND_NEARBY : FIND_EVERYWHERE;
}

/* Looking for one name in all units. */
struct search {
	struct dwarf_types *types;
	const char *name;
};

static bool is_known(const struct search *search, uint64_t offset)
{
	const struct name_table *table = &search->types->types;
	const struct name_entry *entry;

	for (entry = name_table_first(table, search->name); entry;
	     entry = name_table_next(table, entry)) {
		if (entry->value == offset)
			return true;
	}
	return false;
}

static enum status search_die(void *arg, const struct die *die,
			      struct diag *diag)
{
	const struct search *search = arg;
	const char *name;
	enum status st;

	if (!is_compound(die))
		return ST_OK;
	st = type_name(die, &name, diag);
	if (st != ST_OK || !name)
		return st;
	if (strcmp(name, search->name) || is_known(search, die_offset(die)))
		return ST_OK;
	if (name_table_add(&search->types->types, name, die_offset(die)))
		return diag_no_memory(diag);
	return ST_OK;
}

static enum status search_unit(struct search *search, uint64_t offset,
			       struct diag *diag)
{
	cleanup(dwarf_unit_close_cleanup) struct dwarf_unit *unit = NULL;
	struct walk walk = { .visit = search_die, .arg = search };
	enum status st;

	st = dwarf_unit_open(&search->types->units.sections, offset, &unit,
			     diag);
	if (st != ST_OK)
		return st;
	return walk_unit(&walk, unit, diag);
}

/*
 * A name that the file does not contain need not be looked for. If no anchor
 * could be read, the units may be mere skeletons of what is elsewhere, and
 * must be looked at to tell.
 */
static bool may_skip_search(const struct search *search)
{
	return search->types->read.n &&
	       !dwarf_sections_mention(&search->types->units.sections,
				       search->name);
}

/*
 * Every unit that has not been read. A damaged one does not end the search,
 * but it must not end as "absent" either: its failure is what is returned.
 */
static enum status search_all(struct search *search, struct diag *diag)
{
	const struct dwarf_range_vec *all = NULL;
	enum status st, worst = ST_OK;
	size_t i;

	st = dwarf_units_all(&search->types->units, &all, diag);
	if (st != ST_OK)
		return st;
	if (may_skip_search(search))
		return ST_OK;
	for (i = 0; i < all->n; i++) {
		if (map_find(&search->types->read, all->items[i].offset))
			continue;
		st = search_unit(search, all->items[i].offset, diag);
		if (st == ST_NO_MEMORY)
			return st;
		if (st != ST_OK)
			worst = st;
	}
	return worst;
}

static bool was_searched(const struct dwarf_types *types, const char *name)
{
	size_t i;

	for (i = 0; i < types->searched.n; i++) {
		if (!strcmp(types->searched.items[i], name))
			return true;
	}
	return false;
}

static enum status remember_searched(struct dwarf_types *types,
				     const char *name, struct diag *diag)
{
	cleanup_free char *copy = strdup(name);

	if (!copy || text_vec_push(&types->searched, copy))
		return diag_no_memory(diag);
	take(copy);
	return ST_OK;
}

/*
 * Different definitions of one name. The same header in several units gives
 * the same struct several times, and those count once.
 */
DEFINE_VEC(fingerprint_vec, uint64_t)

static enum status is_new(struct dwarf_types *types, uint64_t offset,
			  struct fingerprint_vec *seen, bool *ret_new,
			  struct diag *diag)
{
	cleanup_die struct die die = { 0 };
	uint64_t fingerprint = 0;
	enum status st;
	size_t i;

	st = dwarf_units_die(&types->units, offset, &die, diag);
	if (st == ST_OK)
		st = dwarf_layout_fingerprint(&types->units, &die,
					      &fingerprint, diag);
	if (st != ST_OK)
		return st;
	for (i = 0; i < seen->n; i++) {
		if (seen->items[i] == fingerprint)
			return ST_OK;
	}
	if (fingerprint_vec_push(seen, fingerprint))
		return diag_no_memory(diag);
	*ret_new = true;
	return ST_OK;
}

/* The nth different definition among those known. */
static enum status pick(struct dwarf_types *types, const char *name,
			unsigned int nth, struct type_id *ret_type,
			struct diag *diag)
{
	cleanup(fingerprint_vec_fini) struct fingerprint_vec seen = { 0 };
	const struct name_entry *entry = name_table_first(&types->types, name);

	/* Nearly all questions end here, and need no comparison. */
	if (entry && !nth) {
		ret_type->v = entry->value;
		return ST_OK;
	}
	for (; entry; entry = name_table_next(&types->types, entry)) {
		bool new = false;
		enum status st = is_new(types, entry->value, &seen, &new,
					diag);

		if (st != ST_OK)
			return st;
		if (new && seen.n == nth + 1) {
			ret_type->v = entry->value;
			return ST_OK;
		}
	}
	return diag_fail(diag, ST_ABSENT, "no struct or union %s%s", name,
			 nth ? " other than those found" : "");
}

/* Read on until the nth one is known. */
static enum status find(struct dwarf_types *types, const char *name,
			unsigned int nth, enum find_effort effort,
			struct type_id *ret_type, struct diag *diag)
{
	struct search search = { types, name };
	enum status st;

	do {
		st = pick(types, name, nth, ret_type, diag);
		if (st != ST_ABSENT || was_searched(types, name))
			return st;
		st = read_more(types, effort, diag);
	} while (st == ST_OK);
	if (st != ST_ABSENT)
		return st;
	if (effort == FIND_NEARBY)
		return diag_fail(diag, ST_UNKNOWN,
				 "no %s in the units that were read", name);
	st = search_all(&search, diag);
	if (st == ST_NO_MEMORY)
		return st;
	if (st == ST_OK) {
		st = remember_searched(types, name, diag);
		return st == ST_OK ? pick(types, name, nth, ret_type, diag) :
				     st;
	}
	/* Part of the units could not be searched, but it may be found yet. */
	return pick(types, name, nth, ret_type, NULL) == ST_OK ? ST_OK : st;
}

static enum status explain(const struct dwarf_types *types, enum status st,
			   struct diag *diag)
{
	if (st == ST_OK)
		return ST_OK;
	return diag_under(diag, st, "DWARF of %s",
			  elf_file_path(types->file));
}

static enum status types_find(struct type_source *source, const char *name,
			      unsigned int nth, enum find_effort effort,
			      struct type_id *ret_type, struct diag *diag)
{
	struct dwarf_types *types = dwarf_types(source);

	return explain(types, find(types, name, nth, effort, ret_type, diag),
		       diag);
}

static enum status types_size(struct type_source *source, struct type_id type,
			      uint64_t *ret_bytes, struct diag *diag)
{
	struct dwarf_types *types = dwarf_types(source);
	cleanup_die struct die die = { 0 };
	enum status st;

	st = dwarf_units_die(&types->units, type.v, &die, diag);
	if (st == ST_OK)
		st = dwarf_layout_size(&types->units, &die, ret_bytes, diag);
	return explain(types, st, diag);
}

/* Say which type it was that lacks the member, or has a damaged one. */
static enum status explain_type(const struct die *die, enum status st,
				struct diag *diag)
{
	const char *name;

	if (st == ST_OK || !die->raw || die_name(die, &name, NULL) != ST_OK)
		return st;
	return diag_under(diag, st, "%s", name);
}

/* A complete type is in one place: what it lacks no other unit can have. */
static enum status types_member(struct type_source *source,
				struct type_id type, const char *path,
				struct member_info *ret_member,
				struct diag *diag)
{
	struct dwarf_types *types = dwarf_types(source);
	cleanup_die struct die die = { 0 };
	enum status st;

	st = dwarf_units_die(&types->units, type.v, &die, diag);
	if (st == ST_OK)
		st = dwarf_layout_member(&types->units, &die, path,
					 ret_member, diag);
	return explain(types, explain_type(&die, st, diag), diag);
}

static enum status visit_enum(const struct die *die,
			      enum status (*visit)(const char *name,
						   int64_t value, void *arg),
			      void *arg, struct diag *diag)
{
	cleanup_die struct die child = { 0 };
	const char *name = NULL;
	int64_t value = 0;
	enum status st;

	for (st = die_first_child(die, &child, diag); st == ST_OK;
	     st = die_next(&child, diag)) {
		if (die_tag(&child) != DW_TAG_enumerator)
			continue;
		st = die_name(&child, &name, diag);
		if (st == ST_OK)
			st = die_number(&child, DW_AT_const_value, &value,
					diag);
		if (st == ST_ABSENT)
			return diag_fail(diag, ST_CORRUPT,
					 ".debug_info+0x%jx: enumerator without name or value",
					 (uintmax_t)die_offset(&child));
		if (st == ST_OK)
			st = visit(name, value, arg);
		if (st != ST_OK)
			return st;
	}
	return st == ST_ABSENT ? ST_OK : st;
}

static enum status add_enumerator(const char *name, int64_t value, void *arg)
{
	struct dwarf_types *types = arg;

	return name_table_add(&types->enumerators, name, value);
}

/* Put the enumerators of the enums read since the last time in the table. */
static enum status know_enumerators(struct dwarf_types *types,
				    struct diag *diag)
{
	enum status st;

	for (; types->n_enums_read < types->all_enums.n; types->n_enums_read++) {
		uint64_t offset = types->all_enums.items[types->n_enums_read];
		cleanup_die struct die die = { 0 };

		st = dwarf_units_die(&types->units, offset, &die, diag);
		if (st == ST_OK)
			st = visit_enum(&die, add_enumerator, types, diag);
		if (st == ST_NO_MEMORY)
			return diag_no_memory(diag);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

/*
 * What to say of an enum or enumerator that no unit read has. The others are
 * not searched: nearly always the question is whether this kernel has it at
 * all, and the anchors' units are chosen to tell. Without them nobody knows.
 */
static enum status not_read(const struct dwarf_types *types, const char *what,
			    const char *name, struct diag *diag)
{
	if (!types->read.n || types->incomplete)
		return diag_fail(diag, ST_UNKNOWN,
				 "%s %s: a unit that would tell could not be read",
				 what, name);
	return diag_fail(diag, ST_ABSENT, "no %s %s", what, name);
}

static enum status find_enumerator(struct dwarf_types *types, const char *name,
				   int64_t *ret_value, struct diag *diag)
{
	const struct name_entry *entry;
	enum status st;

	do {
		st = know_enumerators(types, diag);
		if (st != ST_OK)
			return st;
		entry = name_table_first(&types->enumerators, name);
		if (entry) {
			*ret_value = entry->value;
			return ST_OK;
		}
		st = read_more(types, enum_effort(types), diag);
	} while (st == ST_OK);
	if (st != ST_ABSENT)
		return st;
	return not_read(types, "enumerator", name, diag);
}

static enum status types_enumerator(struct type_source *source,
				    const char *name, int64_t *ret_value,
				    struct diag *diag)
{
	struct dwarf_types *types = dwarf_types(source);

	return explain(types, find_enumerator(types, name, ret_value, diag),
		       diag);
}

/* The caller's visitor of enumerators(). */
struct visitor {
	void (*visit)(const char *name, int64_t value, void *arg);
	void *arg;
};

static enum status pass_on(const char *name, int64_t value, void *arg)
{
	const struct visitor *visitor = arg;

	visitor->visit(name, value, visitor->arg);
	return ST_OK;
}

static enum status find_enum(struct dwarf_types *types, const char *name,
			     struct die *ret_die, struct diag *diag)
{
	const struct name_entry *entry;
	enum status st;

	do {
		entry = name_table_first(&types->enums, name);
		if (entry)
			return dwarf_units_die(&types->units, entry->value,
					       ret_die, diag);
		st = read_more(types, enum_effort(types), diag);
	} while (st == ST_OK);
	if (st != ST_ABSENT)
		return st;
	return not_read(types, "enum", name, diag);
}

static enum status types_enumerators(struct type_source *source,
				     const char *name,
				     void (*visit)(const char *name,
						   int64_t value, void *arg),
				     void *arg, struct diag *diag)
{
	struct dwarf_types *types = dwarf_types(source);
	struct visitor visitor = { visit, arg };
	cleanup_die struct die die = { 0 };
	enum status st;

	st = find_enum(types, name, &die, diag);
	if (st == ST_OK)
		st = visit_enum(&die, pass_on, &visitor, diag);
	return explain(types, st, diag);
}

static void types_free(struct type_source *source)
{
	struct dwarf_types *types = dwarf_types(source);
	size_t i;

	for (i = 0; i < types->searched.n; i++)
		free(types->searched.items[i]);
	text_vec_fini(&types->searched);
	name_table_fini(&types->enumerators);
	offset_vec_fini(&types->all_enums);
	name_table_fini(&types->enums);
	name_table_fini(&types->types);
	map_fini(&types->read);
	dwarf_units_fini(&types->units);
	free(types->symbols);
	free(types->anchors);
	free(types);
}

static const struct type_ops dwarf_ops = {
	.name = "DWARF",
	.find = types_find,
	.size = types_size,
	.member = types_member,
	.enumerator = types_enumerator,
	.enumerators = types_enumerators,
	.free = types_free,
};

static void dwarf_types_free(struct dwarf_types *types)
{
	if (types)
		types_free(&types->source);
}

DEFINE_CLEANUP(struct dwarf_types, dwarf_types_free)

static size_t count_symbols(const struct dwarf_anchor *anchor)
{
	size_t n = 0;

	while (anchor->symbols[n])
		n++;
	return n;
}

/* All anchors' symbols stand in one array, to be looked up at once. */
static enum status take_anchors(struct dwarf_types *types,
				const struct dwarf_anchor *wanted, size_t n,
				struct diag *diag)
{
	size_t n_symbols = 0, i, j;

	for (i = 0; i < n; i++)
		n_symbols += count_symbols(&wanted[i]);
	types->anchors = calloc(n + 1, sizeof(*types->anchors));
	types->symbols = calloc(n_symbols + 1, sizeof(*types->symbols));
	if (!types->anchors || !types->symbols)
		return diag_no_memory(diag);
	for (i = 0; i < n; i++) {
		struct anchor *anchor = &types->anchors[types->n_anchors++];

		anchor->wanted = &wanted[i];
		anchor->symbols = &types->symbols[types->n_symbols];
		anchor->n_symbols = count_symbols(&wanted[i]);
		for (j = 0; j < anchor->n_symbols; j++)
			anchor->symbols[j].name = wanted[i].symbols[j];
		types->n_symbols += anchor->n_symbols;
	}
	return ST_OK;
}

enum status dwarf_types_open(struct elf_file *file,
			     const struct dwarf_anchor *anchors,
			     size_t n_anchors, struct type_source **ret_source,
			     struct diag *diag)
{
	cleanup(dwarf_types_free_cleanup) struct dwarf_types *types = NULL;
	enum status st;

	types = calloc(1, sizeof(*types));
	if (!types)
		return diag_no_memory(diag);
	types->source.ops = &dwarf_ops;
	types->file = file;
	st = dwarf_units_init(&types->units, file, diag);
	if (st == ST_OK)
		st = take_anchors(types, anchors, n_anchors, diag);
	if (st != ST_OK)
		return st;
	*ret_source = &take(types)->source;
	return ST_OK;
}
