/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules, each with what it does to either answer. The strongest that apply
 * decide, and are its reasons.
 */
#include "rmap/verdict.h"

#include <stdio.h>
#include <string.h>

#include "mm/vma.h"

static const char *const answer_names[] = {
	[VERDICT_NOT_ASKED] = NULL,
	[VERDICT_YES] = "yes",
	[VERDICT_NO] = "no",
	[VERDICT_UNKNOWN] = "unknown",
};

const char *verdict_answer_name(enum verdict_answer answer)
{
	return answer_names[answer];
}

/* ---- what the rules look at ---- */

enum knowledge { NOT_NEEDED, SEEN, UNSEEN };

/* A subject, and what had to be read for it. */
struct judge {
	struct kernel *kernel;
	const struct verdict_subject *subject;
	struct arena *arena;
	enum knowledge file;		/* of the address_space */
	uint64_t file_flags;
	kaddr_t file_operations;
	enum knowledge swap;		/* of free swap space */
	bool has_swap;
};

static const struct page *page_of(const struct judge *judge)
{
	return judge->subject->page;
}

static const struct ledger *ledger_in(const struct judge *judge)
{
	return &judge->subject->ledger;
}

static bool has_flag(const struct judge *judge, enum enumerator_id flag)
{
	return page_flag(judge->kernel, page_of(judge), flag);
}

static bool is_kind(const struct judge *judge, enum page_kind kind)
{
	return judge->subject->kind == kind;
}

/* ---- reading ---- */

static bool is_in_file(const struct judge *judge)
{
	return (is_kind(judge, KIND_FILE) || is_kind(judge, KIND_SHMEM)) &&
	       layout_has(&judge->kernel->facts.layout,
			  M_address_space_flags);
}

static void look_at_file(struct judge *judge)
{
	struct object object;

	if (!is_in_file(judge))
		return;
	judge->file = UNSEEN;
	if (object_read(judge->kernel, S_address_space,
			page_mapping_pointer(page_of(judge)), &object))
		return;
	judge->file = SEEN;
	judge->file_flags = object_value(&object, M_address_space_flags);
	judge->file_operations = object_pointer(&object,
						M_address_space_a_ops);
}

/* In the swap cache it has a place there already. */
static bool needs_swap(const struct judge *judge)
{
	return (is_kind(judge, KIND_ANON) || is_kind(judge, KIND_KSM) ||
		is_kind(judge, KIND_SHMEM)) &&
	       has_flag(judge, E_PG_swapbacked) &&
	       !has_flag(judge, E_PG_swapcache);
}

static void look_at_swap(struct judge *judge)
{
	const struct kernel_variable *left =
		&judge->kernel->facts.variables[KSYM_NR_SWAP_PAGES];
	uint64_t value;

	if (!needs_swap(judge))
		return;
	judge->swap = UNSEEN;
	if (!left->present ||
	    kernel_read_word(judge->kernel, left->address, &value))
		return;
	judge->swap = SEEN;
	judge->has_swap = (int64_t)value > 0;
}

/* ---- the rules' tests ---- */

static bool is_unreadable(const struct judge *judge)
{
	return is_kind(judge, KIND_UNREADABLE);
}

static bool is_users(const struct judge *judge)
{
	return ledger_is_for(judge->subject->kind);
}

/*
 * Balloons, zsmalloc and such, which bring their own ways to be moved
 * (isolate_movable_ops_page()). The mapping says so until 6.16, then a flag
 * that has another meaning for pages without a type.
 */
static bool is_movable_by_owner(const struct judge *judge)
{
	const struct page *page = page_of(judge);

	if (!page || is_users(judge))
		return false;
	if (judge->kernel->facts.layout.has_enumerator[E_PG_movable_ops])
		return has_flag(judge, E_PG_movable_ops) &&
		       page_has_type(judge->kernel, page);
	return !is_kind(judge, KIND_SLAB) &&
	       !is_kind(judge, KIND_PAGE_TABLE) &&
	       (page->mapping & MAPPING_FLAGS) == MAPPING_MOVABLE;
}

static bool is_kernels(const struct judge *judge)
{
	return page_of(judge) && !is_users(judge);
}

static bool is_unmovable_kind(const struct judge *judge)
{
	return is_kernels(judge) && !is_movable_by_owner(judge);
}

