/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of page frames as people write them.
 *
 *	LIST   = ITEM { "," ITEM }
 *	ITEM   = NUMBER | NUMBER "-" NUMBER
 *	NUMBER = decimal | "0x" hex | "pfn:" [ "0x" ] hex
 *
 * "pfn:1a2b" is what the kernel's log prints, so that it can be pasted. There
 * is no octal: 010 is ten.
 */
#ifndef RMAP_INSPECT_CLI_PFN_LIST_H
#define RMAP_INSPECT_CLI_PFN_LIST_H

#include <rmap-inspect/rmap-inspect.h>

#include "exit_code.h"

/* In the order given. Zero-initialised is empty. */
struct pfn_list {
	struct rmi_pfn_range *ranges;
	size_t n;
	size_t room;
};

void pfn_list_fini(struct pfn_list *list);

/*
 * Add the LIST in text. A mistake is explained on stderr, beginning with
 * origin, and leaves the list with the items before it.
 */
bool pfn_list_add(struct pfn_list *list, const char *text, const char *origin);

/* A number as above, but for "pfn:". */
bool parse_count(const char *text, uint64_t *ret_count);

void pfn_list_push(struct pfn_list *list, struct rmi_pfn_range range);

/* Frames; 0 also for more than there can be. */
uint64_t pfn_list_count(const struct pfn_list *list);

/* To the end of part, n frames of list, beginning behind so many. */
void pfn_list_push_part(struct pfn_list *part, const struct pfn_list *list,
			uint64_t behind, uint64_t n);

/* In order of PFN, and each once. */
void pfn_list_sort(struct pfn_list *list);

/*
 * The frames of list, which is sorted, with the n before and behind each. None
 * lies below 0 or above the highest PFN that can be asked for.
 */
struct pfn_list pfn_list_with_context(const struct pfn_list *list, uint64_t n);

/* Of a sorted list. */
bool pfn_list_has(const struct pfn_list *list, uint64_t pfn);

/* What is wrong with which part of a text. The words follow the quoted part. */
struct pfn_mistake {
	const char *part;	/* not terminated */
	size_t len;
	const char *why;
};

/*
 * Add a line of a file: a LIST, or none; what follows a '#' does not count.
 * False: there is a mistake, which pfn_list_explain() tells on stderr.
 */
bool pfn_list_add_line(struct pfn_list *list, const char *text, size_t len,
		       struct pfn_mistake *ret_mistake);
void pfn_list_explain(const struct pfn_mistake *mistake, const char *path,
		      size_t number);

/* Say that no line had a page frame. */
void pfn_list_tell_empty(const char *path);

/*
 * Add a file of one LIST a line; "-" is stdin. Blank lines and what follows a
 * '#' do not count. Explains failures on stderr.
 */
enum exit_code pfn_list_add_file(struct pfn_list *list, const char *path);

#endif
