/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mappings, in the order in which they are found, and then all pages by PFN.
 *
 * Threads that find mappings write them into their sheets as they are in
 * memory; whoever has the turn to print makes rows of them.
 */
#include "api/export.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "census/invert.h"
#include "mm/page.h"
#include "mm/pgtable.h"
#include "rmap/ledger.h"
#include "rmap/state.h"
#include "rmap/walk.h"

/* ---- mappings: what the sheets hold ---- */

/* Followed by the VMAs, the pages, and each page's mappings. */
struct packet {
	uint64_t n_vmas, n_pages, n_mappings;
};

struct packed_page {
	uint64_t pfn;
	uint64_t n_mappings;
	char gap[112];		/* "": it is complete */
};

static size_t size_of_packet(const struct packet *packet)
{
	return sizeof(*packet) + packet->n_vmas * sizeof(struct vma) +
	       packet->n_pages * sizeof(struct packed_page) +
	       packet->n_mappings * sizeof(struct inverted_mapping);
}

static struct packet packet_of(const struct stretch *stretch)
{
	struct packet packet = { stretch->n_vmas, stretch->n_pages, 0 };

	for (size_t i = 0; i < stretch->n_pages; i++)
		packet.n_mappings += stretch->pages[i].n_mappings;
	return packet;
}

static void *put(void *at, const void *from, size_t size)
{
	memcpy(at, from, size);
	return (char *)at + size;
}

static void *put_page(void *at, const struct stretch *stretch,
		      const struct inverted_page *page)
{
	const char *gap = inverted_page_gap(stretch, page);
	struct packed_page packed = { page->pfn, page->n_mappings, "" };

	if (gap)
		snprintf(packed.gap, sizeof(packed.gap), "%s", gap);
	return put(at, &packed, sizeof(packed));
}

static enum status pack(const struct stretch *stretch, struct sheet *sheet,
			void *arg)
{
	struct packet packet = packet_of(stretch);
	size_t size = size_of_packet(&packet);
	void *at = sheet_room(sheet, size);

	(void)arg;
	if (!at)
		return sheet->st;
	at = put(at, &packet, sizeof(packet));
	for (size_t i = 0; i < stretch->n_vmas; i++)
		at = put(at, &stretch->vmas[i].vma, sizeof(struct vma));
	for (size_t i = 0; i < stretch->n_pages; i++)
		at = put_page(at, stretch, &stretch->pages[i]);
	for (size_t i = 0; i < stretch->n_pages; i++)
		at = put(at, stretch->pages[i].mappings,
			 stretch->pages[i].n_mappings *
			 sizeof(struct inverted_mapping));
	sheet_filled(sheet, size);
	return ST_OK;
}

/* ---- mappings: rows ---- */

/* One packet being made rows of. */
struct unpacking {
	struct export *export;
	enum status st;			/* what ended it */
	uint64_t *numbers;		/* of the packet's VMAs */
};

/* The rows of those that are met for the first time come later. */
static enum status number_vma(struct export *export, const struct vma *vma,
			      uint64_t *ret_number)
{
	size_t n_before = export->vmas.list.n;
	enum status st = export_number(&export->vmas, vma->address,
				       ret_number);

	if (st || export->vmas.list.n == n_before)
		return st;
	return vma_vec_push(&export->strays, *vma);
}

static enum status number_vmas(struct unpacking *unpacking,
			       const struct packet *packet,
			       const struct vma *vmas)
{
	enum status st = ST_OK;

	unpacking->numbers = calloc(packet->n_vmas + 1,
				    sizeof(*unpacking->numbers));
	if (!unpacking->numbers)
		return ST_NO_MEMORY;
	for (uint64_t i = 0; i < packet->n_vmas && !st; i++)
		st = number_vma(unpacking->export, &vmas[i],
				&unpacking->numbers[i]);
	return st;
}

static enum status tell_page_gap(struct export *export, uint64_t pfn,
				 const char *what, const char *why)
{
	bits_set(export->incomplete, frames_place(export->whole.frames, pfn));
	return export_page_gap(export, pfn, what, why);
}

