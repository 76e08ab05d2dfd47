/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema rmap-inspect/1, as one document (json) or as one page a line
 * (jsonl). It is a promise: keys may be added at the end, never renamed.
 *
 * Knows which fields there are. In the document "complete" and "gaps" stand
 * behind "pages", because only then are they known. Does not know columns, nor
 * what makes an answer complete.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gap.h"
#include "json_about.h"
#include "json_all.h"
#include "json_audit.h"
#include "json_family.h"
#include "json_ksm.h"
#include "json_parts.h"
#include "json_summary.h"
#include "json_value.h"
#include "log.h"
#include "output.h"

/* ---- the parts of a page ---- */

static json new_text(const char *const *text)
{
	return new_string(*text);
}

static json new_mapping(const struct rmi_mapping *mapping)
{
	bool has_vma = mapping->vma != 0;
	json object = new_object();

	add(object, "mm", new_address(mapping->mm));
	add(object, "tasks",
	    array_of(mapping->tasks, mapping->n_tasks, new_task));
	add(object, "vma", new_address(mapping->vma));
	add(object, "vma_start", hex_if(has_vma, mapping->vma_start));
	add(object, "vma_end", hex_if(has_vma, mapping->vma_end));
	add(object, "vma_flags", hex_if(has_vma, mapping->vma_flags));
	add(object, "path", new_string(mapping->path));
	add(object, "address", new_hex(mapping->address));
	add(object, "level", new_string(mapping->level));
	add(object, "pte", new_hex(mapping->pte));
	add(object, "state", new_string(mapping->state));
	add(object, "perm", new_string(mapping->vma_perm));
	add(object, "pfn", hex_if(mapping->n_pages, mapping->pfn));
	add(object, "n_pages", count_if(mapping->n_pages, mapping->n_pages));
	add(object, "note", new_string(mapping->note));
	return object;
}

static json new_step(const struct rmi_step *step)
{
	json object = new_object();

	add(object, "from", new_string(step->from));
	add(object, "object", new_string(step->object));
	add(object, "address", new_address(step->address));
	add(object, "detail", new_string(step->detail));
	return object;
}

static json new_reference(const struct rmi_reference *reference)
{
	json object = new_object();

	add(object, "holder", new_string(reference->holder));
	add(object, "count", new_number(reference->count));
	return object;
}

static json new_references(const struct rmi_page *page)
{
	return page->has_references ?
	       array_of(page->references, page->n_references, new_reference) :
	       new_null();
}

static json new_detail(const struct rmi_detail *detail)
{
	switch (detail->type) {
	case RMI_DETAIL_NUMBER:
		return new_count(detail->number);
	case RMI_DETAIL_ADDRESS:
		return new_hex(detail->number);
	default:
		return new_string(detail->text);
	}
}

static json new_details(const struct rmi_detail *details, size_t n)
{
	json object = new_object();

	for (size_t i = 0; i < n; i++)
		add(object, details[i].name, new_detail(&details[i]));
	return object;
}

static json new_verdict(const struct rmi_verdict *verdict)
{
	json object = new_object();

	add(object, "answer", new_string(verdict->answer));
	add(object, "reasons",
	    array_of(verdict->reasons, verdict->n_reasons, new_text));
	return object;
}

/* Nobody wants to reclaim what nobody uses. */
static json new_verdicts(const struct rmi_page *page)
{
	json object;

	if (!page->reclaim.answer && !page->migrate.answer)
		return new_null();
	object = new_object();
	add(object, "reclaim", new_verdict(&page->reclaim));
	add(object, "migrate", new_verdict(&page->migrate));
	return object;
}

static json new_candidate(const struct rmi_candidate *candidate)
{
	json object = new_object();

	add(object, "mm", new_address(candidate->mm));
	add(object, "tasks",
	    array_of(candidate->tasks, candidate->n_tasks, new_task));
	add(object, "vma", new_address(candidate->vma));
	add(object, "vma_start", new_hex(candidate->vma_start));
	add(object, "vma_end", new_hex(candidate->vma_end));
	add(object, "address", new_hex(candidate->address));
	return object;
}

/* As in /proc/PID/maps. */
static json new_device(uint32_t major, uint32_t minor)
{
	char text[32];

	snprintf(text, sizeof(text), "%02" PRIx32 ":%02" PRIx32, major, minor);
	return new_written(new_string(text));
}

