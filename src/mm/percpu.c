/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/percpu.h"

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
