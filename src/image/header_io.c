/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/header_io.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status header_read(int fd, void *buf, size_t len, uint64_t offset,
			struct diag *diag)
{
	ssize_t n = pread(fd, buf, len, offset);

	if (n < 0)
		return diag_fail(diag, ST_IO, "%s", strerror(errno));
	if ((size_t)n != len)
		return diag_fail(diag, ST_CORRUPT,
				 "a dump cut short in its headers");
	return ST_OK;
}

enum status header_file_size(int fd, uint64_t *ret_size, struct diag *diag)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return diag_fail(diag, ST_IO, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "a directory, not a dump");
	*ret_size = st.st_size;
	return ST_OK;
}
