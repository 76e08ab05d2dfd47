/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a kernel's layouts and symbols can come from.
 *
 * Each source fills in types, variables and matched of a kernel whose memory
 * can be read already, or says why it cannot.
 */
#ifndef RMAP_INSPECT_KERNEL_SOURCES_H
#define RMAP_INSPECT_KERNEL_SOURCES_H

#include "debuginfo/symbols.h"
#include "kernel/bind.h"

struct source {
	const char *name;	/* for messages */
	/* It was asked for by name: when it fails, no other is tried. */
	bool decisive;
	/* ST_ABSENT from a decisive one: it was not asked for. */
	enum status (*bind)(struct kernel *kernel,
			    const struct kernel_options *opts,
			    struct diag *diag);
};

extern const struct source source_vmlinux_given;
extern const struct source source_dump;
extern const struct source source_vmlinux_found;

/* ---- for the sources: the variables of enum kernel_symbol ---- */

/* Fill in the names to look up, in the order of the enum. */
void variables_list(struct symbol_want wants[static N_KERNEL_SYMBOLS]);

/* Keep what was found; addresses are those at run time. */
void variables_take(struct kernel *kernel,
		    const struct symbol_want wants[static N_KERNEL_SYMBOLS]);

#endif
