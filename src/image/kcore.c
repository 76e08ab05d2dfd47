/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the running machine, as /proc/kcore shows it.
 *
 * Mirrors read_kcore() and open_kcore() of fs/proc/kcore.c: an ELF core whose
 * segments are ranges of virtual memory. Those of RAM tell their physical
 * address, too (since 4.16; all others have -1), and no others are used: what
 * is not RAM to kcore, parts of vmemmap among it, is found by the kernel's own
 * page table, whose frames are RAM.
 *
 * libkdumpfile could read it, but keeps pages, and finds no VMCOREINFO in it
 * (before 0.5.4). Here every read is one of the file.
 */
#include "image/image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "image/elf_notes.h"
#include "image/header_io.h"

/* Of what is no RAM. */
#define NO_PADDR	UINT64_MAX

/* The kernel's own limit is a page for each note. */
#define MAX_NOTES	(1u << 20)

struct ram {
	uint64_t paddr, size, offset;
};

DEFINE_VEC(ram_vec, struct ram)

struct kcore {
	struct image image;
	int fd;
	struct ram_vec ram;
	char *vmcoreinfo;
};

static struct kcore *to_kcore(struct image *image)
{
	return (struct kcore *)image;
}

/* ---- what stands in the way ---- */

/* "[confidentiality]" among the levels there are; not known without securityfs. */
static bool is_locked_down(void)
{
	cleanup_close int fd = open("/sys/kernel/security/lockdown",
				    O_RDONLY | O_CLOEXEC);
	char text[128] = "";

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
	       strstr(text, "[confidentiality]");
}

static const char *why_forbidden(void)
{
	if (is_locked_down())
		return "the kernel is locked down (confidentiality), so that "
		       "nobody can read its memory; take a dump, or boot with "
		       "lockdown=integrity";
	if (geteuid())
		return "only root can read the kernel's memory; run this as "
		       "root";
	return "root without CAP_SYS_RAWIO, as in a container, or a kernel "
	       "locked down for confidentiality; run this on the host, or in "
	       "a privileged container";
}

static enum status cannot_open(const char *path, int error, struct diag *diag)
{
	if (error == EPERM || error == EACCES)
		return diag_fail(diag, ST_IO, "%s: %s: %s", path,
				 strerror(error), why_forbidden());
	if (error == ENOENT)
		return diag_fail(diag, ST_IO, "%s: %s: the kernel was built "
				 "without CONFIG_PROC_KCORE, or /proc is not "
				 "mounted; take a dump", path, strerror(error));
	return diag_fail(diag, ST_IO, "%s: %s", path, strerror(error));
}

/* Containers have /dev/null in its place, or an empty file. */
static enum status check_file(int fd, struct diag *diag)
{
	struct stat stat;

	if (fstat(fd, &stat))
		return diag_fail(diag, ST_IO, "%s", strerror(errno));
	if (!S_ISREG(stat.st_mode) || !stat.st_size)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "hidden by an empty file, as in a container; "
				 "run this on the host");
	return ST_OK;
}

/* ---- headers ---- */

struct machine {
	uint16_t elf;
	const char *name;
};

static const struct machine machines[] = {
	{ EM_X86_64, "x86_64" },
	{ EM_AARCH64, "aarch64" },
};

static const char *machine_name(uint16_t elf)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].elf == elf)
			return machines[i].name;
	return NULL;
}

static enum status read_ehdr(struct kcore *kcore, Elf64_Ehdr *ehdr,
			     struct diag *diag)
{
	enum status st = header_read(kcore->fd, ehdr, sizeof(*ehdr), 0, diag);

	if (st)
		return st;
	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) ||
	    ehdr->e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr->e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr->e_type != ET_CORE || ehdr->e_phentsize != sizeof(Elf64_Phdr))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "not the memory of a 64-bit little-endian "
				 "kernel");
	kcore->image.architecture = machine_name(ehdr->e_machine);
	return ST_OK;
}

static enum status take_vmcoreinfo(struct kcore *kcore, const char *text,
				   size_t len, struct diag *diag)
{
	kcore->vmcoreinfo = strndup(text, len);
	kcore->image.vmcoreinfo = kcore->vmcoreinfo;
	return kcore->vmcoreinfo ? ST_OK : diag_no_memory(diag);
}

/* Since 4.19 (23c85094fe18), one of the notes is VMCOREINFO. */
static enum status find_vmcoreinfo(struct kcore *kcore, const char *bytes,
				   uint64_t size, struct diag *diag)
{
	struct elf_notes notes = { bytes, size, 0 };
	struct elf_note note;

	while (elf_notes_next(&notes, &note))
		if (note.desc && elf_note_has_name(&note, "VMCOREINFO"))
			return take_vmcoreinfo(kcore, note.desc,
					       note.desc_size, diag);
	return ST_OK;
}

static enum status read_notes(struct kcore *kcore, const Elf64_Phdr *phdr,
			      struct diag *diag)
{
	cleanup_free char *notes = NULL;
	enum status st;

