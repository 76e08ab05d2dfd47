/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dump file, beside libkdumpfile: what it is, and how far it goes.
 *
 * The library reads dumps. It does not say what a file is that is none, nor
 * whether a dump calls itself incomplete; it crashes on headers that lie, and
 * reads zeros behind the end of a file that was cut short (0.5.1). A zero page
 * table is an empty one, so that would lose mappings in silence.
 */
#ifndef RMAP_INSPECT_IMAGE_DUMP_FILE_H
#define RMAP_INSPECT_IMAGE_DUMP_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/remote.h"
#include "base/status.h"
#include "image/image.h"

struct dump_file;

struct dump_file_ops {
	/*
	 * The offset in the file behind the last byte that belongs to a
	 * frame; 0 when the file has none of it, as far as its headers say.
	 */
	enum status (*frame_end)(struct dump_file *file, pfn_t pfn,
				 uint64_t *ret_end, struct diag *diag);
	/*
	 * Whether all of a frame's bytes stand in the file as they are, in one
	 * place and no other: *ret_offset. NULL: never.
	 */
	bool (*frame_offset)(struct dump_file *file, pfn_t pfn,
			     uint64_t *ret_offset);
	/* See image_describe(). */
	enum status (*describe)(struct dump_file *file,
				struct image_contents *contents,
				struct diag *diag);
	void (*free)(struct dump_file *file);
};

/* The head of each format's own struct. */
struct dump_file {
	const struct dump_file_ops *ops;
	int fd;			/* borrowed */
	uint64_t size;		/* bytes */
	bool incomplete;	/* says of itself that its writer gave up */
	bool compressed;	/* pages have to be unpacked */
	char machine[66];	/* "x86_64", as uname -m says; "": not told */
};

/*
 * Look at the headers of an open file, which must stay open. ST_UNSUPPORTED
 * when it is no dump for us, and diag says what it is and what to do;
 * ST_CORRUPT when the headers make no sense; ST_IO. Release with
 * dump_file_free().
 */
enum status dump_file_open(int fd, struct dump_file **ret_file,
			   struct diag *diag) must_check;
void dump_file_free(struct dump_file *file);	/* accepts NULL */

/* ST_CORRUPT when the file ends before the frame's bytes do. */
enum status dump_file_check_frame(struct dump_file *file, pfn_t pfn,
				  struct diag *diag) must_check;

/* See frame_offset above. */
bool dump_file_frame_offset(struct dump_file *file, pfn_t pfn,
			    uint64_t *ret_offset);

/* ---- the formats (elf_core.c, diskdump.c) ---- */

enum status elf_core_open(int fd, struct dump_file **ret_file,
			  struct diag *diag) must_check;
enum status diskdump_open(int fd, struct dump_file **ret_file,
			  struct diag *diag) must_check;

#endif
