/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Damages a real dump in many ways, and asks.
 *
 *	mutate [--seed N] [--count N] [--seconds N] [--jobs N] [--only N]
 *	       [--verbose] VMCORE TRUTH
 *
 * The damage is aimed: what the answer about some page is read from was
 * recorded, and there bytes change, or pages go. No question may crash, leak
 * or last; where the dump has only lost something, nothing may be said that
 * the whole dump does not say, and what calls itself complete has to be all.
 * Each number of a mutation, with the seed, does the same again (--only).
 *
 * Meant for a build with sanitizers. Ends with "N passed, N failed".
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "damage.h"
#include "leaks.h"
#include "need.h"
#include "questions.h"
#include "targets.h"

/* Of the processor, for one question; and of the clock on the wall. */
#define MAX_SECONDS		5.0
#define MAX_WAITING_SECONDS	120.0

#define MAX_JOBS	16u
#define MAX_KINDS	16u

/* ---- what the processes share ---- */

struct counts {
	uint64_t n, refused, complete, with_gaps, failed, silent;
};

struct worker {
	pid_t pid;
	volatile uint64_t current;	/* the mutation at hand */
	volatile double begun_cpu;	/* a question; 0: none is asked */
	volatile double begun_wall;
	volatile double allowed;
	char doing[256];
	bool done;
	struct counts counts[MAX_KINDS];
	uint64_t n_failed;
	size_t n_questions;
};

struct plan {
	uint64_t seed, first, count;
	double seconds;			/* 0: until count */
	size_t jobs;
	bool verbose;			/* tell of what is no failure, too */
	const char *core, *truth;
};

static struct worker *workers;		/* shared */

