/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "same_file.h"

#include <stdio.h>

void (*image_opened)(struct image *image);

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

	if (st)
		return st;
	snprintf((*ret_image)->identity, sizeof((*ret_image)->identity),
		 "specimen");
	if (image_opened)
		image_opened(*ret_image);
	return ST_OK;
}
