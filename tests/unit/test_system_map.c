/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/debuginfo/system_map: what is found, and what is no such file. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debuginfo/system_map.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* A little of everything that there is; not in the order of addresses. */
static const char usual[] =
	"0000000000000000 D __per_cpu_start\n"
	"000000000001f000 A counter\n"
	"ffffffff81000000 T _text\n"
	"ffffffff81000000 T _stext\n"
	"ffffffff81002000 t local\n"
	"ffffffff81001000 t local\n"
	"ffffffff81003000 t twice\n"
	"ffffffff81005000 T twice\n"
	"ffffffff81004000 D twice\n"
	"ffffffff81000800 d twice\n"
	"ffffffff82000000 ? odd.name$1\n"
	"ffffffff82001000 V x\n"
	"ffffffff82a0c4c0 D init_task\n"
	"ffffffff82a0c4c8 d init_tasks\n"
	"ffffffffc0401000 T init_task\t[a_module]\n"
	"ffffffffc0402000 t bpf_prog_6deef7357e7b4530\t[bpf]\n"
	"ffffffffc0403000 t only_there\t[__builtin__ftrace]\n"
	"ffffffff83000000 B _end\n";

static struct diag diag;

/* ---- asking ---- */

static enum status parse(const char *text, size_t len,
			 struct symbol_want *wants, size_t n)
{
	/* Of exactly this size, so that a byte too many is noticed. */
	char *copy = malloc(len ? len : 1);
	enum status st;

	memcpy(copy, text, len);
	diag.text[0] = '\0';
	st = system_map_parse(copy, len, wants, n, &diag);
	free(copy);
	return st;
}

static void expect(const char *name, uint64_t address, unsigned int n_found)
{
	struct symbol_want want = { .name = name, .address = 5, .size = 77 };
	enum status st = parse(usual, strlen(usual), &want, 1);

	ck_assert_msg(st == ST_OK, "%s", diag.text);
	ck_assert_msg(want.address == address, "%s at %#llx", name,
		      (unsigned long long)want.address);
	ck_assert_uint_eq(want.found, n_found > 0);
	ck_assert_uint_eq(want.n_found, n_found);
	ck_assert_uint_eq(want.size, 0);
}

static const struct symbol_want before = { "init_task", true, 5, 6, 7 };

/* A failure leaves wants alone, and says this. */
static void check_failure(enum status st, const struct symbol_want *want,
			  enum status status, const char *text)
{
	ck_assert_msg(st == status, "%s: %s", status_text(st), diag.text);
	ck_assert_msg(strstr(diag.text, text) != NULL, "%s", diag.text);
	ck_assert(want->found);
	ck_assert_uint_eq(want->address, before.address);
	ck_assert_uint_eq(want->size, before.size);
	ck_assert_uint_eq(want->n_found, before.n_found);
}

static void expect_failure(const char *text, size_t len, enum status status,
			   const char *says)
{
	struct symbol_want want = before;
	enum status st = parse(text, len, &want, 1);

	check_failure(st, &want, status, says);
}

static void expect_file_failure(const char *path, enum status status,
				const char *says)
{
	struct symbol_want want = before;
	enum status st = system_map_symbols(path, &want, 1, &diag);

	check_failure(st, &want, status, says);
	ck_assert_int_eq(strncmp(diag.text, path, strlen(path)), 0);
}

/* ---- files ---- */

static char dir[] = "/tmp/test_system_map.XXXXXX";
static char path[64];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/System.map-6.1.0", dir);
}

