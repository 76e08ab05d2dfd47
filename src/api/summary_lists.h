/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lists of a summary: of whom the largest sums are. How frames are counted
 * is in src/census.
 */
#ifndef RMAP_INSPECT_API_SUMMARY_LISTS_H
#define RMAP_INSPECT_API_SUMMARY_LISTS_H

#include "api/whole.h"
#include "census/tally.h"

DEFINE_VEC(kind_sum_vec, struct rmi_kind_sum)
DEFINE_VEC(process_sum_vec, struct rmi_process_sum)
DEFINE_VEC(sharing_vec, struct rmi_sharing)
DEFINE_VEC(file_sum_vec, struct rmi_file_sum)
DEFINE_VEC(memcg_sum_vec, struct rmi_memcg_sum)
DEFINE_VEC(family_sum_vec, struct rmi_family_sum)
DEFINE_VEC(page_sum_vec, struct rmi_page_sum)

/* A summary in the making. */
struct summary {
	struct rmi_session *session;
	size_t top;
	struct whole whole;
	struct gap_view_vec gap_views;
	struct kind_sum_vec kinds;
	struct process_sum_vec processes;
	struct sharing_vec sharings;
	struct file_sum_vec files;
	struct memcg_sum_vec memcgs;
	struct family_sum_vec families;
	struct page_sum_vec pages;
	struct rmi_summary view;
};

/* Each fills in its part of the view, once everything has been counted. */
typedef enum status summary_list_fn(struct summary *summary);

summary_list_fn summary_list_kinds;
summary_list_fn summary_list_processes;
summary_list_fn summary_list_sharings;	/* behind the processes */
summary_list_fn summary_list_files;
summary_list_fn summary_list_memcgs;
summary_list_fn summary_list_families;
summary_list_fn summary_list_pages;

/* Of a summary that was stopped: whatever all page tables would have told. */
void summary_forget_mappings(struct summary *summary);

void summary_lists_fini(struct summary *summary);

#endif
