/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dump file of any bytes: looking at its headers, ELF or kdump, and asking
 * them where frames lie, may not crash, hang or read outside of them, and what
 * is said to lie in the file does.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/dump_file.h"
#include "image/machine.h"

/* Holes in a bitmap that are looked at. */
#define MAX_RUNS	1000u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void ask_frame(struct dump_file *file, pfn_t pfn)
{
	struct diag diag = { "" };
	enum status st = dump_file_check_frame(file, pfn, &diag);
	uint64_t offset;

	require(!st == !diag.text[0]);
	if (st || dump_file_lacks_frame(file, pfn))
		return;
	if (dump_file_frame_offset(file, pfn, &offset))
		require(offset <= file->size);
}

/* In order, and each at most once. */
static void list_frames(struct dump_file *file)
{
	struct image_frames frames = { 0, 0 };
	uint64_t from = 0;

	for (unsigned int i = 0; i < MAX_RUNS &&
	     dump_file_next_frames(file, PFN(from), &frames); i++) {
		require(frames.first >= from && frames.end > frames.first);
		ask_frame(file, PFN(frames.first));
		ask_frame(file, PFN(frames.end - 1));
		from = frames.end;
	}
}

static void ask(struct dump_file *file)
{
	struct image_contents contents = { 0 };
	struct diag diag = { "" };

	dump_file_set_page_shift(file, LEAST_PAGE_SHIFT);
	for (uint64_t pfn = 0; pfn < 64; pfn++)
		ask_frame(file, PFN(pfn));
	for (unsigned int bit = 6; bit < 52; bit++) {
		ask_frame(file, PFN(1ULL << bit));
		ask_frame(file, PFN((1ULL << bit) - 1));
	}
	list_frames(file);
	(void)!dump_file_describe(file, &contents, &diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct dump_input input = {
		.fd = memfd_create("fuzz", MFD_CLOEXEC), .name = "fuzz",
	};
	struct dump_file *file = NULL;
	struct diag diag = { "" };
	enum status st;

	require(input.fd >= 0 &&
		write(input.fd, bytes, size) == (ssize_t)size);
	st = dump_file_open(&input, 1, &file, &diag);
	require(!st == !diag.text[0] && !st == !!file);
	if (!st)
		ask(file);
	dump_file_free(file);
	close(input.fd);
	return 0;
}
