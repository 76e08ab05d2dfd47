/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ELF dumps: where the tables, the notes and the segments lie. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/search.h"
#include "base/vec.h"
#include "image/dump_file.h"
#include "image/elf_notes.h"
#include "image/header_io.h"

/* makedumpfile.h: set in e_flags. */
#define DUMP_ELF_INCOMPLETE	0x1

struct segment {
	uint64_t paddr, memsz;
	uint64_t offset, filesz;
	uint64_t reach;		/* how far this and those before it go */
};

DEFINE_VEC(segment_vec, struct segment)

struct elf_core {
	struct dump_file file;
	Elf64_Ehdr ehdr;
	uint64_t n_segments;
	struct segment_vec loads;	/* PT_LOAD, in order of paddr */
	uint64_t notes_offset, notes_size;	/* the first PT_NOTE's */
	bool layered;		/* much of the file is in several segments */
};

static enum status damaged(struct diag *diag, const char *what)
{
	return diag_fail(diag, ST_CORRUPT,
			 "the header of this ELF dump is damaged, or the dump "
			 "was cut short: its %s outside of the file", what);
}

static bool is_inside(const struct elf_core *core, uint64_t offset, uint64_t size)
{
	return offset <= core->file.size &&
	       size <= core->file.size - offset;
}

static enum status check_identity(const struct elf_core *core, struct diag *diag)
{
	const Elf64_Ehdr *ehdr = &core->ehdr;

	if (ehdr->e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr->e_ident[EI_DATA] != ELFDATA2LSB)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "an ELF file of a 32-bit or big-endian "
				 "machine, which is not supported");
	if (ehdr->e_type != ET_CORE)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "an ELF program or object, not a dump");
	if (!ehdr->e_phnum)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "an ELF core without segments, as Xen's "
				 "dump-core writes, which is not supported");
	return ST_OK;
}

static enum status check_sections(const struct elf_core *core, struct diag *diag)
{
	const Elf64_Ehdr *ehdr = &core->ehdr;

	if (!ehdr->e_shoff && !ehdr->e_shnum)
		return ST_OK;
	if (ehdr->e_shentsize != sizeof(Elf64_Shdr) ||
	    !is_inside(core, ehdr->e_shoff,
		       (uint64_t)ehdr->e_shnum * sizeof(Elf64_Shdr)))
		return damaged(diag, "section headers lie");
	return ST_OK;
}

/* With 65535 segments or more, their number stands in the first section. */
static enum status count_segments(struct elf_core *core, struct diag *diag)
{
	Elf64_Shdr first;
	enum status st;

	core->n_segments = core->ehdr.e_phnum;
	if (core->ehdr.e_phnum != PN_XNUM)
		return ST_OK;
	st = header_read(core->file.fd, &first, sizeof(first), core->ehdr.e_shoff,
			 diag);
	if (!st)
		core->n_segments = first.sh_info;
	return st;
}

/* ---- dumps of something else ---- */

/* What tells one stands in the first of them. */
#define MAX_NOTES	(64u << 10)

struct foreign_note {
	const char *name;
	uint32_t type;		/* 0: any */
	const char *refusal;
};

/*
 * Neither makedumpfile nor QEMU nor /proc/kcore writes any of these. A dump of
 * a Xen host has machine frames, which its kernel's structures do not name.
 */
static const struct foreign_note foreign_notes[] = {
	{ "CORE", NT_AUXV, "the core of a process, not a dump of a kernel" },
	{ "CORE", NT_FILE, "the core of a process, not a dump of a kernel" },
	{ "Xen", 0, "a dump of a Xen host, which is not supported" },
};

static enum status judge_note(const struct elf_note *note, struct diag *diag)
{
	const size_t n = sizeof(foreign_notes) / sizeof(foreign_notes[0]);

	for (size_t i = 0; i < n; i++) {
		const struct foreign_note *foreign = &foreign_notes[i];

		if (elf_note_has_name(note, foreign->name) &&
		    (!foreign->type || note->type == foreign->type))
			return diag_fail(diag, ST_UNSUPPORTED, "%s",
					 foreign->refusal);
	}
	return ST_OK;
}

