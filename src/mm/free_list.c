/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a block along its list, until a list_head that lies in a zone. */
#include "mm/free_list.h"

#include "mm/guard.h"
#include "mm/zone.h"

/* In the map: the list of a block, or that nobody can tell. */
#define UNTOLD		UINT64_MAX

static uint64_t pack(const struct free_list *list)
{
	return (uint64_t)list->order << 32 | list->migratetype;
}

static struct free_list unpack(uint64_t packed)
{
	return (struct free_list) { packed >> 32, (uint32_t)packed };
}

void free_lists_fini(struct free_lists *lists)
{
	address_vec_fini(&lists->areas);
	gaps_fini(&lists->gaps);
	map_fini(&lists->list_of);
}

const char *migratetype_name(const struct kernel *kernel,
			     unsigned int migratetype)
{
	return migratetype < MAX_MIGRATETYPES ?
	       kernel->facts.names.migratetypes[migratetype].text : "";
}

/* ---- where the heads are ---- */

static enum status keep_zone(kaddr_t zone, void *arg)
{
	struct free_lists *lists = arg;
	const struct layout *layout = &lists->kernel->facts.layout;
	kaddr_t areas = kaddr_add(zone,
				  layout->members[M_zone_free_area].offset);

	if (address_vec_push(&lists->areas, areas))
		return diag_no_memory(&lists->kernel->diag);
	return ST_OK;
}

static enum status read_zones(struct free_lists *lists)
{
	struct kernel *kernel = lists->kernel;
	const struct layout *layout = &kernel->facts.layout;

	if (!layout_has(layout, M_zone_free_area) ||
	    !layout_has(layout, M_free_area_free_list) ||
	    !layout_has(layout, M_page_lru))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "free_area: its layout is not known");
	if (lists->is_read)
		return ST_OK;
	lists->is_read = true;
	return zone_for_each(kernel, keep_zone, lists, &lists->gaps);
}

/* Where in an array of equal elements: false, not at the start of one. */
static bool find_element(uint64_t offset, const struct member_layout *array,
			 uint64_t *ret_i)
{
	offset -= array->offset;
	*ret_i = offset / array->size;
	return offset % array->size == 0 && *ret_i < array->count;
}

static bool is_head(const struct free_lists *lists, kaddr_t link,
		    struct free_list *ret_list)
{
	const struct member_layout *members =
		lists->kernel->facts.layout.members;
	const struct member_layout *areas = &members[M_zone_free_area];

	for (size_t i = 0; i < lists->areas.n; i++) {
		uint64_t offset = link.v - lists->areas.items[i].v;
		uint64_t type;

		if (offset >= (uint64_t)areas->size * areas->count)
			continue;
		ret_list->order = offset / areas->size;
		if (!find_element(offset % areas->size,
				  &members[M_free_area_free_list], &type))
			return false;
		ret_list->migratetype = type;
		return true;
	}
	return false;
}

/* ---- following ---- */

struct walk {
	struct free_lists *lists;
	struct guard guard;
	struct address_vec links;	/* seen on the way */
};

/* To the head, or to a block that has come to it before. */
static enum status follow(struct walk *walk, kaddr_t link,
			  uint64_t *ret_packed)
{
	struct kernel *kernel = walk->lists->kernel;

	for (;;) {
		const uint64_t *known = map_find(&walk->lists->list_of, link.v);
		struct free_list list;
		enum status st;

		if (known) {
			*ret_packed = *known;
			return ST_OK;
		}
		if (is_head(walk->lists, link, &list)) {
			*ret_packed = pack(&list);
			return ST_OK;
		}
		st = guard_visit(&walk->guard, link, &kernel->diag);
		if (!st && address_vec_push(&walk->links, link))
			st = diag_no_memory(&kernel->diag);
		if (!st)
			st = kernel_read_word(kernel, link, &link.v);
		if (st)
			return st;
	}
}

static enum status keep(struct walk *walk, uint64_t packed)
{
	bool added;

	for (size_t i = 0; i < walk->links.n; i++)
		if (map_add(&walk->lists->list_of, walk->links.items[i].v,
			    packed, &added))
			return diag_no_memory(&walk->lists->kernel->diag);
	return ST_OK;
}

/* What leads nowhere is kept as such, so that it is followed only once. */
static enum status find_packed(struct free_lists *lists, kaddr_t link,
			       uint64_t *ret_packed)
{
	struct walk walk = { .lists = lists };
	uint64_t packed = UNTOLD;
	enum status st = follow(&walk, link, &packed);

	if (st != ST_NO_MEMORY && keep(&walk, packed))
		st = ST_NO_MEMORY;
	guard_fini(&walk.guard);
	address_vec_fini(&walk.links);
	if (!st)
		*ret_packed = packed;
	return st;
}

/* It has been followed before, or a zone was not seen. */
static enum status untold(const struct free_lists *lists)
{
	const struct gap_vec *list = &lists->gaps.list;

	return diag_fail(&lists->kernel->diag, ST_CORRUPT,
			 "its list leads to no zone that was seen%s%s",
			 list->n ? ": " : "", list->n ? list->items[0].why :
			 "");
}

enum status free_list_find(struct free_lists *lists, kaddr_t page,
			   struct free_list *ret_list)
{
	struct kernel *kernel = lists->kernel;
	kaddr_t link = kaddr_add(page, kernel->facts.layout.members[
						M_page_lru].offset);
	uint64_t packed;
	enum status st = read_zones(lists);

	if (!st)
		st = find_packed(lists, link, &packed);
	if (st)
		return st;
	if (packed == UNTOLD)
		return untold(lists);
	*ret_list = unpack(packed);
	return ST_OK;
}
