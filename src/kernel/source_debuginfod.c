/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vmlinux with debug information from the servers of debuginfod, if the user
 * wants that: it can be hundreds of megabytes.
 */
#include "debuginfo/debuginfod.h"
#include "kernel/sources.h"

static enum status find_served(struct kernel *kernel,
			       const struct kernel_options *opts,
			       struct finding *finding, struct diag *diag)
{
	cleanup_free char *path = NULL;
	enum status st;

	if (!opts->debuginfod)
		return diag_fail(diag, ST_ABSENT, "not to be asked");
	if (!kernel->build_id[0])
		return diag_fail(diag, ST_ABSENT,
				 "the dump does not say of which build it is");
	st = debuginfod_fetch(kernel->build_id, kernel->log, &path, diag);
	if (!st)
		st = elf_file_open(path, &finding->vmlinux, diag);
	return st ? st : read_vmlinux(kernel, opts, finding, diag);
}

const struct source source_debuginfod = {
	.name = "debuginfod",
	.find = find_served,
};