static void teardown(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void write_file(const void *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
	ck_assert_int_eq(fclose(file), 0);
}

/* ---- what is there ---- */

START_TEST(finds)
{
	expect("_stext", 0xffffffff81000000, 1);
	expect("init_task", 0xffffffff82a0c4c0, 1);
	expect("init_tasks", 0xffffffff82a0c4c8, 1);
	expect("init_tas", 0, 0);
	expect("nit_task", 0, 0);
	expect("x", 0xffffffff82001000, 1);
	expect("odd.name$1", 0xffffffff82000000, 1);
	expect("_end", 0xffffffff83000000, 1);
	expect("", 0, 0);
}
END_TEST

START_TEST(per_cpu_offsets_are_as_they_are)
{
	expect("__per_cpu_start", 0, 1);
	expect("counter", 0x1f000, 1);
}
END_TEST

START_TEST(one_of_several)
{
	expect("twice", 0xffffffff81004000, 4);
	expect("local", 0xffffffff81001000, 2);
}
END_TEST

START_TEST(modules_are_passed_over)
{
	expect("only_there", 0, 0);
	expect("bpf_prog_6deef7357e7b4530", 0, 0);
	expect("only_there\t[__builtin__ftrace]", 0, 0);
}
END_TEST

START_TEST(many_wants)
{
	struct symbol_want wants[] = {
		{ .name = "init_task" },
		{ .name = "absent", .found = true, .address = 1, .n_found = 4 },
		{ .name = "_stext" },
		{ .name = "init_task" },
		{ .name = "init_a_name_that_is_longer_than_any_that_there_is" },
	};

	ck_assert_int_eq(parse(usual, strlen(usual), wants, COUNT(wants)),
			 ST_OK);
	ck_assert_uint_eq(wants[0].address, 0xffffffff82a0c4c0);
	ck_assert(!wants[1].found);
	ck_assert_uint_eq(wants[1].address, 0);
	ck_assert_uint_eq(wants[1].n_found, 0);
	ck_assert_uint_eq(wants[2].address, 0xffffffff81000000);
	ck_assert_uint_eq(wants[3].address, 0xffffffff82a0c4c0);
	ck_assert(!wants[4].found);
	ck_assert_int_eq(parse(usual, strlen(usual), NULL, 0), ST_OK);
}
END_TEST

/* In maps of 6.1 for arm64: the hypervisor's objects keep their labels. */
START_TEST(labels_of_the_assembler_are_names)
{
	static const char text[] =
		"ffff800009384820 d __kvm_nvhe_.L14472\0021\n"
		"ffff800009384824 d L1\0012\n"
		"ffff800009384828 D x\n";
	struct symbol_want want = { .name = "x" };

	ck_assert_int_eq(parse(text, strlen(text), &want, 1), ST_OK);
	ck_assert_uint_eq(want.address, 0xffff800009384828);
}
END_TEST

START_TEST(the_letter_says_only_its_case)
{
	static const char letters[] = "TtDdBbRrAaVvWwuiN?-";

	for (size_t i = 0; i < strlen(letters); i++) {
		struct symbol_want want = { .name = "x" };
		char text[64];

		snprintf(text, sizeof(text), "00000000000000f0 %c x\n",
			 letters[i]);
		ck_assert_int_eq(parse(text, strlen(text), &want, 1), ST_OK);
		ck_assert_uint_eq(want.address, 0xf0);
	}
}
END_TEST

/* ---- what is damaged ---- */

static const struct {
	const char *line;
	const char *says;
} damages[] = {
	{ "\n", "no address of 16 hex digits" },
	{ "ffffffff8100000 T x\n", "no address of 16 hex digits" },
	{ "ffffffff810000000 T x\n", "no address of 16 hex digits" },
	{ "ffffffff8100000g T x\n", "no address of 16 hex digits" },
	{ "FFFFFFFF81000000 T x\n", "no address of 16 hex digits" },
	{ "0xffffffff81000000 T x\n", "no address of 16 hex digits" },
	{ "                 U x\n", "no address of 16 hex digits" },
	{ "ffffffff81000000\n", "no address of 16 hex digits" },
	{ "ffffffff81000000\tT x\n", "no address of 16 hex digits" },
	{ "ffffffff81000000 \n", "no type letter" },
	{ "ffffffff81000000 T\n", "no type letter" },
	{ "ffffffff81000000 TT x\n", "no type letter" },
	{ "ffffffff81000000   x\n", "no type letter" },
	{ "ffffffff81000000 \x01 x\n", "no type letter" },
	{ "ffffffff81000000 T \n", "no name" },
	{ "ffffffff81000000 T  x\n", "no name" },
	{ "ffffffff81000000 T x\r\n", "what follows the name" },
	{ "ffffffff81000000 T x \n", "what follows the name" },
	{ "ffffffff81000000 T x y\n", "what follows the name" },
	{ "ffffffff81000000 T x\x7fy\n", "what follows the name" },
	{ "ffffffff81000000 T x\xc3\xa4\n", "what follows the name" },
	{ "ffffffff81000000 T x\t\n", "what follows the name" },
	{ "ffffffff81000000 T x\t[]\n", "what follows the name" },
	{ "ffffffff81000000 T x\t[m\n", "what follows the name" },
	{ "ffffffff81000000 T x\t[mm\n", "what follows the name" },
	{ "ffffffff81000000 T x\t(m)\n", "what follows the name" },
	{ "ffffffff81000000 T x\t[m n]\n", "what follows the name" },
	{ "ffffffff81000000 T x", "cut short" },
};

static void around(char *text, size_t size, const char *line)
{
	static const char good[] = "ffffffff82a0c4c0 D init_task\n";
	const bool ends = strchr(line, '\n');

	snprintf(text, size, "%s%s%s%s", good, good, line, ends ? good : "");
}

START_TEST(damaged_line)
{
	char text[512];

	around(text, sizeof(text), damages[_i].line);
	expect_failure(text, strlen(text), ST_CORRUPT, "line 3: ");
	ck_assert_msg(strstr(diag.text, damages[_i].says) != NULL, "%s",
		      diag.text);
}
END_TEST

START_TEST(damaged_first_line)
{
	const char *line = damages[_i].line;

	if (strchr(line, '\n'))
		expect_failure(line, strlen(line), ST_UNSUPPORTED,
			       "not a System.map: line 1: ");
	else
		expect_failure(line, strlen(line), ST_CORRUPT, "line 1: ");
}
END_TEST

/* Only at the end of a line can a cut go unnoticed. */
START_TEST(cut_anywhere)
{
	for (size_t len = 0; len < strlen(usual); len++) {
		struct symbol_want want = { .name = "x" };
		enum status st = parse(usual, len, &want, 1);
		const bool whole = len && usual[len - 1] == '\n';

		/* The first line alone has address 0. */
		if (len <= strlen("0000000000000000 D __per_cpu_start\n"))
			ck_assert(st == ST_UNSUPPORTED || st == ST_CORRUPT);
		else
			ck_assert_int_eq(st, whole ? ST_OK : ST_CORRUPT);
	}
}
END_TEST

START_TEST(zero_byte_anywhere)
{
	const size_t len = strlen(usual);
	unsigned int line = 1;

	for (size_t i = 0; i < len; i++) {
		char *text = strdup(usual);
		char says[32];

		snprintf(says, sizeof(says), "line %u: ", line);
		text[i] = '\0';
		/* In place of the last line's end, it is missing, too. */
		expect_failure(text, len, line == 1 ? ST_UNSUPPORTED :
			       ST_CORRUPT, says);
		line += usual[i] == '\n';
		free(text);
	}
}
END_TEST

START_TEST(endless_line)
{
	const size_t len = 8 << 20;
	char *text = malloc(len);

	memset(text, 'x', len);
	expect_failure(text, len, ST_UNSUPPORTED, "not a System.map");
	memcpy(text, "ffffffff81000000 T ", 19);
	expect_failure(text, len, ST_CORRUPT, "line 1: it does not end");
	memcpy(text, "ffffffff81000000 T a\nffffffff81000000 T ", 40);
	expect_failure(text, len, ST_CORRUPT, "line 2: it does not end");
	free(text);
}
END_TEST

/* ---- what is something else ---- */

static const struct {
	const char *text;
	const char *says;
} others[] = {
	{ "", "empty" },
	{ "\x7f" "ELF\x02\x01\x01", "an ELF file" },
	{ "\x1f\x8b\x08", "gzip-compressed" },
	{ "BZh91AY", "bzip2-compressed" },
	{ "\xfd" "7zXZ", "xz-compressed" },
	{ "\x28\xb5\x2f\xfd\x01", "zstd-compressed" },
	{ "MZ\xea", "a boot image" },
	{ "KDUMP   \x06", "a dump" },
	{ "makedumpfile", "a flattened dump" },
	{ "\x7f" "EL", "line 1: no address" },
	{ "Some text.\n", "line 1: no address" },
	{ "ffffffffffffffff B The real System.map is in the "
	  "linux-image-<version>-dbg package\n",
	  "/usr/lib/debug/boot/System.map-<release>" },
	{ "c1000000 T _stext\n", "32-bit" },
	{ "0000000000000000 T _stext\n0000000000000000 D init_task\n",
	  "all addresses are 0: so /proc/kallsyms looks" },
	{ "0000000000000000 T _stext\nffffffffc0401000 t x\t[a_module]\n",
	  "all addresses are 0" },
	{ "ffffffffc0401000 t x\t[a_module]\n", "modules only" },
};

START_TEST(something_else)
{
	expect_failure(others[_i].text, strlen(others[_i].text),
		       ST_UNSUPPORTED, others[_i].says);
}
END_TEST

/* ---- reading ---- */

START_TEST(reads_a_file)
{
	struct symbol_want want = { .name = "init_task" };

	write_file(usual, strlen(usual));
	ck_assert_int_eq(system_map_symbols(path, &want, 1, &diag), ST_OK);
	ck_assert_uint_eq(want.address, 0xffffffff82a0c4c0);
}
END_TEST

/* A regular file of size 0 that is longer than what is read at a time. */
START_TEST(reads_proc)
{
	struct symbol_want wants[] = { { .name = "_stext" },
				       { .name = "no_such_symbol" } };
	enum status st;

	if (access("/proc/kallsyms", R_OK))
		return;
	st = system_map_symbols("/proc/kallsyms", wants, 2, &diag);
	if (st == ST_UNSUPPORTED)	/* not privileged */
		ck_assert_ptr_nonnull(strstr(diag.text, "addresses are 0"));
	else
		ck_assert_msg(st == ST_OK, "%s", diag.text);
	ck_assert_uint_eq(wants[0].found, st == ST_OK);
	ck_assert(!wants[1].found);
}
END_TEST

START_TEST(damaged_file)
{
	write_file("x", 1);
	expect_file_failure(path, ST_UNSUPPORTED, "not a System.map");
	write_file(usual, strlen(usual) - 1);
	expect_file_failure(path, ST_CORRUPT, "line 18: it does not end");
	write_file("", 0);
	expect_file_failure(path, ST_UNSUPPORTED, "empty");
}
END_TEST

START_TEST(no_file)
{
	expect_file_failure(path, ST_IO, "cannot open: No such file");
	expect_file_failure(dir, ST_UNSUPPORTED, "not a regular file");
	expect_file_failure("/dev/zero", ST_UNSUPPORTED, "not a regular file");
	/* Regular, of size 0, and nothing is mapped at address 0. */
	expect_file_failure("/proc/self/mem", ST_IO, "cannot read: ");
}
END_TEST

START_TEST(fifo)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect_file_failure(path, ST_UNSUPPORTED, "not a regular file");
}
END_TEST

