/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/debuginfo/debuginfod, with a library that plays the servers:
 * FAKE_DEBUGINFOD is fake_debuginfod.c as a shared object.
 */
#include <check.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debuginfo/debuginfod.h"
#include "fake_debuginfod.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define BUILD_ID	"0123456789abcdef0123456789abcdef01234567"
#define BUILD_ID_10	"0123456789"

/* ---- who listens ---- */

struct heard {
	unsigned int n, n_steps;
	uint64_t done, total;		/* the last ones */
	uint64_t max_total;
	unsigned int cancel_at;		/* this call; 0: never */
	unsigned int n_asked;
};

static void hear(enum log_level level, const char *text, void *arg)
{
	struct heard *heard = arg;

	ck_assert_int_eq(level, LOG_STEP);
	ck_assert_ptr_nonnull(strstr(text, BUILD_ID));
	heard->n_steps++;
}

static void hear_progress(const char *what, uint64_t done, uint64_t total,
			  void *arg)
{
	struct heard *heard = arg;

	ck_assert_str_eq(what, "debuginfod: bytes");
	ck_assert(done >= heard->done);
	ck_assert(!total || done <= total);
	if (++heard->n <= FAKE_ROUNDS)
		ck_assert_uint_eq(done, 0);
	heard->done = done;
	heard->total = total;
	if (total > heard->max_total)
		heard->max_total = total;
}

static bool is_cancelled(void *arg)
{
	struct heard *heard = arg;

	return ++heard->n_asked == heard->cancel_at;
}

/* ---- asking ---- */

static struct diag diag;

static const char *fake(void)
{
	return getenv("FAKE_DEBUGINFOD");
}

/* The lowest number that is free: all before it are taken. */
static int next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

static enum status fetch(const char *behaviour, struct heard *heard,
			 char **ret_path)
{
	const struct log log = {
		.write = hear,
		.steps = true,
		.progress = hear_progress,
		.cancelled = is_cancelled,
		.arg = heard,
	};

	setenv("DEBUGINFOD_URLS", behaviour, 1);
	return debuginfod_fetch_from(fake(), BUILD_ID, heard ? &log : NULL,
				     ret_path, &diag);
}

/* Neither the file nor the client is left open; the library stays. */
static void check_left(int fd_before)
{
	void *library = dlopen(fake(), RTLD_NOW | RTLD_NOLOAD);
	int *clients;

	ck_assert_int_eq(next_fd(), fd_before);
	ck_assert_ptr_nonnull(library);
	clients = dlsym(library, "fake_debuginfod_clients");
	ck_assert_ptr_nonnull(clients);
	ck_assert_int_eq(*clients, 0);
	dlclose(library);
}

/* Load it first, as loading may leave descriptors of its own. */
static int first_fd(void)
{
	void *library = dlopen(fake(), RTLD_NOW);

	ck_assert_msg(library != NULL, "%s", dlerror());
	dlclose(library);
	return next_fd();
}

static void expect_found(const char *behaviour, struct heard *heard)
{
	const int fd = first_fd();
	char *path = NULL;
	enum status st = fetch(behaviour, heard, &path);

	ck_assert_msg(st == ST_OK, "%s", diag.text);
	ck_assert_str_eq(path, "/cache/" BUILD_ID "/debuginfo");
	free(path);
	check_left(fd);
}

static char untouched[] = "untouched";

static void check_failure(enum status st, const char *path,
			  enum status status, const char *says)
{
	ck_assert_msg(st == status, "%s: %s", status_text(st), diag.text);
	ck_assert(diag.text[0]);
	ck_assert_msg(strstr(diag.text, says) != NULL, "%s", diag.text);
	ck_assert_ptr_eq(path, untouched);
}

static void expect_failure(const char *behaviour, struct heard *heard,
			   enum status status, const char *says)
{
	const int fd = first_fd();
	char *path = untouched;
	enum status st = fetch(behaviour, heard, &path);

	check_failure(st, path, status, says);
	check_left(fd);
}

/* ---- found ---- */

START_TEST(found)
{
	struct heard heard = { .n = 0 };

	expect_found("found", &heard);
	ck_assert_uint_eq(heard.n_steps, 1);
	ck_assert_uint_eq(heard.n, FAKE_ROUNDS + 11);
	ck_assert_uint_eq(heard.done, FAKE_SIZE);
	ck_assert_uint_eq(heard.total, FAKE_SIZE);
}
END_TEST

START_TEST(found_with_nobody_listening)
{
	expect_found("found", NULL);
}
END_TEST

START_TEST(found_in_the_cache)
{
	struct heard heard = { .n = 0 };

	expect_found("cached", &heard);
	ck_assert_uint_eq(heard.n, 0);
}
END_TEST

START_TEST(twice)
{
	expect_failure("absent", NULL, ST_ABSENT, "no server");
	expect_found("found", NULL);
	expect_found("found", NULL);
}
END_TEST

START_TEST(longer_than_announced)
{
	struct heard heard = { .n = 0 };

	expect_found("compressed", &heard);
	ck_assert_uint_eq(heard.max_total, FAKE_SIZE / 2);
	ck_assert_uint_eq(heard.done, FAKE_SIZE);
	ck_assert_uint_eq(heard.total, 0);
}
END_TEST

