/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The family of an anon_vma as the public structs, in an order that people can
 * follow: processes by pid, anon_vmas from parent to child.
 */
#include "api/session.h"
#include "rmap/family.h"

/* One family in the making; all arrays have the length of their list. */
struct view {
	struct rmi_session *session;
	struct family family;
	struct gaps gaps;
	struct gap_view_vec gap_views;
	struct rmi_family_vma *vmas;	/* in the public order */
	size_t *vma_place;		/* number in the family → public number */
	struct branch *branches;	/* by number in the family */
	size_t *order;			/* public number → number in the family */
	struct rmi_anon_vma *anon_vmas;
	struct rmi_avc *avcs;
};

/* A member among its siblings, in order of their first VMA. */
struct branch {
	size_t first_vma;		/* public number */
	size_t first_child, next_sibling;
	size_t place;			/* public number */
};

static void view_fini(struct view *view)
{
	family_fini(&view->family);
	gaps_fini(&view->gaps);
	gap_view_vec_fini(&view->gap_views);
	free(view->vmas);
	free(view->vma_place);
	free(view->branches);
	free(view->order);
	free(view->anon_vmas);
	free(view->avcs);
}

static void *array_of(size_t n, size_t size)
{
	return calloc(n ? n : 1, size);
}

static bool view_alloc(struct view *view)
{
	size_t n_vmas = view->family.vmas.n, n = view->family.members.n;

	view->vmas = array_of(n_vmas, sizeof(*view->vmas));
	view->vma_place = array_of(n_vmas, sizeof(*view->vma_place));
	view->branches = array_of(n, sizeof(*view->branches));
	view->order = array_of(n, sizeof(*view->order));
	view->anon_vmas = array_of(n, sizeof(*view->anon_vmas));
	view->avcs = array_of(view->family.avcs.n, sizeof(*view->avcs));
	return view->vmas && view->vma_place && view->branches &&
	       view->order && view->anon_vmas && view->avcs;
}

/* ---- VMAs ---- */

