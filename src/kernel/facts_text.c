/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/facts_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/wants.h"

/* ---- writing ---- */

static void print_layout(const struct layout *layout, FILE *out)
{
	for (size_t i = 0; i < N_STRUCTS; i++) {
		const struct struct_layout *sl = &layout->structs[i];

		if (sl->present)
			fprintf(out, "struct %s %" PRIu64 " %s\n",
				struct_wants[i].id, sl->size,
				struct_wants[i].names[sl->name]);
	}
	for (size_t i = 0; i < N_MEMBERS; i++) {
		const struct member_layout *ml = &layout->members[i];

		if (ml->present)
			fprintf(out, "member %s %" PRIu32 " %" PRIu32
				" %" PRIu32 " %s\n", member_wants[i].id,
				ml->offset, ml->size, ml->count,
				member_wants[i].names[ml->name]);
	}
	for (size_t i = 0; i < N_ENUMERATORS; i++)
		if (layout->has_enumerator[i])
			fprintf(out, "enumerator %s %" PRId64 "\n",
				enumerator_wants[i].id, layout->enumerators[i]);
}

/* What KASLR moves is kept by its distance from _stext. */
static void print_variable(enum kernel_symbol symbol,
			   const struct kernel_variable *variable,
			   kaddr_t stext, FILE *out)
{
	const bool moves = variable_moves(variable->address);

	fprintf(out, "%s %s %" PRIx64 " %" PRIu64 "\n",
		moves ? "variable" : "offset", kernel_symbol_name(symbol),
		variable->address.v - (moves ? stext.v : 0), variable->size);
}

static void print_names(const char *keyword, const struct kernel_name *names,
			size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].text[0])
			fprintf(out, "%s %zu %s\n", keyword, i, names[i].text);
}

void facts_print(const struct facts *facts, FILE *out)
{
	const kaddr_t stext = facts->variables[KSYM_STEXT].address;

	print_layout(&facts->layout, out);
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		if (facts->variables[i].present)
			print_variable(i, &facts->variables[i], stext, out);
	print_names("flag", facts->names.page_flags, MAX_PAGE_FLAGS, out);
	print_names("zone", facts->names.zones, MAX_ZONES, out);
	print_names("migratetype", facts->names.migratetypes,
		    MAX_MIGRATETYPES, out);
	if (facts->linked_stext)
		fprintf(out, "linked %" PRIx64 "\n", facts->linked_stext);
	fprintf(out, "layouts %s\nsymbols %s\n", facts->layouts_from,
		facts->symbols_from);
}

/* ---- reading ---- */

/* What is left of a line; good until something was not as it should be. */
struct reader {
	const char *at;
	bool good;
	kaddr_t stext;
};

struct word {
	const char *at;
	size_t len;
};

static struct word read_word(struct reader *reader)
{
	struct word word = { reader->at, strcspn(reader->at, " ") };

	reader->at += word.len;
	if (*reader->at)
		reader->at++;
	reader->good &= word.len > 0;
	return word;
}

static bool is_word(struct word word, const char *text)
{
	return word.len == strlen(text) && !memcmp(word.at, text, word.len);
}

static uint64_t read_number(struct reader *reader, int base, uint64_t max)
{
	struct word word = read_word(reader);
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(word.at, &end, base);
	if (!word.len || !isxdigit((unsigned char)word.at[0]) ||
	    end != word.at + word.len || errno || number > max)
		reader->good = false;
	return number;
}

/* Which of the names, ended by NULL, the next word is. */
static uint8_t read_name(struct reader *reader, const char *const *names)
{
	struct word word = read_word(reader);

	for (uint8_t i = 0; names[i]; i++)
		if (is_word(word, names[i]))
			return i;
	reader->good = false;
	return 0;
}

/* The index of the next word in a table of wants. */
#define read_id(reader, wants) ({					\
	struct word id_word = read_word(reader);			\
	size_t id_i, id_n = sizeof(wants) / sizeof((wants)[0]);	\
									\
	for (id_i = 0; id_i < id_n; id_i++)				\
		if (is_word(id_word, (wants)[id_i].id))			\
			break;						\
	(reader)->good &= id_i < id_n;					\
	id_i < id_n ? id_i : 0;						\
})

static void read_struct(struct reader *reader, struct facts *facts)
{
	size_t id = read_id(reader, struct_wants);
	struct struct_layout *sl = &facts->layout.structs[id];

	sl->present = true;
	sl->size = read_number(reader, 10, UINT32_MAX);
	sl->name = read_name(reader, struct_wants[id].names);
}

