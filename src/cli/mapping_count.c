/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "mapping_count.h"

static bool is_mapping(const struct rmi_mapping *mapping)
{
	return mapping->state && (!strcmp(mapping->state, "mapped") ||
				  !strcmp(mapping->state, "special"));
}

size_t count_mappings(const struct rmi_page *page)
{
	size_t n = 0;

	for (size_t i = 0; i < page->n_mappings; i++)
		n += is_mapping(&page->mappings[i]);
	return n;
}
