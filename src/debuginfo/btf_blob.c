/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See btf_blob.h. */
#include "debuginfo/btf_blob.h"

#include <stdlib.h>

#define MAGIC			0xeb9f
#define MAGIC_SWAPPED		0x9feb
#define VERSION			1
#define HEADER_SIZE		24	/* of the first version: all must have */
#define HEADER_SIZE_LAYOUT	32	/* 7.1: with the sizes of kinds */
#define TYPE_SIZE		12

struct header {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;		/* none is defined */
	uint32_t size;
	uint32_t types_offset;	/* all offsets count from the header's end */
	uint32_t types_size;
	uint32_t names_offset;
	uint32_t names_size;
	uint32_t layout_offset;	/* 0 when the header ends before it */
	uint32_t layout_size;
};

static const struct btf_kind_size known_kinds[BTF_LAST + 1] = {
	[BTF_INT] = { true, 4, 0 },
	[BTF_PTR] = { true, 0, 0 },
	[BTF_ARRAY] = { true, 12, 0 },
	[BTF_STRUCT] = { true, 0, 12 },
	[BTF_UNION] = { true, 0, 12 },
	[BTF_ENUM] = { true, 0, 8 },
	[BTF_FWD] = { true, 0, 0 },
	[BTF_TYPEDEF] = { true, 0, 0 },
	[BTF_VOLATILE] = { true, 0, 0 },
	[BTF_CONST] = { true, 0, 0 },
	[BTF_RESTRICT] = { true, 0, 0 },
	[BTF_FUNC] = { true, 0, 0 },
	[BTF_FUNC_PROTO] = { true, 0, 8 },
	[BTF_VAR] = { true, 4, 0 },
	[BTF_DATASEC] = { true, 0, 12 },
	[BTF_FLOAT] = { true, 0, 0 },
	[BTF_DECL_TAG] = { true, 4, 0 },
	[BTF_TYPE_TAG] = { true, 0, 0 },
	[BTF_ENUM64] = { true, 0, 12 },
};

static uint32_t load_u32(const uint8_t *p)
{
	uint32_t raw;

	memcpy(&raw, p, sizeof(raw));
	return le32toh(raw);
}

enum status btf_blob_check_start(struct bytes start, struct diag *diag)
{
	struct header header;

	if (!bytes_u16(&start, &header.magic) ||
	    !bytes_u8(&start, &header.version))
		return diag_fail(diag, ST_UNSUPPORTED, "not BTF (too short)");
	if (header.magic == MAGIC_SWAPPED)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "BTF of a big-endian machine");
	if (header.magic != MAGIC)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "not BTF (it starts with 0x%04x)",
				 header.magic);
	if (header.version != VERSION)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "BTF of version %u, only %u is known",
				 header.version, VERSION);
	return ST_OK;
}

static bool parse_header(struct bytes bytes, struct header *header)
{
	*header = (struct header) { 0 };
	if (!bytes_u16(&bytes, &header->magic) ||
	    !bytes_u8(&bytes, &header->version) ||
	    !bytes_u8(&bytes, &header->flags) ||
	    !bytes_u32(&bytes, &header->size) ||
	    !bytes_u32(&bytes, &header->types_offset) ||
	    !bytes_u32(&bytes, &header->types_size) ||
	    !bytes_u32(&bytes, &header->names_offset) ||
	    !bytes_u32(&bytes, &header->names_size))
		return false;
	if (header->size < HEADER_SIZE_LAYOUT)
		return true;
	return bytes_u32(&bytes, &header->layout_offset) &&
	       bytes_u32(&bytes, &header->layout_size);
}

static enum status read_header(struct bytes bytes, struct header *ret_header,
			       struct diag *diag)
{
	enum status st = btf_blob_check_start(bytes, diag);

	if (st != ST_OK)
		return st;
	if (bytes.n > BTF_SIZE_MAX)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "%zu bytes are more than any kernel's BTF",
				 bytes.n);
	if (!parse_header(bytes, ret_header) || ret_header->size > bytes.n)
		return diag_fail(diag, ST_CORRUPT,
				 "%zu bytes do not hold the header (truncated?)",
				 bytes.n);
	if (ret_header->size < HEADER_SIZE)
		return diag_fail(diag, ST_CORRUPT, "a header of %u bytes",
				 ret_header->size);
	return ST_OK;
}

/* A part of what comes after the header. */
static enum status get_section(struct bytes body, const char *what,
			       uint32_t offset, uint32_t size,
			       struct bytes *ret_section, struct diag *diag)
{
	if (!bytes_skip(&body, offset) ||
	    !bytes_split(&body, size, ret_section))
		return diag_fail(diag, ST_CORRUPT,
				 "the %s (%u bytes at %u) lie past the end (truncated?)",
				 what, size, offset);
	return ST_OK;
}

/*
 * The strings of a split BTF continue those of its base, so that they do not
 * start with the empty one.
 */
