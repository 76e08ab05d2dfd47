/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/image: the memory image, VMCOREINFO, and files that are dumps, are
 * damaged dumps or are none. Every file is made here.
 */
#include "world.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/dump_file.h"
#include "image/flat_map.h"
#include "image/memory.h"
#include "image/vmcoreinfo.h"

#define PAGE_SHIFT	12u
#define PAGE		(1u << PAGE_SHIFT)

/*
 * libkdumpfile 0.5.1 leaks the page map of each compressed dump, and asks
 * malloc() for what a damaged header says; neither is what is tested here.
 */
const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile";
}

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static const struct image_options in_tmp = { .tmpdir = "/tmp" };

/* ---- memory image ---- */

static struct image *new_memory(const char *vmcoreinfo)
{
	struct image *image = NULL;
	struct diag diag;

	ck_ok(memory_image_new(vmcoreinfo, &image, &diag));
	return image;
}

static void write_byte(struct image *image, uint64_t addr, uint8_t value)
{
	ck_ok(memory_image_write(image, PADDR(addr), &value, 1));
}

static const struct {
	enum status st;
	const char *words;
} page_failures[] = {
	{ ST_EXCLUDED, "excluded" },
	{ ST_NO_ADDRESS, "no such address" },
	{ ST_CORRUPT, "corrupt" },
	{ ST_IO, "read error" },
};

START_TEST(failing_pages_are_told_apart)
{
	struct image *image = new_memory(NULL);
	struct diag diag = { "" };
	const uint8_t *bytes = NULL;
	uint8_t buf[16] = { 0xaa };
	enum status want = page_failures[_i].st;

	write_byte(image, 5 * PAGE, 1);
	ck_ok(image_read(image, PADDR(5 * PAGE), buf, 1, &diag));
	ck_ok(memory_image_fail(image, PFN(5), want));
	buf[0] = 0xaa;
	ck_status(image_read(image, PADDR(5 * PAGE), buf, 1, &diag), want);
	ck_contains(diag.text, page_failures[_i].words);
	ck_contains(diag.text, "0x5");
	ck_assert_uint_eq(buf[0], 0xaa);
	ck_status(image_page(image, PFN(5), &bytes, &diag), want);
	ck_assert_ptr_null(bytes);
	ck_ok(memory_image_fail(image, PFN(5), ST_OK));
	ck_ok(image_read(image, PADDR(5 * PAGE), buf, 1, &diag));
	ck_assert_uint_eq(buf[0], 1);
	image_free(image);
}
END_TEST

START_TEST(page_never_given_does_not_exist)
{
	struct image *image = new_memory(NULL);
	struct diag diag = { "" };
	uint8_t byte;

	ck_status(image_read(image, PADDR(0), &byte, 1, &diag), ST_NO_ADDRESS);
	ck_contains(diag.text, "no such address");
	ck_status(image_read(image, PADDR(UINT64_MAX - PAGE), &byte, 1, &diag),
		  ST_NO_ADDRESS);
	image_free(image);
}
END_TEST

START_TEST(reads_cross_pages)
{
	struct image *image = new_memory(NULL);
	uint8_t in[3 * PAGE], out[3 * PAGE];
	struct diag diag = { "" };

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = i * 7 >> 3;
	ck_ok(memory_image_write(image, PADDR(10 * PAGE - 100), in,
				 sizeof(in)));
	ck_ok(image_read(image, PADDR(10 * PAGE - 100), out, sizeof(out),
			 &diag));
	ck_assert_int_eq(memcmp(in, out, sizeof(in)), 0);
	/* What was not written of a page is zero. */
	ck_ok(image_read(image, PADDR(9 * PAGE), out, 1, &diag));
	ck_assert_uint_eq(out[0], 0);
	ck_ok(memory_image_fail(image, PFN(11), ST_EXCLUDED));
	ck_status(image_read(image, PADDR(10 * PAGE), out, 2 * PAGE, &diag),
		  ST_EXCLUDED);
	ck_ok(image_read(image, PADDR(10 * PAGE), out, PAGE, &diag));
	image_free(image);
}
END_TEST

START_TEST(reads_do_not_wrap_around)
{
	struct image *image = new_memory(NULL);
	struct diag diag = { "" };
	uint8_t buf[32];

	write_byte(image, 0, 1);
	write_byte(image, UINT64_MAX, 1);
	ck_status(image_read(image, PADDR(UINT64_MAX - 7), buf, 16, &diag),
		  ST_NO_ADDRESS);
	ck_contains(diag.text, "wraps");
	image_free(image);
}
END_TEST

/* More pages than the cache has slots, so that some share one. */
START_TEST(cache_answers_for_the_right_page)
{
	struct image *image = new_memory(NULL);
	struct diag diag = { "" };
	size_t wrong = 0;

	for (uint64_t pfn = 0; pfn < 5000; pfn++) {
		ck_ok(memory_image_write(image, PADDR(pfn * PAGE), &pfn,
					 sizeof(pfn)));
	}
	for (int round = 0; round < 3; round++) {
		for (uint64_t pfn = 0; pfn < 5000; pfn++) {
			uint64_t value = 0;

			wrong += image_read(image, PADDR(pfn * PAGE), &value,
					    sizeof(value), &diag) ||
				 value != pfn;
		}
	}
	ck_assert_uint_eq(wrong, 0);
	image_free(image);
}
END_TEST

START_TEST(rewritten_page_is_read_anew)
{
	struct image *image = new_memory(NULL);
	struct diag diag = { "" };
	uint8_t byte = 0;

	write_byte(image, 7 * PAGE + 3, 1);
	ck_ok(image_read(image, PADDR(7 * PAGE + 3), &byte, 1, &diag));
	ck_assert_uint_eq(byte, 1);
	write_byte(image, 7 * PAGE + 3, 2);
	ck_ok(image_read(image, PADDR(7 * PAGE + 3), &byte, 1, &diag));
	ck_assert_uint_eq(byte, 2);
	image_free(image);
}
END_TEST

/* A failed read must not leave the former page behind as the answer. */
START_TEST(failure_does_not_poison_the_cache)
{
	struct image *image = new_memory(NULL);
	struct diag diag = { "" };
	uint8_t byte = 0;

	write_byte(image, 7 * PAGE, 1);
	ck_ok(image_read(image, PADDR(7 * PAGE), &byte, 1, &diag));
	for (uint64_t i = 1; i < 4; i++) {
		uint64_t pfn = 7 + i * RECENT_PAGES;	/* in 7's place */

		ck_status(image_read(image, PADDR(pfn * PAGE), &byte, 1,
				     &diag), ST_NO_ADDRESS);
		ck_status(image_read(image, PADDR(pfn * PAGE), &byte, 1,
				     &diag), ST_NO_ADDRESS);
	}
	byte = 0;
	ck_ok(image_read(image, PADDR(7 * PAGE), &byte, 1, &diag));
	ck_assert_uint_eq(byte, 1);
	image_free(image);
}
END_TEST

static void keep_recent(struct recent *recent, uint64_t pfn)
{
	uint8_t *bytes = recent_claim(recent, PFN(pfn));

	ck_assert_ptr_nonnull(bytes);
	bytes[0] = pfn / RECENT_PAGES;
	recent_settle(recent, bytes, true);
}

/* Three pages for two places: the one that was used last stays. */
START_TEST(recent_pages_push_out_the_least_recent)
{
	const uint64_t a = 7, b = a + RECENT_PAGES, c = b + RECENT_PAGES;
	struct recent recent;
	struct diag diag = { "" };

	ck_ok(recent_init(&recent, PAGE_SHIFT, &diag));
	keep_recent(&recent, a);
	keep_recent(&recent, b);
	ck_assert_ptr_nonnull(recent_find(&recent, PFN(a)));
	keep_recent(&recent, c);
	ck_assert_uint_eq(recent_find(&recent, PFN(a))[0], a / RECENT_PAGES);
	ck_assert_uint_eq(recent_find(&recent, PFN(c))[0], c / RECENT_PAGES);
	ck_assert_ptr_null(recent_find(&recent, PFN(b)));
	recent_forget(&recent, PFN(a));
	ck_assert_ptr_null(recent_find(&recent, PFN(a)));
	ck_assert_ptr_nonnull(recent_find(&recent, PFN(c)));
	recent_forget_all(&recent);
	ck_assert_ptr_null(recent_find(&recent, PFN(c)));
	recent_fini(&recent);
}
END_TEST

/* While pages are read ahead, nobody else's are in their places. */
START_TEST(recent_places_are_claimed_once)
{
	const uint64_t a = 7, b = a + RECENT_PAGES, c = b + RECENT_PAGES;
	struct recent recent;
	struct diag diag = { "" };
	uint8_t *places[2];

	ck_ok(recent_init(&recent, PAGE_SHIFT, &diag));
	keep_recent(&recent, c);
	places[0] = recent_claim(&recent, PFN(a));
	places[1] = recent_claim(&recent, PFN(b));
	ck_assert_ptr_nonnull(places[0]);
	ck_assert_ptr_nonnull(places[1]);
	ck_assert_ptr_ne(places[0], places[1]);
	ck_assert_ptr_null(recent_claim(&recent, PFN(c)));
	ck_assert_ptr_null(recent_find(&recent, PFN(a)));
	recent_settle(&recent, places[0], false);
	recent_settle(&recent, places[1], true);
	ck_assert_ptr_null(recent_find(&recent, PFN(a)));
	ck_assert_ptr_null(recent_find(&recent, PFN(c)));
	ck_assert_ptr_eq(recent_find(&recent, PFN(b)), places[1]);
	recent_fini(&recent);
}
END_TEST

START_TEST(clone_of_a_memory_image_is_its_own)
{
	struct image *image = new_memory("A=1\n"), *clone = NULL;
	struct diag diag = { "" };
	uint8_t byte;

	write_byte(image, 5 * PAGE, 1);
	ck_ok(memory_image_fail(image, PFN(6), ST_EXCLUDED));
	ck_ok(image_clone(image, &clone, &diag));
	write_byte(image, 5 * PAGE, 2);
	image_free(image);
	ck_ok(image_read(clone, PADDR(5 * PAGE), &byte, 1, &diag));
	ck_assert_uint_eq(byte, 1);
	ck_status(image_read(clone, PADDR(6 * PAGE), &byte, 1, &diag),
		  ST_EXCLUDED);
	ck_assert_str_eq(clone->vmcoreinfo, "A=1\n");
	image_free(clone);
}
END_TEST

