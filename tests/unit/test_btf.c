/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BTF as a source of layouts, against blobs that are put together here, type
 * by type, and damaged in every way that there is a check for.
 *
 * With BTF_OBJECT, layouts.c and layouts2.c compiled with -g and given a .BTF
 * section by pahole -J, also against what the compiler says of layouts.h.
 */
#include <check.h>
#include <endian.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debuginfo/btf_blob.h"
#include "debuginfo/btf_types.h"
#include "layouts.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* ---- putting a blob together ---- */

struct header {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t size;
	uint32_t types_offset, types_size;
	uint32_t names_offset, names_size;
	uint32_t layout_offset, layout_size;	/* in the long one only */
};

#define SHORT_HEADER	24
#define ROOM		(4 << 20)

static struct header header;
static uint32_t *words;		/* the types */
static size_t n_words;
static uint32_t n_types;
static char *names;
static size_t n_names;
static uint8_t layout[4 * 128];
static size_t layout_size;

/* The blob, in memory that ends where it ends. */
static uint8_t *blob;
static size_t blob_size;
static struct type_source *types;

static void setup(void)
{
	header = (struct header) {
		.magic = 0xeb9f, .version = 1, .size = SHORT_HEADER,
	};
	words = malloc(ROOM);
	names = malloc(ROOM);
	names[0] = '\0';
	n_names = 1;
	n_words = n_types = layout_size = 0;
	blob = NULL;
	types = NULL;
}

static void teardown(void)
{
	type_source_free(types);
	free(blob);
	free(words);
	free(names);
}

static void add_word(uint32_t word)
{
	ck_assert_uint_lt((n_words + 1) * sizeof(*words), ROOM);
	words[n_words++] = htole32(word);
}

static uint32_t add_name(const char *name)
{
	size_t at = n_names;

	if (!name)
		return 0;
	ck_assert_uint_lt(n_names + strlen(name) + 1, ROOM);
	strcpy(names + at, name);
	n_names += strlen(name) + 1;
	return at;
}

#define FLAG	(1U << 31)

static uint32_t add_type(const char *name, unsigned int kind, uint32_t n,
			 uint32_t size_or_type)
{
	add_word(add_name(name));
	add_word((kind << 24) | n);
	add_word(size_or_type);
	return ++n_types;
}

static uint32_t add_flagged(const char *name, unsigned int kind, uint32_t n,
			    uint32_t size)
{
	uint32_t id = add_type(name, kind, n, size);

	words[n_words - 2] |= htole32(FLAG);
	return id;
}

static uint32_t add_int(const char *name, uint32_t size, uint32_t encoding)
{
	uint32_t id = add_type(name, BTF_INT, 0, size);

	add_word(encoding);
	return id;
}

static uint32_t add_array(uint32_t element, uint32_t n)
{
	uint32_t id = add_type(NULL, BTF_ARRAY, 0, 0);

	add_word(element);
	add_word(1);
	add_word(n);
	return id;
}

static void add_member(const char *name, uint32_t type, uint32_t place)
{
	add_word(add_name(name));
	add_word(type);
	add_word(place);
}

#define BITS(bit, n)	((uint32_t)(n) << 24 | (bit))

static void add_enumerator(const char *name, uint32_t value)
{
	add_word(add_name(name));
	add_word(value);
}

static void add_enumerator64(const char *name, uint64_t value)
{
	add_enumerator(name, value);
	add_word(value >> 32);
}

static void fill_header(void)
{
	header.types_size = n_words * sizeof(*words);
	header.names_offset = header.types_size;
	header.names_size = n_names;
	header.layout_offset = header.names_offset + n_names;
	header.layout_size = layout_size;
}

static void join(void)
{
	uint8_t *p;

	blob_size = header.size + n_words * sizeof(*words) + n_names +
		    layout_size;
	p = blob = calloc(1, blob_size);
	memcpy(p, &header, header.size < sizeof(header) ? header.size :
	       sizeof(header));
	p += header.size;
	memcpy(p, words, n_words * sizeof(*words));
	p += n_words * sizeof(*words);
	memcpy(p, names, n_names);
	memcpy(p + n_names, layout, layout_size);
}

static void assemble(void)
{
	fill_header();
	join();
}

static void must_open(void)
{
	struct diag diag = { 0 };

	ck_assert_msg(btf_types_new(blob, blob_size, "the test", &types,
				    &diag) == ST_OK, "%s", diag.text);
}

static void assemble_and_open(void)
{
	assemble();
	must_open();
}

/* ---- asking ---- */

static void assert_says(const struct diag *diag, const char *part)
{
	ck_assert_msg(strstr(diag->text, part), "\"%s\" lacks \"%s\"",
		      diag->text, part);
}

static enum status find_nth(const char *name, unsigned int nth,
			    struct type_id *ret_type, struct diag *diag)
{
	return types->ops->find(types, name, nth, FIND_EVERYWHERE, ret_type,
				diag);
}

static struct type_id must_find(const char *name, unsigned int nth)
{
	struct type_id nearby = { 0 }, type = { 0 };
	struct diag diag = { 0 };

	ck_assert_msg(find_nth(name, nth, &type, &diag) == ST_OK, "%s",
		      diag.text);
	ck_assert_int_eq(types->ops->find(types, name, nth, FIND_NEARBY,
					  &nearby, NULL), ST_OK);
	ck_assert_uint_eq(type.v, nearby.v);
	return type;
}

static struct member_info must_have(const char *name, const char *path)
{
	struct member_info info = { 0 };
	struct diag diag = { 0 };

	ck_assert_msg(types->ops->member(types, must_find(name, 0), path,
					 &info, &diag) == ST_OK,
		      "%s.%s: %s", name, path, diag.text);
	return info;
}

static void assert_member(const char *name, const char *path,
			  struct member_info expected)
{
	struct member_info info = must_have(name, path);

	ck_assert_msg(!memcmp(&info, &expected, sizeof(info)),
		      "%s.%s: %u %u %u %u", name, path, info.offset,
		      info.size, info.count, info.element_size);
}

#define assert_member(name, path, ...)					\
	assert_member(name, path, (struct member_info) { __VA_ARGS__ })

