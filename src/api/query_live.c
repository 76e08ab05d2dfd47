/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of a query on a running machine: whether what the answer says is still so.
 *
 * All that it rests on is read again, with nothing kept: struct page, what it
 * is used for, who uses the address spaces, each VMA and, last, each entry. The
 * trees are not: a mapping that came or went since is one in struct page's
 * count, to which the answer has to come anyway. What differs is a gap, and a
 * mapping that differs has the state "changed": it was so, or never was.
 *
 * Nobody can read a running machine at one instant. What is the same both
 * times may have been otherwise in between, but it was so at either.
 */
#include <string.h>

#include "api/query.h"

#define CHANGED		"changed"

static void changed(struct query *query, const char *what, uint64_t address)
{
	gaps_addf(&query->answer.gaps, CHANGED, "it was another when read "
		  "again; ask once more", "%s %#llx", what,
		  (unsigned long long)address);
}

/* ---- struct page ---- */

static bool is_same_page(const struct page *a, const struct page *b)
{
	return kaddr_equal(a->head, b->head) && a->order == b->order &&
	       a->flags == b->flags && a->own_flags == b->own_flags &&
	       a->mapping == b->mapping && a->index == b->index &&
	       a->private == b->private && a->memcg_data == b->memcg_data &&
	       a->mapcount_word == b->mapcount_word &&
	       a->type_word == b->type_word && a->refcount == b->refcount &&
	       a->entire_mapcount == b->entire_mapcount &&
	       a->folio_mapcount == b->folio_mapcount &&
	       a->pincount == b->pincount;
}

static bool is_same_detail(const struct detail *a, const struct detail *b)
{
	return a->name == b->name && a->type == b->type &&
	       a->number == b->number &&
	       !strcmp(a->text ? a->text : "", b->text ? b->text : "");
}

static bool are_same_details(const struct details *a, const struct details *b)
{
	if (a->list.n != b->list.n || b->out_of_memory)
		return false;
	for (size_t i = 0; i < a->list.n; i++)
		if (!is_same_detail(&a->list.items[i], &b->list.items[i]))
			return false;
	return true;
}

/* By all that a new surveyor finds out. */
static enum status survey_again(struct query *query, struct tasks *tasks,
				const struct subject *subject,
				const struct page *page, enum page_kind kind)
{
	cleanup(surveyor_free_cleanup) struct surveyor *surveyor =
		surveyor_new(query->kernel, tasks);
	struct arena arena = { 0 };
	struct details details = { .arena = &arena };
	struct gaps gaps = { 0 };	/* the answer has them */
	struct survey found = { kind, &details, &gaps };
	enum status st;

	if (!surveyor)
		return diag_no_memory(&query->kernel->diag);
	st = survey(surveyor, subject->pfn, page, &found);
	if (!st && (found.kind != subject->kind ||
		    !are_same_details(&query->answer.details, &details)))
		changed(query, "use of PFN", subject->pfn.v);
	gaps_fini(&gaps);
	details_fini(&details);
	arena_fini(&arena);
	return st;
}

static enum status check_page(struct query *query, struct tasks *tasks,
			      const struct subject *subject)
{
	struct page page;
	enum status st;

	if (!subject->page)
		return survey_again(query, tasks, subject, NULL,
				    subject->kind);
	st = page_read(query->kernel, subject->pfn, &page);
	if (st || !is_same_page(subject->page, &page)) {
		changed(query, "page", subject->page->address.v);
		return ST_OK;
	}
	return survey_again(query, tasks, subject, &page,
			    page_kind(query->kernel, &page));
}

/* ---- mappings ---- */

static bool is_same_vma(const struct rmi_mapping *mapping,
			const struct vma *vma)
{
	return mapping->mm == vma->mm.v && mapping->vma_start == vma->start &&
	       mapping->vma_end == vma->end && mapping->vma_flags == vma->flags;
}

static bool are_same_tasks(const struct rmi_mapping *mapping,
			   const struct user_mm *mm)
{
	if (mapping->n_tasks != (mm ? mm->n_processes : 0))
		return false;
	for (size_t i = 0; i < mapping->n_tasks; i++)
		if (mapping->tasks[i].pid != mm->processes[i].pid ||
		    strcmp(mapping->tasks[i].comm, mm->processes[i].comm))
			return false;
	return true;
}

/* Accessed and dirty come and go, and say nothing of who maps it. */
static bool is_same_entry(const struct query *query,
			  const struct rmi_mapping *mapping,
			  const struct pgtable_entry *entry)
{
	const struct kernel *kernel = query->kernel;
	const struct pte *now = &entry->pte;
	struct pte then = kernel->arch->decode(&kernel->mmu, entry->level,
					       mapping->pte);

	return !strcmp(mapping->level, pt_level_name(entry->level)) &&
	       then.kind == now->kind && then.pfn.v == now->pfn.v &&
	       then.writable == now->writable && then.uffd == now->uffd &&
	       then.accessible == now->accessible &&
	       then.special == now->special &&
	       then.swap_type == now->swap_type &&
	       then.swap_offset == now->swap_offset;
}

static void mapping_changed(struct query *query, struct rmi_mapping *mapping,
			    const char *what, uint64_t address)
{
	changed(query, what, address);
	mapping->state = CHANGED;
}

static void check_vma(struct query *query, const struct tasks *tasks,
		      struct rmi_mapping *mapping)
{
	struct vma vma;

	if (vma_read(query->kernel, KADDR(mapping->vma), &vma) ||
	    !is_same_vma(mapping, &vma))
		mapping_changed(query, mapping, "VMA", mapping->vma);
	else if (!are_same_tasks(mapping, tasks_of_mm(tasks,
						      KADDR(mapping->mm))))
		mapping_changed(query, mapping, "processes of mm",
				mapping->mm);
}

static void check_entry(struct query *query, struct rmi_mapping *mapping)
{
	struct pgtable_entry entry;
	paddr_t pgd;

	if (pgtable_of_mm(query->kernel, KADDR(mapping->mm), &pgd) ||
	    pgtable_lookup(query->kernel, pgd, UADDR(mapping->address),
			   &entry) ||
	    !is_same_entry(query, mapping, &entry))
		mapping_changed(query, mapping, "page-table entry of",
				mapping->address);
}

enum status check_unchanged(struct query *query, const struct subject *subject)
{
	struct mapping_vec *mappings = &query->answer.mappings;
	cleanup(tasks_free_cleanup) struct tasks *tasks = NULL;
	enum status st;

	kernel_forget(query->kernel);
	st = tasks_read(query->kernel, &tasks);
	if (!st)
		st = check_page(query, tasks, subject);
	if (st)
		return st;
	for (size_t i = 0; i < mappings->n; i++)
		check_vma(query, tasks, &mappings->items[i]);
	for (size_t i = 0; i < mappings->n; i++)
		check_entry(query, &mappings->items[i]);
	return ST_OK;
}
