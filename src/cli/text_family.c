/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The family of an anon_vma as an indented tree: each anon_vma under its
 * parent, and under each its VMAs. Knows when a tree is too large to be read,
 * and what of it is left out then.
 */
#include <inttypes.h>
#include <stdio.h>

#include "text_family.h"
#include "text_parts.h"

/* Of a family with more links than this, only some lines of each kind. */
#define MAX_LINES	200
#define SOME_LINES	3

/* Deeper members stand no further to the right. */
#define MAX_INDENT	30

struct tree {
	const struct rmi_family *family;
	bool whole;		/* small enough for every line */
};

static void indent(const struct rmi_anon_vma *anon_vma, unsigned int more)
{
	unsigned int depth = anon_vma->depth < MAX_INDENT ? anon_vma->depth :
							    MAX_INDENT;

	printf("%*s", (int)(2 * depth + more), "");
}

/* ---- one VMA ---- */

static void print_task(const struct rmi_task *task)
{
	printf("%" PRIu32 " ", task->pid);
	put(task->comm ? task->comm : "-");
}

static void print_tasks(const struct rmi_family_vma *vma)
{
	if (!vma->n_tasks)
		fputs(NO_PROCESS, stdout);
	for (size_t i = 0; i < vma->n_tasks; i++) {
		fputs(i ? ", " : "", stdout);
		print_task(&vma->tasks[i]);
	}
}

static void print_reuse(const struct rmi_family *family,
			const struct rmi_family_vma *vma)
{
	if (vma->reused != RMI_NONE)
		printf(" (its next fork reuses 0x%" PRIx64 ")",
		       family->anon_vmas[vma->reused].anon_vma);
}

static void print_vma(const struct tree *tree, size_t anon_vma,
		      const struct rmi_family_vma *vma)
{
	bool own = vma->own == anon_vma;

	indent(&tree->family->anon_vmas[anon_vma], 4);
	printf("%-9s  %s  0x%" PRIx64 "-0x%" PRIx64 "  ",
	       own ? "own" : "inherited", vma->perm, vma->start, vma->end);
	print_tasks(vma);
	if (own)
		print_reuse(tree->family, vma);
	putchar('\n');
}

/* Of one kind: those whose own anon_vma this is, or those that inherited it. */
static void print_vmas_of(const struct tree *tree, size_t number, bool own)
{
	const struct rmi_family *family = tree->family;
	const struct rmi_anon_vma *anon_vma = &family->anon_vmas[number];
	size_t printed = 0, left = 0;

	for (size_t i = 0; i < anon_vma->n_avcs; i++) {
		const struct rmi_family_vma *vma =
			&family->vmas[anon_vma->avcs[i].vma];

		if ((vma->own == number) != own)
			continue;
		if (tree->whole || (own && printed < SOME_LINES)) {
			print_vma(tree, number, vma);
			printed++;
		} else {
			left++;
		}
	}
	if (!left)
		return;
	indent(anon_vma, 4);
	printf("%-9s  %zu %sVMA%s\n", own ? "own" : "inherited", left,
	       printed ? "more " : "", plural(left));
}

/* ---- one anon_vma ---- */

static void print_counter(const char *name, int64_t value)
{
	if (value >= 0)
		printf(", %s %" PRId64, name, value);
}

static const char *place_of(const struct rmi_family *family, size_t number)
{
	if (!family->anon_vmas[number].seen)
		return "cannot be seen";
	if (number == family->root)
		return "root";
	return family->anon_vmas[number].parent == RMI_NONE ?
	       "of an unknown parent" : "child";
}

static void print_anon_vma(const struct tree *tree, size_t number)
{
	const struct rmi_family *family = tree->family;
	const struct rmi_anon_vma *anon_vma = &family->anon_vmas[number];

	indent(anon_vma, 0);
	printf("anon_vma 0x%" PRIx64 "  %s", anon_vma->anon_vma,
	       place_of(family, number));
	if (number == family->asked)
		printf(", asked about");
	printf("; %zu VMA%s", anon_vma->n_avcs, plural(anon_vma->n_avcs));
	print_counter("refcount", anon_vma->refcount);
	print_counter("degree", anon_vma->degree);
	print_counter("num_children", anon_vma->n_children);
	print_counter("num_active_vmas", anon_vma->n_active_vmas);
	printf("%s\n", anon_vma->reusable ? "; the next fork reuses it" : "");
	print_vmas_of(tree, number, true);
	print_vmas_of(tree, number, false);
}

/* ---- the tree ---- */

static bool is_leaf(const struct rmi_family *family, size_t number)
{
	return number + 1 == family->n_anon_vmas ||
	       family->anon_vmas[number + 1].depth <=
	       family->anon_vmas[number].depth;
}

/* The end of a run of leaves that have the same parent. */
static size_t end_of_run(const struct rmi_family *family, size_t from)
{
	size_t i = from;

	while (i < family->n_anon_vmas && is_leaf(family, i) &&
	       family->anon_vmas[i].parent == family->anon_vmas[from].parent)
		i++;
	return i;
}

/* Many children without children: there is nothing to learn from the last. */
static size_t print_run(const struct tree *tree, size_t from)
{
	const struct rmi_family *family = tree->family;
	size_t end = end_of_run(family, from), n_vmas = 0, i = from;

	for (; i < end && i < from + SOME_LINES; i++)
		print_anon_vma(tree, i);
	if (i == end)
		return end;
	for (size_t left = i; left < end; left++)
		n_vmas += family->anon_vmas[left].n_avcs;
	indent(&family->anon_vmas[i], 0);
	printf("%zu more children without children, %zu VMA%s\n", end - i,
	       n_vmas, plural(n_vmas));
	return end;
}

static void print_tree(const struct tree *tree)
{
	size_t i = 0;

	while (i < tree->family->n_anon_vmas) {
		if (!tree->whole && is_leaf(tree->family, i))
			i = print_run(tree, i);
		else
			print_anon_vma(tree, i++);
	}
}

static size_t count_avcs(const struct rmi_family *family)
{
	size_t n = 0;

	for (size_t i = 0; i < family->n_anon_vmas; i++)
		n += family->anon_vmas[i].n_avcs;
	return n;
}

static void print_gaps(const struct rmi_gap *gaps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_gap("gap  ", &gaps[i]);
}

void print_family_text(const struct family_answer *answer)
{
	const struct rmi_family *family = answer->family;
	size_t n_avcs = count_avcs(family);
	struct tree tree = { family, n_avcs <= MAX_LINES };

	printf("family of %zu anon_vma%s, %zu VMA%s, %zu AVC%s%s\n",
	       family->n_anon_vmas, plural(family->n_anon_vmas),
	       family->n_vmas, plural(family->n_vmas), n_avcs, plural(n_avcs),
	       answer->complete ? "" : " found; there may be more");
	print_gaps(family->gaps, family->n_gaps);
	print_gaps(answer->gaps, answer->n_gaps);
	print_tree(&tree);
}
