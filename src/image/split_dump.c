/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dump in several files (makedumpfile --split): each has the headers and the
 * bitmaps of all, and the pages of a range of frames. Which frames are whose,
 * and whether the files are all and each but once.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "image/dump_file.h"

struct piece {
	struct dump_file *file;
	const char *name;
	struct diskdump_part part;
};

struct split_dump {
	struct dump_file file;
	size_t n;
	struct piece *pieces;		/* in order of their frames */
	int *fds;
};

/* ---- whether they belong together ---- */

static int by_range(const void *a, const void *b)
{
	const struct diskdump_part *x = &((const struct piece *)a)->part;
	const struct diskdump_part *y = &((const struct piece *)b)->part;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

static enum status check_kinship(const struct split_dump *dump,
				 struct diag *diag)
{
	const struct piece *first = &dump->pieces[0];

	for (size_t i = 1; i < dump->n; i++)
		if (!diskdump_same_dump(first->file, dump->pieces[i].file))
			return diag_fail(diag, ST_UNSUPPORTED,
					 "%s and %s: parts of two different "
					 "dumps", first->name,
					 dump->pieces[i].name);
	return ST_OK;
}

static enum status missing(const struct piece *beside, uint64_t start,
			   uint64_t end, struct diag *diag)
{
	return diag_fail(diag, ST_UNSUPPORTED,
			 "%s: a part of a split dump, of which that with the "
			 "frames from %#llx to %#llx is missing; give all of "
			 "its files", beside->name, (unsigned long long)start,
			 (unsigned long long)end - 1);
}

/* Parts without frames are written, too. */
static enum status check_ranges(const struct split_dump *dump,
				struct diag *diag)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < dump->n; i++) {
		const struct piece *piece = &dump->pieces[i];

		if (piece->part.start > covered)
			return missing(piece, covered, piece->part.start,
				       diag);
		if (piece->part.start < covered)
			return diag_fail(diag, ST_UNSUPPORTED,
					 "%s and %s: both have the frames from "
					 "%#llx; give each part of a split "
					 "dump once", piece[-1].name,
					 piece->name,
					 (unsigned long long)piece->part.start);
		covered = piece->part.end;
	}
	if (covered < dump->pieces[0].part.max_mapnr)
		return missing(&dump->pieces[dump->n - 1], covered,
			       dump->pieces[0].part.max_mapnr, diag);
	return ST_OK;
}

static enum status check_pieces(struct split_dump *dump, struct diag *diag)
{
	enum status st;

	for (size_t i = 0; i < dump->n; i++)
		if (!diskdump_part(dump->pieces[i].file,
				   &dump->pieces[i].part))
			return diag_fail(diag, ST_UNSUPPORTED,
					 "%s: not a part of a split dump; give "
					 "one dump", dump->pieces[i].name);
	st = check_kinship(dump, diag);
	if (st)
		return st;
	qsort(dump->pieces, dump->n, sizeof(dump->pieces[0]), by_range);
	return check_ranges(dump, diag);
}

/* ---- asked like one file ---- */

static struct dump_file *file_of(struct split_dump *dump, pfn_t pfn)
{
	for (size_t i = 0; i < dump->n; i++)
		if (pfn.v < dump->pieces[i].part.end)
			return dump->pieces[i].file;
	return NULL;
}

static enum status split_check_frame(struct dump_file *file, pfn_t pfn,
				     struct diag *diag)
{
	struct dump_file *part = file_of((struct split_dump *)file, pfn);

	return part ? dump_file_check_frame(part, pfn, diag) : ST_OK;
}

static bool split_next_frames(struct dump_file *file, pfn_t from,
			      struct image_frames *ret_frames)
{
	struct split_dump *dump = (struct split_dump *)file;

	for (size_t i = 0; i < dump->n; i++)
		if (from.v < dump->pieces[i].part.end &&
		    dump_file_next_frames(dump->pieces[i].file, from,
					  ret_frames))
			return true;
	return false;
}

static enum status split_describe(struct dump_file *file,
				  struct image_contents *contents,
				  struct diag *diag)
{
	struct split_dump *dump = (struct split_dump *)file;

	for (size_t i = 0; i < dump->n; i++) {
		struct dump_file *part = dump->pieces[i].file;
		struct image_contents here = { 0 };
		enum status st = part->ops->describe(part, &here, diag);

		if (st)
			return st;
		here.present += contents->present;
		here.excluded += contents->excluded;
		*contents = here;
	}
	return ST_OK;
}

static void split_free(struct dump_file *file)
{
	struct split_dump *dump = (struct split_dump *)file;

	for (size_t i = 0; i < dump->n; i++)
		dump_file_free(dump->pieces[i].file);
	free(dump->pieces);
	free(dump->fds);
	free(dump);
}

static const struct dump_file_ops split_ops = {
	.check_frame = split_check_frame,
	.next_frames = split_next_frames,
	.describe = split_describe,
	.free = split_free,
};

/*
 * A part without frames is not for the library, which finds a part by where it
 * ends, and may take this one for that before it.
 */
static void describe_whole(struct split_dump *dump)
{
	dump->file = *dump->pieces[0].file;
	dump->file.ops = &split_ops;
	dump->file.fds = dump->fds;
	for (size_t i = 0; i < dump->n; i++) {
		const struct piece *piece = &dump->pieces[i];

		dump->file.incomplete |= piece->file->incomplete;
		if (piece->part.start < piece->part.end || !i)
			dump->fds[dump->file.n_fds++] = piece->file->fd;
	}
}

enum status split_dump_new(const struct dump_input *inputs,
			   struct dump_file **files, size_t n,
			   struct dump_file **ret_file, struct diag *diag)
{
	struct split_dump *dump = calloc(1, sizeof(*dump));
	struct piece *pieces = calloc(n, sizeof(*pieces));
	int *fds = calloc(n, sizeof(*fds));
	enum status st;

	if (!dump || !pieces || !fds) {
		for (size_t i = 0; i < n; i++)
			dump_file_free(files[i]);
		free(dump);
		free(pieces);
		free(fds);
		return diag_no_memory(diag);
	}
	for (size_t i = 0; i < n; i++)
		pieces[i] = (struct piece) { files[i], inputs[i].name, { 0 } };
	*dump = (struct split_dump) {
		.n = n, .pieces = pieces, .fds = fds
	};
	st = check_pieces(dump, diag);
	if (st) {
		split_free(&dump->file);
		return st;
	}
	describe_whole(dump);
	*ret_file = &dump->file;
	return ST_OK;
}
