/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/debuginfo/kallsyms, against tables that are put together here as
 * scripts/kallsyms.c does it, but with tokens that a reader can follow: a
 * printable character is the number of the token that stands for itself.
 */
#include <check.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/kallsyms.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define PAGE		4096u
#define MEMORY		(32 * PAGE)
#define START		0xffffffff9a000000ULL	/* of the tables */
#define TEXT		0xffffffff99000000ULL	/* of the kernel */

/* Tokens that are longer than a character. */
#define T_INIT		"\x01"			/* "init_" */
#define T_TASK		"\x02"			/* "task" */
#define T_TYPED		"\x03"			/* "T_st" */
#define T_EXT		"\x04"			/* "ext" */

enum encoding { BASE_OR_ABSOLUTE, BASE, SELF, N_ENCODINGS };

struct source {
	enum encoding encoding;
	size_t marker_alignment;
	size_t n_fillers;	/* symbols before the others */
};

/* In the order of addresses. */
struct symbol {
	const char *tokens;
	uint64_t address;
};

static const struct symbol symbols[] = {
	{ T_TYPED T_EXT, TEXT },
	{ "T" T_INIT "mm", TEXT + 0x1000 },
	{ "tlocal", TEXT + 0x2000 },
	{ "ttwice", TEXT + 0x3000 },
	{ "Ttwice", TEXT + 0x4000 },
	{ "Ttwice", TEXT + 0x5000 },
	{ "Tinit_tas", TEXT + 0x6000 },
	{ "Tinit_tasks", TEXT + 0x6100 },
	{ "Tmminit_", TEXT + 0x6200 },
	{ "D" T_INIT T_TASK, TEXT + 0x1234568 },
	{ "dlocal", TEXT + 0x2000000 },
};

/* Where an address is, in memory; and what reads do. */
static struct {
	uint8_t bytes[MEMORY];
	size_t size;
	size_t names, names_end, markers, offsets, token_index, token_table;
	size_t num_syms, base;
	struct kallsyms_tables tables;
	kaddr_t excluded;	/* no page there; 0: none */
	size_t n_reads;
	size_t failing_read;	/* 0: none */
	bool endless;		/* past the end, nothing but bytes of 64 */
} world;

static enum status read_world(void *arg, kaddr_t addr, void *buf, size_t len,
			      struct diag *diag)
{
	const uint64_t at = addr.v - START;

	ck_assert_ptr_eq(arg, &world);
	if (++world.n_reads == world.failing_read)
		return diag_fail(diag, ST_IO, "disk on fire");
	if (world.endless && at >= world.size) {
		memset(buf, 64, len);
		return ST_OK;
	}
	if (at > world.size || len > world.size - at)
		return diag_fail(diag, ST_NO_ADDRESS, "nothing is there");
	if (world.excluded.v && addr.v < world.excluded.v + PAGE &&
	    addr.v + len > world.excluded.v)
		return diag_fail(diag, ST_EXCLUDED, "left out");
	memcpy(buf, world.bytes + at, len);
	return ST_OK;
}

/* ---- putting tables together ---- */

static void align(size_t to)
{
	world.size = (world.size + to - 1) & ~(to - 1);
}

static size_t put(const void *bytes, size_t n)
{
	const size_t at = world.size;

	ck_assert_uint_le(at + n, MEMORY);
	memcpy(world.bytes + at, bytes, n);
	world.size += n;
	return at;
}

static size_t put_u32(uint32_t value)
{
	value = htole32(value);
	return put(&value, sizeof(value));
}

static void put_name(const char *tokens)
{
	const size_t len = strlen(tokens);
	const uint8_t bytes[2] = { (len & 0x7f) | 0x80, len >> 7 };
	const uint8_t byte = len;

	if (len < 0x80)
		put(&byte, 1);
	else
		put(bytes, 2);
	put(tokens, len);
}

static const char *filler(size_t i)
{
	static char name[32];

	snprintf(name, sizeof(name), "tf%03zu", i);
	return name;
}

