/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/machine.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "image/image.h"
#include "image/vmcoreinfo.h"

/* More pages than this that begin like VMCOREINFO are somebody's joke. */
#define MAX_TEXTS	256u

/* A line that kernels of no other architecture write. */
static const struct {
	const char *key, *architecture;
} marks[] = {
	{ "NUMBER(phys_base)", "x86_64" },
	{ "NUMBER(kimage_voffset)", "aarch64" },
};

static unsigned int told_page_shift(const char *vmcoreinfo)
{
	int64_t size;

	if (vmcoreinfo_number(vmcoreinfo, "PAGESIZE", &size, NULL))
		return 0;
	for (unsigned int shift = LEAST_PAGE_SHIFT; shift <= MOST_PAGE_SHIFT;
	     shift++)
		if (size == 1 << shift)
			return shift;
	return 0;
}

static const char *told_architecture(const char *vmcoreinfo)
{
	int64_t ignored;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (!vmcoreinfo_number(vmcoreinfo, marks[i].key, &ignored,
				       NULL))
			return marks[i].architecture;
	return NULL;
}

struct machine machine_told(const char *vmcoreinfo)
{
	if (!vmcoreinfo)
		return (struct machine) { 0 };
	return (struct machine) {
		told_page_shift(vmcoreinfo), told_architecture(vmcoreinfo)
	};
}

static enum status told_by_page(struct image *image, pfn_t pfn,
				struct machine *ret_machine, struct diag *diag)
{
	cleanup_free char *text = NULL;
	const uint8_t *bytes;

	if (image_page(image, pfn, &bytes, NULL))
		return ST_OK;
	text = strndup((const char *)bytes, (size_t)1 << image->page_shift);
	if (!text)
		return diag_no_memory(diag);
	*ret_machine = machine_told(text);
	return ST_OK;
}

static bool is_wanted(const struct machine *machine, const char *architecture)
{
	return machine->page_shift && machine->architecture &&
	       (!architecture || !strcmp(machine->architecture, architecture));
}

enum status machine_find(struct image *image, const char *architecture,
			 const struct log *log, struct machine *ret_machine,
			 struct diag *diag)
{
	struct machine machine = { 0 };
	pfn_t pfn = PFN(0);

	for (size_t i = 0; i < MAX_TEXTS; i++) {
		enum status st = image_find_page(image, pfn, VMCOREINFO_HEAD,
						 sizeof(VMCOREINFO_HEAD) - 1,
						 log, &pfn, diag);

		if (!st)
			st = told_by_page(image, pfn, &machine, diag);
		if (st)
			return st;
		if (is_wanted(&machine, architecture)) {
			*ret_machine = machine;
			return ST_OK;
		}
		pfn = PFN(pfn.v + 1);
	}
	return diag_fail(diag, ST_ABSENT, "too many pages of memory begin like "
			 "VMCOREINFO");
}
