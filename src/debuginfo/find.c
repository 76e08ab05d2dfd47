/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See find.h. The build-id and the release come out of a dump, so they are
 * not trusted to be parts of a path.
 */
#include "debuginfo/find.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const find_usual_dirs[] = { "/usr/lib/debug", "/boot", NULL };

/* Where a vmlinux is named by its release, below a directory. */
static const struct {
	const char *before;
	const char *after;
} usual_names[] = {
	{ "boot/vmlinux-", "" },		/* Debian, Ubuntu */
	{ "vmlinux-", "" },			/* by hand; and in /boot */
	{ "lib/modules/", "/vmlinux" },		/* Fedora, RHEL */
	{ "usr/lib/modules/", "/vmlinux" },	/* the same since merged /usr */
	{ "usr/lib/modules/", "/vmlinux.debug" },	/* SUSE */
	{ "boot/vmlinux-", ".debug" },		/* older SUSE */
};

#define N_USUAL_NAMES	(sizeof(usual_names) / sizeof(usual_names[0]))

/* Text that grows until it is full. */
struct text {
	char text[DIAG_SIZE];
	size_t len;
};

static void append(struct text *text, const char *fmt, ...)
	printf_like(2, 3);

static void append(struct text *text, const char *fmt, ...)
{
	size_t room = sizeof(text->text) - text->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text->text + text->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		text->len += (size_t)n < room ? (size_t)n : room - 1;
}

struct search {
	const char *build_id;	/* NULL if unknown or unusable */
	const char *release;	/* the same */
	const char *const *dirs;
	struct text declined;	/* candidates passed over, and why */
};

/* At least one byte for the directory and one for the file. */
static const char *usable_build_id(const char *build_id)
{
	size_t len = build_id ? strlen(build_id) : 0;

	if (len < 4 || strspn(build_id, "0123456789abcdef") != len)
		return NULL;
	return build_id;
}

static const char *usable_release(const char *release)
{
	if (!release || !*release || strchr(release, '/') ||
	    !strcmp(release, ".") || !strcmp(release, ".."))
		return NULL;
	return release;
}

static enum status check_build_id(const struct search *search,
				  struct elf_file *file, struct diag *diag)
{
	const char *its_own;
	enum status st;

	if (!search->build_id)
		return ST_OK;
	st = elf_file_build_id(file, &its_own, diag);
	if (st == ST_ABSENT)
		return diag_fail(diag, ST_MISMATCH, "%s: it has no build-id",
				 elf_file_path(file));
	if (st != ST_OK)
		return st;
	if (strcmp(its_own, search->build_id))
		return diag_fail(diag, ST_MISMATCH, "%s: its build-id is %s",
				 elf_file_path(file), its_own);
	return ST_OK;
}

static enum status check_debug_info(struct elf_file *file, struct diag *diag)
{
	struct elf_section unused;
	enum status st = elf_file_section(file, ".BTF", &unused, diag);

	return st == ST_ABSENT ?
	       elf_file_section(file, ".debug_info", &unused, diag) : st;
}

static enum status open_candidate(const struct search *search,
				  const char *path,
				  struct elf_file **ret_file,
				  struct diag *diag)
{
	cleanup(elf_file_close_cleanup) struct elf_file *file = NULL;
	enum status st = elf_file_open(path, &file, diag);

	if (st == ST_OK)
		st = check_build_id(search, file, diag);
	if (st == ST_OK)
		st = check_debug_info(file, diag);
	if (st != ST_OK)
		return st;
	*ret_file = take(file);
	return ST_OK;
}

/* ST_ABSENT when there is no such file, or not the right one. Takes path. */
static enum status try_path(struct search *search, char *path,
			    struct elf_file **ret_file, struct diag *diag)
{
	cleanup_free char *owned = path;
	struct diag why = { 0 };
	enum status st;

	if (!owned)
		return diag_no_memory(diag);
	if (access(owned, F_OK))
		return ST_ABSENT;
	st = open_candidate(search, owned, ret_file, &why);
	if (st == ST_OK)
		return ST_OK;
	if (st == ST_NO_MEMORY)
		return diag_no_memory(diag);
	append(&search->declined, "; %s", why.text);
	return ST_ABSENT;
}

static char *format(const char *fmt, ...) printf_like(1, 2);

static char *format(const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	return n < 0 ? NULL : text;
}

static enum status try_build_id(struct search *search, const char *dir,
				struct elf_file **ret_file, struct diag *diag)
{
	const char *id = search->build_id;

	return try_path(search, format("%s/.build-id/%.2s/%s.debug", dir, id,
				       id + 2), ret_file, diag);
}

static enum status try_release(struct search *search, const char *dir,
			       struct elf_file **ret_file, struct diag *diag)
{
	enum status st = ST_ABSENT;
	size_t i;

	for (i = 0; i < N_USUAL_NAMES && st == ST_ABSENT; i++)
		st = try_path(search, format("%s/%s%s%s", dir,
					     usual_names[i].before,
					     search->release,
					     usual_names[i].after),
			      ret_file, diag);
	return st;
}

static enum status try_dirs(struct search *search,
			    enum status (*try)(struct search *search,
					       const char *dir,
					       struct elf_file **ret_file,
					       struct diag *diag),
			    struct elf_file **ret_file, struct diag *diag)
{
	enum status st = ST_ABSENT;
	size_t i;

	for (i = 0; search->dirs[i] && st == ST_ABSENT; i++)
		st = try(search, search->dirs[i], ret_file, diag);
	return st;
}

/* The names are the same under each directory, so say them once. */
static void list_names(const struct search *search, struct text *text)
{
	const char *id = search->build_id, *separator = "";
	size_t i;

	if (id) {
		append(text, ".build-id/%.2s/%s.debug", id, id + 2);
		separator = ", ";
	}
	for (i = 0; search->release && i < N_USUAL_NAMES; i++) {
		append(text, "%s%s%s%s", separator, usual_names[i].before,
		       search->release, usual_names[i].after);
		separator = ", ";
	}
}

static enum status explain(const struct search *search, struct diag *diag)
{
	struct text text = { 0 };
	size_t i;

	if (!search->build_id && !search->release)
		return diag_fail(diag, ST_ABSENT,
				 "no vmlinux: neither build-id nor release are known");
	append(&text, "no vmlinux%s; looked for ", search->declined.text);
	list_names(search, &text);
	append(&text, " in");
	for (i = 0; search->dirs[i]; i++)
		append(&text, "%s %s", i ? "," : "", search->dirs[i]);
	return diag_fail(diag, ST_ABSENT, "%s", text.text);
}

enum status find_vmlinux(const char *build_id, const char *release,
			 const char *const *debug_dirs,
			 struct elf_file **ret_file, struct diag *diag)
{
	struct search search = {
		.build_id = usable_build_id(build_id),
		.release = usable_release(release),
		.dirs = debug_dirs,
	};
	enum status st = ST_ABSENT;

	if (search.build_id)
		st = try_dirs(&search, try_build_id, ret_file, diag);
	if (st == ST_ABSENT && search.release)
		st = try_dirs(&search, try_release, ret_file, diag);
	if (st == ST_ABSENT)
		return explain(&search, diag);
	return st;
}
