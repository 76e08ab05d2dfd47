/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel virtual memory, by a walk of the kernel's own page table.
 *
 * No range (direct map, vmemmap, vmalloc) is treated as special: where each
 * lies differs by kernel and by boot, and the page table knows. A small cache
 * of translations makes up for the walk.
 */
#include <string.h>

#include "kernel/kernel.h"

static bool is_kernel_half(const struct kernel *kernel, kaddr_t addr)
{
	uint64_t sign = mmu_kernel_bits(&kernel->mmu);

	return (addr.v & sign) == sign;
}

static enum status read_entry(struct kernel *kernel, paddr_t table,
			      size_t index, uint64_t *ret_raw)
{
	return image_read(kernel->image, PADDR(table.v + index * 8), ret_raw,
			  sizeof(*ret_raw), &kernel->diag);
}

static enum status not_mapped(struct kernel *kernel, enum pt_level level,
			      const struct pte *pte)
{
	return diag_fail(&kernel->diag,
			 pte->kind == PTE_BAD ? ST_CORRUPT : ST_NO_ADDRESS,
			 "%s entry %#llx: not mapped", pt_level_name(level),
			 (unsigned long long)pte->raw);
}

enum status kernel_entry(struct kernel *kernel, kaddr_t addr,
			 struct pte *ret_pte, enum pt_level *ret_level)
{
	const struct mmu *mmu = &kernel->mmu;
	paddr_t table = kernel->pgd;

	for (enum pt_level level = mmu_top(mmu); ; level--) {
		struct pte pte;
		uint64_t raw;
		enum status st;

		st = read_entry(kernel, table, mmu_index(mmu, level, addr.v),
				&raw);
		if (st)
			return diag_under(&kernel->diag, st,
					  "kernel page table, %s",
					  pt_level_name(level));
		pte = kernel->arch->decode(mmu, level, raw);
		if (pte.kind != PTE_TABLE) {
			*ret_pte = pte;
			*ret_level = level;
			return ST_OK;
		}
		table = PADDR(pte.pfn.v << kernel->mmu.page_shift);
	}
}

static enum status walk(struct kernel *kernel, kaddr_t addr, pfn_t *ret_frame)
{
	enum pt_level level;
	struct pte pte;
	uint64_t inside;
	enum status st = kernel_entry(kernel, addr, &pte, &level);

	if (st)
		return st;
	if (pte.kind != PTE_PAGE)
		return not_mapped(kernel, level, &pte);
	inside = (addr.v >> kernel->mmu.page_shift) &
		 (mmu_pages(&kernel->mmu, level) - 1);
	*ret_frame = PFN(pte.pfn.v + inside);
	return ST_OK;
}

enum status kernel_translate(struct kernel *kernel, kaddr_t addr,
			     paddr_t *ret_phys)
{
	const unsigned int page_shift = kernel->mmu.page_shift;
	const uint64_t page = addr.v >> page_shift;
	struct translation *cached =
		&kernel->translations[page % TRANSLATIONS];

	if (!cached->used || cached->page != page) {
		pfn_t frame;
		enum status st;

		if (!is_kernel_half(kernel, addr))
			return diag_fail(&kernel->diag, ST_CORRUPT,
					 "%#llx is not a kernel address",
					 (unsigned long long)addr.v);
		st = walk(kernel, addr, &frame);
		if (st)
			return diag_under(&kernel->diag, st, "%#llx",
					  (unsigned long long)addr.v);
		*cached = (struct translation) { page, frame.v, true };
	}
	*ret_phys = PADDR(cached->frame << page_shift |
			  (addr.v & ((1ULL << page_shift) - 1)));
	return ST_OK;
}

enum status kernel_read(struct kernel *kernel, kaddr_t addr, void *buf,
			size_t len)
{
	const uint64_t page_size = 1ULL << kernel->mmu.page_shift;
	uint8_t *out = buf;

	while (len) {
		uint64_t room = page_size - (addr.v & (page_size - 1));
		size_t part = len < room ? len : room;
		paddr_t phys;
		enum status st;

		st = kernel_translate(kernel, addr, &phys);
		if (st)
			return st;
		st = image_read(kernel->image, phys, out, part, &kernel->diag);
		if (st)
			return diag_under(&kernel->diag, st, "%#llx",
					  (unsigned long long)addr.v);
		out += part;
		addr = kaddr_add(addr, part);
		len -= part;
	}
	return ST_OK;
}

void kernel_forget_translations(struct kernel *kernel)
{
	memset(kernel->translations, 0, sizeof(kernel->translations));
}

void kernel_forget(struct kernel *kernel)
{
	kernel_forget_translations(kernel);
	kernel->folio_sum = (struct folio_sum) { 0 };
	image_forget(kernel->image);
}

void kernel_read_ahead(struct kernel *kernel, kaddr_t addr, size_t len)
{
	const unsigned int page_shift = kernel->mmu.page_shift;
	const uint64_t first = addr.v >> page_shift;
	const uint64_t n = ((addr.v + len) >> page_shift) - first + 1;
	cleanup_free pfn_t *pfns = calloc(n, sizeof(*pfns));
	size_t n_pfns = 0;
	paddr_t phys;

	if (!pfns)
		return;
	for (uint64_t i = 0; i < n; i++)
		if (!kernel_translate(kernel, KADDR((first + i) << page_shift),
				      &phys))
			pfns[n_pfns++] = PFN(phys.v >> page_shift);
	image_read_ahead(kernel->image, pfns, n_pfns);
}

enum status kernel_read_word(struct kernel *kernel, kaddr_t addr,
			     uint64_t *ret_value)
{
	return kernel_read(kernel, addr, ret_value, sizeof(*ret_value));
}

enum status kernel_read_string(struct kernel *kernel, kaddr_t addr, char *buf,
			       size_t size)
{
	const uint64_t page_size = 1ULL << kernel->mmu.page_shift;
	size_t len = 0;

	/* Never past a page that the string does not reach into. */
	while (len < size - 1) {
		uint64_t room = page_size - (addr.v & (page_size - 1));
		size_t part = room < size - 1 - len ? room : size - 1 - len;
		enum status st = kernel_read(kernel, addr, buf + len, part);

		if (st)
			return st;
		if (memchr(buf + len, '\0', part))
			return ST_OK;
		len += part;
		addr = kaddr_add(addr, part);
	}
	buf[len] = '\0';
	return ST_OK;
}
