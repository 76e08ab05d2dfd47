/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/flat.h"

#include <endian.h>
#include <string.h>
#include <unistd.h>

#include "image/header_io.h"

static const char magic[] = "makedumpfile";

#define TYPE_FLAT_HEADER	1
#define VERSION_FLAT_HEADER	1
#define END_OF_RECORDS		-1

/* No writer leaves such holes in the plain file. */
#define MAX_STRETCH	64u

static int64_t number_at(const uint8_t *bytes)
{
	uint64_t big_endian;

	memcpy(&big_endian, bytes, sizeof(big_endian));
	return be64toh(big_endian);
}

bool flat_is(int fd)
{
	char head[sizeof(magic)];

	return !header_read(fd, head, sizeof(head), 0, NULL) &&
	       !memcmp(head, magic, sizeof(magic));
}

enum status flat_check_header(int fd, struct diag *diag)
{
	uint8_t header[32];
	enum status st = header_read(fd, header, sizeof(header), 0, diag);

	if (st)
		return st;
	if (number_at(header + 16) != TYPE_FLAT_HEADER ||
	    number_at(header + 24) != VERSION_FLAT_HEADER)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "a flattened dump of type %lld, version %lld, "
				 "which is not known",
				 (long long)number_at(header + 16),
				 (long long)number_at(header + 24));
	return ST_OK;
}

bool flat_write_header(int fd)
{
	const uint64_t numbers[] = {
		htobe64(TYPE_FLAT_HEADER), htobe64(VERSION_FLAT_HEADER)
	};
	uint8_t header[FLAT_HEADER_SIZE] = { 0 };

	memcpy(header, magic, sizeof(magic));
	memcpy(header + 16, numbers, sizeof(numbers));
	return write(fd, header, sizeof(header)) == (ssize_t)sizeof(header);
}

enum status flat_cut_short(struct diag *diag)
{
	return diag_fail(diag, ST_CORRUPT,
			 "a flattened dump that was cut short: its end is "
			 "missing; copy it again");
}

static enum status damaged(struct diag *diag, const char *field, int64_t value,
			   uint64_t position)
{
	return diag_fail(diag, ST_CORRUPT,
			 "this flattened dump is damaged: a record's %s is "
			 "%lld, at byte %llu of the file", field,
			 (long long)value,
			 (unsigned long long)position - FLAT_RECORD_SIZE);
}

enum status flat_parse_record(const uint8_t bytes[static FLAT_RECORD_SIZE],
			      uint64_t position, uint64_t file_size,
			      struct flat_record *ret_record,
			      struct diag *diag)
{
	int64_t offset = number_at(bytes), size = number_at(bytes + 8);

	*ret_record = (struct flat_record) {
		offset, size, offset == END_OF_RECORDS
	};
	if (ret_record->is_end)
		return ST_OK;
	if (offset < 0 || (uint64_t)offset / MAX_STRETCH > file_size)
		return damaged(diag, "offset", offset, position);
	if (size < 0)
		return damaged(diag, "size", size, position);
	if ((uint64_t)size > file_size - position)
		return flat_cut_short(diag);
	return ST_OK;
}
