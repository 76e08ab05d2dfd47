/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what an export comes to, and what ends it. Does not know what rows are
 * written to, nor what is in them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "interrupt.h"
#include "log.h"
#include "progress.h"

static const struct export_sink *choose_sink(const char *path)
{
	return strcmp(path, "-") == 0 ? &export_jsonl : &export_sqlite;
}

static void tell_interruption(void)
{
	char *why = interrupt_words();

	log_error("--export: %s", why);
	free(why);
}

/* A sink that takes no more has told why. */
static bool write_rows(struct rmi_session *session,
		       const struct options *opts,
		       const struct export_sink *sink, void *arg,
		       struct rmi_export *ret_export)
{
	const struct rmi_export_request request = {
		.size = sizeof(request),
		.jobs = opts->jobs,
		.arg = arg,
		.row = sink->row,
	};
	rmi_status status = rmi_session_export(session, &request, ret_export);
	bool good = status == RMI_OK && sink->finish(arg);

	progress_clear();
	if (good)
		return true;
	if (interrupt_is_held(NULL))
		tell_interruption();
	else if (status != RMI_OK && status != RMI_ERR_CANCELLED)
		log_error("--export: %s", rmi_session_error(session));
	return false;
}

static enum exit_code code_of(const struct rmi_export *export)
{
	if (!export->n_gaps)
		return EXIT_COMPLETE;
	log_error("something was not seen: %" PRIu64 " rows of table gap say "
		  "what", export->n_gaps);
	return EXIT_GAPS;
}

enum exit_code ask_export(struct rmi_session *session,
			  const struct options *opts)
{
	const struct export_sink *sink = choose_sink(opts->export_to);
	struct rmi_export export;
	bool good = false;
	void *arg;

	/* Before there is a file that would be left. */
	interrupt_hold((unsigned int)opts->timeout);
	arg = sink->open(opts->export_to);
	if (arg) {
		good = write_rows(session, opts, sink, arg, &export);
		sink->close(arg);
	}
	interrupt_release();
	return good ? code_of(&export) : EXIT_FAILED;
}
