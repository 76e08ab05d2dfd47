/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Explanations are made of steps, and a table says which steps lead to the
 * answer for a page of each kind. Knows what the kernel's fields mean, and how
 * crash and drgn are asked for them; takes all values from the answer.
 */
#include "explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

#define ANON_BIT	1u	/* PAGE_MAPPING_ANON */
#define KIND_BITS	3u	/* PAGE_MAPPING_FLAGS */

/* What the steps speak of. */
struct subject {
	const struct rmi_page *page;
	uint64_t page_size;
};

typedef void tell_fn(const struct subject *subject);

struct step {
	bool (*applies)(const struct subject *subject);	/* NULL: always */
	tell_fn *words;
	tell_fn *crash, *drgn;		/* or NULL */
};

/* A string that is not ours. */
static void print_text(const char *s)
{
	char *safe = escape_for_terminal(s ? s : "-");

	fputs(safe, stdout);
	free(safe);
}

static uint64_t object_of(const struct subject *subject)
{
	return subject->page->mapping & ~(uint64_t)KIND_BITS;
}

/* ---- the frame ---- */

static bool has_struct_page(const struct subject *subject)
{
	return subject->page->page != 0;
}

static void frame_words(const struct subject *subject)
{
	printf("PFN 0x%" PRIx64 " is the frame at physical address 0x%" PRIx64
	       "; its struct page is 0x%" PRIx64, subject->page->pfn,
	       subject->page->phys, subject->page->page);
}

static void frame_crash(const struct subject *subject)
{
	printf("kmem -p %" PRIx64, subject->page->phys);
}

static void frame_drgn(const struct subject *subject)
{
	printf("page = pfn_to_page(0x%" PRIx64 ")", subject->page->pfn);
}

static const struct step frame = {
	has_struct_page, frame_words, frame_crash, frame_drgn
};

static bool is_tail(const struct subject *subject)
{
	return subject->page->has_page &&
	       subject->page->head_pfn != subject->page->pfn;
}

static void tail_words(const struct subject *subject)
{
	printf("it is a tail of a folio, and its head, PFN 0x%" PRIx64
	       ", has flags, mapping and refcount", subject->page->head_pfn);
}

static void tail_crash(const struct subject *subject)
{
	printf("kmem -p %" PRIx64,
	       subject->page->head_pfn * subject->page_size);
}

static void tail_drgn(const struct subject *subject)
{
	(void)subject;
	printf("page = compound_head(page)");
}

static const struct step tail = { is_tail, tail_words, tail_crash, tail_drgn };

/* ---- the mapping word ---- */

static bool is_anonymous(const struct subject *subject)
{
	return subject->page->mapping & ANON_BIT;
}

static bool is_in_file(const struct subject *subject)
{
	return subject->page->mapping && !is_anonymous(subject);
}

static void anon_words(const struct subject *subject)
{
	printf("its mapping word 0x%" PRIx64 " has bit 0 set: anonymous; "
	       "without it, it is the anon_vma 0x%" PRIx64,
	       subject->page->mapping, object_of(subject));
}

static void anon_crash(const struct subject *subject)
{
	printf("struct anon_vma %" PRIx64, object_of(subject));
}

static void anon_drgn(const struct subject *subject)
{
	printf("anon_vma = Object(prog, \"struct anon_vma *\", 0x%" PRIx64 ")",
	       object_of(subject));
}

static const struct step anon = {
	is_anonymous, anon_words, anon_crash, anon_drgn
};

static void file_words(const struct subject *subject)
{
	printf("its mapping word 0x%" PRIx64 " has bit 0 clear: a page of a "
	       "file; it is the file's address_space", subject->page->mapping);
}

static void file_crash(const struct subject *subject)
{
	printf("struct address_space %" PRIx64, object_of(subject));
}

static void file_drgn(const struct subject *subject)
{
	printf("mapping = Object(prog, \"struct address_space *\", 0x%" PRIx64
	       ")", object_of(subject));
}

static const struct step file = {
	is_in_file, file_words, file_crash, file_drgn
};

static void ksm_words(const struct subject *subject)
{
	printf("its mapping word 0x%" PRIx64 " has bits 0 and 1 set: merged "
	       "by KSM; without them, it is the stable node 0x%" PRIx64
	       " (until 6.0 a struct stable_node)",
	       subject->page->mapping, object_of(subject));
}

static void ksm_crash(const struct subject *subject)
{
	printf("struct ksm_stable_node %" PRIx64, object_of(subject));
}

static void ksm_drgn(const struct subject *subject)
{
	printf("node = Object(prog, \"struct ksm_stable_node *\", 0x%" PRIx64
	       ")", object_of(subject));
}

static const struct step ksm = { NULL, ksm_words, ksm_crash, ksm_drgn };

/* ---- from there to the VMAs ---- */

