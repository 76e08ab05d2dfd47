/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One bit for each of many numbers, in words of 64. */
#ifndef RMAP_INSPECT_BASE_BITS_H
#define RMAP_INSPECT_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words for n of them; at least one. */
static inline size_t bits_words(size_t n)
{
	return n / 64 + 1;
}

static inline bool bits_has(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static inline void bits_set(uint64_t *bits, size_t i)
{
	bits[i / 64] |= 1ULL << (i % 64);
}

static inline void bits_clear(uint64_t *bits, size_t i)
{
	bits[i / 64] &= ~(1ULL << (i % 64));
}

#endif
