/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of what machine a dump is, where its headers do not say.
 *
 * QEMU does not know the page size of an arm64 guest: its ELF dumps have none,
 * and its kdumps have blocks of the largest one there can be and no name of the
 * architecture. The kernel's VMCOREINFO tells both, in the dump or, where QEMU
 * was not given it, from the kernel's own memory. Taken for what it says here:
 * whether that kernel is there is for others to judge.
 */
#ifndef RMAP_INSPECT_IMAGE_MACHINE_H
#define RMAP_INSPECT_IMAGE_MACHINE_H

#include <stdbool.h>

struct machine {
	unsigned int page_shift;	/* 0: not known */
	const char *architecture;	/* "aarch64"; NULL: not known */
};

/* No kernel's pages are smaller or larger. Each begins where a least one does. */
#define LEAST_PAGE_SHIFT	12u
#define MOST_PAGE_SHIFT		16u

/* As far as vmcoreinfo tells, which may be NULL. */
struct machine machine_told(const char *vmcoreinfo);

/* Whether nothing needs to tell how large its pages are. */
bool machine_has_one_size(const struct machine *machine);

#endif
