/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of the region of modules: which one. What is of none is text of BPF, of
 * ftrace, or set aside for either.
 */
#include "mm/module.h"

#include "kind/surveyor.h"

static enum status keep_part(const struct module_part *part, void *arg)
{
	struct surveyor *surveyor = arg;

	if (module_part_vec_push(&surveyor->parts, *part))
		return diag_no_memory(&surveyor->kernel->diag);
	return ST_OK;
}

static enum status read_modules(struct surveyor *surveyor)
{
	struct chapter *chapter = &surveyor->moduled;
	enum status st;

	if (chapter->is_read)
		return ST_OK;
	chapter->is_read = true;
	st = module_part_for_each(surveyor->kernel, keep_part, surveyor,
				  &chapter->gaps);
	return st == ST_UNKNOWN ? ST_OK : st;
}

void module_fini(struct surveyor *surveyor)
{
	module_part_vec_fini(&surveyor->parts);
	gaps_fini(&surveyor->moduled.gaps);
}

/* There are some hundred, and the frames of one stand together. */
static const struct module_part *find(const struct surveyor *surveyor,
				      kaddr_t address)
{
	const struct module_part_vec *parts = &surveyor->parts;

	for (size_t i = 0; i < parts->n; i++)
		if (address.v - parts->items[i].base.v < parts->items[i].size)
			return &parts->items[i];
	return NULL;
}

enum status module_find(struct surveyor *surveyor, kaddr_t address,
			const struct module_part **ret_part)
{
	enum status st = read_modules(surveyor);

	if (!st)
		*ret_part = find(surveyor, address);
	return st;
}

enum status claim_module(struct surveyor *surveyor, kaddr_t address,
			 struct survey *survey)
{
	const struct module_part *part;
	enum status st = module_find(surveyor, address, &part);

	if (st)
		return st;
	survey->kind = KIND_MODULE;
	if (part)
		details_text(survey->details, "module", "%s", part->name);
	else
		doubt_chapter(&surveyor->moduled, "modules", survey->gaps);
	return ST_OK;
}
