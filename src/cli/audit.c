/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what an audit comes to. Does not know how it looks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "audit.h"
#include "interrupt.h"
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

static void tell_stop(void)
{
	char *why = interrupt_words();

	log_error("--audit: partial, %s", why);
	free(why);
}

static void got_audit(const struct rmi_audit *audit, void *arg)
{
	struct question *question = arg;

	progress_clear();
	question->code = code_of(audit);
	question->opts->format->audit(rmi_session_source(question->session),
				      audit);
	if (audit->partial)
		tell_stop();
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

	interrupt_hold((unsigned int)opts->timeout);
	if (rmi_session_audit(session, &request) != RMI_OK) {
		progress_clear();
		log_error("--audit: %s", rmi_session_error(session));
	}
	fflush(stdout);		/* the signal may end all */
	interrupt_release();
	return question.code;
}
