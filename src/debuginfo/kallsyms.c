/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names are compressed: each is a count of bytes, and that many numbers of
 * tokens; a token is a piece of text. The first letter of the text is the
 * symbol's type and not part of the name. Names are in the order of addresses,
 * so that the n-th name belongs to the n-th offset.
 *
 * That order is why the names must be followed from the first to the last: one
 * that is misread gives all later ones the address of a neighbour. The markers
 * behind the names, the place of each 256th of them, show that none was.
 *
 * The type letter is not looked at for more than its case: in Debian's 7.x
 * kernels .data is executable, and variables have the letter of functions.
 */
#include "debuginfo/kallsyms.h"

#include <ctype.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "debuginfo/name_table.h"

#define TOKENS		256u

/*
 * Limits, to be done in time with tables that lie. A large kernel has 250,000
 * symbols with 3 MiB of names; a name has at most 512 bytes (KSYM_NAME_LEN).
 */
#define MAX_SYMBOLS	(1u << 22)
#define MAX_NAME	2048u
#define MAX_NAMES_SIZE	(128u << 20)

/* What is read at a time, so that no page is asked for before it is needed. */
#define BLOCK		4096u

#define NAMES_A_MARKER	256u

/* A letter, a name and a zero, for struct symbol_at. */
#define MAX_NAME_AT	(sizeof(((struct symbol_at *)0)->name) + 1)

const char *const kallsyms_keys[N_KALLSYMS_TABLES] = {
	[KALLSYMS_NAMES] = "SYMBOL(kallsyms_names)",
	[KALLSYMS_NUM_SYMS] = "SYMBOL(kallsyms_num_syms)",
	[KALLSYMS_TOKEN_TABLE] = "SYMBOL(kallsyms_token_table)",
	[KALLSYMS_TOKEN_INDEX] = "SYMBOL(kallsyms_token_index)",
	[KALLSYMS_OFFSETS] = "SYMBOL(kallsyms_offsets)",
	[KALLSYMS_RELATIVE_BASE] = "SYMBOL(kallsyms_relative_base)",
	[KALLSYMS_STEXT] = "SYMBOL(_stext)",
};

struct token {
	const char *text;
	size_t len;
	/* Some wanted name agrees with it, as far as both reach … */
	bool starts_name;		/* … from the first byte on */
	bool starts_after_letter;	/* … with the type letter before it */
};

/* What was found for the want of the same place; the last one is _stext. */
struct match {
	unsigned int n_found;
	bool global;
	uint32_t index;
};

/* The names as they come, a block at a time. */
struct stream {
	kaddr_t next;			/* what follows the bytes here */
	size_t at, end;
	uint8_t bytes[2 + MAX_NAME + BLOCK];
};

struct decoder {
	const struct kallsyms_tables *tables;
	kallsyms_read *read;
	void *arg;
	struct diag *diag;

	uint32_t n_symbols;
	char *token_text;
	struct token tokens[TOKENS];
	struct name_table wanted;	/* to places in matches */
	struct match *matches;
	size_t max_name;		/* of the wanted */
	char *name;			/* room for the letter, a name, a zero */
	bool *lengths;			/* which ones the wanted have */
	uint32_t *markers;		/* as they should be: little-endian */
	struct stream names;
};

static void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	free(d->token_text);
	name_table_fini(&d->wanted);
	free(d->matches);
	free(d->name);
	free(d->lengths);
	free(d->markers);
	free(d);
}
DEFINE_CLEANUP(struct decoder, decoder_free)

static enum status read_at(struct decoder *d, const char *what, kaddr_t addr,
			   void *buf, size_t len)
{
	enum status st = d->read(d->arg, addr, buf, len, d->diag);

	if (st)
		return diag_under(d->diag, st, "%s", what);
	return ST_OK;
}

static enum status check_tables(struct decoder *d)
{
	for (size_t i = 0; i < N_KALLSYMS_TABLES; i++)
		if (!d->tables->at[i].v && i != KALLSYMS_RELATIVE_BASE)
			return diag_fail(d->diag, ST_ABSENT,
					 "VMCOREINFO has no %s",
					 kallsyms_keys[i]);
	return ST_OK;
}

