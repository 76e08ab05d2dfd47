/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public walk: the internal one, with its callbacks translated.
 */
#include <string.h>

#include "api/answer.h"

struct public_walk {
	const struct rmi_walk_control *control;
	struct answer answer;
	int64_t n_counted;	/* hits that the kernel counts */
	bool skipped;		/* the caller left a VMA out */
};

static enum status pass_hit(const struct rmap_hit *hit, void *arg)
{
	struct public_walk *walk = arg;
	struct rmi_mapping mapping;
	enum status st = answer_view_hit(&walk->answer, hit, &mapping);

	if (!st)
		st = answer_note_slot(&walk->answer, hit, &mapping);
	if (st)
		return st;
	walk->n_counted += map_state_is_counted(hit->state);
	return walk->control->rmap_one(&mapping, walk->control->arg) ?
	       ST_OK : ST_STOPPED;
}

static bool pass_done(void *arg)
{
	const struct public_walk *walk = arg;

	return walk->control->done && walk->control->done(walk->control->arg);
}

static bool pass_invalid_vma(const struct vma *vma, void *arg)
{
	struct public_walk *walk = arg;
	struct rmi_vma view = {
		.vma = vma->address.v,
		.mm = vma->mm.v,
		.start = vma->start,
		.end = vma->end,
		.flags = vma->flags,
	};

	if (!walk->control->invalid_vma ||
	    !walk->control->invalid_vma(&view, walk->control->arg))
		return false;
	walk->skipped = true;
	return true;
}

/* As for a query: fewer than the kernel counts is not everything. */
static void check_count(struct public_walk *walk, const struct page *page,
			enum page_kind kind)
{
	const struct kernel *kernel = walk->answer.session->kernel;

	if (walk->skipped || (page_has_count(page, kind) &&
	    page_mapcount(kernel, page) ==
	    walk->n_counted - walk->answer.n_shared))
		return;
	gaps_addf(&walk->answer.gaps, "mappings",
		  "not as many as the kernel counts, or no count", "PFN %#llx",
		  (unsigned long long)page->pfn.v);
}

static enum status walk_pfn(struct public_walk *walk, pfn_t pfn)
{
	struct kernel *kernel = walk->answer.session->kernel;
	struct rmap_walk_control control = {
		.arg = walk,
		.rmap_one = pass_hit,
		.done = pass_done,
		.invalid_vma = pass_invalid_vma,
		.exhaustive = true,
	};
	struct page page;
	enum page_kind kind;
	enum status st = session_need_tasks(walk->answer.session);

	if (st)
		return st;
	st = page_read(kernel, pfn, &page);
	if (st)
		return diag_under(&kernel->diag, st, "PFN %#llx",
				  (unsigned long long)pfn.v);
	kind = page_kind(kernel, &page);
	if (page_rmap_type(kind, &page) == RMAP_NOT_KEPT)
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "PFN %#llx: the kernel keeps no reverse map "
				 "for such a page", (unsigned long long)pfn.v);
	st = rmap_walk(kernel, &page, kind, &control, &walk->answer.gaps, NULL);
	if (!st && page_keeps_rmap(kind, &page))
		check_count(walk, &page, kind);
	return st;
}

rmi_status rmi_session_walk(struct rmi_session *session, uint64_t pfn,
			    const struct rmi_walk_control *caller_control,
			    bool *ret_complete)
{
	struct rmi_walk_control control;
	struct public_walk walk = { .control = &control };
	bool whole;
	enum status st;

	if (!session_has_dump(session) ||
	    !copy_sized(&control, sizeof(control), caller_control) ||
	    !control.rmap_one)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or a control "
				    "that this library does not know");
	answer_init(&walk.answer, session);
	st = walk_pfn(&walk, PFN(pfn));
	whole = !st && !gaps_count(&walk.answer.gaps) &&
		!gaps_count(&session->tasks->gaps);
	answer_fini(&walk.answer);
	if (st && st != ST_STOPPED)
		return session_fail(session, st, session->kernel->diag.text);
	if (ret_complete)
		*ret_complete = whole;
	return RMI_OK;
}
