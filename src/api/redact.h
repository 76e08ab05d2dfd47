/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names that leave a session as stand-ins, if that was asked for: those that
 * this layer hands on. What doc/redact.md says of comms and of slab caches is
 * done where they are read.
 */
#ifndef RMAP_INSPECT_API_REDACT_H
#define RMAP_INSPECT_API_REDACT_H

#include "api/session.h"

/* What to show of a path that the kernel has. To be freed; NULL: no memory. */
char *shown_path(const struct kernel *kernel, const char *path);

/* The same of a cgroup's path, and of a container. */
char *shown_cgroup(const struct kernel *kernel, const char *path);
char *shown_container(const struct kernel *kernel, const char *name);

/*
 * The files of this machine that the options name, which messages may mention.
 * The first thing to do with options.
 */
enum status redact_options(struct rmi_session *session) must_check;

/* What to show of a message. To be freed; NULL: no memory. */
char *shown_message(const struct rmi_session *session, const char *text);

/* Of session->source, the files and what is said of them. */
enum status redact_source(struct rmi_session *session) must_check;

/* Of session->host, in place. */
void redact_host(struct rmi_session *session);

#endif
