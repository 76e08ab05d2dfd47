/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All pages as JSON Lines. Millions of mappings are written by several threads,
 * so the text is put together by hand: what a VMA looks like once for each
 * stretch, and what differs from mapping to mapping behind it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "escape.h"
#include "json_all.h"
#include "json_parts.h"
#include "json_value.h"
#include "sheet.h"

/* ---- parts of the text ---- */

struct text {
	char *bytes;
	size_t n;
};

/* "[94,95]" */
static char *pids_of(const struct rmi_stretch_vma *vma)
{
	char *text = need(malloc(vma->n_tasks * (MAX_DECIMAL + 1) + 3));
	char *at = put_literal(text, "[");

	for (size_t i = 0; i < vma->n_tasks; i++) {
		if (i)
			at = put_literal(at, ",");
		at = put_decimal(at, vma->tasks[i].pid);
	}
	at = put_literal(at, "]");
	*at = '\0';
	return text;
}

/* A mapping in this VMA up to its address. */
static struct text begin_of_mapping(const struct rmi_stretch_vma *vma)
{
	char *pids = pids_of(vma);
	char *text = format_new("{\"pids\":%s,\"mm\":\"0x%llx\","
				"\"vma\":\"0x%llx\",\"address\":\"", pids,
				(unsigned long long)vma->mm,
				(unsigned long long)vma->vma);

	free(pids);
	return (struct text) { text, strlen(text) };
}

static struct text *begins_of(const struct rmi_stretch *stretch)
{
	struct text *begins = need(calloc(stretch->n_vmas + 1,
					  sizeof(*begins)));

	for (size_t i = 0; i < stretch->n_vmas; i++)
		begins[i] = begin_of_mapping(&stretch->vmas[i]);
	return begins;
}

static void free_begins(struct text *begins, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(begins[i].bytes);
	free(begins);
}

/* ---- a line ---- */

/* Of a mapping that is not as most are. */
#define MAX_WAY		64u

static char *put_way(char *at, const struct rmi_stretch_mapping *mapping)
{
	const char *level = rmi_level_name(mapping->level);
	const char *state = rmi_state_name(mapping->state);

	if (strcmp(level, "pte") != 0) {
		at = put_literal(at, ",\"level\":\"");
		at = put_bytes(at, level, strlen(level));
		*at++ = '"';
	}
	if (strcmp(state, "mapped") != 0) {
		at = put_literal(at, ",\"state\":\"");
		at = put_bytes(at, state, strlen(state));
		*at++ = '"';
	}
	return at;
}

static void put_mapping(struct rmi_sheet *sheet, const struct text *begin,
			const struct rmi_stretch_mapping *mapping, bool first)
{
	char *room = rmi_sheet_room(sheet, begin->n + MAX_HEX + MAX_WAY + 4);
	char *at = room;

	if (!room)
		return;
	if (!first)
		*at++ = ',';
	at = put_bytes(at, begin->bytes, begin->n);
	at = put_hex(at, mapping->address);
	*at++ = '"';
	if (!mapping->plain)
		at = put_way(at, mapping);
	*at++ = '}';
	rmi_sheet_filled(sheet, at - room);
}

static void put_words(struct rmi_sheet *sheet, const char *words, size_t n)
{
	char *room = rmi_sheet_room(sheet, n);

	if (!room)
		return;
	put_bytes(room, words, n);
	rmi_sheet_filled(sheet, n);
}

static void put_text(struct rmi_sheet *sheet, const char *text)
{
	put_words(sheet, text, strlen(text));
}

static void put_json(struct rmi_sheet *sheet, json value)
{
	size_t n;
	const char *words = json_words(value, &n);

	put_words(sheet, words, n);
}

static void put_string(struct rmi_sheet *sheet, const char *s)
{
	json value = new_written(new_string(s));

	put_json(sheet, value);
	free_json(value);
}