START_TEST(memory_image_describes_itself)
{
	char info[] = "OSRELEASE=5.10\n";
	struct image *image = new_memory(info);
	struct image *bare = new_memory(NULL);

	info[0] = 'X';		/* it has a copy */
	ck_assert_str_eq(image->vmcoreinfo, "OSRELEASE=5.10\n");
	ck_assert_ptr_null(bare->vmcoreinfo);
	ck_assert_str_eq(image->architecture, "x86_64");
	ck_assert(!image->incomplete);
	image_free(image);
	image_free(bare);
	image_free(NULL);
}
END_TEST

/* ---- VMCOREINFO ---- */

static const char info[] =
	"OSRELEASE=6.12.107\n"
	"BUILD-ID=00ff\n"
	"EMPTY=\n"
	"ZERO=0\n"
	"SYMBOL(_stext)=ffffffff9d200000\n"
	"SYMBOL(_stext_end)=1\n"
	"NUMBER(phys_base)=-469762048\n"
	"NUMBER(positive)=1778384896\n"
	"NUMBER(hex)=0xffff800000000000\n"
	"NUMBER(smallest)=-9223372036854775808\n"
	"NUMBER(too_big)=9223372036854775808\n"
	"NUMBER(hex_too_big)=0x10000000000000000\n"
	"NUMBER(garbage)=12x\n"
	"NUMBER(words)=twelve\n"
	"NUMBER(bare_0x)=0x\n"
	"NUMBER(long)=111111111111111111111111111111111111111111111111\n"
	"=nameless\n"
	"no equals sign\n"
	"TWICE=1\n"
	"TWICE=2\n"
	"KERNELOFFSET=1c200000";	/* the last line has no newline */

enum how { TEXT, HEX, NUMBER };

static const struct {
	enum how how;
	const char *info, *key;
	enum status st;
	const char *words;	/* the value as text, or part of the message */
	int64_t value;
} info_rows[] = {
	{ TEXT, info, "OSRELEASE", ST_OK, "6.12.107", 0 },
	{ TEXT, info, "EMPTY", ST_OK, "", 0 },
	{ TEXT, info, "TWICE", ST_OK, "1", 0 },
	{ TEXT, info, "KERNELOFFSET", ST_OK, "1c200000", 0 },
	{ TEXT, info, "OSREL", ST_ABSENT, "has no OSREL", 0 },
	{ TEXT, info, "RELEASE", ST_ABSENT, "has no RELEASE", 0 },
	{ TEXT, info, "MISSING", ST_ABSENT, "has no MISSING", 0 },
	{ TEXT, "", "OSRELEASE", ST_ABSENT, "has no OSRELEASE", 0 },
	{ TEXT, NULL, "OSRELEASE", ST_ABSENT, "has no OSRELEASE", 0 },
	{ TEXT, "OSRELEASE", "OSRELEASE", ST_ABSENT, "has no OSRELEASE", 0 },
	{ TEXT, "\n\n\nA=1", "A", ST_OK, "1", 0 },
	{ TEXT, info, "NUMBER(long)", ST_CORRUPT, "NUMBER(long) is 48 bytes", 0 },
	{ HEX, info, "SYMBOL(_stext)", ST_OK, NULL, (int64_t)0xffffffff9d200000 },
	{ HEX, info, "SYMBOL(_stext_end)", ST_OK, NULL, 1 },
	{ HEX, info, "KERNELOFFSET", ST_OK, NULL, 0x1c200000 },
	{ HEX, info, "ZERO", ST_OK, NULL, 0 },
	{ HEX, info, "SYMBOL(_ste)", ST_ABSENT, "has no SYMBOL(_ste)", 0 },
	{ HEX, info, "EMPTY", ST_CORRUPT, "EMPTY= is not a number", 0 },
	{ HEX, info, "NUMBER(words)", ST_CORRUPT, "not a number", 0 },
	{ HEX, info, "NUMBER(long)", ST_CORRUPT, "48 bytes long", 0 },
	{ HEX, "KERNELOFFSET=11112222333344445\n", "KERNELOFFSET", ST_CORRUPT,
	  "not a number", 0 },
	{ HEX, "KERNELOFFSET=-1\n", "KERNELOFFSET", ST_CORRUPT, "not a number", 0 },
	{ NUMBER, info, "ZERO", ST_OK, NULL, 0 },
	{ NUMBER, info, "NUMBER(phys_base)", ST_OK, NULL, -469762048 },
	{ NUMBER, info, "NUMBER(positive)", ST_OK, NULL, 1778384896 },
	{ NUMBER, info, "NUMBER(hex)", ST_OK, NULL, (int64_t)0xffff800000000000 },
	{ NUMBER, info, "NUMBER(smallest)", ST_OK, NULL, INT64_MIN },
	{ NUMBER, info, "NUMBER(too_big)", ST_CORRUPT,
	  "NUMBER(too_big)=9223372036854775808 is not a number", 0 },
	{ NUMBER, info, "NUMBER(hex_too_big)", ST_CORRUPT, "not a number", 0 },
	{ NUMBER, info, "NUMBER(garbage)", ST_CORRUPT, "12x is not a number", 0 },
	{ NUMBER, info, "NUMBER(bare_0x)", ST_CORRUPT, "not a number", 0 },
	{ NUMBER, info, "NUMBER(absent)", ST_ABSENT, "has no NUMBER(absent)", 0 },
};

START_TEST(vmcoreinfo_says_what_is_there)
{
	const char *key = info_rows[_i].key;
	const char *text = info_rows[_i].info;
	struct diag diag = { "" };
	char buf[16] = "untouched";
	uint64_t hex = 0x5555;
	int64_t number = 0x5555;
	enum status st = ST_OK;

	switch (info_rows[_i].how) {
	case TEXT:
		st = vmcoreinfo_text(text, key, buf, sizeof(buf), &diag);
		ck_assert_str_eq(buf, st ? "untouched" : info_rows[_i].words);
		break;
	case HEX:
		st = vmcoreinfo_hex(text, key, &hex, &diag);
		ck_assert_uint_eq(hex, st ? 0x5555 :
				  (uint64_t)info_rows[_i].value);
		break;
	case NUMBER:
		st = vmcoreinfo_number(text, key, &number, &diag);
		ck_assert_int_eq(number, st ? 0x5555 : info_rows[_i].value);
		break;
	}
	ck_status(st, info_rows[_i].st);
	if (st)
		ck_contains(diag.text, info_rows[_i].words);
}
END_TEST

START_TEST(vmcoreinfo_value_that_just_fits)
{
	struct diag diag = { "" };
	char buf[5] = "xxxx";

	ck_ok(vmcoreinfo_text("A=1234\n", "A", buf, 5, &diag));
	ck_assert_str_eq(buf, "1234");
	ck_status(vmcoreinfo_text("A=12345\n", "A", buf, 5, &diag), ST_CORRUPT);
	ck_assert_str_eq(buf, "1234");
}
END_TEST

/* ---- files ---- */

struct file {
	char path[64];
	uint8_t bytes[16 * PAGE];
	size_t len;
};

static void put(struct file *file, size_t offset, const void *bytes, size_t len)
{
	ck_assert_uint_le(offset + len, sizeof(file->bytes));
	memcpy(file->bytes + offset, bytes, len);
	if (offset + len > file->len)
		file->len = offset + len;
}

static void put_u32(struct file *file, size_t offset, uint32_t value)
{
	put(file, offset, &value, sizeof(value));
}

static void put_u64(struct file *file, size_t offset, uint64_t value)
{
	put(file, offset, &value, sizeof(value));
}

/* The first len bytes of it, on disk. */
static void save(struct file *file, size_t len)
{
	int fd;

	if (!file->path[0]) {
		strcpy(file->path, "/tmp/test_image.XXXXXX");
		fd = mkstemp(file->path);
	} else {
		fd = open(file->path, O_WRONLY | O_TRUNC);
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, file->bytes, len), (ssize_t)len);
	close(fd);
}

static void discard(struct file *file)
{
	if (file->path[0])
		unlink(file->path);
	free(file);
}

static enum status open_file(struct file *file, struct image **ret_image,
			     struct diag *diag)
{
	enum status st = image_open(&(const char *){ file->path }, 1, &in_tmp, ret_image, diag);

	if (st) {
		/* Always: which file, and why. */
		ck_assert(!strncmp(diag->text, file->path, strlen(file->path)));
		ck_assert_uint_gt(strlen(diag->text), strlen(file->path) + 8);
	}
	return st;
}

/* Of a file that is a whole dump. */
static struct image *open_dump(struct file *file)
{
	struct image *image = NULL;
	struct diag diag = { "" };

	save(file, file->len);
	ck_ok(open_file(file, &image, &diag));
	return image;
}

#define VMCOREINFO	"OSRELEASE=6.12.107\nNUMBER(phys_base)=0\n"

/* An ELF note in one of name "VMCOREINFO". Returns its length. */
static size_t put_note(struct file *file, size_t offset, const char *text)
{
	static const char name[12] = "VMCOREINFO";
	const size_t len = strlen(text);
	Elf64_Nhdr note = { 11, len, 0 };

	put(file, offset, &note, sizeof(note));
	put(file, offset + 12, name, sizeof(name));
	put(file, offset + 24, text, len);
	return 24 + ((len + 3) & ~3u);
}

static size_t put_vmcoreinfo_note(struct file *file, size_t offset)
{
	return put_note(file, offset, VMCOREINFO);
}

/*
 * An ELF dump: the header, the notes in the first page, then the data of
 *
 *	frames 0x100, 0x101		both in the file
 *	frames 0x200 … 0x202		the first in the file (p_filesz < p_memsz)
 *	frames 0x300, 0x301		the second past the end of the file
 */
static const struct {
	uint64_t frame, offset, filesz, memsz;
} segments[] = {
	{ 0x100, 1 * PAGE, 2 * PAGE, 2 * PAGE },
	{ 0x200, 3 * PAGE, 1 * PAGE, 3 * PAGE },
	{ 0x300, 4 * PAGE, 2 * PAGE, 2 * PAGE },
};

#define N_SEGMENTS	ARRAY_LEN(segments)
#define NOTE_OFFSET	1024u

static void put_segments(struct file *file, size_t note_len)
{
	Elf64_Phdr phdrs[1 + N_SEGMENTS] = { {
		.p_type = PT_NOTE,
		.p_offset = NOTE_OFFSET,
		.p_filesz = note_len,
		.p_memsz = note_len,
	} };

	for (size_t i = 0; i < N_SEGMENTS; i++)
		phdrs[1 + i] = (Elf64_Phdr) {
			.p_type = PT_LOAD,
			.p_flags = PF_R,
			.p_offset = segments[i].offset,
			.p_vaddr = 0xffff888000000000 +
				   segments[i].frame * PAGE,
			.p_paddr = segments[i].frame * PAGE,
			.p_filesz = segments[i].filesz,
			.p_memsz = segments[i].memsz,
			.p_align = PAGE,
		};
	put(file, sizeof(Elf64_Ehdr), phdrs, sizeof(phdrs));
}