static enum status judge_notes(const char *bytes, uint64_t size,
			       struct diag *diag)
{
	struct elf_notes notes = { bytes, size, 0 };
	struct elf_note note;
	enum status st = ST_OK;

	while (!st && elf_notes_next(&notes, &note))
		st = judge_note(&note, diag);
	return st;
}

static enum status read_notes(const struct elf_core *core,
			      const Elf64_Phdr *phdr, struct diag *diag)
{
	size_t size = phdr->p_filesz < MAX_NOTES ? phdr->p_filesz : MAX_NOTES;
	cleanup_free char *notes = malloc(size ? size : 1);
	enum status st;

	if (!notes)
		return diag_no_memory(diag);
	st = header_read(core->file.fd, notes, size, phdr->p_offset, diag);
	return st ? st : judge_notes(notes, size, diag);
}

static enum status take_notes(struct elf_core *core, const Elf64_Phdr *phdr,
			      struct diag *diag)
{
	if (!core->notes_size) {
		core->notes_offset = phdr->p_offset;
		core->notes_size = phdr->p_filesz;
	}
	return read_notes(core, phdr, diag);
}

static enum status elf_read_notes(struct dump_file *file,
				  struct dump_notes *notes, struct diag *diag)
{
	const struct elf_core *core = (const struct elf_core *)file;
	enum status st;

	if (!core->notes_size || core->notes_size > DUMP_NOTES_MAX)
		return ST_OK;
	notes->bytes = malloc(core->notes_size);
	if (!notes->bytes)
		return diag_no_memory(diag);
	st = header_read(file->fd, notes->bytes, core->notes_size,
			 core->notes_offset, diag);
	notes->size = st ? 0 : core->notes_size;
	return st;
}

/* ---- segments ---- */

static enum status take_segment(struct elf_core *core, uint64_t i,
				struct diag *diag)
{
	Elf64_Phdr phdr;
	enum status st = header_read(core->file.fd, &phdr, sizeof(phdr),
				     core->ehdr.e_phoff + i * sizeof(phdr),
				     diag);

	if (st)
		return st;
	if (phdr.p_type == PT_NOTE &&
	    !is_inside(core, phdr.p_offset, phdr.p_filesz))
		return damaged(diag, "notes lie");
	if (phdr.p_type == PT_NOTE)
		return take_notes(core, &phdr, diag);
	if (phdr.p_type != PT_LOAD)
		return ST_OK;
	if (phdr.p_offset + phdr.p_filesz < phdr.p_offset ||
	    phdr.p_paddr + phdr.p_memsz < phdr.p_paddr)
		return damaged(diag, "segments lie");
	if (segment_vec_push(&core->loads, (struct segment) {
				phdr.p_paddr, phdr.p_memsz, phdr.p_offset,
				phdr.p_filesz, 0 }))
		return diag_no_memory(diag);
	return ST_OK;
}

static int by_paddr(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return (x->paddr > y->paddr) - (x->paddr < y->paddr);
}

/* Segments overlap: /proc/vmcore has the kernel's text in one of its own. */
static void sort_segments(struct segment_vec *loads)
{
	uint64_t reach = 0;

	if (loads->n)
		qsort(loads->items, loads->n, sizeof(loads->items[0]),
		      by_paddr);
	for (size_t i = 0; i < loads->n; i++) {
		struct segment *segment = &loads->items[i];

		if (segment->paddr + segment->memsz > reach)
			reach = segment->paddr + segment->memsz;
		segment->reach = reach;
	}
}

static enum status take_segments(struct elf_core *core, struct diag *diag)
{
	enum status st = ST_OK;

