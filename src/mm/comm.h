/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a thread calls itself: comm of struct task_struct, and copies of it.
 */
#ifndef RMAP_INSPECT_MM_COMM_H
#define RMAP_INSPECT_MM_COMM_H

#include "kernel/kernel.h"

#define COMM_SIZE	17	/* TASK_COMM_LEN and a NUL */

/*
 * Its bytes are those of the dump, up to the first NUL; or its stand-in, if
 * names are redacted: none leaves this layer then.
 */
void comm_copy(const struct kernel *kernel, const struct object *object,
	       enum member_id member, char comm[static COMM_SIZE]);

#endif
