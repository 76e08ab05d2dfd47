/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See new_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "log.h"
#include "new_file.h"

/* One of the same kind is, and nothing else: a slip must not cost the dump. */
static bool may_replace(const struct new_file_kind *kind, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	bool may;

	if (fd < 0 && errno == ENOENT)
		return true;
	may = fd >= 0 && kind->is_one(fd);
	if (fd >= 0)
		close(fd);
	if (!may)
		log_error("%s '%s': is there already, and no %s that could be "
			  "replaced; give another name", kind->option, path,
			  kind->name);
	return may;
}

static mode_t mode_of_new_files(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* What has to go if need() ends the tool. */
static const char *unfinished;

static void remove_unfinished(void)
{
	if (unfinished)
		unlink(unfinished);
}

/* It has another name by now, or none. */
static void forget(struct new_file *file)
{
	unfinished = NULL;
	free(file->growing);
	file->growing = NULL;
}

/* The file is there before anybody opens it by name: no link is followed. */
static bool make(struct new_file *file)
{
	int fd = mkstemp(file->growing);

	if (fd < 0) {
		log_error("%s '%s': %s", file->kind->option, file->path,
			  strerror(errno));
		forget(file);
		return false;
	}
	unfinished = file->growing;
	atexit(remove_unfinished);
	(void)fchmod(fd, mode_of_new_files());
	close(fd);
	return true;
}

bool new_file_begin(struct new_file *file, const struct new_file_kind *kind,
		    const char *path)
{
	*file = (struct new_file) { .kind = kind };
	if (!may_replace(kind, path))
		return false;
	file->path = need(strdup(path));
	file->growing = format_new("%s.XXXXXX", path);
	return make(file);
}

static bool sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | flags);
	bool good = fd >= 0 && fsync(fd) == 0;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return good;
}

/* A power cut leaves either what was there before or all of the new one. */
bool new_file_publish(struct new_file *file)
{
	char *copy;

	if (!sync_path(file->growing, 0) ||
	    rename(file->growing, file->path) != 0)
		return false;
	forget(file);
	copy = need(strdup(file->path));
	(void)sync_path(dirname(copy), O_DIRECTORY);
	free(copy);
	return true;
}

void new_file_fini(struct new_file *file)
{
	if (file->growing)
		unlink(file->growing);
	forget(file);
	free(file->path);
	file->path = NULL;
}
