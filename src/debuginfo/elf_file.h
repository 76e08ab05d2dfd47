/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vmlinux file, mapped into memory.
 *
 * Knows ELF: sections, the build-id note, .symtab and where a linked address
 * lies in the file. Knows nothing of DWARF or of the kernel. The file may be
 * of another architecture, truncated or not ELF at all. Nothing of it is
 * copied: a page that is not looked at is never read from disk.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_ELF_FILE_H
#define RMAP_INSPECT_DEBUGINFO_ELF_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"
#include "debuginfo/symbols.h"

struct elf_file;

/* A section's bytes, or none (data NULL). Lives as long as the file. */
struct elf_section {
	const void *data;
	size_t size;
	uint64_t address;	/* as linked */
};

/*
 * Open path. ST_IO when it cannot be read, ST_UNSUPPORTED when it is not an
 * ELF file or one that we cannot use (32-bit, compressed debug sections),
 * ST_CORRUPT when its headers point outside of it. Release with
 * elf_file_close().
 */
enum status elf_file_open(const char *path, struct elf_file **ret_file,
			  struct diag *diag) must_check;
void elf_file_close(struct elf_file *file);	/* accepts NULL */
DEFINE_CLEANUP(struct elf_file, elf_file_close)

const char *elf_file_path(const struct elf_file *file);
uint16_t elf_file_machine(const struct elf_file *file);	/* EM_… */

/* The section called name. ST_ABSENT, also for one without contents. */
enum status elf_file_section(struct elf_file *file, const char *name,
			     struct elf_section *ret_section,
			     struct diag *diag) must_check;

/* The build-id as lower-case hex. ST_ABSENT. Lives as long as the file. */
enum status elf_file_build_id(struct elf_file *file, const char **ret_hex,
			      struct diag *diag) must_check;

/*
 * Up to len bytes that the file holds for a linked address, from a section
 * with contents; *ret_len says how many. ST_ABSENT when no section has them
 * (the .rodata of a split-off debug file is empty, for one).
 */
enum status elf_file_bytes_at(struct elf_file *file, uint64_t address,
			      size_t len, const void **ret_bytes,
			      size_t *ret_len, struct diag *diag) must_check;

/*
 * Look up all of wants[] in one pass over .symtab. Global symbols win over
 * local ones of the same name. Those that are not there keep found == false;
 * ST_ABSENT only when the file has no .symtab.
 */
enum status elf_file_symbols(struct elf_file *file, struct symbol_want *wants,
			     size_t n_wants, struct diag *diag) must_check;

#endif
