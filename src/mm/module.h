/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loaded modules, and where their text and data lie.
 *
 * Mirrors the list that starts at modules and struct module: one range until
 * 6.3, and one for each type of memory since (ac3b43283923).
 */
#ifndef RMAP_INSPECT_MM_MODULE_H
#define RMAP_INSPECT_MM_MODULE_H

#include "base/gaps.h"
#include "base/vec.h"
#include "kernel/kernel.h"

/* A piece of a module's memory. */
struct module_part {
	kaddr_t base;
	uint64_t size;		/* bytes */
	char name[57];		/* of the module: MODULE_NAME_LEN and a NUL */
};

DEFINE_VEC(module_part_vec, struct module_part)

/* Anything but ST_OK ends the walk and is its result. */
typedef enum status module_part_fn(const struct module_part *part, void *arg);

/*
 * Each part of each module; empty ones are left out. What cannot be read is
 * recorded in gaps. ST_UNKNOWN: the symbol or the layout is missing.
 */
enum status module_part_for_each(struct kernel *kernel, module_part_fn *fn,
				 void *arg, struct gaps *gaps) must_check;

#endif
