/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The VMAs of one address space, and the list of AVCs that each of them has. */
#include <stdlib.h>

#include "audit/world.h"
#include "mm/inode.h"
#include "mm/list.h"

struct reader {
	struct kernel *kernel;
	struct audit_space *space;
};

static void record(struct reader *reader, const char *what, kaddr_t address)
{
	gaps_addf(&reader->space->gaps, what, reader->kernel->diag.text,
		  "%#llx", (unsigned long long)address.v);
}

/* ---- lists ---- */

struct chain {
	struct reader *reader;
	const struct audit_vma *vma;
	kaddr_t before;		/* list_head of the entry before, or the head */
	size_t n_gaps;		/* when the list was begun */
};

static void check_back(struct chain *chain, kaddr_t link, kaddr_t avc)
{
	struct reader *reader = chain->reader;
	struct kernel *kernel = reader->kernel;
	const struct layout *layout = &kernel->facts.layout;
	kaddr_t back;

	if (!layout_has(layout, M_list_head_prev))
		return;
	if (kernel_read_word(kernel, kaddr_add(link,
				layout->members[M_list_head_prev].offset),
			     &back.v)) {
		record(reader, "AVC list", link);
		return;
	}
	if (!kaddr_equal(back, chain->before))
		findings_add(&reader->space->findings, RULE_AVC_LINKS,
			     &reader->space->holder,
			     OBJECTS({ "VMA", chain->vma->vma.address.v },
				     { avc.v ? "AVC" : NULL, avc.v }),
			     "the entry before is at %#llx, and prev is %#llx",
			     (unsigned long long)chain->before.v,
			     (unsigned long long)back.v);
}

static enum status visit_avc(kaddr_t address, void *arg)
{
	struct chain *chain = arg;
	struct reader *reader = chain->reader;
	struct audit_space *space = reader->space;
	kaddr_t link = kaddr_add(address,
				 reader->kernel->facts.layout.members[
					M_anon_vma_chain_same_vma].offset);
	struct link found = { .node = address };
	struct object avc;

	/* Round something unreadable they come in another order. */
	if (gaps_count(&space->gaps) == chain->n_gaps)
		check_back(chain, link, address);
	chain->before = link;
	if (object_read(reader->kernel, S_anon_vma_chain, address, &avc)) {
		record(reader, "AVC", address);
		return ST_OK;
	}
	found.owner = object_pointer(&avc, M_anon_vma_chain_anon_vma);
	found.vma = object_pointer(&avc, M_anon_vma_chain_vma);
	if (!kaddr_equal(found.vma, chain->vma->vma.address))
		findings_add(&space->findings, RULE_AVC_VMA, &space->holder,
			     OBJECTS({ "VMA", chain->vma->vma.address.v },
				     { "AVC", address.v }),
			     "it points to %#llx",
			     (unsigned long long)found.vma.v);
	/* Where it is, is where it belongs: its tree may know better. */
	found.vma = chain->vma->vma.address;
	return link_vec_push(&space->links, found) ?
	       diag_no_memory(&reader->kernel->diag) : ST_OK;
}

static int compare_owners(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return (x->owner.v > y->owner.v) - (x->owner.v < y->owner.v);
}

static enum status read_chain(struct reader *reader, struct audit_vma *vma)
{
	struct kernel *kernel = reader->kernel;
	struct audit_space *space = reader->space;
	const struct list list = {
		.head = kaddr_add(vma->vma.address,
				  kernel->facts.layout.members[
				  M_vm_area_struct_anon_vma_chain].offset),
		.link = M_anon_vma_chain_same_vma,
		.what = "AVC list",
		.entry = "AVC",
	};
	size_t n_gaps = gaps_count(&space->gaps);
	struct chain chain = { reader, vma, list.head, n_gaps };
	enum status st;

	vma->first_link = space->links.n;
	st = list_for_each(kernel, &list, visit_avc, &chain, &space->gaps);
	if (st)
		return st;
	vma->n_links = space->links.n - vma->first_link;
	vma->links_whole = gaps_count(&space->gaps) == n_gaps;
	if (vma->links_whole)
		check_back(&chain, list.head, KADDR(0));
	if (vma->n_links)
		qsort(space->links.items + vma->first_link, vma->n_links,
		      sizeof(struct link), compare_owners);
	return ST_OK;
}

static bool leads_to(const struct audit_space *space,
		     const struct audit_vma *vma, kaddr_t anon_vma)
{
	for (size_t i = 0; i < vma->n_links; i++)
		if (kaddr_equal(space->links.items[vma->first_link + i].owner,
				anon_vma))
			return true;
	return false;
}

/* anon_vma_clone() and anon_vma_fork() set it when the list is made. */
static void check_own(struct audit_space *space, const struct audit_vma *vma)
{
	if (!vma->links_whole || (!vma->vma.anon_vma.v && !vma->n_links) ||
	    leads_to(space, vma, vma->vma.anon_vma))
		return;
	findings_add(&space->findings, RULE_OWN_ANON_VMA, &space->holder,
		     OBJECTS({ "VMA", vma->vma.address.v },
			     { "anon_vma", vma->vma.anon_vma.v }),
		     "none of its %zu AVCs leads there", vma->n_links);
}

/* ---- VMAs ---- */

static void find_mapping(struct reader *reader, struct audit_vma *vma)
{
	if (vma->vma.file.v &&
	    mapping_of_file(reader->kernel, vma->vma.file, &vma->mapping))
		record(reader, "file", vma->vma.file);
}

static enum status visit_vma(const struct vma *found, void *arg)
{
	struct reader *reader = arg;
	struct audit_vma vma = { .vma = *found };
	enum status st;

	find_mapping(reader, &vma);
	st = read_chain(reader, &vma);
	if (st)
		return st;
	check_own(reader->space, &vma);
	return audit_vma_vec_push(&reader->space->vmas, vma) ?
	       diag_no_memory(&reader->kernel->diag) : ST_OK;
}

static void check_count(struct audit_space *space,
			const struct vma_count *count)
{
	if (space->vmas_whole && count->known &&
	    count->counted != count->found)
		findings_add(&space->findings, RULE_MAP_COUNT, &space->holder,
			     OBJECTS({ "mm", space->mm.v }),
			     "it counts %llu VMAs, %llu were found",
			     (unsigned long long)count->counted,
			     (unsigned long long)count->found);
}

enum status space_read_vmas(struct kernel *kernel, struct audit_space *space)
{
	struct reader reader = { kernel, space };
	struct vma_count count;
	enum status st;

	space->holder = holder_of_mm(kernel, space->mm);
	st = vma_for_each_uncounted(kernel, space->mm, visit_vma, &reader,
				    &space->gaps, &count);
	if (st)
		return st;
	space->vmas_whole = !gaps_count(&space->gaps);
	check_count(space, &count);
	return ST_OK;
}
