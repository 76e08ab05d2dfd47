/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose dump is it, and is this vmlinux its own?
 *
 * The build-id decides. Only dumps of kernels before 5.9 do not carry one:
 * there the release must stand in the vmlinux's banner.
 */
#ifndef RMAP_INSPECT_KERNEL_IDENTIFY_H
#define RMAP_INSPECT_KERNEL_IDENTIFY_H

#include <stdbool.h>

#include "kernel/kernel.h"

/*
 * Fill in kernel->release and build_id from VMCOREINFO. ST_UNSUPPORTED when
 * the dump has no VMCOREINFO at all.
 */
enum status identify_dump(struct kernel *kernel, struct diag *diag) must_check;

/*
 * Compare kernel->vmlinux with the dump and set kernel->matched.
 * ST_MISMATCH with both values; also when the architectures differ, which no
 * force gets past.
 */
enum status identify_match(struct kernel *kernel, bool force,
			   struct diag *diag) must_check;

#endif
