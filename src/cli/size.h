/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes in words. */
#ifndef RMAP_INSPECT_CLI_SIZE_H
#define RMAP_INSPECT_CLI_SIZE_H

#include <rmap-inspect/rmap-inspect.h>

/* "513.2 MiB"; of small ones all is said. Release with free(). */
char *bytes_words(uint64_t bytes);

/*
 * "2 MiB", of the folio that the page is part of; NULL when that is not known,
 * or when the dump has an absurd order. Release with free().
 */
char *folio_size_words(const struct rmi_source *source,
		       const struct rmi_page *page);

#endif
