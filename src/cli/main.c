/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rmap-inspect: what a page of a crashed kernel is and who maps it.
 *
 * Knows the order of things and what the whole comes to (exit codes). Does
 * not know how the command line is read, nor how an answer is printed.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmap-inspect/rmap-inspect.h>

#include "about.h"
#include "all.h"
#include "alloc.h"
#include "audit.h"
#include "cache_dir.h"
#include "color.h"
#include "dmesg.h"
#include "export.h"
#include "family.h"
#include "inputs.h"
#include "inspection.h"
#include "interrupt.h"
#include "ksm.h"
#include "log.h"
#include "memory_limit.h"
#include "options.h"
#include "output.h"
#include "pfn_stream.h"
#include "progress.h"
#include "report.h"
#include "summary.h"
#include "team.h"

/* ---- the answer ---- */

static enum exit_code code_of_answer(const struct inspection *inspection)
{
	if (inspection->answer.failure || inspection->differs)
		return EXIT_FAILED;
	return inspection->answer.complete ? EXIT_COMPLETE : EXIT_GAPS;
}

/* What has been asked is answered before the next line is waited for. */
static bool answer_all(void *arg)
{
	return team_finish(arg) == RMI_OK && fflush(stdout) == 0;
}

static rmi_status query_stream(struct team *team,
			       struct inspection *inspection,
			       struct pfn_stream *stream)
{
	struct pfn_list pfns = { 0 };
	rmi_status status = RMI_OK, finished;

	stream->may_wait = answer_all;
	stream->arg = team;
	inspection->pfns = &pfns;
	inspection->finds = NULL;
	while (status == RMI_OK && !ferror(stdout) &&
	       pfn_stream_next(stream, &pfns))
		status = team_query(team, inspection);
	finished = team_finish(team);
	pfn_list_fini(&pfns);
	return status == RMI_OK ? finished : status;
}

/* The query's explanation when it broke off, or NULL. */
static char *query(struct rmi_session *session, const struct options *opts,
		   struct inspection *inspection, struct team *team,
		   struct pfn_stream *stream)
{
	rmi_status status = RMI_OK;

	if (inspection->pfns->n)
		status = inspection_query(session, inspection);
	if (status == RMI_OK && opts->pfns_from_stdin)
		status = query_stream(team, inspection, stream);
	if (status == RMI_OK && opts->swaps.n)
		status = inspection_query_swap(session, inspection,
					       &opts->swaps);
	return status == RMI_OK ? NULL : need(strdup(team_error(team)));
}

/* Fill in the pages to ask about. NULL, or why some of them are not known. */
static const char *find_pages(struct rmi_session *session,
			      struct options *opts, struct finds *finds,
			      struct mentions *mentions)
{
	const char *why = NULL;

	if (place_list_find(&opts->places, session, &opts->pfns, finds))
		why = "there is no page at some of the places asked for";
	if (opts->from_dmesg && !dmesg_find(session, opts->dmesg_file,
					    mentions, &opts->pfns))
		why = "the log that names pages could not be read";
	if (opts->redact)
		mentions_withhold_lines(mentions);
	return why;
}

/* With --context the pages named are not all that are asked about. */
static void add_context(struct inspection *inspection, struct options *opts,
			struct pfn_list *wide)
{
	if (!opts->with_context)
		return;
	pfn_list_sort(&opts->pfns);
	*wide = pfn_list_with_context(&opts->pfns, opts->context);
	inspection->answer.asked = &opts->pfns;
	inspection->pfns = wide;
	inspection->finds = NULL;
}

/* What is only known when all pages have been answered. */
static void conclude(struct team *team, struct answer *answer,
		     const char *failure, struct mentions *mentions)
{
	answer->failure = failure;
	answer->gaps = team_gaps(team, &answer->n_gaps);
	answer->gaps = mentions_join_gaps(mentions, answer->gaps,
					  &answer->n_gaps);
	answer->complete &= !failure && !answer->n_gaps;
}

/*
 * Of a kernel that runs, two threads would tell of two times. Whoever bounds
 * memory wants one session, unless they say.
 */
static size_t team_size_of(const struct options *opts)
{
	return opts->live || (opts->max_memory && !opts->jobs) ? 1 :
								 opts->jobs;
}