static void put_machine(struct file *file, uint16_t machine)
{
	put(file, offsetof(Elf64_Ehdr, e_machine), &machine, sizeof(machine));
}

static struct file *new_elf_dump(uint16_t type, uint32_t flags)
{
	struct file *file = calloc(1, sizeof(*file));
	Elf64_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = type,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(ehdr),
		.e_flags = flags,
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1 + N_SEGMENTS,
	};

	ck_assert_ptr_nonnull(file);
	put(file, 0, &ehdr, sizeof(ehdr));
	put_segments(file, put_vmcoreinfo_note(file, NOTE_OFFSET));
	for (uint8_t i = 1; i <= 4; i++) {
		memset(file->bytes + i * PAGE, 0x10 * i, PAGE);
		file->len = (i + 1) * PAGE;
	}
	return file;
}

/*
 * A compressed dump of 16 frames: header, sub-header, two bitmaps, page
 * descriptors, and the one page (frame 3) that is there, stored plain. Frames
 * 2 … 9 are RAM. Frame 4 has a descriptor whose data is past the end.
 */
#define KDUMP_RAM	0x03fcu
#define KDUMP_DUMPED	0x0018u
#define KDUMP_DATA	(5 * PAGE)

/* Its header, in blocks of this size, and what does not depend on that. */
static struct file *new_kdump_header(uint32_t block, const char *machine)
{
	struct file *file = calloc(1, sizeof(*file));

	ck_assert_ptr_nonnull(file);
	put(file, 0, "KDUMP   ", 8);
	put_u32(file, 8, 6);			/* header_version */
	put(file, 12, "Linux", 5);		/* struct new_utsname */
	put(file, 77, "test", 4);
	put(file, 142, "6.12.107", 8);
	put(file, 207, "#1", 2);
	put(file, 272, machine, strlen(machine));
	put(file, 337, "(none)", 6);
	put_u32(file, 428, block);		/* block_size */
	put_u32(file, 432, 1);			/* sub_hdr_size, blocks */
	put_u32(file, 436, 2);			/* bitmap_blocks, of both */
	put_u32(file, 440, 16);			/* max_mapnr */
	put_u32(file, 460, 1);			/* nr_cpus */
	put_u32(file, block + 8, 31);		/* dump_level */
	put_u64(file, block + 96, 16);		/* max_mapnr_64 */
	return file;
}

static void put_kdump_note(struct file *file, uint32_t block, const char *text)
{
	put_u64(file, block + 48, block + 512);	/* offset_note */
	put_u64(file, block + 56, put_note(file, block + 512, text));
}

static struct file *new_kdump(uint32_t status)
{
	struct file *file = new_kdump_header(PAGE, "x86_64");
	const uint16_t ram = KDUMP_RAM, dumped = KDUMP_DUMPED;

	put_u32(file, 424, status);
	put_kdump_note(file, PAGE, VMCOREINFO);
	put(file, 2 * PAGE, &ram, sizeof(ram));
	put(file, 3 * PAGE, &dumped, sizeof(dumped));
	put_u64(file, 4 * PAGE, KDUMP_DATA);	/* page_desc of frame 3 */
	put_u32(file, 4 * PAGE + 8, PAGE);
	put_u64(file, 4 * PAGE + 24, KDUMP_DATA + PAGE);	/* of frame 4 */
	put_u32(file, 4 * PAGE + 32, PAGE);
	memset(file->bytes + KDUMP_DATA, 0x77, PAGE);
	file->len = KDUMP_DATA + PAGE;
	return file;
}

/* ---- dumps that are whole ---- */

struct frame_row {
	uint64_t frame;
	enum status st;
	uint8_t byte;		/* the whole page holds it */
	const char *words;
};

static const struct frame_row elf_frames[] = {
	{ 0x100, ST_OK, 0x10, NULL },
	{ 0x101, ST_OK, 0x20, NULL },
	{ 0x200, ST_OK, 0x30, NULL },
	{ 0x300, ST_OK, 0x40, NULL },
	{ 0x301, ST_CORRUPT, 0, "the end of the dump file" },
	{ 0x000, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 0x102, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 0x400, ST_NO_ADDRESS, 0, "not in the dump" },
	{ UINT64_MAX, ST_NO_ADDRESS, 0, "beyond" },
	{ 1ULL << 51, ST_NO_ADDRESS, 0, "not in the dump" },
};

static const struct frame_row kdump_frames[] = {
	{ 3, ST_OK, 0x77, NULL },
	{ 2, ST_EXCLUDED, 0, "excluded" },
	{ 9, ST_EXCLUDED, 0, "excluded" },
	{ 4, ST_CORRUPT, 0, "the end of the dump file" },
	{ 1, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 10, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 16, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 1ULL << 40, ST_NO_ADDRESS, 0, "not in the dump" },
	{ UINT64_MAX, ST_NO_ADDRESS, 0, "beyond" },
};

static void check_frame(struct image *image, const struct frame_row *row)
{
	const uint8_t *bytes = NULL;
	struct diag diag = { "" };
	char frame[32];

	ck_status(image_page(image, PFN(row->frame), &bytes, &diag), row->st);
	if (row->st) {
		ck_contains(diag.text, row->words);
		snprintf(frame, sizeof(frame), "%#llx",
			 (unsigned long long)row->frame);
		ck_contains(diag.text, row->frame ? frame : "0");
		return;
	}
	ck_assert_uint_eq(bytes[0], row->byte);
	ck_assert_uint_eq(bytes[PAGE - 1], row->byte);
}

static void check_description(const struct image *image, const char *format)
{
	ck_contains(image->format, format);
	ck_assert_str_eq(image->architecture, "x86_64");
	ck_assert_uint_eq(image->page_shift, 12);
	ck_assert(!image->incomplete);
	ck_assert_ptr_nonnull(image->vmcoreinfo);
	ck_assert_int_eq(strncmp(image->vmcoreinfo, VMCOREINFO,
				 strlen(VMCOREINFO)), 0);
}

/* The image, and what is left of its clone when it is gone. */
static void check_image(struct image *image, const char *format,
			const struct frame_row *row)
{
	struct image *clone = NULL;
	struct diag diag = { "" };

	ck_ok(image_clone(image, &clone, &diag));
	check_description(image, format);
	check_frame(image, row);
	image_free(image);
	check_description(clone, format);
	check_frame(clone, row);
	image_free(clone);
}

START_TEST(elf_dump_is_read)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	struct image *image = open_dump(file);

	check_image(image, "elf", &elf_frames[_i]);
	discard(file);
}
END_TEST

/*
 * Of an arm64 kernel with pages of 16 KiB: frame 0x100 is in the file, 0x101
 * in part.
 */
#define BIG_PAGE	(4 * PAGE)

static struct file *new_big_dump(void)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	Elf64_Phdr phdrs[1 + N_SEGMENTS] = {
		{
			.p_type = PT_NOTE,
			.p_offset = NOTE_OFFSET,
			.p_filesz = put_note(file, NOTE_OFFSET,
					     "OSRELEASE=6.12.107\n"
					     "PAGESIZE=16384\n"),
		}, {
			.p_type = PT_LOAD,
			.p_offset = PAGE,
			.p_paddr = 0x100 * BIG_PAGE,
			.p_filesz = 6 * PAGE,
			.p_memsz = 3 * BIG_PAGE,
		},
	};

	put_machine(file, EM_AARCH64);
	put(file, sizeof(Elf64_Ehdr), phdrs, sizeof(phdrs));
	memset(file->bytes + PAGE, 0x10, BIG_PAGE);
	file->len = PAGE + 6 * PAGE;
	return file;
}

START_TEST(elf_dump_of_larger_pages)
{
	struct file *file = new_big_dump();
	struct image_contents contents = { 0 };
	struct image *image = open_dump(file);
	struct diag diag = { "" };
	const uint8_t *bytes;

	ck_assert_str_eq(image->architecture, "aarch64");
	ck_assert_uint_eq(image->page_shift, 14);
	ck_ok(image_page(image, PFN(0x100), &bytes, &diag));
	ck_assert_uint_eq(bytes[0], 0x10);
	ck_assert_uint_eq(bytes[BIG_PAGE - 1], 0x10);
	ck_status(image_page(image, PFN(0x400), &bytes, &diag), ST_NO_ADDRESS);
	ck_ok(image_describe(image, &contents, &diag));
	ck_assert_uint_eq(contents.present, 1);
	ck_assert_uint_eq(contents.excluded, 2);
	image_free(image);
	discard(file);
}
END_TEST

START_TEST(kdump_is_read)
{
	struct file *file = new_kdump(0);
	struct image *image = open_dump(file);

	check_image(image, "diskdump", &kdump_frames[_i]);
	discard(file);
}
END_TEST

/*
 * As QEMU writes it of arm64, but smaller: a block has two pages, and nothing
 * names the machine but VMCOREINFO. Blocks 1 to 4 are RAM; 1 is there, and the
 * data of 2 are past the end.
 */
#define BLOCK		(2 * PAGE)
#define BLOCK_DATA	(4 * BLOCK + PAGE)

static const struct frame_row block_frames[] = {
	{ 2, ST_OK, 0x77, NULL },
	{ 3, ST_OK, 0x88, NULL },
	{ 4, ST_CORRUPT, 0, "the end of the dump file" },
	{ 5, ST_CORRUPT, 0, "the end of the dump file" },
	{ 6, ST_EXCLUDED, 0, "excluded" },
	{ 9, ST_EXCLUDED, 0, "excluded" },
	{ 1, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 10, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 1ULL << 40, ST_NO_ADDRESS, 0, "not in the dump" },
};

static struct file *new_block_kdump(const char *vmcoreinfo)
{
	struct file *file = new_kdump_header(BLOCK, "Unknown");
	const uint16_t ram = 0x1e, dumped = 0x06;

