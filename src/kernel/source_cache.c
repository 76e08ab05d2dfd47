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
	return cache_load(opts->cache_dir, kernel->build_id, stext,
			  &finding->facts, diag);
}

const struct source source_cache = {
	.name = "cached layout",
	.find = find_kept,
};

/*
 * Only what is proven to be of this very build may answer for it later; a file
 * that does not say of which build it is proves nothing.
 */
void source_cache_keep(const struct kernel *kernel,
		       const struct kernel_options *opts,
		       const struct finding *finding)
{
	struct diag diag;

	if (!opts->cache_dir || !finding->proven)
		return;
	if (cache_store(opts->cache_dir, kernel->build_id, &finding->facts,
			&diag))
		log_step(kernel->log, "layout not kept: %s", diag.text);
}
