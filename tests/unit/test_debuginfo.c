/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/debuginfo, against an object whose layouts the compiler tells us too.
 *
 * LAYOUTS_OBJECT is layouts.c and layouts2.c, compiled with -g and linked
 * (as a shared object: no relocations are left). Damaged files are copies of
 * it with a few bytes changed.
 */
#include <check.h>
#include <elf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debuginfo/dwarf_types.h"
#include "debuginfo/elf_file.h"
#include "debuginfo/find.h"
#include "layouts.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static char dir[] = "/tmp/test_debuginfo.XXXXXX";
static char damaged_path[64];

/* The object in memory, to be changed and written out. */
static unsigned char *object;
static size_t object_size;

static const char *object_path(void)
{
	return getenv("LAYOUTS_OBJECT");
}

static void read_object(void)
{
	FILE *file = fopen(object_path(), "rb");

	ck_assert_ptr_nonnull(file);
	fseek(file, 0, SEEK_END);
	object_size = ftell(file);
	rewind(file);
	object = malloc(object_size);
	ck_assert_uint_eq(fread(object, 1, object_size, file), object_size);
	fclose(file);
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(damaged_path, sizeof(damaged_path), "%s/damaged", dir);
	read_object();
}

static void remove_tree(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void teardown(void)
{
	free(object);
	remove_tree();
}

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	if (n)
		ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
	ck_assert_int_eq(fclose(file), 0);
}

static void write_damaged(void)
{
	write_file(damaged_path, object, object_size);
}

static Elf64_Ehdr *header(void)
{
	return (Elf64_Ehdr *)object;
}

static Elf64_Shdr *section_headers(void)
{
	return (Elf64_Shdr *)(object + header()->e_shoff);
}

static char *section_name(const Elf64_Shdr *section)
{
	return (char *)object + section_headers()[header()->e_shstrndx]
		.sh_offset + section->sh_name;
}

static Elf64_Shdr *find_section(const char *name)
{
	Elf64_Shdr *headers = section_headers();
	size_t i;

	for (i = 0; i < header()->e_shnum; i++) {
		if (!strcmp(section_name(&headers[i]), name))
			return &headers[i];
	}
	return NULL;
}

static Elf64_Shdr *section(const char *name)
{
	Elf64_Shdr *found = find_section(name);

	ck_assert_msg(found, "the object has no section %s", name);
	return found;
}

static struct elf_file *open_good(void)
{
	struct elf_file *file;
	struct diag diag = { 0 };

	ck_assert_msg(elf_file_open(object_path(), &file, &diag) == ST_OK,
		      "%s", diag.text);
	return file;
}

static void assert_says(const struct diag *diag, const char *part)
{
	ck_assert_msg(strstr(diag->text, part), "\"%s\" lacks \"%s\"",
		      diag->text, part);
}

static void assert_opens_as(const char *path, enum status expected,
			    const char *part)
{
	struct elf_file *file = NULL;
	struct diag diag = { 0 };
	enum status st = elf_file_open(path, &file, &diag);

	ck_assert_msg(st == expected, "%s: %s, not %s: %s", path,
		      status_text(st), status_text(expected), diag.text);
	ck_assert_ptr_null(file);
	assert_says(&diag, path);
	assert_says(&diag, part);
	ck_assert_int_eq(elf_file_open(path, &file, NULL), expected);
}

START_TEST(elf_not_there)
{
	assert_opens_as("/nowhere/vmlinux", ST_IO, "No such file");
	assert_opens_as(dir, ST_UNSUPPORTED, "not a regular file");
}
END_TEST