static enum status read_n_symbols(struct decoder *d)
{
	uint32_t n;
	enum status st = read_at(d, "kallsyms_num_syms",
				 d->tables->at[KALLSYMS_NUM_SYMS], &n,
				 sizeof(n));

	if (st)
		return st;
	n = le32toh(n);
	if (!n || n > MAX_SYMBOLS)
		return diag_fail(d->diag, ST_CORRUPT,
				 "kallsyms_num_syms is %u", n);
	d->n_symbols = n;
	return ST_OK;
}

/* ---- tokens ---- */

static enum status read_token_index(struct decoder *d, uint16_t *index)
{
	enum status st = read_at(d, "kallsyms_token_index",
				 d->tables->at[KALLSYMS_TOKEN_INDEX], index,
				 TOKENS * sizeof(*index));

	if (st)
		return st;
	for (size_t i = 0; i < TOKENS; i++)
		index[i] = le16toh(index[i]);
	for (size_t i = 0; i < TOKENS; i++)
		if (i ? index[i] <= index[i - 1] : index[i] != 0)
			return diag_fail(d->diag, ST_CORRUPT,
					 "kallsyms_token_index: token %zu "
					 "starts at %u", i, index[i]);
	return ST_OK;
}

/* Where the last token ends, nothing tells but its zero. */
static enum status read_last_token(struct decoder *d, size_t start)
{
	for (size_t i = 0; i < MAX_NAME; i++) {
		char *c = d->token_text + start + i;
		enum status st = read_at(d, "kallsyms_token_table",
			kaddr_add(d->tables->at[KALLSYMS_TOKEN_TABLE],
				  start + i), c, 1);

		if (st)
			return st;
		if (!*c) {
			d->tokens[TOKENS - 1].len = i;
			return ST_OK;
		}
	}
	return diag_fail(d->diag, ST_CORRUPT,
			 "kallsyms_token_table: the last token does not end");
}

static enum status read_tokens(struct decoder *d)
{
	uint16_t index[TOKENS];
	enum status st = read_token_index(d, index);

	if (st)
		return st;
	d->token_text = malloc(index[TOKENS - 1] + MAX_NAME);
	if (!d->token_text)
		return diag_no_memory(d->diag);
	st = read_at(d, "kallsyms_token_table",
		     d->tables->at[KALLSYMS_TOKEN_TABLE], d->token_text,
		     index[TOKENS - 1]);
	if (!st)
		st = read_last_token(d, index[TOKENS - 1]);
	if (st)
		return st;
	for (size_t i = 0; i < TOKENS; i++)
		d->tokens[i].text = d->token_text + index[i];
	for (size_t i = 0; i < TOKENS - 1; i++) {
		size_t room = index[i + 1] - index[i];

		d->tokens[i].len = strnlen(d->tokens[i].text, room);
		if (d->tokens[i].len != room - 1)
			return diag_fail(d->diag, ST_CORRUPT,
					 "kallsyms_token_table: token %zu does "
					 "not end where the next one starts",
					 i);
	}
	return ST_OK;
}

/* ---- what is wanted ---- */

static bool agree(const char *text, size_t len, const char *name)
{
	return !strncmp(text, name, strnlen(name, len));
}

static enum status want(struct decoder *d, const char *name, size_t place)
{
	size_t len = strlen(name);

	if (len > d->max_name)
		d->max_name = len;
	for (size_t i = 0; i < TOKENS; i++) {
		struct token *token = &d->tokens[i];

		if (agree(token->text, token->len, name))
			token->starts_name = true;
		if (!token->len ||
		    agree(token->text + 1, token->len - 1, name))
			token->starts_after_letter = true;
	}
	if (name_table_add(&d->wanted, name, place))
		return diag_no_memory(d->diag);
	return ST_OK;
}

