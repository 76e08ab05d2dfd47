/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A merged page, from left to right: its stable node, the items of ksmd, the
 * anon_vma of each, and the VMAs that these lead to and that map the page,
 * those of processes forked since among them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "dot_ksm.h"
#include "dot_text.h"
#include "log.h"
#include "text_parts.h"

/* max_page_sharing is 256 by default: more cannot be read in one picture. */
#define MAX_ITEMS	60
#define MAX_MAPPINGS	120

struct picture {
	struct rmi_session *session;
	const struct rmi_page *page;
	/* Anon_vmas that have a node, by number. */
	uint64_t *anon_vmas;
	size_t n_anon_vmas;
};

/* ---- VMAs ---- */

static size_t n_drawn(const struct rmi_page *page)
{
	return page->n_mappings < MAX_MAPPINGS ? page->n_mappings :
						 MAX_MAPPINGS;
}

static void draw_vmas(const struct rmi_page *page)
{
	for (size_t i = 0; i < n_drawn(page); i++) {
		const struct rmi_mapping *mapping = &page->mappings[i];

		printf("\tvma%zu [class=\"vma mapped\" shape=box "
		       "style=\"rounded,filled\" fillcolor=\"#ffd28a\" "
		       "label=\"", i);
		dot_put_tasks(mapping->tasks, mapping->n_tasks);
		printf("  %" PRIx64 "\"", mapping->address);
		dot_end_with_tooltip("vm_area_struct", mapping->vma);
	}
}

static void draw_rest(const struct rmi_page *page)
{
	if (n_drawn(page) < page->n_mappings)
		printf("\tmore [class=\"more\" shape=note style=filled "
		       "fillcolor=\"#ffd28a\" label=\"… %zu more mappings\"];\n"
		       "\tstable -> more [style=dotted];\n",
		       page->n_mappings - n_drawn(page));
}

/* ---- anon_vmas ---- */

struct anon_vma_links {
	const struct picture *picture;
	size_t number;
};

static void draw_link(const struct anon_vma_links *links, uint64_t vma)
{
	const struct rmi_page *page = links->picture->page;

	for (size_t i = 0; i < n_drawn(page); i++)
		if (page->mappings[i].vma == vma)
			printf("\tav%zu -> vma%zu [class=\"avc\" "
			       "color=\"#d9822b\"];\n", links->number, i);
}

static void got_family(const struct rmi_family *family, void *arg)
{
	const struct rmi_anon_vma *anon_vma =
		&family->anon_vmas[family->asked];

	for (size_t i = 0; i < anon_vma->n_avcs; i++)
		draw_link(arg, family->vmas[anon_vma->avcs[i].vma].vma);
}

static void draw_anon_vma(const struct picture *picture, size_t number)
{
	struct anon_vma_links links = { picture, number };
	uint64_t address = picture->anon_vmas[number];

	printf("\tav%zu [class=\"anon_vma\" shape=box style=filled "
	       "fillcolor=\"#dbe9f6\" label=\"anon_vma ", number);
	dot_put_address(address);
	putchar('"');
	dot_end_with_tooltip("anon_vma", address);
	if (rmi_session_family(picture->session, address, got_family,
			       &links) != RMI_OK)
		log_warning("no picture of what anon_vma 0x%" PRIx64
			    " leads to: %s", address,
			    rmi_session_error(picture->session));
}

/* Its number, with a node of its own. */
static size_t number_of(struct picture *picture, uint64_t anon_vma)
{
	size_t i = 0;

	while (i < picture->n_anon_vmas && picture->anon_vmas[i] != anon_vma)
		i++;
	if (i == picture->n_anon_vmas) {
		picture->anon_vmas[picture->n_anon_vmas++] = anon_vma;
		draw_anon_vma(picture, i);
	}
	return i;
}

/* ---- items ---- */

static void draw_item(struct picture *picture,
		      const struct rmi_ksm_item *item, size_t number)
{
	size_t anon_vma = number_of(picture, item->anon_vma);

	printf("\titem%zu [class=\"item\" shape=box style=filled "
	       "fillcolor=\"#e6e6e6\" label=\"rmap_item ", number);
	dot_put_address(item->item);
	printf("  %" PRIx64 "\"", item->address);
	dot_end_with_tooltip("rmap_item", item->item);
	printf("\tstable -> item%zu -> av%zu;\n", number, anon_vma);
}

static void draw_items(struct picture *picture,
		       const struct rmi_ksm_node *node)
{
	size_t n = node->n_items < MAX_ITEMS ? node->n_items : MAX_ITEMS;

	picture->anon_vmas = need(calloc(n + 1, sizeof(uint64_t)));
	for (size_t i = 0; i < n; i++)
		draw_item(picture, &node->items[i], i);
	free(picture->anon_vmas);
	if (n < node->n_items)
		printf("\titems [class=\"more\" shape=note label=\"… %zu more "
		       "rmap_items\"];\n\tstable -> items [style=dotted];\n",
		       node->n_items - n);
}

static void got_node(const struct rmi_ksm_node *node, void *arg)
{
	printf("\tstable [class=\"stable_node\" shape=box style=filled "
	       "fillcolor=\"#b6d7a8\" label=\"stable node ");
	dot_put_address(node->node);
	printf("\\n%s, %zu item%s\"", node->role, node->n_items,
	       plural(node->n_items));
	dot_end_with_tooltip("stable node", node->node);
	puts("\tpage -> stable [penwidth=2 color=\"#d9822b\"];");
	draw_items(arg, node);
}

static void got_summary(const struct rmi_ksm_summary *summary, void *arg)
{
	(void)arg;
	if (!summary->n_gaps)
		return;
	printf("\tgaps [class=\"gap\" shape=note style=filled "
	       "fillcolor=\"#f4cccc\" label=\"");
	dot_put_gaps(summary->gaps, summary->n_gaps);
	puts("\"];");
}

void dot_ksm(struct rmi_session *session, const struct rmi_page *page)
{
	struct picture picture = { .session = session, .page = page };
	const struct rmi_ksm_request request = {
		.size = sizeof(request),
		.node = page->steps[0].address,
		.arg = &picture,
		.node_fn = got_node,
		.summary_fn = got_summary,
	};

	draw_vmas(page);
	if (rmi_session_ksm(session, &request) != RMI_OK)
		log_warning("no picture of the stable node: %s",
			    rmi_session_error(session));
	draw_rest(page);
}