static void assert_no_member(const char *name, const char *path,
			     enum status expected, const char *part)
{
	struct member_info info = { 1, 2, 3, 4 }, before = info;
	struct diag diag = { 0 };
	enum status st = types->ops->member(types, must_find(name, 0), path,
					    &info, &diag);

	ck_assert_msg(st == expected, "%s.%s: %s, not %s: %s", name, path,
		      status_text(st), status_text(expected), diag.text);
	assert_says(&diag, part);
	assert_says(&diag, name);
	ck_assert_mem_eq(&info, &before, sizeof(info));
	ck_assert_int_eq(types->ops->member(types, must_find(name, 0), path,
					    &info, NULL), expected);
}

static void assert_size(const char *name, uint64_t expected)
{
	uint64_t bytes = 0;

	ck_assert_int_eq(types->ops->size(types, must_find(name, 0), &bytes,
					  NULL), ST_OK);
	ck_assert_uint_eq(bytes, expected);
}

static void assert_not_found(const char *name, unsigned int nth)
{
	struct type_id type = { 77 };
	struct diag diag = { 0 };

	ck_assert_int_eq(find_nth(name, nth, &type, &diag), ST_ABSENT);
	assert_says(&diag, "BTF of ");
	assert_says(&diag, name);
	ck_assert_uint_eq(type.v, 77);
}

static void assert_value(const char *name, int64_t expected)
{
	struct diag diag = { 0 };
	int64_t value = 0;

	ck_assert_msg(types->ops->enumerator(types, name, &value,
					     &diag) == ST_OK,
		      "%s: %s", name, diag.text);
	ck_assert_int_eq(value, expected);
}

static void assert_no_value(const char *name, enum status expected,
			    const char *part)
{
	struct diag diag = { 0 };
	int64_t value = 77;

	ck_assert_int_eq(types->ops->enumerator(types, name, &value, &diag),
			 expected);
	assert_says(&diag, part);
	assert_says(&diag, name);
	ck_assert_int_eq(value, 77);
}

static char listed[256];

static void list(const char *name, int64_t value,
		 void *arg __attribute__((unused)))
{
	size_t len = strlen(listed);

	snprintf(listed + len, sizeof(listed) - len, "%s=%jd ", name,
		 (intmax_t)value);
}

static void assert_list(const char *name, enum status expected,
			const char *text)
{
	struct diag diag = { 0 };

	listed[0] = '\0';
	ck_assert_int_eq(types->ops->enumerators(types, name, list, NULL,
						 &diag), expected);
	ck_assert_str_eq(listed, text);
	if (expected != ST_OK)
		assert_says(&diag, name);
}

static void assert_refused(enum status expected, const char *part)
{
	struct type_source *source = NULL;
	struct diag diag = { 0 };
	enum status st = btf_types_new(blob, blob_size, "the test", &source,
				       &diag);

	ck_assert_msg(st == expected, "%s, not %s: %s", status_text(st),
		      status_text(expected), diag.text);
	ck_assert_ptr_null(source);
	assert_says(&diag, "BTF of the test: ");
	assert_says(&diag, part);
	ck_assert_int_eq(btf_types_new(blob, blob_size, "", &source, NULL),
			 expected);
}

/* ---- what there is ---- */

/* One of each kind, those that nothing asks for in between. */
static uint32_t word, pointer, matrix, qualified, either, colour, wide, real,
	inner, alias, flexible;

static void add_bystanders(void)
{
	add_type("forward", BTF_FWD, 0, 0);
	add_type("no_enum", BTF_ENUM, 0, 4);
	add_type(NULL, BTF_FUNC_PROTO, 2, word);
	add_enumerator("a", word);
	add_enumerator(NULL, pointer);
	add_type("function", BTF_FUNC, 1, n_types);
	add_type("variable", BTF_VAR, 0, word);
	add_word(1);
	add_type(".data..percpu", BTF_DATASEC, 2, 16);
	for (int i = 0; i < 6; i++)
		add_word(i);
	add_type("tagged", BTF_DECL_TAG, 0, word);
	add_word(-1);
}

static void add_parts(void)
{
	word = add_int("unsigned long", 8, 64);
	pointer = add_type(NULL, BTF_PTR, 0, 0);
	matrix = add_array(word, 5);
	matrix = add_type("row_t", BTF_TYPEDEF, 0, matrix);
	matrix = add_array(matrix, 3);
	add_bystanders();
	qualified = add_type(NULL, BTF_RESTRICT, 0, pointer);
	qualified = add_type(NULL, BTF_VOLATILE, 0, qualified);
	qualified = add_type(NULL, BTF_CONST, 0, qualified);
	qualified = add_flagged("rcu", BTF_TYPE_TAG, 0, qualified);
	either = add_type("either", BTF_UNION, 2, 8);
	add_member("word", word, 0);
	add_member("pointer", pointer, 0);
	colour = add_type("colour", BTF_ENUM, 2, 4);
	add_enumerator("RED", 0);
	add_enumerator("BLUE", 0xffffffff);
	wide = add_flagged("wide", BTF_ENUM64, 2, 8);
	add_enumerator64("WIDE", 0x123456789abcdef0);
	add_enumerator64("NEGATIVE", -5);
	real = add_type("long double", BTF_FLOAT, 0, 16);
	inner = add_type("inner", BTF_STRUCT, 2, 24);
	add_member("either", either, 64);
	add_member(NULL, either, 128);
	alias = add_type("inner_t", BTF_TYPEDEF, 0, inner);
	flexible = add_array(word, 0);
}

static void add_one_of_each(void)
{
	add_parts();
	add_type("outer", BTF_STRUCT, 9, 512);
	add_member("first", word, 0);
	add_member("matrix", matrix, 64);
	add_member("qualified", qualified, 1024);
	add_member("real", real, 1152);
	add_member("colour", colour, 1280);
	add_member("wide", wide, 1344);
	add_member(NULL, alias, 1408);
	add_member("inner", alias, 1600);
	add_member("flexible", flexible, 2048);
}

