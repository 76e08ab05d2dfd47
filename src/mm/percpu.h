/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that each CPU has a copy of.
 *
 * Mirrors per_cpu_ptr(): an address in the first copy, and how far each CPU's
 * own lies from it. Knows nothing of what is allocated there.
 */
#ifndef RMAP_INSPECT_MM_PERCPU_H
#define RMAP_INSPECT_MM_PERCPU_H

#include "base/vec.h"
#include "kernel/kernel.h"

struct cpu {
	unsigned int number;
	uint64_t offset;	/* __per_cpu_offset[] */
};

DEFINE_VEC(cpu_vec, struct cpu)

/* Add all possible CPUs. ST_UNKNOWN: the symbols that tell them are missing. */
enum status percpu_read_cpus(struct kernel *kernel,
			     struct cpu_vec *cpus) must_check;

/* The CPU's own copy. */
static inline kaddr_t percpu_address(const struct cpu *cpu, kaddr_t first)
{
	return kaddr_add(first, cpu->offset);
}

#endif
