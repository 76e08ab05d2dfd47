/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own names for its page flags, zones and migratetypes.
 *
 * Their numbers differ by kernel and by configuration, so the names come from
 * enum pageflags, enum zone_type and enum migratetype of this very build.
 */
#ifndef RMAP_INSPECT_KERNEL_NAMES_H
#define RMAP_INSPECT_KERNEL_NAMES_H

#include "base/status.h"
#include "debuginfo/types.h"

#define MAX_PAGE_FLAGS	64
#define MAX_ZONES	8
#define MAX_MIGRATETYPES	8

/* "PG_uptodate", "ZONE_DMA32"; "": a number without a name. */
struct kernel_name {
	char text[40];
};

struct kernel_names {
	struct kernel_name page_flags[MAX_PAGE_FLAGS];
	struct kernel_name zones[MAX_ZONES];
	struct kernel_name migratetypes[MAX_MIGRATETYPES];
};

/*
 * Enums that the type source does not have leave their names empty; a name
 * that is too long to be one of the kernel's is none.
 */
enum status kernel_names_read(struct type_source *types,
			      struct kernel_names *ret_names,
			      struct diag *diag) must_check;

#endif
