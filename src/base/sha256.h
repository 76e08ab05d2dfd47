/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 of FIPS 180-4, of bytes that are all in memory. */
#ifndef RMAP_INSPECT_BASE_SHA256_H
#define RMAP_INSPECT_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES	32u

void sha256(const void *bytes, size_t len, uint8_t digest[static SHA256_BYTES]);

#endif