/* The last string of its sort: neighbours mostly have the same. */
struct same {
	const char *of;		/* lives as long as the stretch */
	json value;
};

static void put_same_string(struct rmi_sheet *sheet, struct same *same,
			    const char *s)
{
	if (same->of != s) {
		free_json(same->value);
		same->value = new_written(new_string(s));
		same->of = s;
	}
	put_json(sheet, same->value);
}

#define MAX_HEAD	(5 * MAX_HEX + 3 * MAX_DECIMAL + 230)

/* Up to what may be of any length. */
static void put_head(struct rmi_sheet *sheet,
		     const struct rmi_stretch_page *page)
{
	char *room = rmi_sheet_room(sheet, MAX_HEAD + strlen(page->kind));
	char *at = room;

	if (!room)
		return;
	at = put_literal(at, "{\"pfn\":\"");
	at = put_hex(at, page->pfn);
	at = put_literal(at, "\",\"kind\":\"");
	at = put_bytes(at, page->kind, strlen(page->kind));
	at = put_literal(at, "\"");
	if (page->object) {
		at = put_literal(at, ",\"object\":\"");
		at = put_hex(at, page->object);
		at = put_literal(at, "\",\"index\":\"");
		at = put_hex(at, page->index);
		at = put_literal(at, "\"");
	}
	if (page->order) {
		at = put_literal(at, ",\"order\":");
		at = put_decimal(at, page->order);
	}
	if (page->dirty)
		at = put_literal(at, ",\"dirty\":true");
	if (page->has_count) {
		at = put_literal(at, ",\"mapcount\":");
		at = put_integer(at, page->count);
	}
	if (page->listed) {
		at = put_literal(at, ",\"n_mappings\":");
		at = put_decimal(at, page->n_mappings);
	} else {
		at = put_literal(at, ",\"n_mappings\":null");
	}
	rmi_sheet_filled(sheet, at - room);
}

/* What pages of a stretch have in common. */
struct common {
	struct text *begins;	/* of the mappings in each VMA */
	struct same memcg, path;
};

static void put_page(struct rmi_sheet *sheet,
		     const struct rmi_stretch_page *page,
		     struct common *common)
{
	put_head(sheet, page);
	if (page->path) {
		put_text(sheet, ",\"path\":");
		put_same_string(sheet, &common->path, page->path);
	}
	if (page->memcg && page->memcg->path) {
		put_text(sheet, ",\"memcg\":");
		put_same_string(sheet, &common->memcg, page->memcg->path);
	}
	if (page->gap) {
		put_text(sheet, ",\"gap\":");
		put_string(sheet, page->gap);
	}
	if (!page->listed) {
		put_text(sheet, ",\"mappings\":null}\n");
		return;
	}
	put_text(sheet, ",\"mappings\":[");
	for (size_t i = 0; i < page->n_mappings; i++)
		put_mapping(sheet, &common->begins[page->mappings[i].vma],
			    &page->mappings[i], !i);
	put_text(sheet, "]}\n");
}

static void put_stretch(const struct rmi_stretch *stretch,
			struct rmi_sheet *sheet)
{
	struct common common = { .begins = begins_of(stretch) };

	for (size_t i = 0; i < stretch->n_pages; i++)
		put_page(sheet, &stretch->pages[i], &common);
	free_begins(common.begins, stretch->n_vmas);
	free_json(common.memcg.value);
	free_json(common.path.value);
}

static void begin(void)
{
}

/* No page: it has no pfn. */
static void print_partial_end(const struct rmi_all *all)
{
	json object = new_object();

	add(object, "partial", new_bool(true));
	add(object, "pages", new_count(all->n_pages));
	add(object, "of", count_if(all->n_wanted, all->n_wanted));
	add(object, "complete", new_bool(false));
	add(object, "gaps", array_of(all->gaps, all->n_gaps, new_gap));
	print_json(object);
	putchar('\n');
}

const struct all_format all_jsonl = { begin, put_stretch, print_partial_end };
