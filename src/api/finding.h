/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search for the pages of a place, and what the place turned out to be.
 *
 * Knows how both are told to the caller. How to search is in place_….c, one
 * file for each kind of place.
 */
#ifndef RMAP_INSPECT_API_FINDING_H
#define RMAP_INSPECT_API_FINDING_H

#include "api/answer.h"

/* What the public struct points to; kept by the session. */
struct place_object {
	struct arena arena;
	struct gaps gaps;
	struct gap_view_vec gap_views;
	struct details details;
	struct detail_view_vec detail_views;
	struct rmi_object view;
};

void place_object_free(struct place_object *object);	/* accepts NULL */

struct finding {
	struct rmi_session *session;
	const struct rmi_find_control *control;
};

/* ST_STOPPED: the caller has seen enough. */
enum status finding_hand_out(struct finding *finding,
			     const struct rmi_found *found) must_check;

/* A new object, before its pages are handed out. */
enum status finding_begin_object(struct finding *finding, const char *type,
				 kaddr_t address,
				 struct place_object **ret_object) must_check;

/* All of its pages have been handed out. */
enum status finding_end_object(struct finding *finding,
			       struct place_object *object) must_check;

/* A count that is told only if there is something to count. */
void add_count(struct details *details, const char *name, uint64_t n);

/* ---- the places ---- */

enum status find_at_phys(struct finding *finding,
			 const struct rmi_place *place) must_check;
enum status find_in_vma(struct finding *finding,
			const struct rmi_place *place) must_check;
enum status find_in_mm(struct finding *finding,
		       const struct rmi_place *place) must_check;
enum status find_in_process(struct finding *finding,
			    const struct rmi_place *place) must_check;
enum status find_in_file(struct finding *finding,
			 const struct rmi_place *place) must_check;
enum status find_poisoned(struct finding *finding,
			  const struct rmi_place *place) must_check;

#endif
