/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/path_builder.h"

#include <string.h>

#define MAX_NAME	255u	/* NAME_MAX, without the NUL */

void path_begin(struct path_builder *path, char buf[static PATH_SIZE])
{
	path->buf = buf;
	path->start = PATH_SIZE - 1;
	buf[path->start] = '\0';
}

enum status path_prepend(struct kernel *kernel, struct path_builder *path,
			 const char *text)
{
	size_t len = strlen(text);

	if (len > path->start)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "path longer than %u bytes", PATH_SIZE);
	path->start -= len;
	memcpy(path->buf + path->start, text, len);
	return ST_OK;
}

enum status path_prepend_name(struct kernel *kernel,
			      struct path_builder *path, kaddr_t address)
{
	char name[MAX_NAME + 2];	/* room to see that it is longer */
	enum status st;

	st = kernel_read_string(kernel, address, name, sizeof(name));
	if (!st && strlen(name) > MAX_NAME)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "%#llx: a name that does not end",
				 (unsigned long long)address.v);
	if (!st)
		st = path_prepend(kernel, path, name);
	if (!st)
		st = path_prepend(kernel, path, "/");
	return st;
}

enum status path_prepend_root(struct kernel *kernel, struct path_builder *path)
{
	return path->buf[path->start] == '/' ? ST_OK :
	       path_prepend(kernel, path, "/");
}

void path_end(struct path_builder *path)
{
	memmove(path->buf, path->buf + path->start, PATH_SIZE - path->start);
	path->start = 0;
}
