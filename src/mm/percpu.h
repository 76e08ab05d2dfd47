/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that each CPU has a copy of.
 *
 * Mirrors per_cpu_ptr(): an address in the first copy, and how far each CPU's
 * own lies from it. Knows nothing of what is allocated there.
 */
#ifndef RMAP_INSPECT_MM_PERCPU_H
#define RMAP_INSPECT_MM_PERCPU_H

#include "base/gaps.h"
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

/* The part of a chunk that belongs to one CPU (mm/percpu.c). */
struct percpu_unit {
	kaddr_t address;
	uint64_t size;
	unsigned int cpu;
	bool is_first_chunk;	/* which lies in the direct map */
};

DEFINE_VEC(percpu_unit_vec, struct percpu_unit)

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status percpu_unit_fn(const struct percpu_unit *unit, void *arg);

/*
 * Each unit of each chunk. A chunk that cannot be read is recorded in gaps.
 * ST_UNKNOWN: a symbol or a layout is missing.
 */
enum status percpu_unit_for_each(struct kernel *kernel, percpu_unit_fn *fn,
				 void *arg, struct gaps *gaps) must_check;

#endif
