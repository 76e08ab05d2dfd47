/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A flattened dump, copied to where its records belong: read in order, and
 * written as far as records lie one behind the other in the plain file (QEMU's
 * are of 16 KiB). What no record covers stays a hole.
 *
 * Each byte is moved once more than it had to be, out of the buffer that was
 * read into into one where it lies as in the pages to be written. Records are
 * off by the heads between them, and from a place that is off the kernel
 * copies at less than half the speed.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/huge.h"
#include "image/flat.h"
#include "image/header_io.h"
#include "image/temp_file.h"

/* Both stay in the processor's cache. */
#define BUFFER_SIZE	((size_t)256 << 10)
#define ALIGNMENT	4096u

/* What is not written yet, and lies together. */
struct run {
	uint64_t offset;		/* in the plain file */
	size_t begin, end;		/* in buffer */
	uint8_t *buffer;
};

struct copy {
	int in, out;
	const char *directory;		/* of out */
	const struct log *log;
	uint64_t in_size;
	uint64_t position;		/* in the flattened file, of buffer */
	uint8_t *buffer;
	size_t begin, end;		/* what of buffer is still to be used */
	struct run run;
};

/* ---- writing ---- */

static enum status write_run(struct copy *copy, struct diag *diag)
{
	struct run *run = &copy->run;

	while (run->begin < run->end) {
		ssize_t n = pwrite(copy->out, run->buffer + run->begin,
				   run->end - run->begin, (off_t)run->offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return temp_file_failed(copy->directory,
						n ? errno : ENOSPC, diag);
		run->offset += n;
		run->begin += n;
	}
	return ST_OK;
}

/* Up to size bytes for the plain file; *ret_taken of them are the run's. */
static enum status add_to_run(struct copy *copy, uint64_t offset, size_t size,
			      size_t *ret_taken, struct diag *diag)
{
	struct run *run = &copy->run;

	if (run->end == BUFFER_SIZE ||
	    offset != run->offset + (run->end - run->begin)) {
		enum status st = write_run(copy, diag);

		if (st)
			return st;
		run->offset = offset;
		run->begin = run->end = offset % ALIGNMENT;
	}
	if (size > BUFFER_SIZE - run->end)
		size = BUFFER_SIZE - run->end;
	memcpy(run->buffer + run->end, copy->buffer + copy->begin, size);
	run->end += size;
	*ret_taken = size;
	return ST_OK;
}

/* ---- reading ---- */

/* What is left of the buffer, and more behind it. */
static enum status fill(struct copy *copy, struct diag *diag)
{
	size_t left = copy->end - copy->begin;
	ssize_t n;

	if (log_is_cancelled(copy->log))
		return diag_fail(diag, ST_STOPPED, "interrupted while the "
				 "flattened dump was being reassembled");
	memmove(copy->buffer, copy->buffer + copy->begin, left);
	copy->position += copy->begin;
	copy->begin = 0;
	copy->end = left;
	n = pread(copy->in, copy->buffer + left, BUFFER_SIZE - left,
		  (off_t)(copy->position + left));
	if (n < 0)
		return diag_fail(diag, ST_IO, "%s", strerror(errno));
	if (!n)
		return flat_cut_short(diag);
	copy->end += n;
	log_progress(copy->log, "reassembling: MiB",
		     (copy->position + copy->end) >> 20, copy->in_size >> 20);
	return ST_OK;
}

static enum status next_record(struct copy *copy,
			       struct flat_record *ret_record,
			       struct diag *diag)
{
	enum status st = ST_OK;

	while (copy->end - copy->begin < FLAT_RECORD_SIZE && !st)
		st = fill(copy, diag);
	if (st)
		return st;
	copy->begin += FLAT_RECORD_SIZE;
	return flat_parse_record(copy->buffer + copy->begin -
				 FLAT_RECORD_SIZE,
				 copy->position + copy->begin, copy->in_size,
				 ret_record, diag);
}

static enum status copy_record(struct copy *copy,
			       const struct flat_record *record,
			       struct diag *diag)
{
	uint64_t done = 0;

	while (done < record->size) {
		size_t here = copy->end - copy->begin;
		enum status st;

		if (here > record->size - done)
			here = record->size - done;
		st = here ? add_to_run(copy, record->offset + done, here,
				       &here, diag) :
			    fill(copy, diag);
		if (st)
			return st;
		copy->begin += here;
		done += here;
	}
	return ST_OK;
}

static enum status copy_records(struct copy *copy, struct diag *diag)
{
	struct flat_record record;

	for (;;) {
		enum status st = next_record(copy, &record, diag);

		if (!st && record.is_end)
			return write_run(copy, diag);
		if (!st)
			st = copy_record(copy, &record, diag);
		if (st)
			return st;
	}
}

/* The records bring no more than what the file has. */
enum status flat_reassemble(int fd, const char *directory,
			    const struct log *log, int *ret_fd,
			    struct diag *diag)
{
	cleanup_free uint8_t *buffers = huge_alloc(2 * BUFFER_SIZE);
	cleanup_close int out = -1;
	struct copy copy = {
		.in = fd,
		.directory = directory,
		.log = log,
		.position = FLAT_HEADER_SIZE,
		.buffer = buffers,
		.run = { .buffer = buffers ? buffers + BUFFER_SIZE : NULL },
	};
	enum status st = buffers ? header_file_size(fd, &copy.in_size, diag) :
				  diag_no_memory(diag);

	if (!st)
		st = flat_check_header(fd, diag);
	if (!st)
		st = temp_file_open(directory, copy.in_size, &out, diag);
	if (st)
		return st;
	copy.out = out;
	log_step(log, "a flattened dump of %llu bytes, which is reassembled "
		 "in %s", (unsigned long long)copy.in_size, directory);
	st = copy_records(&copy, diag);
	if (st)
		return st;
	*ret_fd = out;
	out = -1;
	return ST_OK;
}
