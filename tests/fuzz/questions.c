/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "need.h"
#include "questions.h"

static const char *text(const char *s)
{
	return s ? s : "-";
}

/* ---- pages ---- */

static void tell_tasks(uint64_t mm, const struct rmi_task *tasks, size_t n,
		       FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "=task %" PRIx64 " %u\n", mm, tasks[i].pid);
		if (tasks[i].comm)	/* its task_struct could be read */
			fprintf(out, "=comm %u %s\n", tasks[i].pid,
				tasks[i].comm);
	}
}

/* Of a folio any part may be told, as long as all of it is not known. */
static void tell_mapping(const char *how, const struct rmi_mapping *mapping,
			 bool of_folio, FILE *out)
{
	fprintf(out, "=%s %" PRIx64 " %s %s %" PRIx64 " vma %" PRIx64 " %"
		PRIx64 "-%" PRIx64 " %" PRIx64 " %s\n", how, mapping->mm,
		mapping->state, mapping->level, mapping->pte, mapping->vma,
		mapping->vma_start, mapping->vma_end, mapping->vma_flags,
		mapping->vma_perm);
	fprintf(out, "%s %" PRIx64 " %" PRIx64 " %" PRIx64 "%s%" PRIu64 "\n",
		of_folio ? "at" : "=at", mapping->mm, mapping->address,
		mapping->pfn, of_folio ? "+" : " ", mapping->n_pages);
	tell_tasks(mapping->mm, mapping->tasks, mapping->n_tasks, out);
	if (mapping->path)
		fprintf(out, "=path %" PRIx64 " %s\n", mapping->vma,
			mapping->path);
	fprintf(out, "note %" PRIx64 " %s\n", mapping->address,
		text(mapping->note));
}

static void tell_gaps(const struct rmi_gap *gaps, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "gap %s: %s: %s\n", gaps[i].what, gaps[i].where,
			gaps[i].why);
}

static void tell_details(const struct rmi_detail *details, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "detail %s %s %" PRIu64 "\n", details[i].name,
			text(details[i].text), details[i].number);
}

static void tell_memcg(const struct rmi_memcg *memcg, FILE *out)
{
	if (memcg)
		fprintf(out, "=memcg %" PRIx64 " %s %s %" PRIu64 " %s\n",
			memcg->address, text(memcg->path), memcg->state,
			memcg->inode, text(memcg->container));
	else
		fputs("no memcg\n", out);
}

/*
 * That it is not known may be said of any page; and with less to go by there
 * are other reasons for the same.
 */
static void tell_verdict(const char *of, const struct rmi_verdict *verdict,
			 FILE *out)
{
	if (verdict->answer && !strcmp(verdict->answer, "unknown"))
		return;
	fprintf(out, "~%s %s\n", of, text(verdict->answer));
	for (size_t i = 0; i < verdict->n_reasons; i++)
		fprintf(out, "#%s since %s\n", of, verdict->reasons[i]);
}

static void tell_file(const struct rmi_file *file, FILE *out)
{
	if (!file) {
		fputs("no file\n", out);
		return;
	}
	if (file->path)
		fprintf(out, "file path %s\n", file->path);
	fprintf(out, "file %s %u:%u %" PRIu64 " size %" PRIu64 " offset %"
		PRIu64 " %d %d %d\n", text(file->filesystem),
		file->device_major, file->device_minor, file->inode,
		file->size, file->offset, file->deleted, file->dirty,
		file->writeback);
	if (file->has_mapped_by)
		fprintf(out, "file mapped by %" PRIu64 " %" PRIu64 "\n",
			file->n_vmas, file->n_processes);
	for (size_t i = 0; i < file->n_candidates; i++) {
		const struct rmi_candidate *candidate = &file->candidates[i];

		fprintf(out, "=candidate %" PRIx64 " %" PRIx64 " %" PRIx64
			"-%" PRIx64 " %" PRIx64 "\n", candidate->mm,
			candidate->vma, candidate->vma_start,
			candidate->vma_end, candidate->address);
		tell_tasks(candidate->mm, candidate->tasks,
			   candidate->n_tasks, out);
	}
}