/* Most are plain, and of millions nobody wants to read that. */
static void add_way(const struct inverted_mapping *mapping, struct row *row)
{
	row->values[EXPORT_mapping_level] = (struct rmi_value) { 0 };
	row->values[EXPORT_mapping_state] = (struct rmi_value) { 0 };
	if (mapping->plain)
		return;
	row_text(row, EXPORT_mapping_level, pt_level_name(mapping->level));
	row_text(row, EXPORT_mapping_state, map_state_name(mapping->state));
}

static enum status tell_mappings(struct unpacking *unpacking,
				 const struct packed_page *page,
				 const struct inverted_mapping *mappings)
{
	struct row row = { 0 };
	enum status st = ST_OK;

	if (page->gap[0])
		st = tell_page_gap(unpacking->export, page->pfn, "mappings",
				   page->gap);
	row_integer(&row, EXPORT_mapping_pfn, (int64_t)page->pfn);
	for (uint64_t i = 0; i < page->n_mappings && !st; i++) {
		const struct inverted_mapping *mapping = &mappings[i];

		row_number(&row, EXPORT_mapping_vma,
			   unpacking->numbers[mapping->vma]);
		row_integer(&row, EXPORT_mapping_address,
			    (int64_t)mapping->address);
		add_way(mapping, &row);
		st = export_row(unpacking->export, EXPORT_mapping, &row);
	}
	return st;
}

static enum status unpack(struct unpacking *unpacking,
			  const struct packet *packet)
{
	const struct vma *vmas = (const void *)(packet + 1);
	const struct packed_page *pages =
		(const void *)(vmas + packet->n_vmas);
	const struct inverted_mapping *mappings =
		(const void *)(pages + packet->n_pages);
	enum status st = number_vmas(unpacking, packet, vmas);

	for (uint64_t i = 0; i < packet->n_pages && !st; i++) {
		st = tell_mappings(unpacking, &pages[i], mappings);
		mappings += pages[i].n_mappings;
	}
	free(unpacking->numbers);
	unpacking->numbers = NULL;
	return st;
}

/* A sheet comes in whole packets, since each is written at once. */
static bool print(const char *bytes, size_t n, void *arg)
{
	struct unpacking *unpacking = arg;

	for (size_t at = 0; at < n && !unpacking->st; ) {
		const struct packet *packet = (const void *)(bytes + at);

		unpacking->st = unpack(unpacking, packet);
		at += size_of_packet(packet);
	}
	return !unpacking->st;
}

enum status export_mappings(struct export *export)
{
	struct unpacking unpacking = { .export = export };
	struct inversion inversion = {
		.crew = export->whole.crew,
		.tasks = export->session->tasks,
		.frames = export->whole.frames,
		.fn = pack,
		.press = press_new(print, &unpacking),
	};
	uint64_t n_wanted;
	enum status st;

	export->incomplete = calloc(bits_words(export->whole.frames->n),
				    sizeof(*export->incomplete));
	st = inversion.press && export->incomplete ?
	     invert(&inversion, &n_wanted) : ST_NO_MEMORY;
	press_free(inversion.press);
	return unpacking.st ? unpacking.st : st;
}

/* ---- pages ---- */

/* The folio that the page at hand belongs to. */
struct at_folio {
	uint64_t head;
	uint64_t end;		/* the first frame behind it */
	unsigned int order;
};

static void find_folio(struct at_folio *at, uint64_t pfn, unsigned int order)
{
	if (pfn < at->end)
		return;
	*at = (struct at_folio) { pfn, pfn + (1ULL << order), order };
}

