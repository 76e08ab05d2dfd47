/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A physical address: its page, and the object that a slab has there.
 */
#include "api/finding.h"
#include "kind/kind.h"
#include "mm/slab.h"

/* What of a slab an address can name. */
struct target {
	struct page page;
	paddr_t phys;
	struct slab_cache cache;
	struct slab_object object;
};

static bool is_in_slab(struct kernel *kernel, struct target *target)
{
	pfn_t pfn = PFN(target->phys.v >> kernel->mmu.page_shift);

	return !page_read(kernel, pfn, &target->page) &&
	       page_kind(kernel, &target->page) == KIND_SLAB;
}

static enum status find_object(struct kernel *kernel, struct target *target)
{
	kaddr_t address;
	enum status st = slab_find_cache(kernel, &target->page, &address);

	if (!st)
		st = slab_read_cache(kernel, address, &target->cache);
	return st ? st : slab_find_object(kernel, &target->page,
					  &target->cache, target->phys,
					  &target->object);
}

/* ---- telling ---- */

static void tell_object(const struct target *target, struct details *details)
{
	details_text(details, "cache", "%s", target->cache.name);
	details_number(details, "objects before it", target->object.index);
	if (target->object.is_inside)
		details_number(details, "bytes into it",
			       target->object.offset);
	else
		details_text(details, "at", "what stands around it");
}

static const char *const state_words[] = {
	[SLAB_OBJECT_ALLOCATED] = "allocated",
	[SLAB_OBJECT_FREE] = "free",
};

static enum status tell_state(struct kernel *kernel,
			      const struct target *target,
			      struct details *details)
{
	enum slab_object_state state;
	enum status st = slab_object_state(kernel, &target->page,
					   &target->cache, &target->object,
					   &state);

	if (!st && state != SLAB_OBJECT_UNTOLD)
		details_text(details, "state", "%s", state_words[state]);
	return st;
}

static enum status tell(struct finding *finding, const struct target *target,
			enum status found)
{
	struct kernel *kernel = finding->session->kernel;
	uint64_t address = found ? 0 : target->object.address.v;
	struct place_object *place;
	enum status st = finding_begin_object(finding, "slab object",
					      KADDR(address), &place);

	if (st)
		return st;
	if (!found) {
		tell_object(target, &place->details);
		found = tell_state(kernel, target, &place->details);
	}
	if (found == ST_NO_MEMORY)
		return found;
	if (found)
		gaps_addf(&place->gaps, "slab object", kernel->diag.text,
			  "physical address %#llx",
			  (unsigned long long)target->phys.v);
	return finding_end_object(finding, place);
}

enum status find_at_phys(struct finding *finding,
			 const struct rmi_place *place)
{
	struct kernel *kernel = finding->session->kernel;
	struct target target = { .phys = PADDR(place->address) };
	uint64_t pfn = place->address >> kernel->mmu.page_shift;
	enum status st = finding_hand_out(finding, &(struct rmi_found) {
					  .range = { pfn, pfn } });

	if (st || !is_in_slab(kernel, &target))
		return st;
	st = find_object(kernel, &target);
	return st == ST_ABSENT ? ST_OK : tell(finding, &target, st);
}