	if (core->ehdr.e_phentsize != sizeof(Elf64_Phdr) ||
	    !is_inside(core, core->ehdr.e_phoff,
		       core->n_segments * sizeof(Elf64_Phdr)))
		return damaged(diag, "program headers lie");
	for (uint64_t i = 0; i < core->n_segments && !st; i++)
		st = take_segment(core, i, diag);
	if (!st)
		sort_segments(&core->loads);
	return st;
}

/* ---- where a frame ends ---- */

/* How many segments begin before addr. */
static size_t segments_before(const struct elf_core *core, uint64_t addr)
{
	return partition_point(i, core->loads.n,
			       core->loads.items[i].paddr < addr);
}

/* Where the part of [start, end) ends that is in this segment's bytes; or 0. */
static uint64_t end_in_segment(const struct segment *segment, uint64_t start,
			       uint64_t end)
{
	uint64_t inside = end - segment->paddr;

	if (start >= segment->paddr + segment->filesz)
		return 0;
	return segment->offset +
	       (inside < segment->filesz ? inside : segment->filesz);
}

static enum status elf_frame_end(struct dump_file *file, pfn_t pfn,
				 uint64_t *ret_end, struct diag *diag)
{
	const struct elf_core *core = (const struct elf_core *)file;
	uint64_t start = pfn.v << file->page_shift;
	uint64_t end = start + (1ULL << file->page_shift);
	uint64_t furthest = 0;

	(void)diag;
	for (size_t i = segments_before(core, end); i > 0; i--) {
		const struct segment *segment = &core->loads.items[i - 1];
		uint64_t here;

		if (segment->reach <= start)
			break;
		here = end_in_segment(segment, start, end);
		if (here > furthest)
			furthest = here;
	}
	*ret_end = furthest;
	return ST_OK;
}

static bool elf_frame_offset(struct dump_file *file, pfn_t pfn,
			     uint64_t *ret_offset)
{
	const struct elf_core *core = (const struct elf_core *)file;
	uint64_t start = pfn.v << file->page_shift;
	uint64_t end = start + (1ULL << file->page_shift);
	const struct segment *only = NULL;

	for (size_t i = segments_before(core, end); i > 0; i--) {
		const struct segment *segment = &core->loads.items[i - 1];

		if (segment->reach <= start)
			break;
		if (segment->paddr + segment->memsz <= start)
			continue;
		if (only)
			return false;
		only = segment;
	}
	if (!only || start < only->paddr ||
	    end - only->paddr > only->filesz)
		return false;
	*ret_offset = only->offset + (start - only->paddr);
	return true;
}

/* libkdumpfile makes zeros of a page right before a segment (0.5.1). */
static bool elf_lacks_frame(struct dump_file *file, pfn_t pfn)
{
	uint64_t end;

	return !elf_frame_end(file, pfn, &end, NULL) && !end;
}

/* ---- which frames there are ---- */

/* Of its bytes, those that are in the file. */
static uint64_t bytes_of(const struct elf_core *core,
			 const struct segment *segment)
{
	uint64_t left = segment->offset < core->file.size ?
			core->file.size - segment->offset : 0;

	return segment->filesz < left ? segment->filesz : left;
}

/*
 * /proc/vmcore has the kernel's text twice. A file that lies could have all
 * of itself in each of its segments, and nobody would come to an end.
 */
static void check_layers(struct elf_core *core)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < core->loads.n && !core->layered; i++) {
		sum += bytes_of(core, &core->loads.items[i]);
		core->layered = sum / 2 > core->file.size;
	}
}

static struct image_frames frames_of(const struct elf_core *core,
				     const struct segment *segment)
{
	const unsigned int page_shift = core->file.page_shift;
	uint64_t end = segment->paddr + bytes_of(core, segment);

	return (struct image_frames) {
		segment->paddr >> page_shift,
		(end >> page_shift) + !!(end & ((1ULL << page_shift) - 1)),
	};
}

/* A segment may have none of its bytes in the file. */
static bool has_frame_from(const struct image_frames *frames, pfn_t from)
{
	return frames->end > from.v && frames->end > frames->first;
}

