/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed dumps: where the headers, the bitmaps and each page lie.
 *
 * Mirrors struct disk_dump_header, struct kdump_sub_header and struct
 * page_desc (makedumpfile diskdump_mod.h) as the makedumpfile of a 64-bit
 * little-endian kernel writes them. Unpacks nothing.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/dump_file.h"
#include "image/header_io.h"

#define DUMP_DH_COMPRESSED_INCOMPLETE	0x8

/* In the same word: what pages may be compressed by. */
static const struct {
	uint32_t flag;
	const char *name;
} compressions[] = {
	{ 0x1, "zlib" },
	{ 0x2, "lzo" },
	{ 0x4, "snappy" },
	{ 0x20, "zstd" },
};

/*
 * No kernel has other page sizes. The block is a page, or of several: QEMU's is
 * the largest page that the architecture may have.
 */
#define MIN_BLOCK	4096
#define MAX_BLOCK	65536

/* struct new_utsname */
#define N_UTS_FIELDS	6
#define UTS_FIELD_SIZE	65
#define UTS_MACHINE	4

struct disk_dump_header {
	char signature[8];
	int32_t header_version;
	char utsname[N_UTS_FIELDS][UTS_FIELD_SIZE];
	uint64_t timestamp[2];
	uint32_t status;
	int32_t block_size;
	int32_t sub_hdr_size;		/* blocks */
	uint32_t bitmap_blocks;
	uint32_t max_mapnr;
	uint32_t total_ram_blocks;
	uint32_t device_blocks;
	uint32_t written_blocks;
	uint32_t current_cpu;
	int32_t nr_cpus;
};

_Static_assert(offsetof(struct disk_dump_header, status) == 424,
	       "as laid out by a 64-bit compiler");

struct kdump_sub_header {
	uint64_t phys_base;
	int32_t dump_level;
	int32_t split;
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t offset_vmcoreinfo;	/* since version 3 */
	uint64_t size_vmcoreinfo;
	uint64_t offset_note;		/* since version 4 */
	uint64_t size_note;
	uint64_t offset_eraseinfo;	/* since version 5 */
	uint64_t size_eraseinfo;
	uint64_t start_pfn_64;		/* since version 6 */
	uint64_t end_pfn_64;
	uint64_t max_mapnr_64;
};

/* The parts of the file that the sub header points to. */
struct part {
	const char *name;
	int version;			/* the first that has it */
	size_t offset, size;		/* of the two fields */
};

