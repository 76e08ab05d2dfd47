/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what an audit comes to. Does not know how it looks.
 */
#include "audit.h"
#include "log.h"
#include "progress.h"

struct question {
	struct rmi_session *session;
	const struct options *opts;
	enum exit_code code;
};

static enum exit_code code_of(const struct rmi_audit *audit)
{
	if (audit->n_all_findings)
		return EXIT_FAILED;
	return audit->complete ? EXIT_COMPLETE : EXIT_GAPS;
}

static void got_audit(const struct rmi_audit *audit, void *arg)
{
	struct question *question = arg;

	progress_clear();
	question->code = code_of(audit);
	question->opts->format->audit(rmi_session_source(question->session),
				      audit);
}

enum exit_code ask_audit(struct rmi_session *session,
			 const struct options *opts)
{
	struct question question = { session, opts, EXIT_FAILED };
	const struct rmi_audit_request request = {
		.size = sizeof(request),
		.jobs = opts->jobs,
		.arg = &question,
		.fn = got_audit,
	};

	if (rmi_session_audit(session, &request) == RMI_OK)
		return question.code;
	progress_clear();
	log_error("--audit: %s", rmi_session_error(session));
	return EXIT_FAILED;
}
