/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages that are looked for in all of memory, by what their struct page says.
 */
#include <stdio.h>

#include "api/finding.h"
#include "mm/hugetlb.h"
#include "mm/memmap_scan.h"
#include "mm/page.h"

struct poison_search {
	struct finding *finding;
	struct place_object *object;
	uint64_t n_found;
};

static enum status hand_out(struct poison_search *search, uint64_t pfn)
{
	search->n_found++;
	return finding_hand_out(search->finding, &(struct rmi_found) {
				.range = { pfn, pfn } });
}

/*
 * Of hugetlb only the head has the flag, for any of its pages: which ones
 * stands in a list of their own. If none can be told, the head is.
 */
static enum status look_at_hugetlb(struct poison_search *search,
				   const struct page *page)
{
	struct frame_vec frames = { 0 };
	enum status st = hugetlb_find_poisoned(search->finding->session->kernel,
					       page, &frames,
					       &search->object->gaps);

	if (!st && !frames.n)
		st = hand_out(search, page->pfn.v);
	for (size_t i = 0; i < frames.n && !st; i++)
		st = hand_out(search, frames.items[i]);
	frame_vec_fini(&frames);
	return st;
}

/*
 * What looks like a head among the tails of hugetlb is the same memory, shown
 * again (see page.c).
 */
static bool is_seen_again(const struct page *page)
{
	return page->pfn.v != page->head_pfn.v;
}

static enum status look_at_frame(pfn_t pfn, void *arg)
{
	struct poison_search *search = arg;
	struct page page;

	/* What the page is, its answer will tell, or why that is not known. */
	if (page_read(search->finding->session->kernel, pfn, &page) ||
	    !page.hugetlb)
		return hand_out(search, pfn.v);
	return is_seen_again(&page) ? ST_OK : look_at_hugetlb(search, &page);
}

/* A counter that is not there has nothing to say against what was found. */
static void check_count(const struct poison_search *search)
{
	struct kernel *kernel = search->finding->session->kernel;
	const struct kernel_variable *counter =
		&kernel->facts.variables[KSYM_NUM_POISONED_PAGES];
	struct gaps *gaps = &search->object->gaps;
	char why[128];
	uint64_t n;

	if (!counter->present)
		return;
	if (kernel_read_word(kernel, counter->address, &n)) {
		gaps_add(gaps, "poisoned pages", "num_poisoned_pages",
			 kernel->diag.text);
		return;
	}
	if (n == search->n_found)
		return;
	snprintf(why, sizeof(why), "the kernel counts %lld, %llu were found",
		 (long long)n, (unsigned long long)search->n_found);
	gaps_add(gaps, "poisoned pages", "num_poisoned_pages", why);
}

static enum status explain_absence(struct kernel *kernel)
{
	return diag_fail(&kernel->diag, ST_UNSUPPORTED, "this kernel was "
			 "built without CONFIG_MEMORY_FAILURE: it marks no "
			 "page as poisoned");
}

enum status find_poisoned(struct finding *finding,
			  const struct rmi_place *place)
{
	struct kernel *kernel = finding->session->kernel;
	struct poison_search search = { .finding = finding };
	enum status st;

	(void)place;
	if (!kernel->facts.layout.has_enumerator[E_PG_hwpoison])
		return explain_absence(kernel);
	st = finding_begin_object(finding, "memory", KADDR(0),
				  &search.object);
	if (!st)
		st = memmap_find_flagged(kernel, E_PG_hwpoison, look_at_frame,
					 &search, &search.object->gaps);
	if (st)
		return st;
	details_number(&search.object->details, "pages poisoned",
		       search.n_found);
	check_count(&search);
	return finding_end_object(finding, search.object);
}
