/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/wants.h"

#include <stddef.h>

#define NAMES(...)	{ __VA_ARGS__, NULL }
#define ALWAYS		{ NO_MEMBER, true }
#define IF(member)	{ member, true }
#define UNLESS(member)	{ member, false }

const struct struct_want struct_wants[N_STRUCTS] = {
#define STRUCT(id, need, when, names, since)				\
	[S_##id] = { #id, need, when, names },
#include "kernel/layout.def"
};

const struct member_want member_wants[N_MEMBERS] = {
#define MEMBER(structure, id, need, paths, since)			\
	[M_##structure##_##id] = { #structure "." #id, S_##structure,	\
				   need, paths },
#include "kernel/layout.def"
};

const struct enumerator_want enumerator_wants[N_ENUMERATORS] = {
#define ENUMERATOR(id, names, since)	[E_##id] = { #id, names },
#include "kernel/layout.def"
};
