/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rmap/state.h"

struct state_row {
	const char *name;
	const char *note;
	bool counted;
};

/*
 * Migration and memory failure take a mapping off the count when they store
 * their entry (try_to_migrate(), try_to_unmap()); what is lent to a device, or
 * moved to one, stays counted (copy_nonpresent_pte()).
 */
static const struct state_row rows[N_STATES] = {
	[STATE_NONE] = { "none", NULL, false },
	[STATE_UNKNOWN] = { "unknown", NULL, false },
	[STATE_MAPPED] = { "mapped", NULL, true },
	[STATE_SPECIAL] = { "special", NULL, false },
	[STATE_SWAPPED] = { "swapped", NULL, false },
	[STATE_MIGRATING] = { "migrating", "moved elsewhere at that moment",
			      false },
	[STATE_POISONED] = { "poisoned", "unmapped for a memory failure",
			     false },
	[STATE_DEVICE_PRIVATE] = { "device-private",
				   "in the device's own memory", true },
	[STATE_DEVICE_EXCLUSIVE] = { "device-exclusive",
				     "lent to a device for atomic access",
				     true },
};

const char *map_state_name(enum map_state state)
{
	return rows[state].name;
}

const char *map_state_note(enum map_state state)
{
	return rows[state].note;
}

bool map_state_is_counted(enum map_state state)
{
	return rows[state].counted;
}

static const enum map_state states[] = {
	[SWAP_UNKNOWN] = STATE_UNKNOWN,
	[SWAP_FILE] = STATE_SWAPPED,
	[SWAP_HWPOISON] = STATE_POISONED,
	[SWAP_MIGRATION] = STATE_MIGRATING,
	[SWAP_DEVICE_PRIVATE] = STATE_DEVICE_PRIVATE,
	[SWAP_DEVICE_EXCLUSIVE] = STATE_DEVICE_EXCLUSIVE,
	[SWAP_MARKER] = STATE_NONE,
};

static enum map_state state_of(const struct kernel *kernel,
			       const struct pgtable_entry *entry)
{
	const struct pte *pte = &entry->pte;

	if (pte->kind == PTE_PAGE)
		return pte->special ? STATE_SPECIAL : STATE_MAPPED;
	if (pte->kind == PTE_SWAP)
		return states[pgtable_swap_meaning(kernel, pte)];
	return STATE_NONE;
}

enum map_state map_state_at(const struct kernel *kernel,
			    const struct pgtable_entry *entry, uaddr_t address,
			    pfn_t *ret_pfn)
{
	enum map_state state = state_of(kernel, entry);
	uint64_t inside = (address.v - entry->address.v) >>
			  kernel->mmu.page_shift;
	pfn_t first = entry->pte.kind == PTE_PAGE ? entry->pte.pfn :
		      pgtable_swap_frame(kernel, &entry->pte);

	if (state != STATE_NONE && state != STATE_SWAPPED)
		*ret_pfn = PFN(first.v + inside);
	return state;
}

/* The page's own entry says what its type means, whatever else is not known. */
static bool is_swap_of(const struct pte *pte, const struct map_target *target)
{
	return pte->kind == PTE_SWAP && target->has_swap &&
	       swap_entry_equal(pte_swap_entry(pte), target->swap);
}

enum map_state map_state_of(const struct kernel *kernel,
			    const struct pgtable_entry *entry, uaddr_t address,
			    const struct map_target *target)
{
	pfn_t pfn = PFN(0);
	enum map_state state = map_state_at(kernel, entry, address, &pfn);

	if (is_swap_of(&entry->pte, target))
		return STATE_SWAPPED;
	return state != STATE_SWAPPED && pfn.v == target->pfn.v ? state :
								  STATE_NONE;
}
