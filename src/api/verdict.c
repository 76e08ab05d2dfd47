/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verdict on a page, from its answer: the mappings that were found tell
 * who keeps it locked.
 */
#include <string.h>

#include "api/answer.h"
#include "rmap/verdict.h"

/* Those who share an address space are one; it is named by its first process. */
static const char *who(struct answer *answer, const struct rmi_mapping *mapping)
{
	if (!mapping->n_tasks)
		return arena_printf(&answer->arena, "mm %#llx",
				    (unsigned long long)mapping->mm);
	if (!mapping->tasks[0].comm)
		return arena_printf(&answer->arena, "PID %u",
				    (unsigned int)mapping->tasks[0].pid);
	return arena_printf(&answer->arena, "PID %u (%s)",
			    (unsigned int)mapping->tasks[0].pid,
			    mapping->tasks[0].comm);
}

static enum status add_mapper(struct answer *answer,
			      const struct rmi_mapping *mapping,
			      struct verdict_mapper_vec *mappers)
{
	struct verdict_mapper mapper = {
		.vma_flags = mapping->vma_flags,
		.whole_folio = strcmp(mapping->level, "pte") != 0,
	};

	if (strcmp(mapping->state, "mapped"))
		return ST_OK;
	mapper.who = who(answer, mapping);
	if (!mapper.who || verdict_mapper_vec_push(mappers, mapper))
		return ST_NO_MEMORY;
	return ST_OK;
}

static enum status list_mappers(struct answer *answer,
				struct verdict_mapper_vec *mappers)
{
	const struct mapping_vec *list = &answer->mappings;
	enum status st = ST_OK;

	for (size_t i = 0; i < list->n && !st; i++)
		st = add_mapper(answer, &list->items[i], mappers);
	return st ? diag_no_memory(&answer->session->kernel->diag) : ST_OK;
}

static enum status show(struct answer *answer, const struct verdict *verdict,
			struct rmi_verdict *ret_view)
{
	size_t bytes = verdict->n_reasons * sizeof(verdict->reasons[0]);
	const char **reasons = NULL;

	if (bytes) {
		reasons = arena_alloc(&answer->arena, bytes);
		if (!reasons)
			return diag_no_memory(&answer->session->kernel->diag);
		memcpy(reasons, verdict->reasons, bytes);
	}
	*ret_view = (struct rmi_verdict) {
		.answer = verdict_answer_name(verdict->answer),
		.n_reasons = verdict->n_reasons,
		.reasons = reasons,
	};
	return ST_OK;
}

static enum status judge(struct answer *answer,
			 const struct verdict_subject *subject)
{
	struct verdicts verdicts;
	enum status st = verdict_of(answer->session->kernel, subject,
				    &answer->arena, &verdicts);

	if (!st)
		st = show(answer, &verdicts.reclaim, &answer->page.reclaim);
	if (!st)
		st = show(answer, &verdicts.migrate, &answer->page.migrate);
	return st;
}

enum status answer_judge(struct answer *answer, enum page_kind kind,
			 const struct page *page)
{
	struct verdict_mapper_vec mappers = { NULL, 0, 0 };
	struct verdict_subject subject = {
		.kind = kind,
		.page = page,
		.has_gaps = !answer->page.complete,
	};
	enum status st = list_mappers(answer, &mappers);

	if (page)
		subject.ledger = ledger_of(answer->session->kernel, kind,
					   page);
	subject.mappers = mappers.items;
	subject.n_mappers = mappers.n;
	if (!st)
		st = judge(answer, &subject);
	verdict_mapper_vec_fini(&mappers);
	return st;
}
