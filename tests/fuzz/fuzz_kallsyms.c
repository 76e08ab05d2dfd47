/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libFuzzer target: kallsyms tables that are any bytes at all.
 *
 * An input is N_KALLSYMS_TABLES little-endian 32-bit numbers, how far behind
 * START each table lies (0: VMCOREINFO does not say), one more where the memory
 * begins that is there, the number of the read that fails (0: none) as 16 bits,
 * and the bytes of that memory.
 */
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/kallsyms.h"

#define START		0xffffffff81000000ULL
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

struct memory {
	uint64_t start;
	const uint8_t *bytes;
	size_t size;
	unsigned int n_reads, failing_read;
};

static enum status read_memory(void *arg, kaddr_t addr, void *buf, size_t len,
			       struct diag *diag)
{
	struct memory *memory = arg;
	const uint64_t at = addr.v - memory->start;

	if (++memory->n_reads == memory->failing_read)
		return diag_fail(diag, ST_EXCLUDED, "left out");
	/* As with pages, bytes past the end are there, up to a point. */
	if (at > memory->size || len > memory->size - at + 4096)
		return diag_fail(diag, ST_NO_ADDRESS, "nothing is there");
	memset(buf, 0, len);
	if (len > memory->size - at)
		len = memory->size - at;
	memcpy(buf, memory->bytes + at, len);
	return ST_OK;
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_want(const struct symbol_want *want, enum status st)
{
	if (st) {
		must(want->found && want->n_found == 77 &&
		     want->address == 77 && want->size == 77);
		return;
	}
	must(want->found == (want->n_found > 0));
	must(want->size == 0);
	must(want->found || want->address == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"init_task", "mem_section", "_stext", "__start_BTF", "init_mm",
		"init_task", "",
	};
	struct symbol_want wants[COUNT(names)];
	struct kallsyms_tables tables;
	struct memory memory = { 0 };
	uint32_t place[N_KALLSYMS_TABLES + 1];
	uint16_t failing;
	struct diag diag = { 0 };
	enum status st;

	if (size < sizeof(place) + sizeof(failing))
		return 0;
	memcpy(place, data, sizeof(place));
	memcpy(&failing, data + sizeof(place), sizeof(failing));
	memory.bytes = data + sizeof(place) + sizeof(failing);
	memory.size = size - sizeof(place) - sizeof(failing);
	memory.failing_read = le16toh(failing);
	memory.start = START + le32toh(place[N_KALLSYMS_TABLES]);
	for (size_t i = 0; i < N_KALLSYMS_TABLES; i++)
		tables.at[i] = KADDR(place[i] ? START + le32toh(place[i]) : 0);
	for (size_t i = 0; i < COUNT(names); i++)
		wants[i] = (struct symbol_want) { names[i], true, 77, 77, 77 };
	st = kallsyms_symbols(&tables, read_memory, &memory, wants,
			      COUNT(wants), &diag);
	must(!st == !diag.text[0]);
	for (size_t i = 0; i < COUNT(names); i++)
		check_want(&wants[i], st);
	if (!st)
		must(wants[2].found &&
		     wants[2].address == tables.at[KALLSYMS_STEXT].v);
	return 0;
}
