/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding VMCOREINFO from a page table alone.
 *
 * The kernel keeps the text in a page of its own (since 4.13, 203e9e41219b) and
 * a pointer to it, vmcoreinfo_data, in its image. Where that variable is needs
 * symbols. But there are only so many words in the image that are the address
 * of a page: the page that begins with the text is soon found, however much
 * memory there is.
 */
#include <string.h>

#include "base/map.h"
#include "image/vmcoreinfo.h"
#include "kernel/locate.h"

/* Images of distributions come to less than a tenth of these. */
#define MAX_PAGES	(1u << 18)
#define MAX_POINTERS	(1u << 18)

#define MAX_PAGE_SIZE	65536u

struct sweep {
	struct kernel *kernel;
	struct pfn_vec *pages;
	struct map seen;		/* addresses of pages */
	uint64_t n_pages;
};

static enum status keep_page(struct sweep *sweep, pfn_t pfn)
{
	for (size_t i = 0; i < sweep->pages->n; i++)
		if (sweep->pages->items[i].v == pfn.v)
			return ST_OK;
	return pfn_vec_push(sweep->pages, pfn);
}

static enum status follow(struct sweep *sweep, kaddr_t address)
{
	struct kernel *kernel = sweep->kernel;
	char head[sizeof(VMCOREINFO_HEAD) - 1];
	paddr_t phys;

	if (kernel_translate(kernel, address, &phys) ||
	    image_read(kernel->image, phys, head, sizeof(head), NULL) ||
	    memcmp(head, VMCOREINFO_HEAD, sizeof(head)))
		return ST_OK;
	return keep_page(sweep, PFN(phys.v >> kernel->mmu.page_shift));
}

/* Addresses of pages in the kernel's half have these bits. */
static bool may_be_page(const struct kernel *kernel, uint64_t word)
{
	const uint64_t inside = (1ULL << kernel->mmu.page_shift) - 1;

	return !(word & inside) && word >> 56 == 0xff;
}

static enum status look_at_word(struct sweep *sweep, uint64_t word)
{
	enum status st;
	bool added;

	if (!may_be_page(sweep->kernel, word) || sweep->seen.n >= MAX_POINTERS)
		return ST_OK;
	st = map_add(&sweep->seen, word, 0, &added);
	return st || !added ? st : follow(sweep, KADDR(word));
}

static enum status sweep_page(struct sweep *sweep, pfn_t pfn)
{
	const size_t size = (size_t)1 << sweep->kernel->mmu.page_shift;
	uint64_t words[MAX_PAGE_SIZE / sizeof(uint64_t)];
	const uint8_t *bytes;
	enum status st = ST_OK;

	if (size > sizeof(words) ||
	    image_page(sweep->kernel->image, pfn, &bytes, NULL))
		return ST_OK;
	memcpy(words, bytes, size);	/* following needs the image, too */
	for (size_t i = 0; i < size / sizeof(words[0]) && !st; i++)
		st = look_at_word(sweep, words[i]);
	return st;
}

static enum status sweep_entry(struct sweep *sweep, const struct pte *pte,
			       enum pt_level level)
{
	uint64_t n = mmu_pages(&sweep->kernel->mmu, level);
	enum status st = ST_OK;

	for (uint64_t i = 0; i < n && sweep->n_pages < MAX_PAGES && !st; i++) {
		sweep->n_pages++;
		st = sweep_page(sweep, PFN(pte->pfn.v + i));
	}
	return st;
}

static enum status sweep_region(struct sweep *sweep,
				const struct kernel_region *region)
{
	const struct mmu *mmu = &sweep->kernel->mmu;
	uint64_t address = region->first;
	enum status st = ST_OK;

	while (!st && address >= region->first && address <= region->last) {
		enum pt_level level = PT_PTE;
		struct pte pte = { .kind = PTE_NONE };

		if (kernel_entry(sweep->kernel, KADDR(address), &pte, &level))
			level = PT_PMD;		/* its table cannot be read */
		if (pte.kind == PTE_PAGE)
			st = sweep_entry(sweep, &pte, level);
		address |= (1ULL << mmu_shift(mmu, level)) - 1;
		address++;
	}
	return st;
}

enum status pointed_pages(struct kernel *kernel, struct pfn_vec *pages,
			  struct diag *diag)
{
	struct sweep sweep = { .kernel = kernel, .pages = pages };
	struct kernel_region regions[N_REGIONS];
	enum status st;

	kernel->arch->regions(&kernel->mmu, regions);
	st = sweep_region(&sweep, &regions[REGION_IMAGE]);
	map_fini(&sweep.seen);
	return st ? diag_no_memory(diag) : ST_OK;
}