static enum status want_all(struct decoder *d, const struct symbol_want *wants,
			    size_t n_wants)
{
	enum status st = ST_OK;

	d->matches = calloc(n_wants + 1, sizeof(*d->matches));
	if (!d->matches)
		return diag_no_memory(d->diag);
	for (size_t i = 0; i < n_wants && !st; i++)
		st = want(d, wants[i].name, i);
	if (!st)
		st = want(d, "_stext", n_wants);
	if (st)
		return st;
	d->name = malloc(d->max_name + 2);
	d->lengths = calloc(d->max_name + 1, sizeof(*d->lengths));
	if (!d->name || !d->lengths)
		return diag_no_memory(d->diag);
	d->lengths[strlen("_stext")] = true;
	for (size_t i = 0; i < n_wants; i++)
		d->lengths[strlen(wants[i].name)] = true;
	return ST_OK;
}

/* ---- names ---- */

static enum status stream_fill(struct decoder *d, size_t n)
{
	struct stream *s = &d->names;

	memmove(s->bytes, s->bytes + s->at, s->end - s->at);
	s->end -= s->at;
	s->at = 0;
	while (s->end < n) {
		size_t part = BLOCK - (s->next.v & (BLOCK - 1));
		enum status st = read_at(d, "kallsyms_names", s->next,
					 s->bytes + s->end, part);

		if (st)
			return st;
		s->end += part;
		s->next = kaddr_add(s->next, part);
	}
	return ST_OK;
}

/* Have n bytes at s->at. At most 2 + MAX_NAME. */
static inline enum status stream_need(struct decoder *d, size_t n)
{
	return d->names.end - d->names.at >= n ? ST_OK : stream_fill(d, n);
}

static kaddr_t stream_address(const struct stream *s)
{
	return kaddr_add(s->next, -(uint64_t)(s->end - s->at));
}

/*
 * Since 6.1 a length of 128 or more takes two bytes. 6.0 could have had 128 in
 * a single byte, but only for a name of 127 bytes that no token shortens.
 */
static enum status read_length(struct decoder *d, size_t *ret_len)
{
	struct stream *s = &d->names;
	size_t len;
	enum status st = stream_need(d, 1);

	if (st)
		return st;
	len = s->bytes[s->at];
	if (len & 0x80) {
		st = stream_need(d, 2);
		if (st)
			return st;
		len = (len & 0x7f) | (size_t)s->bytes[s->at + 1] << 7;
		s->at++;
	}
	s->at++;
	*ret_len = len;
	return ST_OK;
}

/* The next name's tokens, which live until the one after it is asked for. */
static enum status next_name(struct decoder *d, const uint8_t **ret_tokens,
			     size_t *ret_n)
{
	struct stream *s = &d->names;
	size_t len;
	enum status st = read_length(d, &len);

	if (st)
		return st;
	if (!len || len > MAX_NAME)
		return diag_fail(d->diag, ST_CORRUPT,
				 "kallsyms_names: a name of %zu tokens", len);
	st = stream_need(d, len);
	if (st)
		return st;
	*ret_tokens = s->bytes + s->at;
	*ret_n = len;
	s->at += len;
	return ST_OK;
}

/* Two cheap looks, for nearly all names are none of those that are wanted. */
static bool may_start(const struct decoder *d, const uint8_t *tokens, size_t n)
{
	const struct token *first = &d->tokens[tokens[0]];

	if (!first->starts_after_letter)
		return false;
	return first->len != 1 || n == 1 ||
	       d->tokens[tokens[1]].starts_name;
}

static bool may_be_as_long(const struct decoder *d, const uint8_t *tokens,
			   size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += d->tokens[tokens[i]].len;
	return len > 0 && len - 1 <= d->max_name && d->lengths[len - 1];
}

/* The letter and the name, which fits, into d->name. */
static void expand(struct decoder *d, const uint8_t *tokens, size_t n)
{
	char *end = d->name;

	for (size_t i = 0; i < n; i++) {
		const struct token *token = &d->tokens[tokens[i]];

		memcpy(end, token->text, token->len);
		end += token->len;
	}
	*end = '\0';
}

static void note_match(struct match *match, bool global, uint32_t index)
{
	if (!match->n_found++ || (global && !match->global)) {
		match->global = global;
		match->index = index;
	}
}