static enum exit_code ask(struct rmi_session *session, struct options *opts)
{
	struct mentions mentions = { .n = 0 };
	struct finds finds;
	const char *missing = find_pages(session, opts, &finds, &mentions);
	struct inspection inspection = {
		.format = opts->format,
		.answer = {
			.out = stdout,
			.session = session,
			.source = rmi_session_source(session),
			.method = opts->method,
			.columns = &opts->columns,
			.explain = opts->explain,
			.finds = &finds,
			.mentions = opts->from_dmesg ? &mentions : NULL,
			.complete = finds_are_complete(&finds),
		},
		.folio = opts->folio,
		.pfns = &opts->pfns,
		.finds = &finds,
	};
	struct answer *answer = &inspection.answer;
	struct pfn_list wide = { 0 };
	struct team *team = team_new(session, team_size_of(opts));
	struct pfn_stream stream = { 0 };
	char *failure;

	add_context(&inspection, opts, &wide);
	opts->format->begin(answer);
	failure = query(session, opts, &inspection, team, &stream);
	progress_clear();
	if (failure)
		log_error("%s", failure);
	if (stream.code != EXIT_COMPLETE)
		missing = "the list of pages could not be read to its end";
	conclude(team, answer, failure ? failure : missing, &mentions);
	opts->format->end(answer);
	free(failure);
	team_free(team);
	pfn_list_fini(&wide);
	finds_fini(&finds);
	mentions_fini(&mentions);
	pfn_stream_fini(&stream);
	return stream.code != EXIT_COMPLETE ? stream.code :
	       code_of_answer(&inspection);
}

/* ---- the session ---- */

/* What the dump and its kernel say of themselves, before they are believed. */
static void warn_about(const struct rmi_source *source)
{
	if (source->incomplete)
		log_warning("%s: the dump is marked incomplete; pages may be "
			    "missing", source->core);
	if (!source->matched)
		log_warning("%s: of another kernel than the dump, used by "
			    "--force; answers may be wrong", source->vmlinux);
}

static bool all_declined(const struct rmi_source *source)
{
	for (size_t i = 0; i < source->n_sources; i++)
		if (source->sources[i].served)
			return false;
	return source->n_sources > 0;
}

/* Beside a vmlinux. */
static bool is_other_file_given(const struct options *opts)
{
	return opts->btf || opts->system_map;
}

/* Only the tool knows which option would have helped. */
static const char *next_step(rmi_status status,
			     const struct rmi_source *source,
			     const struct options *opts,
			     const struct inputs *inputs)
{
	if (status == RMI_ERR_NO_MEMORY)
		return "";
	if (status == RMI_ERR_MISMATCH)
		return inputs->vmlinux && !is_other_file_given(opts) &&
		       !opts->force ?
		       "; give the vmlinux of the dump, or --force" :
		       "; give that of the dump's own kernel";
	if (all_declined(source) && !inputs->vmlinux &&
	    !is_other_file_given(opts))
		return "; give its vmlinux with --vmlinux FILE, or its "
		       "System.map with --system-map FILE";
	return "";
}

/*
 * Whoever has set up servers wants them used, as with gdb; but hardly to learn
 * what a dump is.
 */
static bool may_download(const struct options *opts)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	return opts->debuginfod ||
	       (urls && urls[0] && !opts->no_debuginfod &&
		opts->action != ACTION_INFO);
}

static const char *tmpdir_of(const struct options *opts)
{
	const char *usual = getenv("TMPDIR");

	return opts->tmpdir || !usual || !usual[0] ? opts->tmpdir : usual;
}

static rmi_status open_session(struct rmi_session *session,
			       const struct options *opts,
			       const struct inputs *inputs)
{
	char *cache_dir = cache_dir_choose(opts);
	bool debuginfod = may_download(opts);
	const struct rmi_open_options open_opts = {
		.size = sizeof(open_opts),
		.core = inputs->core,
		.parts = inputs->parts,
		.vmlinux = inputs->vmlinux,
		.btf = opts->btf,
		.system_map = opts->system_map,
		.debug_dirs = opts->debug_dirs,
		.debuginfod = debuginfod,
		.cancelled = interrupt_is_held,
		.cache_dir = cache_dir,
		.tmpdir = tmpdir_of(opts),
		.force = opts->force,
		.live = opts->live,
		.redact = opts->redact,
		.log_steps = opts->verbose,
		.log = log_library,
		.progress = progress_report,
	};
	rmi_status status;

	/* A download that is broken off leaves no half file behind. */
	if (debuginfod)
		interrupt_hold(0);
	status = rmi_session_open(session, &open_opts);
	free(cache_dir);
	progress_clear();
	if (debuginfod)
		interrupt_release();
	return status;
}

static enum exit_code code_of_open(rmi_status status)
{
	return status == RMI_ERR_MISMATCH ? EXIT_MISMATCH : EXIT_FAILED;
}