static void put_names(const struct source *source,
		      const struct symbol *list, size_t n)
{
	uint32_t markers[64];
	size_t i;

	world.names = world.size;
	for (i = 0; i < source->n_fillers + n; i++) {
		if (i % 256 == 0)
			markers[i / 256] = world.size - world.names;
		put_name(i < source->n_fillers ? filler(i) :
			 list[i - source->n_fillers].tokens);
	}
	world.names_end = world.size;
	align(source->marker_alignment);
	world.markers = world.size;
	for (size_t m = 0; m * 256 < i; m++)
		put_u32(markers[m]);
}

static void put_tokens(void)
{
	uint16_t index[256];

	world.token_table = world.size;
	for (size_t i = 0; i < 256; i++) {
		const char text[] = { i > ' ' && i <= '~' ? i : '?', 0 };

		index[i] = htole16(world.size - world.token_table);
		switch (i) {
		case 1:
			put("init_", 6);
			break;
		case 2:
			put("task", 5);
			break;
		case 3:
			put("T_st", 5);
			break;
		case 4:
			put("ext", 4);
			break;
		default:
			put(text, 2);
		}
	}
	align(8);
	world.token_index = put(index, sizeof(index));
}

static uint32_t encode(const struct source *source, uint64_t address)
{
	switch (source->encoding) {
	case BASE_OR_ABSOLUTE:
		return address < TEXT ? address : TEXT - 1 - address;
	case BASE:
		return address - TEXT;
	default:
		return address - (START + world.size);
	}
}

static void put_offsets(const struct source *source,
			const struct symbol *list, size_t n)
{
	const uint64_t base = htole64(TEXT);

	world.offsets = world.size;
	for (size_t i = 0; i < source->n_fillers + n; i++)
		put_u32(encode(source, i < source->n_fillers ? TEXT :
			       list[i - source->n_fillers].address));
	align(8);
	world.base = put(&base, sizeof(base));
}

static void put_world(const struct source *source,
		      const struct symbol *list, size_t n)
{
	memset(&world, 0, sizeof(world));
	world.size = PAGE - 40;		/* names cross pages early */
	world.num_syms = put_u32(source->n_fillers + n);
	put_names(source, list, n);
	put_tokens();
	put_offsets(source, list, n);
	align(PAGE);
	world.tables = (struct kallsyms_tables) { {
		[KALLSYMS_NAMES] = KADDR(START + world.names),
		[KALLSYMS_NUM_SYMS] = KADDR(START + world.num_syms),
		[KALLSYMS_TOKEN_TABLE] = KADDR(START + world.token_table),
		[KALLSYMS_TOKEN_INDEX] = KADDR(START + world.token_index),
		[KALLSYMS_OFFSETS] = KADDR(START + world.offsets),
		[KALLSYMS_RELATIVE_BASE] =
			KADDR(source->encoding == SELF ? 0 :
			      START + world.base),
		[KALLSYMS_STEXT] = KADDR(TEXT),
	} };
}

static const struct source plain = { BASE_OR_ABSOLUTE, 8, 0 };
static const struct source long_one = { SELF, 4, 900 };

static void put_usual(const struct source *source)
{
	put_world(source, symbols, COUNT(symbols));
}

/* ---- asking ---- */

static struct diag diag;

static enum status find(struct symbol_want *wants, size_t n)
{
	diag.text[0] = '\0';
	return kallsyms_symbols(&world.tables, read_world, &world, wants, n,
				&diag);
}

static void expect(const char *name, uint64_t address, unsigned int n_found)
{
	struct symbol_want want = { .name = name, .size = 77 };

	ck_assert_msg(find(&want, 1) == ST_OK, "%s", diag.text);
	ck_assert_uint_eq(want.found, n_found > 0);
	ck_assert_uint_eq(want.n_found, n_found);
	ck_assert_uint_eq(want.address, address);
	ck_assert_uint_eq(want.size, 0);
}

/* A failure leaves wants alone, and says this. */
static void expect_failure(enum status status, const char *text)
{
	struct symbol_want want = { "init_task", true, 5, 6, 7 };
	enum status st = find(&want, 1);

	ck_assert_msg(st == status, "%s: %s", status_text(st), diag.text);
	ck_assert_ptr_nonnull(strstr(diag.text, text));
	ck_assert_uint_eq(want.address, 5);
	ck_assert_uint_eq(want.size, 6);
	ck_assert_uint_eq(want.n_found, 7);
	ck_assert(want.found);
}

