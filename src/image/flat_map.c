/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/flat_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "base/vec.h"
#include "image/flat.h"
#include "image/header_io.h"

/* 400 MB of them; QEMU's dump of 256 GiB has as many. */
#define MAX_RECORDS	(16u << 20)

/* Records between two reports of how far it is. */
#define REPORT_STEP	4096u

struct placed {
	uint64_t offset, size;		/* in the plain file */
	uint64_t position;		/* in the flattened one */
};

DEFINE_VEC(placed_vec, struct placed)

struct flat_map {
	unsigned int n_users;
	struct placed_vec records;	/* in order of offset */
};

/* ---- making one ---- */

static enum status add_record(struct flat_map *map,
			      const struct flat_record *record,
			      uint64_t position, struct diag *diag)
{
	if (!record->size)
		return ST_OK;
	if (map->records.n == MAX_RECORDS)
		return diag_fail(diag, ST_UNSUPPORTED, "too many records");
	return placed_vec_push(&map->records, (struct placed) {
				record->offset, record->size, position }) ?
	       diag_no_memory(diag) : ST_OK;
}

static enum status read_record(int fd, uint64_t *position, uint64_t file_size,
			       struct flat_record *ret_record,
			       struct diag *diag)
{
	uint8_t bytes[FLAT_RECORD_SIZE];

	if (*position > file_size - FLAT_RECORD_SIZE ||
	    header_read(fd, bytes, sizeof(bytes), *position, diag))
		return flat_cut_short(diag);
	*position += sizeof(bytes);
	return flat_parse_record(bytes, *position, file_size, ret_record,
				 diag);
}

static enum status read_records(struct flat_map *map, int fd,
				uint64_t file_size, const struct log *log,
				struct diag *diag)
{
	uint64_t position = FLAT_HEADER_SIZE;
	struct flat_record record;
	enum status st;

	for (uint64_t n = 0;; n++) {
		if (n % REPORT_STEP == 0)
			log_progress(log, "flattened dump: MiB",
				     position >> 20, file_size >> 20);
		if (n % REPORT_STEP == 0 && log_is_cancelled(log))
			return diag_fail(diag, ST_STOPPED, "interrupted");
		st = read_record(fd, &position, file_size, &record, diag);
		if (st || record.is_end)
			return st;
		st = add_record(map, &record, position, diag);
		if (st)
			return st;
		position += record.size;
	}
}

static int by_offset(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Which of two was written last cannot be told any more. */
static enum status sort_records(struct placed_vec *records, struct diag *diag)
{
	if (!records->n)
		return flat_cut_short(diag);
	qsort(records->items, records->n, sizeof(records->items[0]),
	      by_offset);
	for (size_t i = 1; i < records->n; i++)
		if (records->items[i].offset - records->items[i - 1].offset <
		    records->items[i - 1].size)
			return diag_fail(diag, ST_UNSUPPORTED,
					 "records overlap");
	return ST_OK;
}

enum status flat_map_new(int fd, const struct log *log,
			 struct flat_map **ret_map, struct diag *diag)
{
	struct flat_map *map = calloc(1, sizeof(*map));
	uint64_t file_size;
	enum status st;

	if (!map)
		return diag_no_memory(diag);
	map->n_users = 1;
	st = flat_check_header(fd, diag);
	if (!st)
		st = header_file_size(fd, &file_size, diag);
	if (!st)
		st = read_records(map, fd, file_size, log, diag);
	if (!st)
		st = sort_records(&map->records, diag);
	if (st) {
		flat_map_put(map);
		return st;
	}
	*ret_map = map;
	return ST_OK;
}

struct flat_map *flat_map_get(struct flat_map *map)
{
	if (map)
		__atomic_add_fetch(&map->n_users, 1, __ATOMIC_RELAXED);
	return map;
}

void flat_map_put(struct flat_map *map)
{
	if (!map || __atomic_sub_fetch(&map->n_users, 1, __ATOMIC_ACQ_REL))
		return;
	placed_vec_fini(&map->records);
	free(map);
}

/* ---- reading ---- */

uint64_t flat_map_size(const struct flat_map *map)
{
	const struct placed *last = &map->records.items[map->records.n - 1];

	return last->offset + last->size;
}

/* How many records begin at or before offset. */
static size_t records_until(const struct placed_vec *records, uint64_t offset)
{
	return partition_point(i, records->n,
			       records->items[i].offset <= offset);
}

/* What of [offset, offset + len) lies together in a record, or in none. */
static enum status read_stretch(const struct placed_vec *records, int fd,
				void *buf, uint64_t offset, size_t *len,
				struct diag *diag)
{
	size_t n = records_until(records, offset);
	const struct placed *record = n ? &records->items[n - 1] : NULL;
	uint64_t left;

	if (record && offset - record->offset < record->size) {
		left = record->size - (offset - record->offset);
		if (left < *len)
			*len = left;
		return header_read(fd, buf, *len, record->position +
				   (offset - record->offset), diag);
	}
	/* The last one ends where the file does. */
	left = records->items[n].offset - offset;
	if (left < *len)
		*len = left;
	memset(buf, 0, *len);
	return ST_OK;
}

enum status flat_map_read(const struct flat_map *map, int fd, void *buf,
			  size_t len, uint64_t offset, struct diag *diag)
{
	const uint64_t size = flat_map_size(map);
	uint8_t *out = buf;

	if (offset > size || len > size - offset)
		return diag_fail(diag, ST_CORRUPT,
				 "a dump cut short in its headers");
	while (len) {
		size_t here = len;
		enum status st = read_stretch(&map->records, fd, out, offset,
					      &here, diag);

		if (st)
			return st;
		out += here;
		offset += here;
		len -= here;
	}
	return ST_OK;
}
