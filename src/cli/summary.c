/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what the sums of a dump come to. Does not know how they look.
 */
#include "interrupt.h"
#include "log.h"
#include "progress.h"
#include "summary.h"

struct question {
	struct rmi_session *session;
	const struct options *opts;
	bool complete;
};

static void got_summary(const struct rmi_summary *summary, void *arg)
{
	struct question *question = arg;

	progress_clear();
	question->complete = summary->complete;
	question->opts->format->summary(rmi_session_source(question->session),
					summary);
}

enum exit_code ask_summary(struct rmi_session *session,
			   const struct options *opts)
{
	struct question question = { session, opts, false };
	const struct rmi_summary_request request = {
		.size = sizeof(request),
		.jobs = opts->jobs,
		.top = opts->top,
		.arg = &question,
		.fn = got_summary,
	};
	rmi_status status = rmi_session_summary(session, &request);

	if (status == RMI_OK)
		return question.complete ? EXIT_COMPLETE : EXIT_GAPS;
	progress_clear();
	log_error("--summary: %s", rmi_session_error(session));
	return EXIT_FAILED;
}
