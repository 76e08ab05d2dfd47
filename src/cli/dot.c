/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pictures: the way from a page to those who map it, in the DOT language of
 * graphviz. One graph for each page, or of one family.
 *
 * Knows what is drawn of which kind of page. What a picture has no room for is
 * in the other formats.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dot_family.h"
#include "dot_ksm.h"
#include "dot_text.h"
#include "gap.h"
#include "log.h"
#include "output.h"
#include "text_parts.h"

/* With more mappings of a file, only some are drawn. */
#define MAX_MAPPINGS	120
#define SOME_MAPPINGS	100

/* ---- the frame ---- */

static void begin_graph(void)
{
	puts("digraph rmap {\n"
	     "\tgraph [rankdir=LR nodesep=0.08 ranksep=0.45 "
	     "fontname=\"sans-serif\" fontsize=11 labelloc=t labeljust=l];\n"
	     "\tnode [fontname=\"sans-serif\" fontsize=9 height=0.2 "
	     "margin=\"0.08,0.03\"];\n"
	     "\tedge [arrowsize=0.5];");
}

static void end_graph(void)
{
	puts("}");
}

/* ---- pages ---- */

static void draw_page(const struct rmi_page *page)
{
	printf("\tpage [class=\"page\" shape=box style=filled penwidth=2 "
	       "fillcolor=\"#fff2cc\" label=\"PFN 0x%" PRIx64 "\\n", page->pfn);
	dot_put(page->kind ? page->kind : "kind not known");
	printf(" page, mapped %zu time%s\"", page->n_mappings,
	       plural(page->n_mappings));
	dot_end_with_tooltip("struct page", page->page);
}

static void put_title(const struct rmi_page *page)
{
	printf("\tlabel=\"PFN 0x%" PRIx64 ": ", page->pfn);
	if (page->path) {
		dot_put(page->path);
		fputs(", ", stdout);
	}
	printf("%zu mapping%s%s, confirmed in the page tables: orange\\l",
	       page->n_mappings, plural(page->n_mappings),
	       page->complete ? "" : " found; there may be more");
	dot_put_gaps(page->gaps, page->n_gaps);
	puts("\";");
}

static void draw_mapping(const struct rmi_mapping *mapping, size_t number)
{
	printf("\tvma%zu [class=\"vma mapped\" shape=box "
	       "style=\"rounded,filled\" fillcolor=\"#ffd28a\" label=\"",
	       number);
	dot_put_tasks(mapping->tasks, mapping->n_tasks);
	printf("\\n%" PRIx64, mapping->address);
	putchar('"');
	dot_end_with_tooltip("vm_area_struct", mapping->vma);
	printf("\tobject -> vma%zu;\n", number);
}

/* All under the object that page.mapping leads to, or the page itself. */
static void draw_mappings(const struct rmi_page *page)
{
	size_t n = page->n_mappings > MAX_MAPPINGS ? SOME_MAPPINGS :
						     page->n_mappings;

	for (size_t i = 0; i < n; i++)
		draw_mapping(&page->mappings[i], i);
	if (n < page->n_mappings)
		printf("\tmore [class=\"more\" shape=note style=filled "
		       "fillcolor=\"#ffd28a\" label=\"… %zu more mappings\"];\n"
		       "\tobject -> more [style=dotted];\n",
		       page->n_mappings - n);
}

static void draw_object(const struct rmi_page *page)
{
	const struct rmi_step *step = page->n_steps ? page->steps : NULL;

	printf("\tobject [shape=box style=filled fillcolor=\"#dbe9f6\" "
	       "label=\"");
	dot_put(step && step->object ? step->object : "no object");
	if (step) {
		putchar(' ');
		dot_put_address(step->address);
	}
	if (page->path) {
		fputs("\\n", stdout);
		dot_put(page->path);
	}
	putchar('"');
	dot_end_with_tooltip("object", step ? step->address : 0);
	puts("\tpage -> object [penwidth=2 color=\"#d9822b\"];");
}

static void draw_file(const struct rmi_page *page)
{
	if (!page->n_mappings && !page->n_steps)
		return;
	draw_object(page);
	draw_mappings(page);
}

/* ---- the object behind the page ---- */

static void got_family(const struct rmi_family *family, void *arg)
{
	dot_family(family, arg);
}

/* The last resort is what is known of any page: its mappings. */
static void draw_anon(const struct answer *answer,
		      const struct rmi_page *page)
{
	if (rmi_session_family(answer->session, page->steps[0].address,
			       got_family, (void *)page) == RMI_OK)
		return;
	log_warning("no picture of the family: %s",
		    rmi_session_error(answer->session));
	draw_file(page);
}

static bool has_object(const struct rmi_page *page, const char *type)
{
	return page->n_steps && page->steps[0].object &&
	       !strcmp(page->steps[0].object, type);
}

static void print_page(const struct answer *answer,
		       const struct rmi_page *page)
{
	begin_graph();
	put_title(page);
	draw_page(page);
	if (has_object(page, "anon_vma"))
		draw_anon(answer, page);
	else if (has_object(page, "stable node"))
		dot_ksm(answer->session, page);
	else
		draw_file(page);
	end_graph();
}

static void begin(const struct answer *answer)
{
	(void)answer;
}

/* A picture has no end to add a word to. */
static void end(const struct answer *answer)
{
	for (size_t i = 0; i < answer->n_gaps; i++) {
		char *words = gap_words(&answer->gaps[i]);

		log_error("gap in every answer: %s", words);
		free(words);
	}
}

/* ---- a family ---- */

static void put_family_title(const struct family_answer *answer)
{
	const struct rmi_family *family = answer->family;

	printf("\tlabel=\"family of anon_vma 0x%" PRIx64
	       ": %zu anon_vmas, %zu VMAs%s\\l",
	       family->n_anon_vmas ?
	       family->anon_vmas[family->asked].anon_vma : 0,
	       family->n_anon_vmas, family->n_vmas,
	       answer->complete ? "" : " found; there may be more");
	dot_put_gaps(answer->gaps, answer->n_gaps);
	puts("\";");
}

static void print_family(const struct family_answer *answer)
{
	begin_graph();
	put_family_title(answer);
	dot_family(answer->family, NULL);
	end_graph();
}

const struct format format_dot = {
	"dot", false, begin, print_page, NULL, end, NULL, NULL, print_family,
	NULL, NULL, NULL, NULL
};
