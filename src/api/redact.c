/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/redact.h"

#include <string.h>

#include "base/stand_in.h"

/* ---- names of the dump ---- */

char *shown_path(const struct kernel *kernel, const char *path)
{
	return kernel->redact ? stand_in_for_file(path) : strdup(path);
}

char *shown_cgroup(const struct kernel *kernel, const char *path)
{
	return kernel->redact ? stand_in_for_path(NAME_OF_CGROUP, path) :
				strdup(path);
}

char *shown_container(const struct kernel *kernel, const char *name)
{
	char text[STAND_IN_SIZE];

	if (!kernel->redact)
		return strdup(name);
	stand_in(NAME_OF_CONTAINER, name, strlen(name), text);
	return strdup(text);
}

void redact_host(struct rmi_session *session)
{
	char text[STAND_IN_SIZE];

	if (!session->options.redact)
		return;
	stand_in(NAME_OF_HOST, session->host, strlen(session->host), text);
	strcpy(session->host, text);
}

/* ---- files of this machine ---- */

static enum status add_file(struct rmi_session *session, const char *path)
{
	char *copy;

	if (!path)
		return ST_OK;
	copy = strdup(path);
	if (copy && !text_vec_push(&session->own_files, copy))
		return ST_OK;
	free(copy);
	return ST_NO_MEMORY;
}

enum status redact_options(struct rmi_session *session)
{
	const struct rmi_open_options *options = &session->options;
	const char *const *dirs = options->debug_dirs;
	const char *const *parts = options->parts;
	enum status st;

	if (!options->redact)
		return ST_OK;
	st = add_file(session, options->core);
	if (!st)
		st = add_file(session, options->vmlinux);
	if (!st)
		st = add_file(session, options->btf);
	if (!st)
		st = add_file(session, options->system_map);
	if (!st)
		st = add_file(session, options->cache_dir);
	if (!st)
		st = add_file(session, options->tmpdir);
	for (size_t i = 0; dirs && dirs[i] && !st; i++)
		st = add_file(session, dirs[i]);
	for (size_t i = 0; parts && parts[i] && !st; i++)
		st = add_file(session, parts[i]);
	return st;
}

char *shown_message(const struct rmi_session *session, const char *text)
{
	const struct text_vec *files = &session->own_files;

	if (!session->options.redact)
		return strdup(text);
	return stand_in_for_message(text, (const char *const *)files->items,
				    files->n);
}

/* ---- where layouts came from ---- */

/* Takes text; *ret lives as long as the session. */
static enum status keep(struct rmi_session *session, char *text,
			const char **ret)
{
	cleanup_free char *owned = text;
	char *copy = owned ? arena_strdup(&session->shown, owned) : NULL;

	if (!copy)
		return ST_NO_MEMORY;
	*ret = copy;
	return ST_OK;
}

static enum status redact_file(struct rmi_session *session, const char **path)
{
	return *path ? keep(session, stand_in_for_path(NAME_OF_FILE, *path),
			    path) : ST_OK;
}

static enum status redact_words(struct rmi_session *session, const char **words)
{
	return *words ? keep(session, shown_message(session, *words), words) :
			ST_OK;
}

enum status redact_source(struct rmi_session *session)
{
	struct rmi_source *source = &session->source;
	enum status st;

	if (!session->options.redact)
		return ST_OK;
	st = redact_file(session, &source->core);
	if (!st)
		st = redact_file(session, &source->vmlinux);
	for (size_t i = 0; i < source->n_sources && !st; i++)
		st = redact_words(session, &session->source_views[i].declined);
	return st;
}
