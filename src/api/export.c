/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of an export, what it tells of itself, and its numbers. */
#include "api/export.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Raised when a column changes its meaning, or goes. */
#define SCHEMA		"rmap-inspect-export/1"
#define DECIMAL_SIZE	24

/* ---- numbers ---- */

enum status export_number(struct numbers *numbers, kaddr_t address,
			  uint64_t *ret_number)
{
	bool added;

	if (!address.v) {
		*ret_number = 0;
		return ST_OK;
	}
	if (map_add(&numbers->by_address, address.v, numbers->list.n + 1,
		    &added) ||
	    (added && address_vec_push(&numbers->list, address)))
		return ST_NO_MEMORY;
	*ret_number = *map_find(&numbers->by_address, address.v);
	return ST_OK;
}

static void numbers_fini(struct numbers *numbers)
{
	map_fini(&numbers->by_address);
	address_vec_fini(&numbers->list);
}

enum status export_cgroup(struct export *export, const struct rmi_memcg *memcg,
			  uint64_t *ret_number)
{
	enum status st = export_number(&export->cgroups,
				       KADDR(memcg ? memcg->address : 0),
				       ret_number);

	if (st || *ret_number <= export->memcgs.n)
		return st;
	return memcg_view_vec_push(&export->memcgs, memcg);
}

/* ---- rows ---- */

enum status export_row(struct export *export, enum export_table table,
		       const struct row *row)
{
	size_t n_tables;
	const struct rmi_table *tables = rmi_export_tables(&n_tables);

	export->n_rows++;
	export->n_gap_rows += table == EXPORT_gap;
	export->refused = !export->request->row(&tables[table], row->values,
						export->request->arg);
	return export->refused ? ST_STOPPED : ST_OK;
}

enum status export_progress(struct export *export, const char *what,
			    uint64_t done, uint64_t total)
{
	const struct log *log = export->session->kernel->log;

	log_progress(log, what, done, total);
	return log_is_cancelled(log) ?
	       diag_fail(export->diag, ST_STOPPED,
			 "stopped at %" PRIu64 " of %" PRIu64 " %s", done,
			 total, what) : ST_OK;
}

static enum status tell_gap(struct export *export, const char *what,
			    const char *where, const char *why)
{
	struct row row = { 0 };

	row_text(&row, EXPORT_gap_what, what);
	row_text(&row, EXPORT_gap_place, where);
	row_text(&row, EXPORT_gap_why, why);
	return export_row(export, EXPORT_gap, &row);
}

enum status export_page_gap(struct export *export, uint64_t pfn,
			    const char *what, const char *why)
{
	struct row row = { 0 };

	row_text(&row, EXPORT_gap_what, what);
	row_text(&row, EXPORT_gap_why, why);
	row_integer(&row, EXPORT_gap_pfn, (int64_t)pfn);
	return export_row(export, EXPORT_gap, &row);
}

static enum status tell_gaps_of(struct export *export, const struct gaps *gaps)
{
	char more[64];
	enum status st = ST_OK;

	for (size_t i = 0; i < gaps->list.n && !st; i++)
		st = tell_gap(export, gaps->list.items[i].what,
			      gaps->list.items[i].where,
			      gaps->list.items[i].why);
	if (st || !gaps->n_unlisted)
		return st;
	snprintf(more, sizeof(more), "%zu more", gaps->n_unlisted);
	return tell_gap(export, "gaps", more, "too many to list");
}

static enum status tell_gaps(struct export *export)
{
	enum status st = tell_gaps_of(export, &export->session->tasks->gaps);

	whole_take_gaps(&export->whole);
	if (!st)
		st = tell_gaps_of(export, &export->whole.gaps);
	if (!st)
		st = tell_gaps_of(export, &export->gaps);
	return st;
}

/* ---- of the dump itself ---- */

static enum status tell_fact(struct export *export, const char *key,
			     const char *value)
{
	struct row row = { 0 };

	row_text(&row, EXPORT_dump_key, key);
	row_text(&row, EXPORT_dump_value, value);
	return value ? export_row(export, EXPORT_dump, &row) : ST_OK;
}

