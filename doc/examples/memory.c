/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory VMCORE: sums up all of memory by process. Ctrl-C ends it with what was
 * read by then.
 * Exit status: 0 everything was seen, 1 failure, 2 usage, 3 there are gaps, or
 * it was interrupted.
 */
#include <inttypes.h>
#include <rmap-inspect/rmap-inspect.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static bool is_interrupted(void *arg)
{
	(void)arg;
	return interrupted;
}

static void show_progress(const char *what, uint64_t done, uint64_t total,
			  void *arg)
{
	(void)arg;
	if (total && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%s %3" PRIu64 " %%", what,
			100 * done / total);
}

/* In a partial summary some numbers are not known. */
static void print_kib(uint64_t bytes)
{
	if (bytes == RMI_UNKNOWN)
		printf("  %10s", "?");
	else
		printf("  %10" PRIu64, bytes / 1024);
}

static uint64_t in_bytes(uint64_t pages, uint64_t page_size)
{
	return pages == RMI_UNKNOWN ? RMI_UNKNOWN : pages * page_size;
}

static void print_process(const struct rmi_process_sum *process,
			  uint64_t page_size)
{
	print_kib(in_bytes(process->resident, page_size));
	print_kib(process->proportional);
	print_kib(in_bytes(process->unique, page_size));
	for (size_t i = 0; i < process->n_tasks; i++)
		printf("  %" PRIu32 " %s", process->tasks[i].pid,
		       process->tasks[i].comm);
	putchar('\n');
}

/* Comes once; the summary lives during the call. */
static void print_summary(const struct rmi_summary *summary, void *arg)
{
	bool *all_seen = arg;

	printf("  %10s  %10s  %10s  %s\n", "RSS KiB", "PSS KiB", "USS KiB",
	       "PROCESS");
	for (size_t i = 0; i < summary->n_processes; i++)
		print_process(&summary->processes[i], summary->page_size);
	if (summary->partial)
		puts("interrupted: not all page tables were read");
	for (size_t i = 0; i < summary->n_gaps; i++)
		printf("gap: %s: %s: %s\n", summary->gaps[i].what,
		       summary->gaps[i].where, summary->gaps[i].why);
	*all_seen = summary->complete && !summary->partial;
}

static rmi_status sum_up(struct rmi_session *session, const char *core,
			 bool *ret_all_seen)
{
	const struct rmi_open_options options = {
		.size = sizeof(options), .core = core,
		.progress = show_progress, .cancelled = is_interrupted
	};
	const struct rmi_summary_request request = {
		.size = sizeof(request), .arg = ret_all_seen,
		.fn = print_summary
	};
	rmi_status status = rmi_session_open(session, &options);

	return status ? status : rmi_session_summary(session, &request);
}

int main(int argc, char **argv)
{
	struct rmi_session *session = rmi_session_new();
	rmi_status status;
	bool all_seen = false;

	if (argc != 2)
		return fputs("usage: memory VMCORE\n", stderr), 2;
	signal(SIGINT, interrupt);
	if (!session)
		return perror("memory"), 1;
	status = sum_up(session, argv[1], &all_seen);
	if (status)
		fprintf(stderr, "memory: %s\n", rmi_session_error(session));
	rmi_session_free(session);
	return status || fflush(stdout) ? 1 : all_seen ? 0 : 3;
}