START_TEST(btf_kinds)
{
	add_one_of_each();
	assemble_and_open();
	assert_size("outer", 512);
	assert_size("either", 8);
	assert_member("outer", "first", 0, 8, 0, 8);
	assert_member("outer", "matrix", 8, 120, 15, 8);
	assert_member("outer", "qualified", 128, 8, 0, 8);
	assert_member("outer", "real", 144, 16, 0, 16);
	assert_member("outer", "colour", 160, 4, 0, 4);
	assert_member("outer", "wide", 168, 8, 0, 8);
	assert_member("outer", "either", 176 + 8, 8, 0, 8);
	assert_member("outer", "either.pointer", 176 + 8, 8, 0, 8);
	assert_member("outer", "pointer", 176 + 16, 8, 0, 8);
	assert_member("outer", "inner", 200, 24, 0, 24);
	assert_member("outer", "inner.either.word", 200 + 8, 8, 0, 8);
	assert_member("outer", "inner.word", 200 + 16, 8, 0, 8);
	assert_member("outer", "flexible", 256, 0, 0, 8);
	assert_value("WIDE", 0x123456789abcdef0);
	assert_list("wide", ST_OK, "WIDE=1311768467463790320 NEGATIVE=-5 ");
	ck_assert_str_eq(types->ops->name, "BTF");
}
END_TEST

START_TEST(btf_not_there)
{
	add_one_of_each();
	assemble_and_open();
	assert_not_found("forward", 0);
	assert_not_found("colour", 0);
	assert_not_found("inner_t", 0);
	assert_not_found("function", 0);
	assert_not_found("nner", 0);
	assert_not_found("inne", 0);
	assert_not_found("", 0);
	assert_not_found("outer", 1);
	assert_no_member("outer", "no_such", ST_ABSENT, "no member no_such");
	assert_no_member("outer", "inner.x.y", ST_ABSENT, "no member inner.x");
	assert_no_member("outer", "first.x", ST_ABSENT, "no member first.x");
	assert_no_member("outer", "matrix.x", ST_ABSENT, "no member matrix.x");
	assert_no_member("outer", "qualified.x", ST_ABSENT, "no member");
	assert_no_member("outer", "", ST_ABSENT, "no member");
	assert_no_member("outer", ".", ST_ABSENT, "no member");
	assert_no_member("outer", "inner.", ST_ABSENT, "no member inner.");
	assert_no_value("GREEN", ST_ABSENT, "no enumerator");
	assert_no_value("RE", ST_ABSENT, "no enumerator");
	assert_no_value("", ST_ABSENT, "no enumerator");
	assert_list("no_enum", ST_ABSENT, "");
	assert_list("outer", ST_ABSENT, "");
}
END_TEST

/* What nobody was told by find(). */
START_TEST(btf_bad_ids)
{
	static const uint64_t bad[] = { 0, 1000, UINT32_MAX, UINT64_MAX };
	struct diag diag = { 0 };
	struct member_info info;
	uint64_t bytes = 77;
	size_t i;

	add_one_of_each();
	assemble_and_open();
	for (i = 0; i < COUNT(bad); i++) {
		struct type_id type = { bad[i] };

		ck_assert_int_ne(types->ops->size(types, type, &bytes, &diag),
				 ST_OK);
		ck_assert_uint_eq(bytes, 77);
		ck_assert_int_ne(types->ops->member(types, type, "x", &info,
						    &diag), ST_OK);
		assert_says(&diag, "BTF of the test");
	}
}
END_TEST

START_TEST(btf_bit_fields)
{
	uint32_t word = add_int("unsigned int", 4, 32);

	add_flagged("flagged", BTF_STRUCT, 6, 16);
	add_member("low", word, BITS(0, 3));
	add_member("straddling", word, BITS(3, 7));
	add_member("wide", word, BITS(10, 40));
	add_member("whole", word, BITS(64, 8));
	add_member("none", word, BITS(96, 0));
	add_member("within", word, BITS(97, 0));
	assemble_and_open();
	assert_member("flagged", "low", 0, 1, 0, 1);
	assert_member("flagged", "straddling", 0, 2, 0, 2);
	assert_member("flagged", "wide", 1, 6, 0, 6);
	assert_member("flagged", "whole", 8, 1, 0, 1);
	assert_member("flagged", "none", 12, 4, 0, 4);
	assert_no_member("flagged", "within", ST_CORRUPT, "within a byte");
}
END_TEST

/* As before 5.0: the width belongs to the type. */
START_TEST(btf_old_bit_fields)
{
	uint32_t word = add_int("unsigned int", 4, 32);
	uint32_t seven = add_int("unsigned int", 4, 7);
	uint32_t five = add_int("unsigned int", 4, 6 << 16 | 5);

	seven = add_type("seven_t", BTF_TYPEDEF, 0, seven);
	add_type("flagged", BTF_STRUCT, 4, 16);
	add_member("first", seven, 3);
	add_member("second", five, 16);
	add_member("word", word, 32);
	add_member("within", word, 65);
	assemble_and_open();
	assert_member("flagged", "first", 0, 2, 0, 2);
	assert_member("flagged", "second", 2, 2, 0, 2);
	assert_member("flagged", "word", 4, 4, 0, 4);
	assert_no_member("flagged", "within", ST_CORRUPT, "within a byte");
}
END_TEST

START_TEST(btf_anonymous)
{
	uint32_t word = add_int("unsigned long", 8, 64);
	uint32_t innermost, middle;

	innermost = add_type(NULL, BTF_STRUCT, 2, 16);
	add_member("a", word, 0);
	add_member("b", word, 64);
	middle = add_type(NULL, BTF_UNION, 2, 16);
	add_member("c", word, 0);
	add_member(NULL, innermost, 0);
	add_type("outer", BTF_STRUCT, 4, 40);
	add_member("d", word, 0);
	add_member(NULL, word, 64);	/* padding, that is */
	add_member(NULL, middle, 128);
	add_member("c", word, 256);
	assemble_and_open();
	assert_member("outer", "b", 24, 8, 0, 8);
	assert_member("outer", "c", 16, 8, 0, 8);
}
END_TEST

