/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding the page that somebody names by an address.
 */
#include "api/finding.h"
#include "mm/memmap.h"
#include "mm/pgtable.h"

static enum status find_phys(struct rmi_session *session,
			     const struct rmi_place *place, pfn_t *ret_pfn)
{
	*ret_pfn = PFN(place->address >> session->kernel->mmu.page_shift);
	return ST_OK;
}

static enum status find_page(struct rmi_session *session,
			     const struct rmi_place *place, pfn_t *ret_pfn)
{
	return page_find(session->kernel, KADDR(place->address), ret_pfn);
}

/* ---- a user address ---- */

/* What the entry says instead of a page. */
static enum status explain_entry(struct kernel *kernel,
				 const struct pgtable_entry *entry)
{
	const struct pte *pte = &entry->pte;

	if (pte->kind == PTE_SWAP)
		return diag_fail(&kernel->diag, ST_NO_ADDRESS,
				 "not present: the entry %#llx is of swap "
				 "type %u, offset %#llx",
				 (unsigned long long)pte->raw, pte->swap_type,
				 (unsigned long long)pte->swap_offset);
	return diag_fail(&kernel->diag, pte->kind == PTE_BAD ? ST_CORRUPT :
			 ST_NO_ADDRESS, pte->kind == PTE_BAD ?
			 "the page table makes no sense there" :
			 "nothing is mapped there");
}

static enum status frame_at(struct kernel *kernel, kaddr_t mm, uaddr_t address,
			    pfn_t *ret_pfn)
{
	struct pgtable_entry entry;
	paddr_t pgd;
	enum status st = pgtable_of_mm(kernel, mm, &pgd);

	if (!st)
		st = pgtable_lookup(kernel, pgd, address, &entry);
	if (st)
		return st;
	if (entry.pte.kind != PTE_PAGE)
		return explain_entry(kernel, &entry);
	*ret_pfn = PFN(entry.pte.pfn.v + ((address.v - entry.address.v) >>
					  kernel->mmu.page_shift));
	return ST_OK;
}

static enum status find_virt(struct rmi_session *session,
			     const struct rmi_place *place, pfn_t *ret_pfn)
{
	struct kernel *kernel = session->kernel;
	uaddr_t address = UADDR(place->address);
	kaddr_t mm;
	enum status st = session_need_tasks(session);

	if (st)
		return st;
	if (address.v >= mmu_user_end(&kernel->mmu))
		return diag_fail(&kernel->diag, ST_NO_ADDRESS,
				 "not a user address");
	st = session_find_mm(session, place->pid, &mm);
	return st ? st : frame_at(kernel, mm, address, ret_pfn);
}

static enum status (*const finders[])(struct rmi_session *session,
				      const struct rmi_place *place,
				      pfn_t *ret_pfn) = {
	[RMI_DOOR_PHYS] = find_phys,
	[RMI_DOOR_PAGE] = find_page,
	[RMI_DOOR_VIRT] = find_virt,
};

#define N_FINDERS	(sizeof(finders) / sizeof(finders[0]))

static const char not_open[] = "the session is not open";
static const char not_known[] = "a place that this library does not know";

rmi_status rmi_session_find(struct rmi_session *session,
			    const struct rmi_place *place, uint64_t *ret_pfn)
{
	struct rmi_place copy;
	enum status st;
	pfn_t pfn;

	if (!session_has_dump(session))
		return session_fail(session, ST_INVALID, not_open);
	if (!copy_sized(&copy, sizeof(copy), place) || copy.door >= N_FINDERS)
		return session_fail(session, ST_INVALID, not_known);
	st = finders[copy.door](session, &copy, &pfn);
	if (st)
		return session_fail(session, st, session->kernel->diag.text);
	*ret_pfn = pfn.v;
	return RMI_OK;
}

/* ---- places of many pages ---- */

static enum status find_one(struct finding *finding,
			    const struct rmi_place *place)
{
	pfn_t pfn;
	enum status st = finders[place->door](finding->session, place, &pfn);

	return st ? st : finding_hand_out(finding, &(struct rmi_found) {
					  .range = { pfn.v, pfn.v } });
}

static enum status (*const all_finders[])(struct finding *finding,
					  const struct rmi_place *place) = {
	[RMI_DOOR_PHYS] = find_at_phys,
	[RMI_DOOR_PAGE] = find_one,
	[RMI_DOOR_VIRT] = find_one,
	[RMI_DOOR_VMA] = find_in_vma,
	[RMI_DOOR_MM] = find_in_mm,
	[RMI_DOOR_PID] = find_in_process,
	[RMI_DOOR_FILE] = find_in_file,
	[RMI_DOOR_HWPOISON] = find_poisoned,
};

#define N_ALL_FINDERS	(sizeof(all_finders) / sizeof(all_finders[0]))

rmi_status rmi_session_find_all(struct rmi_session *session,
				const struct rmi_place *place,
				const struct rmi_find_control *caller_control)
{
	struct rmi_find_control control;
	struct rmi_place copy;
	struct finding finding = { session, &control };
	enum status st;

	if (!session_has_dump(session))
		return session_fail(session, ST_INVALID, not_open);
	if (!copy_sized(&copy, sizeof(copy), place) ||
	    copy.door >= N_ALL_FINDERS ||
	    !copy_sized(&control, sizeof(control), caller_control) ||
	    !control.found)
		return session_fail(session, ST_INVALID, not_known);
	st = session_need_tasks(session);
	if (!st)
		st = all_finders[copy.door](&finding, &copy);
	if (st && st != ST_STOPPED)
		return session_fail(session, st, session->kernel->diag.text);
	return RMI_OK;
}
