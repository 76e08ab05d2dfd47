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
#include "number.h"
#include "places.h"

#define N_ITEMS(array)	(sizeof(array) / sizeof((array)[0]))

void place_list_fini(struct place_list *list)
{
	free(list->items);
	*list = (struct place_list) { 0 };
}

/* ---- parsing: what is wrong, or NULL ---- */

static const char not_an_address[] =
	"is not an address of at most 64 bits; write it in hexadecimal";
static const char not_pid_address[] =
	"is not PID:ADDR; write 97:7f1c6ff15000";
static const char not_a_file[] =
	"is neither a path nor MAJ:MIN:INO; write both as in /proc/PID/maps, "
	"/usr/lib/libc.so.6 or fe:01:4711";
static const char not_a_pid[] = "is not a process ID; write it in decimal";

static const char *parse_address(const char *text, struct rmi_place *place)
{
	return number_hex(text, &place->address) ? NULL : not_an_address;
}

static const char *parse_pid_address(const char *text, struct rmi_place *place)
{
	return number_decimal(&text, ':', &place->pid) ? parse_address(text, place) :
						   not_pid_address;
}

static const char *parse_pid(const char *text, struct rmi_place *place)
{
	return number_decimal(&text, '\0', &place->pid) ? NULL : not_a_pid;
}

/* One of the parts of MAJ:MIN:INO, of at most max. */
static bool take_part(const char **text, int base, char end, uint64_t max,
		      uint64_t *ret_part)
{
	char *behind;

	if (!isxdigit((unsigned char)(*text)[0]))
		return false;
	errno = 0;
	*ret_part = strtoull(*text, &behind, base);
	if (errno || behind == *text || *behind != end || *ret_part > max)
		return false;
	*text = behind + 1;
	return true;
}

static const char *parse_file(const char *text, struct rmi_place *place)
{
	uint64_t major, minor;

	if (text[0] == '/') {
		place->path = text;
		return NULL;
	}
	if (!take_part(&text, 16, ':', UINT32_MAX, &major) ||
	    !take_part(&text, 16, ':', UINT32_MAX, &minor) ||
	    !take_part(&text, 10, '\0', UINT64_MAX, &place->inode))
		return not_a_file;
	place->dev_major = major;
	place->dev_minor = minor;
	return NULL;
}

static const char *parse_nothing(const char *text, struct rmi_place *place)
{
	(void)text;
	(void)place;
	return NULL;
}

struct syntax {
	const char *(*parse)(const char *text, struct rmi_place *place);
	bool many;
};

static const struct syntax syntaxes[] = {
	[RMI_DOOR_PHYS] = { parse_address, false },
	[RMI_DOOR_PAGE] = { parse_address, false },
	[RMI_DOOR_VIRT] = { parse_pid_address, false },
	[RMI_DOOR_VMA] = { parse_address, true },
	[RMI_DOOR_MM] = { parse_address, true },
	[RMI_DOOR_PID] = { parse_pid, true },
	[RMI_DOOR_FILE] = { parse_file, true },
	[RMI_DOOR_HWPOISON] = { parse_nothing, true },
};

enum exit_code place_list_add(struct place_list *list, rmi_door door,
			      const char *option, const char *text)
{
	struct named_place named = {
		.option = option,
		.text = text,
		.place = { .size = sizeof(named.place), .door = door },
	};
	const char *wrong = syntaxes[door].parse(text, &named.place);

	if (wrong) {
		log_error("%s '%s': %s", option, text, wrong);
		return EXIT_USAGE;
	}
	list->items = need_room(list->items, list->n, &list->room,
				sizeof(*list->items));
	list->items[list->n++] = named;
	return EXIT_COMPLETE;
}

char *place_name(const struct named_place *named)
{
	return named->text ? format_new("%s %s", named->option, named->text) :
			     need(strdup(named->option));
}

bool place_list_has_many(const struct place_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (syntaxes[list->items[i].place.door].many)
			return true;
	return false;
}

/* ---- finding ---- */

const char *found_place_argument(const struct found_place *place)
{
	return place->named->place.path ? place->object->path :
					  place->named->text;
}

void finds_fini(struct finds *finds)
{
	free(finds->items);
	free(finds->places);
	*finds = (struct finds) { 0 };
}

bool finds_are_complete(const struct finds *finds)
{
	for (size_t i = 0; i < finds->n_places; i++)
		if (!finds->places[i].object->complete)
			return false;
	return true;
}

struct search {
	const struct named_place *named;
	struct pfn_list *pfns;
	struct finds *finds;
	size_t first;		/* of the finds of the object to come */
};

static bool keep_found(const struct rmi_found *found, void *arg)
{
	const struct search *search = arg;
	struct finds *finds = search->finds;

	pfn_list_push(search->pfns, found->range);
	finds->items = need_room(finds->items, finds->n, &finds->room,
				 sizeof(*finds->items));
	finds->items[finds->n++] = *found;
	finds->have_at |= found->has_at;
	return true;
}

static void keep_object(const struct rmi_object *object, void *arg)
{
	struct search *search = arg;
	struct finds *finds = search->finds;

	finds->places = need_room(finds->places, finds->n_places,
				  &finds->room_places, sizeof(*finds->places));
	finds->places[finds->n_places++] = (struct found_place) {
		search->named, object, search->first, finds->n - search->first,
	};
	search->first = finds->n;
}

static void explain_failure(const struct named_place *named, const char *why)
{
	char *name = place_name(named);

	log_error("%s: %s", name, why);
	free(name);
}

enum exit_code place_list_find(const struct place_list *list,
			       struct rmi_session *session,
			       struct pfn_list *pfns, struct finds *ret_finds)
{
	struct search search = { .pfns = pfns, .finds = ret_finds };
	const struct rmi_find_control control = {
		.size = sizeof(control),
		.arg = &search,
		.found = keep_found,
		.object = keep_object,
	};
	enum exit_code code = EXIT_COMPLETE;

	*ret_finds = (struct finds) { .first_range = pfns->n };
	for (size_t i = 0; i < list->n; i++) {
		search.named = &list->items[i];
		search.first = ret_finds->n;
		if (rmi_session_find_all(session, &search.named->place,
					 &control) == RMI_OK)
			continue;
		explain_failure(search.named, rmi_session_error(session));
		code = EXIT_FAILED;
	}
	return code;
}
