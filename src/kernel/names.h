/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own names for its page flags and zones.
 *
 * Their numbers differ by kernel and by configuration, so the names come from
 * enum pageflags and enum zone_type of this very build.
 */
#ifndef RMAP_INSPECT_KERNEL_NAMES_H
#define RMAP_INSPECT_KERNEL_NAMES_H

#include "base/status.h"
#include "debuginfo/types.h"

#define MAX_PAGE_FLAGS	64
#define MAX_ZONES	8

/* NULL: a number without a name. Strings live as long as the type source. */
struct kernel_names {
	const char *page_flags[MAX_PAGE_FLAGS];	/* "PG_uptodate" */
	const char *zones[MAX_ZONES];		/* "ZONE_DMA32" */
};

/* Enums that the type source does not have leave their names empty. */
enum status kernel_names_read(struct type_source *types,
			      struct kernel_names *ret_names,
			      struct diag *diag) must_check;

#endif
