/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/stand_in.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

void stand_in(enum name_of what, const char *name, size_t len,
	      char out[static STAND_IN_SIZE])
{
	uint8_t digest[SHA256_BYTES];

	out[0] = '\0';
	if (!len)
		return;
	sha256(name, len, digest);
	snprintf(out, STAND_IN_SIZE, "%c%02x%02x%02x%02x%02x%02x", what,
		 digest[0], digest[1], digest[2], digest[3], digest[4],
		 digest[5]);
}

/* A part of a text. */
struct span {
	const char *start, *end;
};

/* ---- text that grows ---- */

struct writer {
	char *text;
	size_t size;
	FILE *out;		/* NULL: out of memory */
};

static void writer_open(struct writer *writer)
{
	writer->out = open_memstream(&writer->text, &writer->size);
}

static char *writer_close(struct writer *writer)
{
	bool failed;

	if (!writer->out)
		return NULL;
	failed = ferror(writer->out);
	if (!fclose(writer->out) && !failed)
		return writer->text;
	free(writer->text);
	return NULL;
}

static void put(struct writer *writer, struct span span)
{
	if (writer->out)
		fwrite(span.start, 1, span.end - span.start, writer->out);
}

static void put_name(struct writer *writer, enum name_of what,
		     struct span name)
{
	char text[STAND_IN_SIZE];

	stand_in(what, name.start, name.end - name.start, text);
	put(writer, (struct span) { text, text + strlen(text) });
}

/* ---- paths ---- */

static bool is(struct span span, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(span.end - span.start) == len &&
	       !memcmp(span.start, text, len);
}

static bool begins_with(struct span span, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(span.end - span.start) >= len &&
	       !memcmp(span.start, text, len);
}

static void put_part(struct writer *writer, enum name_of what,
		     struct span part)
{
	if (is(part, ".") || is(part, ".."))
		put(writer, part);
	else
		put_name(writer, what, part);
}

static void put_path(struct writer *writer, enum name_of what,
		     struct span path)
{
	const char *start = path.start, *slash;

	while ((slash = memchr(start, '/', path.end - start))) {
		put_part(writer, what, (struct span) { start, slash });
		put(writer, (struct span) { slash, slash + 1 });
		start = slash + 1;
	}
	put_part(writer, what, (struct span) { start, path.end });
}

char *stand_in_for_path(enum name_of what, const char *path)
{
	struct writer writer;

	writer_open(&writer);
	put_path(&writer, what, (struct span) { path, path + strlen(path) });
	return writer_close(&writer);
}

/* ---- paths of the kernel ---- */

static const char unreachable[] = "(unreachable)";
static const char deleted[] = " (deleted)";
static const char memfd[] = "/memfd:";

/* Files in no directory, whose names are in the kernel's text. */
static const char *const fixed_names[] = {
	"/dev/zero",		/* shmem_zero_setup(), and the device */
	"/anon_hugepage",	/* ksys_mmap_pgoff() */
	"/secretmem",
	"/[aio]",
	"/[io_uring]",
	"/[perf_event]",
	"/bpf-map",
	"/drm mm object",
	"/i915",
};

/* newseg(): the key, which is a number. */
static bool is_sysv(struct span path)
{
	static const char start[] = "/SYSV";
	const char *digit = path.start + sizeof(start) - 1;

	if (!begins_with(path, start) || path.end - digit != 8)
		return false;
	while (digit < path.end && isxdigit((unsigned char)*digit))
		digit++;
	return digit == path.end;
}

static bool is_fixed(struct span path)
{
	for (size_t i = 0; i < sizeof(fixed_names) / sizeof(fixed_names[0]); i++)
		if (is(path, fixed_names[i]))
			return true;
	return is_sysv(path) || begins_with(path, "block device ");
}

static void put_file(struct writer *writer, struct span path)
{
	struct span start = { path.start, path.start + sizeof(memfd) - 1 };

	if (is_fixed(path)) {
		put(writer, path);
	} else if (begins_with(path, memfd)) {
		put(writer, start);
		put_name(writer, NAME_OF_FILE,
			 (struct span) { start.end, path.end });
	} else {
		put_path(writer, NAME_OF_FILE, path);
	}
}

/* Where what stands behind the path begins. */
static const char *end_of_path(const char *path)
{
	size_t len = strlen(path), suffix = sizeof(deleted) - 1;

	return len >= suffix && !strcmp(path + len - suffix, deleted) ?
	       path + len - suffix : path + len;
}

static size_t prefix_len(const char *path)
{
	size_t len = sizeof(unreachable) - 1;

	return strncmp(path, unreachable, len) ? 0 : len;
}

char *stand_in_for_file(const char *path)
{
	const char *start = path + prefix_len(path);
	const char *end = end_of_path(start);
	struct writer writer;

	writer_open(&writer);
	put(&writer, (struct span) { path, start });
	put_file(&writer, (struct span) { start, end });
	put(&writer, (struct span) { end, end + strlen(end) });
	return writer_close(&writer);
}

/* ---- messages ---- */

static bool ends_name(const char *at)
{
	return !*at || strchr(" ,;:/'()", *at);
}

/* "FILE: why", but a path may have a colon in it, too. */
static const char *end_of_word(const char *at)
{
	while (*at && !strchr(" ,;'()", *at) &&
	       !(*at == ':' && (!at[1] || at[1] == ' ')))
		at++;
	return at;
}

/*
 * How much of the text is the file, or a directory that it is in. A name
 * without a slash before it may be any word, so it counts as a whole alone.
 */
static size_t common_path(const char *text, const char *file)
{
	size_t common = 0;

	for (size_t i = 0; ; i++) {
		bool whole = !file[i];

		if ((whole || (file[i] == '/' && file[0] == '/')) &&
		    ends_name(text + i))
			common = i;
		if (whole || text[i] != file[i])
			return common;
	}
}

/* The end of the path that the text has here; the same place: none. */
static const char *end_of_mention(const char *text, const char *const *files,
				  size_t n)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		size_t common = common_path(text, files[i]);

		if (common > known)
			known = common;
	}
	return known || *text == '/' ? end_of_word(text + known) : text;
}

static bool begins_word(const char *text, const char *at)
{
	return at == text || strchr(" '(", at[-1]);
}

char *stand_in_for_message(const char *text, const char *const *files,
			   size_t n)
{
	const char *at = text;
	struct writer writer;

	writer_open(&writer);
	while (*at) {
		const char *end = begins_word(text, at) ?
				  end_of_mention(at, files, n) : at;

		if (end > at) {
			put_path(&writer, NAME_OF_FILE,
				 (struct span) { at, end });
			at = end;
		} else {
			put(&writer, (struct span) { at, at + 1 });
			at++;
		}
	}
	return writer_close(&writer);
}
