/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lets each read of the dump fail in its turn, and each allocation.
 *
 *	faults VMCORE TRUTH
 *
 * A session is opened and asked, first without a fault, which tells how many
 * reads and allocations that takes; then once for each of them, which fails.
 * Nothing may crash or leak; each call either says why it failed, or answers
 * with nothing that the whole answer has not, and with all of it if it calls
 * itself complete. A page of each kind in TRUTH is asked about with every
 * fault; what reads all page tables or all of the dump with some of them.
 *
 * Linked with --wrap for what it counts, so that only what this library asks
 * for fails. Ends with "N passed, N failed".
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "need.h"
#include "questions.h"
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

static bool fails(struct fault *fault)
{
	return armed && ++fault->n == fault->fails;
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

enum status __real_image_open(const char *const *paths, size_t n,
			      const struct image_options *options,
			      struct image **ret_image, struct diag *diag);
enum status __wrap_image_open(const char *const *paths, size_t n,
			      const struct image_options *options,
			      struct image **ret_image, struct diag *diag);

enum status __wrap_image_open(const char *const *paths, size_t n,
			      const struct image_options *options,
			      struct image **ret_image, struct diag *diag)
{
	enum status st = __real_image_open(paths, n, options, ret_image, diag);

	if (st)
		return st;
	snprintf((*ret_image)->identity, sizeof((*ret_image)->identity),
		 "specimen");
	whole_ops = (*ret_image)->ops;
	faulty_ops = *whole_ops;
	faulty_ops.read_page = faulty_read;
	faulty_ops.read_ahead = NULL;
	faulty_ops.clone = faulty_clone;
	(*ret_image)->ops = &faulty_ops;
	return ST_OK;
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

static const char *core, *cache_dir;
static uint64_t n_passed, n_failed;

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

static void judge(size_t what, uint64_t n, const struct question *question,
		  const struct reply *whole, const struct reply *reply)
{
	const char *wrong = *reply->fault ? reply->fault :
			    reply_contradicts(whole, reply);

	n_passed += !wrong;
	n_failed += !!wrong;
	if (wrong)
		printf("%s %#llx, %s %llu: %s\n", question->subject->name,
		       (unsigned long long)question->number,
		       faults[what].name, (unsigned long long)n, wrong);
}

/* Each fault; of more than most, as many as STEPS, from first to last. */
static void try_question(const struct question *question, uint64_t most)
{
	struct reply whole, reply;
	uint64_t n[N_FAULTS];

	ask_with(READS, 0, question, &whole);
	need(whole.status == RMI_OK, "fails without a fault");
	for (size_t i = 0; i < N_FAULTS; i++)
		n[i] = faults[i].n;
	for (size_t i = 0; i < N_FAULTS; i++) {
		uint64_t stride = n[i] > most ? n[i] / STEPS : 1;

		for (uint64_t nth = 1; nth <= n[i]; nth += stride) {
			ask_with(i, nth, question, &reply);
			judge(i, nth, question, &whole, &reply);
			reply_fini(&reply);
		}
	}
	printf("%s %#llx: %llu reads, %llu allocations\n",
	       question->subject->name, (unsigned long long)question->number,
	       (unsigned long long)n[READS],
	       (unsigned long long)n[ALLOCATIONS]);
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

static void try_pages(struct targets *targets)
{
	struct kinds kinds = { .n = 0 };

	for (size_t i = 0; i < targets->n; i++) {
		const struct question question = {
			.subject = &ask_page, .number = targets->items[i].pfn
		};

		if (is_new(&kinds, targets_name_frame(question.number,
						      targets)))
			try_question(&question, MOST);
	}
}

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
__attribute__((visibility("default")))
const char *__lsan_default_suppressions(void);

/* What the library of dumps leaks (0.5.1) is not ours. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile\n";
}

static void check_leaks(void)
{
	bool leaks = __lsan_do_recoverable_leak_check &&
		     __lsan_do_recoverable_leak_check();

	n_passed += !leaks;
	n_failed += leaks;
}

int main(int argc, char **argv)
{
	static const struct subject *const whole[] = {
		&ask_summary, &ask_all, &ask_audit, &ask_ksm,
	};
	static struct original original;
	static struct specimen specimen;
	static struct targets targets;
	char dir[] = "/tmp/faults-XXXXXX", command[64];

	need(argc == 3, "faults VMCORE TRUTH");
	need(mkdtemp(dir), "mkdtemp");
	original_read(&original, argv[1]);
	specimen_init(&specimen, &original, FORM_ELF);
	core = specimen.path;
	cache_dir = dir;
	targets_init(&targets, core, cache_dir, argv[2]);
	question_begins = arm;
	try_pages(&targets);
	try_question(&targets.general[1], STEPS);
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		const struct question question = { .subject = whole[i] };

		try_question(&question, STEPS);
	}
	check_leaks();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	need(!system(command), command);
	printf("%llu passed, %llu failed\n", (unsigned long long)n_passed,
	       (unsigned long long)n_failed);
	return n_failed || !n_passed;
}