START_TEST(too_large)
{
	write_file("", 0);
	ck_assert_int_eq(truncate(path, (256 << 20) + 1), 0);
	expect_file_failure(path, ST_UNSUPPORTED, "more than 256 MiB");
	write_file("\x7f" "ELF", 4);
	ck_assert_int_eq(truncate(path, (256 << 20) + 1), 0);
	expect_file_failure(path, ST_UNSUPPORTED, "an ELF file");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("system_map");
	TCase *there = tcase_create("there");
	TCase *damaged = tcase_create("damaged");
	TCase *files = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_test(there, finds);
	tcase_add_test(there, per_cpu_offsets_are_as_they_are);
	tcase_add_test(there, one_of_several);
	tcase_add_test(there, modules_are_passed_over);
	tcase_add_test(there, many_wants);
	tcase_add_test(there, labels_of_the_assembler_are_names);
	tcase_add_test(there, the_letter_says_only_its_case);
	tcase_add_loop_test(damaged, damaged_line, 0, COUNT(damages));
	tcase_add_loop_test(damaged, damaged_first_line, 0, COUNT(damages));
	tcase_add_test(damaged, cut_anywhere);
	tcase_add_test(damaged, zero_byte_anywhere);
	tcase_add_test(damaged, endless_line);
	tcase_add_loop_test(damaged, something_else, 0, COUNT(others));
	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_test(files, reads_a_file);
	tcase_add_test(files, reads_proc);
	tcase_add_test(files, damaged_file);
	tcase_add_test(files, no_file);
	tcase_add_test(files, fifo);
	tcase_add_test(files, too_large);
	suite_add_tcase(suite, there);
	suite_add_tcase(suite, damaged);
	suite_add_tcase(suite, files);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