static const struct {
	const char *bytes;
	size_t n;
	enum status status;
	const char *part;
} not_elf[] = {
	{ "", 0, ST_UNSUPPORTED, "empty" },
	{ "x", 1, ST_UNSUPPORTED, "not an ELF file" },
	{ "#!/bin/sh\nexit 0\n", 17, ST_UNSUPPORTED, "not an ELF file" },
	{ "\x1f\x8b\x08\x00", 4, ST_UNSUPPORTED, "gzip" },
	{ "\xfd" "7zXZ\0", 6, ST_UNSUPPORTED, "xz" },
	{ "\x28\xb5\x2f\xfd", 4, ST_UNSUPPORTED, "zstd" },
	{ "MZ\0\0\0\0\0\0", 8, ST_UNSUPPORTED, "boot image" },
	{ "KDUMP   \6\0\0\0", 12, ST_UNSUPPORTED, "dump" },
	{ "\177ELF", 4, ST_CORRUPT, "truncated" },
	{ "\177ELF\1\1\1\0\0\0\0\0\0\0\0\0", 16, ST_UNSUPPORTED, "64-bit" },
	{ "\177ELF\2\2\1\0\0\0\0\0\0\0\0\0", 16, ST_UNSUPPORTED, "endian" },
	{ "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16, ST_CORRUPT, "truncated" },
};

START_TEST(elf_not_elf)
{
	write_file(damaged_path, not_elf[_i].bytes, not_elf[_i].n);
	assert_opens_as(damaged_path, not_elf[_i].status, not_elf[_i].part);
}
END_TEST

/* Section headers are at the end, so no shorter file is whole. */
START_TEST(elf_truncated)
{
	size_t len, step = object_size / 97;

	for (len = SELFMAG; len < object_size;
	     len += len < 128 ? 1 : step) {
		write_file(damaged_path, object, len);
		assert_opens_as(damaged_path, ST_CORRUPT, "truncated");
	}
}
END_TEST

static void damage_type_core(void) { header()->e_type = ET_CORE; }
static void damage_type_rel(void) { header()->e_type = ET_REL; }
static void damage_shoff(void) { header()->e_shoff = UINT64_MAX - 3; }
static void damage_shoff_end(void) { header()->e_shoff = object_size - 1; }
static void damage_shnum(void) { header()->e_shnum = 0xfeff; }
static void damage_shentsize(void) { header()->e_shentsize = 0; }
static void damage_shstrndx(void) { header()->e_shstrndx = 0xfefe; }

static void damage_shstrndx_type(void)
{
	header()->e_shstrndx = section(".symtab") - section_headers();
}

static void damage_offset(void)
{
	section(".debug_info")->sh_offset = UINT64_MAX - 16;
}

static void damage_size(void)
{
	section(".debug_info")->sh_size = UINT64_MAX;
}

static void damage_name(void)
{
	section(".debug_info")->sh_name = 0x7fffffff;
}

static void damage_compressed(void)
{
	section(".debug_info")->sh_flags |= SHF_COMPRESSED;
}

static void damage_zdebug(void)
{
	memcpy(section_name(section(".debug_info")), ".zdebug_", 8);
}

static const struct {
	void (*damage)(void);
	enum status status;
	const char *part;
} bad_headers[] = {
	{ damage_type_core, ST_UNSUPPORTED, "core dump" },
	{ damage_type_rel, ST_UNSUPPORTED, "not a linked" },
	{ damage_shoff, ST_CORRUPT, "section headers" },
	{ damage_shoff_end, ST_CORRUPT, "section headers" },
	{ damage_shnum, ST_CORRUPT, "section headers" },
	{ damage_shentsize, ST_CORRUPT, "section headers" },
	{ damage_shstrndx, ST_CORRUPT, "section" },
	{ damage_shstrndx_type, ST_CORRUPT, "section" },
	{ damage_offset, ST_CORRUPT, ".debug_info" },
	{ damage_size, ST_CORRUPT, ".debug_info" },
	{ damage_name, ST_CORRUPT, "no name" },
	{ damage_compressed, ST_UNSUPPORTED, "compressed" },
	{ damage_zdebug, ST_UNSUPPORTED, "compressed" },
};

START_TEST(elf_bad_headers)
{
	bad_headers[_i].damage();
	write_damaged();
	assert_opens_as(damaged_path, bad_headers[_i].status,
			bad_headers[_i].part);
}
END_TEST

START_TEST(elf_no_sections)
{
	struct symbol_want want = { .name = "twice" };
	struct elf_section unused;
	struct elf_file *file;
	struct diag diag = { 0 };
	const char *build_id;

	header()->e_shoff = 0;
	header()->e_shnum = 0;
	header()->e_shstrndx = 0;
	write_damaged();
	ck_assert_int_eq(elf_file_open(damaged_path, &file, &diag), ST_OK);
	ck_assert_int_eq(elf_file_section(file, ".text", &unused, &diag),
			 ST_ABSENT);
	assert_says(&diag, ".text");
	ck_assert_int_eq(elf_file_symbols(file, &want, 1, &diag), ST_ABSENT);
	assert_says(&diag, "no symbol table");
	ck_assert_int_eq(elf_file_build_id(file, &build_id, &diag),
			 ST_ABSENT);
	assert_says(&diag, "build-id");
	elf_file_close(file);
}
END_TEST

START_TEST(elf_identity)
{
	struct elf_file *file = open_good();

	ck_assert_str_eq(elf_file_path(file), object_path());
	ck_assert_uint_eq(elf_file_machine(file), header()->e_machine);
	elf_file_close(file);
	elf_file_close(NULL);
}
END_TEST

START_TEST(elf_section_contents)
{
	struct elf_section text, missing;
	struct elf_file *file = open_good();
	struct diag diag = { 0 };

	ck_assert_int_eq(elf_file_section(file, ".text", &text, &diag),
			 ST_OK);
	ck_assert_uint_eq(text.size, section(".text")->sh_size);
	ck_assert_uint_eq(text.address, section(".text")->sh_addr);
	ck_assert_mem_eq(text.data, object + section(".text")->sh_offset,
			 text.size);
	ck_assert_int_eq(elf_file_section(file, ".nothing", &missing, &diag),
			 ST_ABSENT);
	assert_says(&diag, ".nothing");
	ck_assert_int_eq(elf_file_section(file, ".bss", &missing, &diag),
			 ST_ABSENT);
	elf_file_close(file);
}
END_TEST

/* twice() is global in one unit and local in the other. */
START_TEST(elf_symbols)
{
	struct symbol_want wants[] = {
		{ .name = "layouts_magic" },
		{ .name = "twice" },
		{ .name = "no_such_symbol" },
		{ .name = "layouts_zeroes", .found = true, .n_found = 7 },
		{ .name = "twice" },
		{ .name = "" },
	};
	struct elf_file *file = open_good();
	struct diag diag = { 0 };
	struct elf_section text;

	ck_assert_int_eq(elf_file_symbols(file, wants, COUNT(wants), &diag),
			 ST_OK);
	ck_assert(wants[0].found);
	ck_assert_uint_eq(wants[0].size, sizeof(LAYOUTS_MAGIC));
	ck_assert_uint_eq(wants[0].n_found, 1);
	ck_assert(wants[1].found);
	ck_assert_uint_eq(wants[1].n_found, 2);
	ck_assert(!wants[2].found);
	ck_assert_uint_eq(wants[2].n_found, 0);
	ck_assert(wants[3].found);
	ck_assert_uint_eq(wants[3].n_found, 1);
	ck_assert_uint_eq(wants[4].address, wants[1].address);
	ck_assert_uint_eq(wants[4].n_found, 2);
	ck_assert_int_eq(elf_file_section(file, ".text", &text, &diag),
			 ST_OK);
	ck_assert_uint_ge(wants[1].address, text.address);
	ck_assert_uint_lt(wants[1].address, text.address + text.size);
	ck_assert_int_eq(elf_file_symbols(file, NULL, 0, &diag), ST_OK);
	elf_file_close(file);
}
END_TEST

/* Local symbols come first in .symtab, and the global one wins all the same. */
START_TEST(elf_global_symbol_wins)
{
	Elf64_Sym *symbols = (Elf64_Sym *)(object +
					   section(".symtab")->sh_offset);
	size_t n = section(".symtab")->sh_size / sizeof(*symbols), i;
	const char *names = (char *)object + section(".strtab")->sh_offset;
	struct symbol_want want = { .name = "twice" };
	struct elf_file *file = open_good();
	struct diag diag = { 0 };

	ck_assert_int_eq(elf_file_symbols(file, &want, 1, &diag), ST_OK);
	for (i = 0; i < n; i++) {
		if (!strcmp(names + symbols[i].st_name, "twice") &&
		    ELF64_ST_BIND(symbols[i].st_info) == STB_GLOBAL)
			ck_assert_uint_eq(want.address, symbols[i].st_value);
	}
	elf_file_close(file);
}
END_TEST

static void damage_link(void) { section(".symtab")->sh_link = 0xffffff; }
static void damage_entsize(void) { section(".symtab")->sh_entsize = 0; }

static void damage_link_type(void)
{
	section(".symtab")->sh_link = section(".text") - section_headers();
}

static void damage_symbol_name(void)
{
	Elf64_Shdr *symtab = section(".symtab");
	Elf64_Sym *last = (Elf64_Sym *)(object + symtab->sh_offset +
					symtab->sh_size) - 1;

	last->st_name = UINT32_MAX;
	last->st_shndx = SHN_ABS;
	last->st_info = 0;
}

static void damage_symbol_names_end(void)
{
	Elf64_Shdr *strtab = section(".strtab");

	object[strtab->sh_offset + strtab->sh_size - 1] = 'x';
}

static const struct {
	void (*damage)(void);
	const char *part;
} bad_symbols[] = {
	{ damage_link, "section 16777215" },
	{ damage_link_type, "not a string table" },
	{ damage_entsize, "symbols of 0 bytes" },
	{ damage_symbol_name, "past the end of the string table" },
	{ damage_symbol_names_end, "zero byte" },
};

START_TEST(elf_bad_symbols)
{
	struct symbol_want want = { .name = "twice" };
	struct elf_file *file;
	struct diag diag = { 0 };

	bad_symbols[_i].damage();
	write_damaged();
	ck_assert_int_eq(elf_file_open(damaged_path, &file, &diag), ST_OK);
	ck_assert_int_eq(elf_file_symbols(file, &want, 1, &diag),
			 ST_CORRUPT);
	assert_says(&diag, damaged_path);
	assert_says(&diag, bad_symbols[_i].part);
	elf_file_close(file);
}
END_TEST

START_TEST(elf_bytes)
{
	struct symbol_want wants[] = {
		{ .name = "layouts_magic" }, { .name = "layouts_zeroes" },
	};
	struct elf_file *file = open_good();
	struct diag diag = { 0 };
	const void *bytes;
	size_t len;

	ck_assert_int_eq(elf_file_symbols(file, wants, 2, &diag), ST_OK);
	ck_assert_int_eq(elf_file_bytes_at(file, wants[0].address,
					   wants[0].size, &bytes, &len,
					   &diag), ST_OK);
	ck_assert_uint_eq(len, sizeof(LAYOUTS_MAGIC));
	ck_assert_mem_eq(bytes, LAYOUTS_MAGIC, len);
	ck_assert_int_eq(elf_file_bytes_at(file, wants[0].address, SIZE_MAX,
					   &bytes, &len, &diag), ST_OK);
	ck_assert_uint_eq(len, section(".rodata")->sh_addr +
			  section(".rodata")->sh_size - wants[0].address);
	ck_assert_int_eq(elf_file_bytes_at(file, wants[1].address, 8, &bytes,
					   &len, &diag), ST_ABSENT);
	ck_assert_int_eq(elf_file_bytes_at(file, UINT64_MAX, 8, &bytes, &len,
					   &diag), ST_ABSENT);
	assert_says(&diag, "0xffffffffffffffff");
	elf_file_close(file);
}
END_TEST

static Elf64_Nhdr *build_id_note(void)
{
	return (Elf64_Nhdr *)(object +
			      section(".note.gnu.build-id")->sh_offset);
}

static enum status read_build_id(char *ret_hex, struct diag *diag)
{
	struct elf_file *file;
	const char *hex;
	enum status st;

	write_damaged();
	ck_assert_int_eq(elf_file_open(damaged_path, &file, diag), ST_OK);
	st = elf_file_build_id(file, &hex, diag);
	if (st == ST_OK)
		strcpy(ret_hex, hex);
	elf_file_close(file);
	return st;
}

START_TEST(elf_build_id)
{
	unsigned char *id = (unsigned char *)(build_id_note() + 1) + 4;
	struct diag diag = { 0 };
	char hex[256];

	build_id_note()->n_descsz = 4;
	memcpy(id, "\x01\xab\xff\x30", 4);
	ck_assert_int_eq(read_build_id(hex, &diag), ST_OK);
	ck_assert_str_eq(hex, "01abff30");
}
END_TEST

static void damage_owner(void) { build_id_note()->n_namesz = UINT32_MAX; }
static void damage_id(void) { build_id_note()->n_descsz = UINT32_MAX - 2; }
static void damage_note_type(void) { build_id_note()->n_type = 1; }
static void damage_no_id(void) { build_id_note()->n_descsz = 0; }

static void damage_note_size(void)
{
	section(".note.gnu.build-id")->sh_size = 11;
}

static void (*const bad_notes[])(void) = {
	damage_owner, damage_id, damage_note_type, damage_no_id,
	damage_note_size,
};

START_TEST(elf_bad_notes)
{
	struct diag diag = { 0 };
	char hex[256];

	bad_notes[_i]();
	ck_assert_int_eq(read_build_id(hex, &diag), ST_ABSENT);
	assert_says(&diag, "no build-id");
}
END_TEST

/* DWARF: the ways to the units, which must all give the same answers. */
static const char *const first_symbols[] = { "nowhere", "layouts_first",
					     NULL };
static const char *const second_symbols[] = { "layouts_second", NULL };
static const char *const swapped_symbols[] = { "layouts_second", NULL };
static const char *const no_symbols[] = { NULL };

static const struct dwarf_anchor by_symbol[] = {
	{ "layouts.c", first_symbols },
	{ "layouts2.c", second_symbols },
};

static const struct dwarf_anchor by_name[] = {
	{ "layouts.c", no_symbols },
	{ "layouts2.c", no_symbols },
};

/* One is called as it was before it was renamed. */
static const struct dwarf_anchor by_former_name[] = {
	{ "new/layouts.c layouts.c", first_symbols },
	{ "layouts2.c youts.c", second_symbols },
};

/* The symbol is in the wrong unit, so the name must help. */
static const struct dwarf_anchor by_name_despite_symbol[] = {
	{ "layouts.c", swapped_symbols },
};

static const struct dwarf_anchor only_first[] = {
	{ "layouts.c", first_symbols },
};

static const struct dwarf_anchor nonsense[] = {
	{ "youts.c", first_symbols },
};

static const struct way {
	const struct dwarf_anchor *anchors;
	size_t n;
} ways[] = {
	{ by_symbol, COUNT(by_symbol) },
	{ by_name, COUNT(by_name) },
	{ by_name_despite_symbol, COUNT(by_name_despite_symbol) },
	{ only_first, COUNT(only_first) },
	{ nonsense, COUNT(nonsense) },
	{ NULL, 0 },
	{ by_former_name, COUNT(by_former_name) },
};

static struct elf_file *types_file;
static struct type_source *types;

static void open_types(const struct way *way)
{
	struct diag diag = { 0 };

	types_file = open_good();
	ck_assert_msg(dwarf_types_open(types_file, way->anchors, way->n,
				       &types, &diag) == ST_OK, "%s",
		      diag.text);
}

static void close_types(void)
{
	type_source_free(types);
	elf_file_close(types_file);
}

static enum status find_type(const char *name, unsigned int nth,
			     struct type_id *ret_type, struct diag *diag)
{
	return types->ops->find(types, name, nth, FIND_EVERYWHERE, ret_type,
				diag);
}

static struct type_id must_find(const char *name, unsigned int nth)
{
	struct diag diag = { 0 };
	struct type_id type;

	ck_assert_msg(find_type(name, nth, &type, &diag) == ST_OK, "%s",
		      diag.text);
	return type;
}

static uint64_t size_of(struct type_id type)
{
	struct diag diag = { 0 };
	uint64_t size;

	ck_assert_msg(types->ops->size(types, type, &size, &diag) == ST_OK,
		      "%s", diag.text);
	return size;
}

static struct member_info must_have(const char *name, struct type_id type,
				    const char *path)
{
	struct member_info info = { 0 };
	struct diag diag = { 0 };

	ck_assert_msg(types->ops->member(types, type, path, &info,
					 &diag) == ST_OK,
		      "%s.%s: %s", name, path, diag.text);
	return info;
}

#define SIZE_ROW(kind, type)	{ #type, sizeof(kind type) }

static const struct {
	const char *name;
	size_t size;
} sizes[] = {
	SIZE_ROW(struct, page), SIZE_ROW(struct, folio),
	SIZE_ROW(struct, vm_area_struct), SIZE_ROW(struct, list_head),
	SIZE_ROW(struct, rb_node), SIZE_ROW(union, both),
	SIZE_ROW(struct, arrays), SIZE_ROW(struct, flagged),
	SIZE_ROW(struct, circle),
};

START_TEST(dwarf_sizes)
{
	size_t i;

	open_types(&ways[_i]);
	for (i = 0; i < COUNT(sizes); i++)
		ck_assert_uint_eq(size_of(must_find(sizes[i].name, 0)),
				  sizes[i].size);
	close_types();
}
END_TEST

#define FIELD(kind, type, path)	(((kind type *)0)->path)
#define MEMBER(kind, type, path) {					\
	#type, #path, {							\
		offsetof(kind type, path), sizeof(FIELD(kind, type, path)), \
		0, sizeof(FIELD(kind, type, path))			\
	}								\
}
#define ARRAY(kind, type, path, element) {				\
	#type, #path, {							\
		offsetof(kind type, path), sizeof(FIELD(kind, type, path)), \
		sizeof(FIELD(kind, type, path)) / sizeof(element),	\
		sizeof(element)						\
	}								\
}

