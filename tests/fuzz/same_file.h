/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linked with --wrap=image_open: the layouts of the whole dump serve for the
 * damaged one. What a dump tells of itself is kept for that very file
 * (image.h), and reading it anew for each damage would take most of the time.
 */
#ifndef RMAP_INSPECT_FUZZ_SAME_FILE_H
#define RMAP_INSPECT_FUZZ_SAME_FILE_H

#include "image/image.h"

/* Is given each image that has been opened; or NULL. */
extern void (*image_opened)(struct image *image);

#endif