static void offer(struct decoder *d, const uint8_t *tokens, size_t n,
		  uint32_t index)
{
	const struct name_entry *entry;
	bool global;

	if (!may_start(d, tokens, n) || !may_be_as_long(d, tokens, n))
		return;
	expand(d, tokens, n);
	global = isupper((unsigned char)d->name[0]);
	entry = name_table_first(&d->wanted, d->name + 1);
	for (; entry; entry = name_table_next(&d->wanted, entry))
		note_match(&d->matches[entry->value], global, index);
}

static enum status follow_name(struct decoder *d, uint32_t index)
{
	const uint64_t place = stream_address(&d->names).v -
			       d->tables->at[KALLSYMS_NAMES].v;
	const uint8_t *tokens;
	size_t n;
	enum status st;

	if (place > MAX_NAMES_SIZE)
		return diag_fail(d->diag, ST_CORRUPT,
				 "kallsyms_names does not end");
	if (index % NAMES_A_MARKER == 0)
		d->markers[index / NAMES_A_MARKER] = htole32(place);
	st = next_name(d, &tokens, &n);
	if (!st)
		offer(d, tokens, n, index);
	return st;
}

static size_t n_markers(const struct decoder *d)
{
	return (d->n_symbols + NAMES_A_MARKER - 1) / NAMES_A_MARKER;
}

static enum status follow_names(struct decoder *d)
{
	d->markers = calloc(n_markers(d), sizeof(*d->markers));
	if (!d->markers)
		return diag_no_memory(d->diag);
	d->names.next = d->tables->at[KALLSYMS_NAMES];
	for (uint32_t i = 0; i < d->n_symbols; i++) {
		enum status st = follow_name(d, i);

		if (st)
			return diag_under(d->diag, st, "symbol %u of %u", i,
					  d->n_symbols);
	}
	return ST_OK;
}

/* ---- markers ---- */

static enum status markers_at(struct decoder *d, kaddr_t addr, bool *ret_agree)
{
	const size_t size = n_markers(d) * sizeof(*d->markers);
	cleanup_free void *found = malloc(size);
	enum status st;

	if (!found)
		return diag_no_memory(d->diag);
	st = read_at(d, "kallsyms_markers", addr, found, size);
	if (!st)
		*ret_agree = !memcmp(found, d->markers, size);
	return st;
}

/*
 * VMCOREINFO does not name the markers, but they have always followed the
 * names, aligned to 8 bytes or, in 7.x, to 4.
 */
static enum status check_markers(struct decoder *d)
{
	const kaddr_t end = stream_address(&d->names);
	const kaddr_t by_4 = KADDR((end.v + 3) & ~3ULL);
	const kaddr_t by_8 = KADDR((end.v + 7) & ~7ULL);
	bool ok = false;
	enum status st = markers_at(d, by_4, &ok);

	if (!st && !ok && !kaddr_equal(by_4, by_8))
		st = markers_at(d, by_8, &ok);
	if (st)
		return st;
	if (!ok)
		return diag_fail(d->diag, ST_CORRUPT,
				 "kallsyms_names: %u names end at %#llx, where "
				 "no kallsyms_markers agree with them",
				 d->n_symbols, (unsigned long long)end.v);
	return ST_OK;
}

/* ---- addresses ---- */

/* How an offset makes an address; nothing in the dump says which it is. */
enum encoding {
	/*
	 * KALLSYMS_ABSOLUTE_PERCPU (x86 with SMP until 6.15): below zero, from
	 * the base backwards; else the value itself.
	 */
	ENC_BASE_OR_ABSOLUTE,
	/* From the base, unsigned. */
	ENC_BASE,
	/* From where the offset itself lies: since 7.0 (a081b5789255). */
	ENC_SELF,
	N_ENCODINGS,
};

struct addressing {
	bool has_base;
	uint64_t base;
	enum encoding encoding;
};

/* An offset, and where it lies. */
struct offset {
	kaddr_t at;
	int32_t value;
};

static enum status read_offset(struct decoder *d, uint32_t index,
			       struct offset *ret_offset)
{
	kaddr_t at = kaddr_add(d->tables->at[KALLSYMS_OFFSETS],
			       index * (uint64_t)sizeof(uint32_t));
	uint32_t raw;
	enum status st = read_at(d, "kallsyms_offsets", at, &raw, sizeof(raw));

