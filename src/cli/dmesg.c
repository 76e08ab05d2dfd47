/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All lines are read before the first page is looked up: the library must not
 * be asked for one while it hands out the log.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "dmesg.h"
#include "log.h"
#include "log_words.h"

/* A number that a line has named, to be looked into. */
struct lead {
	struct named named;	/* at: into the text of the line */
	size_t line;
};

struct reader {
	struct mentions *mentions;
	const char *unit;	/* what line.seq counts: "record", "line" */
	struct lead *leads;
	size_t n, room;
	/* The line at hand, until something in it is of use. */
	struct log_line line;
	bool kept;
};

/* ---- lines ---- */

static char *where_words(const struct reader *reader,
			 const struct log_line *line,
			 const struct named *named)
{
	return format_new("%s %" PRIu64 ": %.*s", reader->unit, line->seq,
			  named->len, named->at);
}

static void leave_out(const struct reader *reader, const struct named *named)
{
	char *where = where_words(reader, &reader->line, named);

	log_step("--from-dmesg: %s: %s", where, named->names == NAMES_HASH ?
		 "a hashed pointer, which is no address; left out" :
		 "not known to be a physical address; left out");
	free(where);
}

static void take_named(const struct named *named, void *arg)
{
	struct reader *reader = arg;

	if (named->names == NAMES_HASH || named->names == NAMES_OTHER) {
		leave_out(reader, named);
		return;
	}
	if (!reader->kept)
		(void)mentions_add_line(reader->mentions, reader->line);
	reader->kept = true;
	reader->leads = need_room(reader->leads, reader->n, &reader->room,
				  sizeof(*reader->leads));
	reader->leads[reader->n++] = (struct lead) {
		*named, reader->mentions->n_lines - 1
	};
}

/* The text is len bytes, and copied. */
static void look_at(struct reader *reader, struct log_line line,
		    const char *text, size_t len)
{
	line.text = need(strndup(text, len));
	reader->line = line;
	reader->kept = false;
	log_words_find(line.text, take_named, reader);
	if (!reader->kept)
		free(line.text);
}

/* ---- the log of the dump ---- */

static bool got_record(const struct rmi_log_record *record, void *arg)
{
	const struct log_line line = {
		.seq = record->seq, .has_time = true, .ns = record->ns,
	};
	const char *text = record->text;

	for (;;) {
		size_t len = strcspn(text, "\n");

		look_at(arg, line, text, len);
		if (!text[len])
			return true;
		text += len + 1;
	}
}

static bool read_dump(struct rmi_session *session, struct reader *reader)
{
	if (rmi_session_log(session, got_record, reader) == RMI_OK)
		return true;
	log_error("--from-dmesg: %s; give the log with --from-dmesg=FILE",
		  rmi_session_error(session));
	return false;
}

/* ---- a file ---- */

/*
 * "[   12.345678] " as printk.time has it. Returns where the text begins, or
 * NULL.
 */
static const char *parse_time(const char *s, uint64_t *ret_ns)
{
	unsigned long long seconds, micros;
	int end = 0;

	if (sscanf(s, "[%llu.%6llu]%n", &seconds, &micros, &end) != 2 ||
	    end < 9 || s[end - 8] != '.')
		return NULL;
	*ret_ns = (seconds * 1000000 + micros) * 1000;
	return s[end] == ' ' ? s + end + 1 : s + end;
}

/* Nothing longer stands before a time. */
#define PREFIX_MAX	256

/* At the beginning, or behind "<6>", "kern  :info  : ", "host kernel: ". */
static bool may_be_time(const char *s, const char *at)
{
	return at == s || at[-1] == '>' ||
	       (at - s >= 2 && strncmp(at - 2, ": ", 2) == 0);
}

/*
 * What stands before the time is left out; without one, all of the line is
 * text.
 */
static const char *skip_prefix(const char *s, struct log_line *line)
{
	for (const char *at = strchr(s, '['); at && at - s < PREFIX_MAX;
	     at = strchr(at + 1, '[')) {
		const char *text = may_be_time(s, at) ?
				   parse_time(at, &line->ns) : NULL;

		if (!text)
			continue;
		line->has_time = true;
		return text;
	}
	return s;
}

static void look_at_raw(struct reader *reader, char *raw, size_t len,
			uint64_t number)
{
	struct log_line line = { .seq = number };
	const char *text;

	while (len && isspace((unsigned char)raw[len - 1]))
		len--;
	raw[len] = '\0';
	/* A NUL would hide what is behind it. */
	for (size_t i = 0; i < len; i++)
		if (!raw[i])
			raw[i] = ' ';
	text = skip_prefix(raw, &line);
	look_at(reader, line, text, strlen(text));
}

static bool read_lines(FILE *file, const char *path, struct reader *reader)
{
	char *raw = NULL;
	size_t room = 0;
	uint64_t number = 0;
	ssize_t len;

	while ((len = getline(&raw, &room, file)) >= 0)
		look_at_raw(reader, raw, (size_t)len, ++number);
	free(raw);
	if (!ferror(file))
		return true;
	log_error("--from-dmesg '%s': %s", path, strerror(errno));
	return false;
}

static bool read_file(const char *path, struct reader *reader)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	bool good;

	if (!file) {
		log_error("--from-dmesg '%s': %s", path, strerror(errno));
		return false;
	}
	good = read_lines(file, path, reader);
	if (!is_stdin)
		fclose(file);
	return good;
}

/* ---- what was named ---- */

/* A frame has 52 bits at most; the query takes no other. */
#define MAX_PFN_BITS	52

/* NULL, or why there is no page to look at. Lives until the next call. */
static const char *find_frame(struct rmi_session *session,
			      const struct named *named, uint64_t *ret_pfn)
{
	const struct rmi_place place = {
		.size = sizeof(place),
		.door = named->names == NAMES_PAGE ? RMI_DOOR_PAGE :
						     RMI_DOOR_PHYS,
		.address = named->value,
	};

	*ret_pfn = named->value;
	if (named->names != NAMES_PFN &&
	    rmi_session_find(session, &place, ret_pfn) != RMI_OK)
		return rmi_session_error(session);
	return *ret_pfn >> MAX_PFN_BITS ? "no machine has such a frame" : NULL;
}

static void follow(struct rmi_session *session, const struct reader *reader,
		   const struct lead *lead)
{
	struct mentions *mentions = reader->mentions;
	const struct log_line *line = &mentions->lines[lead->line];
	uint64_t pfn;
	const char *why = find_frame(session, &lead->named, &pfn);

	if (why)
		mentions_add_gap(mentions,
				 where_words(reader, line, &lead->named),
				 why);
	else
		mentions_add(mentions, pfn, lead->line);
}

bool dmesg_find(struct rmi_session *session, const char *path,
		struct mentions *mentions, struct pfn_list *pfns)
{
	struct reader reader = {
		.mentions = mentions,
		.unit = path ? "line" : "record",
	};
	bool good = path ? read_file(path, &reader) :
			   read_dump(session, &reader);

	for (size_t i = 0; i < reader.n; i++)
		follow(session, &reader, &reader.leads[i]);
	if (good && !reader.n)
		log_warning("--from-dmesg: the log names no page");
	free(reader.leads);
	mentions_sort(mentions, pfns);
	return good;
}
