/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Debug files by build-id, from debuginfod servers.
 *
 * Knows libdebuginfod, which is looked for when it is needed and need not be
 * there. Which servers there are, where what they send is kept, and for how
 * long, is that library's matter. Does not look into the files.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_DEBUGINFOD_H
#define RMAP_INSPECT_DEBUGINFO_DEBUGINFOD_H

#include "base/log.h"
#include "base/status.h"

/*
 * Have the debug file with this build-id (lower-case hex; anything else is
 * ST_INVALID, as a dump may say what it likes). *ret_path is where it is, to
 * be released with free(). Nothing is said of what is in it: servers are
 * believed, so compare build-ids.
 *
 * ST_ABSENT: DEBUGINFOD_URLS names no server, or none has the file.
 * ST_UNSUPPORTED: there is no libdebuginfod, or not one that we can use.
 * ST_STOPPED: log_is_cancelled(). ST_IO: anything else. *ret_path stays
 * untouched on failure.
 *
 * It takes as long as the servers do. log (or NULL) hears of it, and is asked
 * whether to go on, about once a second; but libdebuginfod does not stop while
 * a name server lets it wait. And elfutils 0.192 asks only while a server
 * sends: one that accepts and stays silent cannot be cancelled there, and has
 * until DEBUGINFOD_TIMEOUT (90 s).
 */
enum status debuginfod_fetch(const char *build_id, const struct log *log,
			     char **ret_path, struct diag *diag) must_check;

/* The same with the library of this name, or at this path. */
enum status debuginfod_fetch_from(const char *library, const char *build_id,
				  const struct log *log, char **ret_path,
				  struct diag *diag) must_check;

#endif
