/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "alloc.h"
#include "size.h"

char *bytes_words(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	const size_t last = sizeof(units) / sizeof(units[0]) - 1;
	double n = (double)bytes / 1024;
	size_t unit = 0;

	if (!bytes)
		return format_new("0");
	for (; unit < last && n >= 1024; unit++)
		n /= 1024;
	return format_new(unit ? "%.1f %s" : "%.0f %s", n, units[unit]);
}

static char *size_words(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB" };
	size_t last = sizeof(units) / sizeof(units[0]) - 1;
	uint64_t n = bytes / 1024;
	size_t unit = 0;

	for (; unit < last && n && n % 1024 == 0; unit++)
		n /= 1024;
	return format_new("%" PRIu64 " %s", n, units[unit]);
}

char *folio_size_words(const struct rmi_source *source,
		       const struct rmi_page *page)
{
	if (!page->has_page || page->order >= 32)
		return NULL;
	return size_words(source->page_size << page->order);
}