#define PART(name, version)						\
	{ #name, version, offsetof(struct kdump_sub_header, offset_##name), \
	  offsetof(struct kdump_sub_header, size_##name) }

static const struct part parts[] = {
	PART(vmcoreinfo, 3),
	PART(note, 4),
	PART(eraseinfo, 5),
};

/* One for each dumped frame, behind the bitmaps, in order of PFN. */
struct page_desc {
	uint64_t offset;
	uint32_t size;
	uint32_t flags;
	uint64_t page_flags;
};

/* Frames whose bitmap bits are counted together. */
#define RANK_STEP	4096u
#define RANK_BYTES	(RANK_STEP / 8)

/*
 * What was read last of the bitmap and of the descriptors: mostly the frame
 * asked about next is a neighbour.
 */
struct nearby {
	bool has_step;
	uint64_t step;
	uint8_t bits[RANK_BYTES];
	uint64_t first_desc;
	size_t n_descs;
	struct page_desc descs[128];
};

struct diskdump {
	struct dump_file file;
	struct disk_dump_header header;
	struct kdump_sub_header sub;
	uint64_t ram_offset;		/* of the bitmap of frames that are RAM */
	uint64_t bitmap_offset;		/* of the one of dumped frames */
	uint64_t descs_offset;
	bool is_part;			/* of a split dump */
	uint64_t start, end;		/* the frames that it is about */
	uint64_t *ranks;		/* dumped frames before each step */
	uint64_t first_rank;		/* dumped frames before start */
	struct nearby nearby;
};

static enum status read_bytes(const struct diskdump *dump, void *buf,
			      size_t len, uint64_t offset, struct diag *diag)
{
	const struct dump_file *file = &dump->file;

	return file->map ?
	       flat_map_read(file->map, file->fd, buf, len, offset, diag) :
	       header_read(file->fd, buf, len, offset, diag);
}

static enum status find_size(struct diskdump *dump, struct diag *diag)
{
	if (!dump->file.map)
		return header_file_size(dump->file.fd, &dump->file.size, diag);
	dump->file.size = flat_map_size(dump->file.map);
	return ST_OK;
}

static enum status damaged(struct diag *diag, const char *field,
			   uint64_t value)
{
	return diag_fail(diag, ST_CORRUPT,
			 "the header of this compressed dump is damaged: %s "
			 "is %llu", field, (unsigned long long)value);
}

static enum status check_block_size(const struct diskdump *dump, struct diag *diag)
{
	int32_t size = dump->header.block_size;

	if (size < MIN_BLOCK || size > MAX_BLOCK || (size & (size - 1)))
		return damaged(diag, "block_size", (uint32_t)size);
	return ST_OK;
}

/* Since version 6 there is a wide one too; the library uses either. */
static uint64_t max_mapnr(const struct diskdump *dump)
{
	uint64_t narrow = dump->header.max_mapnr;

	if (dump->header.header_version < 6 || dump->sub.max_mapnr_64 < narrow)
		return narrow;
	return dump->sub.max_mapnr_64;
}

/*
 * Headers, then a bitmap of frames that are RAM and one of those dumped; a
 * dump that left nothing out may have a single one.
 */
static enum status place_bitmaps(struct diskdump *dump, struct diag *diag)
{
	const struct disk_dump_header *header = &dump->header;
	uint64_t block = header->block_size;
	uint64_t bytes = header->bitmap_blocks * block;
	uint64_t needed = max_mapnr(dump) / 8 + !!(max_mapnr(dump) % 8);

	if (header->sub_hdr_size < 0 ||
	    (uint64_t)header->sub_hdr_size > dump->file.size / block)
		return damaged(diag, "sub_hdr_size",
			       (uint32_t)header->sub_hdr_size);
	dump->bitmap_offset = (1 + (uint64_t)header->sub_hdr_size) * block;
	dump->ram_offset = dump->bitmap_offset;
	dump->descs_offset = dump->bitmap_offset + bytes;
	if (dump->descs_offset > dump->file.size)
		return damaged(diag, "bitmap_blocks", header->bitmap_blocks);
	if (needed > bytes)
		return damaged(diag, "max_mapnr", max_mapnr(dump));
	if (needed <= bytes / 2)
		dump->bitmap_offset += bytes / 2;
	return ST_OK;
}

/* A part of a split dump has descriptors of its own frames alone. */
static enum status find_range(struct diskdump *dump, struct diag *diag)
{
	const struct kdump_sub_header *sub = &dump->sub;
	bool wide = dump->header.header_version >= 6;

	dump->is_part = dump->header.header_version >= 2 && sub->split;
	dump->start = !dump->is_part ? 0 :
		      wide ? sub->start_pfn_64 : sub->start_pfn;
	dump->end = !dump->is_part ? max_mapnr(dump) :
		    wide ? sub->end_pfn_64 : sub->end_pfn;
	if (dump->start > dump->end)
		return damaged(diag, "start_pfn", dump->start);
	if (dump->end > max_mapnr(dump))
		return damaged(diag, "end_pfn", dump->end);
	return ST_OK;
}

static uint64_t field(const struct kdump_sub_header *sub, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)sub + offset, sizeof(value));
	return value;
}

static enum status check_parts(const struct diskdump *dump, struct diag *diag)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct part *part = &parts[i];
		uint64_t offset = field(&dump->sub, part->offset);
		uint64_t size = field(&dump->sub, part->size);

		if (dump->header.header_version < part->version || !size)
			continue;
		if (offset > dump->file.size ||
		    size > dump->file.size - offset)
			return damaged(diag, part->name, offset);
	}
	return ST_OK;
}

/* ---- where a frame ends ---- */

/* The bits of one step; those behind the last frame read as they are. */
static enum status read_step(struct diskdump *dump, uint64_t bitmap_offset,
			     uint64_t step, uint8_t bits[static RANK_BYTES],
			     struct diag *diag)
{
	uint64_t offset = bitmap_offset + step * RANK_BYTES;
	uint64_t left = dump->descs_offset - offset;

