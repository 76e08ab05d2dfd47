/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VMAs, and all VMAs of an address space, in order.
 *
 * Mirrors struct vm_area_struct and both containers that an mm_struct has had:
 * the linked list (until 6.0) and the maple tree (maple.c).
 */
#ifndef RMAP_INSPECT_MM_VMA_H
#define RMAP_INSPECT_MM_VMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/gaps.h"
#include "kernel/kernel.h"

struct vma {
	kaddr_t address;	/* struct vm_area_struct */
	kaddr_t mm;
	uint64_t start, end;	/* user addresses, bytes */
	uint64_t flags;		/* vm_flags */
	uint64_t pgoff;		/* file offset of start, pages */
	uint64_t anon_pgoff;	/* the same in the anonymous rmap's count */
	kaddr_t file;		/* struct file, or 0 */
	kaddr_t anon_vma;	/* its own; 0: none, or the types do not tell */
};

/*
 * ST_CORRUPT when its bounds make no sense. Freed VMAs look plausible
 * otherwise: only the page tables prove a mapping.
 */
enum status vma_read(struct kernel *kernel, kaddr_t address,
		     struct vma *ret_vma) must_check;

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status vma_fn(const struct vma *vma, void *arg);

/*
 * Each VMA of an mm_struct, in order of address. What cannot be read is
 * recorded in gaps, and the walk goes on where it can, and then in the slabs
 * of VMAs: if that makes as many as the kernel counts, nothing is missing, and
 * there is no gap. That there are not is one.
 */
enum status vma_for_each(struct kernel *kernel, kaddr_t mm, vma_fn *fn,
			 void *arg, struct gaps *gaps) must_check;

struct vma_count {
	bool known;
	uint64_t counted;	/* by the kernel */
	uint64_t found;
};

/* The same, for whoever judges the count: it is no gap. */
enum status vma_for_each_uncounted(struct kernel *kernel, kaddr_t mm,
				   vma_fn *fn, void *arg, struct gaps *gaps,
				   struct vma_count *ret_count) must_check;

/* What joins a VMA to an anon_vma (struct anon_vma_chain). */
struct avc {
	kaddr_t address;
	kaddr_t vma;		/* that it says it belongs to */
	kaddr_t anon_vma;
};

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status avc_fn(const struct avc *avc, void *arg);

/*
 * Each entry of a VMA's list, by its link: anon_vma_chain, same_vma. What
 * cannot be read is recorded in gaps. The types have to tell of these.
 */
enum status vma_for_each_avc(struct kernel *kernel, kaddr_t vma, avc_fn *fn,
			     void *arg, struct gaps *gaps) must_check;

/*
 * A VMA, or an mm, that somebody names. ST_NO_ADDRESS: there is none at this
 * address, since the one that should have it (the VMA its mm, the mm its VMAs)
 * does not say the same; diag names what contradicts.
 */
enum status vma_find(struct kernel *kernel, kaddr_t address,
		     struct vma *ret_vma) must_check;
enum status mm_find(struct kernel *kernel, kaddr_t mm) must_check;

/* include/linux/mm.h; the same numbers as the bitmap of 7.x. */
#define VMA_READ	0x01ULL
#define VMA_WRITE	0x02ULL
#define VMA_EXEC	0x04ULL
#define VMA_MAYSHARE	0x80ULL
#define VMA_UFFD_WP	0x1000ULL
#define VMA_LOCKED	0x2000ULL

/* "rw-p" as in /proc/PID/maps. */
const char *vma_perm(const struct vma *vma);

#endif
