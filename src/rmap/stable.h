/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * KSM's stable nodes: one for each page that ksmd has merged others into.
 *
 * Mirrors struct ksm_stable_node and struct ksm_rmap_item (mm/ksm.c). Nodes
 * stand in red-black trees by what is in their page; where there are several
 * of the same contents, since one may have max_page_sharing items at most, a
 * chain stands for its dups. Nodes whose page has moved to another NUMA node
 * wait in a list. A node whose page is gone stays until ksmd comes by.
 */
#ifndef RMAP_INSPECT_RMAP_STABLE_H
#define RMAP_INSPECT_RMAP_STABLE_H

#include "base/gaps.h"
#include "base/vec.h"
#include "kernel/kernel.h"

/* A place where ksmd has merged a page. */
struct stable_item {
	kaddr_t address;	/* struct ksm_rmap_item */
	kaddr_t anon_vma;
	uaddr_t user_address;
	kaddr_t mm;		/* that was scanned; 0: not known */
};

DEFINE_VEC(stable_item_vec, struct stable_item)

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status stable_item_fn(const struct stable_item *item, void *arg);

/* ST_UNKNOWN: the layout of KSM's structures is not known. */
enum status stable_check_layout(struct kernel *kernel) must_check;

/* Each item of a node that is no chain. */
enum status stable_items_for_each(struct kernel *kernel,
				  const struct object *node,
				  stable_item_fn *fn, void *arg,
				  struct gaps *gaps) must_check;

enum stable_role {
	STABLE_NODE,		/* in a tree */
	STABLE_CHAIN,		/* in a tree, and stands for its dups */
	STABLE_DUP,
	STABLE_MIGRATED,	/* not in a tree for now */
};

const char *stable_role_name(enum stable_role role);

struct stable_node {
	kaddr_t address;	/* struct ksm_stable_node */
	enum stable_role role;
	kaddr_t chain;		/* of a dup; 0: not known */
	/* Of all but a chain: */
	pfn_t pfn;
	size_t n_items;
	const struct stable_item *items;
};

/* node lives during the call. Anything but ST_OK ends the walk. */
typedef enum status stable_fn(const struct stable_node *node, void *arg);

/*
 * All stable nodes, dups behind their chain. ST_ABSENT: this kernel has no
 * KSM, or its symbols do not tell. The number of nodes and items is compared
 * with the kernel's own counters.
 */
enum status stable_for_each(struct kernel *kernel, stable_fn *fn, void *arg,
			    struct gaps *gaps) must_check;

/* One node; of a chain, its dups as well. ST_CORRUPT: that is no node. */
enum status stable_visit(struct kernel *kernel, kaddr_t address,
			 stable_fn *fn, void *arg,
			 struct gaps *gaps) must_check;

/* The kernel's own counters, as in /sys/kernel/mm/ksm. */
enum stable_counter {
	STABLE_PAGES_SHARED,	/* nodes with items */
	STABLE_PAGES_SHARING,	/* items beyond the first of each */
	STABLE_CHAINS,
	STABLE_DUPS,
	N_STABLE_COUNTERS,
};

/* False: not known. */
bool stable_counter(struct kernel *kernel, enum stable_counter counter,
		    uint64_t *ret_value);

#endif
