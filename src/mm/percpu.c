/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CPUs, and the chunks that mm/percpu.c hands out pieces of. */
#include "mm/percpu.h"

#include "mm/list.h"

#define MAX_CPUS	(64u << 10)

static enum status read_count(struct kernel *kernel, uint32_t *ret_count)
{
	const struct kernel_variable *ids =
		&kernel->facts.variables[KSYM_NR_CPU_IDS];
	uint32_t count;
	enum status st;

	if (!ids->present)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "no symbol nr_cpu_ids");
	st = kernel_read(kernel, ids->address, &count, sizeof(count));
	if (!st && (!count || count > MAX_CPUS))
		st = diag_fail(&kernel->diag, ST_CORRUPT, "%u CPUs", count);
	if (!st)
		*ret_count = count;
	return st;
}

static enum status add_cpu(struct kernel *kernel, unsigned int number,
			   struct cpu_vec *cpus)
{
	const struct kernel_variable *offsets =
		&kernel->facts.variables[KSYM_PER_CPU_OFFSET];
	struct cpu cpu = { .number = number };
	enum status st = kernel_read_word(kernel,
					  kaddr_add(offsets->address,
						    8ULL * number),
					  &cpu.offset);

	if (!st && cpu_vec_push(cpus, cpu))
		st = diag_no_memory(&kernel->diag);
	return st;
}

static enum status add_possible(struct kernel *kernel, kaddr_t mask,
				uint32_t count, struct cpu_vec *cpus)
{
	enum status st = ST_OK;
	uint64_t bits = 0;

	for (uint32_t i = 0; i < count && !st; i++) {
		if (i % 64 == 0)
			st = kernel_read_word(kernel, kaddr_add(mask, i / 8),
					      &bits);
		if (!st && bits >> (i % 64) & 1)
			st = add_cpu(kernel, i, cpus);
	}
	return st;
}

enum status percpu_read_cpus(struct kernel *kernel, struct cpu_vec *cpus)
{
	const struct kernel_variable *variables = kernel->facts.variables;
	uint32_t count;
	enum status st;

	if (!variables[KSYM_CPU_POSSIBLE_MASK].present ||
	    !variables[KSYM_PER_CPU_OFFSET].present)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "no symbols for the possible CPUs");
	st = read_count(kernel, &count);
	if (!st)
		st = add_possible(kernel,
				  variables[KSYM_CPU_POSSIBLE_MASK].address,
				  count, cpus);
	return st ? diag_under(&kernel->diag, st, "possible CPUs") : ST_OK;
}

/* ---- chunks ---- */

/* Variables of mm/percpu.c, as this boot has set them. */
struct geometry {
	kaddr_t first;		/* pcpu_base_addr */
	kaddr_t offsets;	/* pcpu_unit_offsets */
	uint64_t unit_size;
	kaddr_t lists;		/* of chunks, by how much room they have */
	uint32_t n_lists;
};

struct word_want {
	enum kernel_symbol symbol;
	uint64_t *value;
	size_t size;
};

static enum status read_variable(struct kernel *kernel,
				 const struct word_want *want)
{
	const struct kernel_variable *variable =
		&kernel->facts.variables[want->symbol];
	const char *name = kernel_symbol_name(want->symbol);
	enum status st;

	if (!variable->present)
		return diag_fail(&kernel->diag, ST_UNKNOWN, "no symbol %s",
				 name);
	*want->value = 0;
	st = kernel_read(kernel, variable->address, want->value, want->size);
	return st ? diag_under(&kernel->diag, st, "%s", name) : ST_OK;
}

#define MAX_UNIT	(1ULL << 30)
#define MAX_LISTS	256u

