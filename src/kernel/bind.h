/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps of kernel_open(), in the order in which they build on each other.
 * Each fills in its part of struct kernel; diag explains a failure.
 */
#ifndef RMAP_INSPECT_KERNEL_BIND_H
#define RMAP_INSPECT_KERNEL_BIND_H

#include "kernel/kernel.h"

/*
 * Who it is: release and build_id. ST_UNSUPPORTED when the dump has no
 * VMCOREINFO at all (identify.c).
 */
enum status identify_dump(struct kernel *kernel, struct diag *diag) must_check;

/*
 * Where its memory is: mmu, phys_base and pgd. From here on kernel_read()
 * works (address_space.c).
 */
enum status bind_address_space(struct kernel *kernel,
			       struct diag *diag) must_check;

/*
 * Compare kernel->vmlinux with the dump and set kernel->matched.
 * ST_MISMATCH with both values; also when the architectures differ, which no
 * force gets past (identify.c).
 */
enum status identify_match(struct kernel *kernel, bool force,
			   struct diag *diag) must_check;

/*
 * How its struct pages are found, and what the flags word of a page holds;
 * needs layouts and symbols (memory_model.c).
 */
enum status bind_memory_model(struct kernel *kernel,
			      struct diag *diag) must_check;

#endif