	put_kdump_note(file, BLOCK, vmcoreinfo);
	put(file, 2 * BLOCK, &ram, sizeof(ram));
	put(file, 3 * BLOCK, &dumped, sizeof(dumped));
	put_u64(file, 4 * BLOCK, BLOCK_DATA);
	put_u32(file, 4 * BLOCK + 8, BLOCK);
	put_u64(file, 4 * BLOCK + 24, BLOCK_DATA + BLOCK);
	put_u32(file, 4 * BLOCK + 32, BLOCK);
	memset(file->bytes + BLOCK_DATA, 0x77, PAGE);
	memset(file->bytes + BLOCK_DATA + PAGE, 0x88, PAGE);
	file->len = BLOCK_DATA + BLOCK;
	return file;
}

START_TEST(kdump_with_blocks_of_several_pages)
{
	struct file *file = new_block_kdump(VMCOREINFO "PAGESIZE=4096\n");
	struct image_frames frames = { 0 };
	struct image_contents contents;
	struct image *image = open_dump(file);
	struct diag diag = { "" };

	ck_ok(image_describe(image, &contents, &diag));
	ck_assert_uint_eq(contents.present, 4);
	ck_assert_uint_eq(contents.excluded, 4);
	ck_assert(image->ops->next_frames(image, PFN(3), &frames));
	ck_assert_uint_eq(frames.first, 3);
	ck_assert_uint_eq(frames.end, 6);
	check_image(image, "diskdump", &block_frames[_i]);
	discard(file);
}
END_TEST

/* A page cannot be larger than what the file keeps of it. */
START_TEST(kdump_with_blocks_smaller_than_a_page)
{
	struct file *file = new_block_kdump(VMCOREINFO "PAGESIZE=16384\n");
	struct image *image = open_dump(file);

	ck_assert_uint_eq(image->page_shift, 13);
	image_free(image);
	discard(file);
}
END_TEST

/* ---- machines of which the headers tell too little ---- */

static struct file *new_arm64_dump(void)
{
	struct file *file = new_elf_dump(ET_CORE, 0);

	put_machine(file, EM_AARCH64);
	put_segments(file, 0);
	return file;
}

/* Of arm64 and without VMCOREINFO: the smallest pages, until somebody knows. */
START_TEST(elf_dump_without_page_size)
{
	struct file *file = new_arm64_dump();
	struct image *image = open_dump(file), *clone = NULL;
	struct diag diag = { "" };

	ck_assert_str_eq(image->architecture, "aarch64");
	ck_assert(image->guesses_pages);
	ck_assert_uint_eq(image->page_shift, 12);
	check_frame(image, &elf_frames[_i]);
	ck_ok(image_set_page_shift(image, 14, &diag));
	ck_ok(image_set_page_shift(image, 12, &diag));
	check_frame(image, &elf_frames[_i]);
	ck_ok(image_clone(image, &clone, &diag));
	image_free(image);
	check_frame(clone, &elf_frames[_i]);
	image_free(clone);
	discard(file);
}
END_TEST

/* The library divides by the size of a page (0.5.1), which it has to be told. */
START_TEST(elf_dump_that_ends_within_a_page)
{
	struct file *file = new_arm64_dump();
	const Elf64_Phdr phdr = {
		.p_type = PT_LOAD, .p_offset = PAGE,
		.p_filesz = PAGE + 100, .p_memsz = PAGE + 100,
	};
	struct image *image;
	struct diag diag = { "" };
	const uint8_t *bytes;

	put(file, sizeof(Elf64_Ehdr) + sizeof(phdr), &phdr, sizeof(phdr));
	image = open_dump(file);
	ck_ok(image_page(image, PFN(1), &bytes, &diag));
	ck_assert_uint_eq(bytes[0], 0x20);
	ck_ok(image_set_page_shift(image, 16, &diag));
	ck_ok(image_page(image, PFN(0), &bytes, &diag));
	ck_assert_uint_eq(bytes[PAGE], 0x20);
	image_free(image);
	discard(file);
}
END_TEST

/* What QEMU writes of arm64 where it was not given VMCOREINFO. */
START_TEST(kdump_that_names_no_machine)
{
	struct file *file = new_block_kdump("");
	struct image *image = open_dump(file);
	struct diag diag = { "" };

	ck_assert_ptr_null(image->architecture);
	ck_assert(image->guesses_pages);
	ck_assert_uint_eq(image->page_shift, 12);
	check_frame(image, &block_frames[0]);
	ck_ok(image_set_page_shift(image, 13, &diag));
	ck_status(image_set_page_shift(image, 14, &diag), ST_CORRUPT);
	ck_assert_uint_eq(image->page_shift, 13);
	image_free(image);
	discard(file);
}
END_TEST

static struct image_contents contents_of(struct file *file)
{
	struct image_contents contents;
	struct image *image = open_dump(file);
	struct diag diag = { "" };

	ck_ok(image_describe(image, &contents, &diag));
	image_free(image);
	discard(file);
	return contents;
}

/* What lies past the end of a file that was cut short is counted, too. */
START_TEST(elf_dump_tells_what_is_in_it)
{
	struct image_contents contents = contents_of(new_elf_dump(ET_CORE, 0));

	ck_assert_str_eq(contents.compression, "none");
	ck_assert(contents.has_present && contents.has_excluded);
	ck_assert_uint_eq(contents.present, 2 + 1 + 2);
	ck_assert_uint_eq(contents.excluded, 2);
}
END_TEST

/* As in /proc/vmcore, where the kernel's text has a segment of its own. */
START_TEST(frames_in_two_segments_count_once)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	const size_t second = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
	struct image_contents contents;

	/* Frames 0x101 … 0x103, of which 0x101 is in the first one, too. */
	put_u64(file, second + offsetof(Elf64_Phdr, p_paddr), 0x101 * PAGE);
	contents = contents_of(file);
	ck_assert_uint_eq(contents.present, 2 + 0 + 2);
	ck_assert_uint_eq(contents.excluded, 2);
}
END_TEST

static const struct {
	uint32_t status;
	const char *compression;
} compression_rows[] = {
	{ 0, "none" }, { 1, "zlib" }, { 2, "lzo" }, { 4, "snappy" },
	{ 0x20, "zstd" }, { 8 | 0x20, "zstd" }, { 0x10, "none" },
};

START_TEST(kdump_tells_what_is_in_it)
{
	struct image_contents contents =
		contents_of(new_kdump(compression_rows[_i].status));

	ck_assert_str_eq(contents.compression,
			 compression_rows[_i].compression);
	ck_assert(contents.has_present && contents.has_excluded);
	ck_assert_uint_eq(contents.present,
			  __builtin_popcount(KDUMP_DUMPED));
	ck_assert_uint_eq(contents.excluded,
			  __builtin_popcount(KDUMP_RAM & ~KDUMP_DUMPED));
}
END_TEST

/* Nothing is left out then, or nobody says what. */
START_TEST(kdump_with_one_bitmap)
{
	struct file *file = new_kdump(1);
	struct image_contents contents;

	put_u32(file, 440, 10 * PAGE);		/* max_mapnr: half is too little */
	put_u64(file, PAGE + 96, 10 * PAGE);
	contents = contents_of(file);
	ck_assert(contents.has_present && !contents.has_excluded);
}
END_TEST

/*
 * The part of a segment that the file does not hold was left out by the
 * writer of the dump (makedumpfile -E): whatever is said of it, it is not
 * zeros.
 */
START_TEST(unwritten_part_of_a_segment_is_not_zeros)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	struct image *image = open_dump(file);
	struct diag diag = { "" };
	const uint8_t *bytes;

	ck_status(image_page(image, PFN(0x201), &bytes, &diag), ST_EXCLUDED);
	ck_contains(diag.text, "excluded");
	image_free(image);
	discard(file);
}
END_TEST

/* Nor where another segment begins right behind it, whatever covers it. */
static const uint64_t unwritten_frames[] = { 0, 1, 3 };

START_TEST(page_before_a_segment_is_not_zeros)
{
	const size_t second = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
	struct file *file = new_elf_dump(ET_CORE, 0);
	struct image *image;
	struct diag diag = { "" };
	const uint8_t *bytes;

	put_u64(file, second + offsetof(Elf64_Phdr, p_filesz), 0);
	put_u64(file, second + offsetof(Elf64_Phdr, p_memsz),
		unwritten_frames[_i] * PAGE);
	put_u64(file, second + sizeof(Elf64_Phdr) +
		offsetof(Elf64_Phdr, p_paddr), 0x201 * PAGE);
	image = open_dump(file);
	ck_status(image_page(image, PFN(0x200), &bytes, &diag),
		  _i ? ST_EXCLUDED : ST_NO_ADDRESS);
	ck_contains(diag.text, _i ? "excluded" : "not in the dump");
	image_free(image);
	discard(file);
}
END_TEST

START_TEST(read_over_the_end_of_a_segment)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	struct image *image = open_dump(file);
	struct diag diag = { "" };
	uint8_t buf[2 * PAGE];

	ck_ok(image_read(image, PADDR(0x101000 - 8), buf, 16, &diag));
	ck_assert_uint_eq(buf[7], 0x10);
	ck_assert_uint_eq(buf[8], 0x20);
	ck_status(image_read(image, PADDR(0x102000 - 8), buf, 16, &diag),
		  ST_NO_ADDRESS);
	image_free(image);
	discard(file);
}
END_TEST

START_TEST(page_of_more_bytes_than_a_page_is_damaged)
{
	struct file *file = new_kdump(1);
	struct image *image = NULL;
	struct diag diag = { "" };
	const uint8_t *bytes;

	put_u32(file, 4 * PAGE + 8, PAGE + 1);
	put_u32(file, 4 * PAGE + 12, 1);	/* compressed by zlib */
	save(file, file->len + PAGE);
	ck_ok(open_file(file, &image, &diag));
	ck_status(image_page(image, PFN(3), &bytes, &diag), ST_CORRUPT);
	ck_contains(diag.text, "more than a page");
	image_free(image);
	discard(file);
}
END_TEST

START_TEST(incomplete_dumps_say_so)
{
	struct file *files[] = {
		new_elf_dump(ET_CORE, 1),	/* DUMP_ELF_INCOMPLETE */
		new_kdump(8),		/* DUMP_DH_COMPRESSED_INCOMPLETE */
		new_kdump(8 | 1),
		new_kdump(1),			/* only "compressed by zlib" */
	};
	static const bool incomplete[] = { true, true, true, false };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct image *image = NULL;
		struct diag diag = { "" };

		save(files[i], files[i]->len);
		ck_ok(open_file(files[i], &image, &diag));
		ck_assert_int_eq(image->incomplete, incomplete[i]);
		image_free(image);
		discard(files[i]);
	}
}
END_TEST

/* ---- files that are none ---- */