static void tell_counts(const struct rmi_page *page, FILE *out)
{
	fprintf(out, "phys %" PRIx64 " page %" PRIx64 " kind %s node %d "
		"zone %s\n", page->phys, page->page, page->kind, page->node,
		text(page->zone));
	fprintf(out, "order %u head %" PRIx64 " mapping %" PRIx64
		" found by %s\n", page->order, page->head_pfn, page->mapping,
		text(page->found_by));
	fprintf(out, "refcount %" PRId64 " unexplained %" PRId64 "\n",
		page->refcount, page->unexplained);
	if (page->has_mapcount)
		fprintf(out, "mapcount %" PRId64 "\n", page->mapcount);
	if (page->has_index)
		fprintf(out, "index %" PRIx64 "\n", page->index);
	for (size_t i = 0; i < page->n_flags; i++)
		fprintf(out, "flag %s\n", page->flags[i]);
	for (size_t i = 0; i < page->n_references; i++)
		fprintf(out, "held by %s %" PRId64 "\n",
			page->references[i].holder,
			page->references[i].count);
}

static bool tell_page(const struct rmi_page *page, FILE *out)
{
	tell_counts(page, out);
	for (size_t i = 0; i < page->n_steps; i++)
		fprintf(out, "step %s %s %" PRIx64 " %s\n",
			page->steps[i].from, page->steps[i].object,
			page->steps[i].address, text(page->steps[i].detail));
	for (size_t i = 0; i < page->n_mappings; i++)
		tell_mapping("mapping", &page->mappings[i], page->folio, out);
	for (size_t i = 0; i < page->n_differences; i++)
		fprintf(out, "only in %s %" PRIx64 " %" PRIx64 "\n",
			page->differences[i].only_in,
			page->differences[i].mapping.mm,
			page->differences[i].mapping.address);
	fprintf(out, "path %s\n", text(page->path));
	tell_details(page->details, page->n_details, out);
	tell_memcg(page->memcg, out);
	tell_verdict("reclaim", &page->reclaim, out);
	tell_verdict("migrate", &page->migrate, out);
	tell_file(page->file, out);
	tell_gaps(page->gaps, page->n_gaps, out);
	return page->complete;
}

struct telling {
	FILE *out;
	struct reply *reply;
};

static bool got_page(const struct rmi_page *page, void *arg)
{
	struct telling *telling = arg;

	telling->reply->complete = tell_page(page, telling->out);
	if (page->complete && page->n_gaps)
		snprintf(telling->reply->fault,
			 sizeof(telling->reply->fault),
			 "complete, and a gap: %s", page->gaps[0].why);
	return true;
}

static void query(struct rmi_session *session, const struct question *question,
		  rmi_method method, bool folio, FILE *out,
		  struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_pfn_range range = {
		question->number, question->number
	};
	const struct rmi_query request = {
		.size = sizeof(request), .method = method, .n_ranges = 1,
		.ranges = &range, .folio = folio,
	};

	reply->status = rmi_session_query(session, &request, got_page,
					  &telling);
}

static void do_page(struct rmi_session *session,
		    const struct question *question, FILE *out,
		    struct reply *reply)
{
	query(session, question, RMI_METHOD_RMAP, false, out, reply);
}

static void do_folio(struct rmi_session *session,
		     const struct question *question, FILE *out,
		     struct reply *reply)
{
	query(session, question, RMI_METHOD_RMAP, true, out, reply);
}

static void do_both(struct rmi_session *session,
		    const struct question *question, FILE *out,
		    struct reply *reply)
{
	query(session, question, RMI_METHOD_BOTH, false, out, reply);
}

static bool got_mapping(const struct rmi_mapping *mapping, void *arg)
{
	struct telling *telling = arg;

	tell_mapping("mapping", mapping, false, telling->out);
	return true;
}

static void do_walk(struct rmi_session *session,
		    const struct question *question, FILE *out,
		    struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_walk_control control = {
		.size = sizeof(control), .arg = &telling,
		.rmap_one = got_mapping,
	};

	reply->status = rmi_session_walk(session, question->number, &control,
					 &reply->complete);
}

/* ---- structures ---- */

