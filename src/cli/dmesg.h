/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages that a kernel's log names.
 *
 * Knows how the kernel writes about pages: --from-dmesg looks for each of
 * these in the dump's own log, or in a file that dmesg, journalctl or syslog
 * has written. Does not know what the pages are.
 *
 * Pointers that printk() has hashed (%p: 00000000ab12cd34, (____ptrval____))
 * are no addresses and left out, which --verbose tells; so are numbers that
 * may be other than physical addresses.
 */
#ifndef RMAP_INSPECT_CLI_DMESG_H
#define RMAP_INSPECT_CLI_DMESG_H

#include <stdbool.h>

#include <rmap-inspect/rmap-inspect.h>

#include "mentions.h"
#include "pfn_list.h"

/*
 * Read the log in path ("-": standard input; NULL: that of the dump), add what
 * it names to mentions, and its pages to the end of pfns. A log that cannot be
 * read is explained on stderr; false.
 */
bool dmesg_find(struct rmi_session *session, const char *path,
		struct mentions *mentions, struct pfn_list *pfns);

#endif