/* ---- not found ---- */

START_TEST(absent)
{
	struct heard heard = { .n = 0 };

	expect_failure("absent", &heard, ST_ABSENT,
		       "no server of DEBUGINFOD_URLS has the debug information "
		       "of build-id " BUILD_ID);
	ck_assert_uint_eq(heard.n, FAKE_ROUNDS);
}
END_TEST

START_TEST(network_error)
{
	expect_failure("refused", NULL, ST_IO,
		       "build-id " BUILD_ID ": Connection refused");
}
END_TEST

START_TEST(no_client)
{
	expect_failure("no-client", NULL, ST_IO,
		       "cannot start: Too many open files");
}
END_TEST

START_TEST(no_path)
{
	expect_failure("no-path", NULL, ST_NO_MEMORY, "");
}
END_TEST

static void expect_no_servers(const char *urls, const char *says)
{
	char *path = untouched;
	enum status st;

	if (urls)
		setenv("DEBUGINFOD_URLS", urls, 1);
	else
		unsetenv("DEBUGINFOD_URLS");
	/* What would be asked is not even looked for. */
	st = debuginfod_fetch_from("libno-such-debuginfod.so.1", BUILD_ID,
				   NULL, &path, &diag);
	check_failure(st, path, ST_ABSENT, says);
}

START_TEST(no_servers)
{
	expect_no_servers(NULL, "DEBUGINFOD_URLS is not set");
	expect_no_servers("", "DEBUGINFOD_URLS is empty");
	expect_no_servers("  ", "DEBUGINFOD_URLS is empty");
}
END_TEST

/* ---- cancelled ---- */

START_TEST(cancelled)
{
	struct heard heard = { .cancel_at = 1 + _i };

	expect_failure("found", &heard, ST_STOPPED, "cancelled");
	ck_assert_uint_eq(heard.n, 1 + _i);
}
END_TEST

START_TEST(cancelled_while_no_server_answers)
{
	struct heard heard = { .cancel_at = 500 };

	expect_failure("silent", &heard, ST_STOPPED, "cancelled");
	ck_assert_uint_eq(heard.n, 500);
	ck_assert_uint_eq(heard.done, 0);
}
END_TEST

/* Complete all the same: nothing is gained by not taking it. */
START_TEST(cancelled_too_late)
{
	struct heard heard = { .cancel_at = FAKE_ROUNDS + 11 };

	expect_found("complete", &heard);
}
END_TEST

/* ---- the library ---- */

static void expect_no_library(const char *library, const char *says)
{
	char *path = untouched;
	enum status st;

	setenv("DEBUGINFOD_URLS", "found", 1);
	st = debuginfod_fetch_from(library, BUILD_ID, NULL, &path, &diag);
	check_failure(st, path, ST_UNSUPPORTED, says);
}

START_TEST(no_library)
{
	expect_no_library("libno-such-debuginfod.so.1", "no library (package "
			  "libdebuginfod1, or elfutils-debuginfod-client)");
	expect_no_library("libno-such-debuginfod.so.1",
			  "libno-such-debuginfod.so.1: cannot open");
	expect_no_library("/dev/null", "no library");
}
END_TEST

START_TEST(another_library)
{
	expect_no_library(getenv("LAYOUTS_OBJECT"),
			  "has no debuginfod_begin()");
}
END_TEST

/* ---- build-ids ---- */

static const char *const bad_ids[] = {
	"", "0", "ab", "abc", "abcde", "ABCD", "0x12", "abcg", "ab/../cd",
	"abcd\n", " abcd", "../../../../etc/passwd",
	BUILD_ID_10 BUILD_ID_10 BUILD_ID_10 BUILD_ID_10 BUILD_ID_10
	BUILD_ID_10 BUILD_ID_10 BUILD_ID_10 BUILD_ID_10 BUILD_ID_10
	BUILD_ID_10 BUILD_ID_10 BUILD_ID_10,
};

START_TEST(bad_build_id)
{
	char *path = untouched;
	enum status st;

	setenv("DEBUGINFOD_URLS", "found", 1);
	st = debuginfod_fetch_from(fake(), bad_ids[_i], NULL, &path, &diag);
	check_failure(st, path, ST_INVALID, "not a build-id");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("debuginfod");
	TCase *answers = tcase_create("answers");
	TCase *library = tcase_create("library");
	SRunner *runner;
	int failed;

	tcase_add_test(answers, found);
	tcase_add_test(answers, found_with_nobody_listening);
	tcase_add_test(answers, found_in_the_cache);
	tcase_add_test(answers, twice);
	tcase_add_test(answers, longer_than_announced);
	tcase_add_test(answers, absent);
	tcase_add_test(answers, network_error);
	tcase_add_test(answers, no_client);
	tcase_add_test(answers, no_path);
	tcase_add_test(answers, no_servers);
	tcase_add_loop_test(answers, cancelled, 0, FAKE_ROUNDS + 11);
	tcase_add_test(answers, cancelled_while_no_server_answers);
	tcase_add_test(answers, cancelled_too_late);
	tcase_add_test(library, no_library);
	tcase_add_test(library, another_library);
	tcase_add_loop_test(library, bad_build_id, 0, COUNT(bad_ids));
	suite_add_tcase(suite, answers);
	suite_add_tcase(suite, library);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
