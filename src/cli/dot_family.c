/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A tree from left to right: anon_vmas by generation, each VMA behind its own
 * anon_vma. Knows what of a large family is drawn, and what is only counted.
 *
 * An anon_vma has an AVC to every VMA below it. Those of its own VMAs are
 * drawn; the others only in a small family: all of them would be a black
 * square, and the tree says as much.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "dot_family.h"
#include "dot_text.h"
#include "text_parts.h"

/* With more VMAs, only some of those that look alike are drawn. */
#define MAX_VMAS	120
#define SOME_ALIKE	4

/* Whole generations are drawn until there are so many anon_vmas. */
#define MAX_ANON_VMAS	80

/* So many links can be told from one another. */
#define MAX_INHERITED	24

/* What is not drawn, counted at the nearest anon_vma that is. */
struct hidden {
	size_t anon_vmas, vmas, mapped;
};

struct picture {
	const struct rmi_family *family;
	const struct rmi_page *page;
	bool whole;			/* small enough to draw all of it */
	bool with_inherited;
	bool one_range;			/* all VMAs have the same addresses */
	size_t of_page;			/* the page's anon_vma, or RMI_NONE */
	/* By anon_vma: */
	bool *wanted;			/* the one asked about, and above it */
	bool *drawn;
	size_t *nearest;		/* itself, or the first drawn above */
	size_t *n_alike;		/* of its children and VMAs, drawn */
	struct hidden *hidden;
	/* By VMA: */
	size_t *home;			/* behind which anon_vma it stands */
	const struct rmi_mapping **mapping;	/* of the page, or NULL */
	bool *vma_drawn;
	unsigned int max_depth;		/* those before are drawn in full */
	size_t n_last;			/* and so many of this generation */
};

/* ---- what belongs where ---- */

/* Behind its own anon_vma; or else the youngest that leads to it. */
static void find_homes(struct picture *picture)
{
	const struct rmi_family *family = picture->family;

	for (size_t i = 0; i < family->n_vmas; i++)
		picture->home[i] = family->vmas[i].own;
	for (size_t i = family->n_anon_vmas; i--;)
		for (size_t j = 0; j < family->anon_vmas[i].n_avcs; j++) {
			size_t vma = family->anon_vmas[i].avcs[j].vma;

			if (picture->home[vma] == RMI_NONE)
				picture->home[vma] = i;
		}
}

static int compare_vmas(const void *a, const void *b)
{
	const struct rmi_mapping *x = *(const struct rmi_mapping *const *)a;
	const struct rmi_mapping *y = *(const struct rmi_mapping *const *)b;

	return (x->vma > y->vma) - (x->vma < y->vma);
}

/* One page is mapped once in a VMA. */
static void find_mappings(struct picture *picture)
{
	const struct rmi_page *page = picture->page;
	size_t n = page ? page->n_mappings : 0;
	const struct rmi_mapping **sorted = need(calloc(n + 1,
							sizeof(*sorted)));

	for (size_t i = 0; i < n; i++)
		sorted[i] = &page->mappings[i];
	qsort(sorted, n, sizeof(*sorted), compare_vmas);
	for (size_t i = 0; i < picture->family->n_vmas; i++) {
		struct rmi_mapping key = {
			.vma = picture->family->vmas[i].vma
		};
		const struct rmi_mapping *wanted = &key;
		const struct rmi_mapping **found =
			bsearch(&wanted, sorted, n, sizeof(*sorted),
				compare_vmas);

		picture->mapping[i] = found ? *found : NULL;
	}
	free(sorted);
}

static bool is_one_range(const struct rmi_family *family)
{
	for (size_t i = 1; i < family->n_vmas; i++)
		if (family->vmas[i].start != family->vmas[0].start ||
		    family->vmas[i].end != family->vmas[0].end)
			return false;
	return family->n_vmas > 1;
}

static size_t count_inherited(const struct rmi_family *family)
{
	size_t n = 0;

	for (size_t i = 0; i < family->n_anon_vmas; i++)
		n += family->anon_vmas[i].n_avcs;
	return n - family->n_vmas;
}

static void *array(size_t n, size_t size)
{
	return need(calloc(n + 1, size));
}

static void picture_init(struct picture *picture,
			 const struct rmi_family *family,
			 const struct rmi_page *page)
{
	*picture = (struct picture) {
		.family = family,
		.page = page,
		.whole = family->n_vmas <= MAX_VMAS,
		.with_inherited = count_inherited(family) <= MAX_INHERITED,
		.one_range = is_one_range(family),
		.of_page = page ? family->asked : RMI_NONE,
		.wanted = array(family->n_anon_vmas, sizeof(bool)),
		.drawn = array(family->n_anon_vmas, sizeof(bool)),
		.nearest = array(family->n_anon_vmas, sizeof(size_t)),
		.n_alike = array(family->n_anon_vmas, sizeof(size_t)),
		.hidden = array(family->n_anon_vmas, sizeof(struct hidden)),
		.home = array(family->n_vmas, sizeof(size_t)),
		.mapping = array(family->n_vmas, sizeof(void *)),
		.vma_drawn = array(family->n_vmas, sizeof(bool)),
	};
	find_homes(picture);
	find_mappings(picture);
}