struct hostile_row {
	const char *bytes;
	size_t len;		/* the rest is filled with fill */
	size_t total;
	uint8_t fill;
	const char *words;	/* the message says */
	const char *not_words;	/* and does not say */
	enum status st;
};

#define BYTES(s)	s, sizeof(s) - 1

static const struct hostile_row hostile_rows[] = {
	{ BYTES(""), 0, 0, "empty", NULL, ST_UNSUPPORTED },
	{ BYTES("hello, world\n"), 13, 0, "text file", NULL, ST_UNSUPPORTED },
	{ BYTES("x"), 1, 0, "text file", NULL, ST_UNSUPPORTED },
	{ BYTES("#!/bin/sh\n"), 3000, ' ', "text file", NULL, ST_UNSUPPORTED },
	{ BYTES("makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2"),
	  8192, 0, "flattened dump of type 1, version 2", NULL, ST_UNSUPPORTED },
	{ BYTES("makedumpfile\0"), 20, 0, "cut short", NULL, ST_CORRUPT },
	{ BYTES("\x1f\x8b\x08"), 5000, 0x99, "gzip", NULL, ST_UNSUPPORTED },
	{ BYTES("\xfd" "7zXZ\0"), 5000, 0x99, "xz", NULL, ST_UNSUPPORTED },
	{ BYTES("\x28\xb5\x2f\xfd"), 5000, 0x99, "zstd", NULL, ST_UNSUPPORTED },
	{ BYTES("BZh91AY"), 5000, 0x99, "bzip2", NULL, ST_UNSUPPORTED },
	{ BYTES("LibvirtQemudSave"), 5000, 1, "virsh dump", NULL, ST_UNSUPPORTED },
	{ BYTES("QEVM"), 5000, 1, "virsh dump", NULL, ST_UNSUPPORTED },
	{ BYTES("\xed\x23\x8f\x61\x73\x01\x19\xa8"), 5000, 1, "LKCD", NULL,
	  ST_UNSUPPORTED },
	{ BYTES("LinuxGuestRecord"), 5000, 1, "Xen", NULL, ST_UNSUPPORTED },
	{ BYTES("\xee\xeb\x0f\xf0"), 5000, 1, "Xen", NULL, ST_UNSUPPORTED },
	{ BYTES("\x7f" "ELF"), 4, 0, "cut short", NULL,
	  ST_CORRUPT },
	{ BYTES("KDUMP   "), 8, 0, "cut short", NULL,
	  ST_CORRUPT },
	{ BYTES("DISKDUMP"), 100, 0, "cut short", NULL,
	  ST_CORRUPT },
	/* A dump that was interrupted, on a file system that lost the rest. */
	{ BYTES(""), 8192, 0, "", "text", ST_UNSUPPORTED },
	{ BYTES(""), 1, 0, "", "text", ST_UNSUPPORTED },
	{ BYTES(""), 8192, 0xff, "", "text", ST_UNSUPPORTED },
	{ BYTES("\x01\x02\x03"), 8192, 5, "not a dump", "text", ST_UNSUPPORTED },
};

START_TEST(files_that_are_no_dumps)
{
	const struct hostile_row *row = &hostile_rows[_i];
	struct file *file = calloc(1, sizeof(*file));
	struct image *image = NULL;
	struct diag diag = { "" };

	ck_assert_ptr_nonnull(file);
	memset(file->bytes, row->fill, row->total);
	put(file, 0, row->bytes, row->len);
	save(file, row->total);
	ck_status(open_file(file, &image, &diag),
		  row->st);
	ck_assert_ptr_null(image);
	ck_contains(diag.text, row->words);
	if (row->not_words)
		ck_assert_msg(!strstr(diag.text + strlen(file->path),
				      row->not_words),
			      "\"%s\" says \"%s\"", diag.text, row->not_words);
	discard(file);
}
END_TEST

START_TEST(paths_that_cannot_be_read)
{
	struct image *image = NULL;
	struct diag diag = { "" };

	ck_status(image_open(&(const char *){ "/tmp" }, 1, &in_tmp, &image, &diag), ST_UNSUPPORTED);
	ck_contains(diag.text, "/tmp: a directory");
	ck_status(image_open(&(const char *){ "/tmp/no such file" }, 1, &in_tmp, &image, &diag), ST_IO);
	ck_contains(diag.text, "/tmp/no such file: No such file");
	ck_status(image_open(&(const char *){ "" }, 1, &in_tmp, &image, &diag), ST_IO);
	ck_assert_ptr_null(image);
}
END_TEST

/* ---- the running machine ---- */

/* The same file, with one segment of what is no RAM. */
static struct file *new_kcore(void)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	const size_t last = sizeof(Elf64_Ehdr) +
			    N_SEGMENTS * sizeof(Elf64_Phdr);

	put_u64(file, last + offsetof(Elf64_Phdr, p_paddr), UINT64_MAX);
	return file;
}

static void ck_byte(struct image *image, uint64_t frame, uint8_t wanted)
{
	struct diag diag = { "" };
	uint8_t byte;

	ck_status(image_read(image, PADDR(frame * PAGE), &byte, 1, &diag),
		  ST_OK);
	ck_assert_uint_eq(byte, wanted);
}

START_TEST(a_live_image_is_read_anew)
{
	struct file *file = new_kcore();
	struct image *image = NULL, *clone = NULL;
	struct diag diag = { "" };
	uint8_t byte;

	save(file, file->len);
	ck_status(image_open_live(file->path, &image, &diag), ST_OK);
	ck_assert(image->live);
	ck_assert_str_eq(image->architecture, "x86_64");
	ck_assert_str_eq(image->vmcoreinfo, VMCOREINFO);
	ck_byte(image, 0x101, 0x20);
	ck_status(image_clone(image, &clone, &diag), ST_OK);

	memset(file->bytes + 2 * PAGE, 0x77, PAGE);
	save(file, file->len);
	ck_byte(image, 0x101, 0x20);
	ck_byte(clone, 0x101, 0x77);
	image_forget(image);
	ck_byte(image, 0x101, 0x77);

	ck_status(image_read(image, PADDR(0x300 * PAGE), &byte, 1, &diag),
		  ST_NO_ADDRESS);
	ck_contains(diag.text, "no RAM");
	image_free(clone);
	image_free(image);
	discard(file);
}
END_TEST

static void ck_not_live(struct file *file, size_t len, enum status wanted,
			const char *words)
{
	struct image *image = NULL;
	struct diag diag = { "" };

	save(file, len);
	ck_status(image_open_live(file->path, &image, &diag), wanted);
	ck_assert_ptr_null(image);
	ck_contains(diag.text, words);
}

START_TEST(what_is_in_the_way_of_live_is_named)
{
	struct file *file = new_kcore();
	struct image *image = NULL;
	struct diag diag = { "" };

	ck_not_live(file, 0, ST_UNSUPPORTED, "in a container; run this on");
	ck_not_live(file, 100, ST_CORRUPT, "cut short");
	put(file, NOTE_OFFSET + 12, "X", 1);
	ck_not_live(file, file->len, ST_UNSUPPORTED,
		    "no VMCOREINFO, as is so before Linux 4.19; take a dump");
	put(file, 0, "none", 4);
	ck_not_live(file, file->len, ST_UNSUPPORTED, "not the memory of");
	discard(file);
	ck_status(image_open_live("/tmp/no such file", &image, &diag), ST_IO);
	ck_contains(diag.text, "CONFIG_PROC_KCORE");
	ck_status(image_open_live("/dev/null", &image, &diag),
		  ST_UNSUPPORTED);
	ck_contains(diag.text, "/dev/null: hidden by an empty file");
}
END_TEST

START_TEST(an_elf_program_is_no_dump)
{
	static const uint16_t types[] = { ET_EXEC, ET_DYN, ET_REL, ET_NONE };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct file *file = new_elf_dump(types[i], 0);
		struct image *image = NULL;
		struct diag diag = { "" };

		save(file, file->len);
		ck_status(open_file(file, &image, &diag), ST_UNSUPPORTED);
		ck_contains(diag.text, "program or object");
		discard(file);
	}
}
END_TEST

static const struct {
	const char *name;
	uint32_t type;
	const char *words;
} foreign_cores[] = {
	{ "CORE", NT_AUXV, "the core of a process" },
	{ "CORE", NT_FILE, "the core of a process" },
	{ "Xen", 0x1000002, "a dump of a Xen host" },
};

START_TEST(an_elf_core_of_something_else)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	Elf64_Nhdr note = {
		strlen(foreign_cores[_i].name) + 1, 4, foreign_cores[_i].type
	};
	struct image *image = NULL;
	struct diag diag = { "" };
	char name[8] = "";

	strcpy(name, foreign_cores[_i].name);
	put(file, NOTE_OFFSET, &note, sizeof(note));
	put(file, NOTE_OFFSET + 12, name, sizeof(name));
	save(file, file->len);
	ck_status(open_file(file, &image, &diag), ST_UNSUPPORTED);
	ck_contains(diag.text, foreign_cores[_i].words);
	discard(file);
}
END_TEST

START_TEST(an_elf_core_without_segments)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	struct image *image = NULL;
	struct diag diag = { "" };

	memset(file->bytes + offsetof(Elf64_Ehdr, e_phnum), 0, 2);
	save(file, file->len);
	ck_status(open_file(file, &image, &diag), ST_UNSUPPORTED);
	ck_contains(diag.text, "Xen");
	discard(file);
}
END_TEST

/* Big-endian (s390x, ppc64): not for us, but a dump and no program. */
START_TEST(a_big_endian_dump_is_no_program)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	struct image *image = NULL;
	struct diag diag = { "" };

	file->bytes[EI_DATA] = ELFDATA2MSB;
	file->bytes[16] = 0;			/* e_type */
	file->bytes[17] = ET_CORE;
	save(file, file->len);
	ck_status(open_file(file, &image, &diag), ST_UNSUPPORTED);
	ck_contains(diag.text, "big-endian");
	discard(file);
}
END_TEST

START_TEST(header_of_an_unreadable_descriptor)
{
	struct dump_file *file = NULL;
	struct diag diag = { "" };

	ck_status(dump_file_open(&(struct dump_input) { -1, NULL, "it" }, 1, &file,
				 &diag), ST_IO);
	ck_contains(diag.text, "it: Bad file descriptor");
	ck_assert_ptr_null(file);
}
END_TEST

/*
 * Cut short at every length: never a crash, never an endless loop, and either
 * an explanation or an image whose pages are right or fail. Cutting must not
 * make zeros of what was there.
 */
