/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows the magic bytes of dumps, of kernels, and of what people give by
 * mistake in their place. Does not know which file was meant to be which, nor
 * whether a dump is whole: the library reads it.
 */
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sniff.h"

/* Enough for the farthest magic, and to tell text from binary. */
#define HEAD_SIZE	1024

struct head {
	uint8_t bytes[HEAD_SIZE];
	size_t len;
};

struct magic {
	size_t offset;
	const char *bytes;
	enum file_kind kind;
	const char *words;
};

static const struct magic magics[] = {
	{ 0, "KDUMP   ", FILE_DUMP, "is a kdump" },
	{ 0, "DISKDUMP", FILE_DUMP, "is a diskdump" },
	/* Needs libkdumpfile 0.5.5 or makedumpfile -R: the library says so. */
	{ 0, "makedumpfile", FILE_DUMP, "is a flattened kdump" },

	{ 0x202, "HdrS", FILE_UNFIT, "is a boot image (vmlinuz) without debug "
	  "information; give the vmlinux it was made from" },
	{ 0, "\x1f\x8b", FILE_UNFIT, "is compressed by gzip; unpack it first" },
	{ 0, "\xfd" "7zXZ", FILE_UNFIT,
	  "is compressed by xz; unpack it first" },
	{ 0, "\x28\xb5\x2f\xfd", FILE_UNFIT,
	  "is compressed by zstd; unpack it first" },
	{ 0, "LibvirtQemud", FILE_UNFIT, "is a saved virtual machine, "
	  "not a dump; make one with virsh dump --memory-only" },
	{ 0, "!<arch>\n", FILE_UNFIT, "is an archive or a Debian package; "
	  "unpack it first" },
};

static bool has_magic(const struct head *head, const struct magic *magic)
{
	size_t len = strlen(magic->bytes);

	return head->len >= magic->offset + len &&
	       memcmp(head->bytes + magic->offset, magic->bytes, len) == 0;
}

static const struct magic *find_magic(const struct head *head)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (has_magic(head, &magics[i]))
			return &magics[i];
	return NULL;
}

/* From makedumpfile's diskdump_mod.h, as 64-bit little-endian writes it. */
#define KDUMP_VERSION		8
#define KDUMP_BLOCK_SIZE	428
#define KDUMP_SPLIT		12	/* in the second block */

static uint32_t u32_at(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static bool is_part(int fd, const struct head *head)
{
	uint32_t block = u32_at(head->bytes + KDUMP_BLOCK_SIZE);
	uint8_t split[4];

	return head->len == sizeof(head->bytes) &&
	       memcmp(head->bytes, "KDUMP   ", 8) == 0 &&
	       u32_at(head->bytes + KDUMP_VERSION) >= 2 &&
	       pread(fd, split, sizeof(split), (off_t)block + KDUMP_SPLIT) ==
			(ssize_t)sizeof(split) && u32_at(split);
}

static bool is_elf(const struct head *head)
{
	return head->len >= sizeof(Elf32_Ehdr) &&
	       memcmp(head->bytes, ELFMAG, SELFMAG) == 0;
}

/* e_type stands at the same place in both classes, in the file's order. */
static unsigned int elf_type(const struct head *head)
{
	const uint8_t *type = head->bytes + offsetof(Elf64_Ehdr, e_type);

	if (head->bytes[EI_DATA] == ELFDATA2MSB)
		return type[0] << 8 | type[1];
	return type[1] << 8 | type[0];
}

static struct sniffed sniff_elf(const struct head *head)
{
	switch (elf_type(head)) {
	case ET_CORE:
		return (struct sniffed) { FILE_DUMP, "is an ELF core" };
	case ET_EXEC:
	case ET_DYN:	/* a relocatable kernel, as on arm64 */
		return (struct sniffed) { FILE_KERNEL, "is an ELF executable" };
	default:
		return (struct sniffed) { FILE_UNFIT,
			"is an ELF object file, perhaps a module; "
			"give a vmcore or a vmlinux" };
	}
}

static bool is_text(const struct head *head)
{
	for (size_t i = 0; i < head->len; i++) {
		uint8_t c = head->bytes[i];

		if (c < 0x80 && !isprint(c) && !isspace(c))
			return false;
	}
	return true;
}

static struct sniffed sniff_head(const struct head *head)
{
	const struct magic *magic = find_magic(head);

	if (head->len == 0)
		return (struct sniffed) { FILE_UNFIT,
			"is empty; give a vmcore or a vmlinux" };
	if (magic)
		return (struct sniffed) { magic->kind, magic->words };
	if (is_elf(head))
		return sniff_elf(head);
	if (is_text(head))
		return (struct sniffed) { FILE_UNFIT,
			"is a text file; give a vmcore or a vmlinux" };
	return (struct sniffed) { FILE_UNKNOWN, "is of an unknown format" };
}

static struct sniffed unreadable(int error)
{
	return (struct sniffed) { FILE_UNREADABLE, strerror(error) };
}

static bool read_head(int fd, struct head *ret_head)
{
	ssize_t len = pread(fd, ret_head->bytes, sizeof(ret_head->bytes), 0);

	if (len < 0)
		return false;
	ret_head->len = (size_t)len;
	return true;
}

static struct sniffed sniff_fd(int fd)
{
	struct head head;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return unreadable(errno);
	if (S_ISDIR(st.st_mode))
		return (struct sniffed) { FILE_UNFIT,
			"is a directory; give a file" };
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return (struct sniffed) { FILE_UNFIT,
			"is a pipe or a device; give a regular file" };
	if (!read_head(fd, &head))
		return unreadable(errno);
	if (is_part(fd, &head))
		return (struct sniffed) { FILE_PART,
			"is a part of a split dump" };
	return sniff_head(&head);
}

struct sniffed sniff(const char *path)
{
	/* O_NONBLOCK: a named pipe must be refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct sniffed sniffed;

	if (fd < 0)
		return unreadable(errno);
	sniffed = sniff_fd(fd);
	close(fd);
	return sniffed;
}