START_TEST(btf_same_name)
{
	uint32_t word = add_int("unsigned long", 8, 64);
	struct type_id type = { 77 };
	struct diag diag = { 0 };
	unsigned int i;

	for (i = 0; i < 20; i++)
		add_type("many", BTF_STRUCT, 0, i);
	add_type("slot", BTF_STRUCT, 1, 8);
	add_member("a", word, 0);
	add_type("other", BTF_STRUCT, 0, 1);
	add_type("slot", BTF_FWD, 0, 0);
	add_type("slot", BTF_UNION, 1, 8);
	add_member("b", word, 0);
	assemble_and_open();
	assert_member("slot", "a", 0, 8, 0, 8);
	ck_assert_uint_eq(must_find("slot", 1).v, n_types);
	assert_not_found("slot", 2);
	assert_not_found("slot", UINT32_MAX);
	for (i = 0; i < 16; i++)
		ck_assert_uint_eq(must_find("many", i).v, 2 + i);
	ck_assert_int_eq(find_nth("many", 16, &type, &diag), ST_BUDGET);
	assert_says(&diag, "many");
	ck_assert_uint_eq(type.v, 77);
}
END_TEST

START_TEST(btf_signs)
{
	add_type("unsigned", BTF_ENUM, 1, 4);
	add_enumerator("TOP", 0xffffffff);
	add_flagged("signed", BTF_ENUM, 2, 4);
	add_enumerator("MINUS", 0xffffffff);
	add_enumerator("PLUS", 0x7fffffff);
	assemble_and_open();
	assert_value("TOP", 0xffffffff);
	assert_value("MINUS", -1);
	assert_value("PLUS", 0x7fffffff);
}
END_TEST

/* As before 6.0: no enum tells. */
START_TEST(btf_no_signs)
{
	add_type(NULL, BTF_ENUM, 2, 4);
	add_enumerator("MINUS", 0xffffffff);
	add_enumerator("PLUS", 7);
	assemble_and_open();
	assert_value("MINUS", -1);
	assert_value("PLUS", 7);
}
END_TEST

START_TEST(btf_contradictions)
{
	uint32_t same = add_name("SAME");

	for (int i = 0; i < 2; i++) {
		add_type("same", BTF_ENUM, 1, 4);
		add_word(same);
		add_word(3);
	}
	add_type("driver", BTF_ENUM, 2, 4);
	add_enumerator("NONE", 1);
	add_enumerator("FIRST", 2);
	add_type("driver", BTF_ENUM, 2, 4);
	add_enumerator("NONE", 0);
	add_enumerator("FIRST", 2);
	assemble_and_open();
	assert_value("SAME", 3);
	assert_list("same", ST_OK, "SAME=3 ");
	assert_value("FIRST", 2);
	assert_no_value("NONE", ST_UNKNOWN, "several values, 1 and 0");
	assert_list("driver", ST_UNKNOWN, "");
}
END_TEST

/* ---- newer than this reader ---- */

static void set_layout(unsigned int kind, uint8_t once, uint8_t each)
{
	layout[4 * kind] = once;
	layout[4 * kind + 1] = each;
	if (layout_size < 4 * (kind + 1))
		layout_size = 4 * (kind + 1);
}

/* Linux 7.1: counts of 24 bits. */
START_TEST(btf_many_members)
{
	uint32_t word = add_int("unsigned char", 1, 8), i;

	add_type("enum", BTF_ENUM, 70000, 4);
	for (i = 0; i < 69999; i++) {
		add_word(1);
		add_word(i);
	}
	add_enumerator("LAST", 69999);
	add_type("small", BTF_STRUCT, 1, 1);
	add_member("word", word, 0);
	assemble_and_open();
	assert_member("small", "word", 0, 1, 0, 1);
	assert_value("LAST", 69999);
}
END_TEST

/* Linux 7.1: kinds of 7 bits, whose sizes stand in the BTF. */
START_TEST(btf_unknown_kind)
{
	uint32_t word = add_int("unsigned long", 8, 64), new;

	header.size = sizeof(header);
	set_layout(BTF_INT, 99, 99);	/* nobody is told what is known */
	set_layout(77, 8, 4);
	new = add_type("new", 77, 2, word);
	for (int i = 0; i < 4; i++)
		add_word(0xffffffff);
	add_type("old", BTF_STRUCT, 4, 24);
	add_member("before", word, 0);
	add_member("new", new, 64);
	add_member(NULL, new, 64);
	add_member("after", word, 128);
	assemble_and_open();
	assert_member("old", "before", 0, 8, 0, 8);
	assert_no_member("old", "new", ST_UNSUPPORTED, "kind 77");
	assert_no_member("old", "new.x", ST_UNSUPPORTED, "kind 77");
	assert_no_member("old", "after", ST_UNSUPPORTED, "kind 77");
}
END_TEST

START_TEST(btf_long_header)
{
	add_one_of_each();
	header.size = _i;
	header.flags = 0xff;
	fill_header();
	if (_i < (int)sizeof(header))
		header.layout_offset = header.layout_size = 0x11111111;
	join();
	must_open();
	assert_size("outer", 512);
}
END_TEST

/* What follows the last section, as in a page read from a dump. */
START_TEST(btf_trailing_bytes)
{
	add_one_of_each();
	assemble();
	blob = realloc(blob, blob_size + 100);
	memset(blob + blob_size, 0xa5, 100);
	blob_size += 100;
	must_open();
	assert_size("outer", 512);
}
END_TEST

/* ---- what is refused ---- */

static void set_u16(size_t at, uint16_t value)
{
	value = htole16(value);
	memcpy(blob + at, &value, sizeof(value));
}

static void set_u32(size_t at, uint32_t value)
{
	value = htole32(value);
	memcpy(blob + at, &value, sizeof(value));
}

#define FIRST_TYPE	SHORT_HEADER

