/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See btf_layout.h. */
#include "debuginfo/btf_layout.h"

#include <string.h>

/*
 * Types refer to types, and damaged ones to themselves. No C compiler is
 * asked to go this deep.
 */
#define DEPTH_MAX	64

/*
 * Members looked at for one name. Nested structs that all hold the same one
 * twice would take for ever without being nested deep. The largest of a kernel
 * have 300.
 */
#define MEMBERS_MAX	4096

/* BTF does not tell; the ELF file or the dump was checked to be 64-bit. */
#define POINTER_SIZE	8

static bool is_transparent(unsigned int kind)
{
	return kind == BTF_TYPEDEF || kind == BTF_CONST ||
	       kind == BTF_VOLATILE || kind == BTF_RESTRICT ||
	       kind == BTF_TYPE_TAG;
}

static bool is_compound(unsigned int kind)
{
	return kind == BTF_STRUCT || kind == BTF_UNION;
}

static enum status too_deep(uint32_t id, struct diag *diag)
{
	return diag_fail(diag, ST_BUDGET, "type %u is nested without end", id);
}

/* The type, typedefs and qualifiers taken off. */
static enum status bare_type(const struct btf_blob *blob, uint32_t id,
			     struct btf_type *ret_type, struct diag *diag)
{
	struct btf_type type = { 0 };
	unsigned int depth;
	enum status st;

	st = btf_blob_type(blob, id, &type, diag);
	for (depth = 0; st == ST_OK && is_transparent(type.kind); depth++) {
		if (depth == DEPTH_MAX)
			return too_deep(id, diag);
		st = btf_blob_type(blob, type.target, &type, diag);
	}
	if (st == ST_OK)
		*ret_type = type;
	return st;
}

/* An array with all its dimensions, or anything else as one element. */
struct elements {
	bool is_array;
	uint64_t count;
	uint64_t size;		/* of one */
};

/* Of a type that is not an array and that nothing can be taken off of. */
static enum status element_size(const struct btf_type *type,
				uint64_t *ret_bytes, struct diag *diag)
{
	switch (type->kind) {
	case BTF_INT:
	case BTF_STRUCT:
	case BTF_UNION:
	case BTF_ENUM:
	case BTF_FLOAT:
	case BTF_ENUM64:
		*ret_bytes = type->size;
		return ST_OK;
	case BTF_PTR:
		*ret_bytes = POINTER_SIZE;
		return ST_OK;
	}
	if (type->kind > BTF_LAST)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "type %u is of kind %u, which is not known",
				 type->id, type->kind);
	return diag_fail(diag, ST_CORRUPT, "type %u (kind %u) has no size",
			 type->id, type->kind);
}

/*
 * All dimensions multiply, also those of an array type that is behind a
 * typedef: gcc merges them into one, clang does not.
 */
static enum status count_elements(const struct btf_blob *blob, uint32_t id,
				  struct elements *ret_elements,
				  struct diag *diag)
{
	struct elements elements = { .count = 1 };
	struct btf_type type = { 0 };
	unsigned int depth;
	uint32_t n, next = id;
	enum status st;

	st = bare_type(blob, next, &type, diag);
	for (depth = 0; st == ST_OK && type.kind == BTF_ARRAY; depth++) {
		if (depth == DEPTH_MAX)
			return too_deep(id, diag);
		btf_array(&type, &n, &next);
		if (__builtin_mul_overflow(elements.count, n, &elements.count))
			return diag_fail(diag, ST_CORRUPT,
					 "type %u: size overflows", id);
		elements.is_array = true;
		st = bare_type(blob, next, &type, diag);
	}
	if (st == ST_OK)
		st = element_size(&type, &elements.size, diag);
	if (st == ST_OK)
		*ret_elements = elements;
	return st;
}

static enum status total_size(uint32_t id, const struct elements *elements,
			      uint64_t *ret_bytes, struct diag *diag)
{
	if (__builtin_mul_overflow(elements->count, elements->size, ret_bytes))
		return diag_fail(diag, ST_CORRUPT, "type %u: size overflows",
				 id);
	return ST_OK;
}

enum status btf_layout_size(const struct btf_blob *blob, uint32_t type,
			    uint64_t *ret_bytes, struct diag *diag)
{
	struct elements elements = { 0 };
	uint64_t bytes;
	enum status st;

	st = count_elements(blob, type, &elements, diag);
	if (st == ST_OK)
		st = total_size(type, &elements, &bytes, diag);
	if (st == ST_OK)
		*ret_bytes = bytes;
	return st;
}

struct component {
	const char *text;
	size_t len;
};

/* Looking for one name in a type; afterwards, the member found. */
struct search {
	const struct btf_blob *blob;
	struct component name;
	unsigned int n_members;	/* looked at so far */
	struct btf_member member;
	uint64_t bit;		/* from the start of the type asked about */
};

static bool is_called(const char *name, struct component component)
{
	return !strncmp(name, component.text, component.len) &&
	       !name[component.len];
}

static enum status search_type(struct search *search,
			       const struct btf_type *type, unsigned int depth,
			       uint64_t bit, struct diag *diag);

/* ST_ABSENT when it is a type, but one that has no members. */
static enum status no_members(const struct search *search,
			      const struct btf_type *type, struct diag *diag)
{
	struct elements unused;
	enum status st;

	st = count_elements(search->blob, type->id, &unused, diag);
	return st == ST_OK ? ST_ABSENT : st;
}

