/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows how page frame numbers are written, in an argument and in a file.
 * Does not know which of them exist: the dump tells.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "pfn_list.h"

/* rmi_session_query() takes none above it. */
#define MAX_PFN		((1ULL << 52) - 1)

/* A part of a text that is being parsed; not terminated. */
struct span {
	const char *at;
	size_t len;
};

static const char not_a_number[] =
	"is not a page frame number; write 6699, 0x1a2b or pfn:1a2b";
static const char too_large[] =
	"does not fit into 64 bits; page frame numbers are smaller";
static const char empty_item[] =
	"is an empty item; write a number or a range on each side of a comma";
static const char open_range[] =
	"is a range without both ends; write FIRST-LAST";
static const char backward_range[] =
	"is a range that ends before it begins; write the lower end first";

static bool fail(struct pfn_mistake *mistake, struct span part, const char *why)
{
	*mistake = (struct pfn_mistake) { part.at, part.len, why };
	return false;
}

static struct span skip(struct span s, size_t n)
{
	return (struct span) { s.at + n, s.len - n };
}

static bool skip_prefix(struct span *s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s->len < n || strncasecmp(s->at, prefix, n) != 0)
		return false;
	*s = skip(*s, n);
	return true;
}

/* The part of s before its first c, or all of it. */
static struct span until(struct span s, char c)
{
	const char *end = memchr(s.at, c, s.len);

	return (struct span) { s.at, end ? (size_t)(end - s.at) : s.len };
}

static bool skip_base_prefixes(struct span *s)
{
	bool pfn = skip_prefix(s, "pfn:");
	bool hex = skip_prefix(s, "0x");

	return pfn || hex;
}

/* -1: not a digit in any base. */
static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return -1;
}

static bool parse_number(struct span part, uint64_t *ret_number,
			 struct pfn_mistake *mistake)
{
	struct span digits = part;
	int base = skip_base_prefixes(&digits) ? 16 : 10;
	bool overflow = false;
	uint64_t number = 0;

	if (digits.len == 0)
		return fail(mistake, part, not_a_number);
	for (size_t i = 0; i < digits.len; i++) {
		int digit = digit_value(digits.at[i]);

		if (digit < 0 || digit >= base)
			return fail(mistake, part, not_a_number);
		overflow |= __builtin_mul_overflow(number, base, &number);
		overflow |= __builtin_add_overflow(number, digit, &number);
	}
	if (overflow)
		return fail(mistake, part, too_large);
	*ret_number = number;
	return true;
}

static bool parse_range(struct span item, struct span first,
			struct rmi_pfn_range *ret_range,
			struct pfn_mistake *mistake)
{
	struct span last = skip(item, first.len + 1);
	struct rmi_pfn_range range;

	if (first.len == 0 || last.len == 0)
		return fail(mistake, item, open_range);
	if (!parse_number(first, &range.first, mistake) ||
	    !parse_number(last, &range.last, mistake))
		return false;
	if (range.first > range.last)
		return fail(mistake, item, backward_range);
	*ret_range = range;
	return true;
}

static bool parse_item(struct span item, struct rmi_pfn_range *ret_range,
		       struct pfn_mistake *mistake)
{
	struct span first = until(item, '-');

	if (item.len == 0)
		return fail(mistake, item, empty_item);
	if (first.len < item.len)
		return parse_range(item, first, ret_range, mistake);
	if (!parse_number(item, &ret_range->first, mistake))
		return false;
	ret_range->last = ret_range->first;
	return true;
}

void pfn_list_push(struct pfn_list *list, struct rmi_pfn_range range)
{
	list->ranges = need_room(list->ranges, list->n, &list->room,
				 sizeof(*list->ranges));
	list->ranges[list->n++] = range;
}

uint64_t pfn_list_count(const struct pfn_list *list)
{
	uint64_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct rmi_pfn_range *range = &list->ranges[i];

		if (range->last > MAX_PFN ||
		    __builtin_add_overflow(n, range->last - range->first + 1,
					   &n))
			return 0;
	}
	return n;
}

void pfn_list_push_part(struct pfn_list *part, const struct pfn_list *list,
			uint64_t behind, uint64_t n)
{
	for (size_t i = 0; n && i < list->n; i++) {
		struct rmi_pfn_range range = list->ranges[i];
		uint64_t size = range.last - range.first + 1;

		if (behind >= size) {
			behind -= size;
			continue;
		}
		range.first += behind;
		size -= behind;
		behind = 0;
		if (size > n)
			range.last = range.first + n - 1;
		pfn_list_push(part, range);
		n -= size < n ? size : n;
	}
}

