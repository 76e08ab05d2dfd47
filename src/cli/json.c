/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema rmap-inspect/1, as one document (json) or as one page a line
 * (jsonl). It is a promise: keys may be added at the end, never renamed.
 *
 * Knows how each field is written: what is an address, a PFN or flags is a
 * string "0x…", since many readers keep numbers as doubles; what is not known
 * is null. Strings of the dump are made valid UTF-8 by escape.h. In the
 * document "complete" and "gaps" stand behind "pages", because only then are
 * they known. Does not know columns, nor what makes an answer complete.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "escape.h"
#include "gap.h"
#include "log.h"
#include "output.h"

#define SCHEMA	"rmap-inspect/1"

typedef struct json_object json;

/* ---- values ---- */

static json *new_object(void)
{
	return need(json_object_new_object());
}

static json *new_array(size_t n)
{
	return need(json_object_new_array_ext((int)n));
}

static json *new_string(const char *s)
{
	char *safe;
	json *string;

	if (!s)
		return NULL;
	safe = escape_for_json(s);
	string = need(json_object_new_string(safe));
	free(safe);
	return string;
}

static json *new_hex(uint64_t number)
{
	char text[sizeof("0x0123456789abcdef")];

	snprintf(text, sizeof(text), "0x%" PRIx64, number);
	return need(json_object_new_string(text));
}

/* An address: 0 when not known. */
static json *new_address(uint64_t address)
{
	return address ? new_hex(address) : NULL;
}

static json *new_number(int64_t number)
{
	return need(json_object_new_int64(number));
}

static json *new_bool(bool value)
{
	return need(json_object_new_boolean(value));
}

/* All keys are literals, and none is given twice. */
static void add(json *object, const char *key, json *value)
{
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_ADD_CONSTANT_KEY) < 0)
		no_memory();
}

static void append(json *array, json *value)
{
	if (json_object_array_add(array, value) < 0)
		no_memory();
}

/* An array with new_item() of the address of each of n items. */
#define array_of(items, n, new_item) ({					\
	json *array_of_items = new_array(n);				\
									\
	for (size_t array_i = 0; array_i < (n); array_i++)		\
		append(array_of_items, new_item(&(items)[array_i]));	\
	array_of_items;							\
})

/* ---- the parts of a page ---- */

static json *new_flag(const char *const *flag)
{
	return new_string(*flag);
}

static json *new_gap(const struct rmi_gap *gap)
{
	json *object = new_object();

	add(object, "what", new_string(gap->what));
	add(object, "where", new_string(gap->where));
	add(object, "why", new_string(gap->why));
	return object;
}

static json *new_task(const struct rmi_task *task)
{
	json *object = new_object();

	add(object, "pid", new_number(task->pid));
	add(object, "comm", new_string(task->comm));
	return object;
}

static json *new_mapping(const struct rmi_mapping *mapping)
{
	bool has_vma = mapping->vma != 0;
	json *object = new_object();

	add(object, "mm", new_address(mapping->mm));
	add(object, "tasks",
	    array_of(mapping->tasks, mapping->n_tasks, new_task));
	add(object, "vma", new_address(mapping->vma));
	add(object, "vma_start", has_vma ? new_hex(mapping->vma_start) : NULL);
	add(object, "vma_end", has_vma ? new_hex(mapping->vma_end) : NULL);
	add(object, "vma_flags", has_vma ? new_hex(mapping->vma_flags) : NULL);
	add(object, "path", new_string(mapping->path));
	add(object, "address", new_hex(mapping->address));
	add(object, "level", new_string(mapping->level));
	add(object, "pte", new_hex(mapping->pte));
	add(object, "state", new_string(mapping->state));
	add(object, "perm", new_string(mapping->vma_perm));
	return object;
}

static json *new_step(const struct rmi_step *step)
{
	json *object = new_object();

	add(object, "from", new_string(step->from));
	add(object, "object", new_string(step->object));
	add(object, "address", new_address(step->address));
	add(object, "detail", new_string(step->detail));
	return object;
}

static json *new_difference(const struct rmi_difference *difference)
{
	json *object = new_object();

	add(object, "only_in", new_string(difference->only_in));
	add(object, "mapping", new_mapping(&difference->mapping));
	return object;
}

static json *number_if(bool known, int64_t number)
{
	return known ? new_number(number) : NULL;
}

static json *hex_if(bool known, uint64_t value)
{
	return known ? new_hex(value) : NULL;
}