	memset(bits, 0, RANK_BYTES);
	return read_bytes(dump, bits, left < RANK_BYTES ? left : RANK_BYTES,
			  offset, diag);
}

/* How many of the first n bits are set. */
static uint64_t count_bits(const uint8_t *bits, uint64_t n)
{
	uint64_t count = 0, word;

	for (uint64_t i = 0; i < n / 64; i++) {
		memcpy(&word, bits + i * sizeof(word), sizeof(word));
		count += __builtin_popcountll(word);
	}
	if (n % 64) {
		memcpy(&word, bits + n / 64 * sizeof(word), sizeof(word));
		count += __builtin_popcountll(word & ((1ULL << n % 64) - 1));
	}
	return count;
}

/* Without this, finding a frame's descriptor means to count from the start. */
static enum status count_ranks(struct diskdump *dump, struct diag *diag)
{
	uint64_t n_steps = max_mapnr(dump) / RANK_STEP + 1;
	uint8_t bits[RANK_BYTES];
	uint64_t rank = 0;

	dump->ranks = calloc(n_steps, sizeof(*dump->ranks));
	if (!dump->ranks)
		return diag_no_memory(diag);
	for (uint64_t step = 0; step < n_steps; step++) {
		enum status st;

		dump->ranks[step] = rank;
		if (step * RANK_STEP >= max_mapnr(dump))
			break;
		st = read_step(dump, dump->bitmap_offset, step, bits, diag);
		if (st)
			return st;
		rank += count_bits(bits, RANK_STEP);
	}
	return ST_OK;
}

static enum status come_near_step(struct diskdump *dump, uint64_t step,
				  struct diag *diag)
{
	struct nearby *nearby = &dump->nearby;
	enum status st;

	if (nearby->has_step && nearby->step == step)
		return ST_OK;
	nearby->has_step = false;
	st = read_step(dump, dump->bitmap_offset, step, nearby->bits, diag);
	nearby->has_step = !st;
	nearby->step = step;
	return st;
}

/* The file may end with the last descriptor, or before it. */
static enum status find_desc(struct diskdump *dump, uint64_t rank,
			     const struct page_desc **ret_desc,
			     struct diag *diag)
{
	struct nearby *nearby = &dump->nearby;
	uint64_t offset = dump->descs_offset + rank * sizeof(nearby->descs[0]);
	uint64_t left = offset < dump->file.size ? dump->file.size - offset : 0;
	size_t n = sizeof(nearby->descs) / sizeof(nearby->descs[0]);
	enum status st;

	if (rank - nearby->first_desc >= nearby->n_descs) {
		if (left / sizeof(nearby->descs[0]) < n)
			n = left / sizeof(nearby->descs[0]);
		nearby->first_desc = rank;
		nearby->n_descs = 0;
		/* Of none at all, one: that it is not there is the answer. */
		st = read_bytes(dump, nearby->descs,
				(n ? n : 1) * sizeof(nearby->descs[0]),
				offset, diag);
		if (st)
			return st;
		nearby->n_descs = n;
	}
	*ret_desc = &nearby->descs[rank - nearby->first_desc];
	return ST_OK;
}

static enum status count_before_start(struct diskdump *dump,
				      struct diag *diag)
{
	uint64_t step = dump->start / RANK_STEP;
	enum status st;

	if (!dump->is_part)
		return ST_OK;
	st = come_near_step(dump, step, diag);
	if (!st)
		dump->first_rank = dump->ranks[step] +
				   count_bits(dump->nearby.bits,
					      dump->start % RANK_STEP);
	return st;
}

/*
 * Whoever writes a dump leaves a page as it is that packing makes no smaller;
 * of a longer one the library writes behind its own buffer (0.5.1).
 */
