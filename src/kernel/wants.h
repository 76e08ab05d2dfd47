/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The want-list of layout.def as tables, for those who resolve, keep or list
 * it. Knows what we look for and under which names, not where it lies.
 */
#ifndef RMAP_INSPECT_KERNEL_WANTS_H
#define RMAP_INSPECT_KERNEL_WANTS_H

#include "kernel/layout.h"

#define MAX_NAMES	3

enum need {
	REQUIRED,
	OPTIONAL,
};

/* When a structure is looked for at all. */
struct condition {
	enum member_id member;	/* NO_MEMBER: always */
	bool present;		/* what the member must be */
};

/* names: those it has had, newest first, ended by NULL. */
struct struct_want {
	const char *id;		/* "ksm_stable_node": our name for it */
	enum need need;
	struct condition when;
	const char *names[MAX_NAMES + 1];
};

struct member_want {
	const char *id;		/* "page.compound_info" */
	enum struct_id structure;
	enum need need;
	const char *names[MAX_NAMES + 1];	/* paths in the structure */
};

/* All are optional. */
struct enumerator_want {
	const char *id;
	const char *names[MAX_NAMES + 1];
};

extern const struct struct_want struct_wants[N_STRUCTS];
extern const struct member_want member_wants[N_MEMBERS];
extern const struct enumerator_want enumerator_wants[N_ENUMERATORS];

#endif
