/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/temp_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define NEXT_STEP	"name a directory with room for it by --tmpdir, or " \
			"make the dump plain with makedumpfile -R"

enum status temp_file_failed(const char *directory, int error,
			     struct diag *diag)
{
	return diag_fail(diag, ST_IO,
			 "a flattened dump, which has to be reassembled in "
			 "%s: %s; " NEXT_STEP, directory, strerror(error));
}

static enum status check_room(const char *directory, uint64_t size,
			      struct diag *diag)
{
	struct statvfs fs;
	uint64_t room;

	if (statvfs(directory, &fs))
		return temp_file_failed(directory, errno, diag);
	if (__builtin_mul_overflow((uint64_t)fs.f_bavail, fs.f_frsize, &room))
		room = UINT64_MAX;
	if (size <= room)
		return ST_OK;
	return diag_fail(diag, ST_IO,
			 "a flattened dump, which has to be reassembled: that "
			 "takes %llu MiB, and %s has %llu MiB left; " NEXT_STEP,
			 (unsigned long long)(size >> 20) + 1, directory,
			 (unsigned long long)room >> 20);
}

/*
 * Where the file system makes no files without a name. No signal may end us
 * while it has one.
 */
static int open_and_unlink(const char *directory)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/rmap-inspect.XXXXXX",
			 directory);
	sigset_t all, before;
	int fd;

	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return fd;
}

enum status temp_file_open(const char *directory, uint64_t size, int *ret_fd,
			   struct diag *diag)
{
	enum status st = check_room(directory, size, diag);
	int fd;

	if (st)
		return st;
	fd = open(directory, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	/* EISDIR: a kernel before 3.11. */
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = open_and_unlink(directory);
	if (fd < 0)
		return temp_file_failed(directory, errno, diag);
	*ret_fd = fd;
	return ST_OK;
}
