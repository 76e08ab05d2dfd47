/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A new way of the kernel to name a page is a new row.
 *
 * A number counts only behind such words, and only if it is whole: "last_pfn =
 * 0x7ffdf" and "physical_address_mask: 0x…" name no page.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "log_words.h"

/* How the number is written. All are hexadecimal. */
enum form {
	BARE,		/* %lx, with or without 0x */
	PREFIXED,	/* %#lx: without 0x it is no such number */
	POINTER,	/* %px: 16 digits, with or without 0x */
};

struct pattern {
	const char *words;	/* in any case, and no letter before */
	enum names names;
	enum form form;
	/* What the rest of the line makes of it; NULL: nothing. */
	enum names (*judge)(const char *line, const char *number,
			    enum names names);
};

/* ---- hexadecimal numbers ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t count_digits(const char *s)
{
	size_t n = 0;

	while (isxdigit((unsigned char)s[n]))
		n++;
	return n;
}

/* At most 64 bits wide. */
static uint64_t value_of(const char *digits, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		char c = tolower((unsigned char)digits[i]);

		value = value << 4 | (isdigit((unsigned char)c) ? c - '0' :
				      c - 'a' + 10);
	}
	return value;
}

/* Returns how long it is; 0: there is no such number. */
static size_t parse_number(const char *s, enum form form, uint64_t *ret_value)
{
	size_t prefix = s[0] == '0' && s[1] == 'x' ? 2 : 0;
	size_t n = count_digits(s + prefix);

	if (n == 0 || n > 16 || is_word(s[prefix + n]) ||
	    (form == PREFIXED && !prefix) || (form == POINTER && n != 16))
		return 0;
	*ret_value = value_of(s + prefix, n);
	return prefix + n;
}

/* The number behind these words in the line. */
static bool find_number(const char *line, const char *words, enum form form,
			uint64_t *ret_value)
{
	const char *at = strstr(line, words);

	return at && parse_number(at + strlen(words), form, ret_value) > 0;
}

/* ---- judges ---- */

/*
 * print_mce() of arch/x86 prints MCi_ADDR, which is a physical address only if
 * MCi_MISC says so (address mode 2 in bits 6 to 8, see mce_usable_address()).
 * With an IPID it is from an AMD machine, whose memory controllers tell an
 * address of their own. Drivers of EDAC decode physical ones alone.
 */
#define MISC_ADDRESS_MODE(misc)	((misc) >> 6 & 7)
#define MODE_PHYSICAL		2

static enum names judge_mce(const char *line, const char *number,
			    enum names names)
{
	uint64_t misc;

	(void)number;
	if (strstr(line, "EDAC"))
		return names;
	if (find_number(line, "MISC ", BARE, &misc) &&
	    MISC_ADDRESS_MODE(misc) == MODE_PHYSICAL && !strstr(line, "IPID"))
		return names;
	return NAMES_OTHER;
}

/*
 * edac_mc.c: a driver that does not know the address says page 0, offset 0.
 * Without an offset, the number is none of EDAC's.
 */
static enum names judge_edac(const char *line, const char *number,
			     enum names names)
{
	uint64_t page, offset;

	(void)line;
	if (!find_number(number, " offset:", PREFIXED, &offset) ||
	    parse_number(number, PREFIXED, &page) == 0)
		return NAMES_NOTHING;
	return page || offset ? names : NAMES_OTHER;
}

/* Addresses of the kernel are in the topmost part of memory. */
static enum names judge_pointer(const char *line, const char *number,
				enum names names)
{
	uint64_t pointer;

	(void)line;
	if (parse_number(number, POINTER, &pointer) == 0 || pointer >> 32 == 0)
		return NAMES_HASH;
	return pointer >> 56 == 0xff ? names : NAMES_OTHER;
}

/* dump_page(), and not skb_panic(), which has a head of its own. */
static enum names judge_head(const char *line, const char *number,
			     enum names names)
{
	return strstr(number, " order:") ?
	       judge_pointer(line, number, names) : NAMES_NOTHING;
}

/* ---- the table ---- */

