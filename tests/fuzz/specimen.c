/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specimen.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/image.h"
#include "need.h"

#define PAGE	4096u

/* ---- the original ---- */

/* struct disk_dump_header, as laid out by a 64-bit compiler. */
#define BLOCK_SIZE_AT	428
#define SUB_BLOCKS_AT	432
#define BITMAP_BLOCKS_AT 436
#define MAX_MAPNR_AT	440

struct page_desc {
	uint64_t offset;
	uint32_t size;
	uint32_t flags;
	uint64_t page_flags;
};

static uint32_t header_word(const struct original *original, size_t at)
{
	uint32_t word;

	memcpy(&word, original->bytes + at, sizeof(word));
	return word;
}

static void read_file(struct original *original, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;

	need(fd >= 0 && !fstat(fd, &stat), path);
	original->size = stat.st_size;
	original->bytes = malloc(original->size);
	need(original->bytes &&
	     read(fd, original->bytes, original->size) == stat.st_size, path);
	close(fd);
}

/* The second bitmap is that of the frames that are in the dump. */
static void find_frames(struct original *original)
{
	size_t blocks = header_word(original, BITMAP_BLOCKS_AT);
	size_t sub = header_word(original, SUB_BLOCKS_AT);
	size_t max = header_word(original, MAX_MAPNR_AT);

	need(header_word(original, BLOCK_SIZE_AT) == PAGE,
	     "not a kdump of 4 KiB pages");
	original->bitmap = (1 + sub + blocks / 2) * PAGE;
	original->descs = (1 + sub + blocks) * PAGE;
	need(original->descs < original->size && max / 8 < blocks / 2 * PAGE,
	     "not a whole kdump");
	original->pfns = calloc(max, sizeof(*original->pfns));
	need(original->pfns, "out of memory");
	for (size_t pfn = 0; pfn < max; pfn++)
		if (original->bytes[original->bitmap + pfn / 8] >> pfn % 8 & 1)
			original->pfns[original->n++] = pfn;
	original->pages = malloc(original->n * PAGE);
	need(original->n && original->pages, "out of memory");
}

static void unpack(struct original *original, const char *path)
{
	const struct image_options options = { .tmpdir = "/var/tmp" };
	struct diag diag = { "" };
	struct image *image;

	need(!image_open(&path, 1, &options, &image, &diag), diag.text);
	for (size_t i = 0; i < original->n; i++)
		need(!image_read(image, PADDR(original->pfns[i] * PAGE),
				 original->pages + i * PAGE, PAGE, &diag),
		     diag.text);
	need(image->vmcoreinfo, "no VMCOREINFO");
	original->vmcoreinfo = strdup(image->vmcoreinfo);
	need(original->vmcoreinfo, "out of memory");
	image_free(image);
}

void original_read(struct original *original, const char *path)
{
	*original = (struct original) { 0 };
	read_file(original, path);
	find_frames(original);
	unpack(original, path);
}

