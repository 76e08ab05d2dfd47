/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The notes of an ELF core, which compressed dumps have in the same form. */
#ifndef RMAP_INSPECT_IMAGE_ELF_NOTES_H
#define RMAP_INSPECT_IMAGE_ELF_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that hold notes, and how far into them they were read. */
struct elf_notes {
	const char *bytes;
	uint64_t size;
	uint64_t at;
};

struct elf_note {
	const char *name;
	uint32_t name_size;	/* with the zero at its end */
	uint32_t type;
	const char *desc;	/* NULL: cut off by the end of the bytes */
	uint32_t desc_size;
};

/* False: there is no further one of which the name can be read. */
bool elf_notes_next(struct elf_notes *notes, struct elf_note *ret_note);

bool elf_note_has_name(const struct elf_note *note, const char *name);

#endif
