/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of every loop over remote memory.
 *
 * A list can be a circle and a tree can hold its own root: each object that a
 * walk comes to is shown to its guard first.
 */
#ifndef RMAP_INSPECT_MM_GUARD_H
#define RMAP_INSPECT_MM_GUARD_H

#include "base/cleanup.h"
#include "base/map.h"
#include "base/remote.h"
#include "base/status.h"

/* More objects of one kind than any machine that was seen has; 200 MiB of map. */
#define GUARD_BUDGET	(4u << 20)

/* Zero-initialised is ready. */
struct guard {
	struct map seen;
};

/*
 * ST_BUDGET when object was visited before, or when there are too many;
 * ST_NO_MEMORY. diag names the object.
 */
static inline enum status must_check guard_visit(struct guard *guard,
						 kaddr_t object,
						 struct diag *diag)
{
	bool added;
	enum status st = map_add(&guard->seen, object.v, 0, &added);

	if (st)
		return diag_no_memory(diag);
	if (!added)
		return diag_fail(diag, ST_BUDGET,
				 "%#llx: visited before, so this goes round "
				 "in a circle", (unsigned long long)object.v);
	if (guard->seen.n > GUARD_BUDGET)
		return diag_fail(diag, ST_BUDGET,
				 "%#llx: more than %u objects, given up",
				 (unsigned long long)object.v, GUARD_BUDGET);
	return ST_OK;
}

static inline void guard_fini(struct guard *guard)
{
	map_fini(&guard->seen);
}

#define cleanup_guard	cleanup(guard_fini)

#endif