static const struct pattern patterns[] = {
	/* bad_page(), dump_page(): the first without 0x */
	{ "pfn:", NAMES_PFN, BARE, NULL },
	/* drivers/ras/cec.c */
	{ "pfn: ", NAMES_PFN, PREFIXED, NULL },
	/* madvise_inject_error(), hwpoison-inject.c, arch/x86/coco */
	{ "pfn ", NAMES_PFN, PREFIXED, NULL },
	/* trace events that an oops has dumped */
	{ "pfn=", NAMES_PFN, PREFIXED, NULL },
	/* mm/memory_hotplug.c */
	{ "migrating pfn ", NAMES_PFN, BARE, NULL },
	{ "failed to isolate pfn ", NAMES_PFN, BARE, NULL },
	/* mm/memory-failure.c */
	{ "Memory failure: ", NAMES_PFN, PREFIXED, NULL },
	{ "soft offline: ", NAMES_PFN, PREFIXED, NULL },
	{ "soft_offline: ", NAMES_PFN, PREFIXED, NULL },
	{ "Software-unpoisoned page ", NAMES_PFN, PREFIXED, NULL },
	{ "Software-unpoisoned free page ", NAMES_PFN, PREFIXED, NULL },
	{ "already unpoisoned ", NAMES_PFN, PREFIXED, NULL },
	/* drivers/edac/edac_mc.c: a frame, whatever it is called */
	{ "page:", NAMES_PFN, PREFIXED, judge_edac },

	/* dump_page() until 5.8 and with no_hash_pointers, VM_BUG_ON_PAGE() */
	{ "page:", NAMES_PAGE, POINTER, judge_pointer },
	{ "head:", NAMES_PAGE, POINTER, judge_head },
	{ "page ", NAMES_PAGE, POINTER, judge_pointer },
	{ "page=", NAMES_PAGE, POINTER, judge_pointer },
	/* print_slab_info(): struct slab lies over struct page */
	{ "Slab ", NAMES_PAGE, POINTER, judge_pointer },

	/* drivers/firmware/efi/cper.c; the second on arm64 */
	{ "physical_address: ", NAMES_PHYS, PREFIXED, NULL },
	{ "physical fault address: ", NAMES_PHYS, PREFIXED, NULL },
	{ "physical address: ", NAMES_PHYS, PREFIXED, NULL },
	{ "physical address ", NAMES_PHYS, PREFIXED, NULL },
	/* drivers/acpi/apei/ghes.c */
	{ "Invalid address in generic error data: ", NAMES_PHYS, PREFIXED,
	  NULL },
	/* kill_me_maybe() of arch/x86 */
	{ "memory error in user-access at ", NAMES_PHYS, BARE, NULL },
	{ "ADDR ", NAMES_PHYS, BARE, judge_mce },
};

#define N_PATTERNS	(sizeof(patterns) / sizeof(patterns[0]))

/* What %p prints before there is a key to hash with. */
static const char no_hash_yet[] = "(____ptrval____)";

static bool parse(const struct pattern *pattern, const char *line,
		  const char *at, struct named *ret_named)
{
	const char *number = at + strlen(pattern->words);
	uint64_t value = 0;
	size_t len = parse_number(number, pattern->form, &value);
	enum names names = pattern->names;

	if (!len && pattern->form == POINTER &&
	    !strncmp(number, no_hash_yet, strlen(no_hash_yet)))
		len = strlen(no_hash_yet);
	if (!len)
		return false;
	if (pattern->judge)
		names = pattern->judge(line, number, names);
	if (names == NAMES_NOTHING)
		return false;
	*ret_named = (struct named) {
		names, value, at, (int)(number + len - at)
	};
	return true;
}

/* What begins at this place of the line. */
static void find_at(const char *line, const char *at,
		    void (*fn)(const struct named *named, void *arg),
		    void *arg)
{
	for (size_t i = 0; i < N_PATTERNS; i++) {
		const struct pattern *pattern = &patterns[i];
		struct named named;

		if (strncasecmp(at, pattern->words,
				strlen(pattern->words)) == 0 &&
		    parse(pattern, line, at, &named))
			fn(&named, arg);
	}
}

void log_words_find(const char *line,
		    void (*fn)(const struct named *named, void *arg),
		    void *arg)
{
	for (const char *at = line; *at; at++)
		if (at == line || !is_word(at[-1]))
			find_at(line, at, fn, arg);
}
