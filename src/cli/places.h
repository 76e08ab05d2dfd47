/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages named otherwise than by their PFN.
 *
 *	--phys ADDR	--page ADDR	--virt PID:ADDR
 *
 * Addresses are hexadecimal, with or without 0x, as the kernel's log and
 * other tools print them; a PID is decimal.
 */
#ifndef RMAP_INSPECT_CLI_PLACES_H
#define RMAP_INSPECT_CLI_PLACES_H

#include <rmap-inspect/rmap-inspect.h>

#include "exit_code.h"
#include "pfn_list.h"

struct named_place {
	const char *option;	/* "--virt", for messages */
	const char *text;	/* as typed */
	struct rmi_place place;
};

/* In the order given. Zero-initialised is empty. */
struct place_list {
	struct named_place *items;
	size_t n, room;
};

void place_list_fini(struct place_list *list);

/* A mistake is explained on stderr. */
enum exit_code place_list_add(struct place_list *list, rmi_door door,
			      const char *option, const char *text);

/*
 * The pages at these places, behind those already in the list. Places without
 * one are explained on stderr and make the result EXIT_FAILED.
 */
enum exit_code place_list_find(const struct place_list *list,
			       struct rmi_session *session,
			       struct pfn_list *pfns);

#endif