static void got_family(const struct rmi_family *family, void *arg)
{
	struct telling *telling = arg;
	FILE *out = telling->out;

	for (size_t i = 0; i < family->n_anon_vmas; i++) {
		const struct rmi_anon_vma *anon_vma = &family->anon_vmas[i];

		fprintf(out, "=anon_vma %" PRIx64 "\n", anon_vma->anon_vma);
		fprintf(out, "anon_vma %" PRIx64 " depth %u ref %" PRId64
			" %" PRId64 " %" PRId64 " %" PRId64 "\n",
			anon_vma->anon_vma, anon_vma->depth,
			anon_vma->refcount, anon_vma->degree,
			anon_vma->n_children, anon_vma->n_active_vmas);
		for (size_t j = 0; j < anon_vma->n_avcs; j++)
			fprintf(out, "=avc %" PRIx64 " %" PRIx64 " %" PRIx64
				"\n", anon_vma->anon_vma,
				anon_vma->avcs[j].avc,
				family->vmas[anon_vma->avcs[j].vma].vma);
	}
	for (size_t i = 0; i < family->n_vmas; i++) {
		const struct rmi_family_vma *vma = &family->vmas[i];

		fprintf(out, "=vma %" PRIx64 " %" PRIx64 " %" PRIx64
			"-%" PRIx64 " %" PRIx64 " %s\n", vma->vma, vma->mm,
			vma->start, vma->end, vma->flags, vma->perm);
		fprintf(out, "vma %" PRIx64 " %zu %zu\n", vma->vma, vma->own,
			vma->reused);
		tell_tasks(vma->mm, vma->tasks, vma->n_tasks, out);
	}
	tell_gaps(family->gaps, family->n_gaps, out);
	telling->reply->complete = family->complete;
}

static void do_family(struct rmi_session *session,
		      const struct question *question, FILE *out,
		      struct reply *reply)
{
	struct telling telling = { out, reply };

	reply->status = rmi_session_family(session, question->number,
					   got_family, &telling);
}

static void got_node(const struct rmi_ksm_node *node, void *arg)
{
	struct telling *telling = arg;

	fprintf(telling->out, "=node %" PRIx64 "\n", node->node);
	fprintf(telling->out, "node %" PRIx64 " %s %" PRIx64 " %" PRIx64
		" %zu %d %" PRIu64 " %" PRIu64 " %zu\n", node->node,
		node->role, node->chain, node->pfn, node->n_items,
		node->stale, node->n_sharers, node->saved, node->n_cgroups);
	for (size_t i = 0; i < node->n_items; i++)
		fprintf(telling->out, "=item %" PRIx64 " %" PRIx64 " %" PRIx64
			"\n", node->items[i].item, node->items[i].anon_vma,
			node->items[i].address);
	for (size_t i = 0; node->page && i < node->page->n_mappings; i++)
		tell_mapping("mapping", &node->page->mappings[i], false,
			     telling->out);
}

static void got_ksm(const struct rmi_ksm_summary *summary, void *arg)
{
	struct telling *telling = arg;

	fprintf(telling->out, "ksm %" PRIu64 " %" PRIu64 " %" PRIu64 " %"
		PRIu64 " %" PRIu64 " %" PRIu64 "\n", summary->n_nodes,
		summary->n_chains, summary->n_stale, summary->n_items,
		summary->n_sharers, summary->saved);
	tell_gaps(summary->gaps, summary->n_gaps, telling->out);
	telling->reply->complete = summary->complete;
}

static void do_ksm(struct rmi_session *session,
		   const struct question *question, FILE *out,
		   struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_ksm_request request = {
		.size = sizeof(request), .node = question->number,
		.arg = &telling, .node_fn = got_node, .summary_fn = got_ksm,
	};

	reply->status = rmi_session_ksm(session, &request);
}

/* ---- places ---- */

static bool got_found(const struct rmi_found *found, void *arg)
{
	struct telling *telling = arg;

	fprintf(telling->out, "=found %" PRIx64 "-%" PRIx64 " %d %" PRIx64
		"\n", found->range.first, found->range.last, found->has_at,
		found->at);
	return true;
}

