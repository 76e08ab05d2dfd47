/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking the sources, one after the other, until one serves.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/sources.h"

/* In the order in which they are asked. */
static const struct source *const sources[] = {
	&source_given,
	&source_cache,
	&source_live,
	&source_dump,
	&source_vmlinux,
	&source_debuginfod,
};

#define N_SOURCES	(sizeof(sources) / sizeof(sources[0]))

_Static_assert(N_SOURCES <= MAX_TRIALS, "a trial for each source");

static void finding_fini(struct finding *finding)
{
	type_source_free(finding->types);
	elf_file_close(finding->vmlinux);
}

/* ---- one source ---- */

/* object_read() copies into a buffer of fixed size. */
static enum status check_object_sizes(const struct layout *layout,
				      struct diag *diag)
{
	for (size_t i = 0; i < N_STRUCTS; i++) {
		const struct struct_layout *sl = &layout->structs[i];

		if (sl->present && sl->end > sl->first &&
		    sl->end - sl->first > OBJECT_BYTES)
			return diag_fail(diag, ST_UNSUPPORTED,
					 "members lie %u bytes apart",
					 sl->end - sl->first);
	}
	return ST_OK;
}

static enum status read_layouts(struct finding *finding, struct diag *diag)
{
	struct facts *facts = &finding->facts;
	enum status st;

	st = layout_resolve(&facts->layout, finding->types, diag);
	if (!st)
		st = kernel_names_read(finding->types, &facts->names, diag);
	snprintf(facts->layouts_from, sizeof(facts->layouts_from), "%s",
		 finding->types->ops->name);
	return st;
}

static enum status ask(struct kernel *kernel, const struct source *source,
		       const struct kernel_options *opts,
		       struct finding *finding, struct diag *diag)
{
	enum status st = source->find(kernel, opts, finding, diag);

	if (!st)
		st = variables_check(&finding->facts, diag);
	if (!st && finding->types)
		st = read_layouts(finding, diag);
	if (!st)
		st = check_object_sizes(&finding->facts.layout, diag);
	if (!st)
		st = cross_check(kernel, &finding->facts, diag);
	if (!st)
		st = identify_banner(kernel, &finding->facts, diag);
	return st;
}

/* For kernels that do not tell it themselves. */
static void set_kaslr_offset(struct kernel *kernel)
{
	const struct facts *facts = &kernel->facts;

	if (kernel->has_kaslr_offset || !facts->linked_stext)
		return;
	kernel->kaslr_offset = facts->variables[KSYM_STEXT].address.v -
			       facts->linked_stext;
	kernel->has_kaslr_offset = true;
}

static void adopt(struct kernel *kernel, const struct source *source,
		  struct finding *finding)
{
	kernel->facts = finding->facts;
	kernel->vmlinux = take(finding->vmlinux);
	kernel->matched = finding->matched;
	set_kaslr_offset(kernel);
	log_step(kernel->log, "%s: layouts from %s, symbols from %s",
		 source->name, kernel->facts.layouts_from,
		 kernel->facts.symbols_from);
}

/* ---- all of them ---- */

static enum status try_source(struct kernel *kernel,
			      const struct source *source,
			      const struct kernel_options *opts)
{
	cleanup(finding_fini) struct finding finding = { 0 };
	struct trial *trial = &kernel->trials[kernel->n_trials++];
	enum status st;

	trial->source = source->name;
	st = ask(kernel, source, opts, &finding, &trial->why);
	trial->served = !st;
	if (st) {
		log_step(kernel->log, "%s: %s", source->name, trial->why.text);
		return st;
	}
	source_cache_keep(kernel, opts, &finding);
	adopt(kernel, source, &finding);
	return ST_OK;
}

static const char *last_reason(const struct kernel *kernel)
{
	return kernel->trials[kernel->n_trials - 1].why.text;
}

/* "a source: why not; another: why not" */
static enum status explain(const struct kernel *kernel, struct diag *diag)
{
	struct diag reasons = { "" };
	size_t len = 0;

	for (size_t i = 0; i < kernel->n_trials && len < DIAG_SIZE; i++)
		len += snprintf(reasons.text + len, DIAG_SIZE - len,
				"%s%s: %s", i ? "; " : "",
				kernel->trials[i].source,
				kernel->trials[i].why.text);
	if (len >= DIAG_SIZE)
		strcpy(reasons.text + DIAG_SIZE - sizeof("..."), "...");
	return diag_fail(diag, ST_ABSENT, "no layouts and symbols: %s",
			 reasons.text);
}

enum status bind_source(struct kernel *kernel,
			const struct kernel_options *opts, struct diag *diag)
{
	for (size_t i = 0; i < N_SOURCES; i++) {
		const struct source *source = sources[i];
		enum status st;

		if (source->is_given && !source->is_given(opts))
			continue;
		if (source->applies && !source->applies(kernel))
			continue;
		st = try_source(kernel, source, opts);
		if (!st)
			return ST_OK;
		if (source->is_given || st == ST_NO_MEMORY || st == ST_STOPPED)
			return diag_fail(diag, st, "%s", last_reason(kernel));
	}
	return explain(kernel, diag);
}