	if (!st)
		*ret_offset = (struct offset) { at, (int32_t)le32toh(raw) };
	return st;
}

static uint64_t address_of(const struct addressing *how, struct offset offset)
{
	const uint64_t value = (uint64_t)(int64_t)offset.value;

	switch (how->encoding) {
	case ENC_BASE_OR_ABSOLUTE:
		return offset.value < 0 ? how->base - 1 - value : value;
	case ENC_BASE:
		return how->base + (uint32_t)offset.value;
	default:
		return offset.at.v + value;
	}
}

static enum status read_base(struct decoder *d, struct addressing *how)
{
	const kaddr_t at = d->tables->at[KALLSYMS_RELATIVE_BASE];
	uint64_t base;
	enum status st;

	if (!at.v)
		return ST_OK;
	st = read_at(d, "kallsyms_relative_base", at, &base, sizeof(base));
	if (st)
		return st;
	how->base = le64toh(base);
	how->has_base = true;
	return ST_OK;
}

/* The first encoding that gives _stext the address that VMCOREINFO tells. */
static enum status find_encoding(struct decoder *d, const struct match *stext,
				 struct addressing *how)
{
	const uint64_t address = d->tables->at[KALLSYMS_STEXT].v;
	struct offset offset;
	enum status st;

	if (!stext->n_found)
		return diag_fail(d->diag, ST_UNKNOWN,
				 "kallsyms has no _stext among its %u symbols: "
				 "the encoding of addresses is not known",
				 d->n_symbols);
	st = read_offset(d, stext->index, &offset);
	if (st)
		return st;
	how->encoding = how->has_base ? 0 : ENC_SELF;
	for (; how->encoding < N_ENCODINGS; how->encoding++)
		if (address_of(how, offset) == address)
			return ST_OK;
	return diag_fail(d->diag, ST_UNKNOWN,
			 "kallsyms_offsets: no encoding that we know makes "
			 "_stext %#llx of offset %#x (%s %#llx)",
			 (unsigned long long)address, (uint32_t)offset.value,
			 how->has_base ? "relative_base" : "which lies at",
			 (unsigned long long)(how->has_base ? how->base :
					      offset.at.v));
}

/* addresses[i] for matches[i], where there is one. */
static enum status read_addresses(struct decoder *d, size_t n_wants,
				  uint64_t *addresses)
{
	struct addressing how = { 0 };
	enum status st = read_base(d, &how);

	if (!st)
		st = find_encoding(d, &d->matches[n_wants], &how);
	for (size_t i = 0; i < n_wants && !st; i++) {
		struct offset offset;

		if (!d->matches[i].n_found)
			continue;
		st = read_offset(d, d->matches[i].index, &offset);
		if (!st)
			addresses[i] = address_of(&how, offset);
	}
	return st;
}

/* All names once, with an eye on those that are wanted. */
static enum status decode(struct decoder *d, const struct symbol_want *wants,
			  size_t n_wants)
{
	enum status st = check_tables(d);

	if (!st)
		st = read_n_symbols(d);
	if (!st)
		st = read_tokens(d);
	if (!st)
		st = want_all(d, wants, n_wants);
	if (!st)
		st = follow_names(d);
	return st ? st : check_markers(d);
}

static enum status look_up(struct decoder *d, struct symbol_want *wants,
			   size_t n_wants)
{
	cleanup_free uint64_t *addresses = calloc(n_wants + 1,
						  sizeof(*addresses));
	enum status st;

	if (!addresses)
		return diag_no_memory(d->diag);
	st = decode(d, wants, n_wants);
	if (!st)
		st = read_addresses(d, n_wants, addresses);
	if (st)
		return st;
	for (size_t i = 0; i < n_wants; i++) {
		wants[i].n_found = d->matches[i].n_found;
		wants[i].found = d->matches[i].n_found > 0;
		wants[i].address = addresses[i];
		wants[i].size = 0;
	}
	return ST_OK;
}

/* ---- from an address to its symbol ---- */

static enum status address_at(struct decoder *d, const struct addressing *how,
			      uint32_t index, uint64_t *ret_address)
{
	struct offset offset;
	enum status st = read_offset(d, index, &offset);

	if (!st)
		*ret_address = address_of(how, offset);
	return st;
}