static void got_object(const struct rmi_object *object, void *arg)
{
	struct telling *telling = arg;

	fprintf(telling->out, "object %s %" PRIx64 " %" PRIx64 "-%" PRIx64
		" %s %u:%u %" PRIu64 "\n", object->type, object->address,
		object->start, object->end, text(object->path),
		object->dev_major, object->dev_minor, object->inode);
	tell_tasks(object->address, object->tasks, object->n_tasks,
		   telling->out);
	tell_details(object->details, object->n_details, telling->out);
	tell_gaps(object->gaps, object->n_gaps, telling->out);
	telling->reply->complete &= object->complete;
}

static void do_place(struct rmi_session *session,
		     const struct question *question, FILE *out,
		     struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_find_control control = {
		.size = sizeof(control), .arg = &telling,
		.found = got_found, .object = got_object,
	};
	struct rmi_place place = question->place;
	size_t n;

	place.path = question->path;
	/* A page alone is found, or the call fails. */
	reply->complete = true;
	reply->status = rmi_session_find_all(session, &place, &control);
	(void)rmi_session_gaps(session, &n);
	reply->complete &= !n;
}

static bool got_swap(const struct rmi_swap *swap, void *arg)
{
	struct telling *telling = arg;

	for (size_t i = 0; i < swap->n_mappings; i++)
		tell_mapping("mapping", &swap->mappings[i], false,
			     telling->out);
	fprintf(telling->out, "swap %d %" PRId64 " %d %d %" PRIx64 "\n",
		swap->has_count, swap->count, swap->has_cached, swap->cached,
		swap->has_pfn ? swap->pfn : 0);
	tell_file(swap->file, telling->out);
	tell_gaps(swap->gaps, swap->n_gaps, telling->out);
	telling->reply->complete = swap->complete;
	return true;
}

static void do_swap(struct rmi_session *session,
		    const struct question *question, FILE *out,
		    struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_swap_entry entry = { 0, question->number };
	const struct rmi_swap_query request = {
		.size = sizeof(request), .n_entries = 1, .entries = &entry,
	};

	reply->status = rmi_session_swap(session, &request, got_swap,
					 &telling);
}

/* ---- what the dump says of itself ---- */

static bool got_record(const struct rmi_log_record *record, void *arg)
{
	struct telling *telling = arg;

	fprintf(telling->out, "=log %" PRIu64 " %" PRIu64 " %s\n",
		record->seq, record->ns, record->text);
	return true;
}

static void do_log(struct rmi_session *session,
		   const struct question *question, FILE *out,
		   struct reply *reply)
{
	struct telling telling = { out, reply };
	size_t n;

	(void)question;
	reply->status = rmi_session_log(session, got_record, &telling);
	(void)rmi_session_gaps(session, &n);
	reply->complete = !n;
}

static void got_layout(const struct rmi_layout_entry *entry, void *arg)
{
	struct telling *telling = arg;

	fprintf(telling->out, "%s %s %s %" PRIx64 " %" PRIu64 " %" PRIx64
		"\n", entry->kind, entry->name, text(entry->path),
		entry->offset, entry->bytes, entry->address);
}

static void do_layout(struct rmi_session *session,
		      const struct question *question, FILE *out,
		      struct reply *reply)
{
	struct telling telling = { out, reply };
	struct rmi_info info = { .size = sizeof(info) };

	(void)question;
	reply->status = rmi_session_layout(session, got_layout, &telling);
	if (rmi_session_info(session, &info) == RMI_OK)
		fprintf(out, "host %s\n", text(info.host));
}

/* ---- all of the dump ---- */

static void tell_sum(const char *of, const char *name,
		     const struct rmi_sum *sum, FILE *out)
{
	fprintf(out, "%s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		"\n", of, text(name), sum->frames, sum->mapped, sum->mappings,
		sum->dirty);
}

static void tell_process(const struct rmi_process_sum *sum, FILE *out)
{
	tell_tasks(sum->mm, sum->tasks, sum->n_tasks, out);
	fprintf(out, "process %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		" %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", sum->mm,
		sum->n_vmas, sum->covered, sum->resident, sum->anon,
		sum->file, sum->shmem, sum->unique, sum->proportional,
		sum->hugetlb, sum->swapped, sum->swap_proportional);
}

