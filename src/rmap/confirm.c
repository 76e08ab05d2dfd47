/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rmap/confirm.h"

void confirmer_fini(struct confirmer *confirmer)
{
	map_fini(&confirmer->pgds);
}

static enum status find_pgd(struct confirmer *confirmer, kaddr_t mm,
			    paddr_t *ret_pgd)
{
	const uint64_t *known = map_find(&confirmer->pgds, mm.v);
	paddr_t pgd;
	bool added;
	enum status st;

	if (known) {
		*ret_pgd = PADDR(*known);
		return ST_OK;
	}
	st = pgtable_of_mm(confirmer->kernel, mm, &pgd);
	if (st)
		return st;
	if (map_add(&confirmer->pgds, mm.v, pgd.v, &added))
		return diag_no_memory(&confirmer->kernel->diag);
	*ret_pgd = pgd;
	return ST_OK;
}

enum status confirm(struct confirmer *confirmer, const struct vma *vma,
		    uaddr_t address, const struct map_target *target,
		    enum map_state *ret_state,
		    struct pgtable_entry *ret_entry)
{
	struct kernel *kernel = confirmer->kernel;
	struct pgtable_entry entry;
	paddr_t pgd;
	enum status st;

	st = find_pgd(confirmer, vma->mm, &pgd);
	if (!st)
		st = pgtable_lookup(kernel, pgd, address, &entry);
	if (st)
		return st;
	*ret_state = map_state_of(kernel, &entry, address, target);
	*ret_entry = entry;
	return ST_OK;
}
