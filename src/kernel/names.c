/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/names.h"

#include <string.h>

struct collector {
	struct kernel_name *names;
	int64_t n;
	const char *end;	/* the enumerator that closes the list proper */
	const char *unlike;	/* a count among them; NULL: there is none */
	bool ended;
};

static bool is_count(const struct collector *collector, const char *name)
{
	return collector->unlike && !strcmp(name, collector->unlike);
}

/*
 * Enumerators behind the end are aliases (PG_swapcache for PG_owner_priv_1)
 * whose meaning depends on the page.
 */
static void collect(const char *name, int64_t value, void *arg)
{
	struct collector *collector = arg;

	if (!strcmp(name, collector->end))
		collector->ended = true;
	if (collector->ended || is_count(collector, name) || value < 0 || value >= collector->n ||
	    collector->names[value].text[0] ||
	    strlen(name) >= sizeof(collector->names[value].text))
		return;
	strcpy(collector->names[value].text, name);
}

static enum status read_enum(struct type_source *types, const char *name,
			     struct collector *collector, struct diag *diag)
{
	enum status st = types->ops->enumerators(types, name, collect,
						 collector, diag);

	return st == ST_ABSENT ? ST_OK : st;
}

enum status kernel_names_read(struct type_source *types,
			      struct kernel_names *ret_names,
			      struct diag *diag)
{
	struct kernel_names names = { 0 };
	struct collector flags = { names.page_flags, MAX_PAGE_FLAGS,
				   "__NR_PAGEFLAGS", NULL, false };
	struct collector zones = { names.zones, MAX_ZONES,
				   "__MAX_NR_ZONES", NULL, false };
	struct collector migratetypes = { names.migratetypes, MAX_MIGRATETYPES,
					  "MIGRATE_TYPES", "MIGRATE_PCPTYPES",
					  false };
	enum status st = read_enum(types, "pageflags", &flags, diag);

	if (!st)
		st = read_enum(types, "zone_type", &zones, diag);
	if (!st)
		st = read_enum(types, "migratetype", &migratetypes, diag);
	if (st)
		return st;
	*ret_names = names;
	return ST_OK;
}
