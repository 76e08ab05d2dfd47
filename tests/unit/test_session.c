/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions as a program of others has them: the public header alone, on the
 * dump that lies in git (DUMP). That its answers are right is the business of
 * others; here they must be the same by every way to a session.
 */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <rmap-inspect/rmap-inspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *dump(void)
{
	const char *path = getenv("DUMP");

	return path ? path : "fixtures/bundled/vmcore";
}

/* ---- answers ---- */

/* All that was answered, as one number; and how much it was. */
struct answers {
	uint64_t sum;
	size_t n_mappings;
	size_t n_complete;
};

static void add(struct answers *answers, uint64_t number)
{
	answers->sum = (answers->sum ^ number) * 0x100000001b3;	/* FNV-1a */
}

static void add_text(struct answers *answers, const char *text)
{
	for (; text && *text; text++)
		add(answers, (unsigned char)*text);
}

static bool add_page(const struct rmi_page *page, void *arg)
{
	struct answers *answers = arg;

	add(answers, page->pfn);
	add_text(answers, page->kind);
	answers->n_complete += page->complete;
	answers->n_mappings += page->n_mappings;
	for (size_t i = 0; i < page->n_mappings; i++) {
		add(answers, page->mappings[i].mm);
		add(answers, page->mappings[i].address);
		add_text(answers, page->mappings[i].path);
		if (page->mappings[i].n_tasks)
			add_text(answers, page->mappings[i].tasks->comm);
	}
	return true;
}

static rmi_status ask(struct rmi_session *session, struct answers *answers)
{
	const struct rmi_pfn_range range = { 0, 0x7fff };
	const struct rmi_query query = {
		.size = sizeof(query), .n_ranges = 1, .ranges = &range
	};

	*answers = (struct answers) { 0 };
	return rmi_session_query(session, &query, add_page, answers);
}

static void check_same(struct rmi_session *session,
		       const struct answers *expected)
{
	struct answers answers;

	ck_assert_int_eq(ask(session, &answers), RMI_OK);
	ck_assert_uint_eq(answers.n_mappings, expected->n_mappings);
	ck_assert_uint_eq(answers.n_complete, expected->n_complete);
	ck_assert_uint_eq(answers.sum, expected->sum);
}

/* ---- sessions ---- */

static struct rmi_session *opened(const struct rmi_open_options *options)
{
	struct rmi_session *session = rmi_session_new();

	ck_assert_ptr_nonnull(session);
	ck_assert_msg(rmi_session_open(session, options) == RMI_OK, "%s",
		      rmi_session_error(session));
	return session;
}

static struct rmi_session *opened_by_path(void)
{
	return opened(&(struct rmi_open_options) {
		.size = sizeof(struct rmi_open_options), .core = dump()
	});
}

static struct answers answers_by_path(void)
{
	struct rmi_session *session = opened_by_path();
	struct answers answers;

	ck_assert_int_eq(ask(session, &answers), RMI_OK);
	ck_assert_uint_gt(answers.n_mappings, 100);
	ck_assert_uint_gt(answers.n_complete, 100);
	rmi_session_free(session);
	return answers;
}

static void check_refused(const struct rmi_open_options *options,
			  rmi_status status, const char *words)
{
	struct rmi_session *session = rmi_session_new();

	ck_assert_int_eq(rmi_session_open(session, options), status);
	ck_assert_msg(strstr(rmi_session_error(session), words) != NULL,
		      "\"%s\"", rmi_session_error(session));
	rmi_session_free(session);
}

/* ---- ways to name a dump ---- */

START_TEST(descriptors_serve_as_paths_do)
{
	const struct answers expected = answers_by_path();
	int fd = open(dump(), O_RDONLY);
	char name[32];
	struct rmi_session *session;

	ck_assert_int_eq(lseek(fd, 4711, SEEK_SET), 4711);
	session = opened(&(struct rmi_open_options) {
		.size = sizeof(struct rmi_open_options),
		.core_fds = &fd, .n_core_fds = 1
	});
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 4711);
	close(fd);
	snprintf(name, sizeof(name), "descriptor %d", fd);
	ck_assert_str_eq(rmi_session_source(session)->core, name);
	check_same(session, &expected);
	rmi_session_free(session);
}
END_TEST

START_TEST(bytes_in_memory_serve_as_files_do)
{
	const struct answers expected = answers_by_path();
	int fd = open(dump(), O_RDONLY);
	struct rmi_session *session;
	struct stat stat;
	void *bytes;

	ck_assert_int_eq(fstat(fd, &stat), 0);
	bytes = malloc(stat.st_size);
	ck_assert_int_eq(read(fd, bytes, stat.st_size), stat.st_size);
	close(fd);
	session = opened(&(struct rmi_open_options) {
		.size = sizeof(struct rmi_open_options),
		.core_bytes = bytes, .core_size = stat.st_size
	});
	memset(bytes, 0, stat.st_size);
	free(bytes);
	ck_assert_str_eq(rmi_session_source(session)->core, "memory");
	check_same(session, &expected);
	rmi_session_free(session);
}
END_TEST

