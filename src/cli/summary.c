/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what the sums of a dump come to. Does not know how they look.
 */
#include <stdio.h>

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

static void hold_interrupts(const struct options *opts)
{
	interrupt_hold();
	if (opts->timeout)
		interrupt_after((unsigned int)opts->timeout);
}

static void tell_failure(const struct rmi_session *session,
			 const struct options *opts)
{
	progress_clear();
	if (interrupt_was_time())
		log_error("--summary: not done within %llu s: %s",
			  (unsigned long long)opts->timeout,
			  rmi_session_error(session));
	else
		log_error("--summary: %s", rmi_session_error(session));
}

/*
 * Whoever stops it gets no sums: while some page tables are not read, all
 * shares are too large, and each frame may have more who map it.
 */
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

	hold_interrupts(opts);
	status = rmi_session_summary(session, &request);
	if (status != RMI_OK)
		tell_failure(session, opts);
	fflush(stdout);		/* the signal may end all */
	interrupt_release();
	if (status != RMI_OK)
		return EXIT_FAILED;
	return question.complete ? EXIT_COMPLETE : EXIT_GAPS;
}