static const struct {
	const char *type;
	const char *path;
	struct member_info info;
} members[] = {
	MEMBER(struct, page, flags),
	MEMBER(struct, page, flags.f),
	MEMBER(struct, page, lru),
	MEMBER(struct, page, lru.prev),
	MEMBER(struct, page, mlock_count),
	MEMBER(struct, page, mapping),
	MEMBER(struct, page, __folio_index),
	MEMBER(struct, page, private),
	MEMBER(struct, page, compound_info),
	MEMBER(struct, page, page_type),
	MEMBER(struct, page, _mapcount),
	MEMBER(struct, page, _mapcount.counter),
	MEMBER(struct, page, _refcount),
	MEMBER(struct, folio, lru),
	MEMBER(struct, folio, page),
	MEMBER(struct, folio, page.mapping),
	MEMBER(struct, folio, __page_1._refcount.counter),
	ARRAY(struct, folio, _mm_id_mapcount, int),
	ARRAY(struct, folio, _matrix, unsigned short),
	MEMBER(struct, vm_area_struct, vm_end),
	MEMBER(struct, vm_area_struct, vm_freeptr),
	MEMBER(struct, vm_area_struct, vm_mount),
	MEMBER(struct, vm_area_struct, vm_flags),
	MEMBER(struct, vm_area_struct, __vm_flags),
	MEMBER(struct, vm_area_struct, shared),
	MEMBER(struct, vm_area_struct, shared.rb),
	MEMBER(struct, vm_area_struct, shared.rb.rb_left),
	MEMBER(struct, vm_area_struct, shared.rb_subtree_last),
	MEMBER(struct, vm_area_struct, tree),
	MEMBER(struct, vm_area_struct, fault),
	MEMBER(struct, vm_area_struct, anon_vma_chain.next),
	ARRAY(struct, arrays, comm, char),
	ARRAY(struct, arrays, lists, struct list_head),
	ARRAY(struct, arrays, names, unsigned char),
	ARRAY(struct, arrays, pages, void *),
	ARRAY(struct, arrays, tail, unsigned char),
	MEMBER(struct, arrays, zone),
	MEMBER(struct, arrays, state),
	MEMBER(struct, arrays, on),
	MEMBER(struct, arrays, wide),
	MEMBER(struct, flagged, after),
	MEMBER(union, both, word),
	MEMBER(union, both, half),
	MEMBER(union, both, half.high),
	MEMBER(struct, circle, next),
	MEMBER(struct, rb_root_cached, rb_root.rb_node),
	MEMBER(struct, rb_root_cached, rb_leftmost),
	{ "arrays", "bits",
	  { offsetof(struct arrays, bits), 0, 0, sizeof(unsigned long) } },
	/* As the System V ABI places bits: 3, 7 and 40 from bit 0 on. */
	{ "flagged", "low", { 0, 1, 0, 1 } },
	{ "flagged", "straddling", { 0, 2, 0, 2 } },
	{ "flagged", "wide", { 1, 6, 0, 6 } },
	{ "flagged", "whole",
	  { offsetof(struct flagged, after) + 1, 1, 0, 1 } },
};

