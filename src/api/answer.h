/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making the answer for one PFN: from struct page and confirmed hits to the
 * public structs.
 */
#ifndef RMAP_INSPECT_API_ANSWER_H
#define RMAP_INSPECT_API_ANSWER_H

#include "api/session.h"
#include "base/arena.h"
#include "base/details.h"
#include "rmap/walk.h"

DEFINE_VEC(mapping_vec, struct rmi_mapping)
DEFINE_VEC(candidate_vec, struct rmi_candidate)
DEFINE_VEC(difference_vec, struct rmi_difference)
DEFINE_VEC(detail_view_vec, struct rmi_detail)

/* One answer in the making. Used again and again; see answer_reset(). */
struct answer {
	struct rmi_session *session;
	struct arena arena;
	struct gaps gaps;
	struct gap_view_vec gap_views;
	struct mapping_vec mappings;
	struct map slots;	/* page-table entries behind the mappings */
	int64_t n_shared;	/* mappings by an entry of another one */
	struct candidate_vec candidates;
	struct difference_vec differences;
	struct details details;
	struct detail_view_vec detail_views;
	struct rmi_page page;
	struct rmi_file file;		/* page.file points here, or nowhere */
};

void answer_init(struct answer *answer, struct rmi_session *session);
void answer_fini(struct answer *answer);

/* Forget the last answer; what it pointed to is gone. */
void answer_reset(struct answer *answer);

/* Add a confirmed hit to a list of mappings. */
enum status answer_add_mapping(struct answer *answer, struct mapping_vec *list,
			       const struct rmap_hit *hit) must_check;

/*
 * Note by which page-table entry a mapping is made; it is told if that is
 * another's, too. answer_forget_mappings() forgets them with the mappings.
 */
enum status answer_note_slot(struct answer *answer, const struct rmap_hit *hit,
			     struct rmi_mapping *mapping) must_check;
void answer_forget_mappings(struct answer *answer);

/* One hit as the public struct, for the session's own use. */
enum status answer_view_hit(struct answer *answer, const struct rmap_hit *hit,
			    struct rmi_mapping *ret_mapping) must_check;

/* In order of first pid, then address, then mm. */
void answer_sort_mappings(struct mapping_vec *list);

/* Fill in page from what was read; kind decides which fields mean something. */
enum status answer_describe_page(struct answer *answer, pfn_t pfn,
				 enum page_kind kind,
				 const struct page *page) must_check;

/* Add a place where the page of a file could be mapped, and is not. */
enum status answer_add_candidate(struct answer *answer, const struct vma *vma,
				 uaddr_t address) must_check;

/*
 * The file of the page, if it is of one, when its mappings are known; a gap
 * where it cannot be made out.
 */
enum status answer_find_file(struct answer *answer, enum page_kind kind,
			     const struct page *page) must_check;

/* The same of what is in swap, where a file of shared memory has it. */
enum status answer_find_swapped_file(struct answer *answer, kaddr_t mapping,
				     uint64_t index) must_check;

/* The memory cgroup of the page, or a gap when it cannot be made out. */
enum status answer_find_memcg(struct answer *answer,
			      const struct page *page) must_check;

/* The one step that there is: page.mapping to the object behind it. */
enum status answer_add_step(struct answer *answer,
			    const struct rmap_object *object) must_check;

/* Append views of details, whose texts must outlive them. */
enum status append_detail_views(struct detail_view_vec *views,
				const struct details *details) must_check;

/* Point the public struct at the lists, and judge whether it is complete. */
enum status answer_finish(struct answer *answer) must_check;

/* Of a finished answer: what reclaim and migration can do with the page. */
enum status answer_judge(struct answer *answer, enum page_kind kind,
			 const struct page *page) must_check;

#endif
