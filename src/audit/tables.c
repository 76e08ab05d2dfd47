/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each entry of the page tables: whether the page's own reverse map leads
 * there. One look at the VMA that covers it and one at the frame's record.
 */
#include "audit/world.h"
#include "base/search.h"
#include "mm/page.h"
#include "mm/pgtable.h"
#include "rmap/state.h"

/* include/linux/mm.h: what drivers and the kernel itself put into a VMA. */
#define VMA_PFNMAP	0x00000400ULL
#define VMA_IO		0x00004000ULL
#define VMA_DONTEXPAND	0x00040000ULL
#define VMA_MIXEDMAP	0x10000000ULL

struct visit {
	struct kernel *kernel;
	struct world *world;
	struct audit_space *space;
	size_t vma;		/* the first that ends behind the last address */
	kaddr_t good;		/* anon_vma that this VMA was seen to lead to */
	size_t good_for;
};

/* One page of an entry. */
struct mapped {
	uint64_t pfn;
	uint64_t address;
	bool lowest;		/* level */
	const struct audit_vma *vma;
	const struct frame_words *words;
	enum page_kind kind;
};

/* Entries come in order of address. NULL: none covers it. */
static const struct audit_vma *vma_at(struct visit *visit, uint64_t address)
{
	const struct audit_vma_vec *vmas = &visit->space->vmas;

	while (visit->vma < vmas->n &&
	       vmas->items[visit->vma].vma.end <= address)
		visit->vma++;
	if (visit->vma == vmas->n ||
	    vmas->items[visit->vma].vma.start > address)
		return NULL;
	return &vmas->items[visit->vma];
}

static bool leads_to(const struct visit *visit, const struct audit_vma *vma,
		     uint64_t anon_vma)
{
	const struct link *links = visit->space->links.items + vma->first_link;
	size_t n = partition_point(i, vma->n_links,
				   links[i].owner.v < anon_vma);

	return n < vma->n_links && links[n].owner.v == anon_vma;
}

static uint64_t index_at(const struct visit *visit, const struct mapped *page,
			 uint64_t pgoff)
{
	return pgoff + ((page->address - page->vma->vma.start) >>
			visit->kernel->mmu.page_shift);
}

/* ---- what each kind promises ---- */

static void accuse(struct visit *visit, enum audit_rule rule,
		   const struct mapped *page, const char *object,
		   const char *why)
{
	struct audit_space *space = visit->space;
	uint64_t pointer = page->words->mapping & ~MAPPING_FLAGS;

	findings_add(&space->findings, rule, &space->holder,
		     OBJECTS({ "PFN", page->pfn },
			     { "mm", space->mm.v },
			     { "VMA", page->vma->vma.address.v },
			     { object, pointer }),
		     "%s page of index %#llx at user address %#llx: %s",
		     page_kind_name(page->kind),
		     (unsigned long long)page->words->index,
		     (unsigned long long)page->address, why);
}

static void check_anon(struct visit *visit, const struct mapped *page)
{
	const struct audit_vma *vma = page->vma;
	kaddr_t anon_vma = KADDR(page->words->mapping & ~MAPPING_FLAGS);

	if (visit->good_for != visit->vma ||
	    !kaddr_equal(visit->good, anon_vma)) {
		if (!leads_to(visit, vma, anon_vma.v)) {
			if (vma->links_whole)
				accuse(visit, RULE_ANON_REACH, page,
				       "anon_vma", "no AVC of the VMA is of "
				       "its anon_vma");
			return;
		}
		visit->good = anon_vma;
		visit->good_for = visit->vma;
	}
	if (page->words->index != index_at(visit, page, vma->vma.anon_pgoff))
		accuse(visit, RULE_ANON_REACH, page, "anon_vma",
		       "its index belongs to another address");
}

static void check_file(struct visit *visit, const struct mapped *page)
{
	const struct audit_vma *vma = page->vma;
	kaddr_t mapping = KADDR(page->words->mapping & ~MAPPING_FLAGS);

	if (vma->vma.file.v && !vma->mapping.v)
		return;		/* its file could not be read */
	/* Drivers map pages of files that are not theirs. */
	if (vma->vma.flags & (VMA_IO | VMA_PFNMAP | VMA_MIXEDMAP))
		return;
	if (!kaddr_equal(vma->mapping, mapping))
		accuse(visit, RULE_FILE_REACH, page, "address_space",
		       "the VMA does not map its file");
	else if (page->words->index != index_at(visit, page, vma->vma.pgoff))
		accuse(visit, RULE_FILE_REACH, page, "address_space",
		       "its index belongs to another address");
}

static bool is_merged_at(const struct world *world, const struct merged *wanted)
{
	return world->merged.n &&
	       bsearch(wanted, world->merged.items, world->merged.n,
		       sizeof(*wanted), compare_merged);
}

