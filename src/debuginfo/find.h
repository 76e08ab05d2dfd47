/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding the vmlinux of a dump on this machine.
 *
 * Knows where distributions put it; compares build-ids, but does not decide
 * whether a file matches a dump beyond that.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_FIND_H
#define RMAP_INSPECT_DEBUGINFO_FIND_H

#include "base/status.h"
#include "debuginfo/elf_file.h"

/* /usr/lib/debug and /boot; NULL-terminated. */
extern const char *const find_usual_dirs[];

/*
 * Look for the kernel with this build-id (lower-case hex, or NULL when the
 * dump does not say) or, failing that, this release (or NULL): first
 * .build-id/xx/yyyy.debug, then the usual names by release, under each of the
 * NULL-terminated debug_dirs. A candidate whose build-id is another one is
 * passed over; so is one without debug information, DWARF or BTF, remembering
 * why. ST_ABSENT when there is none: diag then lists every place tried and why
 * it declined. Close *ret_file with elf_file_close().
 */
enum status find_vmlinux(const char *build_id, const char *release,
			 const char *const *debug_dirs,
			 struct elf_file **ret_file,
			 struct diag *diag) must_check;

#endif