static bool is_hugetlb(const struct judge *judge)
{
	return is_kind(judge, KIND_HUGETLB);
}

static bool is_in_pool(const struct judge *judge)
{
	return is_hugetlb(judge) && !page_of(judge)->refcount &&
	       !page_of(judge)->mapping;
}

static bool is_sum_unknown(const struct judge *judge)
{
	return is_users(judge) && !ledger_in(judge)->known;
}

static bool is_frozen(const struct judge *judge)
{
	return ledger_in(judge)->frozen;
}

static bool is_pinned(const struct judge *judge)
{
	return ledger_in(judge)->pins > 0;
}

static bool has_extra_references(const struct judge *judge)
{
	return ledger_in(judge)->unexplained > 0;
}

static bool lacks_references(const struct judge *judge)
{
	return ledger_in(judge)->unexplained < 0;
}

static bool is_locked(const struct judge *judge)
{
	return is_users(judge) && has_flag(judge, E_PG_locked);
}

static bool is_written_back(const struct judge *judge)
{
	return is_users(judge) && has_flag(judge, E_PG_writeback);
}

/* The tails of a hugetlb folio may all be the same struct page. */
static bool is_poisoned(const struct judge *judge)
{
	const struct layout *layout = &judge->kernel->facts.layout;
	const struct page *page = page_of(judge);
	uint64_t flags;

	if (!is_users(judge) || !layout->has_enumerator[E_PG_hwpoison])
		return false;
	flags = page->hugetlb ? page->flags : page->own_flags;
	return flags >> (layout->enumerators[E_PG_hwpoison] & 63) & 1;
}

static bool is_mapper_locked(const struct verdict_mapper *mapper)
{
	return mapper->vma_flags & VMA_LOCKED;
}

static bool is_in_locked_vma(const struct judge *judge)
{
	for (size_t i = 0; i < judge->subject->n_mappers; i++)
		if (is_mapper_locked(&judge->subject->mappers[i]))
			return is_users(judge);
	return false;
}

static bool has_file_flag(const struct judge *judge, enum enumerator_id flag)
{
	const struct layout *layout = &judge->kernel->facts.layout;

	return judge->file == SEEN && layout->has_enumerator[flag] &&
	       (judge->file_flags >> (layout->enumerators[flag] & 63) & 1);
}

static bool is_file_unevictable(const struct judge *judge)
{
	return has_file_flag(judge, E_AS_UNEVICTABLE);
}

static bool is_file_unseen(const struct judge *judge)
{
	return judge->file == UNSEEN;
}

static bool is_inaccessible(const struct judge *judge)
{
	return has_file_flag(judge, E_AS_INACCESSIBLE);
}

/* secretmem_migrate_folio() refuses. */
static bool is_secret(const struct judge *judge)
{
	const struct kernel_variable *operations =
		&judge->kernel->facts.variables[KSYM_SECRETMEM_AOPS];

	return judge->file == SEEN && operations->present &&
	       kaddr_equal(judge->file_operations, operations->address);
}

/* Said only where nothing says why. */
static bool is_unevictable(const struct judge *judge)
{
	return is_users(judge) && has_flag(judge, E_PG_unevictable) &&
	       !is_in_locked_vma(judge) && !is_file_unevictable(judge);
}

/* munlock() comes to the page later. */
static bool was_mlocked(const struct judge *judge)
{
	return is_users(judge) && has_flag(judge, E_PG_mlocked) &&
	       !is_in_locked_vma(judge);
}

static bool is_without_swap(const struct judge *judge)
{
	return judge->swap == SEEN && !judge->has_swap;
}

static bool is_swap_unseen(const struct judge *judge)
{
	return judge->swap == UNSEEN;
}

static bool is_off_lru(const struct judge *judge)
{
	return ledger_in(judge)->held[HOLDER_OFF_LRU] > 0;
}

/* Whoever takes a page off the LRU has a reference. */
static bool is_on_no_list(const struct judge *judge)
{
	return is_users(judge) && !is_hugetlb(judge) &&
	       !has_flag(judge, E_PG_lru) && !is_off_lru(judge) &&
	       !is_frozen(judge);
}

static bool is_dirty(const struct judge *judge)
{
	return is_kind(judge, KIND_FILE) && has_flag(judge, E_PG_dirty);
}

