/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows the XDG base directory specification. Does not know what is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cache_dir.h"

/* The specification wants paths that are not absolute to be ignored. */
static const char *absolute(const char *variable)
{
	const char *path = getenv(variable);

	return path && path[0] == '/' ? path : NULL;
}

char *cache_dir_choose(const struct options *opts)
{
	const char *xdg = absolute("XDG_CACHE_HOME");
	const char *home = absolute("HOME");

	if (opts->no_cache)
		return NULL;
	if (opts->cache_dir)
		return need(strdup(opts->cache_dir));
	if (xdg)
		return format_new("%s/rmap-inspect", xdg);
	return home ? format_new("%s/.cache/rmap-inspect", home) : NULL;
}
