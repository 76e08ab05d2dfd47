/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stand-ins for names that concern nobody but their owner (doc/redact.md): a
 * letter that says what it is the name of, and the first 12 digits of its
 * SHA-256. The same name has the same everywhere, for whoever can hash.
 *
 * Knows how names are written. Does not know where they come from, nor who
 * wants them replaced.
 */
#ifndef RMAP_INSPECT_BASE_STAND_IN_H
#define RMAP_INSPECT_BASE_STAND_IN_H

#include <stddef.h>

enum name_of {
	NAME_OF_COMMAND = 'c',
	NAME_OF_FILE = 'p',		/* or directory: one part of a path */
	NAME_OF_CGROUP = 'g',		/* likewise */
	NAME_OF_CONTAINER = 'k',
	NAME_OF_HOST = 'h',
};

#define STAND_IN_SIZE	14	/* with the NUL; fits in a comm */

/* Of an empty name, which tells nothing: "". */
void stand_in(enum name_of what, const char *name, size_t len,
	      char out[static STAND_IN_SIZE]);

/* Each of the following is to be freed; NULL: out of memory. */

/* Each part of a path, so that common directories can be told. */
char *stand_in_for_path(enum name_of what, const char *path);

/*
 * The same of a path as the kernel writes it, with " (deleted)" and what else
 * stands there that nobody has chosen.
 */
char *stand_in_for_file(const char *path);

/*
 * A message, with stand-ins for those of n files that it mentions, for what is
 * in them, and for whatever else looks like an absolute path.
 */
char *stand_in_for_message(const char *text, const char *const *files,
			   size_t n);

#endif
