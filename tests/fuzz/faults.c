/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lets each read of the dump fail in its turn, and each allocation.
 *
 *	faults [--every] [--jobs N] [--only NAME] VMCORE TRUTH
 *
 * A session is opened and asked, first without a fault, which tells how many
 * reads and allocations that takes; then once for each of them, which fails.
 * Nothing may crash or leak; each call either says why it failed, or answers
 * with nothing that the whole answer has not, and with all of it if it calls
 * itself complete. A page of each kind in TRUTH is asked about with every
 * fault; what reads all page tables or all of the dump with some of them.
 *
 * With --every it is every fault of everything that can be asked. Beginning
 * anew for each would take days: the process that asks splits at each thing
 * that can fail, and for the one half it does.
 *
 * Linked with --wrap for what it counts, so that only what this library asks
 * for fails. Ends with "N passed, N failed".
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/image.h"
#include "leaks.h"
#include "need.h"
#include "questions.h"
#include "same_file.h"
#include "specimen.h"
#include "targets.h"

/* With more faults than that it is a scan of all page tables. */
#define MOST	300u
#define STEPS	12u

/* ---- what fails ---- */

/* A thing that can fail, each time that it is done while it is counted. */
struct fault {
	const char *name;
	uint64_t n;		/* done until now */
	uint64_t fails;		/* this one does; 0: none */
};

enum { READS, ALLOCATIONS, N_FAULTS };

static struct fault faults[N_FAULTS] = {
	[READS] = { .name = "read" },
	[ALLOCATIONS] = { .name = "allocation" },
};
static bool armed;

/* ---- each in a process of its own ---- */

/* For what is left of one question, while others are asked as well. */
#define MAX_SECONDS	120u

struct split {
	bool wanted;
	const struct question *of;	/* NULL: at nothing now */
	struct fault *fault;	/* of this process; NULL: it goes on counting */
	uint64_t nth;		/* that failed */
	size_t most, n;		/* processes at a time */
};

static struct split split = { .most = 1 };
static uint64_t n_passed, n_failed;

static void await_one(void)
{
	int status;

	need(wait(&status) > 0, "wait");
	split.n--;
	n_passed += !status;
	n_failed += !!status;
	if (status && !WIFEXITED(status))
		printf("%s %#llx: ended by signal %d\n",
		       split.of->subject->name,
		       (unsigned long long)split.of->number, WTERMSIG(status));
}

