/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who stops a summary or an audit gets a part of the whole, and nothing else:
 * the caller wants an end when he is asked for the first time, later, and so
 * on until all is done before. Each number has to be that of the whole, or
 * unknown, and each finding one of the whole's.
 *
 *	check_partial VMCORE [VMLINUX]
 *
 * Ends with "N passed, N failed"; whether the whole is right is the business
 * of sums.py and audit.py.
 */
#include <rmap-inspect/rmap-inspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t n_passed, n_failed;

static void check(bool good, const char *what, size_t patience)
{
	if (good) {
		n_passed++;
		return;
	}
	n_failed++;
	printf("stopped at question %zu: %s\n", patience, what);
}

/* ---- the caller ---- */

/* Questions until he wants an end. */
static size_t patience_left;

static bool is_tired(void *arg)
{
	(void)arg;
	return !patience_left || !--patience_left;
}

/* What is asked about most comes first: not every question is worth a run. */
static size_t more_patience(size_t patience)
{
	return patience + 1 + patience / 4;
}

/* ---- summaries ---- */

/* What does not live longer than the call. */
struct copy {
	bool partial, complete;
	struct rmi_sum all;
	size_t n_kinds, n_processes, n_memcgs, n_files, n_families;
	struct rmi_kind_sum *kinds;
	struct rmi_process_sum *processes;
	struct rmi_sum memcgs[10], files[10], families[10];
	size_t n_lists;		/* of mappings, that are not empty */
};