static struct rmi_family_vma view_vma(const struct rmi_session *session,
				      const struct vma *vma)
{
	const struct user_mm *mm = tasks_of_mm(session->tasks, vma->mm);
	struct rmi_family_vma out = {
		.vma = vma->address.v,
		.mm = vma->mm.v,
		.start = vma->start,
		.end = vma->end,
		.flags = vma->flags,
		.perm = vma_perm(vma),
	};

	if (mm) {
		out.n_tasks = mm->n_processes;
		out.tasks = session->task_views +
			    (mm->processes - session->tasks->processes);
	}
	return out;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static uint64_t first_pid(const struct rmi_family_vma *vma)
{
	return vma->n_tasks ? vma->tasks[0].pid : UINT64_MAX;
}

/* own carries the VMA's number in the family while they are sorted. */
static int compare_vmas(const void *a, const void *b)
{
	const struct rmi_family_vma *x = a, *y = b;
	int order = compare(first_pid(x), first_pid(y));

	if (!order)
		order = compare(x->start, y->start);
	return order ? order : compare(x->vma, y->vma);
}

static void sort_vmas(struct view *view)
{
	const struct family_vma_vec *list = &view->family.vmas;

	for (size_t i = 0; i < list->n; i++) {
		view->vmas[i] = view_vma(view->session, &list->items[i].vma);
		view->vmas[i].own = i;
	}
	qsort(view->vmas, list->n, sizeof(*view->vmas), compare_vmas);
	for (size_t i = 0; i < list->n; i++)
		view->vma_place[view->vmas[i].own] = i;
}

/* ---- anon_vmas ---- */

static void find_first_vmas(struct view *view)
{
	const struct family *family = &view->family;

	for (size_t i = 0; i < family->members.n; i++)
		view->branches[i] = (struct branch) {
			SIZE_MAX, FAMILY_NONE, FAMILY_NONE, 0
		};
	for (size_t i = 0; i < family->avcs.n; i++) {
		const struct family_avc *avc = &family->avcs.items[i];
		struct branch *branch = &view->branches[avc->member];
		size_t place = view->vma_place[avc->vma];

		if (place < branch->first_vma)
			branch->first_vma = place;
	}
}

static int compare_branches(const void *a, const void *b, void *arg)
{
	const struct branch *branches = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = compare(branches[x].first_vma, branches[y].first_vma);

	return order ? order : compare(x, y);
}

/* The first of those without parents; the root is among them. */
static size_t link_siblings(struct view *view)
{
	const struct family_member_vec *list = &view->family.members;
	size_t top = FAMILY_NONE;

	for (size_t i = 0; i < list->n; i++)
		view->order[i] = i;
	qsort_r(view->order, list->n, sizeof(*view->order), compare_branches,
		view->branches);
	for (size_t i = list->n; i--;) {
		size_t number = view->order[i];
		size_t parent = list->items[number].parent;
		size_t *first = parent == FAMILY_NONE ? &top :
				&view->branches[parent].first_child;

		view->branches[number].next_sibling = *first;
		*first = number;
	}
	return top;
}

/* The member behind this one, when it and all below it have been placed. */
static size_t next_branch(const struct view *view, size_t number,
			  unsigned int *depth)
{
	while (number != FAMILY_NONE &&
	       view->branches[number].next_sibling == FAMILY_NONE) {
		number = view->family.members.items[number].parent;
		--*depth;
	}
	return number == FAMILY_NONE ? FAMILY_NONE :
	       view->branches[number].next_sibling;
}

static void place_anon_vma(struct view *view, size_t number, size_t place,
			   unsigned int depth)
{
	const struct family_member *member =
		&view->family.members.items[number];

	view->branches[number].place = place;
	view->anon_vmas[place] = (struct rmi_anon_vma) {
		.anon_vma = member->address.v,
		.parent = member->parent == FAMILY_NONE ? RMI_NONE :
			  view->branches[member->parent].place,
		.depth = depth,
		.seen = member->seen,
		.refcount = member->seen ? member->refcount : -1,
		.degree = member->seen ? member->degree : -1,
		.n_children = member->seen ? member->n_children : -1,
		.n_active_vmas = member->seen ? member->n_active_vmas : -1,
	};
}

static void place_anon_vmas(struct view *view)
{
	size_t number = link_siblings(view), place = 0;
	unsigned int depth = 0;

	while (number != FAMILY_NONE) {
		size_t child = view->branches[number].first_child;

		place_anon_vma(view, number, place++, depth);
		if (child != FAMILY_NONE) {
			number = child;
			depth++;
		} else {
			number = next_branch(view, number, &depth);
		}
	}
}

static size_t public_number(const struct view *view, size_t number)
{
	return number == FAMILY_NONE ? RMI_NONE :
				       view->branches[number].place;
}

static void join_vmas(struct view *view)
{
	const struct family_vma_vec *list = &view->family.vmas;

	for (size_t i = 0; i < list->n; i++) {
		struct rmi_family_vma *vma = &view->vmas[view->vma_place[i]];

		vma->own = public_number(view, list->items[i].own);
		vma->reused = public_number(view, list->items[i].reused);
		if (vma->reused != RMI_NONE)
			view->anon_vmas[vma->reused].reusable = true;
	}
}

/* ---- AVCs ---- */

static int compare_avcs(const void *a, const void *b)
{
	const struct rmi_avc *x = a, *y = b;

	return compare(x->vma, y->vma);
}

/* Each anon_vma gets its run of the array; then they are filled. */
static void place_avcs(struct view *view)
{
	const struct family *family = &view->family;
	struct rmi_avc *next = view->avcs;

	for (size_t i = 0; i < family->members.n; i++) {
		view->anon_vmas[view->branches[i].place].avcs = next;
		next += family->members.items[i].n_avcs;
	}
	for (size_t i = 0; i < family->avcs.n; i++) {
		const struct family_avc *avc = &family->avcs.items[i];
		struct rmi_anon_vma *owner = &view->anon_vmas[
			view->branches[avc->member].place];

		view->avcs[owner->avcs - view->avcs + owner->n_avcs++] =
			(struct rmi_avc) { avc->address.v,
					   view->vma_place[avc->vma] };
	}
	for (size_t i = 0; i < family->members.n; i++) {
		const struct rmi_anon_vma *owner = &view->anon_vmas[i];

		qsort(view->avcs + (owner->avcs - view->avcs), owner->n_avcs,
		      sizeof(*owner->avcs), compare_avcs);
	}
}

/* ---- the whole ---- */

static enum status hand_out(struct view *view, rmi_family_fn *fn, void *arg)
{
	struct rmi_family family = {
		.asked = view->branches[view->family.asked].place,
		.root = view->branches[0].place,
		.n_anon_vmas = view->family.members.n,
		.anon_vmas = view->anon_vmas,
		.n_vmas = view->family.vmas.n,
		.vmas = view->vmas,
		.complete = !gaps_count(&view->gaps) &&
			    !gaps_count(&view->session->tasks->gaps),
	};

	if (append_gap_views(&view->gap_views, &view->gaps))
		return diag_no_memory(&view->session->kernel->diag);
	family.gaps = view->gap_views.items;
	family.n_gaps = view->gap_views.n;
	fn(&family, arg);
	return ST_OK;
}

static enum status read_and_show(struct view *view, kaddr_t anon_vma,
				 rmi_family_fn *fn, void *arg)
{
	struct kernel *kernel = view->session->kernel;
	enum status st = session_need_tasks(view->session);

	if (!st)
		st = family_read(kernel, anon_vma, &view->family, &view->gaps);
	if (st)
		return st;
	if (!view_alloc(view))
		return diag_no_memory(&kernel->diag);
	sort_vmas(view);
	find_first_vmas(view);
	place_anon_vmas(view);
	join_vmas(view);
	place_avcs(view);
	return hand_out(view, fn, arg);
}

rmi_status rmi_session_family(struct rmi_session *session, uint64_t anon_vma,
			      rmi_family_fn *fn, void *arg)
{
	struct view view = { .session = session };
	enum status st;

	if (!session_has_dump(session) || !fn)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or nobody "
				    "wants to know");
	st = read_and_show(&view, KADDR(anon_vma), fn, arg);
	view_fini(&view);
	if (st)
		return session_fail(session, st, session->kernel->diag.text);
	return RMI_OK;
}