/* ---- what is there ---- */

START_TEST(encodings)
{
	static const size_t alignments[] = { 4, 8 };
	const struct source source = {
		.encoding = _i % N_ENCODINGS,
		.marker_alignment = alignments[_i / N_ENCODINGS % 2],
		.n_fillers = _i / N_ENCODINGS / 2 * 300,
	};

	put_usual(&source);
	expect("_stext", TEXT, 1);
	expect("init_mm", TEXT + 0x1000, 1);
	expect("init_task", TEXT + 0x1234568, 1);
	expect("init_tas", TEXT + 0x6000, 1);
	expect("init_tasks", TEXT + 0x6100, 1);
	expect("mminit_", TEXT + 0x6200, 1);
	expect("init_", 0, 0);
	expect("nit_mm", 0, 0);
	expect("", 0, 0);
}
END_TEST

static void expect_at(uint64_t address, const char *name, uint64_t start)
{
	struct symbol_at at = { .address = address, .name = "?" };
	enum status st = kallsyms_names_at(&world.tables, read_world, &world,
					   &at, 1, &diag);

	ck_assert_msg(st == ST_OK, "%s", diag.text);
	ck_assert_str_eq(at.name, name);
	if (name[0])
		ck_assert_uint_eq(at.start, start);
}

START_TEST(names_at_addresses)
{
	const struct source source = { _i % N_ENCODINGS, 8,
				       _i / N_ENCODINGS * 300 };

	put_usual(&source);
	/* The fillers are at its address, and before it. */
	if (!source.n_fillers)
		expect_at(TEXT + 0xfff, "_stext", TEXT);
	expect_at(TEXT + 0x1000, "init_mm", TEXT + 0x1000);
	expect_at(TEXT + 0x62ff, "mminit_", TEXT + 0x6200);
	expect_at(TEXT + 0x1234567, "mminit_", TEXT + 0x6200);
	expect_at(TEXT + 0x1234568, "init_task", TEXT + 0x1234568);
	/* The last one marks the end: what is behind it is a module's. */
	expect_at(TEXT + 0x2000000, "", 0);
	expect_at(0xffffffffc0000000, "", 0);
	expect_at(0, "", 0);
}
END_TEST

START_TEST(the_first_of_several_at_an_address)
{
	const struct symbol list[] = {
		{ T_TYPED T_EXT, TEXT },
		{ "Tfirst", TEXT + 8 },
		{ "Tsecond", TEXT + 8 },
		{ "dend", TEXT + 64 },
	};

	put_world(&plain, list, COUNT(list));
	expect_at(TEXT + 9, "first", TEXT + 8);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_none)
{
	char big[160] = "t";
	const struct symbol list[] = {
		{ T_TYPED T_EXT, TEXT },
		{ big, TEXT + 8 },
		{ "dend", TEXT + 64 },
	};

	memset(big + 1, 'x', 127);
	put_world(&plain, list, COUNT(list));
	expect_at(TEXT + 8, big + 1, TEXT + 8);
	big[128] = 'x';
	put_world(&plain, list, COUNT(list));
	expect_at(TEXT + 8, "", 0);
}
END_TEST

/* Every length of names shifts where the names end and blocks are cut. */
START_TEST(name_lengths)
{
	const struct source source = { SELF, 4, 0 };
	char big[1025] = "t";
	const struct symbol list[] = {
		{ big, TEXT - 0x1000 },
		{ T_TYPED T_EXT, TEXT },
		{ "D" T_INIT T_TASK, TEXT + 8 },
	};

	for (size_t len = 1; len < sizeof(big) - 1; len++) {
		big[len] = 'x';
		put_world(&source, list, COUNT(list));
		expect(big + 1, TEXT - 0x1000, 1);
		expect("init_task", TEXT + 8, 1);
	}
}
END_TEST

START_TEST(per_cpu)
{
	const struct symbol list[] = {
		{ "Acounter", 0x1f000 },
		{ T_TYPED T_EXT, TEXT },
	};

	put_world(&plain, list, COUNT(list));
	expect("counter", 0x1f000, 1);
	expect("_stext", TEXT, 1);
}
END_TEST

