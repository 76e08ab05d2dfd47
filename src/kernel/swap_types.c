/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every way in which the special types can be laid out, held against the probes. */
#include "kernel/swap_types.h"

#include <string.h>

static const char *const words[] = {
	[SWAP_UNKNOWN] = "something that is not known",
	[SWAP_FILE] = "a place in a swap file",
	[SWAP_HWPOISON] = "a poisoned page",
	[SWAP_MIGRATION] = "a page being moved",
	[SWAP_DEVICE_PRIVATE] = "a page in a device's memory",
	[SWAP_DEVICE_EXCLUSIVE] = "a page lent to a device",
	[SWAP_MARKER] = "a marker, and no page",
};

const char *swap_meaning_words(enum swap_meaning meaning)
{
	return words[meaning];
}

/* How many types each group has. */
struct shape {
	unsigned int hwpoison;
	unsigned int migration;
	unsigned int device;
	unsigned int markers;
};

static unsigned int max_swapfiles_of(const struct shape *shape)
{
	return N_SWAP_TYPES - shape->hwpoison - shape->migration -
	       shape->device - shape->markers;
}

/* ---- the shapes that there have been ---- */

/* The most device types, then markers, that a shape can have. */
#define MOST_DEVICES	4u
#define MOST_MARKERS	2u

/*
 * Read and write until 5.18; 6c287605fd56 ("mm: remember exclusively mapped
 * anonymous pages with PG_anon_exclusive", 5.19) added read-exclusive.
 */
static unsigned int migration_types(const struct swap_probes *probes)
{
	if (!probes->migration)
		return 0;
	return probes->anon_exclusive ? 3 : 2;
}

/*
 * Private memory has two types (4.14), exclusive access two more (5.14) and
 * one since 6.15. Its functions are compiled with them; only migrate_vma()
 * alone says little, since it went its own way in 5.16.
 */
static bool device_fits(const struct swap_probes *probes, unsigned int n)
{
	if (probes->device_exclusive)
		return n == 3;
	if (probes->device_exclusive_range)
		return n == 4;
	return n == 0 ||
	       (n == 2 && probes->migrate_vma && !probes->anon_exclusive);
}

/*
 * In 5.19 the marker came, if configured, and the swap-in error; one type
 * serves for both since 6.3 at the latest (15520a3f0469, "mm: use pte markers
 * for swap errors").
 */
static bool markers_fit(const struct swap_probes *probes, unsigned int n)
{
	if (!probes->anon_exclusive)
		return n == 0;
	return n == 1 || (n == 2 && !probes->raw_vm_flags);
}

static bool fits(const struct swap_probes *probes, const struct shape *shape)
{
	unsigned int max = max_swapfiles_of(shape);

	return device_fits(probes, shape->device) &&
	       markers_fit(probes, shape->markers) &&
	       max <= probes->at_most &&
	       (!probes->max_swapfiles || max == probes->max_swapfiles);
}

/* ---- from a shape to meanings ---- */

static enum swap_meaning *fill(enum swap_meaning *at, unsigned int n,
			       enum swap_meaning meaning)
{
	while (n--)
		*at++ = meaning;
	return at;
}

static void lay_out(const struct shape *shape, struct swap_types *types)
{
	enum swap_meaning *at = types->meanings;
	unsigned int private = shape->device < 2 ? shape->device : 2;

	at = fill(at, max_swapfiles_of(shape), SWAP_FILE);
	at = fill(at, shape->hwpoison, SWAP_HWPOISON);
	at = fill(at, shape->migration, SWAP_MIGRATION);
	at = fill(at, private, SWAP_DEVICE_PRIVATE);
	at = fill(at, shape->device - private, SWAP_DEVICE_EXCLUSIVE);
	fill(at, shape->markers, SWAP_MARKER);
}

/* What two shapes do not agree about is not known. */
static void keep_common(struct swap_types *types,
			const struct swap_types *other)
{
	for (size_t i = 0; i < N_SWAP_TYPES; i++)
		if (types->meanings[i] != other->meanings[i])
			types->meanings[i] = SWAP_UNKNOWN;
}

/* The least number of swap files that any kernel up to 7.3 has. */
#define LEAST_MAX_SWAPFILES	23u

static void know_files_alone(const struct swap_probes *probes,
			     struct swap_types *types)
{
	unsigned int n = probes->max_swapfiles ? probes->max_swapfiles :
						 LEAST_MAX_SWAPFILES;

	memset(types, 0, sizeof(*types));
	fill(types->meanings, n < N_SWAP_TYPES ? n : N_SWAP_TYPES, SWAP_FILE);
}

void swap_types_decide(const struct swap_probes *probes,
		       struct swap_types *ret_types)
{
	struct shape shape = {
		.hwpoison = probes->hwpoison,
		.migration = migration_types(probes),
	};
	size_t n_fitting = 0;

	for (shape.device = 0; shape.device <= MOST_DEVICES; shape.device++) {
		for (shape.markers = 0; shape.markers <= MOST_MARKERS;
		     shape.markers++) {
			struct swap_types types;

			if (!fits(probes, &shape))
				continue;
			lay_out(&shape, &types);
			if (n_fitting++)
				keep_common(ret_types, &types);
			else
				*ret_types = types;
		}
	}
	if (!n_fitting)
		know_files_alone(probes, ret_types);
}

/* ---- the probes ---- */

static bool has_symbol(const struct facts *facts, enum kernel_symbol symbol)
{
	return facts->variables[symbol].present;
}

/*
 * kallsyms and System.map tell no sizes, but no variable overlaps another:
 * those that follow swap_info in mm/swapfile.c bound it.
 */
static unsigned int at_most(const struct facts *facts)
{
	static const enum kernel_symbol neighbours[] = {
		KSYM_SWAP_MIGRATION_AD_SUPPORTED, KSYM_TOTAL_SWAP_PAGES,
	};
	const struct kernel_variable *swap_info =
		&facts->variables[KSYM_SWAP_INFO];
	uint64_t most = N_SWAP_TYPES;

	for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++) {
		const struct kernel_variable *next =
			&facts->variables[neighbours[i]];
		uint64_t n = (next->address.v - swap_info->address.v) /
			     sizeof(uint64_t);

		if (swap_info->present && next->present &&
		    next->address.v > swap_info->address.v && n < most)
			most = n;
	}
	return most;
}

struct swap_probes swap_probes_of(const struct facts *facts)
{
	const struct layout *layout = &facts->layout;
	uint64_t n = facts->variables[KSYM_SWAP_INFO].size / sizeof(uint64_t);

	return (struct swap_probes) {
		.max_swapfiles = n <= N_SWAP_TYPES ? n : 0,
		.at_most = at_most(facts),
		.hwpoison = layout->has_enumerator[E_PG_hwpoison],
		.migration = has_symbol(facts, KSYM_MIGRATION_ENTRY_WAIT),
		.anon_exclusive = layout->has_enumerator[E_PG_anon_exclusive],
		.raw_vm_flags =
			layout_has(layout, M_vm_area_struct_raw_vm_flags),
		.device_exclusive =
			has_symbol(facts, KSYM_MAKE_DEVICE_EXCLUSIVE),
		.device_exclusive_range =
			has_symbol(facts, KSYM_MAKE_DEVICE_EXCLUSIVE_RANGE),
		.migrate_vma = has_symbol(facts, KSYM_MIGRATE_VMA_SETUP) ||
			       has_symbol(facts, KSYM_MIGRATE_VMA),
	};
}
