/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether reclaim can take a page from its users, and whether migration can
 * move it; and why not.
 *
 * Judges as the kernel does: shrink_folio_list() with folio_evictable(),
 * folio_referenced(), try_to_unmap() and __remove_mapping() (mm/vmscan.c,
 * mm/rmap.c), and isolate_migratepages_block() with folio_migrate_mapping()
 * (mm/compaction.c, mm/migrate.c). Answers what is possible at the moment of
 * the dump, not what would be done: neither how lately a page was used nor
 * limits of cgroups, NUMA policies and memory tiers are looked at.
 *
 * Knows the folio, its ledger and the VMAs that map the page. A pin that
 * nobody sees is counted by the kernel, a locked VMA that nobody sees is not:
 * therefore gaps in the answer keep reclaim from being said to work.
 */
#ifndef RMAP_INSPECT_RMAP_VERDICT_H
#define RMAP_INSPECT_RMAP_VERDICT_H

#include "base/arena.h"
#include "base/vec.h"
#include "kind/kind.h"
#include "rmap/ledger.h"

enum verdict_answer {
	VERDICT_NOT_ASKED,	/* nothing to do: nobody uses it */
	VERDICT_YES,
	VERDICT_NO,
	VERDICT_UNKNOWN,
};

/* "yes", "no", "unknown"; NULL for VERDICT_NOT_ASKED. */
const char *verdict_answer_name(enum verdict_answer answer);

/* A VMA that maps the page, as far as it matters here. */
struct verdict_mapper {
	uint64_t vma_flags;
	bool whole_folio;	/* by one entry for all of it */
	const char *who;	/* "PID 97 (mlock)" */
};

DEFINE_VEC(verdict_mapper_vec, struct verdict_mapper)

/* What is judged. page may be NULL for KIND_NO_PAGE and KIND_UNREADABLE. */
struct verdict_subject {
	enum page_kind kind;
	const struct page *page;
	struct ledger ledger;
	size_t n_mappers;
	const struct verdict_mapper *mappers;
	bool has_gaps;		/* something of the answer was not seen */
};

#define MAX_REASONS	16u

/* One answer, and what it rests on; an answer of yes may have conditions. */
struct verdict {
	enum verdict_answer answer;
	size_t n_reasons;
	const char *reasons[MAX_REASONS];	/* literals, or in the arena */
};

struct verdicts {
	struct verdict reclaim;
	struct verdict migrate;
};

/* Reads the page's address_space. ST_NO_MEMORY is the only failure. */
enum status verdict_of(struct kernel *kernel,
		       const struct verdict_subject *subject,
		       struct arena *arena,
		       struct verdicts *ret_verdicts) must_check;

#endif
