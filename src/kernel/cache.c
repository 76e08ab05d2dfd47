/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file is a head, the lines of facts_text.h, and a checksum of all before
 * it ("dump all": of all dumps of the build):
 *
 *	rmap-inspect layout cache 1
 *	wants 73e4bb9c9fb52312
 *	build-id 3b43fad5034874490492495d552c0af6a5fab235
 *	dump 801:1a0045:18b0e2f:1795370815.123456789
 *	…
 *	checksum b1a0c5e2ad0e7f44
 */
#include "kernel/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "config.h"
#include "kernel/facts_text.h"
#include "kernel/wants.h"

#define FORMAT		"rmap-inspect layout cache 1"
#define ALL_DUMPS	"all"

/* Ten times what one takes. */
#define MAX_BYTES	(256u << 10)

/* ---- checksums ---- */

/* FNV-1a: it finds damage, and is not meant to find malice. */
#define CHECKSUM_START	0xcbf29ce484222325u

static uint64_t checksum(uint64_t sum, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	return sum;
}

static uint64_t add_names(uint64_t sum, const char *id,
			  const char *const *names)
{
	sum = checksum(sum, id, strlen(id) + 1);
	for (; *names; names++)
		sum = checksum(sum, *names, strlen(*names) + 1);
	return checksum(sum, "", 1);
}

/*
 * A file has no line for what the kernel lacks, so it must have been made by a
 * program that looked for the same things under the same names; and by one that
 * has the same faults.
 */
static uint64_t sum_of_wants(void)
{
	uint64_t sum = CHECKSUM_START;

	sum = checksum(sum, PACKAGE_VERSION, sizeof(PACKAGE_VERSION));
	for (size_t i = 0; i < N_STRUCTS; i++)
		sum = add_names(sum, struct_wants[i].id,
				struct_wants[i].names);
	for (size_t i = 0; i < N_MEMBERS; i++)
		sum = add_names(sum, member_wants[i].id,
				member_wants[i].names);
	for (size_t i = 0; i < N_ENUMERATORS; i++)
		sum = add_names(sum, enumerator_wants[i].id,
				enumerator_wants[i].names);
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		sum = checksum(sum, kernel_symbol_name(i),
			       strlen(kernel_symbol_name(i)) + 1);
	return sum;
}

/* ---- the text ---- */

char *cache_format(const char *build_id, const char *dump,
		   const struct facts *facts, size_t *ret_len)
{
	cleanup_free char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool failed;

	if (!out)
		return NULL;
	fprintf(out, FORMAT "\nwants %016" PRIx64 "\nbuild-id %s\ndump %s\n",
		sum_of_wants(), build_id, dump ? dump : ALL_DUMPS);
	facts_print(facts, out);
	fflush(out);
	if (!ferror(out))
		fprintf(out, "checksum %016" PRIx64 "\n",
			checksum(CHECKSUM_START, text, len));
	failed = ferror(out);
	if (fclose(out) || failed)
		return NULL;
	*ret_len = len;
	return take(text);
}

/* The last line, cut off; the text is len bytes and a NUL. */
static enum status check_checksum(char *text, size_t len, struct diag *diag)
{
	char wanted[sizeof("checksum 0123456789abcdef\n")];
	size_t line = sizeof(wanted) - 1;

	if (len < line || memchr(text, '\0', len))
		return diag_fail(diag, ST_CORRUPT, "damaged");
	snprintf(wanted, sizeof(wanted), "checksum %016" PRIx64 "\n",
		 checksum(CHECKSUM_START, text, len - line));
	if (strcmp(text + len - line, wanted))
		return diag_fail(diag, ST_CORRUPT, "damaged");
	text[len - line] = '\0';
	return ST_OK;
}

/* The next line, if it has this keyword and all of it is there; or NULL. */
static const char *read_value(char **rest, const char *keyword)
{
	const char *line = strsep(rest, "\n");
	size_t len = strlen(keyword);

	return *rest && !strncmp(line, keyword, len) ? line + len : NULL;
}

static enum status check_version(char **rest, struct diag *diag)
{
	char wanted[sizeof("0123456789abcdef")];
	const char *format = read_value(rest, FORMAT), *wants;

	if (!format || *format)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "not of this version of the format");
	snprintf(wanted, sizeof(wanted), "%016" PRIx64, sum_of_wants());
	wants = read_value(rest, "wants ");
	if (!wants || strcmp(wants, wanted))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "kept by another version of rmap-inspect");
	return ST_OK;
}

static enum status check_owner(char **rest, const char *build_id,
			       const char *dump, struct diag *diag)
{
	const char *its_build = read_value(rest, "build-id "), *its_dump;

	if (!its_build || strcmp(its_build, build_id))
		return diag_fail(diag, ST_CORRUPT, "of another kernel");
	its_dump = read_value(rest, "dump ");
	if (!its_dump)
		return diag_fail(diag, ST_CORRUPT, "of unknown origin");
	if (strcmp(its_dump, ALL_DUMPS) && strcmp(its_dump, dump))
		return diag_fail(diag, ST_ABSENT,
				 "told by the memory of another dump, for "
				 "which alone it holds");
	return ST_OK;
}

/* Lines end with a newline, the last one too. */
static enum status parse_facts(char *rest, kaddr_t stext, struct facts *facts,
			       struct diag *diag)
{
	enum status st = ST_OK;