static void damage_magic(void) { set_u16(0, 0x1234); }
static void damage_order(void) { set_u16(0, 0x9feb); }
static void damage_version(void) { blob[2] = 2; }
static void damage_header_short(void) { set_u32(4, 23); }
static void damage_header_none(void) { set_u32(4, 0); }
static void damage_header_long(void) { set_u32(4, UINT32_MAX); }
static void damage_header_end(void) { set_u32(4, blob_size + 1); }
static void damage_types_offset(void) { set_u32(8, UINT32_MAX); }
static void damage_types_size(void) { set_u32(12, UINT32_MAX - 7); }
static void damage_types_end(void) { set_u32(12, blob_size); }
static void damage_types_odd(void) { set_u32(12, header.types_size - 1); }
static void damage_types_none(void) { set_u32(12, 0); }
static void damage_names_offset(void) { set_u32(16, UINT32_MAX - 3); }
static void damage_names_size(void) { set_u32(20, header.names_size + 1); }
static void damage_names_none(void) { set_u32(20, 0); }

static void damage_names_split(void)
{
	blob[SHORT_HEADER + header.names_offset] = 'x';
}

static void damage_names_end(void) { blob[blob_size - 1] = 'x'; }
static void damage_name(void) { set_u32(FIRST_TYPE, header.names_size); }
static void damage_name_far(void) { set_u32(FIRST_TYPE, UINT32_MAX); }

static void damage_name_empty(void)
{
	set_u32(FIRST_TYPE, header.names_size - 1);
}

static void damage_kind_none(void) { set_u32(FIRST_TYPE + 4, 0); }
static void damage_kind_new(void) { set_u32(FIRST_TYPE + 4, 20 << 24); }
static void damage_kind_last(void) { set_u32(FIRST_TYPE + 4, 127 << 24); }

static void damage_count(void)
{
	set_u32(FIRST_TYPE + 4, BTF_STRUCT << 24 | 0xffffff);
}

static void damage_hole(void)
{
	memset(blob + FIRST_TYPE + 40, 0, 64);
}

static const struct {
	void (*damage)(void);
	enum status status;
	const char *part;
} damages[] = {
	{ damage_magic, ST_UNSUPPORTED, "not BTF (it starts with 0x1234)" },
	{ damage_order, ST_UNSUPPORTED, "big-endian" },
	{ damage_version, ST_UNSUPPORTED, "version 2" },
	{ damage_header_short, ST_CORRUPT, "a header of 23 bytes" },
	{ damage_header_none, ST_CORRUPT, "a header of 0 bytes" },
	{ damage_header_long, ST_CORRUPT, "do not hold the header" },
	{ damage_header_end, ST_CORRUPT, "do not hold the header" },
	{ damage_types_offset, ST_CORRUPT, "the types" },
	{ damage_types_size, ST_CORRUPT, "the types" },
	{ damage_types_end, ST_CORRUPT, "the types" },
	{ damage_types_odd, ST_CORRUPT, "past the end of all types" },
	{ damage_types_none, ST_ABSENT, "no types" },
	{ damage_names_offset, ST_CORRUPT, "the names" },
	{ damage_names_size, ST_CORRUPT, "the names" },
	{ damage_names_none, ST_UNSUPPORTED, "split BTF" },
	{ damage_names_split, ST_UNSUPPORTED, "split BTF" },
	{ damage_names_end, ST_CORRUPT, "do not end with a zero byte" },
	{ damage_name, ST_CORRUPT, "type 1: its name" },
	{ damage_name_far, ST_CORRUPT, "type 1: its name" },
	{ damage_name_empty, ST_CORRUPT, "type 1: its name is empty" },
	{ damage_kind_none, ST_CORRUPT, "kind 0" },
	{ damage_kind_new, ST_UNSUPPORTED, "kind 20" },
	{ damage_kind_last, ST_UNSUPPORTED, "kind 127" },
	{ damage_count, ST_CORRUPT, "type 1 lies past the end" },
	{ damage_hole, ST_CORRUPT, "kind 0" },
};

START_TEST(btf_damaged)
{
	add_one_of_each();
	assemble();
	damages[_i].damage();
	assert_refused(damages[_i].status, damages[_i].part);
}
END_TEST

/* All of it must be there, as the names come last. */
START_TEST(btf_truncated)
{
	size_t len, whole;

	add_one_of_each();
	assemble();
	for (whole = len = blob_size; len--;) {
		blob = realloc(blob, len + 1);
		blob_size = len;
		assert_refused(len < 3 ? ST_UNSUPPORTED : ST_CORRUPT,
			       len < 3 ? "too short" : "truncated");
	}
	ck_assert_uint_gt(whole, 100);
}
END_TEST

/* The sizes of kinds are not where the long header says. */
START_TEST(btf_damaged_layout)
{
	add_one_of_each();
	header.size = sizeof(header);
	set_layout(20, 4, 4);
	fill_header();
	header.layout_size++;
	join();
	assert_refused(ST_CORRUPT, "sizes of kinds");
}
END_TEST

/* ---- what is found to be damaged when it is asked about ---- */

START_TEST(btf_dangling)
{
	uint32_t word = add_int("unsigned long", 8, 64);
	uint32_t proto = add_type(NULL, BTF_FUNC_PROTO, 0, word);
	uint32_t forward = add_type("forward", BTF_FWD, 0, 0);
	uint32_t dangling = add_type("dangling_t", BTF_TYPEDEF, 0, 5000);

	add_type("parent", BTF_STRUCT, 9, 8);
	add_member("good", word, 0);
	add_member("nothing", 0, 0);
	add_member("proto", proto, 0);
	add_member("forward", forward, 0);
	add_member("dangling", dangling, 0);
	add_member("far", UINT32_MAX, 0);
	add_word(n_names + 5000);
	add_word(word);
	add_word(0);
	add_member(NULL, dangling, 0);
	add_member("after", word, 0);
	assemble_and_open();
	assert_member("parent", "good", 0, 8, 0, 8);
	assert_no_member("parent", "nothing", ST_CORRUPT, "void");
	assert_no_member("parent", "proto", ST_CORRUPT, "has no size");
	assert_no_member("parent", "proto.x", ST_CORRUPT, "has no size");
	assert_no_member("parent", "forward", ST_CORRUPT, "has no size");
	assert_no_member("parent", "forward.x", ST_CORRUPT, "has no size");
	assert_no_member("parent", "dangling", ST_CORRUPT, "there are only 5");
	assert_no_member("parent", "far", ST_CORRUPT, "there are only 5");
	/* Whatever has no name, or cannot be looked into, may be the one. */
	assert_no_member("parent", "after", ST_CORRUPT, "there is no name");
}
END_TEST

