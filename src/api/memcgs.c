/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/memcgs.h"

#include <string.h>

#include "api/redact.h"
#include "base/arena.h"
#include "mm/container.h"
#include "mm/memcg.h"

struct memcg_entry {
	struct arena strings;
	struct rmi_memcg view;
	const char *why;	/* it could not be read; NULL: it was */
};

static struct memcg_entry *entry_new(void)
{
	return calloc(1, sizeof(struct memcg_entry));
}

static void entry_free(struct memcg_entry *entry)
{
	arena_fini(&entry->strings);
	free(entry);
}

void memcgs_fini(struct memcgs *memcgs)
{
	for (size_t i = 0; i < memcgs->entries.n; i++)
		entry_free(memcgs->entries.items[i]);
	memcg_vec_fini(&memcgs->entries);
	map_fini(&memcgs->by_data);
	map_fini(&memcgs->by_task);
}

/* Takes text over. */
static enum status keep_text(struct memcg_entry *entry, char *text,
			     const char **ret_text)
{
	cleanup_free char *owned = text;

	if (owned)
		*ret_text = arena_strdup(&entry->strings, owned);
	return owned && *ret_text ? ST_OK : ST_NO_MEMORY;
}

static enum status fill_in(struct memcg_entry *entry,
			   const struct kernel *kernel,
			   const struct memcg *memcg)
{
	char container[CONTAINER_SIZE];
	enum status st;

	entry->view = (struct rmi_memcg) {
		.address = memcg->address.v,
		.state = memcg->dying ? "dying" : "online",
		.inode = memcg->cgroup.inode,
	};
	st = keep_text(entry, shown_cgroup(kernel, memcg->cgroup.path),
		       &entry->view.path);
	if (st || !container_of_path(memcg->cgroup.path, container))
		return st;
	return keep_text(entry, shown_container(kernel, container),
			 &entry->view.container);
}

/* What cannot be read is kept as well, so that it is tried once. */
static enum status keep(struct kernel *kernel, enum status st,
			const struct memcg *memcg, struct memcg_entry *entry)
{
	if (!st)
		return fill_in(entry, kernel, memcg);
	if (st == ST_NO_MEMORY)
		return st;
	entry->why = arena_strdup(&entry->strings, kernel->diag.text);
	return entry->why ? ST_OK : ST_NO_MEMORY;
}

/* st: what became of reading memcg. */
static enum status add_entry(struct memcgs *memcgs, struct kernel *kernel,
			     enum status st, const struct memcg *memcg,
			     struct map *known, uint64_t key,
			     const struct memcg_entry **ret_entry)
{
	struct memcg_entry *entry = entry_new();
	bool added;

	if (!entry)
		return ST_NO_MEMORY;
	if (keep(kernel, st, memcg, entry) ||
	    memcg_vec_push(&memcgs->entries, entry)) {
		entry_free(entry);
		return ST_NO_MEMORY;
	}
	*ret_entry = entry;
	return map_add(known, key, memcgs->entries.n - 1, &added);
}

static const struct memcg_entry *find_entry(const struct memcgs *memcgs,
					    const struct map *known,
					    uint64_t key)
{
	const uint64_t *place = map_find(known, key);

	return place ? memcgs->entries.items[*place] : NULL;
}

static void tell(const struct memcg_entry *entry,
		 const struct rmi_memcg **ret_memcg, const char **ret_why)
{
	*ret_why = entry->why;
	*ret_memcg = entry->why ? NULL : &entry->view;
}

enum status memcgs_find(struct memcgs *memcgs, struct kernel *kernel,
			const struct page *page,
			const struct rmi_memcg **ret_memcg,
			const char **ret_why)
{
	const struct memcg_entry *entry;
	struct memcg memcg;

	*ret_memcg = NULL;
	*ret_why = NULL;
	if (!page_has_memcg(page))
		return ST_OK;
	entry = find_entry(memcgs, &memcgs->by_data, page->memcg_data);
	if (!entry && add_entry(memcgs, kernel,
				memcg_of_page(kernel, page, &memcg), &memcg,
				&memcgs->by_data, page->memcg_data, &entry))
		return diag_no_memory(&kernel->diag);
	tell(entry, ret_memcg, ret_why);
	return ST_OK;
}

enum status memcgs_of_task(struct memcgs *memcgs, struct kernel *kernel,
			   kaddr_t task, const struct rmi_memcg **ret_memcg,
			   const char **ret_why)
{
	const struct memcg_entry *entry = find_entry(memcgs, &memcgs->by_task,
						     task.v);
	struct memcg memcg;

	if (!entry && add_entry(memcgs, kernel,
				memcg_of_task(kernel, task, &memcg), &memcg,
				&memcgs->by_task, task.v, &entry))
		return diag_no_memory(&kernel->diag);
	tell(entry, ret_memcg, ret_why);
	return ST_OK;
}
