/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts as lines of text, to be kept in a file and read back.
 *
 *	struct page 64 page
 *	member page.compound_info 8 8 1 compound_head
 *	enumerator PG_head 6
 *	variable init_task 1c0f940 8064
 *	flag 0 PG_locked
 *	zone 1 ZONE_DMA32
 *	linked ffffffff81000000
 *	layouts BTF
 *	symbols kallsyms in the dump
 *
 * Sizes and offsets are decimal bytes; an array has the size of an element, and
 * their number. Addresses are hexadecimal and count from _stext, so that they
 * hold for every boot of the kernel; "linked" is where _stext itself is without
 * KASLR. What is not there has no line.
 */
#ifndef RMAP_INSPECT_KERNEL_FACTS_TEXT_H
#define RMAP_INSPECT_KERNEL_FACTS_TEXT_H

#include <stdio.h>

#include "kernel/facts.h"

/* Failures to write are left for ferror(). */
void facts_print(const struct facts *facts, FILE *out);

/*
 * One line, without its newline, into facts that were zero at first. The
 * variables get the addresses that they have when _stext is at stext.
 * ST_CORRUPT: there is no such line.
 */
enum status facts_parse_line(struct facts *facts, const char *line,
			     kaddr_t stext, struct diag *diag) must_check;

#endif