size_t original_find(const struct original *original, uint64_t pfn)
{
	size_t low = 0, high = original->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (original->pfns[middle] < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < original->n && original->pfns[low] == pfn ? low : SIZE_MAX;
}

/* ---- kdumps ---- */

static size_t descs_size(const struct original *original)
{
	return original->n * sizeof(struct page_desc);
}

/* As the original has it, but for where pages lie, and how large they are. */
static void write_plain_kdump(struct specimen *specimen)
{
	const struct original *original = specimen->original;

	memcpy(specimen->bytes, original->bytes, original->descs);
	for (size_t i = 0; i < original->n; i++) {
		struct page_desc desc = {
			.offset = specimen->first_page + i * PAGE,
			.size = PAGE,
		};

		memcpy(specimen->bytes + original->descs + i * sizeof(desc),
		       &desc, sizeof(desc));
	}
}

/* Its bit, and its descriptor, which those behind it close up to. */
static bool remove_from_kdump(struct specimen *specimen, size_t n)
{
	const struct original *original = specimen->original;
	uint64_t pfn = original->pfns[n];
	uint8_t *byte = specimen->bytes + original->bitmap + pfn / 8;
	size_t rank = 0;
	uint8_t *desc;

	if (!(*byte >> pfn % 8 & 1))
		return true;
	for (size_t i = 0; i < n; i++)
		rank += specimen->bytes[original->bitmap +
					original->pfns[i] / 8] >>
			original->pfns[i] % 8 & 1;
	*byte &= ~(1u << pfn % 8);
	desc = specimen->bytes + original->descs +
	       rank * sizeof(struct page_desc);
	memmove(desc, desc + sizeof(struct page_desc),
		original->n * sizeof(struct page_desc) -
		(rank + 1) * sizeof(struct page_desc));
	return true;
}

/* ---- ELF ---- */

/* Segments that removed pages may add. */
#define SPARE_LOADS	256u

static size_t count_runs(const struct original *original)
{
	size_t n = 0;

	for (size_t i = 0; i < original->n; i++)
		n += !i || original->pfns[i] != original->pfns[i - 1] + 1;
	return n;
}

static Elf64_Phdr *elf_loads(struct specimen *specimen)
{
	return (Elf64_Phdr *)(specimen->bytes + sizeof(Elf64_Ehdr)) + 1;
}

static size_t max_loads(const struct original *original)
{
	return count_runs(original) + SPARE_LOADS;
}

static size_t note_at(const struct original *original)
{
	return sizeof(Elf64_Ehdr) +
	       (1 + max_loads(original)) * sizeof(Elf64_Phdr);
}

static void write_loads(struct specimen *specimen)
{
	const struct original *original = specimen->original;
	Elf64_Phdr *load = elf_loads(specimen) - 1;

	for (size_t i = 0; i < original->n; i++) {
		if (!i || original->pfns[i] != original->pfns[i - 1] + 1)
			*++load = (Elf64_Phdr) {
				.p_type = PT_LOAD,
				.p_paddr = original->pfns[i] * PAGE,
				.p_offset = specimen->first_page + i * PAGE,
			};
		load->p_filesz += PAGE;
		load->p_memsz += PAGE;
	}
	specimen->n_loads = count_runs(original);
	specimen->whole_loads = specimen->n_loads;
}

static size_t write_note(struct specimen *specimen)
{
	const char *text = specimen->original->vmcoreinfo;
	uint8_t *out = specimen->bytes + note_at(specimen->original);
	const Elf64_Nhdr note = {
		.n_namesz = sizeof("VMCOREINFO"), .n_descsz = strlen(text),
	};

	memcpy(out, &note, sizeof(note));
	memcpy(out + sizeof(note), "VMCOREINFO\0", 12);
	memcpy(out + sizeof(note) + 12, text, strlen(text));
	return sizeof(note) + 12 + ((strlen(text) + 3) & ~3ULL);
}

static void write_elf(struct specimen *specimen)
{
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)specimen->bytes;

	write_loads(specimen);
	elf_loads(specimen)[-1] = (Elf64_Phdr) {
		.p_type = PT_NOTE, .p_offset = note_at(specimen->original),
		.p_filesz = write_note(specimen),
	};
	*ehdr = (Elf64_Ehdr) {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64,
		.e_version = EV_CURRENT, .e_phoff = sizeof(*ehdr),
		.e_ehsize = sizeof(*ehdr), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1 + specimen->n_loads,
	};
}

/* The segment ends before it, and another one begins behind it. */
static void split_load(struct specimen *specimen, size_t i, uint64_t addr)
{
	Elf64_Phdr *load = elf_loads(specimen) + i;
	uint64_t before = addr - load->p_paddr;

	memmove(load + 1, load,
		(specimen->n_loads - i) * sizeof(*load));
	specimen->n_loads++;
	((Elf64_Ehdr *)specimen->bytes)->e_phnum++;
	load[0].p_filesz = before;
	load[0].p_memsz = before;
	load[1].p_paddr += before + PAGE;
	load[1].p_offset += before + PAGE;
	load[1].p_filesz -= before + PAGE;
	load[1].p_memsz -= before + PAGE;
}

static bool remove_from_elf(struct specimen *specimen, size_t n)
{
	uint64_t addr = specimen->original->pfns[n] * PAGE;
	Elf64_Phdr *loads = elf_loads(specimen);

	if (specimen->n_loads >= max_loads(specimen->original))
		return false;
	for (size_t i = 0; i < specimen->n_loads; i++)
		if (addr - loads[i].p_paddr < loads[i].p_filesz) {
			split_load(specimen, i, addr);
			break;
		}
	return true;
}

