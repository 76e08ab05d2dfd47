/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files of a session, looked at once each: a file has many pages.
 */
#ifndef RMAP_INSPECT_API_FILES_H
#define RMAP_INSPECT_API_FILES_H

#include "base/gaps.h"
#include "base/map.h"
#include "base/vec.h"
#include "kernel/kernel.h"
#include "mm/inode.h"
#include "mm/task.h"

/* What is known of one address_space. Strings live as long as the session. */
struct file {
	bool known;		/* the inode could be read; why says why not */
	struct inode inode;
	char *why;
	bool named;		/* its path was looked for */
	char *path;		/* NULL: none, or path_why says why not known */
	char *path_why;
	bool counted;		/* its i_mmap tree could be seen as a whole */
	uint64_t n_vmas, n_processes;
};

DEFINE_VEC(file_vec, struct file *)

/* Zero-initialised is empty. */
struct files {
	struct map by_mapping;	/* address_space → place in list */
	struct file_vec list;
};

/* *ret_file NULL: the address_space is of no file. ST_NO_MEMORY. */
enum status files_find(struct files *files, struct kernel *kernel,
		       const struct tasks *tasks, kaddr_t mapping,
		       struct file **ret_file) must_check;

/* Look for the file's own path, once. ST_NO_MEMORY. */
enum status file_name(struct file *file, struct kernel *kernel) must_check;

/*
 * Both, where an answer is about many files: what could not be read is told in
 * gaps. *ret_file NULL: it is of no file, or not known of which. ST_NO_MEMORY.
 */
enum status files_describe(struct files *files, struct kernel *kernel,
			   const struct tasks *tasks, kaddr_t mapping,
			   struct gaps *gaps, struct file **ret_file) must_check;

void files_fini(struct files *files);

#endif