START_TEST(dwarf_members)
{
	size_t i;

	open_types(&ways[_i]);
	for (i = 0; i < COUNT(members); i++) {
		struct type_id type = must_find(members[i].type, 0);
		struct member_info info = must_have(members[i].type, type,
						    members[i].path);

		ck_assert_msg(!memcmp(&info, &members[i].info, sizeof(info)),
			      "%s.%s: %u %u %u %u", members[i].type,
			      members[i].path, info.offset, info.size,
			      info.count, info.element_size);
	}
	close_types();
}
END_TEST

static const struct {
	const char *type;
	const char *path;
	const char *part;
} no_members[] = {
	{ "page", "no_such", "page: no member no_such" },
	{ "page", "flags.g.h", "page: no member flags.g" },
	{ "page", "mapping.list", "page: no member mapping.list" },
	{ "page", "", "page: no member" },
	{ "page", ".", "page: no member" },
	{ "page", "flags.", "page: no member flags." },
	{ "page", "fla", "page: no member fla" },
	{ "page", "flagss", "page: no member flagss" },
	{ "arrays", "lists.next", "arrays: no member lists.next" },
	{ "both", "low", "both: no member low" },
};

START_TEST(dwarf_no_members)
{
	struct member_info info = { 1, 2, 3, 4 }, before = info;
	struct diag diag = { 0 };
	struct type_id type;

	open_types(&ways[0]);
	type = must_find(no_members[_i].type, 0);
	ck_assert_int_eq(types->ops->member(types, type, no_members[_i].path,
					    &info, &diag), ST_ABSENT);
	assert_says(&diag, no_members[_i].part);
	assert_says(&diag, object_path());
	ck_assert_mem_eq(&info, &before, sizeof(info));
	close_types();
}
END_TEST