/* arm64 and x86 6.15 to 6.19: the base alone does not tell the encoding. */
START_TEST(stext_is_not_the_base)
{
	const struct symbol list[] = {
		{ "T_text", TEXT },
		{ T_TYPED T_EXT, TEXT + 0x10000 },
		{ "D" T_INIT T_TASK, TEXT + 0x90000000 },
	};
	const struct source source = { BASE, 8, 0 };

	put_world(&source, list, COUNT(list));
	world.tables.at[KALLSYMS_STEXT].v += 0x10000;
	expect("init_task", TEXT + 0x90000000, 1);
}
END_TEST

START_TEST(duplicates)
{
	put_usual(&plain);
	expect("twice", TEXT + 0x4000, 3);
	expect("local", TEXT + 0x2000, 2);
}
END_TEST

START_TEST(many_wants)
{
	struct symbol_want wants[] = {
		{ .name = "init_task" },
		{ .name = "absent", .found = true, .address = 1, .n_found = 4 },
		{ .name = "_stext" },
		{ .name = "init_task" },
		{ .name = "a_name_that_is_longer_than_any_symbol_there_is" },
	};

	put_usual(&long_one);
	ck_assert_int_eq(find(wants, COUNT(wants)), ST_OK);
	ck_assert_uint_eq(wants[0].address, TEXT + 0x1234568);
	ck_assert(!wants[1].found);
	ck_assert_uint_eq(wants[1].n_found, 0);
	ck_assert_uint_eq(wants[2].address, TEXT);
	ck_assert_uint_eq(wants[3].address, TEXT + 0x1234568);
	ck_assert(!wants[4].found);
	ck_assert_int_eq(find(NULL, 0), ST_OK);
}
END_TEST

/* ---- what is missing ---- */

START_TEST(missing_line)
{
	put_usual(&plain);
	if (_i == KALLSYMS_RELATIVE_BASE)
		return;
	world.tables.at[_i].v = 0;
	expect_failure(ST_ABSENT, "VMCOREINFO has no SYMBOL(");
	ck_assert_ptr_nonnull(strstr(diag.text, kallsyms_keys[_i]));
}
END_TEST

START_TEST(missing_base)
{
	put_usual(&plain);
	world.tables.at[KALLSYMS_RELATIVE_BASE].v = 0;
	expect_failure(ST_UNKNOWN, "no encoding that we know makes _stext "
		       "0xffffffff99000000 of offset 0xffffffff");
}
END_TEST

START_TEST(wrong_stext)
{
	const struct source source = { _i, 8, 0 };

	put_usual(&source);
	world.tables.at[KALLSYMS_STEXT].v += 0x200000;
	expect_failure(ST_UNKNOWN, "no encoding that we know");
}
END_TEST

START_TEST(no_stext)
{
	put_world(&plain, symbols + 1, COUNT(symbols) - 1);
	expect_failure(ST_UNKNOWN, "kallsyms has no _stext among its 10 "
		       "symbols");
}
END_TEST

START_TEST(each_read_fails)
{
	struct symbol_want want = { .name = "init_task" };
	size_t n;

	put_usual(&long_one);
	ck_assert_int_eq(find(&want, 1), ST_OK);
	n = world.n_reads;
	for (size_t i = 1; i <= n; i++) {
		world.n_reads = 0;
		world.failing_read = i;
		expect_failure(ST_IO, "kallsyms_");
		ck_assert_ptr_nonnull(strstr(diag.text, ": disk on fire"));
	}
}
END_TEST

START_TEST(each_read_for_a_name_fails)
{
	struct symbol_at at = { .address = TEXT + 0x1001 };
	size_t n;

	put_usual(&long_one);
	expect_at(at.address, "init_mm", TEXT + 0x1000);
	n = world.n_reads;
	for (size_t i = 1; i <= n; i++) {
		world.n_reads = 0;
		world.failing_read = i;
		ck_assert_int_eq(kallsyms_names_at(&world.tables, read_world,
						   &world, &at, 1, &diag),
				 ST_IO);
	}
}
END_TEST