START_TEST(btf_dangling_anonymous)
{
	uint32_t word = add_int("unsigned long", 8, 64);

	add_type("parent", BTF_STRUCT, 2, 8);
	add_member(NULL, 77, 0);
	add_member("after", word, 0);
	assemble_and_open();
	assert_no_member("parent", "after", ST_CORRUPT, "there are only 2");
}
END_TEST

/* A page of the names that reads as zeroes. */
START_TEST(btf_lost_names)
{
	uint32_t word = add_int("unsigned long", 8, 64);
	size_t from;

	add_type("enum", BTF_ENUM, 1, 4);
	add_enumerator("FIRST", 1);
	add_type("parent", BTF_STRUCT, 2, 8);
	from = n_names;
	add_member("first", word, 0);
	add_member("second", word, 0);
	add_type(NULL, BTF_ENUM, 1, 4);
	add_enumerator("SECOND", 1);
	memset(names + from, 0, n_names - from);
	assemble_and_open();
	assert_no_member("parent", "first", ST_CORRUPT, "there is no name");
	assert_value("FIRST", 1);
	assert_no_value("SECOND", ST_UNKNOWN, "damaged");
	assert_no_value("THIRD", ST_UNKNOWN, "damaged");
}
END_TEST

START_TEST(btf_damaged_enum)
{
	uint32_t second;

	add_type("enum", BTF_ENUM, 3, 4);
	add_enumerator("FIRST", 1);
	second = n_words;
	add_enumerator("SECOND", 2);
	add_enumerator("THIRD", 3);
	add_type("other", BTF_ENUM, 1, 4);
	add_enumerator("FOURTH", 4);
	words[second] = htole32(_i ? UINT32_MAX : 0);
	assemble_and_open();
	assert_value("FIRST", 1);
	assert_value("FOURTH", 4);
	assert_no_value("THIRD", ST_UNKNOWN, "damaged");
	assert_list("enum", ST_CORRUPT, "");
	assert_list("other", ST_OK, "FOURTH=4 ");
}
END_TEST

START_TEST(btf_cycles)
{
	uint32_t first = 1, alias, array, loop;

	alias = add_type("loop_t", BTF_TYPEDEF, 0, first);
	array = add_array(n_types + 2, 1);
	loop = n_types + 1;
	add_type("parent", BTF_STRUCT, 4, 8);
	add_member("alias", alias, 0);
	add_member("array", array, 0);
	add_member("self", loop, 8);
	add_member(NULL, loop, 8);
	add_type("arrays", BTF_STRUCT, 1, 8);
	add_member("endless", n_types + 1, 0);
	add_array(n_types + 1, 1);
	assemble_and_open();
	assert_no_member("parent", "alias", ST_BUDGET, "without end");
	assert_no_member("parent", "alias.x", ST_BUDGET, "without end");
	assert_member("parent", "array", 0, 8, 1, 8);
	assert_member("parent", "self.self.self", 3, 8, 0, 8);
	assert_no_member("parent", "no_such", ST_BUDGET, "without end");
	assert_no_member("arrays", "endless", ST_BUDGET, "without end");
}
END_TEST

/* Twice the same in each, 40 deep: without end, if not for ever. */
START_TEST(btf_explosion)
{
	uint32_t last = add_int("unsigned long", 8, 64);

	for (int i = 0; i < 40; i++) {
		uint32_t id = add_type(i == 39 ? "parent" : NULL, BTF_STRUCT,
				       2, 8);

		add_member(NULL, last, 0);
		add_member(NULL, last, 0);
		last = id;
	}
	assemble_and_open();
	assert_no_member("parent", "no_such", ST_BUDGET, "without end");
}
END_TEST

START_TEST(btf_overflows)
{
	uint32_t word = add_int("unsigned long", 8, 64), array = word;
	uint32_t huge;

	add_type("late", BTF_STRUCT, 2, 8);
	add_member("end", word, 0xfffffff8);
	add_member("large", n_types + 1, 0xfffffff8);
	add_array(word, 0x1fffffff);
	for (int i = 0; i < 3; i++)
		array = add_array(array, UINT32_MAX);
	huge = add_type("huge", BTF_STRUCT, 0, UINT32_MAX);
	huge = add_array(huge, 2);
	add_type("parent", BTF_STRUCT, 2, 8);
	add_member("array", array, 0);
	add_member("huge", huge, 0);
	assemble_and_open();
	assert_size("huge", UINT32_MAX);
	assert_member("late", "end", 0x1fffffff, 8, 0, 8);
	assert_no_member("late", "large", ST_CORRUPT, "absurd");
	assert_no_member("parent", "array", ST_CORRUPT, "overflow");
	assert_no_member("parent", "huge", ST_CORRUPT, "absurd");
}
END_TEST

/* Ask everything, whatever it answers. */
static void ask_all(struct type_source *source)
{
	static const char *const paths[] = {
		"first", "matrix", "qualified", "real", "colour", "wide",
		"inner", "inner.either.word", "word", "flexible", "no_such",
	};
	struct member_info info;
	struct type_id type;
	int64_t value;
	uint64_t bytes;
	size_t i;

	if (source->ops->find(source, "outer", 0, FIND_EVERYWHERE, &type,
			      NULL) == ST_OK) {
		(void)!source->ops->size(source, type, &bytes, NULL);
		for (i = 0; i < COUNT(paths); i++)
			(void)!source->ops->member(source, type, paths[i],
						   &info, NULL);
	}
	(void)!source->ops->enumerator(source, "WIDE", &value, NULL);
	(void)!source->ops->enumerator(source, "NO_SUCH", &value, NULL);
	(void)!source->ops->enumerators(source, "colour", list, NULL, NULL);
	(void)!source->ops->enumerators(source, "wide", list, NULL, NULL);
}

