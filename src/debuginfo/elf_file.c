/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See elf_file.h. libelf reads the headers; contents are taken straight from
 * the mapping, because libelf copies what it converts or finds unaligned.
 */
#include "debuginfo/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "debuginfo/bytes.h"
#include "debuginfo/name_table.h"

/* The longest build-id there is is a SHA-256; leave it room to grow. */
#define BUILD_ID_MAX	64

struct elf_file {
	char *path;
	void *map;
	size_t size;
	Elf *elf;
	size_t n_sections;
	size_t names;		/* section with the names of sections */
	uint16_t machine;
	char build_id[2 * BUILD_ID_MAX + 1];
};

struct section {
	GElf_Shdr header;
	const char *name;
};

/* What a file that is not ELF may be instead, by its first bytes. */
static const struct {
	const char *magic;
	size_t len;
	const char *what;
} lookalikes[] = {
	{ "\x1f\x8b", 2, "gzip-compressed" },
	{ "BZh", 3, "bzip2-compressed" },
	{ "\xfd" "7zXZ", 5, "xz-compressed" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed" },
	{ "MZ", 2, "a boot image; its vmlinux is wanted" },
	{ "KDUMP   ", 8, "a dump, not a kernel" },
	{ "makedumpfile", 12, "a flattened dump, not a kernel" },
	{ "!<arch>", 7, "an archive" },
};

static enum status explain_not_elf(const struct elf_file *file,
				   struct diag *diag)
{
	size_t i;

	for (i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++) {
		if (file->size >= lookalikes[i].len &&
		    !memcmp(file->map, lookalikes[i].magic,
			    lookalikes[i].len))
			return diag_fail(diag, ST_UNSUPPORTED,
					 "not an ELF file (%s)",
					 lookalikes[i].what);
	}
	return diag_fail(diag, ST_UNSUPPORTED, "not an ELF file");
}

static enum status map_file(struct elf_file *file, struct diag *diag)
{
	/* Opening a FIFO must not wait for somebody to write to it. */
	cleanup_close int fd = open(file->path,
				    O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat))
		return diag_fail(diag, ST_IO, "cannot open: %s",
				 strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return diag_fail(diag, ST_UNSUPPORTED, "not a regular file");
	if (!stat.st_size)
		return diag_fail(diag, ST_UNSUPPORTED, "the file is empty");
	file->size = stat.st_size;
	file->map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file->map == MAP_FAILED) {
		file->map = NULL;
		return diag_fail(diag, ST_IO, "cannot map into memory: %s",
				 strerror(errno));
	}
	return ST_OK;
}

static enum status check_identity(const struct elf_file *file,
				  struct diag *diag)
{
	const unsigned char *ident = file->map;

	if (file->size < SELFMAG || memcmp(ident, ELFMAG, SELFMAG))
		return explain_not_elf(file, diag);
	if (file->size < EI_NIDENT)
		return diag_fail(diag, ST_CORRUPT, "truncated ELF header");
	if (ident[EI_CLASS] != ELFCLASS64)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "not a 64-bit ELF file");
	if (ident[EI_DATA] != ELFDATA2LSB)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "not a little-endian ELF file");
	if (file->size < sizeof(Elf64_Ehdr))
		return diag_fail(diag, ST_CORRUPT, "truncated ELF header");
	return ST_OK;
}

/* Only a linked file has its addresses in place. */
static enum status check_type(const GElf_Ehdr *header, struct diag *diag)
{
	if (header->e_type == ET_CORE)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "an ELF core dump, not a kernel");
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "not a linked ELF file (type %u%s)",
				 header->e_type, header->e_type == ET_REL ?
				 ", as objects and modules are" : "");
	return ST_OK;
}

/* libelf answers these with "no sections" or with a guess. */
static enum status check_section_table(const struct elf_file *file,
				       const GElf_Ehdr *header,
				       struct diag *diag)
{
	uint64_t bytes = (uint64_t)header->e_shnum * sizeof(Elf64_Shdr);

	if (!header->e_shoff)
		return ST_OK;
	if (header->e_shentsize != sizeof(Elf64_Shdr))
		return diag_fail(diag, ST_CORRUPT,
				 "section headers of %u bytes",
				 header->e_shentsize);
	if (header->e_shoff > file->size ||
	    bytes > file->size - header->e_shoff)
		return diag_fail(diag, ST_CORRUPT,
				 "section headers at 0x%jx lie past the end of the file (truncated?)",
				 (uintmax_t)header->e_shoff);
	return ST_OK;
}

static enum status open_headers(struct elf_file *file, struct diag *diag)
{
	GElf_Ehdr header;
	enum status st;

