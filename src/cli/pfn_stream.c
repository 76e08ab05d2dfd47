/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows when a line has arrived. Not stdio, which does not tell whether a
 * line that it has not given out yet is there already.
 */
#include "pfn_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "log.h"

#define NAME	"-"

/* As many bytes at once as a pipe holds. */
#define PIECE	65536

/* Nothing more is read. What was asked before has its say first. */
static void end_with(struct pfn_stream *stream, enum exit_code code)
{
	(void)stream->may_wait(stream->arg);
	stream->code = code;
	stream->at_end = true;
}

/* What is left of the last line goes to the front. */
static void make_room(struct pfn_stream *stream)
{
	const size_t left = stream->len - stream->start;

	if (left)
		memmove(stream->text, stream->text + stream->start, left);
	stream->len = left;
	stream->start = 0;
	if (stream->room - stream->len >= PIECE)
		return;
	stream->room += PIECE;
	stream->text = need(realloc(stream->text, stream->room));
}

static bool is_there(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) > 0;
}

/* Waits. False: it cannot be read, or need not. */
static bool read_piece(struct pfn_stream *stream)
{
	ssize_t n;

	if (!is_there() && !stream->may_wait(stream->arg)) {
		stream->at_end = true;
		return false;
	}
	make_room(stream);
	do
		n = read(STDIN_FILENO, stream->text + stream->len, PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		int error = errno;

		end_with(stream, EXIT_FAILED);
		log_error("--pfn-file '" NAME "': %s", strerror(error));
		return false;
	}
	stream->len += (size_t)n;
	stream->at_end = n == 0;
	return true;
}

/* The end of the lines that have arrived whole; the last one needs no '\n'. */
static size_t end_of_lines(const struct pfn_stream *stream)
{
	const char *newline;

	if (stream->at_end)
		return stream->len;
	newline = stream->len == stream->start ? NULL :
		  memrchr(stream->text + stream->start, '\n',
			  stream->len - stream->start);
	return newline ? (size_t)(newline + 1 - stream->text) : stream->start;
}

static bool wait_for_line(struct pfn_stream *stream)
{
	while (!stream->at_end && end_of_lines(stream) == stream->start)
		if (!read_piece(stream))
			return false;
	return true;
}

static void take_lines(struct pfn_stream *stream, struct pfn_list *list)
{
	const size_t end = end_of_lines(stream);
	struct pfn_mistake mistake;

	while (stream->start < end) {
		const char *line = stream->text + stream->start;
		const char *newline = memchr(line, '\n', end - stream->start);
		size_t len = newline ? (size_t)(newline - line) :
				       end - stream->start;

		stream->n_lines++;
		if (!pfn_list_add_line(list, line, len, &mistake)) {
			end_with(stream, EXIT_USAGE);
			pfn_list_explain(&mistake, NAME, stream->n_lines);
			stream->start = stream->len;
			break;
		}
		stream->start += len + (newline != NULL);
	}
	stream->has_pages |= list->n > 0;
}

static bool end_stream(struct pfn_stream *stream)
{
	if (!stream->has_pages && stream->code == EXIT_COMPLETE) {
		pfn_list_tell_empty(NAME);
		stream->code = EXIT_USAGE;
	}
	return false;
}

bool pfn_stream_next(struct pfn_stream *stream, struct pfn_list *list)
{
	list->n = 0;
	while (!list->n) {
		if (stream->at_end && stream->start == stream->len)
			return end_stream(stream);
		if (!wait_for_line(stream))
			return false;
		take_lines(stream, list);
	}
	return true;
}

void pfn_stream_fini(struct pfn_stream *stream)
{
	free(stream->text);
}