/* What the count did not keep: of a head, as it is the folio's. */
static enum status add_references(struct export *export, enum page_kind kind,
				  uint64_t pfn, struct row *row)
{
	struct kernel *kernel = export->session->kernel;
	struct ledger ledger;
	struct page page;
	enum status st;

	if (kind == KIND_UNREADABLE)
		return ST_OK;
	st = page_read(kernel, PFN(pfn), &page);
	if (st == ST_NO_MEMORY)
		return st;
	if (st)
		return tell_page_gap(export, pfn, "struct page",
				     kernel->diag.text);
	row_integer(row, EXPORT_page_refcount, page.refcount);
	ledger = ledger_of(kernel, kind, &page);
	if (!ledger.known)
		return ST_OK;
	row_integer(row, EXPORT_page_pins, ledger.pins);
	row_integer(row, EXPORT_page_unexplained, ledger.unexplained);
	return ST_OK;
}

/* By what page.mapping leads to. */
static const size_t object_columns[] = {
	[RMAP_ANON] = EXPORT_page_anon_vma,
	[RMAP_FILE] = EXPORT_page_file,
	[RMAP_KSM] = EXPORT_page_ksm_node,
};

static struct numbers *numbers_of(struct export *export, enum rmap_type type)
{
	struct numbers *const all[] = {
		[RMAP_ANON] = &export->anon_vmas,
		[RMAP_FILE] = &export->files,
		[RMAP_KSM] = &export->ksm_nodes,
	};

	return all[type];
}

static enum status add_object(struct export *export,
			      const struct frame_use *use,
			      const struct frame_words *words, struct row *row)
{
	const struct page page = { .mapping = words->mapping };
	enum rmap_type type = page_rmap_type(use->kind, &page);
	uint64_t number = 0;
	enum status st;

	row_integer(row, EXPORT_page_listed, type != RMAP_NOT_KEPT);
	if (type == RMAP_NOT_KEPT || type == RMAP_NONE_POSSIBLE)
		return ST_OK;
	st = export_number(numbers_of(export, type),
			   page_mapping_pointer(&page), &number);
	row_number(row, object_columns[type], number);
	row_integer(row, EXPORT_page_pgoff, (int64_t)words->index);
	return st;
}

static void add_cgroup(const struct export *export, uint64_t memcg_data,
		       struct row *row)
{
	const uint64_t *number = map_find(&export->cgroup_of_data, memcg_data);

	if (number)
		row_number(row, EXPORT_page_cgroup, *number);
}

static enum status tell_page(struct export *export,
			     const struct frame_cursor *at,
			     const struct at_folio *folio)
{
	const struct frame_use *use = &export->whole.frames->uses[at->place];
	const struct frame_words *words =
		&export->whole.frames->words[at->place];
	struct row row = { 0 };
	enum status st = add_object(export, use, words, &row);

	if (st)
		return st;
	row_integer(&row, EXPORT_page_pfn, (int64_t)at->pfn);
	row_text(&row, EXPORT_page_kind, page_kind_name(use->kind));
	if (folio->order)
		row_integer(&row, EXPORT_page_head, (int64_t)folio->head);
	row_integer(&row, EXPORT_page_folio_order, folio->order);
	if (at->pfn == folio->head)
		st = add_references(export, use->kind, at->pfn, &row);
	if (st)
		return st;
	if (use->has_count)
		row_integer(&row, EXPORT_page_mapcount, words->counted);
	row_integer(&row, EXPORT_page_mappings, use->n_mappings);
	row_integer(&row, EXPORT_page_complete,
		    !bits_has(export->incomplete, at->place));
	row_integer(&row, EXPORT_page_dirty, use->dirty);
	add_cgroup(export, words->memcg_data, &row);
	return export_row(export, EXPORT_page, &row);
}

#define PAGES_BETWEEN_REPORTS	4096

enum status export_pages(struct export *export)
{
	const struct frames *frames = export->whole.frames;
	struct frame_cursor at = { .frames = frames };
	struct at_folio folio = { 0 };
	enum status st = ST_OK;

	while (!st && frame_next(&at)) {
		find_folio(&folio, at.pfn, frames->uses[at.place].order);
		st = tell_page(export, &at, &folio);
		if (!st && !(at.place % PAGES_BETWEEN_REPORTS))
			st = export_progress(export, "pages", at.place,
					     frames->n);
	}
	return st;
}
