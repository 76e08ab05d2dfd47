/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* struct ptdesc, which has the words of a table's struct page, is of 6.5. */
#include "mm/pgd_list.h"

#include "mm/list.h"
#include "mm/memmap.h"

struct walk {
	struct kernel *kernel;
	enum member_id owner;
	pgd_fn *fn;
	void *arg;
	struct gaps *gaps;
};

static enum status look_at_page(kaddr_t page, void *arg)
{
	const struct walk *walk = arg;
	struct kernel *kernel = walk->kernel;
	const struct layout *layout = &kernel->facts.layout;
	kaddr_t mm;
	pfn_t pfn;
	enum status st = page_find(kernel, page, &pfn);

	if (!st)
		st = kernel_read_word(kernel, kaddr_add(page,
				      layout->members[walk->owner].offset),
				      &mm.v);
	if (st) {
		gaps_addf(walk->gaps, "pgd_list", kernel->diag.text,
			  "page %#llx", (unsigned long long)page.v);
		return ST_OK;
	}
	return walk->fn(mm, PADDR(pfn.v << kernel->mmu.page_shift),
			walk->arg);
}

enum status pgd_list_for_each(struct kernel *kernel, pgd_fn *fn, void *arg,
			      struct gaps *gaps)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct kernel_variable *head =
		&kernel->facts.variables[KSYM_PGD_LIST];
	const bool has_ptdesc = layout_has(layout, M_ptdesc_pt_mm);
	const struct list list = {
		.head = head->address,
		.link = has_ptdesc ? M_ptdesc_pt_list : M_page_lru,
		.what = "pgd_list",
		.entry = "page",
	};
	struct walk walk = {
		kernel, has_ptdesc ? M_ptdesc_pt_mm : M_page_pt_mm,
		fn, arg, gaps,
	};

	if (!head->present || !layout_has(layout, list.link) ||
	    !layout_has(layout, walk.owner))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "this kernel has no list of page tables");
	return list_for_each(kernel, &list, look_at_page, &walk, gaps);
}

/* ---- finding ---- */

static enum status keep(kaddr_t mm, paddr_t pgd, void *arg)
{
	struct kernel *kernel = arg;
	bool added;

	return map_add(&kernel->detours.pgds, mm.v, pgd.v, &added);
}

/* Whoever looks for an mm_struct has a gap of his own, if it is not found. */
static void read_all(struct kernel *kernel)
{
	const struct diag before = kernel->diag;
	struct gaps gaps = { 0 };

	kernel->detours.has_pgds = true;
	(void)!pgd_list_for_each(kernel, keep, kernel, &gaps);
	gaps_fini(&gaps);
	kernel->diag = before;
}

bool pgd_list_find(struct kernel *kernel, kaddr_t mm, paddr_t *ret_pgd)
{
	const uint64_t *pgd;

	if (!kernel->detours.has_pgds)
		read_all(kernel);
	pgd = map_find(&kernel->detours.pgds, mm.v);
	if (pgd)
		*ret_pgd = PADDR(*pgd);
	return pgd;
}
