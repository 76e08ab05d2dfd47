/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A flattened dump, read as if it were plain: where in the file each record's
 * bytes stand. Shared by all who read the dump, and never changed.
 */
#ifndef RMAP_INSPECT_IMAGE_FLAT_MAP_H
#define RMAP_INSPECT_IMAGE_FLAT_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/status.h"

struct flat_map;

/*
 * Go over the records of a flattened file, which must stay open. ST_CORRUPT;
 * ST_UNSUPPORTED: records overlap, or are too many, so that it has to be
 * reassembled. Release with flat_map_put().
 */
enum status flat_map_new(int fd, const struct log *log,
			 struct flat_map **ret_map,
			 struct diag *diag) must_check;
struct flat_map *flat_map_get(struct flat_map *map);	/* accepts NULL */
void flat_map_put(struct flat_map *map);		/* accepts NULL */

/* Of the plain file, bytes. */
uint64_t flat_map_size(const struct flat_map *map);

/*
 * All of len bytes at offset in the plain file; zeros where no record is.
 * ST_CORRUPT when that ends before; ST_IO.
 */
enum status flat_map_read(const struct flat_map *map, int fd, void *buf,
			  size_t len, uint64_t offset,
			  struct diag *diag) must_check;

#endif
