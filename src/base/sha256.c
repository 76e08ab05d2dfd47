/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names are as FIPS 180-4 has them, and numbers in its order. What is hashed
 * is short, so nothing is done for speed.
 */
#include "base/sha256.h"

#include <string.h>

#define BLOCK_BYTES	64u
#define LENGTH_BYTES	8u	/* at the end of the last block */

/* 4.2.2: 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* 5.3.3 */
static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotr(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_be32(uint8_t *bytes, uint32_t x)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = x >> (24 - 8 * i);
}

/* 6.2.2, step 1 */
static void schedule(const uint8_t *block, uint32_t w[static 64])
{
	for (unsigned int t = 0; t < 16; t++)
		w[t] = load_be32(block + 4 * t);
	for (unsigned int t = 16; t < 64; t++) {
		uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^
			      w[t - 15] >> 3;
		uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^
			      w[t - 2] >> 10;

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
}

/* Step 3: v is a to h. */
static void round_of(uint32_t v[static 8], uint32_t k, uint32_t w)
{
	uint32_t a = v[0], b = v[1], c = v[2], e = v[4], f = v[5], g = v[6];
	uint32_t t1 = v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
		      ((e & f) ^ (~e & g)) + k + w;
	uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) +
		      ((a & b) ^ (a & c) ^ (b & c));

	memmove(v + 1, v, 7 * sizeof(v[0]));
	v[4] += t1;
	v[0] = t1 + t2;
}

static void add_block(uint32_t hash[static 8], const uint8_t *block)
{
	uint32_t w[64], v[8];

	schedule(block, w);
	memcpy(v, hash, sizeof(v));
	for (unsigned int t = 0; t < 64; t++)
		round_of(v, constants[t], w[t]);
	for (unsigned int i = 0; i < 8; i++)
		hash[i] += v[i];
}

/* 5.1.1: a bit 1, zeros, the number of bits; in one block more, or two. */
static void add_end(uint32_t hash[static 8], const uint8_t *rest, size_t n_rest,
		    uint64_t n_bits)
{
	uint8_t end[2 * BLOCK_BYTES] = { 0 };
	size_t size = n_rest + 1 + LENGTH_BYTES > BLOCK_BYTES ?
		      2 * BLOCK_BYTES : BLOCK_BYTES;

	if (n_rest)
		memcpy(end, rest, n_rest);
	end[n_rest] = 0x80;
	store_be32(end + size - 8, n_bits >> 32);
	store_be32(end + size - 4, n_bits);
	for (size_t at = 0; at < size; at += BLOCK_BYTES)
		add_block(hash, end + at);
}

void sha256(const void *bytes, size_t len, uint8_t digest[static SHA256_BYTES])
{
	const uint8_t *next = bytes;
	size_t rest = len;
	uint32_t hash[8];

	memcpy(hash, initial, sizeof(hash));
	for (; rest >= BLOCK_BYTES; rest -= BLOCK_BYTES, next += BLOCK_BYTES)
		add_block(hash, next);
	add_end(hash, next, rest, (uint64_t)len * 8);
	for (unsigned int i = 0; i < 8; i++)
		store_be32(digest + 4 * i, hash[i]);
}
