/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether what structures lead to is an object of its cache, and not a free
 * one. In order of address, so that each slab is decoded once.
 *
 * A cache that was merged is the same for all of its aliases: their pointers
 * lead to it (slab_merge, __kmem_cache_alias()).
 */
#include <stdlib.h>

#include "audit/world.h"
#include "mm/slab.h"

/* Of a lead's owner: see struct lead. */
static struct lock_holder nobody(struct kernel *kernel, kaddr_t owner)
{
	(void)kernel;
	(void)owner;
	return no_holder;
}

static const struct {
	const char *name;
	enum kernel_symbol cache;
	struct lock_holder (*holder)(struct kernel *kernel, kaddr_t owner);
} kinds[] = {
	[LEAD_MM] = { "mm", KSYM_MM_CACHEP, holder_of_mm },
	[LEAD_VMA] = { "VMA", KSYM_VM_AREA_CACHEP, holder_of_mm },
	[LEAD_AVC] = { "AVC", KSYM_ANON_VMA_CHAIN_CACHEP, holder_of_family },
	[LEAD_ANON_VMA] = { "anon_vma", KSYM_ANON_VMA_CACHEP,
			    holder_of_family },
	[LEAD_STABLE_NODE] = { "stable node", KSYM_STABLE_NODE_CACHE, nobody },
	[LEAD_RMAP_ITEM] = { "rmap_item", KSYM_RMAP_ITEM_CACHE, nobody },
};

#define N_KINDS_OF_LEAD	(sizeof(kinds) / sizeof(kinds[0]))

#define LEADS_PER_PART	4096u

struct slabs {
	struct world *world;
	kaddr_t caches[N_KINDS_OF_LEAD];	/* 0: not known */
	struct slab_part {
		struct findings findings;
		struct gaps gaps;
	} *parts;
};

/* ---- one slab after the other ---- */

/* A cache, and where the CPUs allocate from it. */
struct known_cache {
	struct slab_cache cache;
	struct slab_cpu_vec cpus;
	bool cpus_known;
};

/* Not all that a hostile dump may have. */
#define KNOWN_CACHES	8u

struct looker {
	struct kernel *kernel;
	const struct slabs *slabs;
	struct slab_part *part;
	struct known_cache caches[KNOWN_CACHES];
	size_t n_caches;	/* that were ever read */
	/* Of the slab at hand: */
	uint64_t first, n;	/* frames; n is 0: none */
	kaddr_t cache_address;	/* 0: not known */
	const struct known_cache *cache;
	struct slab slab;
	bool is_open, free_known;
	struct slab_free free;
};

/* What nothing tells is no gap: the rule does not apply. */
static void record(struct looker *looker, const char *what, kaddr_t address,
		   enum status st)
{
	if (st != ST_UNKNOWN && st != ST_ABSENT)
		gaps_addf(&looker->part->gaps, what, looker->kernel->diag.text,
			  "%#llx", (unsigned long long)address.v);
}

static enum status read_cache(struct looker *looker, kaddr_t address)
{
	struct known_cache *known =
		&looker->caches[looker->n_caches % KNOWN_CACHES];
	struct kernel *kernel = looker->kernel;
	enum status st;

	slab_cpu_vec_fini(&known->cpus);
	*known = (struct known_cache) { 0 };
	st = slab_read_cache(kernel, address, &known->cache);
	if (st)
		return st;
	looker->n_caches++;
	looker->cache = known;
	st = slab_read_cpus(kernel, &known->cache, &known->cpus);
	known->cpus_known = !st;
	if (st)
		record(looker, "slab cache", address, st);
	return st == ST_NO_MEMORY ? st : ST_OK;
}

static enum status find_cache(struct looker *looker, kaddr_t address)
{
	for (size_t i = 0; i < KNOWN_CACHES && i < looker->n_caches; i++)
		if (kaddr_equal(looker->caches[i].cache.address, address)) {
			looker->cache = &looker->caches[i];
			return ST_OK;
		}
	return read_cache(looker, address);
}

static enum status read_free(struct looker *looker)
{
	const struct known_cache *known = looker->cache;
	struct kernel *kernel = looker->kernel;
	enum status st;

