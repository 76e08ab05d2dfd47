/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages named otherwise than by their PFN.
 *
 *	--phys ADDR	--page ADDR	--virt PID:ADDR
 *	--vma ADDR	--mm ADDR	--pid PID	--file PATH|MAJ:MIN:INO
 *	--hwpoison
 *
 * Addresses are hexadecimal, with or without 0x, as the kernel's log and
 * other tools print them; a PID is decimal. A device is written as in
 * /proc/PID/maps: hexadecimal, and the inode decimal. All but those of the
 * first line name as many pages as are there.
 */
#ifndef RMAP_INSPECT_CLI_PLACES_H
#define RMAP_INSPECT_CLI_PLACES_H

#include <rmap-inspect/rmap-inspect.h>

#include "exit_code.h"
#include "pfn_list.h"

struct named_place {
	const char *option;	/* "--virt", for messages */
	const char *text;	/* as typed, or NULL */
	struct rmi_place place;
};

/* In the order given. Zero-initialised is empty. */
struct place_list {
	struct named_place *items;
	size_t n, room;
};

void place_list_fini(struct place_list *list);

/* text: NULL for an option without argument. A mistake is explained on stderr. */
enum exit_code place_list_add(struct place_list *list, rmi_door door,
			      const char *option, const char *text);

/* "--virt 97:7f1c6ff15000", for messages. Release with free(). */
char *place_name(const struct named_place *named);

/* Whether a place in it can have many pages. */
bool place_list_has_many(const struct place_list *list);

/* What a place with many pages turned out to be, and where these are. */
struct found_place {
	const struct named_place *named;
	const struct rmi_object *object;
	size_t first, n;	/* of finds.items */
};

/*
 * What places had. items[i] belongs to ranges[first_range + i] of the list of
 * PFNs. Zero-initialised is empty.
 */
struct finds {
	struct rmi_found *items;
	size_t n, room;
	size_t first_range;
	bool have_at;		/* some of them do */
	struct found_place *places;
	size_t n_places, room_places;
};

/* What was asked for, or NULL: a path as the library shows it. */
const char *found_place_argument(const struct found_place *place);

void finds_fini(struct finds *finds);

/* Nothing was hidden of any place. */
bool finds_are_complete(const struct finds *finds);

/*
 * The pages at these places, behind those already in the list. Places that
 * are not there are explained on stderr and make the result EXIT_FAILED.
 */
enum exit_code place_list_find(const struct place_list *list,
			       struct rmi_session *session,
			       struct pfn_list *pfns,
			       struct finds *ret_finds);

#endif