START_TEST(btf_scribbled)
{
	unsigned int seed = _i;
	struct type_source *source = NULL;
	struct diag diag = { 0 };

	add_one_of_each();
	assemble();
	for (int i = 0; i < 1 + _i % 7; i++)
		blob[rand_r(&seed) % blob_size] = rand_r(&seed) % 3 ?
			rand_r(&seed) : 0;
	if (btf_types_new(blob, blob_size, "scribbles", &source, &diag) !=
	    ST_OK) {
		assert_says(&diag, "BTF of scribbles: ");
		return;
	}
	ask_all(source);
	type_source_free(source);
}
END_TEST

/* ---- where the bytes come from ---- */

static char path[sizeof("/tmp/test_btf.XXXXXX")];

static void setup_file(void)
{
	int fd;

	setup();
	strcpy(path, "/tmp/test_btf.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown_file(void)
{
	unlink(path);
	teardown();
}

static void write_file(const void *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	if (n)
		ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
	ck_assert_int_eq(fclose(file), 0);
}

static void assert_file_refused(const char *name, enum status expected,
				const char *part)
{
	struct type_source *source = NULL;
	struct diag diag = { 0 };
	enum status st = btf_types_open_file(name, &source, &diag);

	ck_assert_msg(st == expected, "%s: %s, not %s: %s", name,
		      status_text(st), status_text(expected), diag.text);
	ck_assert_ptr_null(source);
	assert_says(&diag, name);
	assert_says(&diag, part);
	ck_assert_int_eq(btf_types_open_file(name, &source, NULL), expected);
}

START_TEST(btf_file)
{
	struct diag diag = { 0 };

	add_one_of_each();
	assemble();
	write_file(blob, blob_size);
	ck_assert_msg(btf_types_open_file(path, &types, &diag) == ST_OK, "%s",
		      diag.text);
	assert_member("outer", "inner.word", 200 + 16, 8, 0, 8);
	assert_not_found("no_such", 0);
	assert_no_member("outer", "no_such", ST_ABSENT, path);
}
END_TEST

START_TEST(btf_bad_files)
{
	add_one_of_each();
	assemble();
	assert_file_refused("/nowhere/btf", ST_IO, "No such file");
	assert_file_refused("/tmp", ST_UNSUPPORTED, "not a regular file");
	assert_file_refused(path, ST_UNSUPPORTED, "too short");
	write_file(blob, blob_size - 1);
	assert_file_refused(path, ST_CORRUPT, "truncated");
	write_file("#!/bin/sh\nexit 0\n", 17);
	assert_file_refused(path, ST_UNSUPPORTED, "not BTF");
	write_file("\177ELF", 4);
	assert_file_refused(path, ST_CORRUPT, "truncated");
	damage_order();
	write_file(blob, blob_size);
	assert_file_refused(path, ST_UNSUPPORTED, "big-endian");
	assert_file_refused("/proc/self/exe", ST_ABSENT, "no section .BTF");
}
END_TEST

/* No need to read it all to see that it is not BTF, nor to have the memory. */
START_TEST(btf_huge_file)
{
	add_one_of_each();
	assemble();
	write_file(blob, blob_size);
	ck_assert_int_eq(truncate(path, 5LL << 30), 0);
	assert_file_refused(path, ST_UNSUPPORTED, "more than any kernel");
}
END_TEST

START_TEST(btf_adopted)
{
	struct type_source *source = NULL;
	struct diag diag = { 0 };

	add_one_of_each();
	assemble();
	blob[2] = 9;
	ck_assert_int_eq(btf_types_adopt(blob, blob_size, "a copy", &source,
					 &diag), ST_UNSUPPORTED);
	ck_assert_ptr_null(source);
	assert_says(&diag, "BTF of a copy: ");
	blob[2] = 1;
	ck_assert_int_eq(btf_types_adopt(blob, blob_size, "a copy", &types,
					 &diag), ST_OK);
	blob = NULL;
	assert_size("outer", 512);
}
END_TEST

/* ---- against the compiler ---- */

static const char *object_path(void)
{
	return getenv("BTF_OBJECT");
}

static void setup_object(void)
{
	struct diag diag = { 0 };

	setup();
	ck_assert_msg(btf_types_open_file(object_path(), &types, &diag) ==
		      ST_OK, "%s", diag.text);
}

#define FIELD(kind, type, path)	(((kind type *)NULL)->path)

#define MEMBER(kind, type, path) {					\
	#type, #path, {							\
		offsetof(kind type, path), sizeof(FIELD(kind, type, path)), \
		0, sizeof(FIELD(kind, type, path))			\
	}								\
}

#define ARRAY(kind, type, path, element) {				\
	#type, #path, {							\
		offsetof(kind type, path), sizeof(FIELD(kind, type, path)), \
		sizeof(FIELD(kind, type, path)) / sizeof(element),	\
		sizeof(element)						\
	}								\
}