static int by_first(const void *a, const void *b)
{
	const struct rmi_pfn_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void pfn_list_sort(struct pfn_list *list)
{
	size_t n = 0;

	if (list->n)
		qsort(list->ranges, list->n, sizeof(*list->ranges), by_first);
	for (size_t i = 0; i < list->n; i++) {
		struct rmi_pfn_range range = list->ranges[i];
		struct rmi_pfn_range *last = n ? &list->ranges[n - 1] : NULL;

		if (!last || range.first > last->last)
			list->ranges[n++] = range;
		else if (range.last > last->last)
			last->last = range.last;
	}
	list->n = n;
}

/* What the library says of PFNs that make no sense stays said. */
static uint64_t last_with_context(uint64_t last, uint64_t n)
{
	if (last >= MAX_PFN)
		return last;
	return n > MAX_PFN - last ? MAX_PFN : last + n;
}

struct pfn_list pfn_list_with_context(const struct pfn_list *list, uint64_t n)
{
	struct pfn_list wide = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		const struct rmi_pfn_range *range = &list->ranges[i];

		pfn_list_push(&wide, (struct rmi_pfn_range) {
			range->first > n ? range->first - n : 0,
			last_with_context(range->last, n),
		});
	}
	pfn_list_sort(&wide);
	return wide;
}

static int compare_with_range(const void *key, const void *item)
{
	const struct rmi_pfn_range *range = item;
	const uint64_t *pfn = key;

	return (*pfn > range->last) - (*pfn < range->first);
}

bool pfn_list_has(const struct pfn_list *list, uint64_t pfn)
{
	return list->n && bsearch(&pfn, list->ranges, list->n,
				  sizeof(*list->ranges), compare_with_range);
}

void pfn_list_fini(struct pfn_list *list)
{
	free(list->ranges);
	*list = (struct pfn_list) { 0 };
}

static bool parse_list(struct pfn_list *list, struct span text,
		       struct pfn_mistake *mistake)
{
	struct rmi_pfn_range range;

	for (;;) {
		struct span item = until(text, ',');

		if (!parse_item(item, &range, mistake))
			return false;
		pfn_list_push(list, range);
		if (item.len == text.len)
			return true;
		text = skip(text, item.len + 1);
	}
}

static void explain(const struct pfn_mistake *mistake, const char *origin)
{
	log_error("%s: '%.*s' %s", origin, (int)mistake->len, mistake->part,
		  mistake->why);
}

bool parse_count(const char *text, uint64_t *ret_count)
{
	struct span span = { text, strlen(text) };
	struct pfn_mistake mistake;

	return isdigit((unsigned char)text[0]) &&
	       parse_number(span, ret_count, &mistake);
}

bool pfn_list_add(struct pfn_list *list, const char *text, const char *origin)
{
	struct span span = { text, strlen(text) };
	struct pfn_mistake mistake;

	if (parse_list(list, span, &mistake))
		return true;
	explain(&mistake, origin);
	return false;
}

static struct span trim(struct span s)
{
	while (s.len && isspace((unsigned char)s.at[0]))
		s = skip(s, 1);
	while (s.len && isspace((unsigned char)s.at[s.len - 1]))
		s.len--;
	return s;
}

bool pfn_list_add_line(struct pfn_list *list, const char *text, size_t len,
		       struct pfn_mistake *ret_mistake)
{
	struct span line = trim(until((struct span) { text, len }, '#'));

	return line.len == 0 || parse_list(list, line, ret_mistake);
}

void pfn_list_explain(const struct pfn_mistake *mistake, const char *path,
		      size_t number)
{
	char *origin = format_new("--pfn-file '%s' line %zu", path, number);

	explain(mistake, origin);
	free(origin);
}

static enum exit_code add_lines(struct pfn_list *list, FILE *file,
				const char *path)
{
	enum exit_code code = EXIT_COMPLETE;
	char *line = NULL;
	size_t room = 0;
	size_t number = 0;
	struct pfn_mistake mistake;
	ssize_t len;

	while (code == EXIT_COMPLETE &&
	       (len = getline(&line, &room, file)) >= 0) {
		number++;
		if (pfn_list_add_line(list, line, (size_t)len, &mistake))
			continue;
		pfn_list_explain(&mistake, path, number);
		code = EXIT_USAGE;
	}
	if (ferror(file)) {
		log_error("--pfn-file '%s': %s", path, strerror(errno));
		code = EXIT_FAILED;
	}
	free(line);
	return code;
}

void pfn_list_tell_empty(const char *path)
{
	log_error("--pfn-file '%s': no page frame number in it; write one "
		  "LIST a line", path);
}

enum exit_code pfn_list_add_file(struct pfn_list *list, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	size_t before = list->n;
	enum exit_code code;

	if (!file) {
		log_error("--pfn-file '%s': %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	code = add_lines(list, file, path);
	if (!is_stdin)
		fclose(file);
	/* An empty list is a question that went missing on its way here. */
	if (code == EXIT_COMPLETE && list->n == before) {
		pfn_list_tell_empty(path);
		return EXIT_USAGE;
	}
	return code;
}