/* Found wherever it is, and the same struct twice counts as one. */
START_TEST(dwarf_same_name)
{
	struct type_id slots[2], none = { 77 };
	struct diag diag = { 0 };
	bool swapped;

	open_types(&ways[_i]);
	slots[0] = must_find("mm_slot", 0);
	slots[1] = must_find("mm_slot", 1);
	swapped = types->ops->member(types, slots[0], "rmap_list",
				     &(struct member_info) { 0 },
				     NULL) == ST_ABSENT;
	ck_assert_uint_eq(must_have("mm_slot", slots[swapped],
				    "rmap_list").offset,
			  offsetof(struct mm_slot_first, rmap_list));
	ck_assert_uint_eq(must_have("mm_slot", slots[!swapped],
				    "mm_node").offset,
			  offsetof(struct mm_slot_second, mm_node));
	ck_assert_int_eq(find_type("mm_slot", 2, &none, &diag), ST_ABSENT);
	ck_assert_int_eq(find_type("list_head", 1, &none, &diag), ST_ABSENT);
	assert_says(&diag, "list_head");
	ck_assert_uint_eq(none.v, 77);
	ck_assert_uint_eq(must_have("only_second", must_find("only_second",
							     0), "nid").offset,
			  offsetof(struct only_second_body, nid));
	close_types();
}
END_TEST