START_TEST(what_cannot_be_opened_is_named)
{
	int pipes[2], none = 1 << 20;
	struct rmi_open_options options = { .size = sizeof(options) };

	check_refused(&options, RMI_ERR_INVALID, "one of");
	options.core = dump();
	options.live = true;
	check_refused(&options, RMI_ERR_INVALID, "one of");
	options.live = false;
	options.n_core_fds = 1;
	options.core_fds = &none;
	check_refused(&options, RMI_ERR_INVALID, "one of");
	options.core = NULL;
	check_refused(&options, RMI_ERR_IO, "descriptor 1048576: Bad file");
	ck_assert_int_eq(pipe(pipes), 0);
	options.core_fds = pipes;
	check_refused(&options, RMI_ERR_UNSUPPORTED, "descriptor");
	options.n_core_fds = 0;
	options.core_bytes = "no dump";
	options.core_size = 7;
	check_refused(&options, RMI_ERR_UNSUPPORTED, "memory: a text file");
}
END_TEST

/* ---- clones ---- */

static struct rmi_session *cloned(struct rmi_session *session)
{
	struct rmi_session *clone = NULL;

	ck_assert_msg(rmi_session_clone(session, &clone) == RMI_OK, "%s",
		      rmi_session_error(session));
	return clone;
}

static void check_same_source(const struct rmi_source *a,
			      const struct rmi_source *b)
{
	ck_assert_str_eq(a->core, b->core);
	ck_assert_str_eq(a->format, b->format);
	ck_assert_str_eq(a->release, b->release);
	ck_assert_pstr_eq(a->build_id, b->build_id);
	ck_assert_pstr_eq(a->vmlinux, b->vmlinux);
	ck_assert_pstr_eq(a->vmlinux_build_id, b->vmlinux_build_id);
	ck_assert_str_eq(a->layouts, b->layouts);
	ck_assert_uint_eq(a->kaslr_offset, b->kaslr_offset);
	ck_assert_uint_eq(a->n_sources, b->n_sources);
}

START_TEST(clones_answer_alike_in_any_order_of_release)
{
	const struct answers expected = answers_by_path();
	struct rmi_session *session = opened_by_path();
	struct rmi_session *first = cloned(session);
	struct rmi_session *second = cloned(first);

	check_same_source(rmi_session_source(session),
			  rmi_session_source(second));
	check_same(first, &expected);
	rmi_session_free(first);
	check_same(session, &expected);
	rmi_session_free(session);
	check_same(second, &expected);
	rmi_session_free(second);
}
END_TEST

static void *ask_in_thread(void *arg)
{
	struct answers *answers = malloc(sizeof(*answers));

	if (answers && ask(arg, answers) != RMI_OK)
		answers->n_mappings = 0;
	return answers;
}

#define N_THREADS	4

START_TEST(clones_are_asked_at_once)
{
	const struct answers expected = answers_by_path();
	struct rmi_session *sessions[N_THREADS] = { opened_by_path() };
	pthread_t threads[N_THREADS];

	for (size_t i = 1; i < N_THREADS; i++)
		sessions[i] = cloned(sessions[0]);
	for (size_t i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						ask_in_thread, sessions[i]),
				 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		struct answers *answers;

		pthread_join(threads[i], (void **)&answers);
		ck_assert_uint_eq(answers->n_mappings, expected.n_mappings);
		ck_assert_uint_eq(answers->sum, expected.sum);
		free(answers);
		rmi_session_free(sessions[i]);
	}
}
END_TEST

/* The same name has the same stand-in. */
START_TEST(clones_redact_as_their_origin_does)
{
	struct rmi_session *session = opened(&(struct rmi_open_options) {
		.size = sizeof(struct rmi_open_options), .core = dump(),
		.redact = true
	});
	struct rmi_session *clone = cloned(session);
	struct answers expected, real = answers_by_path();

	ck_assert_int_eq(ask(session, &expected), RMI_OK);
	ck_assert_uint_ne(expected.sum, real.sum);
	check_same(clone, &expected);
	check_same_source(rmi_session_source(session),
			  rmi_session_source(clone));
	ck_assert_str_ne(rmi_session_source(clone)->core, dump());
	rmi_session_free(session);
	rmi_session_free(clone);
}
END_TEST

START_TEST(nothing_opened_is_not_cloned)
{
	struct rmi_session *session = rmi_session_new(), *clone = NULL;

	ck_assert_int_eq(rmi_session_clone(session, &clone), RMI_ERR_INVALID);
	ck_assert_ptr_null(clone);
	rmi_session_free(session);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("session");
	SRunner *runner;
	int n_failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, descriptors_serve_as_paths_do);
	tcase_add_test(tcase, bytes_in_memory_serve_as_files_do);
	tcase_add_test(tcase, what_cannot_be_opened_is_named);
	tcase_add_test(tcase, clones_answer_alike_in_any_order_of_release);
	tcase_add_test(tcase, clones_are_asked_at_once);
	tcase_add_test(tcase, clones_redact_as_their_origin_does);
	tcase_add_test(tcase, nothing_opened_is_not_cloned);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