static enum status diskdump_frame_end(struct dump_file *file, pfn_t pfn,
				      uint64_t *ret_end, struct diag *diag)
{
	struct diskdump *dump = (struct diskdump *)file;
	const uint8_t *bits = dump->nearby.bits;
	uint64_t step = pfn.v / RANK_STEP, bit = pfn.v % RANK_STEP;
	const struct page_desc *desc;
	enum status st;

	*ret_end = 0;
	if (pfn.v < dump->start || pfn.v >= dump->end)
		return ST_OK;
	st = come_near_step(dump, step, diag);
	if (st || !(bits[bit / 8] >> bit % 8 & 1))
		return st;
	st = find_desc(dump, dump->ranks[step] + count_bits(bits, bit) -
		       dump->first_rank, &desc, diag);
	if (st)
		return st;
	if (desc->size > (uint32_t)dump->header.block_size)
		return diag_fail(diag, ST_CORRUPT,
				 "damaged in the dump: its %u bytes are more "
				 "than a page", desc->size);
	if (__builtin_add_overflow(desc->offset, desc->size, ret_end))
		*ret_end = UINT64_MAX;
	return ST_OK;
}

static bool diskdump_lacks_frame(struct dump_file *file, pfn_t pfn)
{
	uint64_t end;

	return !diskdump_frame_end(file, pfn, &end, NULL) && !end;
}

/* ---- which frames there are ---- */

/* The first bit from n on, below end, that is as wanted; end: none is. */
static uint64_t find_bit(const uint8_t *bits, uint64_t n, uint64_t end,
			 bool wanted)
{
	while (n < end && (bits[n / 8] >> n % 8 & 1) != wanted)
		n++;
	return n;
}

/* Within the step of bits that pfn is in, and not behind what there is. */
static uint64_t end_of_step(const struct diskdump *dump, uint64_t pfn)
{
	uint64_t end = pfn - pfn % RANK_STEP + RANK_STEP;

	return (end < dump->end ? end : dump->end) - (end - RANK_STEP);
}

/* A dump that says to have more frames than descriptors lies. */
static bool has_desc(const struct diskdump *dump, uint64_t step)
{
	uint64_t room = (dump->file.size - dump->descs_offset) /
			sizeof(struct page_desc);

	return dump->ranks[step] < dump->first_rank + room;
}

static bool diskdump_next_frames(struct dump_file *file, pfn_t from,
				 struct image_frames *ret_frames)
{
	struct diskdump *dump = (struct diskdump *)file;
	const uint8_t *bits = dump->nearby.bits;
	uint64_t pfn = from.v > dump->start ? from.v : dump->start;

	while (pfn < dump->end && has_desc(dump, pfn / RANK_STEP)) {
		uint64_t base = pfn - pfn % RANK_STEP;
		uint64_t end = end_of_step(dump, pfn), first;

		if (come_near_step(dump, pfn / RANK_STEP, NULL))
			return false;
		first = find_bit(bits, pfn - base, end, true);
		if (first < end) {
			*ret_frames = (struct image_frames) {
				base + first,
				base + find_bit(bits, first, end, false),
			};
			return true;
		}
		pfn = base + RANK_STEP;
	}
	return false;
}

/* ---- notes ---- */

static enum status diskdump_read_notes(struct dump_file *file,
				       struct dump_notes *notes,
				       struct diag *diag)
{
	struct diskdump *dump = (struct diskdump *)file;
	uint64_t size = dump->sub.size_note;
	enum status st;

	if (dump->header.header_version < 4 || !size || size > DUMP_NOTES_MAX)
		return ST_OK;
	notes->bytes = malloc(size);
	if (!notes->bytes)
		return diag_no_memory(diag);
	st = read_bytes(dump, notes->bytes, size, dump->sub.offset_note, diag);
	notes->size = st ? 0 : size;
	return st;
}

/* ---- how much there is ---- */

static enum status count_frames(struct diskdump *dump, uint64_t bitmap_offset,
				uint64_t *ret_n, struct diag *diag)
{
	uint64_t n = 0, next;
	uint8_t bits[RANK_BYTES];

	for (uint64_t pfn = dump->start; pfn < dump->end; pfn = next) {
		uint64_t first = pfn - pfn % RANK_STEP;
		enum status st = read_step(dump, bitmap_offset,
					   pfn / RANK_STEP, bits, diag);

		if (st)
			return st;
		next = dump->end - first < RANK_STEP ? dump->end :
						       first + RANK_STEP;
		n += count_bits(bits, next - first) -
		     count_bits(bits, pfn - first);
	}
	*ret_n = n;
	return ST_OK;
}

