/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that is there as a whole or not at all: it grows under another name
 * beside its own, which it gets when it is whole and on the disk.
 *
 * Knows names, and what may be replaced. Does not know what is written.
 */
#ifndef RMAP_INSPECT_CLI_NEW_FILE_H
#define RMAP_INSPECT_CLI_NEW_FILE_H

#include <stdbool.h>

/* What an option writes. */
struct new_file_kind {
	const char *option;		/* "--export" */
	const char *name;		/* "export" */
	bool (*is_one)(int fd);		/* it begins as these do */
};

struct new_file {
	const struct new_file_kind *kind;
	char *path;		/* NULL: nothing has been begun */
	char *growing;		/* its name until then; NULL: it has none */
};

/*
 * An empty file under the name of growing. What is at path may be one of the
 * same kind, and nothing else. False: explained on stderr.
 */
bool new_file_begin(struct new_file *file, const struct new_file_kind *kind,
		    const char *path);

/* All is written and closed: give it its name. False: errno says why not. */
bool new_file_publish(struct new_file *file);

/* Nothing stays of what was not published. */
void new_file_fini(struct new_file *file);

#endif
