/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image held in memory, for tests and for callers that have the bytes.
 *
 * Pages that were never given do not exist (ST_NO_ADDRESS); a page can be
 * made to fail with any status instead.
 */
#ifndef RMAP_INSPECT_IMAGE_MEMORY_H
#define RMAP_INSPECT_IMAGE_MEMORY_H

#include "image/image.h"

/*
 * An empty image of 4 KiB pages. vmcoreinfo (or NULL) is copied. Release with
 * image_free().
 */
enum status memory_image_new(const char *vmcoreinfo, struct image **ret_image,
			     struct diag *diag) must_check;

/* Write bytes at addr, making zeroed pages as needed. */
enum status memory_image_write(struct image *image, paddr_t addr,
			       const void *bytes, size_t len) must_check;

/* A CPU whose registers the image has. */
enum status memory_image_add_cpu(struct image *image,
				 const struct image_cpu *cpu) must_check;

/* From now on, reading this page fails with st. */
enum status memory_image_fail(struct image *image, pfn_t pfn,
			      enum status st) must_check;

#endif