static enum status search_anonymous(struct search *search,
				    const struct btf_member *member,
				    unsigned int depth, uint64_t bit,
				    struct diag *diag)
{
	struct btf_type type = { 0 };
	enum status st;

	if (depth == DEPTH_MAX)
		return too_deep(member->type, diag);
	st = bare_type(search->blob, member->type, &type, diag);
	if (st != ST_OK)
		return st;
	return search_type(search, &type, depth + 1, bit + member->bit, diag);
}

/* Whether this member is the one, or has it. */
static enum status try_member(struct search *search,
			      const struct btf_member *member,
			      unsigned int depth, uint64_t bit,
			      struct diag *diag)
{
	if (!member->name)
		return search_anonymous(search, member, depth, bit, diag);
	if (!is_called(member->name, search->name))
		return ST_ABSENT;
	search->member = *member;
	search->bit = bit + member->bit;
	return ST_OK;
}

static enum status search_type(struct search *search,
			       const struct btf_type *type, unsigned int depth,
			       uint64_t bit, struct diag *diag)
{
	struct btf_member member = { 0 };
	enum status st;
	uint32_t i;

	if (!is_compound(type->kind))
		return no_members(search, type, diag);
	for (i = 0; i < type->n; i++) {
		if (search->n_members++ == MEMBERS_MAX)
			return too_deep(type->id, diag);
		st = btf_blob_member(search->blob, type, i, &member, diag);
		if (st == ST_OK)
			st = try_member(search, &member, depth, bit, diag);
		if (st != ST_ABSENT)
			return st;
	}
	return ST_ABSENT;
}

static struct component first_component(const char *path)
{
	return (struct component) { path, strcspn(path, ".") };
}

/* Follow path down from a type; the search ends at its last component. */
static enum status walk(struct search *search, uint32_t id, const char *path,
			struct diag *diag)
{
	struct btf_type type = { 0 };
	enum status st;

	for (;;) {
		search->name = first_component(path);
		search->n_members = 0;
		st = bare_type(search->blob, id, &type, diag);
		if (st == ST_OK)
			st = search_type(search, &type, 0, search->bit, diag);
		path += search->name.len;
		if (st != ST_OK || !*path)
			return st;
		path++;
		id = search->member.type;
	}
}

/* A bit-field as it was encoded before there was a flag for it. */
static enum status find_old_bit_field(struct search *search,
				      struct diag *diag)
{
	uint32_t bit, n_bits;
	struct btf_type type;
	enum status st;

	st = bare_type(search->blob, search->member.type, &type, diag);
	if (st != ST_OK)
		return st;
	if (type.kind == BTF_INT &&
	    btf_int_is_bit_field(&type, &bit, &n_bits)) {
		search->bit += bit;
		search->member.n_bits = n_bits;
	}
	return ST_OK;
}

static enum status describe_bit_field(const struct search *search,
				      struct elements *ret_elements,
				      struct diag *diag)
{
	struct btf_type type;
	enum status st;

	/* It must be of some type, even if that does not matter. */
	st = bare_type(search->blob, search->member.type, &type, diag);
	if (st != ST_OK)
		return st;
	*ret_elements = (struct elements) {
		.count = 1,
		.size = (search->bit % 8 + search->member.n_bits + 7) / 8,
	};
	return ST_OK;
}

static enum status describe_bytes(const struct search *search,
				  struct elements *ret_elements,
				  struct diag *diag)
{
	if (search->bit % 8)
		return diag_fail(diag, ST_CORRUPT,
				 "member %s starts within a byte",
				 search->member.name);
	return count_elements(search->blob, search->member.type, ret_elements,
			      diag);
}

static enum status fit(const struct search *search, uint64_t offset,
		       uint64_t size, struct diag *diag)
{
	uint64_t end;

	if (__builtin_add_overflow(offset, size, &end) || end > UINT32_MAX)
		return diag_fail(diag, ST_CORRUPT,
				 "member %s: absurd size or offset",
				 search->member.name);
	return ST_OK;
}

static enum status describe(const struct search *search,
			    struct member_info *ret_info, struct diag *diag)
{
	uint64_t offset = search->bit / 8, size = 0;
	struct elements elements = { 0 };
	enum status st;

	st = search->member.n_bits ?
		describe_bit_field(search, &elements, diag) :
		describe_bytes(search, &elements, diag);
	if (st == ST_OK)
		st = total_size(search->member.type, &elements, &size, diag);
	if (st == ST_OK)
		st = fit(search, offset, size, diag);
	if (st == ST_OK)
		st = fit(search, elements.count, elements.size, diag);
	if (st != ST_OK)
		return st;
	*ret_info = (struct member_info) {
		.offset = offset,
		.size = size,
		.count = elements.is_array ? elements.count : 0,
		.element_size = elements.size,
	};
	return ST_OK;
}

enum status btf_layout_member(const struct btf_blob *blob, uint32_t type,
			      const char *path, struct member_info *ret_member,
			      struct diag *diag)
{
	struct search search = { .blob = blob };
	enum status st;

	st = walk(&search, type, path, diag);
	if (st == ST_ABSENT)
		return diag_fail(diag, st, "no member %.*s",
				 (int)(search.name.text + search.name.len -
				       path), path);
	if (st == ST_OK && !search.member.n_bits)
		st = find_old_bit_field(&search, diag);
	if (st == ST_OK)
		st = describe(&search, ret_member, diag);
	return st;
}
