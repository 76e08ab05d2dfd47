/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A family of anon_vmas: a root and all that fork() has made below it.
 *
 * Mirrors struct anon_vma and struct anon_vma_chain (include/linux/rmap.h).
 * A parent does not know its children. But the root's tree holds a chain entry
 * (AVC) for every VMA of the family, and each VMA lists its AVCs to its own
 * anon_vma and to every ancestor of that: between them they lead to every
 * anon_vma that has a VMA. One without any lives on only while others refer to
 * it (a migration, KSM), and is not found.
 */
#ifndef RMAP_INSPECT_RMAP_FAMILY_H
#define RMAP_INSPECT_RMAP_FAMILY_H

#include "base/gaps.h"
#include "base/vec.h"
#include "kernel/kernel.h"
#include "mm/vma.h"

/* In place of the number of an item that there is not. */
#define FAMILY_NONE	SIZE_MAX

struct family_member {
	kaddr_t address;	/* struct anon_vma */
	bool seen;		/* it could be read: what follows is known */
	size_t parent;		/* its number; FAMILY_NONE: of the root */
	size_t n_avcs;		/* to how many VMAs it leads */
	/* Counters are -1 where this kernel has none. */
	int64_t refcount;
	int64_t degree;		/* children and VMAs of its own */
	int64_t n_children;
	int64_t n_active_vmas;
};

struct family_vma {
	struct vma vma;
	size_t own;		/* vma->anon_vma; FAMILY_NONE: not set */
	/*
	 * The anon_vma that anon_vma_clone() would make the child's own in the
	 * next fork(); FAMILY_NONE: none, the child gets a new one.
	 */
	size_t reused;
	size_t first_avc, n_avcs;	/* in family.avcs, as in its list */
};

struct family_avc {
	kaddr_t address;	/* struct anon_vma_chain */
	size_t member;
	size_t vma;
	bool in_tree;		/* of its anon_vma */
};

DEFINE_VEC(family_member_vec, struct family_member)
DEFINE_VEC(family_vma_vec, struct family_vma)
DEFINE_VEC(family_avc_vec, struct family_avc)

/* No circle: whoever follows the parents comes to an end. */
struct family {
	size_t asked;			/* the member that was asked about */
	struct family_member_vec members;	/* the root first */
	struct family_vma_vec vmas;
	struct family_avc_vec avcs;	/* those of one VMA stand together */
};

/*
 * The family of one of its anon_vmas. ST_CORRUPT: that is no anon_vma. What
 * cannot be seen, and what contradicts (an AVC that does not point back or is
 * not in both its tree and its list, a member with another root, parents in a
 * circle), is recorded in gaps. Release with family_fini(), even after a
 * failure.
 */
enum status family_read(struct kernel *kernel, kaddr_t anon_vma,
			struct family *ret_family,
			struct gaps *gaps) must_check;
void family_fini(struct family *family);

/* ST_UNKNOWN: the types do not say how VMAs and anon_vmas are linked. */
enum status family_check_layout(struct kernel *kernel) must_check;

#endif