static void cut_everywhere(struct file *file, const struct frame_row *rows,
			   size_t n_rows, size_t step)
{
	for (size_t len = 0; len < file->len; len += step) {
		struct image *image = NULL;
		struct diag diag = { "" };

		save(file, len);
		if (open_file(file, &image, &diag))
			continue;
		for (size_t i = 0; i < n_rows; i++) {
			const uint8_t *bytes;
			enum status st = image_page(image, PFN(rows[i].frame),
						    &bytes, &diag);

			ck_assert_msg(st || (!rows[i].st &&
					     bytes[PAGE - 1] == rows[i].byte),
				      "cut at %zu, frame %#llx: wrong bytes",
				      len, (unsigned long long)rows[i].frame);
		}
		image_free(image);
	}
	discard(file);
}

START_TEST(elf_dump_cut_short)
{
	cut_everywhere(new_elf_dump(ET_CORE, 0), elf_frames,
		       ARRAY_LEN(elf_frames), 61);
}
END_TEST

START_TEST(kdump_cut_short)
{
	cut_everywhere(new_kdump(0), kdump_frames, ARRAY_LEN(kdump_frames), 61);
}
END_TEST

/*
 * One byte of the headers turned over: an explanation, or an image that can
 * be asked for every frame. Each byte is a test of its own.
 */
static void open_with_damage(struct file *file, size_t offset)
{
	struct image *image = NULL;
	struct diag diag = { "" };
	const uint8_t *bytes;

	file->bytes[offset] ^= 0xff;
	save(file, file->len);
	if (!open_file(file, &image, &diag)) {
		for (uint64_t pfn = 0; pfn < 0x400; pfn++)
			if (image_page(image, PFN(pfn), &bytes, &diag))
				ck_assert_uint_gt(strlen(diag.text), 8);
		image_free(image);
	}
	discard(file);
}

/* The header behind its magic, the note's and the first segment's. */
#define ELF_DAMAGE_FROM		8
#define ELF_DAMAGE_END		(sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr))

START_TEST(elf_dump_with_damaged_headers)
{
	open_with_damage(new_elf_dump(ET_CORE, 0), _i);
}
END_TEST

/* From status to nr_cpus. */
#define KDUMP_DAMAGE_FROM	424
#define KDUMP_DAMAGE_END	464

START_TEST(kdump_with_damaged_header)
{
	open_with_damage(new_kdump(0), _i);
}
END_TEST

/* The sub-header as far as it is used. */
START_TEST(kdump_with_damaged_sub_header)
{
	open_with_damage(new_kdump(0), PAGE + _i);
}
END_TEST

/* ---- flattened dumps ---- */

static void put_big_endian(struct file *file, int64_t value)
{
	uint64_t bytes = htobe64(value);

	put(file, file->len, &bytes, sizeof(bytes));
}

static void put_record(struct file *file, int64_t offset, int64_t size,
		       const void *bytes, size_t len)
{
	put_big_endian(file, offset);
	put_big_endian(file, size);
	put(file, file->len, bytes, len);
}

static struct file *new_flat_header(void)
{
	struct file *file = calloc(1, sizeof(*file));
	const uint8_t zero = 0;

	ck_assert_ptr_nonnull(file);
	strcpy((char *)file->bytes, "makedumpfile");
	file->len = 16;
	put_big_endian(file, 1);	/* type */
	put_big_endian(file, 1);	/* version */
	put(file, PAGE - 1, &zero, 1);
	return file;
}

/* What no record of a flattened file says is zeros in the plain one. */
static void put_piece(struct file *flat, const struct file *plain,
		      size_t offset, size_t size)
{
	if (size > plain->len - offset)
		size = plain->len - offset;
	for (size_t i = 0; i < size; i++)
		if (plain->bytes[offset + i]) {
			put_record(flat, offset, size, plain->bytes + offset,
				   size);
			return;
		}
}

/* In pieces of that size, the last one first if so wished. */
static struct file *new_flat(struct file *plain, size_t size, bool backwards)
{
	struct file *flat = new_flat_header();
	size_t n = (plain->len + size - 1) / size;

	for (size_t i = 0; i < n; i++)
		put_piece(flat, plain, (backwards ? n - 1 - i : i) * size,
			  size);
	put_record(flat, -1, -1, "", 0);
	discard(plain);
	return flat;
}

static const struct {
	size_t size;
	bool backwards;
} flat_ways[] = {
	{ 16 * PAGE, false }, { 4000, false }, { 4000, true }, { 777, true },
};

/* A directory that has to be empty in the end. */
static void close_directory(const char *directory)
{
	ck_assert_msg(!rmdir(directory), "%s: %s", directory, strerror(errno));
}

START_TEST(flattened_elf_dump_is_read)
{
	for (size_t i = 0; i < ARRAY_LEN(flat_ways); i++) {
		char directory[] = "/tmp/test_image.XXXXXX";
		const struct image_options options = {
			.tmpdir = mkdtemp(directory),
		};
		struct file *file = new_flat(new_elf_dump(ET_CORE, 0),
					     flat_ways[i].size,
					     flat_ways[i].backwards);
		struct image *image = NULL;
		struct diag diag = { "" };

		save(file, file->len);
		ck_ok(image_open(&(const char *){ file->path }, 1, &options, &image, &diag));
		close_directory(directory);
		check_image(image, "elf", &elf_frames[_i]);
		discard(file);
	}
}
END_TEST

START_TEST(flattened_kdump_is_read)
{
	for (size_t i = 0; i < ARRAY_LEN(flat_ways); i++) {
		struct file *file = new_flat(new_kdump(0), flat_ways[i].size,
					     flat_ways[i].backwards);
		struct image *image = open_dump(file);

		check_image(image, "diskdump", &kdump_frames[_i]);
		discard(file);
	}
}
END_TEST

/* The later record is what makedumpfile -R leaves, too. */
/* What QEMU writes of struct new_utsname: the machine alone. */
START_TEST(kdump_that_names_only_the_machine)
{
	struct file *file = new_kdump(0);
	struct image *image;

	memset(file->bytes + 12, 0, 6 * 65);
	put(file, 272, "x86_64", 6);
	image = open_dump(file);
	check_image(image, "diskdump", &kdump_frames[_i]);
	discard(file);
}
END_TEST

START_TEST(later_records_of_a_flattened_dump_win)
{
	struct file *plain = new_elf_dump(ET_CORE, 0);
	struct file *flat = new_flat_header();
	struct image *image = NULL;
	struct diag diag = { "" };
	const uint8_t *bytes;

	put_record(flat, 0, plain->len, plain->bytes, plain->len);
	put_record(flat, PAGE + 1, 3, "new", 3);
	put_record(flat, -1, -1, "", 0);
	save(flat, flat->len);
	ck_ok(open_file(flat, &image, &diag));
	ck_ok(image_page(image, PFN(0x100), &bytes, &diag));
	ck_assert(!memcmp(bytes, "\x10new\x10", 5));
	image_free(image);
	discard(plain);
	discard(flat);
}
END_TEST

/* The same file, however it was opened: what is kept of it is found again. */
START_TEST(a_flattened_dump_is_known_by_its_file)
{
	struct file *file = new_flat(new_elf_dump(ET_CORE, 0), PAGE, false);
	struct image *images[2] = { NULL }, *clone = NULL;
	struct diag diag = { "" };

	save(file, file->len);
	ck_ok(open_file(file, &images[0], &diag));
	ck_ok(open_file(file, &images[1], &diag));
	ck_ok(image_clone(images[0], &clone, &diag));
	ck_assert(images[0]->identity[0]);
	ck_assert_str_eq(images[0]->identity, images[1]->identity);
	ck_assert_str_eq(images[0]->identity, clone->identity);
	image_free(images[0]);
	image_free(images[1]);
	image_free(clone);
	discard(file);
}
END_TEST

START_TEST(flattened_dump_cut_short)
{
	struct file *file = new_flat(new_elf_dump(ET_CORE, 0), PAGE, false);

	for (size_t len = 16; len < file->len; len += 61) {
		struct image *image = NULL;
		struct diag diag = { "" };

		save(file, len);
		ck_status(open_file(file, &image, &diag), ST_CORRUPT);
		ck_contains(diag.text, "cut short");
	}
	discard(file);
}
END_TEST

static const struct {
	int64_t offset, size;
	const char *words;
} flat_damages[] = {
	{ -2, 1, "offset is -2, at byte 4096" },
	{ INT64_MIN, 1, "offset is -9223372036854775808" },
	{ INT64_MAX, 1, "offset is 9223372036854775807" },
	{ 1 << 30, 1, "offset is 1073741824" },
	{ 0, -1, "size is -1" },
	{ 0, INT64_MIN, "size is -9223372036854775808" },
	{ 0, INT64_MAX, "cut short" },
	{ 0, 1 << 30, "cut short" },
};

START_TEST(flattened_dump_with_damaged_records)
{
	struct file *file = new_flat_header();
	struct image *image = NULL;
	struct diag diag = { "" };

	put_record(file, flat_damages[_i].offset, flat_damages[_i].size,
		   "x", 1);
	put_record(file, -1, -1, "", 0);
	save(file, file->len);
	ck_status(open_file(file, &image, &diag), ST_CORRUPT);
	ck_contains(diag.text, flat_damages[_i].words);
	discard(file);
}
END_TEST

/* As libkdumpfile from 0.5.3 on needs it, whichever one is here. */
START_TEST(flattened_dump_is_mapped)
{
	struct file *plain = new_kdump(0);
	const size_t sizes[] = { 1, 7, 4096, plain->len };

	for (size_t i = 0; i < ARRAY_LEN(flat_ways); i++) {
		struct file *copy = new_kdump(0);
		struct file *flat = new_flat(copy, flat_ways[i].size,
					     flat_ways[i].backwards);
		uint8_t bytes[sizeof(flat->bytes)];
		struct flat_map *map = NULL;
		struct dump_file *file = NULL;
		struct diag diag = { "" };
		int fd;

		save(flat, flat->len);
		fd = open(flat->path, O_RDONLY);
		ck_ok(flat_map_new(fd, NULL, &map, &diag));
		ck_assert_uint_eq(flat_map_size(map), plain->len);
		for (size_t j = 0; j < ARRAY_LEN(sizes); j++)
			for (size_t at = 0; at + sizes[j] <= plain->len;
			     at += sizes[j]) {
				ck_ok(flat_map_read(map, fd, bytes, sizes[j],
						    at, &diag));
				ck_assert(!memcmp(bytes, plain->bytes + at,
						  sizes[j]));
			}
		ck_status(flat_map_read(map, fd, bytes, 2, plain->len - 1,
					&diag), ST_CORRUPT);
		ck_ok(dump_file_open(&(struct dump_input) { fd, map, "it" },
				     1, &file, &diag));
		ck_ok(dump_file_check_frame(file, PFN(3), &diag));
		ck_status(dump_file_check_frame(file, PFN(4), &diag),
			  ST_CORRUPT);
		dump_file_free(file);
		flat_map_put(map);
		close(fd);
		discard(flat);
	}
	discard(plain);
}
END_TEST

