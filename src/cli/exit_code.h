/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the process tells its caller. Published in --help: never renumber.
 */
#ifndef RMAP_INSPECT_CLI_EXIT_CODE_H
#define RMAP_INSPECT_CLI_EXIT_CODE_H

enum exit_code {
	EXIT_COMPLETE = 0,	/* the answer is complete */
	EXIT_FAILED = 1,	/* failure, or methods differ */
	EXIT_USAGE = 2,		/* the command line makes no sense */
	EXIT_GAPS = 3,		/* an answer, but something was not seen */
	EXIT_MISMATCH = 4,	/* dump and vmlinux are of different kernels */
};

#endif
