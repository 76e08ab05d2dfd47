/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the files given is the dump and which is the kernel.
 */
#ifndef RMAP_INSPECT_CLI_INPUTS_H
#define RMAP_INSPECT_CLI_INPUTS_H

#include "exit_code.h"
#include "options.h"

struct inputs {
	const char *core;	/* NULL: the running machine */
	const char *vmlinux;	/* NULL: the library looks for it */
	const char **parts;	/* the others of a split dump; NULL at the end */
};

/* Explains on stderr why the files will not do. The paths are those of opts. */
enum exit_code inputs_choose(const struct options *opts,
			     struct inputs *ret_inputs);
void inputs_fini(struct inputs *inputs);

#endif
