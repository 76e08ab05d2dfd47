/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of one BTF, checked as they are read. Private to src/debuginfo.
 *
 * Knows the format (include/uapi/linux/btf.h), as of Linux 7.1: 24-bit counts,
 * 7-bit kinds, and a table of the sizes of kinds, by which a reader can step
 * over those that are newer than itself. Does not know what is looked for.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_BTF_BLOB_H
#define RMAP_INSPECT_DEBUGINFO_BTF_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "debuginfo/bytes.h"

/* No kernel has had more than a twentieth of it. */
#define BTF_SIZE_MAX	(256 << 20)

/* The kinds of types; <linux/btf.h> may be too old to know all of them. */
enum btf_kind {
	BTF_INT = 1,
	BTF_PTR = 2,
	BTF_ARRAY = 3,
	BTF_STRUCT = 4,
	BTF_UNION = 5,
	BTF_ENUM = 6,
	BTF_FWD = 7,
	BTF_TYPEDEF = 8,
	BTF_VOLATILE = 9,
	BTF_CONST = 10,
	BTF_RESTRICT = 11,
	BTF_FUNC = 12,
	BTF_FUNC_PROTO = 13,
	BTF_VAR = 14,
	BTF_DATASEC = 15,
	BTF_FLOAT = 16,
	BTF_DECL_TAG = 17,
	BTF_TYPE_TAG = 18,
	BTF_ENUM64 = 19,
	BTF_LAST = BTF_ENUM64,
	BTF_MAX = 127,		/* all that 7 bits can say */
};

/* What follows the head of a type, by kind. */
struct btf_kind_size {
	bool known;
	uint8_t once;		/* bytes */
	uint8_t each;		/* bytes for each of its parts */
};

/* Zero-initialised is empty. The bytes are not copied. */
struct btf_blob {
	struct bytes types;
	struct bytes names;	/* end with a zero byte */
	uint32_t *offsets;	/* of each type, in types; the first is 1 */
	uint32_t n_types;
	bool tells_signs;	/* the flag of enums means something */
	struct btf_kind_size kinds[BTF_MAX + 1];
};

struct btf_type {
	uint32_t id;
	uint32_t name;		/* for btf_blob_name(); 0 when nameless */
	unsigned int kind;
	bool flag;
	uint32_t n;		/* parts: members, enumerators, … */
	union {
		uint32_t size;	/* which of the two depends on the kind */
		uint32_t target;
	};
	const uint8_t *details;
};

struct btf_member {
	const char *name;	/* NULL when it has none */
	uint32_t type;
	uint32_t bit;		/* from the start of its struct */
	uint32_t n_bits;	/* of a bit-field, else 0 */
};

struct btf_enumerator {
	const char *name;
	int64_t value;
};

/*
 * Read the header and go over all types once: each is given to visit, whose
 * only failure is ST_NO_MEMORY. The bytes must outlive the blob. ST_UNSUPPORTED
 * when this is no BTF, or of another byte order or version, or split, that is,
 * a mere addition to another; ST_CORRUPT when it contradicts itself; ST_ABSENT
 * when there are no types in it.
 */
enum status btf_blob_init(struct btf_blob *blob, struct bytes bytes,
			  enum status (*visit)(const struct btf_type *type,
					       void *arg),
			  void *arg, struct diag *diag) must_check;
void btf_blob_fini(struct btf_blob *blob);

/* Whether the start of a file, of up to 8 bytes, can be that of a BTF. */
enum status btf_blob_check_start(struct bytes start, struct diag *diag)
	must_check;

/* ST_CORRUPT when there is no such type, which includes 0, void. */
enum status btf_blob_type(const struct btf_blob *blob, uint32_t id,
			  struct btf_type *ret_type, struct diag *diag)
	must_check;

/* The name of a type, NULL when it has none. Lives as long as the bytes. */
const char *btf_blob_name(const struct btf_blob *blob,
			  const struct btf_type *type);

/* Where all names start. */
static inline const char *btf_blob_strings(const struct btf_blob *blob)
{
	return (const char *)blob->names.p;
}

/* Part i < type->n of a struct or union, or of an enum of either width. */
enum status btf_blob_member(const struct btf_blob *blob,
			    const struct btf_type *type, uint32_t i,
			    struct btf_member *ret_member, struct diag *diag)
	must_check;
enum status btf_blob_enumerator(const struct btf_blob *blob,
				const struct btf_type *type, uint32_t i,
				struct btf_enumerator *ret_enumerator,
				struct diag *diag) must_check;

/* How many bytes follow the head of this type. */
size_t btf_blob_details_size(const struct btf_blob *blob,
			     const struct btf_type *type);

/* Of an array: the number of its elements and their type. */
void btf_array(const struct btf_type *array, uint32_t *ret_count,
	       uint32_t *ret_element);

/*
 * Of an integer that is narrower than the bytes that hold it, which is how
 * bit-fields were encoded before 5.0: where its bits start, and how many.
 */
bool btf_int_is_bit_field(const struct btf_type *integer, uint32_t *ret_bit,
			  uint32_t *ret_n_bits);

#endif