/* Whether this is the process for which it fails. */
static bool split_at(struct fault *fault)
{
	pid_t pid;

	if (split.n == split.most)
		await_one();
	fflush(stdout);
	pid = fork();
	need(pid >= 0, "fork");
	if (pid) {
		split.n++;
		return false;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(MAX_SECONDS);
	split.of = NULL;
	split.fault = fault;
	split.nth = fault->n;
	n_failed = 0;
	return true;
}

static bool fails(struct fault *fault)
{
	if (!armed)
		return false;
	fault->n++;
	return split.of ? split_at(fault) : fault->n == fault->fails;
}

/* ---- reads ---- */

static const struct image_ops *whole_ops;
static struct image_ops faulty_ops;

static enum status faulty_read(struct image *image, pfn_t pfn, void *buf,
			       struct diag *diag)
{
	if (fails(&faults[READS]))
		return diag_fail(diag, ST_IO, "frame %#llx: a read that fails",
				 (unsigned long long)pfn.v);
	return whole_ops->read_page(image, pfn, buf, diag);
}

static enum status faulty_clone(struct image *image, struct image **ret_image,
				struct diag *diag)
{
	enum status st = whole_ops->clone(image, ret_image, diag);

	if (!st)
		(*ret_image)->ops = &faulty_ops;
	return st;
}

static void make_faulty(struct image *image)
{
	whole_ops = image->ops;
	faulty_ops = *whole_ops;
	faulty_ops.read_page = faulty_read;
	faulty_ops.read_ahead = NULL;
	faulty_ops.clone = faulty_clone;
	image->ops = &faulty_ops;
}

/* ---- allocations ---- */

static bool allocation_fails(void)
{
	if (!fails(&faults[ALLOCATIONS]))
		return false;
	errno = ENOMEM;
	return true;
}

/* __wrap_NAME(), which is called for NAME(): it fails, or does the same. */
#define FAULTY(type, name, parameters, arguments)			\
	type __real_##name parameters;					\
	type __wrap_##name parameters;					\
	type __wrap_##name parameters					\
	{								\
		return allocation_fails() ? NULL :			\
					    __real_##name arguments;	\
	}

FAULTY(void *, malloc, (size_t size), (size))
FAULTY(void *, calloc, (size_t n, size_t size), (n, size))
FAULTY(void *, realloc, (void *old, size_t size), (old, size))
FAULTY(void *, reallocarray, (void *old, size_t n, size_t size),
       (old, n, size))
FAULTY(void *, aligned_alloc, (size_t alignment, size_t size),
       (alignment, size))
FAULTY(char *, strdup, (const char *text), (text))
FAULTY(char *, strndup, (const char *text, size_t size), (text, size))

int __real_vasprintf(char **ret_text, const char *fmt, va_list args);
int __wrap_vasprintf(char **ret_text, const char *fmt, va_list args);
int __wrap_asprintf(char **ret_text, const char *fmt, ...);
FILE *__real_open_memstream(char **text, size_t *size);
FILE *__wrap_open_memstream(char **text, size_t *size);

int __wrap_vasprintf(char **ret_text, const char *fmt, va_list args)
{
	return allocation_fails() ? -1 :
				    __real_vasprintf(ret_text, fmt, args);
}

int __wrap_asprintf(char **ret_text, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = __wrap_vasprintf(ret_text, fmt, args);
	va_end(args);
	return len;
}

FILE *__wrap_open_memstream(char **text, size_t *size)
{
	return allocation_fails() ? NULL : __real_open_memstream(text, size);
}

/* ---- asking ---- */

static const char *core, *cache_dir, *only;

/* The words of a failure to open, as a reply without lines. */
static void ask(const struct question *question, struct reply *ret_reply)
{
	const struct rmi_open_options options = {
		.size = sizeof(options), .core = core, .cache_dir = cache_dir,
	};
	struct rmi_session *session;

	*ret_reply = (struct reply) { .status = RMI_ERR_NO_MEMORY };
	armed = true;
	session = rmi_session_new();
	if (session)
		ret_reply->status = rmi_session_open(session, &options);
	armed = false;
	if (ret_reply->status == RMI_OK) {
		reply_to(session, question, ret_reply);
	} else if (session && !*rmi_session_error(session)) {
		snprintf(ret_reply->fault, sizeof(ret_reply->fault),
			 "does not open, and does not say why");
	}
	rmi_session_free(session);
}

static void arm(bool it_is)
{
	armed = it_is;
}

/* With the n-th of what failing; 0: none. */
static void ask_with(size_t what, uint64_t n, const struct question *question,
		     struct reply *ret_reply)
{
	for (size_t i = 0; i < N_FAULTS; i++) {
		faults[i].n = 0;
		faults[i].fails = i == what ? n : 0;
	}
	ask(question, ret_reply);
}

static void judge(const struct fault *fault, uint64_t n,
		  const struct question *question, const struct reply *whole,
		  const struct reply *reply)
{
	const char *wrong = *reply->fault ? reply->fault :
			    reply_contradicts(whole, reply);

	n_passed += !wrong;
	n_failed += !!wrong;
	if (wrong)
		printf("%s %#llx, %s %llu: %s\n", question->subject->name,
		       (unsigned long long)question->number, fault->name,
		       (unsigned long long)n, wrong);
}

/* Each fault; of more than most, as many as STEPS, from first to last. */
static void try_some(const struct question *question,
		     const struct reply *whole, uint64_t most)
{
	uint64_t n[N_FAULTS];

	for (size_t i = 0; i < N_FAULTS; i++)
		n[i] = faults[i].n;
	for (size_t i = 0; i < N_FAULTS; i++) {
		uint64_t stride = n[i] > most ? n[i] / STEPS : 1;

		for (uint64_t nth = 1; nth <= n[i]; nth += stride) {
			struct reply reply;

			ask_with(i, nth, question, &reply);
			judge(&faults[i], nth, question, whole, &reply);
			reply_fini(&reply);
		}
	}
}

/* ---- leaks ---- */

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
__attribute__((visibility("default")))
const char *__asan_default_options(void);

/* What was freed is kept in every process that is split off. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}

static size_t allocated(void)
{
	return __sanitizer_get_current_allocated_bytes ?
	       __sanitizer_get_current_allocated_bytes() : 0;
}

static void check_leaks(void)
{
	bool leaks = has_leaks();

	n_passed += !leaks;
	n_failed += leaks;
}

/* ---- every fault ---- */

/* To look for leaks takes longer than to see that there is none. */
static void end_split(const struct question *question,
		      const struct reply *whole, struct reply *reply,
		      size_t before)
{
	const struct fault *fault = split.fault;
	bool leaks;

	judge(fault, split.nth, question, whole, reply);
	reply_fini(reply);
	leaks = allocated() > before && has_leaks();
	if (leaks)
		printf("%s %#llx, %s %llu: a leak\n", question->subject->name,
		       (unsigned long long)question->number, fault->name,
		       (unsigned long long)split.nth);
	fflush(stdout);
	_exit(n_failed || leaks);
}

static void try_every(const struct question *question,
		      const struct reply *whole)
{
	size_t before = allocated();
	struct reply reply;

	split.of = question;
	ask_with(READS, 0, question, &reply);
	if (split.fault)
		end_split(question, whole, &reply, before);
	while (split.n)
		await_one();
	split.of = NULL;
	judge(&faults[READS], 0, question, whole, &reply);
	reply_fini(&reply);
}

static void try_question(const struct question *question, uint64_t most)
{
	struct reply whole;

	if (only && strcmp(only, question->subject->name) != 0)
		return;
	ask_with(READS, 0, question, &whole);
	/* There are pages that cannot be walked, and that is the answer. */
	need(whole.status == RMI_OK || question->subject == &ask_walk,
	     "fails without a fault");
	printf("%s %#llx: %llu reads, %llu allocations\n",
	       question->subject->name, (unsigned long long)question->number,
	       (unsigned long long)faults[READS].n,
	       (unsigned long long)faults[ALLOCATIONS].n);
	if (split.wanted)
		try_every(question, &whole);
	else
		try_some(question, &whole, most);
	fflush(stdout);
	reply_fini(&whole);
}

/* ---- what is asked ---- */

#define MAX_NAMES	32u

struct kinds {
	const char *names[MAX_NAMES];
	size_t n;
};

/* Names of frames live as long as the targets. */
static bool is_new(struct kinds *kinds, const char *name)
{
	for (size_t i = 0; i < kinds->n; i++)
		if (kinds->names[i] == name)
			return false;
	if (kinds->n == MAX_NAMES)
		return false;
	kinds->names[kinds->n++] = name;
	return true;
}

/* In every way, if it is to be every fault. */
static void try_page(struct targets *targets, uint64_t pfn)
{
	struct question questions[MAX_QUESTIONS];
	size_t n = questions_about(targets->session, pfn, questions);

	for (size_t i = 0; i < n; i++) {
		if (split.wanted || questions[i].subject == &ask_page)
			try_question(&questions[i], MOST);
		question_fini(&questions[i]);
	}
}

static void try_pages(struct targets *targets)
{
	struct kinds kinds = { .n = 0 };

	for (size_t i = 0; i < targets->n; i++)
		if (is_new(&kinds, targets_name_frame(targets->items[i].pfn,
						      targets)))
			try_page(targets, targets->items[i].pfn);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "every", no_argument, NULL, 'e' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		need(c != '?', "see the top of faults.c");
		split.wanted |= c == 'e';
		if (c == 'j')
			split.most = strtoull(optarg, NULL, 0);
		if (c == 'o')
			only = optarg;
	}
	need(argc - optind == 2, "faults VMCORE TRUTH");
	need(split.most > 0, "--jobs 0");
}

int main(int argc, char **argv)
{
	static struct original original;
	static struct specimen specimen;
	static struct targets targets;
	char dir[] = "/tmp/faults-XXXXXX", command[64];

	parse(argc, argv);
	need(mkdtemp(dir), "mkdtemp");
	original_read(&original, argv[optind]);
	specimen_init(&specimen, &original, FORM_ELF);
	specimen_spare(&specimen, &original);
	core = specimen.path;
	cache_dir = dir;
	image_opened = make_faulty;
	targets_init(&targets, core, cache_dir, argv[optind + 1]);
	question_begins = arm;
	try_pages(&targets);
	for (size_t i = 0; i < N_GENERAL + N_WHOLE; i++)
		try_question(&targets.general[i], STEPS);
	check_leaks();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	need(!system(command), command);
	printf("%llu passed, %llu failed\n", (unsigned long long)n_passed,
	       (unsigned long long)n_failed);
	return n_failed || !n_passed;
}