	elf_version(EV_CURRENT);
	file->elf = elf_memory(file->map, file->size);
	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF ||
	    !gelf_getehdr(file->elf, &header))
		return diag_fail(diag, ST_CORRUPT, "bad ELF header: %s",
				 elf_errmsg(-1));
	st = check_type(&header, diag);
	if (st != ST_OK)
		return st;
	st = check_section_table(file, &header, diag);
	if (st != ST_OK)
		return st;
	file->machine = header.e_machine;
	if (elf_getshdrnum(file->elf, &file->n_sections) ||
	    elf_getshdrstrndx(file->elf, &file->names))
		return diag_fail(diag, ST_CORRUPT, "bad section headers: %s",
				 elf_errmsg(-1));
	return ST_OK;
}

static bool has_contents(const GElf_Shdr *header)
{
	return header->sh_type != SHT_NOBITS && header->sh_type != SHT_NULL &&
	       header->sh_size;
}

static enum status get_section(struct elf_file *file, size_t index,
			       struct section *ret_section, struct diag *diag)
{
	struct section section;
	Elf_Scn *scn = elf_getscn(file->elf, index);

	if (!scn || !gelf_getshdr(scn, &section.header))
		return diag_fail(diag, ST_CORRUPT, "section %zu: %s", index,
				 elf_errmsg(-1));
	section.name = elf_strptr(file->elf, file->names,
				  section.header.sh_name);
	if (!section.name)
		return diag_fail(diag, ST_CORRUPT,
				 "section %zu: no name at 0x%jx", index,
				 (uintmax_t)section.header.sh_name);
	if (has_contents(&section.header) &&
	    (section.header.sh_offset > file->size ||
	     section.header.sh_size > file->size - section.header.sh_offset))
		return diag_fail(diag, ST_CORRUPT,
				 "section %s lies past the end of the file (truncated?)",
				 section.name);
	*ret_section = section;
	return ST_OK;
}

static struct bytes contents(const struct elf_file *file,
			     const struct section *section)
{
	if (!has_contents(&section->header))
		return (struct bytes) { 0 };
	return (struct bytes) {
		(const uint8_t *)file->map + section->header.sh_offset,
		section->header.sh_size,
	};
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static bool is_compressed_debug(const struct section *section)
{
	if (starts_with(section->name, ".zdebug_"))
		return true;
	return (section->header.sh_flags & SHF_COMPRESSED) &&
	       starts_with(section->name, ".debug_");
}

/* So that what comes later can trust every section header. */
static enum status check_sections(struct elf_file *file, struct diag *diag)
{
	size_t i;

	for (i = 1; i < file->n_sections; i++) {
		struct section section = { 0 };
		enum status st = get_section(file, i, &section, diag);

		if (st != ST_OK)
			return st;
		if (is_compressed_debug(&section))
			return diag_fail(diag, ST_UNSUPPORTED,
					 "section %s is compressed (objcopy --decompress-debug-sections undoes it)",
					 section.name);
	}
	return ST_OK;
}

static enum status open_mapped(struct elf_file *file, struct diag *diag)
{
	enum status st = map_file(file, diag);

	if (st == ST_OK)
		st = check_identity(file, diag);
	if (st == ST_OK)
		st = open_headers(file, diag);
	if (st == ST_OK)
		st = check_sections(file, diag);
	return st;
}

enum status elf_file_open(const char *path, struct elf_file **ret_file,
			  struct diag *diag)
{
	cleanup(elf_file_close_cleanup) struct elf_file *file = NULL;
	enum status st;

	file = calloc(1, sizeof(*file));
	if (!file)
		return diag_no_memory(diag);
	file->path = strdup(path);
	if (!file->path)
		return diag_no_memory(diag);
	st = open_mapped(file, diag);
	if (st != ST_OK)
		return diag_under(diag, st, "%s", path);
	*ret_file = take(file);
	return ST_OK;
}

void elf_file_close(struct elf_file *file)
{
	if (!file)
		return;
	elf_end(file->elf);
	if (file->map)
		munmap(file->map, file->size);
	free(file->path);
	free(file);
}

const char *elf_file_path(const struct elf_file *file)
{
	return file->path;
}

uint16_t elf_file_machine(const struct elf_file *file)
{
	return file->machine;
}

enum status elf_file_section(struct elf_file *file, const char *name,
			     struct elf_section *ret_section,
			     struct diag *diag)
{
	size_t i;

	for (i = 1; i < file->n_sections; i++) {
		struct section section = { 0 };
		struct bytes bytes;
		enum status st = get_section(file, i, &section, diag);

		if (st != ST_OK)
			return diag_under(diag, st, "%s", file->path);
		bytes = contents(file, &section);
		if (!bytes.n || strcmp(section.name, name))
			continue;
		*ret_section = (struct elf_section) {
			.data = bytes.p,
			.size = bytes.n,
			.address = section.header.sh_addr,
		};
		return ST_OK;
	}
	return diag_fail(diag, ST_ABSENT, "%s: no section %s", file->path,
			 name);
}

static void write_hex(char *to, struct bytes id)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < id.n; i++) {
		*to++ = digits[id.p[i] >> 4];
		*to++ = digits[id.p[i] & 15];
	}
	*to = '\0';
}

