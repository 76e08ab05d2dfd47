/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/dump_file.h"

#include <assert.h>
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "image/elf_notes.h"
#include "image/header_io.h"

struct head {
	unsigned char bytes[512];
	size_t len;
};

/* Why a file cannot be a dump for us, and what to do. */
struct foreign_format {
	const char *magic;
	const char *refusal;
};

#define XEN_REFUSAL	"a saved Xen guest, which is not supported; have the " \
			"guest's own kernel dump itself (kdump)"

static const struct foreign_format foreign_formats[] = {
	{ "LibvirtQemudSave", "a libvirt save file, not a dump; dump the "
			      "guest with virsh dump --memory-only" },
	{ "QEVM", "a QEMU migration stream, not a dump; dump the guest "
		  "with virsh dump --memory-only" },
	/* DUMP_MAGIC_NUMBER and DUMP_MAGIC_LIVE of LKCD's dump.h */
	{ "\xed\x23\x8f\x61\x73\x01\x19\xa8", "an LKCD dump, of a kernel "
	  "long before 4.14, which is not supported" },
	{ "\xcd\x23\x8f\x61\x73\x01\x19\xa8", "an LKCD dump of a live "
	  "kernel long before 4.14, which is not supported" },
	{ "LinuxGuestRecord", XEN_REFUSAL },
	{ "XenSavedDomain", XEN_REFUSAL },
	{ "\xed\xeb\x0f\xf0", XEN_REFUSAL },	/* XC_CORE_MAGIC */
	{ "\xee\xeb\x0f\xf0", XEN_REFUSAL },	/* of an HVM guest */
	{ "\x1f\x8b", "compressed by gzip; decompress it first" },
	{ "\xfd" "7zXZ", "compressed by xz; decompress it first" },
	{ "\x28\xb5\x2f\xfd", "compressed by zstd; decompress it first" },
	{ "BZh", "compressed by bzip2; decompress it first" },
};

static bool has_magic(const struct head *head, const char *magic)
{
	size_t len = strlen(magic);

	return head->len >= len && !memcmp(head->bytes, magic, len);
}

static bool is_text(const struct head *head)
{
	for (size_t i = 0; i < head->len; i++)
		if (!isprint(head->bytes[i]) && !isspace(head->bytes[i]))
			return false;
	return true;
}

static enum status judge_foreign(const struct head *head, struct diag *diag)
{
	const size_t n = sizeof(foreign_formats) / sizeof(foreign_formats[0]);

	for (size_t i = 0; i < n; i++) {
		const struct foreign_format *f = &foreign_formats[i];

		if (has_magic(head, f->magic))
			return diag_fail(diag, ST_UNSUPPORTED, "%s",
					 f->refusal);
	}
	if (is_text(head))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "a text file, not a dump");
	return ST_OK;	/* the library may know it */
}

static enum status read_head(int fd, struct head *head, struct diag *diag)
{
	ssize_t n = pread(fd, head->bytes, sizeof(head->bytes), 0);

	if (n < 0)
		return diag_fail(diag, ST_IO, "%s", strerror(errno));
	head->len = n;
	return ST_OK;
}

/* A format that only libkdumpfile knows: nothing is known of its end. */
static enum status open_other(int fd, const struct head *head,
			      struct dump_file **ret_file, struct diag *diag)
{
	enum status st = judge_foreign(head, diag);
	struct dump_file *file;

	if (st)
		return st;
	file = calloc(1, sizeof(*file));
	if (!file)
		return diag_no_memory(diag);
	file->fd = fd;
	*ret_file = file;
	return ST_OK;
}

static enum status open_one(const struct dump_input *input,
			    struct dump_file **ret_file, struct diag *diag)
{
	const int fd = input->fd;
	struct head head;
	uint64_t size;
	enum status st;

	if (input->map)		/* of no other format */
		return diskdump_open(input, ret_file, diag);
	st = header_file_size(fd, &size, diag);

	if (!st && !size)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "the file is empty: was the dump interrupted?");
	if (!st)
		st = read_head(fd, &head, diag);
	if (st)
		return st;
	if (has_magic(&head, ELFMAG))
		return elf_core_open(fd, ret_file, diag);
	if (has_magic(&head, "KDUMP   ") || has_magic(&head, "DISKDUMP"))
		return diskdump_open(input, ret_file, diag);
	return open_other(fd, &head, ret_file, diag);
}

/* *ret_n of them were opened, for the caller to free. */
static enum status open_each(const struct dump_input *inputs, size_t n,
			     struct dump_file **files, size_t *ret_n,
			     struct diag *diag)
{
	for (size_t i = 0; i < n; i++) {
		enum status st = open_one(&inputs[i], &files[i], diag);

		if (st)
			return diag_under(diag, st, "%s", inputs[i].name);
		*ret_n = i + 1;
	}
	return ST_OK;
}