/* An item of the parent's serves the child, too, at the same address. */
static void check_ksm(struct visit *visit, const struct mapped *page)
{
	const struct audit_vma *vma = page->vma;
	struct merged wanted = {
		.node = KADDR(page->words->mapping & ~MAPPING_FLAGS),
		.address = page->address,
	};

	if (!visit->world->ksm_whole)
		return;
	for (size_t i = 0; i < vma->n_links; i++) {
		wanted.anon_vma = visit->space->links.items[
					vma->first_link + i].owner;
		if (is_merged_at(visit->world, &wanted))
			return;
	}
	if (vma->links_whole)
		accuse(visit, RULE_KSM_REACH, page, "stable node",
		       "no item of the node is of this address and of an "
		       "anon_vma of the VMA");
}

static void check_hugetlb(struct visit *visit, const struct mapped *page)
{
	if ((page->words->mapping & MAPPING_FLAGS) == MAPPING_ANON)
		check_anon(visit, page);
	else
		check_file(visit, page);
}

static void check_unmappable(struct visit *visit, const struct mapped *page)
{
	accuse(visit, RULE_FRAME_KIND, page, NULL, "such frames are not "
	       "mapped");
}

/* Without a file, and nothing that a driver or the kernel has put there. */
static bool is_plain_memory(const struct vma *vma)
{
	return !vma->file.v && (vma->flags & VMA_WRITE) &&
	       !(vma->flags & (VMA_PFNMAP | VMA_IO | VMA_DONTEXPAND |
			       VMA_MIXEDMAP));
}

/* Above the lowest level it can be the huge page of zeros. */
static void check_other(struct visit *visit, const struct mapped *page)
{
	if (page->lowest && is_plain_memory(&page->vma->vma))
		accuse(visit, RULE_FRAME_KIND, page, NULL, "the VMA has no "
		       "file, and this is no anonymous page");
}

static void (*const checks[N_KINDS])(struct visit *visit,
				     const struct mapped *page) = {
	[KIND_ANON] = check_anon,
	[KIND_KSM] = check_ksm,
	[KIND_FILE] = check_file,
	[KIND_SHMEM] = check_file,
	[KIND_HUGETLB] = check_hugetlb,
	[KIND_FREE] = check_unmappable,
	[KIND_SLAB] = check_unmappable,
	[KIND_PAGE_TABLE] = check_unmappable,
	[KIND_KERNEL] = check_other,
	[KIND_RESERVED] = check_other,
	[KIND_MOVABLE] = check_other,
};

/* ---- entries ---- */

static void stray(struct visit *visit, const struct mapped *page)
{
	struct audit_space *space = visit->space;

	if (!space->vmas_whole)
		return;
	findings_add(&space->findings, RULE_STRAY_ENTRY, &space->holder,
		     OBJECTS({ "PFN", page->pfn }, { "mm", space->mm.v }),
		     "no VMA covers user address %#llx",
		     (unsigned long long)page->address);
}

static void look_at_page(struct visit *visit, struct mapped *page,
			 bool writable)
{
	struct world *world = visit->world;
	size_t place = frames_place(world->frames, page->pfn);
	struct frame_use *use;

	if (place == NO_PLACE)
		return;
	use = &world->frames->uses[place];
	visit->space->n_mappings++;
	__atomic_fetch_add(&use->n_mappings, 1, __ATOMIC_RELAXED);
	if (writable)
		__atomic_store_n(&world->writable[place], 1, __ATOMIC_RELAXED);
	page->vma = vma_at(visit, page->address);
	page->words = &world->frames->words[place];
	page->kind = use->kind;
	if (!page->vma)
		stray(visit, page);
	else if (checks[page->kind])
		checks[page->kind](visit, page);
}

static enum status keep_huge(struct visit *visit, pfn_t first)
{
	return frame_vec_push(&visit->space->huge, first.v) ?
	       diag_no_memory(&visit->kernel->diag) : ST_OK;
}

static enum status visit_entry(const struct pgtable_entry *entry, void *arg)
{
	struct visit *visit = arg;
	const uint64_t n = mmu_pages(&visit->kernel->mmu, entry->level);
	struct mapped page = { .lowest = entry->level == PT_PTE };
	pfn_t first = PFN(0);
	enum map_state state = map_state_at(visit->kernel, entry,
					    entry->address, &first);

	if (!map_state_is_counted(state))
		return ST_OK;
	for (uint64_t i = 0; i < n; i++) {
		page.pfn = first.v + i;
		page.address = entry->address.v +
			       (i << visit->kernel->mmu.page_shift);
		look_at_page(visit, &page, state == STATE_MAPPED &&
			     entry->pte.writable);
	}
	return page.lowest ? ST_OK : keep_huge(visit, first);
}

enum status space_read_tables(struct kernel *kernel, struct world *world,
			      struct audit_space *space)
{
	struct visit visit = {
		.kernel = kernel,
		.world = world,
		.space = space,
		.good_for = SIZE_MAX,
	};
	paddr_t pgd;

	if (!pgtable_find(kernel, space->mm, &space->gaps, &pgd))
		return ST_OK;
	return pgtable_for_each(kernel, pgd, visit_entry, &visit,
				&space->gaps);
}
