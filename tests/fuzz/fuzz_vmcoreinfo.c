/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A VMCOREINFO of any bytes: no question may crash, read outside of them, or
 * change what it gives out when it fails.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/vmcoreinfo.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const keys[] = {
	"OSRELEASE", "BUILD-ID", "KERNELOFFSET", "PAGESIZE", "CRASHTIME",
	"NUMBER(phys_base)", "NUMBER(pgtable_l5_enabled)", "NUMBER(sme_mask)",
	"SYMBOL(swapper_pg_dir)", "SYMBOL(_stext)", "SYMBOL(mem_section)",
	"LENGTH(mem_section)", "SIZE(page)", "OFFSET(page.flags)", "A", "",
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void ask(const char *info, const char *key)
{
	char text[16] = "before";
	uint64_t number = 4711;
	int64_t integer = 4711;
	struct diag diag = { "" };
	enum status st;

	st = vmcoreinfo_text(info, key, text, sizeof(text), &diag);
	require(st ? diag.text[0] && !strcmp(text, "before") :
		     strnlen(text, sizeof(text)) < sizeof(text));
	st = vmcoreinfo_hex(info, key, &number, &diag);
	require(!st || number == 4711);
	st = vmcoreinfo_number(info, key, &integer, &diag);
	require(!st || integer == 4711);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *info = strndup((const char *)bytes, size);

	require(info);
	for (size_t i = 0; i < COUNT(keys); i++)
		ask(info, keys[i]);
	free(info);
	return 0;
}