static enum status read_geometry(struct kernel *kernel, struct geometry *geo)
{
	uint64_t n_lists = 0;
	const struct word_want wants[] = {
		{ KSYM_PCPU_BASE_ADDR, &geo->first.v, 8 },
		{ KSYM_PCPU_UNIT_OFFSETS, &geo->offsets.v, 8 },
		{ KSYM_PCPU_UNIT_SIZE, &geo->unit_size, 4 },
		{ KSYM_PCPU_CHUNK_LISTS, &geo->lists.v, 8 },
		{ KSYM_PCPU_NR_SLOTS, &n_lists, 4 },
	};
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]) && !st; i++)
		st = read_variable(kernel, &wants[i]);
	if (st)
		return st;
	if (!geo->unit_size || geo->unit_size > MAX_UNIT ||
	    n_lists > MAX_LISTS)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "%llu lists of chunks with units of %llu bytes",
				 (unsigned long long)n_lists,
				 (unsigned long long)geo->unit_size);
	geo->n_lists = n_lists;
	return ST_OK;
}

struct chunk_walk {
	struct kernel *kernel;
	struct geometry geo;
	struct cpu_vec cpus;
	percpu_unit_fn *fn;
	void *arg;
	struct gaps *gaps;
};

/*
 * The first chunk has a struct for what can be allocated of it, which begins
 * behind the variables that are there from the start.
 */
static struct percpu_unit unit_of(const struct chunk_walk *walk,
					const struct object *chunk)
{
	const unsigned int shift = walk->kernel->mmu.page_shift;
	kaddr_t base = object_pointer(chunk, M_pcpu_chunk_base_addr);
	uint64_t inside = base.v - walk->geo.first.v;
	uint64_t size = object_value(chunk, M_pcpu_chunk_nr_pages) << shift;
	bool first = inside < walk->geo.unit_size;

	if (size > walk->geo.unit_size)
		size = walk->geo.unit_size;
	return (struct percpu_unit) {
		.address = first ? walk->geo.first : base,
		.size = first ? inside + size : size,
		.is_first_chunk = first,
	};
}

static enum status visit_unit(const struct chunk_walk *walk,
			      struct percpu_unit unit, unsigned int cpu)
{
	kaddr_t entry = kaddr_add(walk->geo.offsets, 8ULL * cpu);
	uint64_t offset;

	if (kernel_read_word(walk->kernel, entry, &offset)) {
		gaps_addf(walk->gaps, "per-CPU memory",
			  walk->kernel->diag.text, "CPU %u", cpu);
		return ST_OK;
	}
	unit.cpu = cpu;
	unit.address = kaddr_add(unit.address, offset);
	return walk->fn(&unit, walk->arg);
}

static enum status visit_chunk(kaddr_t chunk, void *arg)
{
	const struct chunk_walk *walk = arg;
	struct object object;
	enum status st = ST_OK;

	if (object_read(walk->kernel, S_pcpu_chunk, chunk, &object)) {
		gaps_addf(walk->gaps, "per-CPU memory",
			  walk->kernel->diag.text, "chunk %#llx",
			  (unsigned long long)chunk.v);
		return ST_OK;
	}
	for (size_t i = 0; i < walk->cpus.n && !st; i++)
		st = visit_unit(walk, unit_of(walk, &object),
				walk->cpus.items[i].number);
	return st;
}

static enum status visit_chunks(struct chunk_walk *walk)
{
	struct list list = {
		.link = M_pcpu_chunk_list,
		.what = "per-CPU memory",
		.entry = "chunk",
	};
	enum status st = ST_OK;

	for (uint32_t i = 0; i < walk->geo.n_lists && !st; i++) {
		list.head = kaddr_add(walk->geo.lists, 16ULL * i);
		st = list_for_each(walk->kernel, &list, visit_chunk, walk,
				   walk->gaps);
	}
	return st;
}

enum status percpu_unit_for_each(struct kernel *kernel, percpu_unit_fn *fn,
				 void *arg, struct gaps *gaps)
{
	struct chunk_walk walk = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	enum status st;

	if (!layout_has(&kernel->facts.layout, M_pcpu_chunk_base_addr))
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "pcpu_chunk: its layout is not known");
	st = read_geometry(kernel, &walk.geo);
	if (!st)
		st = percpu_read_cpus(kernel, &walk.cpus);
	if (!st)
		st = visit_chunks(&walk);
	cpu_vec_fini(&walk.cpus);
	return st;
}
