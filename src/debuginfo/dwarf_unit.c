/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See dwarf_unit.h. Written for libdwarf 20210528 and for the 0.x that came
 * after it.
 */
#include "debuginfo/dwarf_unit.h"

#include <string.h>

#include "debuginfo/bytes.h"
#include "debuginfo/dwarf_constants.h"

#ifdef HAVE_LIBDWARF_LIBDWARF_H
#include <libdwarf/libdwarf.h>
#else
#include <libdwarf.h>
#endif

/*
 * The interface that feeds libdwarf got new names after 20210528, the last
 * version without DW_LIBDWARF_VERSION_MAJOR.
 */
#ifndef DW_LIBDWARF_VERSION_MAJOR
typedef Dwarf_Obj_Access_Interface access_interface;
typedef Dwarf_Obj_Access_Methods access_methods;
typedef Dwarf_Obj_Access_Section access_section;
typedef Dwarf_Endianness access_endianness;
#define ACCESS(field)		field
#define ACCESS_OBJECT		object
#define ACCESS_METHODS		methods
#define ACCESS_SECTION(field)	field
#define LITTLE_ENDIAN_OBJECT	DW_OBJECT_LSB
#else
typedef Dwarf_Obj_Access_Interface_a access_interface;
typedef Dwarf_Obj_Access_Methods_a access_methods;
typedef Dwarf_Obj_Access_Section_a access_section;
typedef Dwarf_Small access_endianness;
#define ACCESS(field)		om_##field
#define ACCESS_OBJECT		ai_object
#define ACCESS_METHODS		ai_methods
#define ACCESS_SECTION(field)	as_##field
#define LITTLE_ENDIAN_OBJECT	DW_END_little
#endif

/* Sections were counted in a Dwarf_Half at first; no version number tells. */
typedef __typeof__(__builtin_choose_expr(
	__builtin_types_compatible_p(
		__typeof__(((access_methods *)0)->ACCESS(load_section)),
		int (*)(void *, Dwarf_Half, Dwarf_Small **, int *)),
	(Dwarf_Half)0, (Dwarf_Unsigned)0)) section_index;

struct dwarf_unit {
	const struct dwarf_sections *sections;
	struct dwarf_range range;
	access_interface access;
	Dwarf_Debug dbg;
	Dwarf_Die root;
};

static const char *const section_names[DWARF_N_SECTIONS] = {
	[DWARF_INFO] = ".debug_info",
	[DWARF_ABBREV] = ".debug_abbrev",
	[DWARF_STR] = ".debug_str",
	[DWARF_LINE_STR] = ".debug_line_str",
	[DWARF_STR_OFFSETS] = ".debug_str_offsets",
	[DWARF_ADDR] = ".debug_addr",
};

/* What would be missing without anybody noticing. */
static const struct {
	const char *section;
	const char *why;
} unsupported[] = {
	{ ".gnu_debugaltlink",
	  "part of the debug information is in another file (dwz -m)" },
	{ ".debug_types",
	  "types are in a section of their own (-fdebug-types-section)" },
};

static enum status check_supported(struct elf_file *file, struct diag *diag)
{
	struct elf_section unused;
	enum status st;
	size_t i;

	for (i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++) {
		st = elf_file_section(file, unsupported[i].section, &unused,
				      diag);
		if (st == ST_OK)
			return diag_fail(diag, ST_UNSUPPORTED, "%s: %s",
					 elf_file_path(file),
					 unsupported[i].why);
		if (st != ST_ABSENT)
			return st;
	}
	return ST_OK;
}

enum status dwarf_sections_find(struct elf_file *file,
				struct dwarf_sections *ret_sections,
				struct diag *diag)
{
	struct dwarf_sections sections = { 0 };
	enum status st;
	size_t i;

	st = check_supported(file, diag);
	if (st != ST_OK)
		return st;
	for (i = 0; i < DWARF_N_SECTIONS; i++) {
		st = elf_file_section(file, section_names[i],
				      &sections.items[i], diag);
		if (st == ST_ABSENT && i != DWARF_INFO)
			continue;
		if (st != ST_OK)
			return st;
	}
	*ret_sections = sections;
	return ST_OK;
}

/* With the zero byte, but perhaps as the tail of a longer name. */
static bool section_mentions(const struct elf_section *section,
			     const char *name)
{
	return section->size &&
	       memmem(section->data, section->size, name, strlen(name) + 1);
}

/* Names are in the string section, or in the entries if they are very short. */
bool dwarf_sections_mention(const struct dwarf_sections *sections,
			    const char *name)
{
	return section_mentions(&sections->items[DWARF_STR], name) ||
	       section_mentions(&sections->items[DWARF_INFO], name);
}