static bool has_private_data(const struct judge *judge)
{
	return is_kind(judge, KIND_FILE) && has_flag(judge, E_PG_private);
}

static bool has_gaps(const struct judge *judge)
{
	return is_users(judge) && judge->subject->has_gaps;
}

/*
 * The VMAs that map this page are known, but a folio is unmapped whole: they
 * have to account for all of its mappings.
 */
static bool is_mapped_elsewhere(const struct judge *judge)
{
	const struct page *page = page_of(judge);
	int64_t sum = 0;

	if (!is_users(judge) || !page->order || page->hugetlb)
		return false;
	for (size_t i = 0; i < judge->subject->n_mappers; i++)
		sum += judge->subject->mappers[i].whole_folio ?
		       1 : 1LL << page->order;
	return sum != page->folio_mapcount;
}

/* ---- their words ---- */

static const char *kind_words(const struct judge *judge)
{
	return arena_printf(judge->arena, "unmovable kind: %s",
			    page_kind_name(judge->subject->kind));
}

static const char *kernels_words(const struct judge *judge)
{
	return arena_printf(judge->arena, "no page of users: %s",
			    page_kind_name(judge->subject->kind));
}

static const char *pin_words(const struct judge *judge)
{
	int64_t pins = ledger_in(judge)->pins;

	return pins == 1 ? "pinned once" :
	       arena_printf(judge->arena, "pinned %lld times",
			    (long long)pins);
}

static const char *extra_words(const struct judge *judge)
{
	int64_t extra = ledger_in(judge)->unexplained;

	return arena_printf(judge->arena, "%lld unexplained reference%s",
			    (long long)extra, extra == 1 ? "" : "s");
}

#define NAMED	3u	/* of many who lock it */

/* "PID 97 (mlock), PID 98 (other) and 2 more"; one process counts once. */
static const char *lock_words(const struct judge *judge)
{
	const struct verdict_subject *subject = judge->subject;
	const char *words = "mlocked by", *last = "";
	size_t n = 0;

	for (size_t i = 0; i < subject->n_mappers && words; i++) {
		const struct verdict_mapper *mapper = &subject->mappers[i];

		if (!is_mapper_locked(mapper) || !strcmp(mapper->who, last))
			continue;
		last = mapper->who;
		if (n++ < NAMED)
			words = arena_printf(judge->arena, "%s%s %s", words,
					     n > 1 ? "," : "", last);
	}
	return n > NAMED && words ?
	       arena_printf(judge->arena, "%s and %zu more", words,
			    n - NAMED) : words;
}

/* ---- the rules ---- */

/* What a rule does to an answer; a stronger one makes weaker ones silent. */
enum effect { SILENT, NOTES, DOUBTS, BLOCKS };

struct rule {
	bool (*applies)(const struct judge *judge);
	enum effect reclaim, migrate;
	const char *words;
	const char *(*tell)(const struct judge *judge);	/* if words is NULL */
};

#define ALL_OF(effect)	effect, effect

