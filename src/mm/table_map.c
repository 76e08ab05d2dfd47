/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks that stop above the lowest level, and a hash of what they came to. */
#include "mm/table_map.h"

#include "base/map.h"
#include "base/vec.h"

DEFINE_VEC(owner_vec, struct table_owner)

struct table_map {
	struct map by_pfn;	/* frame of a table → place in owners */
	struct owner_vec owners;
};

struct reader {
	struct kernel *kernel;
	struct table_map *map;
	const struct user_mm *mm;	/* whose tables are read; NULL: the kernel's */
};

static enum status keep_table(pfn_t table, enum pt_level level, uint64_t first,
			      void *arg)
{
	struct reader *reader = arg;
	struct table_map *map = reader->map;
	bool added;

	(void)first;
	if (map_add(&map->by_pfn, table.v, map->owners.n, &added))
		return diag_no_memory(&reader->kernel->diag);
	if (!added) {
		struct table_owner *owner = &map->owners.items[
					*map_find(&map->by_pfn, table.v)];

		/* A table can stand in several places of one address space. */
		if (owner->mm != reader->mm)
			owner->is_shared = true;
		return ST_OK;
	}
	if (owner_vec_push(&map->owners,
			   (struct table_owner) { level, reader->mm, false }))
		return diag_no_memory(&reader->kernel->diag);
	return ST_OK;
}

/* The kernel's half is the same in all address spaces but for their top table. */
static enum status read_kernel(struct reader *reader, struct gaps *gaps)
{
	struct kernel *kernel = reader->kernel;
	const struct pgtable_control control = {
		.first = -mmu_user_end(&kernel->mmu),
		.last = ~0ULL,
		.table = keep_table,
		.arg = reader,
	};

	reader->mm = NULL;
	return pgtable_walk(kernel, kernel->pgd, &control, gaps);
}

static enum status read_mm(struct reader *reader, const struct user_mm *mm,
			   struct gaps *gaps)
{
	struct kernel *kernel = reader->kernel;
	const struct pgtable_control control = {
		.last = mmu_user_end(&kernel->mmu) - 1,
		.table = keep_table,
		.arg = reader,
	};
	paddr_t pgd;

	reader->mm = mm;
	return pgtable_find(kernel, mm->mm, gaps, &pgd) ?
	       pgtable_walk(kernel, pgd, &control, gaps) : ST_OK;
}

enum status table_map_read(struct kernel *kernel, const struct tasks *tasks,
			   struct gaps *gaps, struct table_map **ret_map)
{
	cleanup(table_map_free_cleanup) struct table_map *map =
		calloc(1, sizeof(*map));
	struct reader reader = { kernel, map, NULL };
	enum status st;

	if (!map)
		return diag_no_memory(&kernel->diag);
	st = read_kernel(&reader, gaps);
	for (size_t i = 0; i < tasks->n_mms && !st; i++)
		st = read_mm(&reader, &tasks->mms[i], gaps);
	if (st)
		return st;
	*ret_map = take(map);
	return ST_OK;
}

void table_map_free(struct table_map *map)
{
	if (!map)
		return;
	map_fini(&map->by_pfn);
	owner_vec_fini(&map->owners);
	free(map);
}

bool table_map_find(const struct table_map *map, pfn_t pfn,
		    struct table_owner *ret_owner)
{
	const uint64_t *place = map_find(&map->by_pfn, pfn.v);

	if (place)
		*ret_owner = map->owners.items[*place];
	return place;
}
