/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See system_map.h. The lines are those of nm, as scripts/mksysmap of the
 * kernel keeps them, and of s_show() in kernel/kallsyms.c:
 *
 *	ffffffff81000000 T _stext
 *	ffffffffc0401000 t a_function	[a_module]
 *
 * Each line is checked in full, wanted or not: text that was damaged on its
 * way would else only lack symbols, and nobody would hear why.
 */
#include "debuginfo/system_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "debuginfo/name_table.h"

/* Twenty times what a kernel with 230,000 symbols has. */
#define MAX_SIZE	(256u << 20)

/* What is asked for at a time when the file does not tell its size. */
#define BLOCK		(1u << 20)

#define DIGITS		16u	/* of an address */

/* One line; the name is not zero-terminated. */
struct line {
	uint64_t address;
	char type;
	const char *name;
	size_t len;
	bool of_module;
};

/* What was found for the want of the same place. */
struct match {
	unsigned int n_found;
	bool global;
	uint64_t address;
};

struct lookup {
	struct name_table wanted;	/* to places in matches */
	struct match *matches;
	size_t max_name;		/* of the wanted */
	char *name;			/* room for one of them */
	bool starts[1 << 16];		/* two bytes that a wanted one has */
	size_t n_symbols;		/* of the kernel itself */
	bool any_address;		/* one that is not 0 */
};

static void lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return;
	name_table_fini(&lookup->wanted);
	free(lookup->matches);
	free(lookup->name);
	free(lookup);
}
DEFINE_CLEANUP(struct lookup, lookup_free)

/* ---- what is wanted ---- */

/* Hashing is what a lookup costs; nearly all names are spared it. */
static uint16_t start_of(const char *name, size_t len)
{
	unsigned char first = len > 0 ? name[0] : 0;
	unsigned char second = len > 1 ? name[1] : 0;

	return first << 8 | second;
}

static enum status want(struct lookup *lookup, const char *name, size_t place)
{
	const size_t len = strlen(name);

	if (len > lookup->max_name)
		lookup->max_name = len;
	lookup->starts[start_of(name, len)] = true;
	return name_table_add(&lookup->wanted, name, place);
}

static enum status want_all(struct lookup *lookup,
			    const struct symbol_want *wants, size_t n_wants,
			    struct diag *diag)
{
	lookup->matches = calloc(n_wants + 1, sizeof(*lookup->matches));
	if (!lookup->matches)
		return diag_no_memory(diag);
	for (size_t i = 0; i < n_wants; i++)
		if (want(lookup, wants[i].name, i))
			return diag_no_memory(diag);
	lookup->name = malloc(lookup->max_name + 1);
	return lookup->name ? ST_OK : diag_no_memory(diag);
}

static bool is_better(const struct match *match, bool global, uint64_t address)
{
	if (!match->n_found)
		return true;
	if (global != match->global)
		return global;
	return address < match->address;
}

static void note_match(struct match *match, const struct line *line)
{
	const bool global = line->type >= 'A' && line->type <= 'Z';

	if (is_better(match, global, line->address)) {
		match->global = global;
		match->address = line->address;
	}
	match->n_found++;
}

static void offer(struct lookup *lookup, const struct line *line)
{
	const struct name_entry *entry;

	if (!lookup->starts[start_of(line->name, line->len)] ||
	    line->len > lookup->max_name)
		return;
	memcpy(lookup->name, line->name, line->len);
	lookup->name[line->len] = '\0';
	entry = name_table_first(&lookup->wanted, lookup->name);
	for (; entry; entry = name_table_next(&lookup->wanted, entry))
		note_match(&lookup->matches[entry->value], line);
}

/* ---- lines ---- */

/* Of each hex digit that nm and the kernel write, its value and one. */
static const uint8_t digits[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6,
	['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

/* How many digits there are, up to DIGITS; *ret_value is what they say. */
static size_t read_hex(const char *text, size_t len, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < len && i < DIGITS; i++) {
		const uint8_t digit = digits[(unsigned char)text[i]];

		if (!digit)
			break;
		value = value << 4 | (digit - 1u);
	}
	*ret_value = value;
	return i;
}

/* Printable ASCII without the space. */
static inline bool is_visible(char c)
{
	return c > ' ' && c <= '~';
}

/* By \001 and \002 the assembler marks labels of its own (as, Symbol Names). */
static inline bool is_of_name(char c)
{
	return is_visible(c) || c == '\001' || c == '\002';
}

static inline size_t name_length(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && is_of_name(text[i]))
		i++;
	return i;
}