static void got_summary(const struct rmi_summary *summary, void *arg)
{
	struct telling *telling = arg;
	FILE *out = telling->out;

	tell_sum("all", "", &summary->all, out);
	for (size_t i = 0; i < summary->n_kinds; i++)
		tell_sum("kind", summary->kinds[i].kind,
			 &summary->kinds[i].sum, out);
	for (size_t i = 0; i < summary->n_processes; i++)
		tell_process(&summary->processes[i], out);
	for (size_t i = 0; i < summary->n_files; i++)
		tell_sum("file", summary->files[i].path,
			 &summary->files[i].sum, out);
	for (size_t i = 0; i < summary->n_memcgs; i++)
		tell_sum("memcg", summary->memcgs[i].memcg ?
			 summary->memcgs[i].memcg->path : NULL,
			 &summary->memcgs[i].sum, out);
	for (size_t i = 0; i < summary->n_families; i++)
		tell_sum("family", "", &summary->families[i].sum, out);
	for (size_t i = 0; i < summary->n_pages; i++)
		fprintf(out, "page %" PRIx64 " %s %" PRIu64 "\n",
			summary->pages[i].pfn, summary->pages[i].kind,
			summary->pages[i].mappings);
	for (size_t i = 0; i < summary->n_sharings; i++)
		fprintf(out, "sharing %" PRIx64 " %" PRIu64 " %zu\n",
			summary->sharings[i].pfn, summary->sharings[i].frames,
			summary->sharings[i].n_processes);
	tell_gaps(summary->gaps, summary->n_gaps, out);
	telling->reply->complete = summary->complete;
}

static void do_summary(struct rmi_session *session,
		       const struct question *question, FILE *out,
		       struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_summary_request request = {
		.size = sizeof(request), .jobs = 1, .arg = &telling,
		.fn = got_summary,
	};

	(void)question;
	reply->status = rmi_session_summary(session, &request);
}

static void sheet_line(struct rmi_sheet *sheet, const char *line, size_t len)
{
	char *room = rmi_sheet_room(sheet, len);

	if (!room)
		return;
	memcpy(room, line, len);
	rmi_sheet_filled(sheet, len);
}

static void tell_stretch_page(const struct rmi_stretch *stretch,
			      const struct rmi_stretch_page *page,
			      struct rmi_sheet *sheet)
{
	char line[512];
	int len;

	for (uint64_t i = 0; page->listed && i < page->n_mappings; i++) {
		const struct rmi_stretch_mapping *mapping = &page->mappings[i];

		len = snprintf(line, sizeof(line), "=m %" PRIx64 " %" PRIx64
			       " %" PRIx64 " %s %s\n", page->pfn,
			       stretch->vmas[mapping->vma].vma,
			       mapping->address,
			       rmi_level_name(mapping->level),
			       rmi_state_name(mapping->state));
		sheet_line(sheet, line, len);
	}
	/* A '?' is a fact if nothing concerns every page. */
	len = snprintf(line, sizeof(line), "%cpage %" PRIx64 " %s %" PRIx64
		       " %" PRIx64 " %u %" PRId64 " %d %" PRIu64 "\n",
		       page->gap ? ' ' : '?', page->pfn, page->kind,
		       page->object, page->index, page->order,
		       page->has_count ? page->count : -1, page->listed,
		       page->n_mappings);
	sheet_line(sheet, line, len);
}

static void tell_stretch(const struct rmi_stretch *stretch,
			 struct rmi_sheet *sheet, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < stretch->n_pages; i++)
		tell_stretch_page(stretch, &stretch->pages[i], sheet);
}

static bool print_stretch(const char *bytes, size_t n, void *arg)
{
	struct telling *telling = arg;

	fwrite(bytes, 1, n, telling->out);
	return true;
}

static void do_all(struct rmi_session *session,
		   const struct question *question, FILE *out,
		   struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_all_request request = {
		.size = sizeof(request), .jobs = 1, .arg = &telling,
		.stretch = tell_stretch, .print = print_stretch,
	};
	struct rmi_all all = { 0 };

	(void)question;
	reply->status = rmi_session_all(session, &request, &all);
	if (reply->status != RMI_OK)
		return;
	fprintf(out, "all %" PRIu64 " %" PRIu64 "\n", all.n_pages,
		all.n_mappings);
	tell_gaps(all.gaps, all.n_gaps, out);
	if (!all.n_gaps)
		fputs("every ? is a fact\n", out);
	reply->complete = !all.n_gaps && !all.n_incomplete && !all.partial;
}