static double seconds_of(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- a worker ---- */

struct bench {
	struct worker *worker;
	const struct plan *plan;
	struct original original;
	struct specimen specimens[N_FORMS];
	struct specimen whole;		/* is never damaged */
	struct targets targets;
	char cache_dir[64];
};

static rmi_status open_specimen(struct bench *bench, enum specimen_form form,
				bool fresh, struct rmi_session **ret_session)
{
	const struct rmi_open_options options = {
		.size = sizeof(options),
		.core = bench->specimens[form].path,
		.cache_dir = fresh ? NULL : bench->cache_dir,
	};

	*ret_session = rmi_session_new();
	need(*ret_session, "out of memory");
	return rmi_session_open(*ret_session, &options);
}

static void complain(struct bench *bench, const struct damage *damage,
		     const char *asked, const char *what)
{
	printf("mutation %" PRIu64 " (%s, form %d, %s): %s: %s\n",
	       bench->worker->current, damage->name, damage->form,
	       damage->where, asked, what);
	fflush(stdout);
}

static void begin(struct worker *worker, double allowed)
{
	worker->allowed = allowed;
	worker->begun_wall = seconds_of(CLOCK_MONOTONIC);
	worker->begun_cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

static void end(struct worker *worker)
{
	worker->begun_cpu = 0;
}

static size_t kind_number(const struct damage *damage)
{
	for (size_t i = 0; i < damage_kinds(); i++)
		if (!strcmp(damage_name(i), damage->name))
			return i;
	abort();
}

/* False: the answer is a wrong one. */
static bool judge(struct bench *bench, const struct damage *damage,
		  const struct question *question, const struct reply *intact,
		  const struct reply *reply, struct counts *counts)
{
	const char *what = *reply->fault ? reply->fault : NULL;
	size_t lacks = reply_lacks(intact, reply);

	if (!what && damage->honest)
		what = reply_contradicts(intact, reply);
	if (what)
		complain(bench, damage, question->subject->name, what);
	if ((what || lacks) && bench->plan->count == 1)
		reply_print_difference(intact, reply);
	counts->complete += reply->complete;
	counts->with_gaps += !reply->complete;
	counts->silent += !what && lacks;
	if (!what && lacks && bench->plan->verbose)
		complain(bench, damage, question->subject->name,
			 "complete, and without a mapping");
	return !what;
}

static bool ask_one(struct bench *bench, struct rmi_session *session,
		    const struct damage *damage,
		    const struct question *question,
		    const struct known *known, struct counts *counts)
{
	struct worker *worker = bench->worker;
	struct reply reply;
	bool good;

	snprintf(worker->doing, sizeof(worker->doing), "%s, form %d, %s: %s",
		 damage->name, damage->form, damage->where,
		 question->subject->name);
	begin(worker, MAX_SECONDS + 4 * known->seconds);
	reply_to(session, question, &reply);
	end(worker);
	worker->n_questions++;
	good = judge(bench, damage, question, &known->reply, &reply, counts);
	reply_fini(&reply);
	return good;
}

/* Questions about all of the dump are asked now and then. */
#define WHOLE_PERIOD	96u
#define GENERAL_PERIOD	12u

static bool ask_all_of(struct bench *bench, struct rmi_session *session,
		       const struct damage *damage, struct target *target,
		       struct chance *chance, struct counts *counts)
{
	struct targets *targets = &bench->targets;
	bool good = true;
	size_t i;

	for (i = 0; i < target->n; i++)
		good &= ask_one(bench, session, damage, &target->questions[i],
				&target->known[i], counts);
	if (!chance_below(chance, GENERAL_PERIOD)) {
		i = chance_below(chance, N_GENERAL);
		good &= ask_one(bench, session, damage, &targets->general[i],
				targets_general(targets, i), counts);
	}
	if (!chance_below(chance, WHOLE_PERIOD)) {
		i = N_GENERAL + chance_below(chance, N_WHOLE);
		good &= ask_one(bench, session, damage, &targets->general[i],
				targets_general(targets, i), counts);
	}
	return good;
}

/* Every so many, layouts and symbols are read from the damaged dump, too. */
#define FRESH_PERIOD	40u

static void mutate(struct bench *bench, uint64_t number)
{
	struct chance chance = { bench->plan->seed * 0x9e3779b97f4a7c15ULL ^
				 number * 0xd1342543de82ef95ULL };
	bool fresh = !chance_below(&chance, FRESH_PERIOD);
	struct target *target = targets_choose(&bench->targets, &chance);
	const struct reads *reads = fresh ? &bench->targets.fresh_reads :
					    &target->reads;
	struct worker *worker = bench->worker;
	struct rmi_session *session;
	struct counts *counts;
	struct damage damage;
	bool good = true;

	worker->current = number;
	damage_do(bench->specimens, reads, targets_name_frame,
		  &bench->targets, &chance, &damage);
	counts = &worker->counts[kind_number(&damage)];
	snprintf(worker->doing, sizeof(worker->doing), "%s, form %d, %s: open",
		 damage.name, damage.form, damage.where);
	begin(worker, MAX_SECONDS);
	if (open_specimen(bench, damage.form, fresh, &session) == RMI_OK) {
		end(worker);
		good = ask_all_of(bench, session, &damage, target, &chance,
				  counts);
	} else {
		counts->refused++;
		good = *rmi_session_error(session);
		if (!good)
			complain(bench, &damage, "open", "does not say why");
	}
	begin(worker, MAX_SECONDS);
	rmi_session_free(session);
	end(worker);
	specimen_mend(&bench->specimens[damage.form]);
	counts->n++;
	counts->failed += !good;
	worker->n_failed += !good;
}

#define LEAK_PERIOD	500u

static void check_leaks(struct worker *worker)
{
	if (!has_leaks())
		return;
	printf("a leak, in the %u mutations up to %" PRIu64 "\n", LEAK_PERIOD,
	       worker->current);
	fflush(stdout);
	worker->n_failed++;
}

static void set_up(struct bench *bench)
{
	struct rmi_session *session;
	rmi_status status;

	original_read(&bench->original, bench->plan->core);
	for (size_t form = 0; form < N_FORMS; form++)
		specimen_init(&bench->specimens[form], &bench->original, form);
	snprintf(bench->cache_dir, sizeof(bench->cache_dir),
		 "/tmp/mutate-XXXXXX");
	need(mkdtemp(bench->cache_dir), "mkdtemp");
	status = open_specimen(bench, FORM_ELF, false, &session);
	need(status == RMI_OK, rmi_session_error(session));
	rmi_session_free(session);
	specimen_init(&bench->whole, &bench->original, FORM_ELF);
	targets_init(&bench->targets, bench->whole.path, bench->cache_dir,
		     bench->plan->truth);
}

static void remove_cache(struct bench *bench)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", bench->cache_dir);
	need(!system(command), command);
}

/* Numbers first, first + jobs, …, until it is time to end. */
static void work(const struct plan *plan, size_t self, uint64_t first,
		 double deadline)
{
	static struct bench bench;
	size_t n = 0;

	bench.worker = &workers[self];
	bench.plan = plan;
	set_up(&bench);
	for (uint64_t i = first; i < plan->first + plan->count;
	     i += plan->jobs) {
		if (deadline && seconds_of(CLOCK_MONOTONIC) > deadline)
			break;
		mutate(&bench, i);
		if (++n % LEAK_PERIOD == 0)
			check_leaks(bench.worker);
	}
	check_leaks(bench.worker);
	remove_cache(&bench);
	bench.worker->done = true;
	fflush(stdout);
	_exit(0);
}

/* ---- whoever watches the workers ---- */

static void start(const struct plan *plan, size_t i, uint64_t first,
		  double deadline)
{
	pid_t pid;

	fflush(stdout);
	workers[i].begun_cpu = 0;
	workers[i].current = first;
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work(plan, i, first, deadline);
	}
	workers[i].pid = pid;
}

static double cpu_seconds(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) ? 0 : seconds_of(clock);
}

static bool lasts_too_long(const struct worker *worker)
{
	double begun = worker->begun_cpu;

	return begun && (cpu_seconds(worker->pid) - begun > worker->allowed ||
			 seconds_of(CLOCK_MONOTONIC) - worker->begun_wall >
			 MAX_WAITING_SECONDS);
}

