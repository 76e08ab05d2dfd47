/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows how swap entries are written. Does not know which there are.
 */
#include <stdlib.h>

#include "alloc.h"
#include "log.h"
#include "number.h"
#include "swap_list.h"

void swap_list_fini(struct swap_list *list)
{
	free(list->items);
	*list = (struct swap_list) { 0 };
}

enum exit_code swap_list_add(struct swap_list *list, const char *option,
			     const char *text)
{
	struct rmi_swap_entry entry;
	const char *rest = text;
	uint32_t type;

	if (!number_decimal(&rest, ':', &type) ||
	    !number_hex(rest, &entry.offset)) {
		log_error("%s '%s': is not TYPE:OFFSET; write 0:0x1a2b, the "
			  "offset in hexadecimal", option, text);
		return EXIT_USAGE;
	}
	entry.type = type;
	list->items = need_room(list->items, list->n, &list->room,
				sizeof(*list->items));
	list->items[list->n++] = entry;
	return EXIT_COMPLETE;
}