static void got_audit(const struct rmi_audit *audit, void *arg)
{
	struct telling *telling = arg;

	for (size_t i = 0; i < audit->n_findings; i++) {
		const struct rmi_finding *finding = &audit->findings[i];

		fprintf(telling->out, "=finding %s %s\n", finding->rule,
			finding->severity);
		fprintf(telling->out, "finding %s", finding->detail);
		for (size_t j = 0; j < finding->n_objects; j++)
			fprintf(telling->out, " %s %" PRIx64,
				finding->objects[j].type,
				finding->objects[j].address);
		fputc('\n', telling->out);
	}
	fprintf(telling->out, "audit %" PRIu64 " %" PRIu64 " %" PRIu64
		" %" PRIu64 "\n", audit->n_frames, audit->n_vmas,
		audit->n_avcs, audit->n_mappings);
	tell_gaps(audit->gaps, audit->n_gaps, telling->out);
	telling->reply->complete = audit->complete;
}

static void do_audit(struct rmi_session *session,
		     const struct question *question, FILE *out,
		     struct reply *reply)
{
	struct telling telling = { out, reply };
	const struct rmi_audit_request request = {
		.size = sizeof(request), .jobs = 1, .arg = &telling,
		.fn = got_audit,
	};

	(void)question;
	reply->status = rmi_session_audit(session, &request);
}

/* ---- an export: no row may name one that there is not ---- */

#define MAX_TABLES	32u

struct rows {
	struct telling telling;
	const struct rmi_table *tables;
	size_t n_tables;
	struct map keys[MAX_TABLES];	/* that rows have */
	struct map named[MAX_TABLES];	/* that others name */
};

static size_t table_number(const struct rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->n_tables; i++)
		if (!strcmp(rows->tables[i].name, name))
			return i;
	return MAX_TABLES;
}

static void remember(struct map *map, int64_t key, bool *ret_added)
{
	need(!map_add(map, key, 0, ret_added), "out of memory");
}

static void look_at_value(struct rows *rows, const struct rmi_table *table,
			  size_t column, const struct rmi_value *value)
{
	size_t i = table_number(rows, table->name);
	size_t of = table_number(rows, table->columns[column].of);
	bool added = true;

	if (value->type != RMI_VALUE_INTEGER)
		return;
	if (!column && table->has_key)
		remember(&rows->keys[i], value->number, &added);
	if (!added)
		snprintf(rows->telling.reply->fault,
			 sizeof(rows->telling.reply->fault),
			 "two rows of %s have the key %" PRId64, table->name,
			 value->number);
	if (of < MAX_TABLES)
		remember(&rows->named[of], value->number, &added);
}

static void tell_value(const struct rmi_value *value, FILE *out)
{
	if (value->type == RMI_VALUE_TEXT)
		fprintf(out, " %s", value->text);
	else if (value->type == RMI_VALUE_NULL)
		fputs(" NULL", out);
	else
		fprintf(out, " %" PRIx64, value->number);
}

/* The dump's name is that of its form, and damage is not in it. */
static bool is_name(const struct rmi_table *table,
		    const struct rmi_value *values)
{
	return !strcmp(table->name, "dump") &&
	       values[0].type == RMI_VALUE_TEXT &&
	       !strcmp(values[0].text, "core");
}

static bool got_row(const struct rmi_table *table,
		    const struct rmi_value *values, void *arg)
{
	struct rows *rows = arg;

	if (is_name(table, values))
		return true;
	fputs(table->name, rows->telling.out);
	for (size_t i = 0; i < table->n_columns; i++) {
		look_at_value(rows, table, i, &values[i]);
		tell_value(&values[i], rows->telling.out);
	}
	fputc('\n', rows->telling.out);
	return true;
}

static void check_named(struct rows *rows, size_t i)
{
	for (size_t j = 0; j < rows->named[i].room; j++) {
		const struct map_slot *slot = &rows->named[i].slots[j];

		if (slot->used && !map_find(&rows->keys[i], slot->key))
			snprintf(rows->telling.reply->fault,
				 sizeof(rows->telling.reply->fault),
				 "a row names %s %" PRIx64
				 ", which has no row", rows->tables[i].name,
				 slot->key);
	}
}