enum status dwarf_range_at(const struct dwarf_sections *sections,
			   uint64_t offset, struct dwarf_range *ret_range,
			   struct diag *diag)
{
	const struct elf_section *info = &sections->items[DWARF_INFO];
	struct bytes bytes = { info->data, info->size };
	uint64_t length;
	uint32_t first;

	if (!bytes_skip(&bytes, offset) || !bytes_u32(&bytes, &first))
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: truncated",
				 (uintmax_t)offset);
	length = first;
	if (first == UINT32_MAX && !bytes_u64(&bytes, &length))
		length = UINT64_MAX;
	if (length > bytes.n)
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: the unit ends past the end of the section",
				 (uintmax_t)offset);
	ret_range->offset = offset;
	ret_range->size = info->size - offset - bytes.n + length;
	return ST_OK;
}

/*
 * The other side of libdwarf: it asks for sections, by number. As in ELF,
 * number 0 is none; then come ours.
 */
static struct elf_section shown_section(const struct dwarf_unit *unit,
					uint64_t index)
{
	struct elf_section section;

	if (!index || index > DWARF_N_SECTIONS)
		return (struct elf_section) { 0 };
	section = unit->sections->items[index - 1];
	if (index - 1 == DWARF_INFO) {
		section.data = (const char *)section.data + unit->range.offset;
		section.size = unit->range.size;
	}
	return section;
}

static int access_section_info(void *object, section_index index,
			       access_section *ret, int *error)
{
	struct elf_section section = shown_section(object, index);

	(void)error;
	*ret = (access_section) { .ACCESS_SECTION(name) = "" };
	if (section.size) {
		ret->ACCESS_SECTION(name) = section_names[index - 1];
		ret->ACCESS_SECTION(size) = section.size;
	}
	return DW_DLV_OK;
}

static access_endianness access_byte_order(void *object)
{
	(void)object;
	return LITTLE_ENDIAN_OBJECT;
}

static Dwarf_Small access_word_size(void *object)
{
	(void)object;
	return sizeof(uint64_t);
}

static Dwarf_Unsigned access_section_count(void *object)
{
	(void)object;
	return 1 + DWARF_N_SECTIONS;
}

/* libdwarf wants a pointer that it could write to, and does not write. */
static int access_load_section(void *object, section_index index,
			       Dwarf_Small **ret_data, int *error)
{
	struct elf_section section = shown_section(object, index);

	(void)error;
	if (!section.size)
		return DW_DLV_NO_ENTRY;
	*ret_data = (Dwarf_Small *)section.data;
	return DW_DLV_OK;
}

#ifdef DW_LIBDWARF_VERSION_MAJOR
/* Only to judge how many sections there can be. */
static Dwarf_Unsigned access_filesize(void *object)
{
	const struct dwarf_unit *unit = object;
	Dwarf_Unsigned size = 0;
	size_t i;

	for (i = 0; i < DWARF_N_SECTIONS; i++)
		size += unit->sections->items[i].size;
	return size;
}
#endif

static const access_methods methods = {
	.ACCESS(get_section_info) = access_section_info,
	.ACCESS(get_byte_order) = access_byte_order,
	.ACCESS(get_length_size) = access_word_size,
	.ACCESS(get_pointer_size) = access_word_size,
	.ACCESS(get_section_count) = access_section_count,
	.ACCESS(load_section) = access_load_section,
#ifdef DW_LIBDWARF_VERSION_MAJOR
	.om_get_filesize = access_filesize,
#endif
};

/* Say what libdwarf said, and release it. */
static enum status explain(const struct dwarf_unit *unit, uint64_t offset,
			   Dwarf_Error error, struct diag *diag)
{
	enum status st = ST_CORRUPT;

	if (!error)
		return diag_fail(diag, st, ".debug_info+0x%jx: unreadable",
				 (uintmax_t)offset);
	if (dwarf_errno(error) == DW_DLE_ALLOC_FAIL)
		st = ST_NO_MEMORY;
	diag_fail(diag, st, ".debug_info+0x%jx: %s", (uintmax_t)offset,
		  dwarf_errmsg(error));
	dwarf_dealloc_error(unit->dbg, error);
	return st;
}

/* Turn a libdwarf result into a status. */
static enum status judge(const struct die *die, int result, Dwarf_Error error,
			 struct diag *diag)
{
	if (result == DW_DLV_OK)
		return ST_OK;
	if (result == DW_DLV_NO_ENTRY)
		return ST_ABSENT;
	return explain(die->unit, die_offset(die), error, diag);
}

static void finish(Dwarf_Debug dbg)
{
#ifdef DW_LIBDWARF_VERSION_MAJOR
	dwarf_object_finish(dbg);
#else
	dwarf_object_finish(dbg, NULL);
#endif
}

