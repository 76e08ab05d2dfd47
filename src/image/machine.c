/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/machine.h"

#include <stdint.h>
#include <string.h>

#include "image/vmcoreinfo.h"

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
