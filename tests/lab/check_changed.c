/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine that runs while it is asked, and changes at the worst moment: of a
 * dump that is taken for live memory, one bit differs when the query reads it
 * again. What of the answer rests on it has to be owned up to.
 *
 *	check_changed VMCORE [VMLINUX]
 *
 * Ends with "N passed, N failed".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/session.h"
#include "mm/pgtable.h"

#define LAST_FRAME	0x3ffff	/* of the lab's guests: 1 GiB */

/* ---- memory that changes ---- */

struct restless {
	struct image image;	/* a copy of the one below */
	struct image *below;
	bool running;
	paddr_t target;		/* whose lowest bit turns */
	unsigned int n_reads;	/* of its page, since it is running */
	unsigned int n_before;	/* of them find the bit as it was */
};

static enum status restless_read_page(struct image *image, pfn_t pfn,
				      void *buf, struct diag *diag)
{
	struct restless *restless = (struct restless *)image;
	struct image *below = restless->below;
	const uint64_t size = 1ULL << below->page_shift;
	enum status st = below->ops->read_page(below, pfn, buf, diag);

	if (!st && restless->running &&
	    pfn.v == restless->target.v >> below->page_shift &&
	    restless->n_reads++ >= restless->n_before)
		((uint8_t *)buf)[restless->target.v & (size - 1)] ^= 1;
	return st;
}

static const struct image_ops restless_ops = {
	.read_page = restless_read_page,
};

/* Puts it over the image of an opened session. */
static void restless_start(struct restless *restless, struct kernel *kernel)
{
	restless->below = kernel->image;
	restless->image = *kernel->image;
	restless->image.ops = &restless_ops;
	restless->image.live = true;
	kernel->image = &restless->image;
}

static void restless_stop(struct restless *restless, struct kernel *kernel)
{
	kernel->image = restless->below;
}

/* ---- asking ---- */

/* What is kept of an answer. */
struct answer {
	uint64_t pfn;
	kaddr_t page, vma, mm;
	uaddr_t address;
	size_t n_mappings, n_changed;	/* states */
	bool complete;
	size_t n_gaps;
	char where[64];			/* the first gap of what has changed */
};

static bool keep(const struct rmi_page *page, void *arg)
{
	struct answer *answer = arg;

	*answer = (struct answer) {
		.pfn = page->pfn,
		.page = KADDR(page->page),
		.n_mappings = page->n_mappings,
		.complete = page->complete,
		.n_gaps = page->n_gaps,
	};
	if (page->n_mappings) {
		answer->vma = KADDR(page->mappings[0].vma);
		answer->mm = KADDR(page->mappings[0].mm);
		answer->address = UADDR(page->mappings[0].address);
	}
	for (size_t i = 0; i < page->n_mappings; i++)
		answer->n_changed += !strcmp(page->mappings[i].state,
					     "changed");
	for (size_t i = page->n_gaps; i-- > 0;)
		if (!strcmp(page->gaps[i].what, "changed"))
			snprintf(answer->where, sizeof(answer->where), "%s",
				 page->gaps[i].where);
	return true;
}

/* Ends with the first frame that processes share. */
static bool keep_shared(const struct rmi_page *page, void *arg)
{
	return strcmp(page->kind, "anon") != 0 || !page->complete ||
	       page->n_mappings < 3 || page->mappings[0].n_tasks != 1 ||
	       !keep(page, arg);
}

static bool ask(struct rmi_session *session, uint64_t first, uint64_t last,
		rmi_page_fn *fn, struct answer *answer)
{
	const struct rmi_pfn_range range = { first, last };
	const struct rmi_query request = {
		.size = sizeof(request),
		.method = RMI_METHOD_RMAP,
		.n_ranges = 1,
		.ranges = &range,
	};

	return rmi_session_query(session, &request, fn, answer) == RMI_OK &&
	       answer->n_mappings;
}

/* ---- what changes ---- */

static kaddr_t member_of(const struct rmi_session *session, kaddr_t object,
			 enum member_id member)
{
	const struct layout *layout = &session->kernel->facts.layout;