START_TEST(excluded_page)
{
	put_usual(&long_one);
	world.excluded = KADDR(START + PAGE);
	expect_failure(ST_EXCLUDED,
		       "symbol 6 of 911: kallsyms_names: left out");
}
END_TEST

/* What follows the page in which a table ends need not be there. */
START_TEST(reads_no_page_too_many)
{
	size_t len, at;

	put_usual(&long_one);
	len = world.token_table - world.names;	/* with the markers */
	at = world.size + world.names % PAGE;
	memcpy(world.bytes + at, world.bytes + world.names, len);
	world.tables.at[KALLSYMS_NAMES] = KADDR(START + at);
	world.size = at + len;
	align(PAGE);
	ck_assert_uint_le(world.size, MEMORY);
	expect("init_task", TEXT + 0x1234568, 1);
}
END_TEST

/* ---- what makes no sense ---- */

static void set_u32(size_t at, uint32_t value)
{
	value = htole32(value);
	memcpy(world.bytes + at, &value, sizeof(value));
}

static void set_u16(size_t at, uint16_t value)
{
	value = htole16(value);
	memcpy(world.bytes + at, &value, sizeof(value));
}

START_TEST(absurd_count)
{
	static const uint32_t counts[] = { 0, 0x400001, 0xffffffff };

	put_usual(&plain);
	for (size_t i = 0; i < COUNT(counts); i++) {
		set_u32(world.num_syms, counts[i]);
		expect_failure(ST_CORRUPT, "kallsyms_num_syms is ");
	}
}
END_TEST

START_TEST(wrong_count)
{
	static const int wrong[] = { -1, 1, -300 };

	put_usual(&long_one);
	set_u32(world.num_syms, 911 + wrong[_i]);
	expect_failure(ST_CORRUPT, "kallsyms_names: ");
}
END_TEST

START_TEST(count_too_large_for_memory)
{
	put_usual(&plain);
	set_u32(world.num_syms, 0x400000);
	memset(world.bytes + world.size, 1, PAGE);
	world.tables.at[KALLSYMS_NAMES] = KADDR(START + world.size);
	world.size += PAGE;
	expect_failure(ST_NO_ADDRESS, "symbol 2048 of 4194304: "
		       "kallsyms_names: nothing is there");
}
END_TEST

START_TEST(empty_name)
{
	put_usual(&plain);
	world.bytes[world.names] = 0;
	expect_failure(ST_CORRUPT, "symbol 0 of 11: kallsyms_names: a name of "
		       "0 tokens");
}
END_TEST

START_TEST(name_too_long)
{
	put_usual(&plain);
	world.bytes[world.names] = 0xff;
	world.bytes[world.names + 1] = 0xff;
	expect_failure(ST_CORRUPT, "a name of 32767 tokens");
}
END_TEST

START_TEST(name_past_the_end)
{
	put_usual(&plain);
	world.tables.at[KALLSYMS_NAMES] = KADDR(START + world.size - 3);
	memset(world.bytes + world.size - 3, 100, 3);
	expect_failure(ST_NO_ADDRESS,
		       "symbol 0 of 11: kallsyms_names: nothing is there");
	world.bytes[world.size - 3] = 1;
	world.bytes[world.size - 1] = 0x80;	/* half of a length */
	expect_failure(ST_NO_ADDRESS, "symbol 1 of 11");
}
END_TEST

START_TEST(names_without_end)
{
	put_usual(&plain);
	set_u32(world.num_syms, 0x400000);
	world.tables.at[KALLSYMS_NAMES] = KADDR(START + world.size);
	world.endless = true;
	expect_failure(ST_CORRUPT, "kallsyms_names does not end");
}
END_TEST

/* One name swallows the next, another falls apart: as many, and as long. */
START_TEST(names_out_of_step)
{
	uint8_t *names;

	put_usual(&long_one);
	names = world.bytes + world.names;
	ck_assert_uint_eq(names[0], 5);
	names[200 * 6] = 11;
	names[300 * 6] = 2;
	names[300 * 6 + 3] = 2;
	expect_failure(ST_CORRUPT, "911 names end at 0x");
}
END_TEST