static void picture_fini(struct picture *picture)
{
	free(picture->wanted);
	free(picture->drawn);
	free(picture->nearest);
	free(picture->n_alike);
	free(picture->hidden);
	free(picture->home);
	free(picture->mapping);
	free(picture->vma_drawn);
}

/* ---- what is drawn ---- */

static bool is_leaf(const struct rmi_family *family, size_t number)
{
	return number + 1 == family->n_anon_vmas ||
	       family->anon_vmas[number + 1].parent != number;
}

static void mark_wanted(struct picture *picture)
{
	const struct rmi_family *family = picture->family;
	size_t i = family->n_anon_vmas ? family->asked : RMI_NONE;

	for (; i != RMI_NONE; i = family->anon_vmas[i].parent)
		picture->wanted[i] = true;
}

/* One of too many children of a parent that have none themselves. */
static bool is_one_of_many(struct picture *picture, size_t number)
{
	const struct rmi_family *family = picture->family;
	size_t parent = family->anon_vmas[number].parent;

	return parent != RMI_NONE && is_leaf(family, number) &&
	       picture->n_alike[parent]++ >= SOME_ALIKE;
}

/* Mark those that could be drawn, and see for how many there is room. */
static void choose_depth(struct picture *picture)
{
	const struct rmi_family *family = picture->family;
	size_t *n_at = array(family->n_anon_vmas + 1, sizeof(*n_at));
	size_t room = MAX_ANON_VMAS;

	for (size_t i = 0; i < family->n_anon_vmas; i++) {
		picture->drawn[i] = !is_one_of_many(picture, i);
		n_at[family->anon_vmas[i].depth] += picture->drawn[i];
	}
	for (; n_at[picture->max_depth] && n_at[picture->max_depth] <= room;
	     picture->max_depth++)
		room -= n_at[picture->max_depth];
	picture->n_last = room;
	free(n_at);
}

/* Parents have been decided on before their children. */
static bool shall_be_drawn(struct picture *picture, size_t number)
{
	const struct rmi_anon_vma *anon_vma =
		&picture->family->anon_vmas[number];

	if (picture->whole || anon_vma->parent == RMI_NONE ||
	    picture->wanted[number])
		return true;
	if (!picture->drawn[number] || !picture->drawn[anon_vma->parent] ||
	    anon_vma->depth > picture->max_depth)
		return false;
	if (anon_vma->depth < picture->max_depth)
		return true;
	return picture->n_last && picture->n_last--;
}

static void choose_anon_vmas(struct picture *picture)
{
	const struct rmi_family *family = picture->family;

	choose_depth(picture);
	for (size_t i = 0; i < family->n_anon_vmas; i++) {
		size_t parent = family->anon_vmas[i].parent;

		picture->drawn[i] = shall_be_drawn(picture, i);
		picture->nearest[i] = picture->drawn[i] ? i :
				      picture->nearest[parent];
		if (!picture->drawn[i])
			picture->hidden[picture->nearest[i]].anon_vmas++;
	}
}

static void choose_vmas(struct picture *picture)
{
	const struct rmi_family *family = picture->family;
	size_t *n_alike = array(family->n_anon_vmas, sizeof(*n_alike));

	for (size_t i = 0; i < family->n_vmas; i++) {
		size_t home = picture->home[i];
		struct hidden *hidden;

		if (home == RMI_NONE)
			continue;
		if (picture->drawn[home] &&
		    (picture->whole || n_alike[home]++ < SOME_ALIKE)) {
			picture->vma_drawn[i] = true;
			continue;
		}
		hidden = &picture->hidden[picture->nearest[home]];
		hidden->vmas++;
		hidden->mapped += picture->mapping[i] != NULL;
	}
	free(n_alike);
}

/* ---- nodes ---- */

static void put_counter(const char *name, int64_t value)
{
	if (value >= 0)
		printf("%s %" PRId64, name, value);
}

static void draw_anon_vma(const struct picture *picture, size_t number)
{
	const struct rmi_anon_vma *anon_vma =
		&picture->family->anon_vmas[number];
	bool root = number == picture->family->root;

	printf("\tav%zu [class=\"anon_vma\" shape=box style=filled "
	       "fillcolor=\"%s\"%s label=\"anon_vma ", number, root ? "#9fc5e8" : "#dbe9f6",
	       root ? " penwidth=2" : "");
	dot_put_address(anon_vma->anon_vma);
	fputs(root ? " (root)" : "", stdout);
	if (anon_vma->seen) {
		put_counter("\\nrefcount", anon_vma->refcount);
		put_counter(", degree", anon_vma->degree);
		put_counter(", children", anon_vma->n_children);
		put_counter(", active", anon_vma->n_active_vmas);
	} else {
		fputs("\\ncannot be seen", stdout);
	}
	if (root && picture->one_range)
		printf("\\nVMAs %" PRIx64 "-%" PRIx64,
		       picture->family->vmas[0].start,
		       picture->family->vmas[0].end);
	fputs(anon_vma->reusable ? "\\nreused by the next fork" : "", stdout);
	putchar('"');
	dot_end_with_tooltip("anon_vma", anon_vma->anon_vma);
}

