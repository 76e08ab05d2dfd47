/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows how places are written. Does not know where the pages are.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "places.h"

void place_list_fini(struct place_list *list)
{
	free(list->items);
	*list = (struct place_list) { 0 };
}

/* All of the text. strtoull() alone would take blanks and signs, too. */
static bool parse_address(const char *text, uint64_t *ret_address)
{
	char *end;

	if (!isxdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*ret_address = strtoull(text, &end, 16);
	return !errno && !*end;
}

/* The number before the colon; what is behind it is left in *text. */
static bool parse_pid(const char **text, uint32_t *ret_pid)
{
	unsigned long pid;
	char *end;

	if (!isdigit((unsigned char)(*text)[0]))
		return false;
	errno = 0;
	pid = strtoul(*text, &end, 10);
	if (errno || pid > UINT32_MAX || *end != ':')
		return false;
	*ret_pid = pid;
	*text = end + 1;
	return true;
}

static void push(struct place_list *list, const struct named_place *place)
{
	list->items = need_room(list->items, list->n, &list->room,
				sizeof(*list->items));
	list->items[list->n++] = *place;
}

enum exit_code place_list_add(struct place_list *list, rmi_door door,
			      const char *option, const char *text)
{
	struct named_place named = {
		.option = option,
		.text = text,
		.place = { .size = sizeof(named.place), .door = door },
	};
	const char *address = text;

	if (door == RMI_DOOR_VIRT && !parse_pid(&address, &named.place.pid)) {
		log_error("%s '%s': is not PID:ADDR; write 97:7f1c6ff15000",
			  option, text);
		return EXIT_USAGE;
	}
	if (!parse_address(address, &named.place.address)) {
		log_error("%s '%s': is not an address of at most 64 bits; "
			  "write it in hexadecimal", option, text);
		return EXIT_USAGE;
	}
	push(list, &named);
	return EXIT_COMPLETE;
}

enum exit_code place_list_find(const struct place_list *list,
			       struct rmi_session *session,
			       struct pfn_list *pfns)
{
	enum exit_code code = EXIT_COMPLETE;

	for (size_t i = 0; i < list->n; i++) {
		const struct named_place *named = &list->items[i];
		uint64_t pfn;

		if (rmi_session_find(session, &named->place, &pfn) == RMI_OK) {
			pfn_list_push(pfns, pfn);
			continue;
		}
		log_error("%s %s: %s", named->option, named->text,
			  rmi_session_error(session));
		code = EXIT_FAILED;
	}
	return code;
}
