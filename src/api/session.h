/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of struct rmi_session, for the files of this layer.
 */
#ifndef RMAP_INSPECT_API_SESSION_H
#define RMAP_INSPECT_API_SESSION_H

#include "api/files.h"
#include "api/memcgs.h"
#include "base/arena.h"
#include "base/gaps.h"
#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "kernel/kernel.h"
#include "kind/survey.h"
#include "mm/task.h"
#include "rmap-inspect/rmap-inspect.h"

DEFINE_VEC(text_vec, char *)

struct known_path {
	char *path;
	char *shown;		/* as it leaves the session */
};

DEFINE_VEC(path_vec, struct known_path)
DEFINE_VEC(gap_view_vec, struct rmi_gap)

struct place_object;

DEFINE_VEC(object_vec, struct place_object *)

struct rmi_session {
	struct kernel *kernel;		/* NULL until a dump was opened */
	bool bound;			/* the kernel is, and can be asked */
	struct log log;
	struct rmi_open_options options;	/* strings: while opening */
	char *core;
	struct rmi_source source;
	struct rmi_layout_source source_views[MAX_TRIALS];
	char host[66];
	struct arena shown;		/* strings of source that are ours */
	struct text_vec own_files;	/* that the options named; redact */
	struct tasks *tasks;		/* read at the first query */
	struct surveyor *surveyor;	/* with the tasks */
	struct rmi_task *task_views;	/* one for each of tasks->processes */
	struct map path_of_file;	/* struct file → place in paths */
	struct path_vec paths;
	struct memcgs memcgs;
	struct files files;

	struct object_vec objects;	/* what places turned out to be */
	struct gaps scan_gaps;		/* of the last scan */
	struct gaps log_gaps;		/* of the last rmi_session_log() */
	struct gaps whole_gaps;		/* of the last rmi_session_all() */
	struct gap_view_vec gap_views;	/* what rmi_session_gaps() gave out */
	struct diag diag;
};

/* What stands still, so that it can be walked through as a whole. */
static inline bool session_has_dump(const struct rmi_session *session)
{
	return session->bound && !session->kernel->image->live;
}

/* Translate a status and keep its explanation for rmi_session_error(). */
rmi_status session_fail(struct rmi_session *session, enum status st,
			const char *explanation);

/* Copy a struct that begins with its size. False: it asks for too much. */
bool copy_sized(void *to, size_t to_size, const void *from) must_check;

/* Read the task list, once. */
enum status session_need_tasks(struct rmi_session *session) must_check;

/*
 * The path of a struct file (0: none) as it is shown, kept for the session.
 * NULL, and a gap, when it cannot be made out.
 */
enum status session_path(struct rmi_session *session, kaddr_t file,
			 struct gaps *gaps, const char **ret_path) must_check;

/* As it is, to compare it. */
enum status session_true_path(struct rmi_session *session, kaddr_t file,
			      struct gaps *gaps,
			      const char **ret_path) must_check;

/* Who uses an address space; *ret_n is 0 when nobody does. */
const struct rmi_task *session_tasks_of(const struct rmi_session *session,
					kaddr_t mm, size_t *ret_n);

/* The address space of a process. ST_NO_ADDRESS: there is no such process. */
enum status session_find_mm(struct rmi_session *session, uint32_t pid,
			    kaddr_t *ret_mm) must_check;

/* Append views of gaps, which must outlive them. */
enum status append_gap_views(struct gap_view_vec *views,
			     const struct gaps *gaps) must_check;

#endif