static void put_place(const struct picture *picture, size_t number)
{
	const struct rmi_family_vma *vma = &picture->family->vmas[number];

	if (!picture->one_range)
		printf("\\n%" PRIx64 "-%" PRIx64, vma->start, vma->end);
}

static void draw_vma(const struct picture *picture, size_t number)
{
	const struct rmi_family_vma *vma = &picture->family->vmas[number];
	bool mapped = picture->mapping[number] != NULL;

	printf("\tvma%zu [class=\"%s\" shape=box style=\"rounded,filled\" "
	       "fillcolor=\"%s\" label=\"", number,
	       mapped ? "vma mapped" : "vma", mapped ? "#ffd28a" : "white");
	dot_put_tasks(vma->tasks, vma->n_tasks);
	put_place(picture, number);
	putchar('"');
	dot_end_with_tooltip("vm_area_struct", vma->vma);
}

static void draw_hidden(const struct picture *picture, size_t number)
{
	const struct hidden *hidden = &picture->hidden[number];

	if (!hidden->anon_vmas && !hidden->vmas)
		return;
	printf("\tmore%zu [class=\"more\" shape=note style=filled "
	       "fillcolor=\"%s\" label=\"… ",
	       number, hidden->mapped ? "#ffd28a" : "white");
	if (hidden->anon_vmas)
		printf("%zu more anon_vma%s, ", hidden->anon_vmas,
		       plural(hidden->anon_vmas));
	printf("%zu more VMA%s", hidden->vmas, plural(hidden->vmas));
	if (picture->page)
		printf("\\n%zu of them map%s the page", hidden->mapped,
		       hidden->mapped == 1 ? "s" : "");
	printf("\"];\n\tav%zu -> more%zu [style=dotted];\n", number, number);
}

/* ---- edges ---- */

static void draw_avc(const struct picture *picture, size_t number,
		     const struct rmi_avc *avc)
{
	bool home = picture->home[avc->vma] == number;
	bool leads = number == picture->of_page &&
		     picture->mapping[avc->vma];

	if (!picture->vma_drawn[avc->vma])
		return;
	if (!home && !picture->with_inherited)
		return;
	printf("\tav%zu -> vma%zu [class=\"avc\"%s%s", number, avc->vma,
	       home ? "" : " constraint=false style=dashed",
	       leads ? " color=\"#d9822b\"" : home ? "" : " color=gray75");
	dot_end_with_tooltip("anon_vma_chain", avc->avc);
}

static void draw_links(const struct picture *picture, size_t number)
{
	const struct rmi_anon_vma *anon_vma =
		&picture->family->anon_vmas[number];

	if (anon_vma->parent != RMI_NONE)
		printf("\tav%zu -> av%zu [class=\"child\" penwidth=2 "
		       "color=\"#6fa8dc\"];\n", anon_vma->parent, number);
	for (size_t i = 0; i < anon_vma->n_avcs; i++)
		draw_avc(picture, number, &anon_vma->avcs[i]);
}

static void draw_all(const struct picture *picture)
{
	const struct rmi_family *family = picture->family;

	for (size_t i = 0; i < family->n_anon_vmas; i++)
		if (picture->drawn[i])
			draw_anon_vma(picture, i);
	for (size_t i = 0; i < family->n_vmas; i++)
		if (picture->vma_drawn[i])
			draw_vma(picture, i);
	for (size_t i = 0; i < family->n_anon_vmas; i++) {
		if (!picture->drawn[i])
			continue;
		draw_hidden(picture, i);
		draw_links(picture, i);
	}
	if (picture->of_page != RMI_NONE)
		printf("\tpage -> av%zu [penwidth=2 color=\"#d9822b\"];\n",
		       picture->of_page);
}

static void draw_gaps(const struct rmi_family *family)
{
	if (!family->n_gaps)
		return;
	printf("\tgaps [class=\"gap\" shape=note style=filled "
	       "fillcolor=\"#f4cccc\" label=\"");
	dot_put_gaps(family->gaps, family->n_gaps);
	puts("\"];");
}

void dot_family(const struct rmi_family *family, const struct rmi_page *page)
{
	struct picture picture;

	picture_init(&picture, family, page);
	mark_wanted(&picture);
	choose_anon_vmas(&picture);
	choose_vmas(&picture);
	draw_all(&picture);
	draw_gaps(family);
	picture_fini(&picture);
}
