/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A path built from its end: the kernel's trees lead from a name to the
 * directory above it, never down.
 */
#ifndef RMAP_INSPECT_MM_PATH_BUILDER_H
#define RMAP_INSPECT_MM_PATH_BUILDER_H

#include <stddef.h>

#include "kernel/kernel.h"

#define PATH_SIZE	4096u	/* PATH_MAX */

struct path_builder {
	char *buf;		/* PATH_SIZE bytes, not ours */
	size_t start;		/* of what there is so far */
};

void path_begin(struct path_builder *path, char buf[static PATH_SIZE]);

/* ST_CORRUPT when it gets longer than a path can be. */
enum status path_prepend(struct kernel *kernel, struct path_builder *path,
			 const char *text) must_check;

/* A slash, and the name that the dump has at an address. */
enum status path_prepend_name(struct kernel *kernel,
			      struct path_builder *path,
			      kaddr_t name) must_check;

/* All names are there: the slash of the root, if there was none. */
enum status path_prepend_root(struct kernel *kernel,
			      struct path_builder *path) must_check;

/* Move it to the front of its buffer. */
void path_end(struct path_builder *path);

#endif