static bool is_build_id(const Elf64_Nhdr *note, struct bytes owner,
			struct bytes id)
{
	return note->n_type == NT_GNU_BUILD_ID &&
	       owner.n == sizeof("GNU") &&
	       !memcmp(owner.p, "GNU", sizeof("GNU")) &&
	       id.n && id.n <= BUILD_ID_MAX;
}

/*
 * Notes are padded to four bytes, those in a section aligned to eight (GNU
 * properties) to eight. The last one's padding may be missing.
 */
static bool find_build_id(struct bytes notes, uint64_t align,
			  struct bytes *ret_id)
{
	uint64_t pad = (align == 8 ? 8 : 4) - 1;
	struct bytes owner, id;
	Elf64_Nhdr note;

	while (bytes_u32(&notes, &note.n_namesz) &&
	       bytes_u32(&notes, &note.n_descsz) &&
	       bytes_u32(&notes, &note.n_type) &&
	       bytes_split(&notes, note.n_namesz, &owner) &&
	       bytes_skip(&notes, -(note.n_namesz + sizeof(note)) & pad) &&
	       bytes_split(&notes, note.n_descsz, &id)) {
		if (is_build_id(&note, owner, id)) {
			*ret_id = id;
			return true;
		}
		if (!bytes_skip(&notes, -(uint64_t)note.n_descsz & pad))
			break;
	}
	return false;
}

enum status elf_file_build_id(struct elf_file *file, const char **ret_hex,
			      struct diag *diag)
{
	size_t i;

	for (i = 1; i < file->n_sections && !file->build_id[0]; i++) {
		struct section section = { 0 };
		struct bytes id;
		enum status st = get_section(file, i, &section, diag);

		if (st != ST_OK)
			return diag_under(diag, st, "%s", file->path);
		if (section.header.sh_type == SHT_NOTE &&
		    find_build_id(contents(file, &section),
				  section.header.sh_addralign, &id))
			write_hex(file->build_id, id);
	}
	if (!file->build_id[0])
		return diag_fail(diag, ST_ABSENT, "%s: no build-id note",
				 file->path);
	*ret_hex = file->build_id;
	return ST_OK;
}

enum status elf_file_bytes_at(struct elf_file *file, uint64_t address,
			      size_t len, const void **ret_bytes,
			      size_t *ret_len, struct diag *diag)
{
	size_t i;

	for (i = 1; i < file->n_sections; i++) {
		struct section section = { 0 };
		struct bytes bytes;
		enum status st = get_section(file, i, &section, diag);

		if (st != ST_OK)
			return diag_under(diag, st, "%s", file->path);
		bytes = contents(file, &section);
		if (!(section.header.sh_flags & SHF_ALLOC) ||
		    address < section.header.sh_addr ||
		    address - section.header.sh_addr >= bytes.n)
			continue;
		bytes_skip(&bytes, address - section.header.sh_addr);
		*ret_bytes = bytes.p;
		*ret_len = bytes.n < len ? bytes.n : len;
		return ST_OK;
	}
	return diag_fail(diag, ST_ABSENT, "%s: nothing at address 0x%jx",
			 file->path, (uintmax_t)address);
}

/*
 * The wanted symbols by name. Open addressing: whoever looks for a name must
 * see every slot up to the first empty one, as wants may repeat a name.
 */
struct want_slot {
	struct symbol_want *want;
	bool global;	/* what has been found so far is global */
};

/*
 * Hashing 200,000 names is what looking up symbols costs. Most are spared it,
 * as no wanted name starts with the same two bytes.
 */
struct want_table {
	struct want_slot *slots;
	size_t mask;
	bool starts[1 << 16];
};

static uint16_t start_of(const char *name)
{
	unsigned char first = name[0], second = first ? name[1] : 0;

	return first << 8 | second;
}

static void want_table_fini(struct want_table *table)
{
	free(table->slots);
}

static bool want_table_init(struct want_table *table,
			    struct symbol_want *wants, size_t n_wants)
{
	size_t room = 16, i;