static enum status map_records(struct file *flat, struct diag *diag)
{
	struct flat_map *map = NULL;
	enum status st;
	int fd;

	save(flat, flat->len);
	fd = open(flat->path, O_RDONLY);
	st = flat_map_new(fd, NULL, &map, diag);
	flat_map_put(map);
	close(fd);
	discard(flat);
	return st;
}

START_TEST(flattened_dump_that_cannot_be_mapped)
{
	struct file *overlapping = new_flat_header();
	struct file *empty = new_flat_header(), *endless = new_flat_header();
	struct diag diag = { "" };

	put_record(overlapping, 0, 5, "older", 5);
	put_record(overlapping, 4, 5, "newer", 5);
	put_record(overlapping, -1, -1, "", 0);
	ck_status(map_records(overlapping, &diag), ST_UNSUPPORTED);
	put_record(empty, -1, -1, "", 0);
	ck_status(map_records(empty, &diag), ST_CORRUPT);
	put_record(endless, 0, 5, "bytes", 5);
	ck_status(map_records(endless, &diag), ST_CORRUPT);
	ck_contains(diag.text, "cut short");
}
END_TEST

static bool always(void *arg)
{
	(void)arg;
	return true;
}

/* Fails as it should, with words, and leaves nothing in the directory. */
static void reassemble_in_vain(const char *directory, const struct log *log,
			       enum status st, const char *words)
{
	const struct image_options options = { directory, log };
	struct file *file = new_flat(new_elf_dump(ET_CORE, 0), PAGE, false);
	struct image *image = NULL;
	struct diag diag = { "" };

	save(file, file->len);
	ck_status(image_open(&(const char *){ file->path }, 1, &options, &image, &diag), st);
	ck_contains(diag.text, file->path);
	ck_contains(diag.text, words);
	discard(file);
}

START_TEST(reassembly_that_is_interrupted)
{
	const struct log log = { .cancelled = always };
	char directory[] = "/tmp/test_image.XXXXXX";

	reassemble_in_vain(mkdtemp(directory), &log, ST_STOPPED, "interrupted");
	close_directory(directory);
}
END_TEST

START_TEST(reassembly_without_a_directory)
{
	reassemble_in_vain("/tmp/no such directory", NULL, ST_IO,
			   "/tmp/no such directory: No such file or "
			   "directory; name a directory");
	reassemble_in_vain("/proc", NULL, ST_IO, "/proc has 0 MiB left");
}
END_TEST

/* As on a disk that another program has filled in the meantime. */
START_TEST(reassembly_on_a_disk_that_fills_up)
{
	const rlim_t sizes[] = { 0, 1, PAGE, 3 * PAGE + 5 };
	char directory[] = "/tmp/test_image.XXXXXX";
	struct rlimit before;

	mkdtemp(directory);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct rlimit small = { sizes[i], before.rlim_max };
		const struct image_options options = { directory, NULL };
		struct file *file = new_flat(new_elf_dump(ET_CORE, 0), PAGE,
					     i % 2);
		struct image *image = NULL;
		struct diag diag = { "" };

		save(file, file->len);
		setrlimit(RLIMIT_FSIZE, &small);
		ck_status(image_open(&(const char *){ file->path }, 1, &options, &image, &diag),
			  ST_IO);
		setrlimit(RLIMIT_FSIZE, &before);
		ck_contains(diag.text, "File too large");
		ck_contains(diag.text, "--tmpdir");
		discard(file);
	}
	close_directory(directory);
}
END_TEST

/* ---- split dumps ---- */

/*
 * The part with frames from start up to end of a dump of 16 frames, of which
 * 2 … 9 are RAM and 3, 6 and 8 are dumped, filled with their number.
 */
static struct file *new_part(uint64_t start, uint64_t end)
{
	static const uint64_t dumped[] = { 3, 6, 8 };
	struct file *file = new_kdump(0);
	uint16_t bits = 0;
	size_t n = 0;

	put_u32(file, PAGE + 12, 1);		/* split */
	put_u64(file, PAGE + 80, start);	/* start_pfn_64 */
	put_u64(file, PAGE + 88, end);
	for (size_t i = 0; i < ARRAY_LEN(dumped); i++) {
		const size_t desc = 4 * PAGE + 24 * n;

		bits |= 1u << dumped[i];
		if (dumped[i] < start || dumped[i] >= end)
			continue;
		put_u64(file, desc, KDUMP_DATA + n * PAGE);
		put_u32(file, desc + 8, PAGE);
		memset(file->bytes + KDUMP_DATA + n++ * PAGE, dumped[i], PAGE);
	}
	put(file, 3 * PAGE, &bits, sizeof(bits));
	file->len = KDUMP_DATA + n * PAGE;
	save(file, file->len);
	return file;
}

static const struct frame_row split_frames[] = {
	{ 3, ST_OK, 3, NULL },
	{ 6, ST_OK, 6, NULL },
	{ 8, ST_OK, 8, NULL },
	{ 2, ST_EXCLUDED, 0, "excluded" },
	{ 7, ST_EXCLUDED, 0, "excluded" },
	{ 9, ST_EXCLUDED, 0, "excluded" },
	{ 1, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 15, ST_NO_ADDRESS, 0, "not in the dump" },
	{ 16, ST_NO_ADDRESS, 0, "not in the dump" },
};

/* makedumpfile has no frames left for the last part at times. */
static const uint64_t split_ends[] = { 5, 7, 16, 16 };

#define N_PARTS		ARRAY_LEN(split_ends)

static void new_parts(struct file *parts[static N_PARTS],
		      const char *paths[static N_PARTS])
{
	for (size_t i = 0; i < N_PARTS; i++) {
		parts[i] = new_part(i ? split_ends[i - 1] : 0, split_ends[i]);
		paths[i] = parts[i]->path;
	}
}

static void discard_parts(struct file *parts[static N_PARTS])
{
	for (size_t i = 0; i < N_PARTS; i++)
		discard(parts[i]);
}

START_TEST(split_dump_is_read)
{
	for (size_t turn = 0; turn < N_PARTS; turn++) {
		struct file *parts[N_PARTS];
		const char *paths[N_PARTS], *turned[N_PARTS];
		struct image_contents contents;
		struct image *image = NULL;
		struct diag diag = { "" };

		new_parts(parts, paths);
		for (size_t i = 0; i < N_PARTS; i++)
			turned[i] = paths[(i + turn) % N_PARTS];
		ck_ok(image_open(turned, N_PARTS, &in_tmp, &image, &diag));
		ck_ok(image_describe(image, &contents, &diag));
		ck_assert_uint_eq(contents.present, 3);
		ck_assert_uint_eq(contents.excluded, 5);
		ck_assert_str_eq(image->identity, "");
		check_image(image, "diskdump", &split_frames[_i]);
		discard_parts(parts);
	}
}
END_TEST

static void open_in_vain(const char *const *paths, size_t n, const char *named,
			 const char *words)
{
	struct image *image = NULL;
	struct diag diag = { "" };

	ck_status(image_open(paths, n, &in_tmp, &image, &diag),
		  ST_UNSUPPORTED);
	ck_contains(diag.text, named);
	ck_contains(diag.text, words);
}

START_TEST(split_dump_of_which_parts_are_missing)
{
	struct file *parts[N_PARTS];
	const char *paths[N_PARTS];

	new_parts(parts, paths);
	open_in_vain(paths, 1, paths[0], "frames from 0x5 to 0xf is missing");
	open_in_vain(paths, 2, paths[1], "frames from 0x7 to 0xf is missing");
	open_in_vain(paths + 1, 2, paths[1],
		     "frames from 0 to 0x4 is missing");
	open_in_vain((const char *[]) { paths[0], paths[2] }, 2, paths[2],
		     "frames from 0x5 to 0x6 is missing");
	discard_parts(parts);
}
END_TEST

START_TEST(split_dump_with_a_part_too_many)
{
	struct file *parts[N_PARTS], *other = new_part(4, 7);
	struct file *stranger = new_part(5, 7), *whole = new_kdump(0);
	const char *paths[N_PARTS];

	new_parts(parts, paths);
	put(stranger, 77, "else", 4);
	save(stranger, stranger->len);
	save(whole, whole->len);
	open_in_vain((const char *[]) { paths[1], paths[0], paths[1] }, 3,
		     paths[1], "both have the frames from 0x5");
	open_in_vain((const char *[]) { paths[0], other->path, paths[2] }, 3,
		     other->path, "both have the frames from 0x4");
	open_in_vain((const char *[]) { paths[0], stranger->path, paths[2] },
		     3, stranger->path, "two different dumps");
	open_in_vain((const char *[]) { paths[0], whole->path }, 2,
		     whole->path, "not a part of a split dump");
	open_in_vain((const char *[]) { whole->path, whole->path }, 2,
		     whole->path, "not a part of a split dump");
	discard(other);
	discard(stranger);
	discard(whole);
	discard_parts(parts);
}
END_TEST