static json *new_page(const struct answer *answer,
		      const struct rmi_page *page)
{
	json *object = new_object();

	add(object, "pfn", new_hex(page->pfn));
	add(object, "page", new_address(page->page));
	add(object, "kind", new_string(page->kind));
	add(object, "flags", array_of(page->flags, page->n_flags, new_flag));
	add(object, "refcount", number_if(page->has_page, page->refcount));
	add(object, "mapcount",
	    number_if(page->has_mapcount, page->mapcount));
	add(object, "order", number_if(page->has_page, page->order));
	add(object, "head_pfn", hex_if(page->has_page, page->head_pfn));
	add(object, "index", hex_if(page->has_index, page->index));
	add(object, "mapping", hex_if(page->has_page, page->mapping));
	add(object, "mappings",
	    array_of(page->mappings, page->n_mappings, new_mapping));
	add(object, "complete", new_bool(page->complete));
	add(object, "gaps", array_of(page->gaps, page->n_gaps, new_gap));
	add(object, "path", new_string(page->path));
	add(object, "node", number_if(page->node >= 0, page->node));
	add(object, "zone", new_string(page->zone));
	add(object, "chain", array_of(page->steps, page->n_steps, new_step));
	if (answer->method == RMI_METHOD_BOTH)
		add(object, "differences",
		    array_of(page->differences, page->n_differences,
			     new_difference));
	return object;
}

static json *new_layout_source(const struct rmi_layout_source *source)
{
	json *object = new_object();

	add(object, "name", new_string(source->name));
	add(object, "served", new_bool(source->served));
	add(object, "declined", new_string(source->declined));
	return object;
}

static json *new_source(const struct rmi_source *source)
{
	json *object = new_object();

	add(object, "core", new_string(source->core));
	add(object, "format", new_string(source->format));
	add(object, "architecture", new_string(source->architecture));
	add(object, "release", new_string(source->release));
	add(object, "build_id", new_string(source->build_id));
	add(object, "vmlinux", new_string(source->vmlinux));
	add(object, "vmlinux_build_id", new_string(source->vmlinux_build_id));
	add(object, "layouts", new_string(source->layouts));
	add(object, "symbols", new_string(source->symbols));
	add(object, "incomplete", new_bool(source->incomplete));
	add(object, "matched", new_bool(source->matched));
	add(object, "kaslr_offset", new_hex(source->kaslr_offset));
	add(object, "phys_base", new_hex(source->phys_base));
	add(object, "sources",
	    array_of(source->sources, source->n_sources, new_layout_source));
	return object;
}

/* The gap that a broken-off query leaves: what came after is not there. */
static json *new_failure(const char *failure)
{
	const struct rmi_gap gap = { "query", NULL, failure };

	return new_gap(&gap);
}

static json *new_answer_gaps(const struct answer *answer)
{
	json *array = array_of(answer->gaps, answer->n_gaps, new_gap);

	if (answer->failure)
		append(array, new_failure(answer->failure));
	return array;
}

/* ---- the two formats ---- */

/* Consumes value. */
static void print(json *value)
{
	const int flags = JSON_C_TO_STRING_PLAIN |
			  JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = need((void *)json_object_to_json_string_ext(value,
								       flags));

	fputs(text, stdout);
	json_object_put(value);
}

/* The document is put together by hand around its pages, to be streamed. */
static void begin_document(const struct answer *answer)
{
	fputs("{\"schema\":\"" SCHEMA "\",\n\"source\":", stdout);
	print(new_source(answer->source));
	fputs(",\n\"pages\":[", stdout);
}

static void print_document_page(const struct answer *answer,
				const struct rmi_page *page)
{
	fputs(answer->n_pages ? ",\n" : "\n", stdout);
	print(new_page(answer, page));
}

static void end_document(const struct answer *answer)
{
	fputs("\n],\n\"complete\":", stdout);
	fputs(answer->complete ? "true" : "false", stdout);
	fputs(",\n\"gaps\":", stdout);
	print(new_answer_gaps(answer));
	fputs("}\n", stdout);
}

static void begin_lines(const struct answer *answer)
{
	(void)answer;
}

static void print_page_line(const struct answer *answer,
			    const struct rmi_page *page)
{
	print(new_page(answer, page));
	putchar('\n');
}

/*
 * A line is a page, so what concerns all of them has no place on stdout. It
 * is part of the answer nevertheless, and therefore not hushed by --quiet.
 */
static void end_lines(const struct answer *answer)
{
	for (size_t i = 0; i < answer->n_gaps; i++) {
		char *words = gap_words(&answer->gaps[i]);

		log_error("gap in every answer: %s", words);
		free(words);
	}
}

const struct format format_json = {
	"json", begin_document, print_document_page, end_document
};

const struct format format_jsonl = {
	"jsonl", begin_lines, print_page_line, end_lines
};
