/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locals that carry their own release.
 *
 *	cleanup_free char *name = NULL;
 *
 * take() moves the value out, leaving NULL behind for the cleanup.
 */
#ifndef RMAP_INSPECT_BASE_CLEANUP_H
#define RMAP_INSPECT_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define cleanup(fn)		__attribute__((__cleanup__(fn)))

/* Define <name>_cleanup() for a destructor that takes a pointer (or NULL). */
#define DEFINE_CLEANUP(type, destroy)					\
	static inline void destroy##_cleanup(type **p)			\
	{								\
		destroy(*p);						\
	}

#define take(p) ({							\
	__typeof__(p) take_moved = (p);					\
	(p) = NULL;							\
	take_moved;							\
})

static inline void cleanup_free_fn(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_fn(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define cleanup_free		cleanup(cleanup_free_fn)
#define cleanup_close		cleanup(cleanup_close_fn)

#endif