START_TEST(split_dump_with_damaged_range)
{
	static const uint64_t ranges[][2] = {
		{ 5, 4 }, { 0, 17 }, { UINT64_MAX, UINT64_MAX },
		{ 0, UINT64_MAX }, { 1ULL << 60, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		struct file *file = new_part(ranges[i][0], ranges[i][1]);
		struct image *image = NULL;
		struct diag diag = { "" };

		ck_status(open_file(file, &image, &diag), ST_CORRUPT);
		ck_contains(diag.text, "_pfn is");
		discard(file);
	}
}
END_TEST

/* ---- looking for pages and CPUs ---- */

struct find_row {
	uint64_t from;
	uint8_t byte;			/* that the page begins with */
	enum status st;
	uint64_t found;
};

static const struct find_row elf_finds[] = {
	{ 0, 0x10, ST_OK, 0x100 },
	{ 0x100, 0x10, ST_OK, 0x100 },
	{ 0x101, 0x10, ST_ABSENT, 0 },
	{ 0, 0x20, ST_OK, 0x101 },
	{ 0x102, 0x30, ST_OK, 0x200 },
	{ 0x202, 0x40, ST_OK, 0x300 },
	{ 0, 0x50, ST_ABSENT, 0 },
	{ UINT64_MAX >> 12, 0x10, ST_ABSENT, 0 },
	{ UINT64_MAX, 0x10, ST_ABSENT, 0 },
};

static const struct find_row kdump_finds[] = {
	{ 0, 0x77, ST_OK, 3 },
	{ 3, 0x77, ST_OK, 3 },
	{ 4, 0x77, ST_ABSENT, 0 },
	{ 0, 0x11, ST_ABSENT, 0 },
	{ UINT64_MAX, 0x77, ST_ABSENT, 0 },
};

static const struct find_row split_finds[] = {
	{ 0, 3, ST_OK, 3 },
	{ 4, 6, ST_OK, 6 },
	{ 7, 8, ST_OK, 8 },
	{ 7, 6, ST_ABSENT, 0 },
	{ 9, 8, ST_ABSENT, 0 },
};

/* Releases image. */
static void find_in(struct image *image, const struct find_row *row)
{
	struct diag diag = { "" };
	pfn_t found = PFN(0);
	uint8_t head[8];

	memset(head, row->byte, sizeof(head));
	ck_status(image_find_page(image, PFN(row->from), head, sizeof(head),
				  NULL, &found, &diag), row->st);
	ck_assert_uint_eq(found.v, row->found);
	image_free(image);
}

static void check_find(struct file *file, const struct find_row *row)
{
	struct image *image = open_dump(file);

	find_in(image, row);
	discard(file);
}

START_TEST(pages_of_an_elf_dump_are_found)
{
	check_find(new_elf_dump(ET_CORE, 0), &elf_finds[_i]);
}
END_TEST

START_TEST(pages_of_a_kdump_are_found)
{
	check_find(new_kdump(0), &kdump_finds[_i]);
}
END_TEST

START_TEST(pages_of_a_split_dump_are_found)
{
	struct file *parts[N_PARTS];
	const char *paths[N_PARTS];
	struct image *image = NULL;
	struct diag diag = { "" };

	new_parts(parts, paths);
	ck_ok(image_open(paths, N_PARTS, &in_tmp, &image, &diag));
	find_in(image, &split_finds[_i]);
	discard_parts(parts);
}
END_TEST

START_TEST(looking_for_pages_is_interrupted)
{
	const struct log log = { .cancelled = always };
	struct file *file = new_elf_dump(ET_CORE, 0);
	struct image *image = open_dump(file);
	struct diag diag = { "" };
	pfn_t found;

	ck_status(image_find_page(image, PFN(0), "x", 1, &log, &found, &diag),
		  ST_STOPPED);
	image_free(image);
	discard(file);
}
END_TEST

/* Looked through once for each segment, such a file would have no end. */
START_TEST(segments_that_are_all_of_the_file)
{
	struct file *file = new_elf_dump(ET_CORE, 0);
	Elf64_Phdr phdr;

	for (size_t i = 1; i <= N_SEGMENTS; i++) {
		size_t at = sizeof(Elf64_Ehdr) + i * sizeof(phdr);

		memcpy(&phdr, file->bytes + at, sizeof(phdr));
		phdr.p_offset = 0;
		phdr.p_filesz = phdr.p_memsz = UINT32_MAX;
		put(file, at, &phdr, sizeof(phdr));
	}
	check_find(file, &(const struct find_row) { 0, 0x10, ST_ABSENT, 0 });
}
END_TEST

#define QEMU_STATE_BYTES	440u

struct cpu_row {
	uint32_t version, size;		/* of the note's contents */
	size_t len;			/* of all notes; 0: as needed */
	size_t n_cpus;
};

static const struct cpu_row cpu_rows[] = {
	{ 1, QEMU_STATE_BYTES, 0, 1 },
	{ 1, QEMU_STATE_BYTES + 8, 0, 1 },	/* something new at the end */
	{ 2, QEMU_STATE_BYTES, 0, 0 },
	{ 1, 392, 0, 0 },
	{ 1, QEMU_STATE_BYTES, 200, 0 },	/* cut off */
};

static size_t put_qemu_note(struct file *file, size_t offset,
			    const struct cpu_row *row)
{
	Elf64_Nhdr note = { 5, row->size, 0 };

	put(file, offset, &note, sizeof(note));
	put(file, offset + 12, "QEMU", 5);
	put_u32(file, offset + 20, row->version);
	put_u32(file, offset + 24, row->size);
	for (size_t i = 0; i < 5; i++)
		put_u64(file, offset + 20 + 392 + i * 8, 0xc0 + i);
	return row->len ? row->len : 20 + row->size;
}

static void check_cpus(struct file *file, size_t n)
{
	struct image_cpu_vec cpus = { 0 };
	struct image *image = open_dump(file);
	struct diag diag = { "" };

	ck_ok(image_cpus(image, &cpus, &diag));
	ck_assert_uint_eq(cpus.n, n);
	for (size_t i = 0; i < 5 && n; i++)
		ck_assert_uint_eq(cpus.items[0].cr[i], 0xc0 + i);
	image_cpu_vec_fini(&cpus);
	image_free(image);
	discard(file);
}

START_TEST(cpus_of_an_elf_dump)
{
	struct file *file = new_elf_dump(ET_CORE, 0);

	put_segments(file, put_qemu_note(file, NOTE_OFFSET, &cpu_rows[_i]));
	check_cpus(file, cpu_rows[_i].n_cpus);
}
END_TEST

START_TEST(cpus_of_a_kdump)
{
	struct file *file = new_kdump(0);

	put_u64(file, PAGE + 56, put_qemu_note(file, PAGE + 512,
					       &cpu_rows[_i]));
	check_cpus(file, cpu_rows[_i].n_cpus);
}
END_TEST

START_TEST(vmcoreinfo_from_elsewhere)
{
	struct image *image = new_memory("A=1\n"), *clone = NULL;
	struct diag diag = { "" };

	ck_ok(image_adopt_vmcoreinfo(image, "A=2\n", &diag));
	ck_ok(image_adopt_vmcoreinfo(image, "A=3\n", &diag));
	ck_ok(image_clone(image, &clone, &diag));
	image_free(image);
	ck_assert_str_eq(clone->vmcoreinfo, "A=3\n");
	image_free(clone);
}
END_TEST

static const struct test tests[] = {
	ROWS(failing_pages_are_told_apart, page_failures),
	PLAIN(page_never_given_does_not_exist),
	PLAIN(reads_cross_pages),
	PLAIN(reads_do_not_wrap_around),
	PLAIN(cache_answers_for_the_right_page),
	PLAIN(rewritten_page_is_read_anew),
	PLAIN(failure_does_not_poison_the_cache),
	PLAIN(recent_pages_push_out_the_least_recent),
	PLAIN(recent_places_are_claimed_once),
	PLAIN(clone_of_a_memory_image_is_its_own),
	PLAIN(memory_image_describes_itself),
	ROWS(vmcoreinfo_says_what_is_there, info_rows),
	PLAIN(vmcoreinfo_value_that_just_fits),
	ROWS(elf_dump_is_read, elf_frames),
	ROWS(kdump_is_read, kdump_frames),
	PLAIN(elf_dump_of_larger_pages),
	ROWS(elf_dump_without_page_size, elf_frames),
	PLAIN(elf_dump_that_ends_within_a_page),
	PLAIN(kdump_that_names_no_machine),
	ROWS(kdump_with_blocks_of_several_pages, block_frames),
	PLAIN(kdump_with_blocks_smaller_than_a_page),
	PLAIN(elf_dump_tells_what_is_in_it),
	PLAIN(frames_in_two_segments_count_once),
	ROWS(kdump_tells_what_is_in_it, compression_rows),
	PLAIN(kdump_with_one_bitmap),
	ROWS(pages_of_an_elf_dump_are_found, elf_finds),
	ROWS(pages_of_a_kdump_are_found, kdump_finds),
	ROWS(pages_of_a_split_dump_are_found, split_finds),
	PLAIN(looking_for_pages_is_interrupted),
	PLAIN(segments_that_are_all_of_the_file),
	ROWS(cpus_of_an_elf_dump, cpu_rows),
	ROWS(cpus_of_a_kdump, cpu_rows),
	PLAIN(vmcoreinfo_from_elsewhere),
	PLAIN(unwritten_part_of_a_segment_is_not_zeros),
	ROWS(page_before_a_segment_is_not_zeros, unwritten_frames),
	PLAIN(read_over_the_end_of_a_segment),
	PLAIN(page_of_more_bytes_than_a_page_is_damaged),
	PLAIN(incomplete_dumps_say_so),
	ROWS(files_that_are_no_dumps, hostile_rows),
	PLAIN(paths_that_cannot_be_read),
	PLAIN(a_live_image_is_read_anew),
	PLAIN(what_is_in_the_way_of_live_is_named),
	PLAIN(an_elf_program_is_no_dump),
	ROWS(an_elf_core_of_something_else, foreign_cores),
	PLAIN(an_elf_core_without_segments),
	PLAIN(a_big_endian_dump_is_no_program),
	PLAIN(header_of_an_unreadable_descriptor),
	ROWS(flattened_elf_dump_is_read, elf_frames),
	ROWS(flattened_kdump_is_read, kdump_frames),
	ROWS(kdump_that_names_only_the_machine, kdump_frames),
	PLAIN(later_records_of_a_flattened_dump_win),
	PLAIN(a_flattened_dump_is_known_by_its_file),
	PLAIN(flattened_dump_cut_short),
	ROWS(flattened_dump_with_damaged_records, flat_damages),
	PLAIN(flattened_dump_is_mapped),
	PLAIN(flattened_dump_that_cannot_be_mapped),
	PLAIN(reassembly_that_is_interrupted),
	PLAIN(reassembly_without_a_directory),
	PLAIN(reassembly_on_a_disk_that_fills_up),
	ROWS(split_dump_is_read, split_frames),
	PLAIN(split_dump_of_which_parts_are_missing),
	PLAIN(split_dump_with_a_part_too_many),
	PLAIN(split_dump_with_damaged_range),
	PLAIN(elf_dump_cut_short),
	PLAIN(kdump_cut_short),
	RANGE(elf_dump_with_damaged_headers, ELF_DAMAGE_FROM, ELF_DAMAGE_END),
	RANGE(kdump_with_damaged_header, KDUMP_DAMAGE_FROM, KDUMP_DAMAGE_END),
	RANGE(kdump_with_damaged_sub_header, 0, 104),
};

int main(void)
{
	return run_suite("image", tests, ARRAY_LEN(tests));
}
