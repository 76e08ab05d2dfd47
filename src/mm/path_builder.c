/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/path_builder.h"

#include <string.h>

#define NAME_SIZE	256u	/* NAME_MAX and a NUL */

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
	char name[NAME_SIZE];
	enum status st;

	st = kernel_read_string(kernel, address, name, sizeof(name));
	if (!st)
		st = path_prepend(kernel, path, name);
	if (!st)
		st = path_prepend(kernel, path, "/");
	return st;
}

void path_end(struct path_builder *path)
{
	if (path->start && path->buf[path->start] != '/')
		path->buf[--path->start] = '/';
	memmove(path->buf, path->buf + path->start, PATH_SIZE - path->start);
	path->start = 0;
}
