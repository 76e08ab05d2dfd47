/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists that the kernel links through its objects.
 *
 * Mirrors struct list_head, a circle in which the head is no entry, and struct
 * hlist_head (include/linux/types.h), which ends with NULL. Does not know what
 * is linked.
 */
#ifndef RMAP_INSPECT_MM_LIST_H
#define RMAP_INSPECT_MM_LIST_H

#include "base/gaps.h"
#include "kernel/kernel.h"

struct list {
	/* Of a circle: the list_head of no entry; else the first hlist_node. */
	kaddr_t head;
	enum member_id link;	/* what of an entry is linked */
	const char *what;	/* "task list", for gaps */
	const char *entry;	/* "task", likewise */
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status list_fn(kaddr_t object, void *arg);

/*
 * Hand out the address of each entry, in the list's order. A link that cannot
 * be read ends the list, which is recorded in gaps: what comes after it is not
 * seen, but for what a circle has between there and its end, which is handed
 * out from the end on.
 */
enum status list_for_each(struct kernel *kernel, const struct list *list,
			  list_fn *fn, void *arg,
			  struct gaps *gaps) must_check;
enum status hlist_for_each(struct kernel *kernel, const struct list *list,
			   list_fn *fn, void *arg,
			   struct gaps *gaps) must_check;

#endif