	looker->free = (struct slab_free) { { 0 } };
	st = slab_mark_listed(kernel, &looker->slab, &known->cache,
			      &looker->free);
	if (!st && known->cpus_known)
		st = slab_mark_taken(kernel, &looker->slab, &known->cache,
				     &known->cpus, &looker->free);
	looker->free_known = !st;
	return st;
}

static enum status open_slab(struct looker *looker, pfn_t pfn,
			     struct page *page)
{
	struct kernel *kernel = looker->kernel;
	enum status st = page_read(kernel, pfn, page);

	if (st)
		return st;
	looker->first = page->head_pfn.v;
	looker->n = 1ULL << page->order;
	st = slab_find_cache(kernel, page, &looker->cache_address);
	if (!st)
		st = find_cache(looker, looker->cache_address);
	if (!st)
		st = slab_open(kernel, page, &looker->cache->cache,
			       &looker->slab);
	looker->is_open = !st;
	return st ? st : read_free(looker);
}

static enum status turn_to(struct looker *looker, pfn_t pfn)
{
	struct page page = { .pfn = pfn };
	enum status st;

	if (pfn.v - looker->first < looker->n)
		return ST_OK;
	looker->first = pfn.v;
	looker->n = 1;
	looker->cache_address = KADDR(0);
	looker->is_open = looker->free_known = false;
	st = open_slab(looker, pfn, &page);
	if (st)
		record(looker, "slab", page.head, st);
	return st == ST_NO_MEMORY ? st : ST_OK;
}

/* ---- one object ---- */

static void accuse(struct looker *looker, const struct lead *lead,
		   enum audit_rule rule, const char *why, const char *what)
{
	struct lock_holder holder = kinds[lead->kind].holder(looker->kernel,
							     lead->owner);

	findings_add(&looker->part->findings, rule, &holder,
		     OBJECTS({ kinds[lead->kind].name, lead->address.v }),
		     "%s%s", why, what);
}

/* Whether it lies in a slab. */
static bool check_frame(struct looker *looker, const struct lead *lead,
			pfn_t pfn)
{
	const struct world *world = looker->slabs->world;
	size_t place = frames_place(world->frames, pfn.v);
	enum page_kind kind = place == NO_PLACE ? KIND_NO_PAGE :
			      world->frames->uses[place].kind;

	if (kind != KIND_SLAB && kind != KIND_UNREADABLE &&
	    (place != NO_PLACE || world->frames_whole))
		accuse(looker, lead, RULE_SLAB_OBJECT,
		       "it lies in a frame of kind ", page_kind_name(kind));
	return kind == KIND_SLAB;
}

static bool check_cache(struct looker *looker, const struct lead *lead)
{
	kaddr_t cache = looker->slabs->caches[lead->kind];

	if (!cache.v || !looker->cache_address.v ||
	    kaddr_equal(cache, looker->cache_address))
		return true;
	accuse(looker, lead, RULE_SLAB_CACHE, "it lies in a slab of ",
	       looker->is_open ? looker->cache->cache.name : "another cache");
	return false;
}

static void check_object(struct looker *looker, const struct lead *lead,
			 paddr_t phys)
{
	struct slab_object object;

	if (!slab_locate(&looker->slab, &looker->cache->cache, phys, &object) ||
	    object.offset)
		accuse(looker, lead, RULE_SLAB_OBJECT,
		       "no object begins there in its slab", "");
	else if (looker->free_known &&
		 slab_free_has(&looker->free, object.index))
		accuse(looker, lead, RULE_FREED_OBJECT, "it is in the list of "
		       "free objects of its slab, or of a CPU", "");
}

static enum status look_at_lead(struct looker *looker, const struct lead *lead)
{
	struct kernel *kernel = looker->kernel;
	enum status st;
	paddr_t phys;
	pfn_t pfn;

	if (kernel_translate(kernel, lead->address, &phys))
		return ST_OK;		/* whoever reads it says so */
	pfn = PFN(phys.v >> kernel->mmu.page_shift);
	if (!check_frame(looker, lead, pfn))
		return ST_OK;
	st = turn_to(looker, pfn);
	if (!st && check_cache(looker, lead) && looker->is_open)
		check_object(looker, lead, phys);
	return st;
}