	while (*rest && !st) {
		const char *line = strsep(&rest, "\n");

		if (!rest)
			return diag_fail(diag, ST_CORRUPT, "cut short");
		st = facts_parse_line(facts, line, stext, diag);
	}
	if (!st && (!facts->layouts_from[0] || !facts->symbols_from[0]))
		return diag_fail(diag, ST_CORRUPT, "of unknown origin");
	return st ? st : layout_check(&facts->layout, diag);
}

enum status cache_parse(char *text, size_t len, const char *build_id,
			const char *dump, kaddr_t stext,
			struct facts *ret_facts, struct diag *diag)
{
	struct facts facts = { 0 };
	char *rest = text;
	enum status st = check_checksum(text, len, diag);

	if (!st)
		st = check_version(&rest, diag);
	if (!st)
		st = check_owner(&rest, build_id, dump, diag);
	if (!st)
		st = parse_facts(rest, stext, &facts, diag);
	if (!st)
		st = variables_check(&facts, diag);
	if (st)
		return st;
	*ret_facts = facts;
	return ST_OK;
}

/* ---- files ---- */

/* It comes out of a dump, and is to be the name of a file. */
static bool is_usable(const char *build_id)
{
	size_t len = strlen(build_id);

	return len >= 8 && strspn(build_id, "0123456789abcdef") == len;
}

static enum status io_error(const char *path, struct diag *diag)
{
	return diag_fail(diag, ST_IO, "%s: %s", path, strerror(errno));
}

static enum status make_path(const char *dir, const char *build_id,
			     char **ret_path, struct diag *diag)
{
	if (!*dir)
		return diag_fail(diag, ST_INVALID, "no directory");
	if (!is_usable(build_id))
		return diag_fail(diag, ST_ABSENT,
				 "the dump does not say of which build it is");
	if (asprintf(ret_path, "%s/%s", dir, build_id) < 0) {
		*ret_path = NULL;
		return diag_no_memory(diag);
	}
	return ST_OK;
}

/* A wrong layout makes wrong answers, and checksums are no secret. */
static bool is_trusted(const struct stat *stat)
{
	return (stat->st_uid == geteuid() || stat->st_uid == 0) &&
	       !(stat->st_mode & (S_IWGRP | S_IWOTH));
}

/* All of the file, and a NUL. */
static enum status read_file(const char *path, char **ret_text,
			     size_t *ret_len, struct diag *diag)
{
	/* Somebody may have put a FIFO there. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free char *text = NULL;
	struct stat stat;
	ssize_t len;

	if (fd < 0 && errno == ENOENT)
		return diag_fail(diag, ST_ABSENT, "none in %s", path);
	if (fd < 0 || fstat(fd, &stat))
		return io_error(path, diag);
	if (!S_ISREG(stat.st_mode) || stat.st_size > MAX_BYTES)
		return diag_fail(diag, ST_CORRUPT, "%s: damaged", path);
	if (!is_trusted(&stat))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "%s: others could have written it", path);
	text = malloc(stat.st_size + 1);
	if (!text)
		return diag_no_memory(diag);
	len = read(fd, text, stat.st_size);
	if (len < 0)
		return io_error(path, diag);
	text[len] = '\0';
	*ret_text = take(text);
	*ret_len = len;
	return ST_OK;
}

enum status cache_load(const char *dir, const char *build_id,
		       const char *dump, kaddr_t stext,
		       struct facts *ret_facts, struct diag *diag)
{
	cleanup_free char *path = NULL, *text = NULL;
	size_t len = 0;
	enum status st = make_path(dir, build_id, &path, diag);

	if (!st)
		st = read_file(path, &text, &len, diag);
	if (st)
		return st;
	st = cache_parse(text, len, build_id, dump, stext, ret_facts, diag);
	return st ? diag_under(diag, st, "%s", path) : ST_OK;
}

/* As mkdir -p does; 0700 is what the XDG specification asks for. */
static enum status make_directories(const char *dir, struct diag *diag)
{
	cleanup_free char *path = strdup(dir);

	if (!path)
		return diag_no_memory(diag);
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return io_error(path, diag);
		*at = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? io_error(path, diag) :
						      ST_OK;
}

static enum status write_all(int fd, const char *path, const char *text,
			     size_t len, struct diag *diag)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(path, diag);
		text += n;
		len -= n;
	}
	return ST_OK;
}

/* Beside it first, then into its place: readers never see half a file. */
static enum status replace_file(const char *path, const char *text, size_t len,
				struct diag *diag)
{
	cleanup_free char *beside = NULL;
	cleanup_close int fd = -1;
	enum status st;

	if (asprintf(&beside, "%s.XXXXXX", path) < 0) {
		beside = NULL;
		return diag_no_memory(diag);
	}
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return io_error(beside, diag);
	st = write_all(fd, beside, text, len, diag);
	if (!st && rename(beside, path))
		st = io_error(path, diag);
	if (st)
		unlink(beside);
	return st;
}

enum status cache_store(const char *dir, const char *build_id,
			const char *dump, const struct facts *facts,
			struct diag *diag)
{
	cleanup_free char *path = NULL, *text = NULL;
	size_t len = 0;
	enum status st = make_path(dir, build_id, &path, diag);

	if (!st && dump && !*dump)
		return diag_fail(diag, ST_ABSENT,
				 "the dump is not a file that could be known "
				 "again");
	if (!st)
		st = make_directories(dir, diag);
	if (st)
		return st;
	text = cache_format(build_id, dump, facts, &len);
	if (!text)
		return diag_no_memory(diag);
	return replace_file(path, text, len, diag);
}