static void do_export(struct rmi_session *session,
		      const struct question *question, FILE *out,
		      struct reply *reply)
{
	struct rows rows = { .telling = { out, reply } };
	const struct rmi_export_request request = {
		.size = sizeof(request), .jobs = 1, .arg = &rows,
		.row = got_row,
	};
	struct rmi_export export = { 0 };

	(void)question;
	rows.tables = rmi_export_tables(&rows.n_tables);
	need(rows.n_tables <= MAX_TABLES, "more tables than fit");
	reply->status = rmi_session_export(session, &request, &export);
	reply->complete = reply->status == RMI_OK && !export.n_gaps;
	for (size_t i = 0; i < rows.n_tables; i++) {
		if (reply->status == RMI_OK)
			check_named(&rows, i);
		map_fini(&rows.keys[i]);
		map_fini(&rows.named[i]);
	}
}

const struct subject
	ask_page = { "page", do_page },
	ask_folio = { "folio", do_folio },
	ask_both = { "both methods", do_both },
	ask_walk = { "walk", do_walk },
	ask_family = { "family", do_family },
	ask_ksm = { "KSM", do_ksm },
	ask_place = { "place", do_place },
	ask_swap = { "swap entry", do_swap },
	ask_log = { "log", do_log },
	ask_layout = { "layout", do_layout },
	ask_summary = { "summary", do_summary },
	ask_all = { "all", do_all },
	ask_audit = { "audit", do_audit },
	ask_export = { "export", do_export };

/* ---- replies ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void split_lines(struct reply *reply)
{
	bool certain = strstr(reply->text, "\nevery ? is a fact\n");
	size_t room = 1;

	for (const char *c = reply->text; *c; c++)
		room += *c == '\n';
	reply->lines = calloc(room, sizeof(*reply->lines));
	need(reply->lines, "out of memory");
	for (char *line = strtok(reply->text, "\n"); line;
	     line = strtok(NULL, "\n")) {
		if (*line == '?' && certain)
			*line = '=';
		reply->lines[reply->n_lines++] = line;
	}
	if (reply->n_lines)
		qsort(reply->lines, reply->n_lines, sizeof(reply->lines[0]),
		      by_text);
}

void (*question_begins)(bool begins);

static void begins(bool it_does)
{
	if (question_begins)
		question_begins(it_does);
}

void reply_to(struct rmi_session *session, const struct question *question,
	      struct reply *ret_reply)
{
	size_t len;
	FILE *out;

	*ret_reply = (struct reply) { 0 };
	out = open_memstream(&ret_reply->text, &len);
	need(out, "out of memory");
	begins(true);
	question->subject->ask(session, question, out, ret_reply);
	begins(false);
	need(!fclose(out), "out of memory");
	if (ret_reply->status != RMI_OK && !*rmi_session_error(session))
		snprintf(ret_reply->fault, sizeof(ret_reply->fault),
			 "failed with %d, and does not say why",
			 ret_reply->status);
	ret_reply->complete &= ret_reply->status == RMI_OK;
	split_lines(ret_reply);
}

void reply_fini(struct reply *reply)
{
	free(reply->text);
	free(reply->lines);
	*reply = (struct reply) { 0 };
}

static bool has_line(const struct reply *reply, const char *line)
{
	return reply->n_lines &&
	       bsearch(&line, reply->lines, reply->n_lines,
		       sizeof(reply->lines[0]), by_text);
}

/* The first of one that the other has not, of lines that begin so; or NULL. */
static const char *first_missing(const struct reply *of,
				 const struct reply *in,
				 bool (*is_meant)(char first))
{
	for (size_t i = 0; i < of->n_lines; i++)
		if (is_meant(*of->lines[i]) && !has_line(in, of->lines[i]))
			return of->lines[i];
	return NULL;
}

static bool is_fact(char first)
{
	return first == '=' || first == '~';
}

static bool is_needed(char first)
{
	return first != '~' && first != '#';
}

static size_t count_needed(const struct reply *reply)
{
	size_t n = 0;

	for (size_t i = 0; i < reply->n_lines; i++)
		n += is_needed(*reply->lines[i]);
	return n;
}

