/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what the answer about a family comes to. Does not know how it looks.
 */
#include "family.h"
#include "log.h"
#include "progress.h"

struct question {
	struct rmi_session *session;
	const struct format *format;
	bool complete;
};

static void got_family(const struct rmi_family *family, void *arg)
{
	struct question *question = arg;
	struct family_answer answer = {
		.source = rmi_session_source(question->session),
		.family = family,
	};

	progress_clear();
	answer.gaps = rmi_session_gaps(question->session, &answer.n_gaps);
	answer.complete = family->complete && !answer.n_gaps;
	question->complete = answer.complete;
	question->format->family(&answer);
}

enum exit_code ask_family(struct rmi_session *session,
			  const struct options *opts)
{
	struct question question = { session, opts->format, false };

	if (rmi_session_family(session, opts->object, got_family,
			       &question) != RMI_OK) {
		progress_clear();
		log_error("--anon-vma: %s", rmi_session_error(session));
		return EXIT_FAILED;
	}
	return question.complete ? EXIT_COMPLETE : EXIT_GAPS;
}
