/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files without a name, which are gone when they are closed. */
#ifndef RMAP_INSPECT_IMAGE_TEMP_FILE_H
#define RMAP_INSPECT_IMAGE_TEMP_FILE_H

#include <stdint.h>

#include "base/status.h"

/*
 * Make one in directory, if that has room for it. ST_IO: it has not, or
 * cannot be written to.
 */
enum status temp_file_open(const char *directory, uint64_t size, int *ret_fd,
			   struct diag *diag) must_check;

/* For whoever cannot write it to its end. Returns ST_IO. */
enum status temp_file_failed(const char *directory, int error,
			     struct diag *diag);

#endif