	return KADDR(object.v + layout->members[member].offset);
}

static enum status at_refcount(struct rmi_session *session,
			       const struct answer *answer, paddr_t *ret)
{
	return kernel_translate(session->kernel,
				member_of(session, answer->page,
					  M_page_refcount), ret);
}

static enum status at_vm_flags(struct rmi_session *session,
			       const struct answer *answer, paddr_t *ret)
{
	return kernel_translate(session->kernel,
				member_of(session, answer->vma,
					  M_vm_area_struct_vm_flags), ret);
}

static enum status at_comm(struct rmi_session *session,
			   const struct answer *answer, paddr_t *ret)
{
	const struct user_mm *mm = tasks_of_mm(session->tasks, answer->mm);

	return kernel_translate(session->kernel,
				member_of(session, mm->processes[0].task,
					  M_task_struct_comm), ret);
}

/* Its lowest bit: there is no page any more. */
static enum status at_entry(struct rmi_session *session,
			    const struct answer *answer, paddr_t *ret)
{
	struct pgtable_entry entry;
	paddr_t pgd;
	enum status st = pgtable_of_mm(session->kernel, answer->mm, &pgd);

	if (!st)
		st = pgtable_lookup(session->kernel, pgd, answer->address,
				    &entry);
	*ret = st ? PADDR(0) : entry.slot;
	return st;
}

static const struct change {
	const char *name;
	enum status (*where)(struct rmi_session *session,
			     const struct answer *answer, paddr_t *ret);
	/* Processes are read once a session, and for a first time before. */
	unsigned int n_before;
	const char *told;	/* begins the gap; NULL: there is none */
	bool of_mapping;	/* which has the state then */
} changes[] = {
	{ "nothing", at_refcount, 1000, NULL, false },
	{ "struct page", at_refcount, 1, "page ", false },
	{ "VMA", at_vm_flags, 1, "VMA ", true },
	{ "comm", at_comm, 0, "processes of mm ", true },
	{ "page-table entry", at_entry, 1, "page-table entry of ", true },
};

static bool is_told(const struct change *change, const struct answer *before,
		    const struct answer *now)
{
	if (now->n_mappings != before->n_mappings)
		return false;
	if (!change->told)
		return now->complete && !now->n_gaps && !now->n_changed;
	return !now->complete && !strncmp(now->where, change->told,
					  strlen(change->told)) &&
	       (now->n_changed > 0) == change->of_mapping;
}

static bool has_passed(struct rmi_session *session, const struct change *change,
		       const struct answer *before)
{
	struct restless restless = { .n_before = change->n_before };
	struct answer now = { 0 };
	bool asked;

	if (change->where(session, before, &restless.target))
		return false;
	restless_start(&restless, session->kernel);
	restless.running = true;
	asked = ask(session, before->pfn, before->pfn, keep, &now);
	restless_stop(&restless, session->kernel);
	if (asked && is_told(change, before, &now))
		return true;
	printf("%s changes: %zu mappings, %zu of them changed, %zu gaps: %s\n",
	       change->name, now.n_mappings, now.n_changed, now.n_gaps,
	       now.where);
	return false;
}

int main(int argc, char **argv)
{
	const struct rmi_open_options options = {
		.size = sizeof(options),
		.core = argv[1],
		.vmlinux = argc > 2 ? argv[2] : NULL,
	};
	struct rmi_session *session = rmi_session_new();
	struct answer before = { 0 };
	const size_t n = sizeof(changes) / sizeof(changes[0]);
	size_t n_passed = 0;

	if (argc < 2 || !session || rmi_session_open(session, &options) ||
	    !ask(session, 0, LAST_FRAME, keep_shared, &before)) {
		fprintf(stderr, "check_changed: %s\n", session && argc > 1 ?
			rmi_session_error(session) : "no dump");
		return 2;
	}
	for (size_t i = 0; i < n; i++)
		n_passed += has_passed(session, &changes[i], &before);
	rmi_session_free(session);
	printf("%zu passed, %zu failed\n", n_passed, n - n_passed);
	return n_passed == n ? 0 : 1;
}