static const char *const no_types[] = {
	"mount",		/* declared, not defined */
	"ount", "",		/* tails of names */
	"no_such_struct",
	"zone_type",		/* an enum */
	"memdesc_flags_t",	/* a typedef */
	"layouts_first",	/* a function */
};

START_TEST(dwarf_no_types)
{
	struct diag diag = { 0 };
	struct type_id type;
	size_t i;

	open_types(&ways[_i]);
	for (i = 0; i < COUNT(no_types); i++) {
		ck_assert_int_eq(find_type(no_types[i], 0, &type, &diag),
				 ST_ABSENT);
		assert_says(&diag, no_types[i]);
		ck_assert_int_eq(find_type(no_types[i], 0, &type, NULL),
				 ST_ABSENT);
	}
	close_types();
}
END_TEST

static const struct {
	const char *name;
	int64_t value;
} enumerators[] = {
	{ "ZONE_DMA", ZONE_DMA }, { "ZONE_DEVICE", ZONE_DEVICE },
	{ "PG_locked", PG_locked }, { "PG_writeback", PG_writeback },
	{ "PG_huge", PG_huge }, { "STATE_ON", STATE_ON },
	{ "SECTION_MAP_LAST_BIT", SECTION_MAP_LAST_BIT },
	{ "ERROR_NONE", ERROR_NONE }, { "ERROR_LOW", ERROR_LOW },
	{ "WIDE", WIDE },
};

START_TEST(dwarf_enumerators)
{
	struct diag diag = { 0 };
	int64_t value = 0;
	size_t i;

	open_types(&ways[0]);
	for (i = 0; i < COUNT(enumerators); i++) {
		ck_assert_msg(types->ops->enumerator(types,
						     enumerators[i].name,
						     &value, &diag) == ST_OK,
			      "%s", diag.text);
		ck_assert_int_eq(value, enumerators[i].value);
	}
	ck_assert_int_eq(types->ops->enumerator(types, "SECOND_B", &value,
						&diag), ST_OK);
	ck_assert_int_eq(value, 11);
	ck_assert_int_eq(types->ops->enumerator(types, "PG_none", &value,
						&diag), ST_ABSENT);
	assert_says(&diag, "PG_none");
	ck_assert_int_eq(value, 11);
	close_types();
}
END_TEST

/* Nobody has looked, so nobody can say that it is not there. */
START_TEST(dwarf_enumerators_unknown)
{
	struct diag diag = { 0 };
	int64_t value;

	open_types(&ways[4]);
	ck_assert_int_eq(types->ops->enumerator(types, "ZONE_DMA", &value,
						&diag), ST_UNKNOWN);
	assert_says(&diag, "ZONE_DMA");
	ck_assert_int_eq(types->ops->enumerators(types, "zone_type", NULL,
						 NULL, &diag), ST_UNKNOWN);
	close_types();
}
END_TEST

static void list_enumerator(const char *name, int64_t value, void *arg)
{
	char *text = arg;

	sprintf(text + strlen(text), "%s=%d ", name, (int)value);
}

START_TEST(dwarf_enum_list)
{
	struct diag diag = { 0 };
	char text[256] = "";

	open_types(&ways[0]);
	ck_assert_int_eq(types->ops->enumerators(types, "zone_type",
						 list_enumerator, text,
						 &diag), ST_OK);
	ck_assert_str_eq(text, "ZONE_DMA=0 ZONE_NORMAL=1 ZONE_DEVICE=200 "
			 "__MAX_NR_ZONES=201 ");
	ck_assert_int_eq(types->ops->enumerators(types, "page",
						 list_enumerator, text,
						 &diag), ST_ABSENT);
	assert_says(&diag, "no enum page");
	close_types();
}
END_TEST

static enum status open_damaged_types(struct diag *diag)
{
	enum status st;

	write_damaged();
	ck_assert_int_eq(elf_file_open(damaged_path, &types_file, diag),
			 ST_OK);
	st = dwarf_types_open(types_file, by_symbol, COUNT(by_symbol), &types,
			      diag);
	if (st != ST_OK)
		elf_file_close(types_file);
	return st;
}

START_TEST(dwarf_none)
{
	struct diag diag = { 0 };

	memcpy(section_name(section(".debug_info")), ".gone", 5);
	ck_assert_int_eq(open_damaged_types(&diag), ST_ABSENT);
	assert_says(&diag, damaged_path);
	assert_says(&diag, ".debug_info");
}
END_TEST

static unsigned char *contents(const char *name)
{
	return object + section(name)->sh_offset;
}

static void damage_unit_length(void)
{
	memset(contents(".debug_info"), 0xfe, 4);
}

static void damage_unit_length_64(void)
{
	memset(contents(".debug_info"), 0xff, 12);
}

static void damage_unit_version(void)
{
	memset(contents(".debug_info") + 4, 0x77, 2);
}

static void damage_abbrev(void)
{
	memset(contents(".debug_abbrev"), 0xff,
	       section(".debug_abbrev")->sh_size);
}

static void damage_abbrev_missing(void)
{
	section(".debug_abbrev")->sh_type = SHT_NOBITS;
}

static void damage_entries(void)
{
	memset(contents(".debug_info") + 64, 0x55,
	       section(".debug_info")->sh_size - 64);
}

static void damage_short(void) { section(".debug_info")->sh_size = 3; }
static void damage_strings(void) { section(".debug_str")->sh_size = 2; }

