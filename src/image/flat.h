/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Flattened dumps: a plain dump file cut into records, so that it could be
 * written to a pipe (makedumpfile -F; QEMU's kdump formats).
 *
 * A page of header, then records of an offset in the plain file, a size and
 * that many bytes, in any order, until an offset of -1; numbers big-endian
 * (struct makedumpfile_header and makedumpfile_data_header, makedumpfile.h).
 * What a record says is bounded by the file that it stands in.
 */
#ifndef RMAP_INSPECT_IMAGE_FLAT_H
#define RMAP_INSPECT_IMAGE_FLAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/status.h"

#define FLAT_HEADER_SIZE	4096u
#define FLAT_RECORD_SIZE	16u

struct flat_record {
	uint64_t offset, size;	/* in the plain file */
	bool is_end;		/* there is no further one */
};

bool flat_is(int fd);

/* ST_UNSUPPORTED: of a type or version that is not known. */
enum status flat_check_header(int fd, struct diag *diag) must_check;

/* A header without records behind it; false: it cannot be written. */
bool flat_write_header(int fd);

/*
 * Make sense of the bytes of a record's head, which end at position in a
 * flattened file of file_size bytes. ST_CORRUPT: there is none in them.
 */
enum status flat_parse_record(const uint8_t bytes[static FLAT_RECORD_SIZE],
			      uint64_t position, uint64_t file_size,
			      struct flat_record *ret_record,
			      struct diag *diag) must_check;

/* ST_CORRUPT: the file ends where a record's head should be. */
enum status flat_cut_short(struct diag *diag);

/*
 * Write the plain file to a file without a name in directory, which is gone
 * when *ret_fd is closed. ST_IO: no room, and diag says what to do;
 * ST_CORRUPT; ST_STOPPED: the caller wished it.
 */
enum status flat_reassemble(int fd, const char *directory,
			    const struct log *log, int *ret_fd,
			    struct diag *diag) must_check;

#endif
