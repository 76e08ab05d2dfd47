/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The running kernel tells of itself, when it is the one that is asked about.
 *
 * Where it hides the addresses of its symbols (kptr_restrict), or was built
 * without BTF, other sources may still serve.
 */
#include <string.h>

#include "debuginfo/btf_types.h"
#include "kernel/sources.h"

static bool is_live(const struct kernel *kernel)
{
	return kernel->image->live;
}

static enum status find_running(struct kernel *kernel,
				const struct kernel_options *opts,
				struct finding *finding, struct diag *diag)
{
	enum status st;

	(void)opts;
	finding->matched = true;
	/* It answers as fast as a file that was kept. */
	finding->proof = PROOF_NONE;
	st = symbols_from_map(kernel, "/proc/kallsyms", &finding->facts, diag);
	if (st)
		return st;
	strcpy(finding->facts.symbols_from, "/proc/kallsyms");
	return btf_types_open_file("/sys/kernel/btf/vmlinux", &finding->types,
				   diag);
}

const struct source source_live = {
	.name = "the running kernel",
	.applies = is_live,
	.find = find_running,
};