/* ---- all forms ---- */

static size_t headers_size(const struct original *original,
			   enum specimen_form form)
{
	size_t size = form == FORM_ELF ?
		      note_at(original) + strlen(original->vmcoreinfo) + PAGE :
		      original->descs + descs_size(original);

	return form == FORM_PACKED ? size :
				     (size + PAGE - 1) / PAGE * PAGE;
}

static void map_file(struct specimen *specimen)
{
	int fd = memfd_create("specimen", 0);

	need(fd >= 0 && !ftruncate(fd, specimen->whole), "memfd_create");
	specimen->bytes = mmap(NULL, specimen->whole, PROT_READ | PROT_WRITE,
			       MAP_SHARED, fd, 0);
	need(specimen->bytes != MAP_FAILED, "mmap");
	snprintf(specimen->path, sizeof(specimen->path), "/proc/self/fd/%d",
		 fd);
}

static void fill(struct specimen *specimen)
{
	const struct original *original = specimen->original;

	if (specimen->form == FORM_PACKED) {
		memcpy(specimen->bytes, original->bytes, original->size);
		return;
	}
	memcpy(specimen->bytes + specimen->first_page, original->pages,
	       original->n * PAGE);
	if (specimen->form == FORM_ELF)
		write_elf(specimen);
	else
		write_plain_kdump(specimen);
}

void specimen_init(struct specimen *specimen, const struct original *original,
		   enum specimen_form form)
{
	*specimen = (struct specimen) {
		.original = original,
		.form = form,
		.first_page = headers_size(original, form),
	};
	specimen->whole = form == FORM_PACKED ? original->size :
			  specimen->first_page + original->n * PAGE;
	specimen->size = specimen->whole;
	map_file(specimen);
	fill(specimen);
	specimen->pristine = malloc(specimen->whole);
	need(specimen->pristine, "out of memory");
	memcpy(specimen->pristine, specimen->bytes, specimen->whole);
}

void specimen_spare(struct specimen *specimen, struct original *original)
{
	free(specimen->pristine);
	specimen->pristine = NULL;
	free(original->bytes);
	free(original->pages);
	original->bytes = NULL;
	original->pages = NULL;
}

uint8_t *specimen_page(struct specimen *specimen, size_t n)
{
	size_t at = specimen->first_page + n * PAGE;

	return specimen->form == FORM_PACKED || at + PAGE > specimen->size ?
	       NULL : specimen->bytes + at;
}

bool specimen_remove(struct specimen *specimen, size_t n)
{
	specimen_touch(specimen, specimen->bytes, specimen->first_page);
	return specimen->form == FORM_ELF ? remove_from_elf(specimen, n) :
					    remove_from_kdump(specimen, n);
}

static int file_of(const struct specimen *specimen)
{
	return atoi(strrchr(specimen->path, '/') + 1);
}

void specimen_truncate(struct specimen *specimen, size_t size)
{
	need(size <= specimen->size && !ftruncate(file_of(specimen), size),
	     "ftruncate");
	specimen->size = size;
}

void specimen_touch(struct specimen *specimen, const uint8_t *from, size_t len)
{
	if (specimen->n_touched < MAX_TOUCHED)
		specimen->touched[specimen->n_touched] = (struct stretch) {
			from - specimen->bytes, len
		};
	specimen->n_touched++;
}

static void restore(struct specimen *specimen, size_t at, size_t len)
{
	memcpy(specimen->bytes + at, specimen->pristine + at, len);
}

void specimen_mend(struct specimen *specimen)
{
	size_t cut = specimen->size;

	need(!ftruncate(file_of(specimen), specimen->whole), "ftruncate");
	restore(specimen, cut, specimen->whole - cut);
	if (specimen->n_touched > MAX_TOUCHED)
		restore(specimen, 0, specimen->whole);
	else
		for (size_t i = 0; i < specimen->n_touched; i++)
			restore(specimen, specimen->touched[i].at,
				specimen->touched[i].len);
	specimen->size = specimen->whole;
	specimen->n_touched = 0;
	specimen->n_loads = specimen->whole_loads;
}