static bool is_module(const char *text, size_t len)
{
	return len >= 4 && text[0] == '\t' && text[1] == '[' &&
	       text[len - 1] == ']' &&
	       name_length(text + 2, len - 2) == len - 2;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(const char *text, size_t len,
			     struct line *ret_line)
{
	struct line line;

	if (read_hex(text, len, &line.address) != DIGITS || len == DIGITS ||
	    text[DIGITS] != ' ')
		return "no address of 16 hex digits";
	text += DIGITS + 1;
	len -= DIGITS + 1;
	if (len < 2 || !is_visible(text[0]) || text[1] != ' ')
		return "no type letter";
	line.type = text[0];
	line.name = text + 2;
	line.len = name_length(text + 2, len - 2);
	if (!line.len)
		return "no name";
	text += 2 + line.len;
	len -= 2 + line.len;
	line.of_module = len > 0;
	if (line.of_module && !is_module(text, len))
		return "what follows the name is not a module in brackets";
	*ret_line = line;
	return NULL;
}

/* ---- what else it may be ---- */

struct lookalike {
	const char *magic;
	size_t len;
	const char *what;
};

static const struct lookalike lookalikes[] = {
	{ "\x7f" "ELF", 4, "an ELF file, maybe the vmlinux itself" },
	{ "\x1f\x8b", 2, "gzip-compressed" },
	{ "BZh", 3, "bzip2-compressed" },
	{ "\xfd" "7zXZ", 5, "xz-compressed" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed" },
	{ "MZ", 2, "a boot image" },
	{ "KDUMP   ", 8, "a dump" },
	{ "makedumpfile", 12, "a flattened dump" },
};

static const char *find_lookalike(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++)
		if (len >= lookalikes[i].len &&
		    !memcmp(text, lookalikes[i].magic, lookalikes[i].len))
			return lookalikes[i].what;
	return NULL;
}

/* All that the file of Debian's kernel packages in /boot says. */
static bool is_debian_stub(const char *line, size_t len)
{
	static const char says[] = "The real System.map is in the ";

	return memmem(line, len, says, sizeof(says) - 1);
}

static bool is_32_bit(const char *line, size_t len)
{
	uint64_t address;

	return read_hex(line, len, &address) == 8 && len > 8 && line[8] == ' ';
}

/* The first line is not one of ours: neither is the file. */
static enum status explain_not_ours(const char *line, size_t len,
				    const char *why, struct diag *diag)
{
	const char *what = find_lookalike(line, len);

	if (what)
		return diag_fail(diag, ST_UNSUPPORTED, "not a System.map (%s)",
				 what);
	if (is_debian_stub(line, len))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "Debian's stub; the real System.map is in the "
				 "package linux-image-<release>-dbg, as "
				 "/usr/lib/debug/boot/System.map-<release>");
	if (is_32_bit(line, len))
		return diag_fail(diag, ST_UNSUPPORTED,
				 "a System.map of a 32-bit kernel");
	return diag_fail(diag, ST_UNSUPPORTED,
			 "not a System.map: line 1: %s", why);
}

static enum status check_content(const struct lookup *lookup,
				 struct diag *diag)
{
	if (!lookup->n_symbols)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "it has symbols of modules only");
	if (!lookup->any_address)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "all addresses are 0: so /proc/kallsyms looks "
				 "to those without privilege (CAP_SYSLOG, and "
				 "kernel.kptr_restrict below 2)");
	return ST_OK;
}

/* ---- the whole ---- */

static void take_line(struct lookup *lookup, const struct line *line)
{
	if (line->of_module)
		return;
	lookup->n_symbols++;
	lookup->any_address |= line->address != 0;
	offer(lookup, line);
}

static enum status take_lines(struct lookup *lookup, const char *text,
			      size_t len, struct diag *diag)
{
	const char *const end = text + len;

	for (size_t number = 1; text < end; number++) {
		const char *stop = memchr(text, '\n', end - text);
		const size_t n = (stop ? stop : end) - text;
		struct line line;
		const char *why = read_line(text, n, &line);

		if (why && number == 1)
			return explain_not_ours(text, n, why, diag);
		if (!stop)
			why = "it does not end: the file is cut short";
		if (why)
			return diag_fail(diag, ST_CORRUPT, "line %zu: %s",
					 number, why);
		take_line(lookup, &line);
		text = stop + 1;
	}
	return ST_OK;
}

