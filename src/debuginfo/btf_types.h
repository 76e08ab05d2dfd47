/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Layouts from BTF, the type information that a kernel carries in its own
 * memory (since 5.2, if configured with DEBUG_INFO_BTF).
 *
 * It has every type of the kernel proper once, so that every answer is
 * certain, whatever the effort; none of what only a module uses. Opening goes
 * over all types, which takes some milliseconds.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_BTF_TYPES_H
#define RMAP_INSPECT_DEBUGINFO_BTF_TYPES_H

#include <stddef.h>

#include "base/status.h"
#include "debuginfo/elf_file.h"
#include "debuginfo/types.h"

/*
 * All return ST_UNSUPPORTED for what is not BTF or not one that can be read
 * alone (big-endian, another version, split), ST_CORRUPT for a damaged one and
 * ST_ABSENT when there is none. origin, which is copied, is for messages.
 * Release with type_source_free().
 */

/* Of bytes that must outlive the source, unchanged. */
enum status btf_types_new(const void *bytes, size_t size, const char *origin,
			  struct type_source **ret_source, struct diag *diag)
	must_check;

/*
 * Of bytes from malloc(), such as a copy from a dump. From success on they
 * are the source's; on failure they stay the caller's.
 */
enum status btf_types_adopt(void *bytes, size_t size, const char *origin,
			    struct type_source **ret_source,
			    struct diag *diag) must_check;

/*
 * Of a file: bare BTF, such as /sys/kernel/btf/vmlinux, or a linked ELF file
 * with a .BTF section. ST_IO when it cannot be read.
 */
enum status btf_types_open_file(const char *path,
				struct type_source **ret_source,
				struct diag *diag) must_check;

/* How many there are of the bytes, as given. */
size_t btf_types_bytes(const struct type_source *source);

#endif