static const struct rule rules[] = {
	{ is_unreadable, ALL_OF(DOUBTS), "its struct page cannot be read",
	  NULL },
	{ is_kernels, BLOCKS, SILENT, NULL, kernels_words },
	{ is_unmovable_kind, SILENT, BLOCKS, NULL, kind_words },
	{ is_movable_by_owner, SILENT, NOTES, "by its owner (movable_ops)",
	  NULL },

	/* Both come to an end at the references (folio_ref_freeze()). */
	{ is_pinned, ALL_OF(BLOCKS), NULL, pin_words },
	{ has_extra_references, ALL_OF(BLOCKS), NULL, extra_words },
	{ is_frozen, ALL_OF(BLOCKS),
	  "frozen: it was being split, moved or freed", NULL },
	{ lacks_references, ALL_OF(DOUBTS),
	  "fewer references than holders: it was about to change", NULL },
	{ is_sum_unknown, ALL_OF(DOUBTS),
	  "its references cannot be added up", NULL },

	/* Both try the lock, and wait for writeback or pass by. */
	{ is_locked, ALL_OF(BLOCKS), "locked at that moment", NULL },
	{ is_written_back, ALL_OF(BLOCKS), "under writeback at that moment",
	  NULL },
	{ is_poisoned, ALL_OF(BLOCKS), "hardware poison", NULL },

	/* Both begin at the LRU (folio_isolate_lru()). */
	{ is_on_no_list, ALL_OF(BLOCKS), "on no LRU list", NULL },
	{ is_off_lru, ALL_OF(NOTES),
	  "once it is back on the LRU (isolated, or in a CPU's batch)",
	  NULL },

	/* folio_evictable(), and try_to_unmap_one() of a locked VMA. */
	{ is_in_locked_vma, BLOCKS, SILENT, NULL, lock_words },
	{ is_file_unevictable, BLOCKS, SILENT,
	  "its file is not evictable (ramfs, secretmem, SHM_LOCK)", NULL },
	{ is_unevictable, BLOCKS, SILENT, "on the unevictable list", NULL },
	{ was_mlocked, DOUBTS, SILENT,
	  "PG_mlocked is set, and no locked VMA was found", NULL },
	{ is_hugetlb, BLOCKS, SILENT, "hugetlb pages are not reclaimed",
	  NULL },
	{ is_in_pool, SILENT, NOTES, "replaced, since it is free in its pool",
	  NULL },

	/* folio_alloc_swap(), pageout(), filemap_release_folio(). */
	{ is_without_swap, BLOCKS, SILENT, "no swap space is left", NULL },
	{ is_swap_unseen, DOUBTS, SILENT,
	  "it is not known whether there is swap space", NULL },
	{ is_dirty, NOTES, SILENT, "once it is written back (dirty)", NULL },
	{ has_private_data, NOTES, SILENT,
	  "once its file system lets go of it (private)", NULL },

	/* move_to_new_folio(). */
	{ is_secret, SILENT, BLOCKS, "secretmem", NULL },
	{ is_inaccessible, SILENT, BLOCKS, "memory of a guest", NULL },
	{ is_file_unseen, ALL_OF(DOUBTS),
	  "its address_space cannot be read", NULL },

	{ is_mapped_elsewhere, DOUBTS, SILENT,
	  "other pages of its folio may be locked", NULL },
	{ has_gaps, DOUBTS, SILENT,
	  "not all that maps it was seen", NULL },
};

/* ---- the verdict ---- */

static const enum verdict_answer answers[] = {
	[SILENT] = VERDICT_YES,
	[NOTES] = VERDICT_YES,
	[DOUBTS] = VERDICT_UNKNOWN,
	[BLOCKS] = VERDICT_NO,
};

struct trial_of {
	struct verdict *verdict;
	enum effect strongest;
};

static void hear(struct trial_of *trial, enum effect effect, const char *words)
{
	struct verdict *verdict = trial->verdict;

	if (effect == SILENT || effect < trial->strongest)
		return;
	if (effect > trial->strongest)
		verdict->n_reasons = 0;
	trial->strongest = effect;
	verdict->answer = answers[effect];
	if (verdict->n_reasons < MAX_REASONS)
		verdict->reasons[verdict->n_reasons++] = words;
}

static enum status judge_by_rules(const struct judge *judge,
				  struct verdicts *verdicts)
{
	struct trial_of reclaim = { &verdicts->reclaim, SILENT };
	struct trial_of migrate = { &verdicts->migrate, SILENT };

	verdicts->reclaim.answer = VERDICT_YES;
	verdicts->migrate.answer = VERDICT_YES;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];
		const char *words;

		if (!rule->applies(judge))
			continue;
		words = rule->words ? rule->words : rule->tell(judge);
		if (!words)
			return diag_no_memory(&judge->kernel->diag);
		hear(&reclaim, rule->reclaim, words);
		hear(&migrate, rule->migrate, words);
	}
	return ST_OK;
}

static bool is_asked(enum page_kind kind)
{
	return kind != KIND_FREE && kind != KIND_NO_PAGE;
}

enum status verdict_of(struct kernel *kernel,
		       const struct verdict_subject *subject,
		       struct arena *arena, struct verdicts *ret_verdicts)
{
	struct judge judge = {
		.kernel = kernel,
		.subject = subject,
		.arena = arena,
	};

	memset(ret_verdicts, 0, sizeof(*ret_verdicts));
	if (!is_asked(subject->kind))
		return ST_OK;
	if (subject->page) {
		look_at_file(&judge);
		look_at_swap(&judge);
	}
	return judge_by_rules(&judge, ret_verdicts);
}