static void anon_tree_words(const struct subject *subject)
{
	printf("its tree holds an anon_vma_chain for each VMA that may have "
	       "the page, at the address that index 0x%" PRIx64 " gives there",
	       subject->page->index);
}

static void anon_tree_crash(const struct subject *subject)
{
	printf("tree -t rbtree -r anon_vma.rb_root -o anon_vma_chain.rb "
	       "-s anon_vma_chain.vma %" PRIx64, object_of(subject));
}

static void anon_tree_drgn(const struct subject *subject)
{
	(void)subject;
	printf("[avc.vma for avc in rbtree_inorder_for_each_entry("
	       "\"struct anon_vma_chain\", "
	       "anon_vma.rb_root.rb_root.address_of_(), \"rb\")]");
}

static const struct step anon_tree = {
	is_anonymous, anon_tree_words, anon_tree_crash, anon_tree_drgn
};

static void file_tree_words(const struct subject *subject)
{
	printf("its tree i_mmap holds each VMA that maps the file; those over "
	       "page 0x%" PRIx64 " of the file may have it",
	       subject->page->index);
}

static void file_tree_crash(const struct subject *subject)
{
	printf("tree -t rbtree -r address_space.i_mmap "
	       "-o vm_area_struct.shared "
	       "-s vm_area_struct.vm_start,vm_end,vm_mm %" PRIx64,
	       object_of(subject));
}

static void file_tree_drgn(const struct subject *subject)
{
	(void)subject;
	printf("list(rbtree_inorder_for_each_entry("
	       "\"struct vm_area_struct\", "
	       "mapping.i_mmap.rb_root.address_of_(), \"shared.rb\"))");
}

static const struct step file_tree = {
	is_in_file, file_tree_words, file_tree_crash, file_tree_drgn
};

static void ksm_list_words(const struct subject *subject)
{
	(void)subject;
	printf("its list holds an item for each page that was merged into "
	       "this one: the anon_vma and the address in its VMAs");
}

static void ksm_list_crash(const struct subject *subject)
{
	printf("struct ksm_stable_node.hlist,rmap_hlist_len %" PRIx64,
	       object_of(subject));
}

static void ksm_list_drgn(const struct subject *subject)
{
	(void)subject;
	printf("list(hlist_for_each_entry(\"struct ksm_rmap_item\", "
	       "node.hlist.address_of_(), \"hlist\"))");
}

static const struct step ksm_list = {
	NULL, ksm_list_words, ksm_list_crash, ksm_list_drgn
};

/* ---- a mapping ---- */

/* The first that has a process to name it by, or NULL. */
static const struct rmi_mapping *shown_mapping(const struct subject *subject)
{
	const struct rmi_page *page = subject->page;

	for (size_t i = 0; i < page->n_mappings; i++)
		if (page->mappings[i].n_tasks)
			return &page->mappings[i];
	return NULL;
}

static bool has_mapping(const struct subject *subject)
{
	return shown_mapping(subject) != NULL;
}

static void print_task(const struct rmi_task *task)
{
	printf("PID %" PRIu32 " (", task->pid);
	print_text(task->comm);
	putchar(')');
}

static void mapping_words(const struct subject *subject)
{
	const struct rmi_mapping *mapping = shown_mapping(subject);
	size_t others = subject->page->n_mappings - 1;

	printf("at 0x%" PRIx64 ", the page table of ", mapping->address);
	print_task(mapping->tasks);
	printf(" has the %s 0x%" PRIx64 ": it decides", mapping->level,
	       mapping->pte);
	if (others)
		printf(", here and for %zu more", others);
}

static void mapping_crash(const struct subject *subject)
{
	const struct rmi_mapping *mapping = shown_mapping(subject);

	printf("vtop -c %" PRIu32 " %" PRIx64, mapping->tasks->pid,
	       mapping->address);
}

static void mapping_drgn(const struct subject *subject)
{
	const struct rmi_mapping *mapping = shown_mapping(subject);

	printf("follow_page(Object(prog, \"struct mm_struct *\", 0x%" PRIx64
	       "), 0x%" PRIx64 ")", mapping->mm, mapping->address);
}

static const struct step mapping = {
	has_mapping, mapping_words, mapping_crash, mapping_drgn
};

/* ---- references ---- */

static bool has_references(const struct subject *subject)
{
	return subject->page->has_references;
}

static void reference_words(const struct subject *subject)
{
	int64_t extra = subject->page->unexplained;

	printf("its refcount %" PRId64 " is ", subject->page->refcount);
	if (!extra)
		printf("what its holders come to, so that nobody else keeps "
		       "it");
	else if (extra > 0)
		printf("%" PRId64 " more than its holders come to: a pipe, a "
		       "socket or a driver has taken that (get_page())",
		       extra);
	else
		printf("%" PRId64 " less than its holders come to: it was "
		       "about to change", -extra);
}

