/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what the sums of a dump come to. Does not know how they look.
 */
#include <stdio.h>
#include <stdlib.h>

#include "interrupt.h"
#include "log.h"
#include "progress.h"
#include "summary.h"

struct question {
	struct rmi_session *session;
	const struct options *opts;
	bool complete;
};

/* status: RMI_OK, so that something is known, or why nothing is. */
static void tell_stop(const struct rmi_session *session, rmi_status status)
{
	char *why = interrupt_words();

	if (status == RMI_OK)
		log_error("--summary: partial, %s", why);
	else
		log_error("--summary: %s: %s", why, rmi_session_error(session));
	free(why);
}

static void got_summary(const struct rmi_summary *summary, void *arg)
{
	struct question *question = arg;

	progress_clear();
	question->complete = summary->complete;
	question->opts->format->summary(rmi_session_source(question->session),
					summary);
	if (summary->partial)
		tell_stop(question->session, RMI_OK);
}

static void tell_failure(const struct rmi_session *session, rmi_status status)
{
	progress_clear();
	if (status == RMI_ERR_CANCELLED)
		tell_stop(session, status);
	else
		log_error("--summary: %s", rmi_session_error(session));
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
	rmi_status status;

	interrupt_hold((unsigned int)opts->timeout);
	status = rmi_session_summary(session, &request);
	if (status != RMI_OK)
		tell_failure(session, status);
	fflush(stdout);		/* the signal may end all */
	interrupt_release();
	if (status != RMI_OK)
		return EXIT_FAILED;
	return question.complete ? EXIT_COMPLETE : EXIT_GAPS;
}