static const char *compression(const struct diskdump *dump)
{
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]);
	     i++)
		if (dump->header.status & compressions[i].flag)
			return compressions[i].name;
	return "none";
}

static enum status diskdump_describe(struct dump_file *file,
				     struct image_contents *contents,
				     struct diag *diag)
{
	struct diskdump *dump = (struct diskdump *)file;
	uint64_t ram = 0;
	enum status st;

	contents->compression = compression(dump);
	st = count_frames(dump, dump->bitmap_offset, &contents->present, diag);
	contents->has_present = !st;
	if (st || dump->ram_offset == dump->bitmap_offset)
		return st;
	st = count_frames(dump, dump->ram_offset, &ram, diag);
	contents->has_excluded = !st && ram >= contents->present;
	if (contents->has_excluded)
		contents->excluded = ram - contents->present;
	return st;
}

/* ---- opening ---- */

static void diskdump_free(struct dump_file *file)
{
	struct diskdump *dump = (struct diskdump *)file;

	free(dump->ranks);
	free(dump);
}

static const struct dump_file_ops diskdump_ops = {
	.frame_end = diskdump_frame_end,
	.lacks_frame = diskdump_lacks_frame,
	.next_frames = diskdump_next_frames,
	.read_notes = diskdump_read_notes,
	.describe = diskdump_describe,
	.free = diskdump_free,
};

static enum status read_headers(struct diskdump *dump, struct diag *diag)
{
	enum status st = find_size(dump, diag);

	if (!st)
		st = read_bytes(dump, &dump->header, sizeof(dump->header), 0,
				diag);
	if (!st)
		st = check_block_size(dump, diag);
	if (!st)
		st = read_bytes(dump, &dump->sub, sizeof(dump->sub),
				dump->header.block_size, diag);
	if (!st)
		st = place_bitmaps(dump, diag);
	if (!st)
		st = find_range(dump, diag);
	if (!st)
		st = check_parts(dump, diag);
	if (!st)
		st = count_ranks(dump, diag);
	if (!st)
		st = count_before_start(dump, diag);
	return st;
}

enum status diskdump_open(const struct dump_input *input,
			  struct dump_file **ret_file, struct diag *diag)
{
	struct diskdump *dump = calloc(1, sizeof(*dump));
	enum status st;

	if (!dump)
		return diag_no_memory(diag);
	dump->file = (struct dump_file) {
		.ops = &diskdump_ops, .fd = input->fd, .map = input->map
	};
	st = read_headers(dump, diag);
	if (st) {
		diskdump_free(&dump->file);
		return st;
	}
	dump->file.incomplete = dump->header.status &
				DUMP_DH_COMPRESSED_INCOMPLETE;
	dump->file.compressed = true;
	dump->file.block_shift = __builtin_ctz(dump->header.block_size);
	memcpy(dump->file.machine, dump->header.utsname[UTS_MACHINE],
	       UTS_FIELD_SIZE);
	*ret_file = &dump->file;
	return ST_OK;
}

/* ---- parts of split dumps ---- */

bool diskdump_part(const struct dump_file *file, struct diskdump_part *ret_part)
{
	const struct diskdump *dump = (const struct diskdump *)file;

	if (file->ops != &diskdump_ops || !dump->is_part)
		return false;
	*ret_part = (struct diskdump_part) {
		dump->start, dump->end, max_mapnr(dump)
	};
	return true;
}

/* Where a writer ran out of room, its status is another one. */
bool diskdump_same_dump(const struct dump_file *file,
			const struct dump_file *other)
{
	const struct disk_dump_header *a, *b;

	a = &((const struct diskdump *)file)->header;
	b = &((const struct diskdump *)other)->header;
	return !memcmp(a->utsname, b->utsname, sizeof(a->utsname)) &&
	       !memcmp(a->timestamp, b->timestamp, sizeof(a->timestamp)) &&
	       a->block_size == b->block_size &&
	       a->max_mapnr == b->max_mapnr;
}
