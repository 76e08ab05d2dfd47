/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's thread works as well, and is the one that tells of progress. */
#include "census/crew.h"

#include <pthread.h>
#include <unistd.h>

size_t crew_size(size_t wanted)
{
	long n = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n < (long)MAX_CREW ? (size_t)n : MAX_CREW;
}

enum status crew_new(struct kernel *kernel, size_t n, struct crew **ret_crew)
{
	cleanup(crew_free_cleanup) struct crew *crew =
		calloc(1, sizeof(*crew));

	if (!crew)
		return diag_no_memory(&kernel->diag);
	crew->kernels[crew->n++] = kernel;
	while (crew->n < n) {
		enum status st = kernel_clone(kernel, &crew->kernels[crew->n]);

		if (st)
			return st;
		crew->n++;
	}
	*ret_crew = take(crew);
	return ST_OK;
}

void crew_free(struct crew *crew)
{
	if (!crew)
		return;
	while (crew->n > 1)
		kernel_free(crew->kernels[--crew->n]);
	free(crew);
}

/* What all workers share. */
struct work {
	const char *name;
	size_t n;
	part_fn *fn;
	void *arg;
	struct press *press;	/* NULL: nothing is printed */
	size_t next;		/* part that nobody has taken */
	bool stop;
	bool cancelled;		/* because the caller wished it */
};

struct worker {
	struct work *work;
	struct kernel *kernel;
	enum status st;
	size_t failed;		/* part */
	pthread_t thread;
};

static void fail(struct worker *worker, size_t i, enum status st)
{
	worker->st = st;
	worker->failed = i;
	__atomic_store_n(&worker->work->stop, true, __ATOMIC_RELAXED);
	if (worker->work->press)
		press_stop(worker->work->press);
}

/*
 * How far it is, and whether to go on. Asked before a part is taken, as whoever
 * has taken one does it: then those that are done are the first ones, and
 * their sheets are whole.
 */
static bool may_go_on(const struct kernel *kernel, struct work *work)
{
	size_t next = __atomic_load_n(&work->next, __ATOMIC_RELAXED);

	if (next >= work->n || __atomic_load_n(&work->stop, __ATOMIC_RELAXED))
		return false;
	log_progress(kernel->log, work->name, next, work->n);
	if (!log_is_cancelled(kernel->log))
		return true;
	work->cancelled = true;		/* only the caller's thread is told */
	__atomic_store_n(&work->stop, true, __ATOMIC_RELAXED);
	return false;
}

static void *work_on(void *arg)
{
	struct worker *worker = arg;
	struct work *work = worker->work;

	while (may_go_on(worker->kernel, work)) {
		size_t i = __atomic_fetch_add(&work->next, 1, __ATOMIC_RELAXED);
		enum status st;

		if (i >= work->n)
			break;
		st = work->fn(worker->kernel, i, work->arg);
		if (st)
			fail(worker, i, st);
	}
	return NULL;
}

/* That a part was stopped follows from what befell another, if that failed. */
static bool comes_first(const struct worker *worker,
			const struct worker *other)
{
	bool stopped = worker->st == ST_STOPPED;

	if (stopped != (other->st == ST_STOPPED))
		return !stopped;
	return worker->failed < other->failed;
}

/* The failure of the lowest part; its words go to the caller's kernel. */
static enum status result_of(const struct worker *workers, size_t n)
{
	const struct worker *first = NULL;

	for (size_t i = 0; i < n; i++)
		if (workers[i].st &&
		    (!first || comes_first(&workers[i], first)))
			first = &workers[i];
	if (!first)
		return ST_OK;
	if (first != workers)
		workers[0].kernel->diag = first->kernel->diag;
	return first->st;
}

/* Those who were at work have finished what they had; is anything left? */
static enum status end_of(struct kernel *kernel, const struct work *work)
{
	if (!work->cancelled || work->next >= work->n)
		return ST_OK;
	return diag_fail(&kernel->diag, ST_STOPPED, "stopped at %zu of %zu %s",
			 work->next, work->n, work->name);
}

enum status crew_work(struct crew *crew, const char *name, size_t n,
		      part_fn *fn, void *arg)
{
	return crew_print(crew, name, n, fn, arg, NULL);
}

enum status crew_print(struct crew *crew, const char *name, size_t n,
		       part_fn *fn, void *arg, struct press *press)
{
	struct work work = {
		.name = name, .n = n, .fn = fn, .arg = arg, .press = press,
	};
	struct worker workers[MAX_CREW];
	size_t n_started = 1;
	enum status st;

	for (size_t i = 0; i < crew->n; i++)
		workers[i] = (struct worker) {
			.work = &work,
			.kernel = crew->kernels[i],
		};
	/* With fewer threads than wanted it takes longer, that is all. */
	while (n_started < crew->n && n_started < n &&
	       !pthread_create(&workers[n_started].thread, NULL, work_on,
			       &workers[n_started]))
		n_started++;
	(void)work_on(&workers[0]);
	for (size_t i = 1; i < n_started; i++)
		pthread_join(workers[i].thread, NULL);
	st = result_of(workers, n_started);
	return st ? st : end_of(crew->kernels[0], &work);
}