/*
 * The first symbol whose address is above, or n_symbols: they stand in order
 * of address.
 */
static enum status find_above(struct decoder *d, const struct addressing *how,
			      uint64_t address, uint32_t *ret_index)
{
	uint32_t low = 0, high = d->n_symbols;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint64_t start;
		enum status st = address_at(d, how, middle, &start);

		if (st)
			return st;
		if (start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_index = low;
	return ST_OK;
}

/* By the marker before it. With the letter of its type in front. */
static enum status name_of(struct decoder *d, uint32_t index,
			   char name[static MAX_NAME_AT])
{
	const uint8_t *tokens = NULL;
	size_t n = 0, len = 0;
	enum status st = ST_OK;

	d->names.at = d->names.end = 0;
	d->names.next = kaddr_add(d->tables->at[KALLSYMS_NAMES],
		le32toh(d->markers[index / NAMES_A_MARKER]));
	for (uint32_t i = 0; i <= index % NAMES_A_MARKER && !st; i++)
		st = next_name(d, &tokens, &n);
	for (size_t i = 0; i < n && !st; i++) {
		const struct token *token = &d->tokens[tokens[i]];

		if (len + token->len >= MAX_NAME_AT) {
			len = 0;
			break;
		}
		memcpy(name + len, token->text, token->len);
		len += token->len;
	}
	name[len] = '\0';
	return st;
}

#define MAX_EQUALS	64u

/* Of several at one address the first, as get_symbol_pos() has it. */
static enum status first_of_equals(struct decoder *d,
				   const struct addressing *how,
				   uint32_t *index, uint64_t start)
{
	for (uint32_t i = 0; i < MAX_EQUALS && *index; i++, (*index)--) {
		uint64_t before;
		enum status st = address_at(d, how, *index - 1, &before);

		if (st || before != start)
			return st;
	}
	return ST_OK;
}

/* Nothing lies behind the last symbol, which marks the end of the image. */
static enum status fill_in(struct decoder *d, const struct addressing *how,
			   struct symbol_at *symbol)
{
	char name[MAX_NAME_AT] = "";
	uint32_t index;
	enum status st = find_above(d, how, symbol->address, &index);

	symbol->name[0] = '\0';
	if (st || !index || index == d->n_symbols)
		return st;
	index--;
	st = address_at(d, how, index, &symbol->start);
	if (!st)
		st = first_of_equals(d, how, &index, symbol->start);
	if (!st)
		st = name_of(d, index, name);
	if (!st && name[0])
		strcpy(symbol->name, name + 1);
	return st;
}

static enum status name_all(struct decoder *d, struct symbol_at *symbols,
			    size_t n_symbols)
{
	struct addressing how = { 0 };
	enum status st = decode(d, NULL, 0);

	if (!st)
		st = read_base(d, &how);
	if (!st)
		st = find_encoding(d, &d->matches[0], &how);
	for (size_t i = 0; i < n_symbols && !st; i++)
		st = fill_in(d, &how, &symbols[i]);
	return st;
}

/* ---- what is offered ---- */

static struct decoder *decoder_new(const struct kallsyms_tables *tables,
				   kallsyms_read *read, void *arg,
				   struct diag *diag)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->tables = tables;
	d->read = read;
	d->arg = arg;
	d->diag = diag;
	return d;
}

enum status kallsyms_symbols(const struct kallsyms_tables *tables,
			     kallsyms_read *read, void *arg,
			     struct symbol_want *wants, size_t n_wants,
			     struct diag *diag)
{
	cleanup(decoder_free_cleanup) struct decoder *d =
		decoder_new(tables, read, arg, diag);

	return d ? look_up(d, wants, n_wants) : diag_no_memory(diag);
}

enum status kallsyms_names_at(const struct kallsyms_tables *tables,
			      kallsyms_read *read, void *arg,
			      struct symbol_at *symbols, size_t n_symbols,
			      struct diag *diag)
{
	cleanup(decoder_free_cleanup) struct decoder *d =
		decoder_new(tables, read, arg, diag);

	return d ? name_all(d, symbols, n_symbols) : diag_no_memory(diag);
}
