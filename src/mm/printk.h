/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The records of the kernel's log.
 *
 * Mirrors the lockless ring of kernel/printk/printk_ringbuffer.c (5.10): a
 * descriptor for each record, whose two top bits say what state it is in; its
 * sequence number, time and length in another array; its text in a ring of
 * blocks, each of which begins with the id of its descriptor. Until 5.9 the
 * log was one buffer of struct printk_log (kernel/printk/printk.c), each with
 * its text behind it.
 *
 * Does not know what the text means.
 */
#ifndef RMAP_INSPECT_MM_PRINTK_H
#define RMAP_INSPECT_MM_PRINTK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/gaps.h"
#include "kernel/kernel.h"

struct printk_record {
	uint64_t seq;		/* counts from 0 at boot */
	uint64_t ns;		/* since boot */
	const char *text;	/* can have several lines; no newline ends it */
};

/* record lives during the call. False ends the reading. */
typedef bool printk_fn(const struct printk_record *record, void *arg);

/*
 * Hand out all records, oldest first. One that cannot be read, or was being
 * written when the machine stopped, is a gap, and the others go on; what the
 * kernel has overwritten since is none. ST_ABSENT: nothing tells where the log
 * is, or how it is laid out.
 */
enum status printk_read(struct kernel *kernel, printk_fn *fn, void *arg,
			struct gaps *gaps) must_check;

/* ---- for the files of this format's two ages ---- */

#define PRINTK_TEXT_MAX	65535u	/* text_len is 16 bits wide */

struct printk_reader {
	struct kernel *kernel;
	struct gaps *gaps;
	printk_fn *fn;
	void *arg;
	char text[PRINTK_TEXT_MAX + 1];	/* of one record */
};

/*
 * Read the text and hand the record out. Any failure is one of this record,
 * but for ST_STOPPED: the visitor has seen enough.
 */
enum status printk_tell(struct printk_reader *reader, uint64_t seq,
			uint64_t ns, kaddr_t text, uint64_t len) must_check;

/* Keep kernel->diag as a gap at that address. */
void printk_gap(struct printk_reader *reader, const char *what, kaddr_t where);

/* ST_STOPPED, or ST_OK whatever could not be read. */
enum status printk_ring_read(struct printk_reader *reader) must_check;
enum status printk_log_read(struct printk_reader *reader) must_check;

#endif