/* The address of a head's struct page is not told with a tail. */
static void reference_crash(const struct subject *subject)
{
	if (is_tail(subject))
		tail_crash(subject);
	else
		printf("struct page._refcount,_mapcount %" PRIx64,
		       subject->page->page);
}

static void reference_drgn(const struct subject *subject)
{
	(void)subject;
	printf("page._refcount, page._mapcount, decode_page_flags(page)");
}

static const struct step references = {
	has_references, reference_words, reference_crash, reference_drgn
};

/* ---- pages of no user ---- */

static void no_rmap_words(const struct subject *subject)
{
	printf("its flags and type say: ");
	print_text(subject->page->kind);
	printf("; the kernel uses it for itself, and keeps no way back to a "
	       "mapping");
}

static void anything_crash(const struct subject *subject)
{
	printf("kmem %" PRIx64, subject->page->phys);
}

static void anything_drgn(const struct subject *subject)
{
	(void)subject;
	printf("identify_address(page_to_virt(page))");
}

static const struct step no_rmap = {
	has_struct_page, no_rmap_words, anything_crash, anything_drgn
};

static void free_words(const struct subject *subject)
{
	(void)subject;
	printf("nobody refers to it: it is on a list of the buddy allocator, "
	       "or of a CPU, itself or as part of a larger block");
}

static void free_crash(const struct subject *subject)
{
	printf("kmem -f %" PRIx64, subject->page->phys);
}

static void free_drgn(const struct subject *subject)
{
	(void)subject;
	printf("page._refcount, page._mapcount, page.private");
}

static const struct step free_page = {
	has_struct_page, free_words, free_crash, free_drgn
};

static void reserved_words(const struct subject *subject)
{
	(void)subject;
	printf("it has PG_reserved: the kernel's image, firmware, or what was "
	       "taken at boot, which no allocator has ever had");
}

static void reserved_drgn(const struct subject *subject)
{
	(void)subject;
	printf("decode_page_flags(page)");
}

static const struct step reserved = {
	has_struct_page, reserved_words, anything_crash, reserved_drgn
};

static void no_page_words(const struct subject *subject)
{
	printf("no memory section covers PFN 0x%" PRIx64 ": no RAM, and no "
	       "struct page", subject->page->pfn);
}

static void no_page_crash(const struct subject *subject)
{
	(void)subject;
	printf("kmem -n");
}

static const struct step no_page = { NULL, no_page_words, no_page_crash, NULL };

/* ---- what was not seen ---- */

static bool has_gaps(const struct subject *subject)
{
	return subject->page->n_gaps;
}

static void gap_step_words(const struct subject *subject)
{
	(void)subject;
	printf("at the places that the lines \"gap\" name the way ended, so "
	       "that the answer may not be whole");
}

static const struct step gaps = { has_gaps, gap_step_words, NULL, NULL };

/* ---- the kinds ---- */

#define MAX_STEPS	8

static const struct way {
	const char *kind;		/* NULL: all others */
	const struct step *steps[MAX_STEPS];
} ways[] = {
	{ "anon", { &frame, &tail, &anon, &anon_tree, &mapping, &references,
		    &gaps } },
	{ "file", { &frame, &tail, &file, &file_tree, &mapping, &references,
		    &gaps } },
	{ "shmem", { &frame, &tail, &file, &file_tree, &mapping, &references,
		     &gaps } },
	{ "ksm", { &frame, &ksm, &ksm_list, &mapping, &references, &gaps } },
	/* Of users who map a file, or who do not. */
	{ "hugetlb", { &frame, &tail, &anon, &file, &mapping, &references,
		       &gaps } },
	{ "free", { &frame, &free_page } },
	{ "reserved", { &frame, &reserved, &mapping, &gaps } },
	{ "no-page", { &no_page, &gaps } },
	{ "unreadable", { &gaps } },
	{ NULL, { &frame, &tail, &no_rmap, &mapping, &gaps } },
};

static const struct way *way_of(const char *kind)
{
	const struct way *way = ways;

	while (way->kind && (!kind || strcmp(way->kind, kind)))
		way++;
	return way;
}

static void print_command(const char *tool, tell_fn *tell,
			  const struct subject *subject)
{
	if (!tell)
		return;
	printf("            %-5s  ", tool);
	tell(subject);
	putchar('\n');
}

static void print_step(const struct step *step, const struct subject *subject,
		       const char *label)
{
	printf("  %-7s ", label);
	step->words(subject);
	putchar('\n');
	print_command("crash", step->crash, subject);
	print_command("drgn", step->drgn, subject);
}

void explain_page(const struct rmi_page *page, uint64_t page_size)
{
	const struct subject subject = { page, page_size };
	const struct way *way = way_of(page->kind);
	const char *label = "explain";

	for (size_t i = 0; i < MAX_STEPS && way->steps[i]; i++) {
		const struct step *step = way->steps[i];

		if (step->applies && !step->applies(&subject))
			continue;
		print_step(step, &subject, label);
		label = "";
	}
}