static bool elf_next_frames(struct dump_file *file, pfn_t from,
			    struct image_frames *ret_frames)
{
	const struct elf_core *core = (const struct elf_core *)file;
	const struct segment *segments = core->loads.items;
	uint64_t start = from.v << file->page_shift;
	struct image_frames frames = { 0, 0 };
	size_t after;

	if (core->layered || start >> file->page_shift != from.v)
		return false;
	after = segments_before(core, start + 1);
	for (size_t i = after; i > 0 && segments[i - 1].reach > start; i--) {
		frames = frames_of(core, &segments[i - 1]);
		if (has_frame_from(&frames, from))
			break;
	}
	for (size_t i = after;
	     i < core->loads.n && !has_frame_from(&frames, from); i++)
		frames = frames_of(core, &segments[i]);
	if (!has_frame_from(&frames, from))
		return false;
	if (frames.first < from.v)
		frames.first = from.v;
	*ret_frames = frames;
	return true;
}

/* ---- how much there is ---- */

static uint64_t in_memory(const struct segment *segment)
{
	return segment->memsz > segment->filesz ? segment->memsz :
						  segment->filesz;
}

static uint64_t in_file(const struct segment *segment)
{
	return segment->filesz;
}

/* Frames that some segment covers with the bytes that length() says. */
static uint64_t count_frames(const struct elf_core *core,
			     uint64_t (*length)(const struct segment *segment))
{
	const unsigned int page_shift = core->file.page_shift;
	uint64_t counted = 0, n = 0;	/* frames before it are done */

	for (size_t i = 0; i < core->loads.n; i++) {
		const struct segment *segment = &core->loads.items[i];
		uint64_t first = segment->paddr >> page_shift;
		uint64_t end = (segment->paddr + length(segment)) >> page_shift;

		if (first < counted)
			first = counted;
		if (end <= first)
			continue;
		n += end - first;
		counted = end;
	}
	return n;
}

static enum status elf_describe(struct dump_file *file,
				struct image_contents *contents,
				struct diag *diag)
{
	const struct elf_core *core = (const struct elf_core *)file;

	(void)diag;
	contents->compression = "none";
	contents->has_present = true;
	contents->present = count_frames(core, in_file);
	contents->has_excluded = true;
	contents->excluded = count_frames(core, in_memory) -
			     contents->present;
	return ST_OK;
}

/* ---- opening ---- */

static void elf_core_free(struct dump_file *file)
{
	struct elf_core *core = (struct elf_core *)file;

	segment_vec_fini(&core->loads);
	free(core);
}

static const struct dump_file_ops elf_core_ops = {
	.frame_end = elf_frame_end,
	.frame_offset = elf_frame_offset,
	.lacks_frame = elf_lacks_frame,
	.next_frames = elf_next_frames,
	.read_notes = elf_read_notes,
	.describe = elf_describe,
	.free = elf_core_free,
};

static enum status read_headers(struct elf_core *core, struct diag *diag)
{
	enum status st = header_file_size(core->file.fd, &core->file.size,
					  diag);

	if (!st)
		st = header_read(core->file.fd, &core->ehdr,
				 sizeof(core->ehdr), 0, diag);
	if (!st)
		st = check_identity(core, diag);
	if (!st)
		st = check_sections(core, diag);
	if (!st)
		st = count_segments(core, diag);
	if (!st)
		st = take_segments(core, diag);
	if (!st)
		check_layers(core);
	return st;
}

enum status elf_core_open(int fd, struct dump_file **ret_file,
			  struct diag *diag)
{
	struct elf_core *core = calloc(1, sizeof(*core));
	enum status st;

	if (!core)
		return diag_no_memory(diag);
	core->file = (struct dump_file) { .ops = &elf_core_ops, .fd = fd };
	st = read_headers(core, diag);
	if (st) {
		elf_core_free(&core->file);
		return st;
	}
	core->file.incomplete = core->ehdr.e_flags & DUMP_ELF_INCOMPLETE;
	*ret_file = &core->file;
	return ST_OK;
}
