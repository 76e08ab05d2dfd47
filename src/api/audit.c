/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The audit, in public words. How rules are checked is in src/audit. */
#include "api/session.h"
#include "audit/audit.h"

DEFINE_VEC(finding_view_vec, struct rmi_finding)
DEFINE_VEC(finding_object_vec, struct rmi_finding_object)

struct public_audit {
	struct rmi_session *session;
	struct audit_result result;
	struct rmi_audit view;
	struct rmi_audit_rule rules[N_RULES];
	struct finding_object_vec objects;	/* of all findings */
	struct finding_view_vec findings;
	struct gap_view_vec gaps;
};

static void show_rules(struct public_audit *audit)
{
	for (size_t i = 0; i < N_RULES; i++) {
		audit->rules[i] = (struct rmi_audit_rule) {
			.rule = audit_rule_name(i),
			.promise = audit_rule_promise(i),
			.n_findings = audit->result.findings.counts[i],
			.checked = audit_rule_is_checked(&audit->result, i),
		};
		audit->view.n_all_findings += audit->rules[i].n_findings;
	}
	audit->view.n_rules = N_RULES;
	audit->view.rules = audit->rules;
}

static enum status copy_objects(struct public_audit *audit,
				const struct finding *finding)
{
	for (size_t i = 0; i < finding->n_objects; i++) {
		const struct rmi_finding_object object = {
			finding->objects[i].type,
			finding->objects[i].address,
		};

		if (finding_object_vec_push(&audit->objects, object))
			return ST_NO_MEMORY;
	}
	return ST_OK;
}

static enum status show_finding(struct public_audit *audit,
				const struct finding *finding)
{
	const struct lock_holder *holder = &finding->holder;
	const struct rmi_finding view = {
		.rule = audit_rule_name(finding->rule),
		.promise = audit_rule_promise(finding->rule),
		.severity = holder->lock ? "mid-update" : "corruption",
		.n_objects = finding->n_objects,
		.detail = finding->detail,
		.lock = holder->lock,
		.lock_object = holder->object.v,
		.owner = holder->task.v,
		.owner_pid = holder->pid,
		.owner_comm = holder->comm[0] ? holder->comm : NULL,
	};
	enum status st = copy_objects(audit, finding);

	return st ? st : finding_view_vec_push(&audit->findings, view);
}

/* Once the array of objects does not move any more. */
static void join_objects(struct public_audit *audit)
{
	const struct rmi_finding_object *next = audit->objects.items;

	for (size_t i = 0; i < audit->findings.n; i++) {
		audit->findings.items[i].objects = next;
		next += audit->findings.items[i].n_objects;
	}
}

static enum status show_findings(struct public_audit *audit)
{
	const struct finding_vec *list = &audit->result.findings.list;

	for (size_t i = 0; i < list->n; i++)
		if (show_finding(audit, &list->items[i]))
			return ST_NO_MEMORY;
	join_objects(audit);
	audit->view.n_findings = audit->findings.n;
	audit->view.findings = audit->findings.items;
	return ST_OK;
}

static void show_extent(struct public_audit *audit)
{
	const struct audit_extent *extent = &audit->result.extent;
	struct rmi_audit *view = &audit->view;

	view->n_frames = extent->n_frames;
	view->n_processes = extent->n_spaces;
	view->n_vmas = extent->n_vmas;
	view->n_avcs = extent->n_avcs;
	view->n_anon_vmas = extent->n_anon_vmas;
	view->n_files = extent->n_files;
	view->n_stable_nodes = extent->n_stable_nodes;
	view->n_mappings = extent->n_mappings;
}

static enum status show(struct public_audit *audit)
{
	struct rmi_session *session = audit->session;

	show_extent(audit);
	show_rules(audit);
	audit->view.partial = audit_is_partial(&audit->result);
	if (show_findings(audit) ||
	    append_gap_views(&audit->gaps, &session->tasks->gaps) ||
	    append_gap_views(&audit->gaps, &audit->result.gaps))
		return diag_no_memory(&session->kernel->diag);
	audit->view.n_gaps = audit->gaps.n;
	audit->view.gaps = audit->gaps.items;
	audit->view.complete = !audit->gaps.n;
	return ST_OK;
}

static enum status run(struct public_audit *audit, size_t jobs)
{
	struct rmi_session *session = audit->session;
	cleanup(crew_free_cleanup) struct crew *crew = NULL;
	enum status st = session_need_tasks(session);

	if (!st)
		st = crew_new(session->kernel, crew_size(jobs), &crew);
	if (!st)
		st = audit_run(crew, session->tasks, &audit->result);
	return st ? st : show(audit);
}

static void public_audit_fini(struct public_audit *audit)
{
	gap_view_vec_fini(&audit->gaps);
	finding_view_vec_fini(&audit->findings);
	finding_object_vec_fini(&audit->objects);
	audit_result_fini(&audit->result);
}

rmi_status rmi_session_audit(struct rmi_session *session,
			     const struct rmi_audit_request *caller_request)
{
	struct public_audit audit = { .session = session };
	struct rmi_audit_request request;
	enum status st;

	if (!session_has_dump(session) ||
	    !copy_sized(&request, sizeof(request), caller_request) ||
	    !request.fn)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or a request "
				    "that this library does not know");
	st = run(&audit, request.jobs);
	if (!st)
		request.fn(&audit.view, request.arg);
	public_audit_fini(&audit);
	return st ? session_fail(session, st, session->kernel->diag.text) :
		    RMI_OK;
}