const char *reply_contradicts(const struct reply *intact,
			      const struct reply *damaged)
{
	static char words[1024];
	const char *what = "wrong: ";
	const char *line = first_missing(damaged, intact, is_fact);

	if (!line && damaged->complete) {
		what = "complete, and without: ";
		line = first_missing(intact, damaged, is_needed);
	}
	if (!line && damaged->complete) {
		what = "complete, and new: ";
		line = first_missing(damaged, intact, is_needed);
	}
	if (!line && damaged->complete &&
	    count_needed(intact) != count_needed(damaged)) {
		what = "complete, and another number of lines";
		line = "";
	}
	snprintf(words, sizeof(words), "%s%s", what, line ? line : "");
	return line ? words : NULL;
}

static void print_missing(const struct reply *of, const struct reply *in,
			  const char *mark)
{
	for (size_t i = 0; i < of->n_lines; i++)
		if (!has_line(in, of->lines[i]))
			printf("  %s%s\n", mark, of->lines[i]);
}

void reply_print_difference(const struct reply *intact,
			    const struct reply *damaged)
{
	printf("  %scomplete\n", damaged->complete ? "" : "not ");
	print_missing(intact, damaged, "- ");
	print_missing(damaged, intact, "+ ");
}

size_t reply_lacks(const struct reply *intact, const struct reply *damaged)
{
	size_t n = 0;

	for (size_t i = 0; damaged->complete && i < intact->n_lines; i++)
		n += !strncmp(intact->lines[i], "=at ", 4) &&
		     !has_line(damaged, intact->lines[i]);
	return n;
}

/* ---- what a page leads to ---- */

struct leads {
	struct question *questions;
	size_t n;
};

static struct question *lead(struct leads *leads,
			     const struct subject *subject, uint64_t number)
{
	struct question *question = &leads->questions[leads->n++];

	*question = (struct question) {
		.subject = subject, .number = number,
		.place = { .size = sizeof(question->place) },
	};
	return question;
}

static void lead_to_object(struct leads *leads, const struct rmi_step *step)
{
	if (!strcmp(step->object, "anon_vma"))
		lead(leads, &ask_family, step->address);
	else if (strstr(step->object, "stable"))
		lead(leads, &ask_ksm, step->address);
}

static void lead_to_places(struct leads *leads,
			   const struct rmi_mapping *mapping)
{
	struct question *question = lead(leads, &ask_place, 0);

	question->place.door = RMI_DOOR_VMA;
	question->place.address = mapping->vma;
	if (mapping->n_tasks) {
		question = lead(leads, &ask_place, 0);
		question->place.door = RMI_DOOR_VIRT;
		question->place.address = mapping->address;
		question->place.pid = mapping->tasks[0].pid;
		question = lead(leads, &ask_place, 0);
		question->place.door = RMI_DOOR_PID;
		question->place.pid = mapping->tasks[0].pid;
	}
	if (mapping->path && *mapping->path == '/') {
		question = lead(leads, &ask_place, 0);
		question->place.door = RMI_DOOR_FILE;
		question->path = strdup(mapping->path);
		need(question->path, "out of memory");
	}
}

static bool follow(const struct rmi_page *page, void *arg)
{
	struct leads *leads = arg;

	lead(leads, &ask_page, page->pfn);
	lead(leads, &ask_folio, page->pfn);
	lead(leads, &ask_walk, page->pfn);
	lead(leads, &ask_both, page->pfn);
	if (page->n_steps)
		lead_to_object(leads, &page->steps[0]);
	if (page->n_mappings)
		lead_to_places(leads, &page->mappings[0]);
	return true;
}

size_t questions_about(struct rmi_session *session, uint64_t pfn,
		       struct question questions[static MAX_QUESTIONS])
{
	struct leads leads = { questions, 0 };
	const struct rmi_pfn_range range = { pfn, pfn };
	const struct rmi_query request = {
		.size = sizeof(request), .n_ranges = 1, .ranges = &range,
	};

	need(rmi_session_query(session, &request, follow, &leads) == RMI_OK,
	     "a query of the whole dump failed");
	return leads.n;
}

void question_fini(struct question *question)
{
	free(question->path);
}
