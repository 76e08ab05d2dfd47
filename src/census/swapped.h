/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each address space has in swap, counted as /proc/PID/smaps does: the
 * swap entries of its page tables, each shared by all that refer to it (Swap,
 * SwapPss), and what its VMAs map of shared memory that is in swap, of which
 * the file alone knows (Swap only).
 */
#ifndef RMAP_INSPECT_CENSUS_SWAPPED_H
#define RMAP_INSPECT_CENSUS_SWAPPED_H

#include "census/spaces.h"

/*
 * Fill in what struct space says of swap, behind spaces_count(). What cannot
 * be told is in no sum, and recorded in gaps or those of the space.
 */
enum status spaces_count_swap(struct crew *crew, struct spaces *spaces,
			      struct gaps *gaps) must_check;

#endif
