/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything as rows of the tables in export.def, each handed out when it is
 * known. Which thing has which number stands here; what it is written to is
 * the caller's matter.
 *
 * Things are numbered when they are first met. The rows of those that others
 * lead to (files, anon_vmas, cgroups) come when nobody can lead to more.
 */
#ifndef RMAP_INSPECT_API_EXPORT_H
#define RMAP_INSPECT_API_EXPORT_H

#include "api/whole.h"
#include "mm/vma.h"

enum export_table {
#define TABLE(name) EXPORT_##name,
#include "api/export.def"
	N_EXPORT_TABLES
};

/* EXPORT_page_pfn, …: places of columns in their rows. */
#define TABLE(name) enum {
#define COLUMN(table, name, type, of) EXPORT_##table##_##name,
#define END_OF_TABLE(name) N_EXPORT_##name##_COLUMNS };
#include "api/export.def"

#define MAX_EXPORT_COLUMNS	17

/* ---- numbers ---- */

DEFINE_VEC(address_vec, kaddr_t)

/* From 1 on, as things are met. Zero-initialised is empty. */
struct numbers {
	struct map by_address;
	struct address_vec list;		/* number - 1 → address */
};

DEFINE_VEC(memcg_view_vec, const struct rmi_memcg *)
DEFINE_VEC(vma_vec, struct vma)

struct export {
	const struct rmi_export_request *request;
	struct rmi_session *session;
	struct whole whole;
	struct map pids;		/* that have their row */
	struct numbers mms, vmas, anon_vmas, ksm_nodes, files, cgroups;
	struct memcg_view_vec memcgs;	/* cgroup's number - 1 → itself */
	struct map cgroup_of_data;	/* page.memcg_data → number */
	struct map told_nodes;		/* stable nodes that have their row */
	/* VMAs that the reverse map leads to, and no address space has. */
	struct vma_vec strays;
	bool has_avcs;			/* the layout of these is known */
	uint64_t n_avcs;
	uint64_t *incomplete;		/* one bit for each frame's place */
	struct gaps gaps;		/* beside those of whole */
	uint64_t n_rows, n_gap_rows;
	bool refused;			/* the caller takes no more rows */
	struct diag *diag;
};

/*
 * The number of what is at an address, given to it now if need be; 0: of
 * nothing. Any thread may ask, in its turn to print: ST_NO_MEMORY leaves it to
 * rmi_session_export() to say so.
 */
enum status export_number(struct numbers *numbers, kaddr_t address,
			  uint64_t *ret_number) must_check;

/* Likewise of a cgroup; NULL has 0. */
enum status export_cgroup(struct export *export, const struct rmi_memcg *memcg,
			  uint64_t *ret_number) must_check;

/* ---- rows ---- */

struct row {
	struct rmi_value values[MAX_EXPORT_COLUMNS];	/* zeros: not known */
};

static inline void row_integer(struct row *row, size_t column, int64_t number)
{
	row->values[column] = (struct rmi_value) {
		RMI_VALUE_INTEGER, number, NULL,
	};
}

/* 0 stands for nothing. */
static inline void row_number(struct row *row, size_t column, uint64_t number)
{
	if (number)
		row_integer(row, column, (int64_t)number);
}

static inline void row_address(struct row *row, size_t column, kaddr_t address)
{
	row->values[column] = (struct rmi_value) {
		RMI_VALUE_ADDRESS, (int64_t)address.v, NULL,
	};
}

/* NULL: not known. */
static inline void row_text(struct row *row, size_t column, const char *text)
{
	if (text)
		row->values[column] = (struct rmi_value) {
			RMI_VALUE_TEXT, 0, text,
		};
}

/* ST_STOPPED: the caller takes no more. */
enum status export_row(struct export *export, enum export_table table,
		       const struct row *row) must_check;

/* A row of gap, now: of one page. */
enum status export_page_gap(struct export *export, uint64_t pfn,
			    const char *what, const char *why) must_check;

/* In long loops: how far it is. ST_STOPPED: the caller wants no more. */
enum status export_progress(struct export *export, const char *what,
			    uint64_t done, uint64_t total) must_check;

/* ---- steps ---- */

/* Who has address spaces, and what is in these: task, mm, vma, avc. */
enum status export_spaces(struct export *export) must_check;
/* vma and avc of those that were met since, and belong to none of these. */
enum status export_strays(struct export *export) must_check;

enum status export_mappings(struct export *export) must_check;
enum status export_pages(struct export *export) must_check;

/* What all these have led to: anon_vma, ksm_node, file, cgroup. */
enum status export_anon_vmas(struct export *export) must_check;
enum status export_ksm_nodes(struct export *export) must_check;
enum status export_files(struct export *export) must_check;
enum status export_cgroups(struct export *export) must_check;

#endif
