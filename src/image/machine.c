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

bool machine_has_one_size(const struct machine *machine)
{
	return machine->architecture &&
	       strcmp(machine->architecture, "aarch64") != 0;
}

static enum status told_by_page(struct image *image, pfn_t pfn,
				const char **ret_architecture,
				struct diag *diag)
{
	cleanup_free char *text = NULL;
	const uint8_t *bytes;

	if (image_page(image, pfn, &bytes, NULL))
		return ST_OK;
	text = strndup((const char *)bytes, (size_t)1 << image->page_shift);
	if (!text)
		return diag_no_memory(diag);
	*ret_architecture = told_architecture(text);
	return ST_OK;
}

enum status machine_find(struct image *image, const struct log *log,
			 const char **ret_architecture, struct diag *diag)
{
	enum status st = ST_OK;
	pfn_t pfn = PFN(0);

	*ret_architecture = NULL;
	for (size_t i = 0; !st && !*ret_architecture && i < MAX_TEXTS; i++) {
		st = image_find_page(image, pfn, VMCOREINFO_HEAD,
				     sizeof(VMCOREINFO_HEAD) - 1, log, &pfn,
				     diag);
		if (!st)
			st = told_by_page(image, pfn, ret_architecture, diag);
		pfn = PFN(pfn.v + 1);
	}
	return st == ST_NO_MEMORY || st == ST_STOPPED ? st : ST_OK;
}