static const char *decimal(char text[static DECIMAL_SIZE], uint64_t number)
{
	snprintf(text, DECIMAL_SIZE, "%" PRIu64, number);
	return text;
}

static const char *host_of(struct rmi_session *session)
{
	struct rmi_info info = { .size = sizeof(info) };

	return rmi_session_info(session, &info) ? NULL : info.host;
}

static enum status tell_dump(struct export *export)
{
	const struct rmi_source *source = &export->session->source;
	char page_size[DECIMAL_SIZE];
	const struct {
		const char *key, *value;
	} facts[] = {
		{ "schema", SCHEMA },
		{ "version", rmi_version() },
		{ "core", source->core },
		{ "host", host_of(export->session) },
		{ "architecture", source->architecture },
		{ "release", source->release },
		{ "build_id", source->build_id },
		{ "page_size", decimal(page_size, source->page_size) },
	};
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]) && !st; i++)
		st = tell_fact(export, facts[i].key, facts[i].value);
	return st;
}

/* The last of all rows: without it, others may be missing. */
static enum status tell_end(struct export *export)
{
	return tell_fact(export, "complete", export->n_gap_rows ? "no" : "yes");
}

/* Whoever reads the rows as they come has to know that more were to come. */
static void tell_broken_off(struct export *export)
{
	char why[DIAG_SIZE];

	memcpy(why, export->diag->text, sizeof(why));
	if (!tell_gap(export, "export", NULL, why))
		(void)!tell_end(export);
}

/* ---- the steps ---- */

static enum status count(struct export *export)
{
	struct whole *whole = &export->whole;
	enum status st = whole_count(whole, export->session,
				     export->request->jobs);

	return st ? st : whole_weigh(whole);
}

static enum status keep_cgroup(const struct tally_row *row,
			       const struct rmi_memcg *memcg, void *arg)
{
	struct export *export = arg;
	uint64_t number = 0;
	bool added;
	enum status st = export_cgroup(export, memcg, &number);

	return st ? st : map_add(&export->cgroup_of_data, row->key, number,
				 &added);
}

static enum status find_cgroups(struct export *export)
{
	return whole_for_each_memcg(&export->whole, keep_cgroup, export);
}

static enum status (*const steps[])(struct export *export) = {
	count,
	tell_dump,
	find_cgroups,
	export_spaces,
	export_mappings,
	export_strays,
	export_pages,
	export_anon_vmas,
	export_ksm_nodes,
	export_files,
	export_cgroups,
	tell_gaps,
	tell_end,
};

static void export_fini(struct export *export)
{
	map_fini(&export->pids);
	numbers_fini(&export->mms);
	numbers_fini(&export->vmas);
	numbers_fini(&export->anon_vmas);
	numbers_fini(&export->ksm_nodes);
	numbers_fini(&export->files);
	numbers_fini(&export->cgroups);
	memcg_view_vec_fini(&export->memcgs);
	map_fini(&export->cgroup_of_data);
	map_fini(&export->told_nodes);
	vma_vec_fini(&export->strays);
	free(export->incomplete);
	gaps_fini(&export->gaps);
	whole_fini(&export->whole);
}

rmi_status rmi_session_export(struct rmi_session *session,
			      const struct rmi_export_request *caller_request,
			      struct rmi_export *ret_export)
{
	struct rmi_export_request request;
	struct export export = { .request = &request, .session = session };
	enum status st = ST_OK;

	if (!session_has_dump(session) ||
	    !copy_sized(&request, sizeof(request), caller_request) ||
	    !request.row)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened, or a request "
				    "that this library does not know");
	export.diag = &session->kernel->diag;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !st; i++)
		st = steps[i](&export);
	if (st == ST_NO_MEMORY)
		st = diag_no_memory(export.diag);
	if (st == ST_STOPPED && !export.refused)
		tell_broken_off(&export);
	*ret_export = (struct rmi_export) { export.n_rows, export.n_gap_rows };
	export_fini(&export);
	return st ? session_fail(session, st, session->kernel->diag.text) :
		    RMI_OK;
}
