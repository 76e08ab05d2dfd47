/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where layouts are kept between runs. */
#ifndef RMAP_INSPECT_CLI_CACHE_DIR_H
#define RMAP_INSPECT_CLI_CACHE_DIR_H

#include "options.h"

/* NULL: nowhere. The caller frees it. */
char *cache_dir_choose(const struct options *opts);

#endif
