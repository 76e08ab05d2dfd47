/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/elf_notes.h"

#include <elf.h>
#include <string.h>

static uint64_t aligned(uint32_t size)
{
	return ((uint64_t)size + 3) & ~3ULL;
}

bool elf_notes_next(struct elf_notes *notes, struct elf_note *ret_note)
{
	Elf64_Nhdr header;
	uint64_t name, desc, next;

	if (notes->size - notes->at < sizeof(header))
		return false;
	memcpy(&header, notes->bytes + notes->at, sizeof(header));
	name = notes->at + sizeof(header);
	desc = name + aligned(header.n_namesz);
	next = desc + aligned(header.n_descsz);
	if (header.n_namesz > notes->size - name)
		return false;
	*ret_note = (struct elf_note) {
		.name = notes->bytes + name,
		.name_size = header.n_namesz,
		.type = header.n_type,
		.desc = next <= notes->size ? notes->bytes + desc : NULL,
		.desc_size = header.n_descsz,
	};
	notes->at = ret_note->desc ? next : notes->size;
	return true;
}

bool elf_note_has_name(const struct elf_note *note, const char *name)
{
	size_t size = strlen(name) + 1;

	return note->name_size == size && !memcmp(note->name, name, size);
}