#define COPY(to, from, name)						\
	do {								\
		(to)->n_##name = (from)->n_##name;			\
		(to)->name = calloc((from)->n_##name + 1,		\
				    sizeof(*(to)->name));		\
		for (size_t i_ = 0; i_ < (from)->n_##name; i_++)	\
			(to)->name[i_] = (from)->name[i_];		\
	} while (0)

#define COPY_SUMS(to, from, name)					\
	do {								\
		(to)->n_##name = (from)->n_##name;			\
		for (size_t i_ = 0; i_ < (from)->n_##name && i_ < 10; i_++) \
			(to)->name[i_] = (from)->name[i_].sum;		\
	} while (0)

static void copy_summary(const struct rmi_summary *summary, void *arg)
{
	struct copy *copy = arg;

	copy->partial = summary->partial;
	copy->complete = summary->complete;
	copy->all = summary->all;
	COPY(copy, summary, kinds);
	COPY(copy, summary, processes);
	COPY_SUMS(copy, summary, memcgs);
	COPY_SUMS(copy, summary, files);
	COPY_SUMS(copy, summary, families);
	copy->n_lists = !!summary->n_sharings + !!summary->n_pages;
}

static void copy_fini(struct copy *copy)
{
	free(copy->kinds);
	free(copy->processes);
	*copy = (struct copy) { 0 };
}

/* The number of the whole, or none. */
static bool is_or_unknown(uint64_t part, uint64_t whole, bool partial)
{
	return part == (partial ? RMI_UNKNOWN : whole);
}

static bool is_sum(const struct rmi_sum *part, const struct rmi_sum *whole,
		   bool partial)
{
	return part->frames == whole->frames && part->dirty == whole->dirty &&
	       is_or_unknown(part->mapped, whole->mapped, partial) &&
	       is_or_unknown(part->mappings, whole->mappings, partial);
}

static bool are_sums(const struct rmi_sum *part, size_t n_part,
		     const struct rmi_sum *whole, size_t n_whole, bool partial)
{
	for (size_t i = 0; i < n_part && i < 10; i++)
		if (!is_sum(&part[i], &whole[i], partial))
			return false;
	return n_part == n_whole;
}

static bool are_kinds(const struct copy *part, const struct copy *whole)
{
	for (size_t i = 0; i < part->n_kinds; i++)
		if (strcmp(part->kinds[i].kind, whole->kinds[i].kind) != 0 ||
		    !is_sum(&part->kinds[i].sum, &whole->kinds[i].sum,
			    part->partial))
			return false;
	return part->n_kinds == whole->n_kinds;
}

static bool is_process(const struct rmi_process_sum *part,
		       const struct rmi_process_sum *whole, bool partial)
{
	return part->resident == whole->resident &&
	       part->anon == whole->anon && part->file == whole->file &&
	       part->shmem == whole->shmem &&
	       part->hugetlb == whole->hugetlb && part->raw == whole->raw &&
	       part->swapped == whole->swapped &&
	       part->poisoned == whole->poisoned &&
	       part->not_present == whole->not_present &&
	       part->n_vmas == whole->n_vmas &&
	       part->covered == whole->covered &&
	       is_or_unknown(part->unique, whole->unique, partial) &&
	       is_or_unknown(part->proportional, whole->proportional,
			     partial) &&
	       is_or_unknown(part->swapped_shmem, whole->swapped_shmem,
			     partial) &&
	       (partial ? !part->has_swap_proportional :
			  part->swap_proportional == whole->swap_proportional);
}

static const struct rmi_process_sum *find(const struct copy *copy, uint64_t mm)
{
	for (size_t i = 0; i < copy->n_processes; i++)
		if (copy->processes[i].mm == mm)
			return &copy->processes[i];
	return NULL;
}

static bool are_processes(const struct copy *part, const struct copy *whole)
{
	for (size_t i = 0; i < part->n_processes; i++) {
		const struct rmi_process_sum *process =
			find(whole, part->processes[i].mm);

		if (!process || !is_process(&part->processes[i], process,
					    part->partial))
			return false;
	}
	return part->partial || part->n_processes == whole->n_processes;
}

static void compare(const struct copy *part, const struct copy *whole,
		    size_t patience)
{
	bool partial = part->partial;

	check(is_sum(&part->all, &whole->all, partial), "all", patience);
	check(are_kinds(part, whole), "kinds", patience);
	check(are_processes(part, whole), "processes", patience);
	check(are_sums(part->memcgs, part->n_memcgs, whole->memcgs,
		       whole->n_memcgs, partial), "memcgs", patience);
	check(are_sums(part->files, part->n_files, whole->files,
		       whole->n_files, partial), "files", patience);
	check(are_sums(part->families, part->n_families, whole->families,
		       whole->n_families, partial), "families", patience);
	check(part->n_lists == (partial ? 0 : whole->n_lists), "lists",
	      patience);
	check(part->complete == (partial ? false : whole->complete),
	      "complete", patience);
}

static rmi_status summarize(struct rmi_session *session, size_t patience,
			    struct copy *copy)
{
	const struct rmi_summary_request request = {
		.size = sizeof(request), .jobs = 1, .arg = copy,
		.fn = copy_summary,
	};

	patience_left = patience;
	return rmi_session_summary(session, &request);
}

static void try_summaries(struct rmi_session *session)
{
	struct copy whole = { 0 }, part = { 0 };
	size_t n_partial = 0;
	bool done = false;

	check(summarize(session, SIZE_MAX, &whole) == RMI_OK, "a summary", 0);
	for (size_t patience = 1; !done; patience = more_patience(patience)) {
		rmi_status status = summarize(session, patience, &part);

		if (status == RMI_OK) {
			compare(&part, &whole, patience);
			n_partial += part.partial && part.n_processes;
			done = !part.partial;
		} else {
			done = status != RMI_ERR_CANCELLED;
			check(!done, rmi_session_error(session), patience);
		}
		copy_fini(&part);
	}
	check(n_partial > 2, "hardly any summary was partial", n_partial);
	copy_fini(&whole);
}

/* ---- audits ---- */

#define MAX_RULES	64u

struct audit {
	bool partial, complete;
	size_t n_rules, n_gaps;
	struct rmi_audit_rule rules[MAX_RULES];
};

static void copy_audit(const struct rmi_audit *from, void *arg)
{
	struct audit *to = arg;

	to->partial = from->partial;
	to->complete = from->complete;
	to->n_gaps = from->n_gaps;
	to->n_rules = from->n_rules < MAX_RULES ? from->n_rules : MAX_RULES;
	memcpy(to->rules, from->rules, to->n_rules * sizeof(to->rules[0]));
}

static bool is_rule(const struct rmi_audit_rule *part,
		    const struct rmi_audit_rule *whole)
{
	return part->checked ? part->n_findings == whole->n_findings :
			       part->n_findings <= whole->n_findings;
}

static rmi_status audit(struct rmi_session *session, size_t patience,
			struct audit *audit)
{
	const struct rmi_audit_request request = {
		.size = sizeof(request), .jobs = 1, .arg = audit,
		.fn = copy_audit,
	};

	patience_left = patience;
	return rmi_session_audit(session, &request);
}

static void try_audits(struct rmi_session *session)
{
	struct audit whole = { 0 }, part = { .partial = true };
	size_t n_some = 0;	/* audits with some rules checked */

	check(audit(session, SIZE_MAX, &whole) == RMI_OK && !whole.partial,
	      "an audit", 0);
	for (size_t patience = 1; part.partial;
	     patience = more_patience(patience)) {
		size_t n_checked = 0;

		part.partial = false;
		check(audit(session, patience, &part) == RMI_OK, "an audit",
		      patience);
		for (size_t i = 0; i < part.n_rules; i++) {
			check(is_rule(&part.rules[i], &whole.rules[i]),
			      part.rules[i].rule, patience);
			n_checked += part.rules[i].checked;
		}
		check(part.partial == (n_checked < part.n_rules),
		      "whether it is partial", patience);
		check(!part.partial || (!part.complete && part.n_gaps),
		      "partial, and complete", patience);
		n_some += part.partial && n_checked;
	}
	check(n_some > 0, "no audit had checked some of the rules", n_some);
}

int main(int argc, char **argv)
{
	struct rmi_session *session = rmi_session_new();
	const struct rmi_open_options opts = {
		.size = sizeof(opts),
		.core = argc > 1 ? argv[1] : NULL,
		.vmlinux = argc > 2 ? argv[2] : NULL,
		.cancelled = is_tired,
	};

	patience_left = SIZE_MAX;
	if (!session || rmi_session_open(session, &opts) != RMI_OK) {
		fprintf(stderr, "check_partial: %s\n",
			session ? rmi_session_error(session) : "no memory");
		return 1;
	}
	try_summaries(session);
	try_audits(session);
	rmi_session_free(session);
	printf("%zu passed, %zu failed\n", n_passed, n_failed);
	return n_failed || !n_passed;
}
