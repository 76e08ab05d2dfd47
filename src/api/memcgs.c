/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/memcgs.h"

#include <string.h>

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
}

static enum status fill_in(struct memcg_entry *entry,
			   const struct memcg *memcg)
{
	char container[CONTAINER_SIZE];

	entry->view = (struct rmi_memcg) {
		.address = memcg->address.v,
		.path = arena_strdup(&entry->strings, memcg->cgroup.path),
		.state = memcg->dying ? "dying" : "online",
		.inode = memcg->cgroup.inode,
	};
	if (!entry->view.path)
		return ST_NO_MEMORY;
	if (!container_of_path(memcg->cgroup.path, container))
		return ST_OK;
	entry->view.container = arena_strdup(&entry->strings, container);
	return entry->view.container ? ST_OK : ST_NO_MEMORY;
}

/* What cannot be read is kept as well, so that it is tried once. */
static enum status read_entry(struct kernel *kernel, const struct page *page,
			      struct memcg_entry *entry)
{
	struct memcg memcg;
	enum status st = memcg_of_page(kernel, page, &memcg);

	if (!st)
		return fill_in(entry, &memcg);
	if (st == ST_NO_MEMORY)
		return st;
	entry->why = arena_strdup(&entry->strings, kernel->diag.text);
	return entry->why ? ST_OK : ST_NO_MEMORY;
}

static enum status add_entry(struct memcgs *memcgs, struct kernel *kernel,
			     const struct page *page,
			     const struct memcg_entry **ret_entry)
{
	struct memcg_entry *entry = entry_new();
	bool added;

	if (!entry)
		return ST_NO_MEMORY;
	if (read_entry(kernel, page, entry) ||
	    memcg_vec_push(&memcgs->entries, entry)) {
		entry_free(entry);
		return ST_NO_MEMORY;
	}
	*ret_entry = entry;
	return map_add(&memcgs->by_data, page->memcg_data,
		       memcgs->entries.n - 1, &added);
}

enum status memcgs_find(struct memcgs *memcgs, struct kernel *kernel,
			const struct page *page,
			const struct rmi_memcg **ret_memcg,
			const char **ret_why)
{
	const struct memcg_entry *entry;
	const uint64_t *known;

	*ret_memcg = NULL;
	*ret_why = NULL;
	if (!page_has_memcg(page))
		return ST_OK;
	known = map_find(&memcgs->by_data, page->memcg_data);
	if (known)
		entry = memcgs->entries.items[*known];
	else if (add_entry(memcgs, kernel, page, &entry))
		return diag_no_memory(&kernel->diag);
	*ret_why = entry->why;
	if (!entry->why)
		*ret_memcg = &entry->view;
	return ST_OK;
}
