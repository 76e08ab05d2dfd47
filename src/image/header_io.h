/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the headers of a dump file, for the files that check them. */
#ifndef RMAP_INSPECT_IMAGE_HEADER_IO_H
#define RMAP_INSPECT_IMAGE_HEADER_IO_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* All of len bytes at offset. ST_CORRUPT when the file ends before; ST_IO. */
enum status header_read(int fd, void *buf, size_t len, uint64_t offset,
			struct diag *diag) must_check;

/* In bytes. ST_UNSUPPORTED for a directory. */
enum status header_file_size(int fd, uint64_t *ret_size,
			     struct diag *diag) must_check;

#endif
