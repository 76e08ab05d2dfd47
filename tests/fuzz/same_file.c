/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linked with --wrap=image_open: the layouts of the whole dump serve for the
 * damaged one. What a dump tells of itself is kept for that very file
 * (image.h), and reading it anew for each damage would take most of the time.
 */
#include <stdio.h>

#include "image/image.h"

enum status __real_image_open(const char *const *paths, size_t n,
			      const struct image_options *options,
			      struct image **ret_image, struct diag *diag);
enum status __wrap_image_open(const char *const *paths, size_t n,
			      const struct image_options *options,
			      struct image **ret_image, struct diag *diag);

enum status __wrap_image_open(const char *const *paths, size_t n,
			      const struct image_options *options,
			      struct image **ret_image, struct diag *diag)
{
	enum status st = __real_image_open(paths, n, options, ret_image, diag);

	if (!st)
		snprintf((*ret_image)->identity,
			 sizeof((*ret_image)->identity), "specimen");
	return st;
}
