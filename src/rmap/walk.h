/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reverse walk: from a page, or its folio, to every place that maps it.
 *
 * As in the kernel (include/linux/rmap.h), three roles never share a
 * function: a generator (anon.c, file.c, ksm.c) yields places where the page
 * may be mapped, confirm.c asks the page tables whether it is, and the
 * caller's visitor receives what is confirmed.
 */
#ifndef RMAP_INSPECT_RMAP_WALK_H
#define RMAP_INSPECT_RMAP_WALK_H

#include "base/gaps.h"
#include "mm/page.h"
#include "mm/pgtable.h"
#include "mm/vma.h"
#include "kind/kind.h"
#include "rmap/state.h"

/* A place where the page is mapped, or would be: state says which. */
struct rmap_hit {
	enum map_state state;		/* neither STATE_NONE nor _UNKNOWN */
	struct vma vma;
	uaddr_t address;		/* of the page, not of the entry */
	pfn_t pfn;			/* of the page */
	uint64_t n_pages;		/* that the entry is about: with those
					   wanted that follow it */
	struct pgtable_entry entry;
};

/* The object that page.mapping leads to, for the chain that people see. */
struct rmap_object {
	const char *type;		/* "anon_vma"; NULL: there is none */
	kaddr_t address;
	bool is_root;			/* an anon_vma that is its family's root */
	uint64_t n_candidates;		/* VMAs that the walk looked into */
};

/* Modelled on the kernel's own struct rmap_walk_control. */
struct rmap_walk_control {
	void *arg;
	/* Each confirmed place. Anything but ST_OK ends the walk. */
	enum status (*rmap_one)(const struct rmap_hit *hit, void *arg);
	/*
	 * Each place that was looked at and does not map the page. NULL: do
	 * not tell. Anything but ST_OK ends the walk.
	 */
	enum status (*not_mapped)(const struct vma *vma, uaddr_t address,
				  void *arg);
	/* Asked after each mapping: true ends the walk. NULL: never. */
	bool (*done)(void *arg);
	/* True: do not look into this VMA. NULL: look into all. */
	bool (*invalid_vma)(const struct vma *vma, void *arg);
	/* Any page of the folio, not this one alone. */
	bool folio;
	/* Visit all of the trees, whatever their augmented values say. */
	bool exhaustive;
};

/*
 * Walk the reverse map of page. ST_OK when it came to its end, ST_STOPPED when
 * the control ended it. What could not be seen is in gaps; without any, each
 * place that the structures lead to was found. *ret_object (may be NULL)
 * tells where the walk began.
 */
enum status rmap_walk(struct kernel *kernel, const struct page *page,
		      enum page_kind kind,
		      const struct rmap_walk_control *control,
		      struct gaps *gaps,
		      struct rmap_object *ret_object) must_check;

#endif
