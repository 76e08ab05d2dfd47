/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the steps of the audit have in common: frames, and each address space
 * with its VMAs and their links into trees.
 */
#ifndef RMAP_INSPECT_AUDIT_WORLD_H
#define RMAP_INSPECT_AUDIT_WORLD_H

#include "audit/audit.h"
#include "census/frames.h"
#include "mm/vma.h"

/* A VMA's place in the tree of an anon_vma, or of a file. */
struct link {
	kaddr_t owner;		/* anon_vma or address_space */
	kaddr_t node;		/* AVC or VMA */
	kaddr_t vma;
	bool in_tree;
};

DEFINE_VEC(link_vec, struct link)

struct audit_vma {
	struct vma vma;
	kaddr_t mapping;	/* of its file, or 0 */
	bool links_whole;	/* all of its AVCs were seen */
	size_t first_link, n_links;	/* by AVCs, by anon_vma */
};

DEFINE_VEC(audit_vma_vec, struct audit_vma)
DEFINE_VEC(frame_vec, uint64_t)

struct audit_space {
	kaddr_t mm;
	bool visited;
	struct lock_holder holder;	/* of mmap_lock */
	struct audit_vma_vec vmas;	/* in order of address */
	bool vmas_whole;	/* and their AVCs */
	struct link_vec links;	/* by AVCs */
	struct frame_vec huge;	/* first frame of each entry above the lowest level */
	uint64_t n_mappings;
	struct findings findings;
	struct gaps gaps;
};

/* A place that ksmd has merged: sorted by node, address, anon_vma. */
struct merged {
	kaddr_t node;
	uint64_t address;
	kaddr_t anon_vma;
};

DEFINE_VEC(merged_vec, struct merged)

/* For qsort() and bsearch(). */
int compare_merged(const void *a, const void *b);

struct stable_frame {
	kaddr_t node;
	uint64_t pfn;
};

DEFINE_VEC(stable_frame_vec, struct stable_frame)

/* What somebody leads to, and has to be an object of a slab. */
enum lead_kind {
	LEAD_MM, LEAD_VMA, LEAD_AVC, LEAD_ANON_VMA, LEAD_STABLE_NODE,
	LEAD_RMAP_ITEM,
};

struct lead {
	kaddr_t address;
	kaddr_t owner;		/* mm or anon_vma whose lock is over it */
	enum lead_kind kind;
};

DEFINE_VEC(lead_vec, struct lead)

struct world {
	struct crew *crew;
	const struct tasks *tasks;
	struct frames *frames;
	bool frames_whole;	/* each struct page that there is was seen */
	uint8_t *writable;	/* of each frame: an entry lets write to it */
	size_t n_spaces;
	struct audit_space *spaces;
	bool lists_whole;	/* all VMAs were seen, and all of their AVCs */
	bool sees_all;		/* no gap before mapcounts: none is hidden */
	bool ksm_whole;		/* all stable nodes were seen, and their items */
	struct merged_vec merged;
	struct stable_frame_vec nodes;	/* by node */
	struct link_vec anon_links;	/* all, by owner and node */
	struct link_vec file_links;
	struct lead_vec leads;
	struct audit_result *result;
};

/* ---- the steps, in their order ---- */

enum status audit_ksm(struct world *world) must_check;
enum status audit_spaces(struct world *world) must_check;
enum status audit_trees(struct world *world) must_check;
enum status audit_counts(struct world *world) must_check;
enum status audit_slabs(struct world *world) must_check;

/* ---- for spaces.c ---- */

/* Fill in vmas and links of a space, and compare lists with what they hold. */
enum status space_read_vmas(struct kernel *kernel,
			    struct audit_space *space) must_check;

/* Whether the page tables of a space map what they may. */
enum status space_read_tables(struct kernel *kernel, struct world *world,
			      struct audit_space *space) must_check;

#endif