static void fill_in(const struct match *matches, struct symbol_want *wants,
		    size_t n_wants)
{
	for (size_t i = 0; i < n_wants; i++) {
		wants[i].n_found = matches[i].n_found;
		wants[i].found = matches[i].n_found > 0;
		wants[i].address = matches[i].address;
		wants[i].size = 0;
	}
}

enum status system_map_parse(const char *text, size_t len,
			     struct symbol_want *wants, size_t n_wants,
			     struct diag *diag)
{
	cleanup(lookup_free_cleanup) struct lookup *lookup = NULL;
	enum status st;

	if (!len)
		return diag_fail(diag, ST_UNSUPPORTED, "the file is empty");
	lookup = calloc(1, sizeof(*lookup));
	if (!lookup)
		return diag_no_memory(diag);
	st = want_all(lookup, wants, n_wants, diag);
	if (st == ST_OK)
		st = take_lines(lookup, text, len, diag);
	if (st == ST_OK)
		st = check_content(lookup, diag);
	if (st == ST_OK)
		fill_in(lookup->matches, wants, n_wants);
	return st;
}

/* ---- the file ---- */

struct buffer {
	char *text;
	size_t len;
	size_t room;
};

static void buffer_fini(struct buffer *buffer)
{
	free(buffer->text);
}

/* A vmlinux, most likely: look before saying so. */
static enum status too_large(int fd, struct diag *diag)
{
	char start[16];
	const ssize_t n = pread(fd, start, sizeof(start), 0);
	const char *what = n > 0 ? find_lookalike(start, n) : NULL;

	if (what)
		return diag_fail(diag, ST_UNSUPPORTED, "not a System.map (%s)",
				 what);
	return diag_fail(diag, ST_UNSUPPORTED,
			 "not a System.map (more than %u MiB)", MAX_SIZE >> 20);
}

/* The size of a file in /proc is 0 and says nothing. */
static enum status open_file(const char *path, int *ret_fd, size_t *ret_size,
			     struct diag *diag)
{
	/* Opening a FIFO must not wait for somebody to write to it. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat))
		return diag_fail(diag, ST_IO, "cannot open: %s",
				 strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return diag_fail(diag, ST_UNSUPPORTED, "not a regular file");
	if (stat.st_size > MAX_SIZE)
		return too_large(fd, diag);
	*ret_size = stat.st_size;
	*ret_fd = fd;
	fd = -1;
	return ST_OK;
}

static enum status make_room(struct buffer *buffer, size_t room,
			     struct diag *diag)
{
	char *text = realloc(buffer->text, room);

	if (!text)
		return diag_no_memory(diag);
	buffer->text = text;
	buffer->room = room;
	return ST_OK;
}

/* To the end, however large the file claims to be; it may grow meanwhile. */
static enum status read_all(int fd, struct buffer *buffer, struct diag *diag)
{
	for (;;) {
		enum status st = ST_OK;
		ssize_t n;

		if (buffer->len == buffer->room)
			st = make_room(buffer, buffer->room * 2, diag);
		if (st != ST_OK)
			return st;
		n = read(fd, buffer->text + buffer->len,
			 buffer->room - buffer->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_fail(diag, ST_IO, "cannot read: %s",
					 strerror(errno));
		if (!n)
			return ST_OK;
		buffer->len += n;
		if (buffer->len > MAX_SIZE)
			return too_large(fd, diag);
	}
}

static enum status read_file(const char *path, struct buffer *buffer,
			     struct diag *diag)
{
	cleanup_close int fd = -1;
	size_t size = 0;
	enum status st = open_file(path, &fd, &size, diag);

	if (st == ST_OK)
		st = make_room(buffer, size ? size + 1 : BLOCK, diag);
	if (st == ST_OK)
		st = read_all(fd, buffer, diag);
	return st;
}

enum status system_map_symbols(const char *path, struct symbol_want *wants,
			       size_t n_wants, struct diag *diag)
{
	cleanup(buffer_fini) struct buffer buffer = { 0 };
	enum status st = read_file(path, &buffer, diag);

	if (st == ST_OK)
		st = system_map_parse(buffer.text, buffer.len, wants, n_wants,
				      diag);
	if (st != ST_OK)
		return diag_under(diag, st, "%s", path);
	return ST_OK;
}