/* Where the list of sources stands beside it, it is not said twice. */
static char *problem_words(struct rmi_session *session,
			   const struct options *opts,
			   const struct inputs *inputs, rmi_status status)
{
	const struct rmi_source *source = rmi_session_source(session);

	if (status == RMI_OK)
		return NULL;
	return format_new("%s%s",
			  all_declined(source) && source->n_sources > 1 ?
			  "none of these sources serves" :
			  rmi_session_error(session),
			  next_step(status, source, opts, inputs));
}

static enum exit_code tell_info(struct rmi_session *session,
				const struct options *opts,
				const struct inputs *inputs, rmi_status status)
{
	char *problem = problem_words(session, opts, inputs, status);
	enum exit_code code = about_info(session, opts, problem);

	free(problem);
	return status == RMI_ERR_MISMATCH ? EXIT_MISMATCH : code;
}

/* With what could be opened, if anything. */
static enum exit_code ask_for(struct rmi_session *session,
			      struct options *opts,
			      const struct inputs *inputs, rmi_status status)
{
	const struct rmi_source *source = rmi_session_source(session);

	if (status == RMI_OK)
		warn_about(source);
	if (opts->action == ACTION_INFO && source->core)
		return tell_info(session, opts, inputs, status);
	if (status != RMI_OK) {
		log_error("%s%s", rmi_session_error(session),
			  next_step(status, source, opts, inputs));
		return code_of_open(status);
	}
	switch (opts->action) {
	case ACTION_DUMP_LAYOUT:
		return about_layout(session, opts);
	case ACTION_FAMILY:
		return ask_family(session, opts);
	case ACTION_KSM:
		return ask_ksm(session, opts);
	case ACTION_SUMMARY:
		return ask_summary(session, opts);
	case ACTION_ALL:
		return ask_all(session, opts);
	case ACTION_AUDIT:
		return ask_audit(session, opts);
	case ACTION_EXPORT:
		return ask_export(session, opts);
	case ACTION_REPORT:
		return ask_report(session, opts);
	default:
		return ask(session, opts);
	}
}

static enum exit_code inspect(struct options *opts)
{
	struct rmi_session *session;
	struct inputs inputs;
	enum exit_code code = inputs_choose(opts, &inputs);

	if (code == EXIT_COMPLETE) {
		session = need(rmi_session_new());
		code = ask_for(session, opts, &inputs,
			       open_session(session, opts, &inputs));
		rmi_session_free(session);
	}
	inputs_fini(&inputs);
	return code;
}

/* ---- the process ---- */

static enum exit_code act(struct options *opts)
{
	switch (opts->action) {
	case ACTION_HELP:
		options_print_help();
		return EXIT_COMPLETE;
	case ACTION_VERSION:
		printf("rmap-inspect %s (librmap-inspect %s)\n",
		       PACKAGE_VERSION, rmi_version());
		return EXIT_COMPLETE;
	case ACTION_LIST_COLUMNS:
		columns_print_help();
		return EXIT_COMPLETE;
	case ACTION_INSPECT:
	case ACTION_INFO:
	case ACTION_FAMILY:
	case ACTION_KSM:
	case ACTION_SUMMARY:
	case ACTION_ALL:
	case ACTION_AUDIT:
	case ACTION_EXPORT:
	case ACTION_REPORT:
	case ACTION_DUMP_LAYOUT:
		break;
	}
	log_setup(!opts->quiet, opts->verbose);
	color_init(opts->color);
	if (opts->max_memory)
		memory_limit_set(opts->max_memory);
	return inspect(opts);
}

static enum exit_code run(int argc, char **argv)
{
	struct options opts;
	enum exit_code code;

	options_init(&opts);
	code = options_parse(&opts, argc, argv);
	if (code == EXIT_COMPLETE)
		code = act(&opts);
	options_fini(&opts);
	return code;
}

/*
 * A full disk shows only now. ferror() remembers a failure whose errno is
 * lost by now, but a second attempt fails the same way, with something left
 * to write.
 * EBADF from fclose() alone: stdout was closed, and nothing was to be said.
 */
static bool close_stdout(void)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (failed)
		putchar('\n');
	failed |= fflush(stdout) != 0;
	if (!failed && (fclose(stdout) == 0 || errno == EBADF))
		return true;
	log_error("standard output: %s",
		  errno ? strerror(errno) : "could not be written");
	return false;
}

int main(int argc, char **argv)
{
	enum exit_code code;

	setlocale(LC_ALL, "");
	progress_start();
	code = run(argc, argv);
	return close_stdout() ? (int)code : EXIT_FAILED;
}
