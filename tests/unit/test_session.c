/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions as a program of others has them: the public header alone, on the
 * dump that lies in git (DUMP). That its answers are right is the business of
 * others; here they must be the same by every way to a session.
 */
#include <check.h>
#include <fcntl.h>
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
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