static json new_mapped_by(const struct rmi_file *file)
{
	json object;

	if (!file->has_mapped_by)
		return new_null();
	object = new_object();
	add(object, "vmas", new_count(file->n_vmas));
	add(object, "processes", new_count(file->n_processes));
	return object;
}

static json new_file(const struct rmi_file *file)
{
	json object;

	if (!file)
		return new_null();
	object = new_object();
	add(object, "path", new_string(file->path));
	add(object, "filesystem", new_string(file->filesystem));
	add(object, "device",
	    new_device(file->device_major, file->device_minor));
	add(object, "inode", new_count(file->inode));
	add(object, "size", new_count(file->size));
	add(object, "offset", new_count(file->offset));
	add(object, "deleted", new_bool(file->deleted));
	add(object, "dirty", new_bool(file->dirty));
	add(object, "writeback", new_bool(file->writeback));
	add(object, "mapped_by", new_mapped_by(file));
	add(object, "candidates",
	    array_of(file->candidates, file->n_candidates, new_candidate));
	return object;
}

static json new_difference(const struct rmi_difference *difference)
{
	json object = new_object();

	add(object, "only_in", new_string(difference->only_in));
	add(object, "mapping", new_mapping(&difference->mapping));
	return object;
}

static json new_log_line(const struct log_line *line)
{
	json object = new_object();

	add(object, "seq", new_count(line->seq));
	add(object, "time",
	    line->has_time ? new_seconds(line->ns) : new_null());
	add(object, "text", new_string(line->text));
	return object;
}

static json new_log(const struct mentions *mentions, uint64_t pfn)
{
	size_t n;
	const struct mention *mention = mentions_of(mentions, pfn, &n);
	json array = new_array();

	for (size_t i = 0; i < n; i++)
		append(array,
		       new_log_line(&mentions->lines[mention[i].line]));
	return array;
}

json new_page(const struct answer *answer, const struct rmi_page *page)
{
	json object = new_object();

	add(object, "pfn", new_hex(page->pfn));
	add(object, "page", new_address(page->page));
	add(object, "kind", new_string(page->kind));
	add(object, "flags", array_of(page->flags, page->n_flags, new_text));
	add(object, "refcount", number_if(page->has_page, page->refcount));
	add(object, "mapcount",
	    number_if(page->has_mapcount, page->mapcount));
	add(object, "order", count_if(page->has_page, page->order));
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
	add(object, "references", new_references(page));
	add(object, "unexplained",
	    number_if(page->has_references, page->unexplained));
	add(object, "details", new_details(page->details, page->n_details));
	add(object, "memcg", new_memcg(page->memcg));
	add(object, "file", new_file(page->file));
	add(object, "verdict", new_verdicts(page));
	add(object, "folio", new_bool(page->folio));
	add(object, "found_by", new_string(page->found_by));
	if (answer->asked)
		add(object, "asked",
		    new_bool(pfn_list_has(answer->asked, page->pfn)));
	if (answer->method == RMI_METHOD_BOTH)
		add(object, "differences",
		    array_of(page->differences, page->n_differences,
			     new_difference));
	if (answer->mentions)
		add(object, "log", new_log(answer->mentions, page->pfn));
	return object;
}

/* ---- places ---- */

static json new_found(const struct rmi_found *found)
{
	json object = new_object();

	add(object, "pfn", new_hex(found->range.first));
	add(object, "pages",
	    new_count(found->range.last - found->range.first + 1));
	add(object, "at", hex_if(found->has_at, found->at));
	return object;
}

static json new_place(const struct found_place *place,
		       const struct finds *finds)
{
	const struct rmi_object *found = place->object;
	json object = new_object();

	add(object, "option", new_string(place->named->option));
	add(object, "argument", new_string(found_place_argument(place)));
	add(object, "type", new_string(found->type));
	add(object, "address", new_address(found->address));
	add(object, "tasks",
	    array_of(found->tasks, found->n_tasks, new_task));
	add(object, "start", hex_if(found->has_bounds, found->start));
	add(object, "end", hex_if(found->has_bounds, found->end));
	add(object, "path", new_string(found->path));
	add(object, "device", found->has_inode ?
	    new_device(found->dev_major, found->dev_minor) :
	    new_null());
	add(object, "inode", count_if(found->has_inode, found->inode));
	add(object, "details", new_details(found->details, found->n_details));
	add(object, "found",
	    array_of(finds->items + place->first, place->n, new_found));
	add(object, "complete", new_bool(found->complete));
	add(object, "gaps", array_of(found->gaps, found->n_gaps, new_gap));
	return object;
}