static void (*const bad_dwarf[])(void) = {
	damage_unit_length, damage_unit_length_64, damage_unit_version,
	damage_abbrev, damage_abbrev_missing, damage_entries, damage_short,
	damage_strings,
};

/* Never "absent", as the question could not be answered; not even later. */
START_TEST(dwarf_bad)
{
	struct diag diag = { 0 };
	struct type_id type;
	int64_t value;
	int i;

	bad_dwarf[_i]();
	ck_assert_int_eq(open_damaged_types(&diag), ST_OK);
	ck_assert_int_eq(find_type("page", 0, &type, &diag), ST_CORRUPT);
	assert_says(&diag, damaged_path);
	assert_says(&diag, ".debug_");
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(find_type("mount", 0, &type, &diag),
				 ST_CORRUPT);
		assert_says(&diag, damaged_path);
		assert_says(&diag, ".debug_");
		ck_assert_int_ne(types->ops->enumerator(types, "no_such_one",
							&value, &diag),
				 ST_ABSENT);
		assert_says(&diag, damaged_path);
	}
	close_types();
}
END_TEST

static void damage_aranges(void)
{
	if (find_section(".debug_aranges"))	/* clang writes none */
		memset(contents(".debug_aranges"), 0xee, 4);
}

static void (*const bad_shortcuts[])(void) = {
	damage_aranges, damage_link, damage_symbol_name,
};

/* Without a way from symbols to units there is still the way by name. */
START_TEST(dwarf_bad_shortcuts)
{
	struct diag diag = { 0 };
	int64_t value;

	bad_shortcuts[_i]();
	ck_assert_int_eq(open_damaged_types(&diag), ST_OK);
	ck_assert_uint_eq(size_of(must_find("page", 0)), sizeof(struct page));
	ck_assert_int_eq(types->ops->enumerator(types, "no_such_one", &value,
						&diag), ST_ABSENT);
	close_types();
}
END_TEST

/* Ask everything; any answer is good that comes back. */
static void ask_everything(void)
{
	struct member_info info;
	struct type_id type;
	int64_t value;
	size_t i;

	for (i = 0; i < COUNT(members); i++) {
		if (find_type(members[i].type, 0, &type, NULL) == ST_OK)
			(void)!types->ops->member(types, type,
						  members[i].path, &info,
						  NULL);
	}
	for (i = 0; i < COUNT(enumerators); i++)
		(void)!types->ops->enumerator(types, enumerators[i].name,
					      &value, NULL);
	(void)!find_type("mm_slot", 2, &type, NULL);
}

/* Bytes changed here and there, the same ones each time. */
START_TEST(dwarf_scribbled)
{
	Elf64_Shdr *victim = section(_i % 3 ? ".debug_info" :
				     ".debug_abbrev");
	uint64_t random = _i;
	struct diag diag = { 0 };
	int i;

	for (i = 0; i < 1 + _i % 4; i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		object[victim->sh_offset + (random >> 33) %
		       victim->sh_size] = random >> 24;
	}
	ck_assert_int_eq(open_damaged_types(&diag), ST_OK);
	ask_everything();
	close_types();
}
END_TEST

/* find_vmlinux(): a tree with the object in it, under several names. */
static char build_id[256];

static void make_parents(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s/%s')\"",
		 dir, path);
	ck_assert_int_eq(system(command), 0);
}

static void place(const char *name, const void *bytes, size_t n)
{
	char path[512];

	make_parents(name);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	write_file(path, bytes, n);
}

static enum status find_in_dir(const char *id, const char *release,
			       char *ret_path, struct diag *diag)
{
	const char *dirs[] = { "/nowhere", dir, NULL };
	struct elf_file *file;
	enum status st = find_vmlinux(id, release, dirs, &file, diag);

	if (st == ST_OK) {
		strcpy(ret_path, elf_file_path(file) + strlen(dir) + 1);
		elf_file_close(file);
	}
	return st;
}

static void know_build_id(void)
{
	struct elf_file *file = open_good();
	struct diag diag = { 0 };
	const char *hex;

	ck_assert_int_eq(elf_file_build_id(file, &hex, &diag), ST_OK);
	strcpy(build_id, hex);
	elf_file_close(file);
}

START_TEST(find_by_build_id)
{
	struct diag diag = { 0 };
	char path[512], name[300];

	know_build_id();
	snprintf(name, sizeof(name), ".build-id/%.2s/%s.debug", build_id,
		 build_id + 2);
	place(name, object, object_size);
	place("boot/vmlinux-6.1.0", object, object_size);
	ck_assert_int_eq(find_in_dir(build_id, "6.1.0", path, &diag), ST_OK);
	ck_assert_str_eq(path, name);
	ck_assert_int_eq(find_in_dir(build_id, NULL, path, &diag), ST_OK);
	ck_assert_int_eq(find_in_dir(NULL, "6.1.0", path, &diag), ST_OK);
	ck_assert_str_eq(path, "boot/vmlinux-6.1.0");
}
END_TEST

static const char *const release_names[] = {
	"boot/vmlinux-6.1.0", "vmlinux-6.1.0", "lib/modules/6.1.0/vmlinux",
	"usr/lib/modules/6.1.0/vmlinux",
	"usr/lib/modules/6.1.0/vmlinux.debug", "boot/vmlinux-6.1.0.debug",
};

START_TEST(find_by_release)
{
	struct diag diag = { 0 };
	char path[512];

	know_build_id();
	place(release_names[_i], object, object_size);
	ck_assert_int_eq(find_in_dir(build_id, "6.1.0", path, &diag), ST_OK);
	ck_assert_str_eq(path, release_names[_i]);
}
END_TEST