/* The header's fields are libdwarf's business; the root entry is ours. */
static int read_root(struct dwarf_unit *unit, Dwarf_Error *error)
{
	Dwarf_Unsigned length, type_offset, next;
	Dwarf_Half version, address_size, length_size, extension_size, type;
	Dwarf_Off abbrev_offset;
	Dwarf_Sig8 signature;
	int result;

	result = dwarf_next_cu_header_d(unit->dbg, true, &length, &version,
					&abbrev_offset, &address_size,
					&length_size, &extension_size,
					&signature, &type_offset, &next, &type,
					error);
	if (result != DW_DLV_OK)
		return result;
	return dwarf_siblingof_b(unit->dbg, NULL, true, &unit->root, error);
}

static enum status start(struct dwarf_unit *unit, struct diag *diag)
{
	Dwarf_Error error = NULL;
	int result;

	/*
	 * Without this libdwarf keeps a tree of all that it allocates, which
	 * costs more than the reading; in return everything must be released
	 * by hand. The setting is global in libdwarf, and nobody else in this
	 * process has a reason to want it otherwise.
	 */
	dwarf_set_de_alloc_flag(0);
	unit->access.ACCESS_OBJECT = unit;
	unit->access.ACCESS_METHODS = &methods;
	result = dwarf_object_init_b(&unit->access, NULL, NULL,
				     DW_GROUPNUMBER_ANY, &unit->dbg, &error);
	if (result == DW_DLV_OK)
		result = read_root(unit, &error);
	if (result != DW_DLV_OK)
		return explain(unit, unit->range.offset, error, diag);
	return ST_OK;
}

enum status dwarf_unit_open(const struct dwarf_sections *sections,
			    uint64_t offset, struct dwarf_unit **ret_unit,
			    struct diag *diag)
{
	cleanup(dwarf_unit_close_cleanup) struct dwarf_unit *unit = NULL;
	enum status st;

	unit = calloc(1, sizeof(*unit));
	if (!unit)
		return diag_no_memory(diag);
	unit->sections = sections;
	st = dwarf_range_at(sections, offset, &unit->range, diag);
	if (st == ST_OK)
		st = start(unit, diag);
	if (st != ST_OK)
		return st;
	*ret_unit = take(unit);
	return ST_OK;
}

void dwarf_unit_close(struct dwarf_unit *unit)
{
	if (!unit)
		return;
	if (unit->root)
		dwarf_dealloc_die(unit->root);
	if (unit->dbg)
		finish(unit->dbg);
	free(unit);
}

struct dwarf_range dwarf_unit_range(const struct dwarf_unit *unit)
{
	return unit->range;
}

void die_fini(struct die *die)
{
	if (die->raw)
		dwarf_dealloc_die(die->raw);
	*die = (struct die) { 0 };
}

/* Put another entry in the place of this one. */
static void replace(struct die *die, struct dwarf_unit *unit, Dwarf_Die raw)
{
	die_fini(die);
	die->unit = unit;
	die->raw = raw;
}

enum status die_at(struct dwarf_unit *unit, uint64_t offset,
		   struct die *ret_die, struct diag *diag)
{
	Dwarf_Error error = NULL;
	Dwarf_Die raw;

	/* A wrapped-around difference is too large as well. */
	if (offset - unit->range.offset >= unit->range.size ||
	    dwarf_offdie_b(unit->dbg, offset - unit->range.offset, true, &raw,
			   &error) != DW_DLV_OK)
		return explain(unit, offset, error, diag);
	replace(ret_die, unit, raw);
	return ST_OK;
}

enum status die_root(struct dwarf_unit *unit, struct die *ret_die,
		     struct diag *diag)
{
	struct die root = { unit, unit->root };

	return die_at(unit, die_offset(&root), ret_die, diag);
}

enum status die_first_child(const struct die *parent, struct die *die,
			    struct diag *diag)
{
	Dwarf_Error error = NULL;
	Dwarf_Die raw;
	int result = dwarf_child(parent->raw, &raw, &error);

	if (result == DW_DLV_OK)
		replace(die, parent->unit, raw);
	return judge(parent, result, error, diag);
}

enum status die_next(struct die *die, struct diag *diag)
{
	uint64_t before = die_offset(die);
	Dwarf_Error error = NULL;
	Dwarf_Die raw;
	int result = dwarf_siblingof_b(die->unit->dbg, die->raw, true, &raw,
				       &error);

	if (result != DW_DLV_OK)
		return judge(die, result, error, diag);
	replace(die, die->unit, raw);
	if (die_offset(die) <= before)
		return diag_fail(diag, ST_CORRUPT,
				 ".debug_info+0x%jx: its sibling is before it",
				 (uintmax_t)before);
	return ST_OK;
}