static enum status look_at_part(struct kernel *kernel, size_t i, void *arg)
{
	const struct slabs *slabs = arg;
	const struct lead_vec *leads = &slabs->world->leads;
	struct looker looker = {
		.kernel = kernel, .slabs = slabs, .part = &slabs->parts[i],
	};
	size_t at = i * LEADS_PER_PART;
	size_t end = leads->n - at < LEADS_PER_PART ? leads->n :
						      at + LEADS_PER_PART;
	enum status st = ST_OK;

	for (; at < end && !st; at++)
		st = look_at_lead(&looker, &leads->items[at]);
	for (size_t j = 0; j < KNOWN_CACHES; j++)
		slab_cpu_vec_fini(&looker.caches[j].cpus);
	return st;
}

/* ---- all objects ---- */

static enum status add(struct world *world, enum lead_kind kind,
		       kaddr_t address, kaddr_t owner)
{
	return lead_vec_push(&world->leads, (struct lead) {
			     address, owner, kind });
}

static enum status collect_space(struct world *world,
				 const struct audit_space *space)
{
	enum status st = add(world, LEAD_MM, space->mm, space->mm);

	for (size_t i = 0; i < space->vmas.n && !st; i++)
		st = add(world, LEAD_VMA, space->vmas.items[i].vma.address,
			 space->mm);
	return st;
}

/* Links are sorted by anon_vma. */
static enum status collect_links(struct world *world)
{
	kaddr_t before = KADDR(0);
	enum status st = ST_OK;

	for (size_t i = 0; i < world->anon_links.n && !st; i++) {
		const struct link *link = &world->anon_links.items[i];

		st = add(world, LEAD_AVC, link->node, link->owner);
		if (!st && !kaddr_equal(link->owner, before))
			st = add(world, LEAD_ANON_VMA, link->owner,
				 link->owner);
		before = link->owner;
	}
	return st;
}

static int compare_leads(const void *a, const void *b)
{
	const struct lead *x = a, *y = b;

	if (x->address.v != y->address.v)
		return x->address.v < y->address.v ? -1 : 1;
	if (x->owner.v != y->owner.v)
		return x->owner.v < y->owner.v ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static enum status collect(struct world *world)
{
	enum status st = collect_links(world);

	for (size_t i = 0; i < world->n_spaces && !st; i++)
		st = collect_space(world, &world->spaces[i]);
	if (st)
		return diag_no_memory(&world->crew->kernels[0]->diag);
	if (world->leads.n)
		qsort(world->leads.items, world->leads.n,
		      sizeof(world->leads.items[0]), compare_leads);
	return ST_OK;
}

/* Until 5.8 each memory cgroup had caches of its own. */
static void read_caches(struct kernel *kernel, struct slabs *slabs)
{
	if (layout_has(&kernel->facts.layout, M_kmem_cache_memcg_params))
		return;
	for (size_t i = 0; i < N_KINDS_OF_LEAD; i++) {
		const struct kernel_variable *pointer =
			&kernel->facts.variables[kinds[i].cache];

		if (!pointer->present ||
		    kernel_read_word(kernel, pointer->address,
				     &slabs->caches[i].v))
			slabs->caches[i] = KADDR(0);
	}
}

static void collect_parts(struct slabs *slabs, size_t n)
{
	struct audit_result *result = slabs->world->result;

	for (size_t i = 0; i < n; i++) {
		findings_move(&slabs->parts[i].findings, &result->findings);
		gaps_move(&slabs->parts[i].gaps, &result->gaps);
		findings_fini(&slabs->parts[i].findings);
		gaps_fini(&slabs->parts[i].gaps);
	}
	free(slabs->parts);
}

enum status audit_slabs(struct world *world)
{
	struct kernel *kernel = world->crew->kernels[0];
	struct slabs slabs = { .world = world };
	enum status st = collect(world);
	size_t n = (world->leads.n + LEADS_PER_PART - 1) / LEADS_PER_PART;

	if (st)
		return st;
	slabs.parts = calloc(n + 1, sizeof(*slabs.parts));
	if (!slabs.parts)
		return diag_no_memory(&kernel->diag);
	read_caches(kernel, &slabs);
	st = crew_work(world->crew, "slabs", n, look_at_part, &slabs);
	collect_parts(&slabs, n);
	return st;
}