static const struct {
	const char *type;
	const char *path;
	struct member_info info;
} members[] = {
	MEMBER(struct, page, flags),
	MEMBER(struct, page, flags.f),
	MEMBER(struct, page, lru.prev),
	MEMBER(struct, page, mlock_count),
	MEMBER(struct, page, mapping),
	MEMBER(struct, page, __folio_index),
	MEMBER(struct, page, compound_info),
	MEMBER(struct, page, _mapcount.counter),
	MEMBER(struct, page, _refcount),
	MEMBER(struct, folio, lru),
	MEMBER(struct, folio, page.mapping),
	MEMBER(struct, folio, __page_1._refcount.counter),
	ARRAY(struct, folio, _mm_id_mapcount, int),
	ARRAY(struct, folio, _matrix, unsigned short),
	MEMBER(struct, vm_area_struct, vm_end),
	MEMBER(struct, vm_area_struct, vm_freeptr),
	MEMBER(struct, vm_area_struct, vm_mount),
	MEMBER(struct, vm_area_struct, vm_flags),
	MEMBER(struct, vm_area_struct, __vm_flags),
	MEMBER(struct, vm_area_struct, shared),
	MEMBER(struct, vm_area_struct, shared.rb.rb_left),
	MEMBER(struct, vm_area_struct, tree),
	MEMBER(struct, vm_area_struct, fault),
	MEMBER(struct, vm_area_struct, anon_vma_chain.next),
	ARRAY(struct, arrays, comm, char),
	ARRAY(struct, arrays, lists, struct list_head),
	ARRAY(struct, arrays, names, unsigned char),
	ARRAY(struct, arrays, pages, void *),
	ARRAY(struct, arrays, tail, unsigned char),
	MEMBER(struct, arrays, zone),
	MEMBER(struct, arrays, state),
	MEMBER(struct, arrays, on),
	MEMBER(struct, arrays, wide),
	MEMBER(struct, flagged, after),
	MEMBER(union, both, word),
	MEMBER(union, both, half.high),
	MEMBER(struct, circle, next),
	MEMBER(struct, rb_root_cached, rb_root.rb_node),
	{ "arrays", "bits",
	  { offsetof(struct arrays, bits), 0, 0, sizeof(unsigned long) } },
	/* As the System V ABI places bits: 3, 7 and 40 from bit 0 on. */
	{ "flagged", "low", { 0, 1, 0, 1 } },
	{ "flagged", "straddling", { 0, 2, 0, 2 } },
	{ "flagged", "wide", { 1, 6, 0, 6 } },
	{ "flagged", "whole",
	  { offsetof(struct flagged, after) + 1, 1, 0, 1 } },
};

START_TEST(object_members)
{
	size_t i;

	for (i = 0; i < COUNT(members); i++) {
		struct member_info info = must_have(members[i].type,
						    members[i].path);

		ck_assert_msg(!memcmp(&info, &members[i].info, sizeof(info)),
			      "%s.%s: %u %u %u %u", members[i].type,
			      members[i].path, info.offset, info.size,
			      info.count, info.element_size);
	}
	assert_size("page", sizeof(struct page));
	assert_size("folio", sizeof(struct folio));
	assert_size("arrays", sizeof(struct arrays));
	assert_size("both", sizeof(union both));
}
END_TEST

START_TEST(object_names)
{
	struct type_id slots[2];
	struct member_info info;
	bool swapped;

	slots[0] = must_find("mm_slot", 0);
	slots[1] = must_find("mm_slot", 1);
	swapped = types->ops->member(types, slots[0], "rmap_list", &info,
				     NULL) == ST_ABSENT;
	ck_assert_int_eq(types->ops->member(types, slots[swapped], "rmap_list",
					    &info, NULL), ST_OK);
	ck_assert_uint_eq(info.offset,
			  offsetof(struct mm_slot_first, rmap_list));
	ck_assert_int_eq(types->ops->member(types, slots[!swapped], "mm_node",
					    &info, NULL), ST_OK);
	ck_assert_uint_eq(info.offset,
			  offsetof(struct mm_slot_second, mm_node));
	assert_not_found("mm_slot", 2);
	assert_not_found("list_head", 1);
	assert_not_found("mount", 0);
}
END_TEST

START_TEST(object_enumerators)
{
	assert_value("PG_huge", PG_huge);
	assert_value("SECTION_MAP_LAST_BIT", SECTION_MAP_LAST_BIT);
	assert_value("ERROR_NONE", ERROR_NONE);
	assert_value("ERROR_LOW", ERROR_LOW);
	assert_value("WIDE", WIDE);
	assert_value("STATE_ON", STATE_ON);
	assert_value("SECOND_B", 11);
	assert_list("zone_type", ST_OK,
		    "ZONE_DMA=0 ZONE_NORMAL=1 ZONE_DEVICE=200 __MAX_NR_ZONES=201 ");
}
END_TEST

static TCase *new_case(Suite *suite, const char *name, void (*before)(void),
		       void (*after)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, before, after);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static void add_answer_tests(TCase *tcase)
{
	tcase_add_test(tcase, btf_kinds);
	tcase_add_test(tcase, btf_not_there);
	tcase_add_test(tcase, btf_bad_ids);
	tcase_add_test(tcase, btf_bit_fields);
	tcase_add_test(tcase, btf_old_bit_fields);
	tcase_add_test(tcase, btf_anonymous);
	tcase_add_test(tcase, btf_same_name);
	tcase_add_test(tcase, btf_signs);
	tcase_add_test(tcase, btf_no_signs);
	tcase_add_test(tcase, btf_contradictions);
	tcase_add_test(tcase, btf_many_members);
	tcase_add_test(tcase, btf_unknown_kind);
	tcase_add_loop_test(tcase, btf_long_header, SHORT_HEADER, 48);
	tcase_add_test(tcase, btf_trailing_bytes);
}

static void add_damage_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, btf_damaged, 0, COUNT(damages));
	tcase_add_test(tcase, btf_truncated);
	tcase_add_test(tcase, btf_damaged_layout);
	tcase_add_test(tcase, btf_dangling);
	tcase_add_test(tcase, btf_dangling_anonymous);
	tcase_add_test(tcase, btf_lost_names);
	tcase_add_loop_test(tcase, btf_damaged_enum, 0, 2);
	tcase_add_test(tcase, btf_cycles);
	tcase_add_test(tcase, btf_explosion);
	tcase_add_test(tcase, btf_overflows);
	tcase_add_loop_test(tcase, btf_scribbled, 0, 300);
}

static void add_file_tests(TCase *tcase)
{
	tcase_add_test(tcase, btf_file);
	tcase_add_test(tcase, btf_bad_files);
	tcase_add_test(tcase, btf_huge_file);
	tcase_add_test(tcase, btf_adopted);
}

static void add_object_tests(TCase *tcase)
{
	tcase_add_test(tcase, object_members);
	tcase_add_test(tcase, object_names);
	tcase_add_test(tcase, object_enumerators);
}

int main(void)
{
	Suite *suite = suite_create("btf");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_answer_tests(new_case(suite, "answers", setup, teardown));
	add_damage_tests(new_case(suite, "damage", setup, teardown));
	add_file_tests(new_case(suite, "files", setup_file, teardown_file));
	if (object_path())
		add_object_tests(new_case(suite, "object", setup_object,
					  teardown));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