/*
 * libdwarf aborts on an error that it cannot return, so these questions, whose
 * failure is as good as "no", need a place for one too.
 */
static void ignore(const struct die *die, Dwarf_Error error)
{
	if (error)
		dwarf_dealloc_error(die->unit->dbg, error);
}

unsigned int die_tag(const struct die *die)
{
	Dwarf_Error error = NULL;
	Dwarf_Half tag = 0;

	if (dwarf_tag(die->raw, &tag, &error) != DW_DLV_OK)
		ignore(die, error);
	return tag;
}

uint64_t die_offset(const struct die *die)
{
	Dwarf_Error error = NULL;
	Dwarf_Off offset = 0;

	if (dwarf_dieoffset(die->raw, &offset, &error) != DW_DLV_OK)
		ignore(die, error);
	return die->unit->range.offset + offset;
}

bool die_has(const struct die *die, unsigned int attribute)
{
	Dwarf_Error error = NULL;
	Dwarf_Bool has = false;

	if (dwarf_hasattr(die->raw, attribute, &has, &error) != DW_DLV_OK)
		ignore(die, error);
	return has;
}

static enum status get_attribute(const struct die *die, unsigned int attribute,
				 Dwarf_Attribute *ret_attribute,
				 struct diag *diag)
{
	Dwarf_Error error = NULL;
	int result = dwarf_attr(die->raw, attribute, ret_attribute, &error);

	return judge(die, result, error, diag);
}

enum status die_text(const struct die *die, unsigned int attribute,
		     const char **ret_text, struct diag *diag)
{
	Dwarf_Error error = NULL;
	Dwarf_Attribute found;
	char *text = NULL;
	enum status st;
	int result;

	st = get_attribute(die, attribute, &found, diag);
	if (st != ST_OK)
		return st;
	result = dwarf_formstring(found, &text, &error);
	st = judge(die, result, error, diag);
	dwarf_dealloc_attribute(found);
	if (st == ST_OK)
		*ret_text = text;
	return st;
}

/* Not dwarf_diename(), which takes a broken entry for a nameless one. */
enum status die_name(const struct die *die, const char **ret_name,
		     struct diag *diag)
{
	return die_text(die, DW_AT_name, ret_name, diag);
}

/*
 * DW_FORM_data1 and its like do not tell whether they are signed. Compilers
 * write a negative number in a form that does.
 */
static int read_number(Dwarf_Attribute attribute, int64_t *ret_number,
		       Dwarf_Error *error)
{
	Dwarf_Unsigned positive = 0;
	Dwarf_Signed number = 0;
	Dwarf_Half form;
	int result = dwarf_whatform(attribute, &form, error);

	if (result != DW_DLV_OK)
		return result;
	if (form == DW_FORM_sdata || form == DW_FORM_implicit_const) {
		result = dwarf_formsdata(attribute, &number, error);
	} else {
		result = dwarf_formudata(attribute, &positive, error);
		number = positive;
	}
	*ret_number = number;
	return result;
}

enum status die_number(const struct die *die, unsigned int attribute,
		       int64_t *ret_number, struct diag *diag)
{
	Dwarf_Error error = NULL;
	Dwarf_Attribute found;
	int64_t number = 0;
	enum status st;
	int result;

	st = get_attribute(die, attribute, &found, diag);
	if (st != ST_OK)
		return st;
	result = read_number(found, &number, &error);
	st = judge(die, result, error, diag);
	dwarf_dealloc_attribute(found);
	if (st == ST_OK)
		*ret_number = number;
	return st;
}

/* Only this form does not count from the start of the unit. */
static bool is_global(const struct die *die, Dwarf_Attribute attribute)
{
	Dwarf_Error error = NULL;
	Dwarf_Half form = 0;

	if (dwarf_whatform(attribute, &form, &error) != DW_DLV_OK)
		ignore(die, error);
	return form == DW_FORM_ref_addr;
}

enum status die_reference(const struct die *die, unsigned int attribute,
			  uint64_t *ret_offset, struct diag *diag)
{
	Dwarf_Error error = NULL;
	Dwarf_Attribute found;
	Dwarf_Off offset = 0;
	enum status st;
	int result;

	st = get_attribute(die, attribute, &found, diag);
	if (st != ST_OK)
		return st;
	result = dwarf_global_formref(found, &offset, &error);
	st = judge(die, result, error, diag);
	if (!is_global(die, found))
		offset += die->unit->range.offset;
	dwarf_dealloc_attribute(found);
	if (st == ST_OK)
		*ret_offset = offset;
	return st;
}
