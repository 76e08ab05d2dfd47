/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* src/base: SHA-256, and the names that it hides. */
#include "world.h"

#include "base/sha256.h"
#include "base/stand_in.h"

/* ---- SHA-256: examples of FIPS 180, and of NIST's for its lengths ---- */

static const struct {
	const char *text;
	size_t times;
	const char *digest;
} digests[] = {
	{ "", 1, "e3b0c44298fc1c149afbf4c8996fb924"
		 "27ae41e4649b934ca495991b7852b855" },
	{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
	/* with its length it does not fit in one block */
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "248d6a61d20638b8e5c026930c3e6039"
	  "a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
	  "cf5b16a778af8380036ce59e7b049237"
	  "0b249b11e8f07a51afac45037afee9d1" },
	{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67"
			"f1809a48a497200e046d39ccc7112cd0" },
	/* the last length that fits in one block, and around a whole one */
	{ "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9a"
		   "e9b0a925a5258e241c9f1e910f734318" },
	{ "a", 63, "7d3e74a05d7db15bce4ad9ec0658ea98"
		   "e3f06eeecf16b4c6fff2da457ddc2f34" },
	{ "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209"
		   "f439851db43d0ba5997337df154668eb" },
};

START_TEST(sha256_is_that_of_fips_180)
{
	size_t len = strlen(digests[_i].text);
	char *text = malloc(len * digests[_i].times + 1);
	uint8_t digest[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	for (size_t i = 0; i < digests[_i].times; i++)
		memcpy(text + i * len, digests[_i].text, len);
	sha256(text, len * digests[_i].times, digest);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	ck_assert_str_eq(hex, digests[_i].digest);
	free(text);
}
END_TEST

/* ---- names ---- */

START_TEST(a_name_is_hashed_as_sha256sum_does)
{
	char text[STAND_IN_SIZE];

	stand_in(NAME_OF_COMMAND, "bash and more", 4, text);
	ck_assert_str_eq(text, "c37d2b12d5d9a");
	stand_in(NAME_OF_HOST, "db01.example.com", 16, text);
	ck_assert_str_eq(text, "h498ab70c6dd6");
	stand_in(NAME_OF_CGROUP, "anything", 0, text);
	ck_assert_str_eq(text, "");
}
END_TEST

/* ---- paths ---- */

static void ck_text(char *got, const char *want)
{
	ck_assert_str_eq(got, want);
	free(got);
}

struct text_row {
	const char *text, *want;
};

static const struct text_row paths[] = {
	{ "/usr/lib/libc.so.6", "/p7ee4c3ec0b4e/p76b5a3573912/pce96a68c538b" },
	{ "/usr", "/p7ee4c3ec0b4e" },
	{ "/", "/" },
	{ "", "" },
	{ "//usr/", "//p7ee4c3ec0b4e/" },
	{ "usr/lib", "p7ee4c3ec0b4e/p76b5a3573912" },
	{ "../usr/./vmcore", "../p7ee4c3ec0b4e/./pbc1306d195bf" },
};

START_TEST(each_part_of_a_path_is_hashed)
{
	ck_text(stand_in_for_path(NAME_OF_FILE, paths[_i].text),
		paths[_i].want);
}
END_TEST

START_TEST(parts_of_a_cgroup_are_told_from_those_of_a_path)
{
	ck_text(stand_in_for_path(NAME_OF_CGROUP, "/usr/jane"),
		"/g7ee4c3ec0b4e/g81f8f6dde883");
}
END_TEST

static const struct text_row files[] = {
	{ "/usr/lib (deleted)", "/p7ee4c3ec0b4e/p76b5a3573912 (deleted)" },
	{ "(unreachable)/usr", "(unreachable)/p7ee4c3ec0b4e" },
	{ "(unreachable)/usr (deleted)", "(unreachable)/p7ee4c3ec0b4e (deleted)" },
	{ "/", "/" },
	{ " (deleted)", " (deleted)" },
	{ "block device 8:1", "block device 8:1" },
	{ "/dev/zero (deleted)", "/dev/zero (deleted)" },
	{ "/[aio] (deleted)", "/[aio] (deleted)" },
	{ "/SYSV0052e2c1 (deleted)", "/SYSV0052e2c1 (deleted)" },
	{ "/memfd:secret (deleted)", "/memfd:p2bb80d537b1d (deleted)" },
	{ "/memfd:a/b (deleted)", "/memfd:pc14cddc033f6 (deleted)" },
	{ "/memfd: (deleted)", "/memfd: (deleted)" },
	/* names that only begin like those of the kernel */
	{ "/dev/zero/usr", "/pef260e9aa3c6/pf9194e73f9e9/p7ee4c3ec0b4e" },
	{ "/SYSVsecret", "/pea2b6e95614f" },
	{ "/SYSV0052e2cx", "/p0ccc3fed59c8" },
	{ "/SYSV0052e2c10", "/pde0b0ad442ae" },
	{ "/[aio]/usr", "/pa2bd3c7d6a02/p7ee4c3ec0b4e" },
};

START_TEST(what_the_kernel_adds_to_a_path_stays)
{
	ck_text(stand_in_for_file(files[_i].text), files[_i].want);
}
END_TEST

/* ---- messages ---- */

static const char *const known[] = {
	"/home/jane/case 4711/vmcore", "/home/jane/.cache/rmap inspect",
	"vmcore", "",
};

static const struct text_row messages[] = {
	{ "frame 0x40: excluded from the dump",
	  "frame 0x40: excluded from the dump" },
	{ "", "" },
	{ "/home/jane/case 4711/vmcore: cut short",
	  "/p4ea140588150/p81f8f6dde883/pfc7017390029/pbc1306d195bf: cut short" },
	{ "none in /home/jane/.cache/rmap inspect/4b825dc6",
	  "none in /p4ea140588150/p81f8f6dde883/pf45810edd091/p70b9e052d71e"
	  "/p1b6d48c751cb" },
	/* a directory of a known file, which does not end there */
	{ "/home/jane/case 4711: Permission denied",
	  "/p4ea140588150/p81f8f6dde883/pfc7017390029: Permission denied" },
	{ "/home/janet is not /home/jane",
	  "/p4ea140588150/p0c081477c9bc is not /p4ea140588150/p81f8f6dde883" },
	/* any other */
	{ "no such file '/usr/lib:secret', (/usr)",
	  "no such file '/p7ee4c3ec0b4e/pc51ecf541c16', (/p7ee4c3ec0b4e)" },
	/* a word that is a file */
	{ "vmcore: no vmcore; VMCOREINFO of vmcores in a/vmcore",
	  "pbc1306d195bf: no pbc1306d195bf; VMCOREINFO of vmcores in a/vmcore" },
	{ "vmcore", "pbc1306d195bf" },
	{ "and/or, a / b", "and/or, a / b" },
};

START_TEST(files_in_messages_are_hashed)
{
	ck_text(stand_in_for_message(messages[_i].text, known,
				     ARRAY_LEN(known)), messages[_i].want);
}
END_TEST

static const struct test tests[] = {
	ROWS(sha256_is_that_of_fips_180, digests),
	PLAIN(a_name_is_hashed_as_sha256sum_does),
	ROWS(each_part_of_a_path_is_hashed, paths),
	PLAIN(parts_of_a_cgroup_are_told_from_those_of_a_path),
	ROWS(what_the_kernel_adds_to_a_path_stays, files),
	ROWS(files_in_messages_are_hashed, messages),
};

int main(void)
{
	return run_suite("stand_in", tests, ARRAY_LEN(tests));
}
