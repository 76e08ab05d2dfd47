/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what the answer about KSM comes to. Does not know how it looks.
 */
#include "ksm.h"
#include "log.h"
#include "progress.h"

struct question {
	struct rmi_session *session;
	const struct ksm_format *format;
	bool alone;		/* one node was asked for */
	size_t n_nodes;
	bool complete;
};

static void got_node(const struct rmi_ksm_node *node, void *arg)
{
	struct question *question = arg;

	progress_clear();
	question->format->node(node, question->n_nodes++, question->alone);
}

static void print_end(struct question *question, struct ksm_answer answer)
{
	answer.alone = question->alone;
	answer.gaps = rmi_session_gaps(question->session, &answer.n_gaps);
	answer.complete = answer.summary && answer.summary->complete &&
			  !answer.n_gaps;
	question->complete = answer.complete;
	question->format->end(&answer);
}

static void got_summary(const struct rmi_ksm_summary *summary, void *arg)
{
	progress_clear();
	print_end(arg, (struct ksm_answer) { .summary = summary });
}

enum exit_code ask_ksm(struct rmi_session *session,
		       const struct options *opts)
{
	struct question question = {
		.session = session,
		.format = opts->format->ksm,
		.alone = opts->object,
	};
	const struct rmi_ksm_request request = {
		.size = sizeof(request),
		.node = opts->object,
		.arg = &question,
		.node_fn = got_node,
		.summary_fn = got_summary,
	};

	question.format->begin(rmi_session_source(session));
	if (rmi_session_ksm(session, &request) == RMI_OK)
		return question.complete ? EXIT_COMPLETE : EXIT_GAPS;
	progress_clear();
	log_error("--ksm: %s", rmi_session_error(session));
	print_end(&question, (struct ksm_answer) {
		  .failure = rmi_session_error(session) });
	return EXIT_FAILED;
}
