/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The VMCOREINFO text: KEY=VALUE lines that the crashed kernel wrote.
 *
 * Formats differ by key (kernel-facts section 9): NUMBER() is signed decimal
 * or 0x… hex, SYMBOL() and KERNELOFFSET are bare hex. A line that is not there
 * is ST_ABSENT, which is not the same as zero.
 */
#ifndef RMAP_INSPECT_IMAGE_VMCOREINFO_H
#define RMAP_INSPECT_IMAGE_VMCOREINFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What the text begins with, at the start of a page of the kernel's memory. */
#define VMCOREINFO_HEAD	"OSRELEASE="

/* What to do about a dump that has none. */
#define VMCOREINFO_HINT	\
	"a QEMU guest that has -device vmcoreinfo (libvirt: <vmcoreinfo " \
	"state='on'/>) has it in its dumps"

/* The value of key ("OSRELEASE") into buf. ST_ABSENT; ST_CORRUPT: too long. */
enum status vmcoreinfo_text(const char *info, const char *key, char *buf,
			    size_t size, struct diag *diag) must_check;

/* The value of key, bare hex ("KERNELOFFSET", "SYMBOL(_stext)"). */
enum status vmcoreinfo_hex(const char *info, const char *key,
			   uint64_t *ret_value, struct diag *diag) must_check;

/* The value of key, decimal or 0x… ("NUMBER(phys_base)"); may be negative. */
enum status vmcoreinfo_number(const char *info, const char *key,
			      int64_t *ret_value, struct diag *diag) must_check;

#endif
