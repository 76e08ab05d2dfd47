/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what the answer about all pages comes to. Does not know how it looks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "all.h"
#include "gap.h"
#include "interrupt.h"
#include "log.h"
#include "progress.h"

struct printing {
	const struct all_format *format;
	bool has_begun;		/* an error is not to stand under a heading */
};

static void begin(struct printing *printing)
{
	if (!printing->has_begun)
		printing->format->begin();
	printing->has_begun = true;
}

/* By several threads. */
static void got_stretch(const struct rmi_stretch *stretch,
			struct rmi_sheet *sheet, void *arg)
{
	const struct printing *printing = arg;

	printing->format->stretch(stretch, sheet);
}

static bool print(const char *bytes, size_t n, void *arg)
{
	progress_give_way();
	begin(arg);
	return fwrite(bytes, 1, n, stdout) == n;
}

/* A line is a page, so what concerns all of them has no place on stdout. */
static void tell_gaps(const struct rmi_all *all)
{
	for (size_t i = 0; i < all->n_gaps; i++) {
		char *words = gap_words(&all->gaps[i]);

		log_error("gap: %s", words);
		free(words);
	}
	if (all->n_incomplete)
		log_error("%" PRIu64 " of %" PRIu64 " pages have gaps",
			  all->n_incomplete, all->n_pages);
}

static void end_partial(const struct options *opts, const struct rmi_all *all)
{
	char *why = interrupt_words();

	opts->format->all->partial_end(all);
	log_error("--all: partial, %s", why);
	free(why);
}

static enum exit_code code_of(const struct rmi_session *session,
			      const struct options *opts, rmi_status status,
			      const struct rmi_all *all)
{
	/* Of an output that takes no more main() tells. */
	if (status == RMI_ERR_CANCELLED && ferror(stdout))
		return EXIT_FAILED;
	if (status != RMI_OK) {
		log_error("--all: %s", rmi_session_error(session));
		return EXIT_FAILED;
	}
	if (all->partial)
		end_partial(opts, all);
	tell_gaps(all);
	return all->n_gaps || all->n_incomplete ? EXIT_GAPS : EXIT_COMPLETE;
}

enum exit_code ask_all(struct rmi_session *session,
		       const struct options *opts)
{
	struct printing printing = { .format = opts->format->all };
	const struct rmi_all_request request = {
		.size = sizeof(request),
		.jobs = opts->jobs,
		.filter = {
			.kinds = opts->kinds,
			.min_mappings = opts->min_sharers,
			.top = opts->top,
			.has_pid = opts->has_pid,
			.pid = opts->pid,
		},
		.arg = &printing,
		.stretch = got_stretch,
		.print = print,
	};
	struct rmi_all all = { 0 };
	enum exit_code code;
	rmi_status status;

	interrupt_hold((unsigned int)opts->timeout);
	status = rmi_session_all(session, &request, &all);
	progress_clear();
	if (status == RMI_OK)
		begin(&printing);
	code = code_of(session, opts, status, &all);
	fflush(stdout);		/* the signal may end all */
	interrupt_release();
	return code;
}
