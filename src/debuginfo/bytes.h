/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading little-endian numbers from the front of untrusted bytes.
 *
 * Every reader takes its bytes off the front and returns true, or leaves
 * everything alone and returns false when there are too few.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_BYTES_H
#define RMAP_INSPECT_DEBUGINFO_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

static inline bool bytes_skip(struct bytes *bytes, uint64_t n)
{
	if (n > bytes->n)
		return false;
	bytes->p += n;
	bytes->n -= n;
	return true;
}

static inline bool bytes_copy(struct bytes *bytes, void *to, size_t n)
{
	if (n > bytes->n)
		return false;
	memcpy(to, bytes->p, n);
	return bytes_skip(bytes, n);
}

static inline bool bytes_u8(struct bytes *bytes, uint8_t *ret)
{
	return bytes_copy(bytes, ret, sizeof(*ret));
}

static inline bool bytes_u16(struct bytes *bytes, uint16_t *ret)
{
	uint16_t raw;

	if (!bytes_copy(bytes, &raw, sizeof(raw)))
		return false;
	*ret = le16toh(raw);
	return true;
}

static inline bool bytes_u32(struct bytes *bytes, uint32_t *ret)
{
	uint32_t raw;

	if (!bytes_copy(bytes, &raw, sizeof(raw)))
		return false;
	*ret = le32toh(raw);
	return true;
}

static inline bool bytes_u64(struct bytes *bytes, uint64_t *ret)
{
	uint64_t raw;

	if (!bytes_copy(bytes, &raw, sizeof(raw)))
		return false;
	*ret = le64toh(raw);
	return true;
}

/* The first n bytes as bytes of their own. */
static inline bool bytes_split(struct bytes *bytes, uint64_t n,
			       struct bytes *ret_front)
{
	struct bytes front = { bytes->p, n };

	if (!bytes_skip(bytes, n))
		return false;
	*ret_front = front;
	return true;
}

#endif