static enum status check_names(struct bytes names, struct diag *diag)
{
	if (!names.n || names.p[0])
		return diag_fail(diag, ST_UNSUPPORTED,
				 "split BTF, as modules have it, which is only an addition to the kernel's own");
	if (names.p[names.n - 1])
		return diag_fail(diag, ST_CORRUPT,
				 "the names do not end with a zero byte");
	return ST_OK;
}

/* Kinds that we know are as we know them, whatever the BTF says. */
static void learn_kinds(struct btf_blob *blob, struct bytes layout)
{
	uint8_t once, each;
	uint16_t flags;
	size_t kind;

	memcpy(blob->kinds, known_kinds, sizeof(known_kinds));
	for (kind = 0; kind <= BTF_MAX; kind++) {
		if (!bytes_u8(&layout, &once) || !bytes_u8(&layout, &each) ||
		    !bytes_u16(&layout, &flags))
			break;
		if (kind > BTF_LAST)
			blob->kinds[kind] =
				(struct btf_kind_size) { true, once, each };
	}
}

static enum status take_sections(struct btf_blob *blob, struct bytes bytes,
				 struct diag *diag)
{
	struct bytes layout = { 0 };
	struct header header;
	enum status st;

	st = read_header(bytes, &header, diag);
	if (st != ST_OK)
		return st;
	bytes_skip(&bytes, header.size);
	st = get_section(bytes, "types", header.types_offset,
			 header.types_size, &blob->types, diag);
	if (st == ST_OK)
		st = get_section(bytes, "names", header.names_offset,
				 header.names_size, &blob->names, diag);
	if (st == ST_OK)
		st = get_section(bytes, "sizes of kinds",
				 header.layout_offset, header.layout_size,
				 &layout, diag);
	if (st == ST_OK)
		st = check_names(blob->names, diag);
	if (st != ST_OK)
		return st;
	if (!blob->types.n)
		return diag_fail(diag, ST_ABSENT, "there are no types");
	learn_kinds(blob, layout);
	return ST_OK;
}

static struct btf_type decode(const struct btf_blob *blob, uint32_t id,
			      uint32_t offset)
{
	const uint8_t *head = blob->types.p + offset;
	uint32_t info = load_u32(head + 4);

	return (struct btf_type) {
		.id = id,
		.name = load_u32(head),
		.kind = info >> 24 & BTF_MAX,
		.flag = info >> 31,
		.n = info & 0xffffff,
		.size = load_u32(head + 8),
		.details = head + TYPE_SIZE,
	};
}

/* At most 255 + 2^24 * 255. */
size_t btf_blob_details_size(const struct btf_blob *blob,
			     const struct btf_type *type)
{
	const struct btf_kind_size *kind = &blob->kinds[type->kind];

	return kind->once + (size_t)kind->each * type->n;
}

/* Only what has to be right for all types can be checked for all of them. */
static enum status check_type(const struct btf_blob *blob,
			      const struct btf_type *type, struct diag *diag)
{
	if (!blob->kinds[type->kind].known)
		return diag_fail(diag,
				 type->kind ? ST_UNSUPPORTED : ST_CORRUPT,
				 "type %u is of kind %u, which is not known",
				 type->id, type->kind);
	if (type->name >= blob->names.n)
		return diag_fail(diag, ST_CORRUPT,
				 "type %u: its name (%u) lies past the end of all names",
				 type->id, type->name);
	if (type->name && !blob->names.p[type->name])
		return diag_fail(diag, ST_CORRUPT,
				 "type %u: its name is empty", type->id);
	return ST_OK;
}

static enum status next_type(const struct btf_blob *blob,
			     struct bytes *left, struct btf_type *ret_type,
			     struct diag *diag)
{
	uint32_t id = blob->n_types + 1;
	struct btf_type type;
	enum status st;

	if (left->n < TYPE_SIZE)
		return diag_fail(diag, ST_CORRUPT,
				 "type %u lies past the end of all types", id);
	type = decode(blob, id, left->p - blob->types.p);
	st = check_type(blob, &type, diag);
	if (st != ST_OK)
		return st;
	bytes_skip(left, TYPE_SIZE);
	if (!bytes_skip(left, btf_blob_details_size(blob, &type)))
		return diag_fail(diag, ST_CORRUPT,
				 "type %u lies past the end of all types", id);
	*ret_type = type;
	return ST_OK;
}

static enum status index_types(struct btf_blob *blob,
			       enum status (*visit)(const struct btf_type *type,
						    void *arg),
			       void *arg, struct diag *diag)
{
	struct bytes left = blob->types;
	struct btf_type type = { 0 };
	enum status st;

	while (left.n) {
		uint32_t offset = left.p - blob->types.p;

		st = next_type(blob, &left, &type, diag);
		if (st != ST_OK)
			return st;
		blob->offsets[blob->n_types++] = offset;
		if (type.kind == BTF_ENUM64 ||
		    (type.kind == BTF_ENUM && type.flag))
			blob->tells_signs = true;
		if (visit(&type, arg) != ST_OK)
			return diag_no_memory(diag);
	}
	return ST_OK;
}