/* The wrong one, and one that is none, do not hide the right one. */
START_TEST(find_passes_over)
{
	struct diag diag = { 0 };
	char path[512];

	know_build_id();
	place("usr/lib/modules/6.1.0/vmlinux", object, object_size);
	place("boot/vmlinux-6.1.0", "MZ", 2);
	memset((unsigned char *)(build_id_note() + 1) + 4, 0xaa, 4);
	place("vmlinux-6.1.0", object, object_size);
	memcpy(section_name(section(".debug_info")), ".gone", 5);
	place("lib/modules/6.1.0/vmlinux", object, object_size);
	ck_assert_int_eq(find_in_dir(build_id, "6.1.0", path, &diag), ST_OK);
	ck_assert_str_eq(path, "usr/lib/modules/6.1.0/vmlinux");
	ck_assert_int_eq(find_in_dir("aaaaaaaa", "6.1.0", path, &diag),
			 ST_ABSENT);
	assert_says(&diag, "boot/vmlinux-6.1.0: not an ELF file (a boot image");
	assert_says(&diag, "vmlinux-6.1.0: its build-id is aaaaaaaa");
	assert_says(&diag, "/nowhere");
	assert_says(&diag, ".build-id/aa/aaaaaa.debug");
	ck_assert_int_eq(find_in_dir(NULL, "6.1.0", path, &diag), ST_OK);
	ck_assert_str_eq(path, "vmlinux-6.1.0");
}
END_TEST

START_TEST(find_without_debug_info)
{
	struct diag diag = { 0 };
	char path[512];

	memcpy(section_name(section(".debug_info")), ".gone", 5);
	place("vmlinux-6.1.0", object, object_size);
	ck_assert_int_eq(find_in_dir(NULL, "6.1.0", path, &diag), ST_ABSENT);
	assert_says(&diag, "vmlinux-6.1.0: no section .debug_info");
}
END_TEST

static const struct {
	const char *build_id;
	const char *release;
} hostile_names[] = {
	{ NULL, NULL }, { "", "" }, { "ab", "../x" }, { "../../etc", "a/b" },
	{ "ABCDEF", "/" },
};

START_TEST(find_hostile_names)
{
	struct diag diag = { 0 };
	char path[512];

	ck_assert_int_eq(find_in_dir(hostile_names[_i].build_id,
				     hostile_names[_i].release, path, &diag),
			 ST_ABSENT);
	assert_says(&diag, "neither build-id nor release");
}
END_TEST

/* Must not run over the end of the message either. */
START_TEST(find_long_names)
{
	struct diag diag = { 0 };
	char path[512], release[3000];

	memset(release, 'r', sizeof(release) - 1);
	release[sizeof(release) - 1] = '\0';
	ck_assert_int_eq(find_in_dir(NULL, release, path, &diag), ST_ABSENT);
	assert_says(&diag, "no vmlinux");
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static void add_elf_tests(TCase *tcase)
{
	tcase_add_test(tcase, elf_not_there);
	tcase_add_loop_test(tcase, elf_not_elf, 0, COUNT(not_elf));
	tcase_add_test(tcase, elf_truncated);
	tcase_add_loop_test(tcase, elf_bad_headers, 0, COUNT(bad_headers));
	tcase_add_test(tcase, elf_no_sections);
	tcase_add_test(tcase, elf_identity);
	tcase_add_test(tcase, elf_section_contents);
	tcase_add_test(tcase, elf_symbols);
	tcase_add_test(tcase, elf_global_symbol_wins);
	tcase_add_loop_test(tcase, elf_bad_symbols, 0, COUNT(bad_symbols));
	tcase_add_test(tcase, elf_bytes);
	tcase_add_test(tcase, elf_build_id);
	tcase_add_loop_test(tcase, elf_bad_notes, 0, COUNT(bad_notes));
}

static void add_dwarf_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, dwarf_sizes, 0, COUNT(ways));
	tcase_add_loop_test(tcase, dwarf_members, 0, COUNT(ways));
	tcase_add_loop_test(tcase, dwarf_no_members, 0, COUNT(no_members));
	tcase_add_loop_test(tcase, dwarf_same_name, 0, COUNT(ways));
	tcase_add_loop_test(tcase, dwarf_no_types, 0, COUNT(ways));
	tcase_add_test(tcase, dwarf_enumerators);
	tcase_add_test(tcase, dwarf_enumerators_unknown);
	tcase_add_test(tcase, dwarf_enum_list);
	tcase_add_test(tcase, dwarf_none);
	tcase_add_loop_test(tcase, dwarf_bad, 0, COUNT(bad_dwarf));
	tcase_add_loop_test(tcase, dwarf_bad_shortcuts, 0,
			    COUNT(bad_shortcuts));
	tcase_add_loop_test(tcase, dwarf_scribbled, 0, 200);
}

static void add_find_tests(TCase *tcase)
{
	tcase_add_test(tcase, find_by_build_id);
	tcase_add_loop_test(tcase, find_by_release, 0,
			    COUNT(release_names));
	tcase_add_test(tcase, find_passes_over);
	tcase_add_test(tcase, find_without_debug_info);
	tcase_add_loop_test(tcase, find_hostile_names, 0,
			    COUNT(hostile_names));
	tcase_add_test(tcase, find_long_names);
}

int main(void)
{
	Suite *suite = suite_create("debuginfo");
	SRunner *runner = srunner_create(suite);
	int failed;

	add_elf_tests(new_case(suite, "elf_file"));
	add_dwarf_tests(new_case(suite, "dwarf_types"));
	add_find_tests(new_case(suite, "find"));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