/* Only where places were asked for that can have many pages. */
static void print_places(const struct finds *finds)
{
	if (!finds->n_places)
		return;
	fputs("\n\"places\":[", stdout);
	for (size_t i = 0; i < finds->n_places; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		print_json(new_place(&finds->places[i], finds));
	}
	fputs("\n],", stdout);
}

static json new_swap(const struct rmi_swap *swap)
{
	json object = new_object();

	add(object, "swap_type", new_count(swap->entry.type));
	add(object, "swap_offset", new_hex(swap->entry.offset));
	add(object, "mappings",
	    array_of(swap->mappings, swap->n_mappings, new_mapping));
	add(object, "complete", new_bool(swap->complete));
	add(object, "gaps", array_of(swap->gaps, swap->n_gaps, new_gap));
	add(object, "count", number_if(swap->has_count, swap->count));
	add(object, "cached",
	    swap->has_cached ? new_bool(swap->cached) : new_null());
	add(object, "cached_pfn", hex_if(swap->has_pfn, swap->pfn));
	add(object, "file", new_file(swap->file));
	return object;
}

static json new_answer_gaps(const struct answer *answer)
{
	json array = array_of(answer->gaps, answer->n_gaps, new_gap);

	if (answer->failure)
		append(array, new_failure(answer->failure));
	return array;
}

static void complain_about_place(const struct found_place *place)
{
	const char *argument = found_place_argument(place);

	for (size_t i = 0; i < place->object->n_gaps; i++) {
		char *words = gap_words(&place->object->gaps[i]);

		log_error("%s%s%s: gap: %s", place->named->option,
			  argument ? " " : "", argument ? argument : "", words);
		free(words);
	}
}

/* ---- the two formats ---- */

/* The document is put together by hand around its pages, to be streamed. */
static void begin_document(const struct answer *answer)
{
	fputs("{\"schema\":\"" SCHEMA "\",\n\"source\":", stdout);
	print_json(new_source(answer->source));
	putchar(',');
	print_places(answer->finds);
	fputs("\n\"pages\":[", stdout);
}

static void print_document_page(const struct answer *answer,
				const struct rmi_page *page)
{
	fputs(answer->n_pages ? ",\n" : "\n", answer->out);
	write_json(new_page(answer, page), answer->out);
}

/* Swap entries have a list of their own, if any were asked for. */
static void print_document_swap(const struct answer *answer,
				const struct rmi_swap *swap)
{
	fputs(answer->n_swaps ? ",\n" : "\n],\n\"swap\":[\n", stdout);
	print_json(new_swap(swap));
}

static void end_document(const struct answer *answer)
{
	fputs("\n],\n\"complete\":", stdout);
	fputs(answer->complete ? "true" : "false", stdout);
	fputs(",\n\"gaps\":", stdout);
	print_json(new_answer_gaps(answer));
	fputs("}\n", stdout);
}

/* Of places there is no line either; what was not seen of them is said. */
static void begin_lines(const struct answer *answer)
{
	const struct finds *finds = answer->finds;

	for (size_t i = 0; i < finds->n_places; i++)
		complain_about_place(&finds->places[i]);
}

static void print_page_line(const struct answer *answer,
			    const struct rmi_page *page)
{
	write_json(new_page(answer, page), answer->out);
	putc('\n', answer->out);
}

static void print_swap_line(const struct answer *answer,
			    const struct rmi_swap *swap)
{
	(void)answer;
	print_json(new_swap(swap));
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
	"json", true, begin_document, print_document_page, print_document_swap,
	end_document, print_info_json, print_layout_json, print_family_json,
	&ksm_json, print_summary_json, NULL, print_audit_json
};

const struct format format_jsonl = {
	"jsonl", true, begin_lines, print_page_line, print_swap_line,
	end_lines, print_info_json, print_layout_json, print_family_json,
	&ksm_jsonl, NULL, &all_jsonl, NULL
};