	if (phdr->p_filesz > MAX_NOTES)
		return diag_fail(diag, ST_CORRUPT, "notes of %llu bytes",
				 (unsigned long long)phdr->p_filesz);
	notes = malloc(phdr->p_filesz + 1);
	if (!notes)
		return diag_no_memory(diag);
	st = header_read(kcore->fd, notes, phdr->p_filesz, phdr->p_offset,
			 diag);
	return st ? st : find_vmcoreinfo(kcore, notes, phdr->p_filesz, diag);
}

static enum status take_segment(struct kcore *kcore, const Elf64_Phdr *phdr,
				struct diag *diag)
{
	if (phdr->p_type == PT_NOTE && !kcore->vmcoreinfo)
		return read_notes(kcore, phdr, diag);
	if (phdr->p_type != PT_LOAD || phdr->p_paddr == NO_PADDR)
		return ST_OK;
	return ram_vec_push(&kcore->ram, (struct ram) {
				phdr->p_paddr, phdr->p_filesz, phdr->p_offset
			    }) ? diag_no_memory(diag) : ST_OK;
}

static enum status read_headers(struct kcore *kcore, struct diag *diag)
{
	Elf64_Ehdr ehdr;
	enum status st = read_ehdr(kcore, &ehdr, diag);

	for (size_t i = 0; !st && i < ehdr.e_phnum; i++) {
		Elf64_Phdr phdr;

		st = header_read(kcore->fd, &phdr, sizeof(phdr),
				 ehdr.e_phoff + i * sizeof(phdr), diag);
		if (!st)
			st = take_segment(kcore, &phdr, diag);
	}
	if (!st && !kcore->vmcoreinfo)
		st = diag_fail(diag, ST_UNSUPPORTED,
			       "it has no VMCOREINFO, as is so before Linux "
			       "4.19; take a dump");
	return st;
}

/* ---- reading ---- */

static bool offset_of(const struct kcore *kcore, uint64_t paddr, uint64_t len,
		      uint64_t *ret_offset)
{
	for (size_t i = 0; i < kcore->ram.n; i++) {
		const struct ram *ram = &kcore->ram.items[i];

		if (paddr < ram->paddr || ram->size < len ||
		    paddr - ram->paddr > ram->size - len)
			continue;
		*ret_offset = ram->offset + (paddr - ram->paddr);
		return true;
	}
	return false;
}

static enum status kcore_read_page(struct image *image, pfn_t pfn, void *buf,
				   struct diag *diag)
{
	struct kcore *kcore = to_kcore(image);
	const unsigned int page_shift = image->page_shift;
	const size_t page_size = (size_t)1 << page_shift;
	uint64_t offset;
	ssize_t n;

	if (pfn.v > UINT64_MAX >> page_shift ||
	    !offset_of(kcore, pfn.v << page_shift, page_size, &offset))
		return diag_fail(diag, ST_NO_ADDRESS,
				 "frame %#llx: no RAM",
				 (unsigned long long)pfn.v);
	n = pread(kcore->fd, buf, page_size, (off_t)offset);
	if (n == (ssize_t)page_size)
		return ST_OK;
	return diag_fail(diag, ST_IO, "frame %#llx: %s",
			 (unsigned long long)pfn.v,
			 n < 0 ? strerror(errno) : "cannot be read");
}

static void kcore_free(struct image *image)
{
	struct kcore *kcore = to_kcore(image);

	if (kcore->fd >= 0)
		close(kcore->fd);
	ram_vec_fini(&kcore->ram);
	free(kcore->vmcoreinfo);
	image_fini(image);
	free(kcore);
}

/* ---- opening ---- */

static enum status open_fd(int fd, struct image **ret_image,
			   struct diag *diag);

static enum status kcore_clone(struct image *image, struct image **ret_image,
			       struct diag *diag)
{
	int fd = fcntl(to_kcore(image)->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return diag_fail(diag, ST_IO, "%s", strerror(errno));
	return open_fd(fd, ret_image, diag);
}

static const struct image_ops kcore_ops = {
	.read_page = kcore_read_page,
	.clone = kcore_clone,
	.free = kcore_free,
};

/* This program has pages of the same size as the kernel that runs it. */
static unsigned int own_page_shift(void)
{
	return __builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
}

/* Takes fd over. */
static enum status open_fd(int fd, struct image **ret_image, struct diag *diag)
{
	struct kcore *kcore = calloc(1, sizeof(*kcore));
	enum status st;

	if (!kcore) {
		close(fd);
		return diag_no_memory(diag);
	}
	kcore->fd = fd;
	kcore->image.format = "kcore";
	kcore->image.live = true;
	st = image_init(&kcore->image, &kcore_ops, own_page_shift(), diag);
	if (!st)
		st = check_file(fd, diag);
	if (!st)
		st = read_headers(kcore, diag);
	if (st) {
		kcore_free(&kcore->image);
		return st;
	}
	*ret_image = &kcore->image;
	return ST_OK;
}

enum status image_open_live(const char *path, struct image **ret_image,
			    struct diag *diag)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum status st;

	if (fd < 0)
		return cannot_open(path, errno, diag);
	st = open_fd(fd, ret_image, diag);
	return st ? diag_under(diag, st, "%s", path) : ST_OK;
}
