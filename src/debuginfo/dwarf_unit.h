/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One unit of .debug_info through libdwarf. Private to src/debuginfo.
 *
 * Knows libdwarf and the differences of its versions; nobody else includes
 * its header. Knows nothing of structs and members.
 *
 * libdwarf reaches a unit by reading all headers before it, and remembers
 * each. So each unit becomes a libdwarf instance of its own, that is told that
 * .debug_info holds this unit and nothing else: references within a unit are
 * relative to it, so all is well, and an instance costs microseconds. The
 * offsets in this interface count from the start of the real .debug_info.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_DWARF_UNIT_H
#define RMAP_INSPECT_DEBUGINFO_DWARF_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "debuginfo/elf_file.h"

/* What libdwarf needs to understand a type. */
enum dwarf_section {
	DWARF_INFO,
	DWARF_ABBREV,
	DWARF_STR,
	DWARF_LINE_STR,
	DWARF_STR_OFFSETS,
	DWARF_ADDR,
	DWARF_N_SECTIONS,
};

/* Sections that the file does not have are empty. */
struct dwarf_sections {
	struct elf_section items[DWARF_N_SECTIONS];
};

/*
 * ST_ABSENT without .debug_info. ST_UNSUPPORTED when types are in other places
 * than that, as they would seem to be missing.
 */
enum status dwarf_sections_find(struct elf_file *file,
				struct dwarf_sections *ret_sections,
				struct diag *diag) must_check;

/*
 * Whether any entry at all can have this name. Reads through all of
 * .debug_info in the worst case, which is still ten times as fast as looking
 * at its entries.
 */
bool dwarf_sections_mention(const struct dwarf_sections *sections,
			    const char *name);

/* Where a unit lies in .debug_info. */
struct dwarf_range {
	uint64_t offset;
	uint64_t size;
};

/* The unit whose header is at offset. ST_CORRUPT when there cannot be one. */
enum status dwarf_range_at(const struct dwarf_sections *sections,
			   uint64_t offset, struct dwarf_range *ret_range,
			   struct diag *diag) must_check;

struct dwarf_unit;

/* sections must outlive the unit. Release with dwarf_unit_close(). */
enum status dwarf_unit_open(const struct dwarf_sections *sections,
			    uint64_t offset, struct dwarf_unit **ret_unit,
			    struct diag *diag) must_check;
void dwarf_unit_close(struct dwarf_unit *unit);	/* accepts NULL */
DEFINE_CLEANUP(struct dwarf_unit, dwarf_unit_close)

struct dwarf_range dwarf_unit_range(const struct dwarf_unit *unit);

/*
 * A debugging information entry. Zero-initialised is none. Release with
 * die_fini() before its unit is closed.
 */
struct die {
	struct dwarf_unit *unit;
	void *raw;
};

void die_fini(struct die *die);
#define cleanup_die	cleanup(die_fini)

/* The entry at an offset within the unit. */
enum status die_at(struct dwarf_unit *unit, uint64_t offset,
		   struct die *ret_die, struct diag *diag) must_check;
enum status die_root(struct dwarf_unit *unit, struct die *ret_die,
		     struct diag *diag) must_check;

/*
 * Walk the children:
 *
 *	for (st = die_first_child(&parent, &die, diag); st == ST_OK;
 *	     st = die_next(&die, diag))
 *
 * ends with ST_ABSENT when all went well. die is released on the way.
 */
enum status die_first_child(const struct die *parent, struct die *die,
			    struct diag *diag) must_check;
enum status die_next(struct die *die, struct diag *diag) must_check;

unsigned int die_tag(const struct die *die);	/* DW_TAG_…, 0 if unreadable */
uint64_t die_offset(const struct die *die);
bool die_has(const struct die *die, unsigned int attribute);

/*
 * Attributes; ST_ABSENT when the entry does not have it. A text lives as long
 * as the file, not only as long as the entry.
 */
enum status die_text(const struct die *die, unsigned int attribute,
		     const char **ret_text, struct diag *diag) must_check;
enum status die_name(const struct die *die, const char **ret_name,
		     struct diag *diag) must_check;
enum status die_number(const struct die *die, unsigned int attribute,
		       int64_t *ret_number, struct diag *diag) must_check;
enum status die_reference(const struct die *die, unsigned int attribute,
			  uint64_t *ret_offset, struct diag *diag) must_check;

#endif