static void read_member(struct reader *reader, struct facts *facts)
{
	size_t id = read_id(reader, member_wants);
	struct member_layout *ml = &facts->layout.members[id];

	ml->present = true;
	ml->offset = read_number(reader, 10, UINT32_MAX);
	ml->size = read_number(reader, 10, UINT32_MAX);
	ml->count = read_number(reader, 10, UINT32_MAX);
	ml->name = read_name(reader, member_wants[id].names);
}

static void read_enumerator(struct reader *reader, struct facts *facts)
{
	size_t id = read_id(reader, enumerator_wants);

	facts->layout.has_enumerator[id] = true;
	facts->layout.enumerators[id] = read_number(reader, 10, UINT8_MAX);
}

static void read_at_base(struct reader *reader, struct facts *facts,
			 kaddr_t base)
{
	struct word word = read_word(reader);
	size_t i = 0;

	while (i < N_KERNEL_SYMBOLS && !is_word(word, kernel_symbol_name(i)))
		i++;
	if (i == N_KERNEL_SYMBOLS) {
		reader->good = false;
		return;
	}
	facts->variables[i].present = true;
	facts->variables[i].address =
		kaddr_add(base, read_number(reader, 16, UINT64_MAX));
	facts->variables[i].size = read_number(reader, 10, INT64_MAX);
}

static void read_variable(struct reader *reader, struct facts *facts)
{
	read_at_base(reader, facts, reader->stext);
}

static void read_offset(struct reader *reader, struct facts *facts)
{
	read_at_base(reader, facts, KADDR(0));
}

/* The rest of the line. */
static void read_text(struct reader *reader, char *buf, size_t size)
{
	size_t len = strlen(reader->at);

	for (size_t i = 0; i < len; i++)
		reader->good &= isprint((unsigned char)reader->at[i]) != 0;
	if (!len || len >= size) {
		reader->good = false;
		return;
	}
	memcpy(buf, reader->at, len + 1);
	reader->at += len;
}

static void read_number_name(struct reader *reader, struct kernel_name *names,
			     size_t n)
{
	uint64_t i = read_number(reader, 10, n - 1);

	if (reader->good)
		read_text(reader, names[i].text, sizeof(names[i].text));
}

static void read_flag(struct reader *reader, struct facts *facts)
{
	read_number_name(reader, facts->names.page_flags, MAX_PAGE_FLAGS);
}

static void read_zone(struct reader *reader, struct facts *facts)
{
	read_number_name(reader, facts->names.zones, MAX_ZONES);
}

static void read_migratetype(struct reader *reader, struct facts *facts)
{
	read_number_name(reader, facts->names.migratetypes, MAX_MIGRATETYPES);
}

static void read_linked(struct reader *reader, struct facts *facts)
{
	facts->linked_stext = read_number(reader, 16, UINT64_MAX);
}

static void read_layouts_from(struct reader *reader, struct facts *facts)
{
	read_text(reader, facts->layouts_from, sizeof(facts->layouts_from));
}

static void read_symbols_from(struct reader *reader, struct facts *facts)
{
	read_text(reader, facts->symbols_from, sizeof(facts->symbols_from));
}

static const struct {
	const char *keyword;
	void (*read)(struct reader *reader, struct facts *facts);
} line_kinds[] = {
	{ "struct", read_struct },
	{ "member", read_member },
	{ "enumerator", read_enumerator },
	{ "variable", read_variable },
	{ "offset", read_offset },
	{ "flag", read_flag },
	{ "zone", read_zone },
	{ "migratetype", read_migratetype },
	{ "linked", read_linked },
	{ "layouts", read_layouts_from },
	{ "symbols", read_symbols_from },
};

enum status facts_parse_line(struct facts *facts, const char *line,
			     kaddr_t stext, struct diag *diag)
{
	struct reader reader = { line, true, stext };
	struct word keyword = read_word(&reader);

	for (size_t i = 0; i < sizeof(line_kinds) / sizeof(line_kinds[0]); i++) {
		if (!is_word(keyword, line_kinds[i].keyword))
			continue;
		line_kinds[i].read(&reader, facts);
		if (reader.good && !*reader.at)
			return ST_OK;
	}
	return diag_fail(diag, ST_CORRUPT, "makes no sense: %.80s", line);
}
