/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an earlier run has learnt of the same build, and kept.
 */
#include "image/vmcoreinfo.h"
#include "kernel/cache.h"
#include "kernel/sources.h"

static enum status find_kept(struct kernel *kernel,
			     const struct kernel_options *opts,
			     struct finding *finding, struct diag *diag)
{
	kaddr_t stext;
	enum status st;

	if (!opts->cache_dir)
		return diag_fail(diag, ST_ABSENT, "not to be used");
	st = vmcoreinfo_hex(kernel->image->vmcoreinfo, "SYMBOL(_stext)",
			    &stext.v, diag);
	if (st)
		return st;
	finding->matched = true;
	return cache_load(opts->cache_dir, kernel->build_id,
			  kernel->image->identity, stext, &finding->facts,
			  diag);
}

const struct source source_cache = {
	.name = "cached layout",
	.find = find_kept,
};

/*
 * What the dump's own memory tells may be damaged, and is kept for this dump
 * alone: any other that is asked about tells for itself.
 */
void source_cache_keep(const struct kernel *kernel,
		       const struct kernel_options *opts,
		       const struct finding *finding)
{
	const char *dump = finding->proof == PROOF_BUILD ? NULL :
			   kernel->image->identity;
	struct diag diag;

	if (!opts->cache_dir || finding->proof == PROOF_NONE)
		return;
	if (cache_store(opts->cache_dir, kernel->build_id, dump,
			&finding->facts, &diag))
		log_step(kernel->log, "layout not kept: %s", diag.text);
}