START_TEST(token_index)
{
	put_usual(&plain);
	set_u16(world.token_index, 1);
	expect_failure(ST_CORRUPT, "token 0 starts at 1");
	put_usual(&plain);
	set_u16(world.token_index + 2 * 7, 0xffff);
	expect_failure(ST_CORRUPT, "token 8 starts at ");
	put_usual(&plain);
	set_u16(world.token_index + 2 * 7, 0);
	expect_failure(ST_CORRUPT, "token 7 starts at 0");
	put_usual(&plain);
	set_u16(world.token_index + 2 * 255, 0xffff);
	expect_failure(ST_NO_ADDRESS, "kallsyms_token_table: nothing is there");
}
END_TEST

START_TEST(token_table)
{
	put_usual(&plain);
	world.bytes[world.token_table + 1] = 'x';
	expect_failure(ST_CORRUPT, "token 0 does not end where");
	put_usual(&plain);
	world.bytes[world.token_table + 4] = '\0';
	expect_failure(ST_CORRUPT, "token 1 does not end where");
}
END_TEST

START_TEST(last_token_without_end)
{
	const size_t len = 256 * 2 + 4 + 3 + 3 + 2;

	put_usual(&plain);
	memcpy(world.bytes + world.size, world.bytes + world.token_table, len);
	memset(world.bytes + world.size + len - 1, 'x', PAGE);
	world.tables.at[KALLSYMS_TOKEN_TABLE] = KADDR(START + world.size);
	world.size += 2 * PAGE;
	expect_failure(ST_CORRUPT, "the last token does not end");
}
END_TEST

/* Tables at the end of the address space, or anywhere else. */
START_TEST(wild_addresses)
{
	static const uint64_t wild[] = { 1, 0x1000, ~0ULL, 1ULL << 63,
					 START - 1, START + MEMORY };

	for (size_t i = 0; i < COUNT(wild); i++) {
		put_usual(&plain);
		world.tables.at[_i].v = wild[i];
		expect_failure(_i == KALLSYMS_STEXT ? ST_UNKNOWN :
			       ST_NO_ADDRESS, "kallsyms_");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kallsyms");
	TCase *there = tcase_create("there");
	TCase *missing = tcase_create("missing");
	TCase *damaged = tcase_create("damaged");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(there, encodings, 0, 4 * N_ENCODINGS);
	tcase_add_loop_test(there, names_at_addresses, 0, 2 * N_ENCODINGS);
	tcase_add_test(there, the_first_of_several_at_an_address);
	tcase_add_test(there, a_name_that_is_too_long_is_none);
	tcase_add_test(there, name_lengths);
	tcase_add_test(there, per_cpu);
	tcase_add_test(there, stext_is_not_the_base);
	tcase_add_test(there, duplicates);
	tcase_add_test(there, many_wants);
	tcase_add_loop_test(missing, missing_line, 0, N_KALLSYMS_TABLES);
	tcase_add_test(missing, missing_base);
	tcase_add_loop_test(missing, wrong_stext, 0, N_ENCODINGS);
	tcase_add_test(missing, no_stext);
	tcase_add_test(missing, each_read_fails);
	tcase_add_test(missing, each_read_for_a_name_fails);
	tcase_add_test(missing, excluded_page);
	tcase_add_test(missing, reads_no_page_too_many);
	tcase_add_test(damaged, absurd_count);
	tcase_add_loop_test(damaged, wrong_count, 0, 3);
	tcase_add_test(damaged, count_too_large_for_memory);
	tcase_add_test(damaged, empty_name);
	tcase_add_test(damaged, name_too_long);
	tcase_add_test(damaged, name_past_the_end);
	tcase_add_test(damaged, names_without_end);
	tcase_add_test(damaged, names_out_of_step);
	tcase_add_test(damaged, token_index);
	tcase_add_test(damaged, token_table);
	tcase_add_test(damaged, last_token_without_end);
	tcase_add_loop_test(damaged, wild_addresses, 0,
			    N_KALLSYMS_TABLES);
	suite_add_tcase(suite, there);
	suite_add_tcase(suite, missing);
	suite_add_tcase(suite, damaged);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