/* What is not written to of the memory for the most types costs nothing. */
static enum status init(struct btf_blob *blob, struct bytes bytes,
			enum status (*visit)(const struct btf_type *type,
					     void *arg),
			void *arg, struct diag *diag)
{
	uint32_t *trimmed;
	enum status st;

	st = take_sections(blob, bytes, diag);
	if (st != ST_OK)
		return st;
	blob->offsets = malloc((blob->types.n / TYPE_SIZE + 1) *
			       sizeof(*blob->offsets));
	if (!blob->offsets)
		return diag_no_memory(diag);
	st = index_types(blob, visit, arg, diag);
	if (st != ST_OK)
		return st;
	trimmed = realloc(blob->offsets,
			  blob->n_types * sizeof(*blob->offsets));
	if (trimmed)
		blob->offsets = trimmed;
	return ST_OK;
}

enum status btf_blob_init(struct btf_blob *blob, struct bytes bytes,
			  enum status (*visit)(const struct btf_type *type,
					       void *arg),
			  void *arg, struct diag *diag)
{
	enum status st = init(blob, bytes, visit, arg, diag);

	if (st != ST_OK)
		btf_blob_fini(blob);
	return st;
}

void btf_blob_fini(struct btf_blob *blob)
{
	free(blob->offsets);
	*blob = (struct btf_blob) { 0 };
}

enum status btf_blob_type(const struct btf_blob *blob, uint32_t id,
			  struct btf_type *ret_type, struct diag *diag)
{
	if (!id)
		return diag_fail(diag, ST_CORRUPT,
				 "void where something must be");
	if (id > blob->n_types)
		return diag_fail(diag, ST_CORRUPT,
				 "type %u is referred to, there are only %u",
				 id, blob->n_types);
	*ret_type = decode(blob, id, blob->offsets[id - 1]);
	return ST_OK;
}

const char *btf_blob_name(const struct btf_blob *blob,
			  const struct btf_type *type)
{
	return type->name ? btf_blob_strings(blob) + type->name : NULL;
}

/* An empty name is what a hole in the dump looks like, so none is allowed. */
static enum status part_name(const struct btf_blob *blob,
			     const struct btf_type *type, uint32_t name,
			     const char **ret_name, struct diag *diag)
{
	if (name >= blob->names.n || (name && !blob->names.p[name]))
		return diag_fail(diag, ST_CORRUPT,
				 "type %u: there is no name at %u", type->id,
				 name);
	*ret_name = name ? btf_blob_strings(blob) + name : NULL;
	return ST_OK;
}

enum status btf_blob_member(const struct btf_blob *blob,
			    const struct btf_type *type, uint32_t i,
			    struct btf_member *ret_member, struct diag *diag)
{
	const uint8_t *p = type->details + (size_t)i * 12;
	uint32_t place = load_u32(p + 8);
	const char *name;
	enum status st;

	st = part_name(blob, type, load_u32(p), &name, diag);
	if (st != ST_OK)
		return st;
	*ret_member = (struct btf_member) {
		.name = name,
		.type = load_u32(p + 4),
		.bit = type->flag ? place & 0xffffff : place,
		.n_bits = type->flag ? place >> 24 : 0,
	};
	return ST_OK;
}

/*
 * Since 6.0 (6089fb325cf7) a flag says whether an enum is signed. Before, its
 * values were declared as signed, and nothing told.
 */
static int64_t enumerator_value(const struct btf_blob *blob,
				const struct btf_type *type, const uint8_t *p)
{
	uint32_t low = load_u32(p + 4);

	if (type->kind == BTF_ENUM64)
		return (uint64_t)load_u32(p + 8) << 32 | low;
	if (type->flag || !blob->tells_signs)
		return (int32_t)low;
	return low;
}

enum status btf_blob_enumerator(const struct btf_blob *blob,
				const struct btf_type *type, uint32_t i,
				struct btf_enumerator *ret_enumerator,
				struct diag *diag)
{
	size_t each = blob->kinds[type->kind].each;
	const uint8_t *p = type->details + i * each;
	const char *name;
	enum status st;

	st = part_name(blob, type, load_u32(p), &name, diag);
	if (st != ST_OK)
		return st;
	if (!name)
		return diag_fail(diag, ST_CORRUPT,
				 "type %u: enumerator without a name",
				 type->id);
	ret_enumerator->name = name;
	ret_enumerator->value = enumerator_value(blob, type, p);
	return ST_OK;
}

void btf_array(const struct btf_type *array, uint32_t *ret_count,
	       uint32_t *ret_element)
{
	*ret_element = load_u32(array->details);
	*ret_count = load_u32(array->details + 8);
}

bool btf_int_is_bit_field(const struct btf_type *integer, uint32_t *ret_bit,
			  uint32_t *ret_n_bits)
{
	uint32_t encoding = load_u32(integer->details);
	uint32_t n_bits = encoding & 0xff, bit = encoding >> 16 & 0xff;

	if (!bit && n_bits == (uint64_t)integer->size * 8)
		return false;
	*ret_bit = bit;
	*ret_n_bits = n_bits;
	return true;
}