static void fail(struct worker *worker, const char *what, int number)
{
	printf("mutation %" PRIu64 " (%s): %s %d\n", worker->current,
	       worker->doing, what, number);
	worker->n_failed++;
}

/* Returns whether it has ended. */
static bool look_after(const struct plan *plan, size_t i, double deadline)
{
	struct worker *worker = &workers[i];
	int status;

	if (lasts_too_long(worker)) {
		kill(worker->pid, SIGKILL);
		waitpid(worker->pid, &status, 0);
		fail(worker, "not done within seconds:", (int)worker->allowed);
	} else if (waitpid(worker->pid, &status, WNOHANG) != worker->pid) {
		return false;
	} else if (worker->done) {
		return true;
	} else {
		fail(worker, "crashed with status", status);
	}
	if (worker->n_failed > 100)
		return true;
	start(plan, i, worker->current + plan->jobs, deadline);
	return false;
}

static void watch(const struct plan *plan)
{
	double deadline = plan->seconds ?
			  seconds_of(CLOCK_MONOTONIC) + plan->seconds : 0;
	bool ended[MAX_JOBS] = { false };
	size_t n_ended = 0;

	for (size_t i = 0; i < plan->jobs; i++)
		start(plan, i, plan->first + i, deadline);
	while (n_ended < plan->jobs) {
		usleep(100 * 1000);
		for (size_t i = 0; i < plan->jobs; i++)
			if (!ended[i] && look_after(plan, i, deadline)) {
				ended[i] = true;
				n_ended++;
			}
	}
}

static void add_counts(struct counts *to, const struct counts *from)
{
	to->n += from->n;
	to->refused += from->refused;
	to->complete += from->complete;
	to->with_gaps += from->with_gaps;
	to->failed += from->failed;
	to->silent += from->silent;
}

static bool report(const struct plan *plan, double seconds)
{
	uint64_t n = 0, n_failed = 0, n_questions = 0;

	printf("%-18s %8s %8s %9s %9s %7s\n", "damage", "dumps", "refused",
	       "complete", "with gaps", "silent");
	for (size_t kind = 0; kind < damage_kinds(); kind++) {
		struct counts sum = { 0 };

		for (size_t i = 0; i < plan->jobs; i++)
			add_counts(&sum, &workers[i].counts[kind]);
		printf("%-18s %8" PRIu64 " %8" PRIu64 " %9" PRIu64 " %9"
		       PRIu64 " %7" PRIu64 "\n", damage_name(kind), sum.n,
		       sum.refused, sum.complete, sum.with_gaps, sum.silent);
		n += sum.n;
	}
	for (size_t i = 0; i < plan->jobs; i++) {
		n_failed += workers[i].n_failed;
		n_questions += workers[i].n_questions;
	}
	printf("seed %" PRIu64 ": %" PRIu64 " dumps, %" PRIu64
	       " questions, %.1f dumps a second\n", plan->seed, n,
	       n_questions, (double)n / seconds);
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n",
	       n > n_failed ? n - n_failed : 0, n_failed);
	return n && !n_failed;
}

/* ---- the command line ---- */

static uint64_t seed_of_today(void)
{
	time_t now = time(NULL);
	struct tm day;

	gmtime_r(&now, &day);
	return (uint64_t)(day.tm_year + 1900) * 10000 +
	       (uint64_t)(day.tm_mon + 1) * 100 + (uint64_t)day.tm_mday;
}

static struct plan parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 't' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct plan plan = {
		.seed = seed_of_today(), .count = 20000,
		.jobs = sysconf(_SC_NPROCESSORS_ONLN),
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		need(c != '?', "see the top of mutate.c");
		if (c == 's')
			plan.seed = strtoull(optarg, NULL, 0);
		if (c == 'c')
			plan.count = strtoull(optarg, NULL, 0);
		if (c == 't')
			plan.seconds = strtod(optarg, NULL);
		if (c == 'j')
			plan.jobs = strtoull(optarg, NULL, 0);
		plan.verbose |= c == 'v';
		if (c == 'o') {
			plan.first = strtoull(optarg, NULL, 0);
			plan.count = 1;
			plan.jobs = 1;
		}
	}
	need(argc - optind == 2, "a dump and its truth are wanted");
	need(plan.jobs > 0, "--jobs 0");
	if (plan.jobs > MAX_JOBS)
		plan.jobs = MAX_JOBS;
	plan.core = argv[optind];
	plan.truth = argv[optind + 1];
	return plan;
}

int main(int argc, char **argv)
{
	struct plan plan = parse(argc, argv);
	double before = seconds_of(CLOCK_MONOTONIC);

	need(damage_kinds() <= MAX_KINDS, "more kinds of damage than fit");
	workers = mmap(NULL, MAX_JOBS * sizeof(*workers),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	need(workers != MAP_FAILED, "mmap");
	watch(&plan);
	return report(&plan, seconds_of(CLOCK_MONOTONIC) - before) ? 0 : 1;
}
