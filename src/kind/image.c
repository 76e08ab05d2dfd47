/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of the kernel's own image: which part, by the symbols that bound it. */
#include "kind/surveyor.h"

struct section {
	const char *name;
	enum kernel_symbol first, end;
};

/* arch/x86/kernel/vmlinux.lds.S; other architectures have the same names. */
static const struct section sections[] = {
	{ "text", KSYM_STEXT, KSYM_ETEXT },
	{ "rodata", KSYM_START_RODATA, KSYM_END_RODATA },
	{ "data", KSYM_SDATA, KSYM_EDATA },
	{ "init", KSYM_INIT_BEGIN, KSYM_INIT_END },
	{ "bss", KSYM_BSS_START, KSYM_BSS_STOP },
};

static bool holds(const struct kernel *kernel, const struct section *section,
		  kaddr_t address)
{
	const struct kernel_variable *variables = kernel->facts.variables;
	const struct kernel_variable *first = &variables[section->first];
	const struct kernel_variable *end = &variables[section->end];

	return first->present && end->present &&
	       address.v >= first->address.v && address.v < end->address.v;
}

enum status claim_image(struct surveyor *surveyor, kaddr_t address,
			struct survey *survey)
{
	survey->kind = KIND_IMAGE;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (!holds(surveyor->kernel, &sections[i], address))
			continue;
		details_text(survey->details, "section", "%s",
			     sections[i].name);
		break;
	}
	return ST_OK;
}