enum status dump_file_open(const struct dump_input *inputs, size_t n,
			   struct dump_file **ret_file, struct diag *diag)
{
	cleanup_free struct dump_file **files = calloc(n, sizeof(*files));
	struct diskdump_part part;
	size_t n_opened = 0;
	enum status st;

	if (!files)
		return diag_no_memory(diag);
	st = open_each(inputs, n, files, &n_opened, diag);
	if (!st && (n > 1 || diskdump_part(files[0], &part)))
		return split_dump_new(inputs, files, n, ret_file, diag);
	if (!st) {
		*ret_file = files[0];
		return ST_OK;
	}
	while (n_opened--)
		dump_file_free(files[n_opened]);
	return st;
}

void dump_file_free(struct dump_file *file)
{
	if (!file)
		return;
	if (file->ops)
		file->ops->free(file);
	else
		free(file);
}

/* ---- pages and blocks ---- */

void dump_file_set_page_shift(struct dump_file *file, unsigned int page_shift)
{
	assert(!file->block_shift || page_shift <= file->block_shift);
	file->page_shift = page_shift;
	file->block_order = file->block_shift ?
			    file->block_shift - page_shift : 0;
}

static pfn_t block_of(const struct dump_file *file, pfn_t pfn)
{
	return PFN(pfn.v >> file->block_order);
}

enum status dump_file_check_frame(struct dump_file *file, pfn_t pfn,
				  struct diag *diag)
{
	const pfn_t block = block_of(file, pfn);
	uint64_t end = 0;
	enum status st;

	if (!file->ops)
		return ST_OK;
	if (file->ops->check_frame)
		return file->ops->check_frame(file, block, diag);
	st = file->ops->frame_end(file, block, &end, diag);
	if (st || end <= file->size)
		return st;
	return diag_fail(diag, ST_CORRUPT,
			 "past the end of the dump file, which was cut short");
}

bool dump_file_lacks_frame(struct dump_file *file, pfn_t pfn)
{
	return file->ops && file->ops->lacks_frame &&
	       file->ops->lacks_frame(file, block_of(file, pfn));
}

/* No format whose blocks have several pages has any as it is. */
bool dump_file_frame_offset(struct dump_file *file, pfn_t pfn,
			    uint64_t *ret_offset)
{
	return file->ops && file->ops->frame_offset &&
	       !file->block_order &&
	       file->ops->frame_offset(file, pfn, ret_offset);
}

bool dump_file_next_frames(struct dump_file *file, pfn_t from,
			   struct image_frames *ret_frames)
{
	struct image_frames blocks;

	if (!file->ops || !file->ops->next_frames ||
	    !file->ops->next_frames(file, block_of(file, from), &blocks))
		return false;
	*ret_frames = (struct image_frames) {
		blocks.first << file->block_order,
		blocks.end << file->block_order,
	};
	if (ret_frames->first < from.v)
		ret_frames->first = from.v;
	return true;
}

enum status dump_file_describe(struct dump_file *file,
			       struct image_contents *contents,
			       struct diag *diag)
{
	enum status st = file->ops ?
			 file->ops->describe(file, contents, diag) : ST_OK;

	contents->present <<= file->block_order;
	contents->excluded <<= file->block_order;
	return st;
}

/* ---- states of CPUs ---- */

/* QEMUCPUState of target/i386/arch_dump.c, in which nothing was ever moved. */
#define QEMU_CPU_VERSION	1
#define QEMU_CPU_CR		392

struct qemu_cpu_head {
	uint32_t version, size;
};

static bool take_qemu_cpu(const struct elf_note *note, struct image_cpu *ret_cpu)
{
	struct qemu_cpu_head head;

	if (!note->desc || !elf_note_has_name(note, "QEMU") ||
	    note->desc_size < QEMU_CPU_CR + sizeof(ret_cpu->cr))
		return false;
	memcpy(&head, note->desc, sizeof(head));
	memcpy(ret_cpu->cr, note->desc + QEMU_CPU_CR, sizeof(ret_cpu->cr));
	return head.version == QEMU_CPU_VERSION;
}

enum status dump_file_cpus(struct dump_file *file, struct image_cpu_vec *cpus,
			   struct diag *diag)
{
	struct dump_notes in = { NULL, 0 };
	struct elf_notes notes;
	struct elf_note note;
	struct image_cpu cpu;
	enum status st = ST_OK;

	if (!file->ops || !file->ops->read_notes)
		return ST_OK;
	st = file->ops->read_notes(file, &in, diag);
	notes = (struct elf_notes) { in.bytes, in.size, 0 };
	while (!st && elf_notes_next(&notes, &note))
		if (take_qemu_cpu(&note, &cpu) &&
		    image_cpu_vec_push(cpus, cpu))
			st = diag_no_memory(diag);
	free(in.bytes);
	return st;
}
