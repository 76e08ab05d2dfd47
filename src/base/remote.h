/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers that belong to the machine under inspection.
 *
 * Each kind of address is a struct of its own, so that mixing them does not
 * compile. None of them is ever a C pointer.
 */
#ifndef RMAP_INSPECT_BASE_REMOTE_H
#define RMAP_INSPECT_BASE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct { uint64_t v; } kaddr_t;	/* kernel virtual address */
typedef struct { uint64_t v; } uaddr_t;	/* user virtual address */
typedef struct { uint64_t v; } paddr_t;	/* physical address, bytes */
typedef struct { uint64_t v; } pfn_t;	/* page frame number */

#define KADDR(x)	((kaddr_t) { (x) })
#define UADDR(x)	((uaddr_t) { (x) })
#define PADDR(x)	((paddr_t) { (x) })
#define PFN(x)		((pfn_t) { (x) })

static inline bool kaddr_equal(kaddr_t a, kaddr_t b)
{
	return a.v == b.v;
}

/* Wraps like the remote machine's own arithmetic. */
static inline kaddr_t kaddr_add(kaddr_t a, uint64_t bytes)
{
	return KADDR(a.v + bytes);
}

#endif
