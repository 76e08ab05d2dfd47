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
#include "image/flat_map.h"
#include "image/image.h"

struct dump_file;

/* Notes of ELF; bytes are the caller's to free. */
struct dump_notes {
	char *bytes;
	size_t size;
};

/*
 * Where the file has blocks of several pages, what is called a frame here is a
 * block; dump_file_…() below know pages.
 */
struct dump_file_ops {
	/*
	 * The offset in the file behind the last byte that belongs to a
	 * frame; 0 when the file has none of it, as far as its headers say.
	 */
	enum status (*frame_end)(struct dump_file *file, pfn_t pfn,
				 uint64_t *ret_end, struct diag *diag);
	/* Instead, where several files have the frames. */
	enum status (*check_frame)(struct dump_file *file, pfn_t pfn,
				   struct diag *diag);
	/*
	 * Whether all of a frame's bytes stand in the file as they are, in one
	 * place and no other: *ret_offset. NULL: never.
	 */
	bool (*frame_offset)(struct dump_file *file, pfn_t pfn,
			     uint64_t *ret_offset);
	/* Whether it says that it has none of a frame. NULL: it does not say. */
	bool (*lacks_frame)(struct dump_file *file, pfn_t pfn);
	/* See struct image_ops. NULL: it does not say. */
	bool (*next_frames)(struct dump_file *file, pfn_t from,
			    struct image_frames *ret_frames);
	/* Stays empty when there are none. NULL: there never are. */
	enum status (*read_notes)(struct dump_file *file,
				  struct dump_notes *notes,
				  struct diag *diag);
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
	const struct flat_map *map;	/* likewise; offsets are the plain file's */
	const int *fds;		/* all of them, if there are several; or NULL */
	size_t n_fds;
	uint64_t size;		/* bytes */
	unsigned int block_shift;	/* of its blocks; 0: these are pages */
	unsigned int page_shift;	/* of frames, once that is known */
	unsigned int block_order;	/* so many pages in a block: 1 << it */
	bool incomplete;	/* says of itself that its writer gave up */
	bool compressed;	/* pages have to be unpacked */
	char machine[66];	/* "x86_64", as uname -m says; "": not told */
};

/* An open file, which must stay open. */
struct dump_input {
	int fd;
	struct flat_map *map;	/* of a flattened one; NULL: it is plain */
	const char *name;	/* to speak of it */
};

/*
 * Look at the headers of an open file, or of the n that a dump was split
 * into, in any order. ST_UNSUPPORTED when it is no dump for us, and diag says
 * which file, what it is and what to do; ST_CORRUPT when the headers make no
 * sense; ST_IO. Release with dump_file_free().
 */
enum status dump_file_open(const struct dump_input *inputs, size_t n,
			   struct dump_file **ret_file,
			   struct diag *diag) must_check;
void dump_file_free(struct dump_file *file);	/* accepts NULL */

/* ST_CORRUPT when the file ends before the frame's bytes do. */
enum status dump_file_check_frame(struct dump_file *file, pfn_t pfn,
				  struct diag *diag) must_check;

/* What a page is, not larger than a block: before anything is asked. */
void dump_file_set_page_shift(struct dump_file *file, unsigned int page_shift);

/* See lacks_frame and frame_offset above. */
bool dump_file_lacks_frame(struct dump_file *file, pfn_t pfn);
bool dump_file_frame_offset(struct dump_file *file, pfn_t pfn,
			    uint64_t *ret_offset);

/* See next_frames above. */
bool dump_file_next_frames(struct dump_file *file, pfn_t from,
			   struct image_frames *ret_frames);

/* See image_describe(). */
enum status dump_file_describe(struct dump_file *file,
			       struct image_contents *contents,
			       struct diag *diag) must_check;

/* The CPUs whose states are in the notes, appended to cpus. */
enum status dump_file_cpus(struct dump_file *file, struct image_cpu_vec *cpus,
			   struct diag *diag) must_check;

/* Notes larger than this have no meaning that we know. */
#define DUMP_NOTES_MAX	(16u << 20)

/* ---- the formats (elf_core.c, diskdump.c) ---- */

enum status elf_core_open(int fd, struct dump_file **ret_file,
			  struct diag *diag) must_check;
enum status diskdump_open(const struct dump_input *input,
			  struct dump_file **ret_file,
			  struct diag *diag) must_check;

/* A part of a split dump: frames from start up to end, of max_mapnr in all. */
struct diskdump_part {
	uint64_t start, end, max_mapnr;
};

/* False: it is none. */
bool diskdump_part(const struct dump_file *file,
		   struct diskdump_part *ret_part);

/* Whether two parts are of one dump, as far as they say. */
bool diskdump_same_dump(const struct dump_file *file,
			const struct dump_file *other);

/* Takes over files, of which n were opened: all of a split dump, or too few. */
enum status split_dump_new(const struct dump_input *inputs,
			   struct dump_file **files, size_t n,
			   struct dump_file **ret_file,
			   struct diag *diag) must_check;

#endif