	while (room < n_wants * 4)
		room *= 2;
	table->slots = calloc(room, sizeof(*table->slots));
	table->mask = room - 1;
	if (!table->slots)
		return false;
	for (i = 0; i < n_wants; i++) {
		size_t at = name_hash(wants[i].name) & table->mask;

		while (table->slots[at].want)
			at = (at + 1) & table->mask;
		wants[i].found = false;
		wants[i].n_found = 0;
		table->slots[at].want = &wants[i];
		table->starts[start_of(wants[i].name)] = true;
	}
	return true;
}

static void fill_in(struct want_slot *slot, const Elf64_Sym *symbol)
{
	bool global = ELF64_ST_BIND(symbol->st_info) != STB_LOCAL;

	slot->want->n_found++;
	if (slot->want->found && (slot->global || !global))
		return;
	slot->want->found = true;
	slot->want->address = symbol->st_value;
	slot->want->size = symbol->st_size;
	slot->global = global;
}

static void want_table_offer(struct want_table *table, const char *name,
			     const Elf64_Sym *symbol)
{
	size_t at;

	if (!table->starts[start_of(name)])
		return;
	at = name_hash(name) & table->mask;
	for (; table->slots[at].want; at = (at + 1) & table->mask) {
		if (!strcmp(table->slots[at].want->name, name))
			fill_in(&table->slots[at], symbol);
	}
}

static bool is_definition(const Elf64_Sym *symbol)
{
	unsigned int type = ELF64_ST_TYPE(symbol->st_info);

	return symbol->st_shndx != SHN_UNDEF && type != STT_SECTION &&
	       type != STT_FILE;
}

static enum status offer_symbols(struct want_table *table,
				 struct bytes symbols, struct bytes names,
				 struct diag *diag)
{
	Elf64_Sym symbol;

	/* One check here spares one per name: every name ends in time. */
	if (!names.n || names.p[names.n - 1])
		return diag_fail(diag, ST_CORRUPT,
				 "the symbol names do not end with a zero byte");
	while (bytes_copy(&symbols, &symbol, sizeof(symbol))) {
		if (!is_definition(&symbol))
			continue;
		if (symbol.st_name >= names.n)
			return diag_fail(diag, ST_CORRUPT,
					 "a symbol's name lies past the end of the string table");
		want_table_offer(table, (const char *)names.p +
				 symbol.st_name, &symbol);
	}
	return ST_OK;
}

static enum status find_symtab(struct elf_file *file,
			       struct section *ret_symbols, struct diag *diag)
{
	size_t i;

	for (i = 1; i < file->n_sections; i++) {
		struct section section = { 0 };
		enum status st = get_section(file, i, &section, diag);

		if (st != ST_OK)
			return st;
		if (section.header.sh_type == SHT_SYMTAB) {
			*ret_symbols = section;
			return ST_OK;
		}
	}
	return diag_fail(diag, ST_ABSENT, "no symbol table");
}

static enum status symtab_names(struct elf_file *file,
				const struct section *symbols,
				struct bytes *ret_names, struct diag *diag)
{
	struct section names;
	enum status st;

	if (symbols->header.sh_entsize != sizeof(Elf64_Sym))
		return diag_fail(diag, ST_CORRUPT, "symbols of %ju bytes",
				 (uintmax_t)symbols->header.sh_entsize);
	st = get_section(file, symbols->header.sh_link, &names, diag);
	if (st != ST_OK)
		return st;
	if (names.header.sh_type != SHT_STRTAB)
		return diag_fail(diag, ST_CORRUPT,
				 "its names (section %u) are not a string table",
				 symbols->header.sh_link);
	*ret_names = contents(file, &names);
	return ST_OK;
}

static enum status find_symbols(struct elf_file *file,
				struct want_table *table, struct diag *diag)
{
	struct section symbols = { 0 };
	struct bytes names = { 0 };
	enum status st;

	st = find_symtab(file, &symbols, diag);
	if (st != ST_OK)
		return st;
	st = symtab_names(file, &symbols, &names, diag);
	if (st == ST_OK)
		st = offer_symbols(table, contents(file, &symbols), names,
				   diag);
	if (st != ST_OK)
		return diag_under(diag, st, "%s", symbols.name);
	return ST_OK;
}

enum status elf_file_symbols(struct elf_file *file, struct symbol_want *wants,
			     size_t n_wants, struct diag *diag)
{
	cleanup(want_table_fini) struct want_table table = { 0 };
	enum status st;

	if (!want_table_init(&table, wants, n_wants))
		return diag_no_memory(diag);
	st = find_symbols(file, &table, diag);
	if (st != ST_OK)
		return diag_under(diag, st, "%s", file->path);
	return ST_OK;
}
